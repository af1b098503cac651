package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/scim/journal"
)

// An eventsChoice is what the flags of "directory events" say.
type eventsChoice struct {
	query   client.EventQuery
	failed  bool
	follow  bool
	explain bool
}

func newDirectoryEventsCommand(a *app) *cobra.Command {
	var choice eventsChoice
	cmd := &cobra.Command{
		Use:   "events DIRECTORY",
		Short: "Show what the identity provider asked, and why it failed",
		Long: `Shows a directory's provisioning log, the newest request last: what was asked, what
changed, why it failed and what to do about it. Below stands how near the provider is
to give up: Entra ID puts a job into quarantine when 40 % of its writes fail.

The log has names of attributes and ids, never a value: operands of filters are shown
as "…". It is kept in memory, failures longer than successes, and begins anew when the
server starts.`,
		Example: `  ringdex directory events "Entra demo" --failed
  ringdex directory events "Entra demo" --path phoneNumbers --since 2h --explain
  ringdex directory events "Entra demo" --follow`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if choice.failed {
				choice.query.Outcome = string(journal.Failed)
			}
			choice.query.Since = a.sinceWhen(choice.query.Since)
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			if choice.follow {
				return a.followEvents(ctx, c, cmd, id, choice)
			}
			answer, err := c.Events(ctx, id, choice.query)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printEvents(cmd.OutOrStdout(), answer.Value, choice)
		}),
	}
	addEventFlags(cmd, &choice)
	return cmd
}

func addEventFlags(cmd *cobra.Command, choice *eventsChoice) {
	flags, q := cmd.Flags(), &choice.query
	flags.BoolVar(&choice.failed, "failed", false, "only what failed")
	flags.BoolVar(&choice.explain, "explain", false, "also each operation with what it did, and the dialect")
	flags.BoolVarP(&choice.follow, "follow", "f", false, "go on with what comes, until Ctrl-C; with --json a line each")
	flags.StringVar(&q.Method, "method", "", "only this `METHOD`: PATCH")
	flags.StringVar(&q.Endpoint, "endpoint", "", "only this `ENDPOINT`: Users")
	flags.StringVar(&q.Status, "status", "", "only this `STATUS`: 409, or 4xx for all of them")
	flags.StringVar(&q.Resource, "resource", "", "only about the person or group with this `ID`")
	flags.StringVar(&q.Path, "path", "", "only about this `ATTRIBUTE`: phoneNumbers, name.givenName")
	flags.StringVar(&q.Dialect, "dialect", "", "only in this `DIALECT`")
	flags.StringVar(&q.Text, "search", "", "only with these `WORDS` in any text")
	flags.StringVar(&q.Since, "since", "", "only after this `TIME`: 2h, 2026-08-21T10:00:00Z, or an event's id")
	flags.IntVar(&q.Limit, "limit", 0, "`NUMBER` of events, up to 500 (default 50)")
	markArguments(cmd, "failed", "explain", "follow", "method", "endpoint", "status", "resource", "path", "dialect", "search", "since", "limit")
	complete(cmd, "method", journal.Methods()...)
	complete(cmd, "endpoint", journal.Endpoints()...)
	complete(cmd, "dialect", journal.Dialects()...)
}

// sinceWhen turns a time ago into a time. The server reads everything else.
func (a *app) sinceWhen(text string) string {
	ago, err := time.ParseDuration(text)
	if err != nil || ago <= 0 {
		return text
	}
	return a.now().Add(-ago).UTC().Format(time.RFC3339)
}

// followPause is how long followEvents waits between two looks.
const followPause = 2 * time.Second

// followEvents prints what there is, and then what comes, until ctx ends. The
// log of a server that was started anew goes on behind the old one.
func (a *app) followEvents(ctx context.Context, c *client.Client, cmd *cobra.Command, id string, choice eventsChoice) error {
	p := a.newEventPrinter(cmd.OutOrStdout(), choice.explain)
	answer, err := c.Events(ctx, id, choice.query)
	if err != nil {
		return err
	}
	list := answer.Value
	tick := time.NewTicker(cmp.Or(a.eventsPause, followPause))
	defer tick.Stop()
	for {
		if err := p.stream(list.Events, a.json); err != nil {
			return err
		}
		choice.query.Since = newestOf(list, choice.query.Since)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if list, err = newEvents(ctx, c, id, choice.query); err != nil {
			return err
		}
	}
}

// newEvents returns everything after q.Since, however many pages that takes.
func newEvents(ctx context.Context, c *client.Client, id string, q client.EventQuery) (client.EventList, error) {
	const most = 500
	var all client.EventList
	for q.Limit = most; ; {
		answer, err := c.Events(ctx, id, q)
		if err != nil {
			return all, err
		}
		if q.Before == "" {
			all.Summary = answer.Value.Summary
		}
		all.Events = append(all.Events, answer.Value.Events...)
		if q.Before = answer.Value.Next; q.Before == "" {
			return all, nil
		}
	}
}

// newestOf returns the id behind which the next look begins. Ids are numbers
// that grow.
func newestOf(list client.EventList, before string) string {
	ids := []string{list.Summary.Newest}
	if len(list.Events) > 0 {
		ids = append(ids, list.Events[0].ID)
	}
	newest := slices.MaxFunc(ids, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	if number(newest) == 0 || number(newest) < number(before) {
		return before
	}
	return newest
}

func number(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
