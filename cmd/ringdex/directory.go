package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/scim/directory"
)

func newDirectoryCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "directory",
		Short: "Manage the external directories that provision people",
		Long: `An external directory is one identity provider (Entra ID, Okta or another SCIM 2.0
client) that keeps its people and groups up to date here. Each has a base URL and
tokens of its own; people of all of them are found by lookup and search.

DIRECTORY is an id or, where it is unique, a name. These commands need an admin key.`,
		Example: `  ringdex directory list
  ringdex directory add "Head office" --type entra --region GB`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(
		newDirectoryAddCommand(a), newDirectoryListCommand(a), newDirectoryShowCommand(a),
		newDirectorySetCommand(a), newDirectoryRemoveCommand(a), newDirectoryEventsCommand(a), newSchemaCommand(a), newGroupCommand(a),
	)
	return cmd
}

func newDirectoryListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the directories and how much each holds",
		Long: `Lists the directories of your tenant with the number of people and groups in each
and the time the identity provider last called. "never" there means that
provisioning has not been set up, or does not get through.`,
		Example: `  ringdex directory list
  ringdex directory list --json`,
		Args: arguments(cobra.NoArgs),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, _ []string) error {
			answer, err := c.Directories(ctx)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printDirectories(cmd.OutOrStdout(), answer.Value.Directories)
		}),
	}
}

func (a *app) printDirectories(w io.Writer, list []client.Directory) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, `There are no directories yet; "ringdex directory add NAME" makes one.`)
		return err
	}
	t := table{heads: []string{"ID", "NAME", "TYPE", "REGION", "PEOPLE", "GROUPS", "LAST REQUEST"}, styled: a.styled(w)}
	for _, d := range list {
		t.add(d.ID, d.Name, d.Type, d.DefaultRegion, strconv.Itoa(d.Counts.Users), strconv.Itoa(d.Counts.Groups), a.clock(d.LastRequestAt))
	}
	return t.write(w, "")
}

func newDirectoryShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show DIRECTORY",
		Short: "Show one directory with its policies",
		Long: `Shows everything about one directory: the base URL for the identity provider, what
it holds, and each policy with its value and what that does. Policies settle what
identity providers disagree about. The directory's type chose them at first; where
one is another now, INSTEAD OF says what the type chose. "ringdex directory set"
changes them, "ringdex directory schema list" shows the schemas it registered.

The token is not shown: it is in no answer but the one that made it.`,
		Example: `  ringdex directory show "Entra demo"
  ringdex directory show "Entra demo" --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.Directory(ctx, id)
			if err != nil {
				return err
			}
			return a.printDirectory(cmd, answer)
		}),
	}
}

// printDirectory prints one directory: a short list of facts, then a table of
// its policies.
func (a *app) printDirectory(cmd *cobra.Command, answer client.Answer[client.Directory]) error {
	if a.json {
		return printRaw(cmd, answer.Raw)
	}
	w, d := cmd.OutOrStdout(), answer.Value
	region := d.DefaultRegion
	if region == "" {
		region = "none: national numbers are not read"
	}
	facts := []fact{
		{"name", d.Name},
		{"id", d.ID},
		{"type", d.Type},
		{"region", region},
		{"base URL", d.SCIM.BaseURL},
		{"people", strconv.Itoa(d.Counts.Users)},
		{"groups", strconv.Itoa(d.Counts.Groups)},
		{"added", a.clock(d.CreatedAt)},
		{"last request", a.clock(d.LastRequestAt)},
	}
	if d.Risk.Level != "" {
		facts = append(facts, fact{"provisioning", d.Risk.String()})
	}
	if p := d.PresenceSync; p != nil {
		facts = append(facts, fact{"Teams presence", strings.TrimSuffix(p.State+": "+p.Detail, ": ")})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Aliases)) {
		facts = append(facts, fact{"alias", name + " means " + d.Aliases[name]})
	}
	if err := printFacts(w, "", facts); err != nil {
		return err
	}
	return a.printPolicies(w, d)
}

// printPolicies prints what each policy does and which ones are not those of the
// directory's type. Policies of a newer server are shown without a word.
func (a *app) printPolicies(w io.Writer, d client.Directory) error {
	if len(d.Policies) == 0 {
		return nil
	}
	profile := directory.Profile(directory.Type(d.Type))
	effects := make(map[string]string)
	for _, s := range directory.Switches() {
		effects[s.Name] = s.Effect(d.Policies[s.Name])
	}
	t := table{heads: []string{"POLICY", "VALUE", "INSTEAD OF", "MEANING"}, styled: a.styled(w)}
	for _, name := range slices.Sorted(maps.Keys(d.Policies)) {
		value, chosen := d.Policies[name], profile.Get(name)
		if value == chosen {
			chosen = ""
		}
		t.add(name, value, chosen, effects[name])
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return t.write(w, "")
}

// A fact is a line of a list: "base URL  http://…".
type fact struct{ name, value string }

// printFacts prints facts with their values aligned, each behind indent.
func printFacts(w io.Writer, indent string, facts []fact) error {
	widest := 0
	for _, f := range facts {
		widest = max(widest, cellWidth(f.name))
	}
	for _, f := range facts {
		if _, err := fmt.Fprintf(w, "%s%s%s%s\n", indent, pad(f.name, widest), columnGap, printable(f.value)); err != nil {
			return err
		}
	}
	return nil
}

// findDirectory returns the id of the directory that a person means by an id
// or a name. A key that may not list directories can still name one by its id.
func findDirectory(ctx context.Context, c *client.Client, named string) (string, error) {
	d, err := findListed(ctx, c, named)
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusForbidden {
		return named, nil
	}
	return d.ID, err
}

// findListed returns the directory that a person means, as the list has it.
func findListed(ctx context.Context, c *client.Client, named string) (client.Directory, error) {
	answer, err := c.Directories(ctx)
	if err != nil {
		return client.Directory{}, err
	}
	var byName []client.Directory
	for _, d := range answer.Value.Directories {
		if d.ID == named {
			return d, nil
		}
		if strings.EqualFold(d.Name, named) {
			byName = append(byName, d)
		}
	}
	switch len(byName) {
	case 1:
		return byName[0], nil
	case 0:
		return client.Directory{}, fmt.Errorf("there is no directory %q; \"ringdex directory list\" shows those that exist", named)
	}
	ids := make([]string, len(byName))
	for i, d := range byName {
		ids[i] = d.ID
	}
	return client.Directory{}, fmt.Errorf("%d directories are named %q; say which by its id: %s", len(byName), named, strings.Join(ids, ", "))
}
