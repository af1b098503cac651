package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// everyAgent is the agent id that stands for all agents of the tenant.
const everyAgent = "*"

// A watchChoice says what to watch. Empty means everything: all directories
// and all calls.
type watchChoice struct {
	directories []string
	contacts    []string
	search      string
	agents      []string
}

func newWatchCommand(a *app) *cobra.Command {
	var choice watchChoice
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show presence, calls and directory changes as they happen",
		Long: `Shows what changes, one line each, until Ctrl-C: somebody's presence, a call with the
caller's name, people who are added, changed or removed. Without flags it watches
every directory and every call; the flags choose and can be combined.

A lost connection is made again by itself, and nothing that is still true is missed.
With --json each line is one message of the stream. The key needs the scope stream,
and admin rights to list the directories unless the flags name what to watch.`,
		Example: `  ringdex watch
  ringdex watch --directory "Entra demo"
  ringdex watch --search ann --json`,
		Args: arguments(cobra.NoArgs),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, _ []string) error {
			return a.watch(ctx, c, cmd, choice)
		}),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&choice.directories, "directory", nil, "watch this `DIRECTORY`, by id or name; repeatable")
	flags.StringSliceVar(&choice.contacts, "contact", nil, "watch the contact with this `ID`; repeatable")
	flags.StringVar(&choice.search, "search", "", "watch the people whom these `WORDS` find")
	flags.StringSliceVar(&choice.agents, "agent", nil, "watch the calls of the agent with this `ID`, * for all; repeatable")
	markArguments(cmd, "directory", "contact", "search", "agent")
	return cmd
}

// watch follows the stream until ctx ends, which is how it is meant to end.
func (a *app) watch(ctx context.Context, c *client.Client, cmd *cobra.Command, choice watchChoice) error {
	topics, err := watchTopics(ctx, c, choice)
	if err != nil {
		return err
	}
	w := &watcher{
		app:    a,
		out:    cmd.OutOrStdout(),
		errOut: cmd.ErrOrStderr(),
		server: c.Server(),
		topics: make(map[string]watchTopic, len(topics)),
	}
	cfg := streamclient.Config{URL: c.StreamURL(), Token: c.Key(), Backoff: a.watchBackoff}
	for i, t := range topics {
		sub := fmt.Sprintf("watch-%d", i+1)
		w.topics[sub] = t
		cfg.Subscriptions = append(cfg.Subscriptions, streamclient.Subscription{Sub: sub, Topic: t.topic, Fields: streamclient.Both})
	}
	stream, err := streamclient.New(cfg, w)
	if err != nil {
		return err
	}
	w.view = stream.View
	err = stream.Run(ctx)
	if dial, ok := errors.AsType[*streamclient.DialError](err); ok {
		return &client.UnreachableError{Server: c.Server(), Err: dial.Err}
	}
	return err
}

// A watchTopic is a subscription with the words for it.
type watchTopic struct {
	topic streamclient.Topic
	label string // "directory Head office"
	// optional: the server may refuse it without anybody being told, because
	// nobody asked for it by name.
	optional bool
}

// watchTopics turns the flags into subscriptions.
func watchTopics(ctx context.Context, c *client.Client, choice watchChoice) ([]watchTopic, error) {
	var topics []watchTopic
	for _, named := range choice.directories {
		id, err := findDirectory(ctx, c, named)
		if err != nil {
			return nil, err
		}
		topics = append(topics, directoryTopic(id, named))
	}
	if len(choice.contacts) > 0 {
		topics = append(topics, watchTopic{
			topic: streamclient.Topic{Kind: "contacts", IDs: choice.contacts}, label: "the contacts named",
		})
	}
	if choice.search != "" {
		topics = append(topics, watchTopic{
			topic: streamclient.Topic{Kind: "search", Q: choice.search, Live: true}, label: fmt.Sprintf("search %q", choice.search),
		})
	}
	for _, agent := range choice.agents {
		topics = append(topics, agentTopic(agent, false))
	}
	if len(topics) > 0 {
		return topics, nil
	}
	return allTopics(ctx, c)
}

// allTopics is everything: all directories and, if the server offers them in
// one, all calls.
func allTopics(ctx context.Context, c *client.Client) ([]watchTopic, error) {
	answer, err := c.Directories(ctx)
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusForbidden {
		return nil, fmt.Errorf("this key may not list directories (%w); say what to watch with --directory ID, --contact, --search or --agent", errors.New(problem.Error()))
	}
	if err != nil {
		return nil, err
	}
	var topics []watchTopic
	for _, d := range answer.Value.Directories {
		topics = append(topics, directoryTopic(d.ID, d.Name))
	}
	return append(topics, agentTopic(everyAgent, true)), nil
}

func directoryTopic(id, name string) watchTopic {
	return watchTopic{topic: streamclient.Topic{Kind: "directory", DirectoryID: id}, label: "directory " + name}
}

func agentTopic(agent string, optional bool) watchTopic {
	label := "calls of agent " + agent
	if agent == everyAgent {
		label = "all calls"
	}
	return watchTopic{topic: streamclient.Topic{Kind: "agent", AgentID: agent}, label: label, optional: optional}
}
