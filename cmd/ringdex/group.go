package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newGroupCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "group",
		Short: "Manage the groups of a directory",
		Long: `Groups come from the identity provider. Where the policy "groups" is updateOnly it
fills groups and changes them, and only these commands make and delete them: set one
up under the name that the provider will ask for.`,
		Example: `  ringdex directory set "Head office" --policy groups=updateOnly
  ringdex directory group add "Head office" "Customer care"
  ringdex directory group list "Head office"`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newGroupAddCommand(a), newGroupListCommand(a), newGroupRemoveCommand(a))
	return cmd
}

func newGroupAddCommand(a *app) *cobra.Command {
	var g client.NewGroup
	cmd := &cobra.Command{
		Use:   "add DIRECTORY NAME",
		Short: "Make a group",
		Long:  `Makes a group without members and prints its id, by which SCIM addresses it.`,
		Example: `  ringdex directory group add "Head office" "Customer care"
  ringdex directory group add "Head office" Sales --external-id 7f3d`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			g.DisplayName = args[1]
			answer, err := c.AddGroup(ctx, id, g)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The group was made; its id is %s.\n", answer.Value.ID)
			return err
		}),
	}
	cmd.Flags().StringVar(&g.ExternalID, "external-id", "", "the identity provider's `ID` of the group")
	markArguments(cmd, "external-id")
	return cmd
}

func newGroupListCommand(a *app) *cobra.Command {
	count, start := 100, 1
	cmd := &cobra.Command{
		Use:   "list DIRECTORY",
		Short: "List the groups of a directory",
		Long:  `Lists the groups, the eldest first.`,
		Example: `  ringdex directory group list "Head office"
  ringdex directory group list "Head office" --start 101`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if start < 1 || count < 1 {
				return usageError{errors.New("--start and --limit must be 1 or more")}
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.Groups(ctx, id, start, count)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printGroups(cmd.OutOrStdout(), answer.Value, start)
		}),
	}
	cmd.Flags().IntVar(&count, "limit", count, "show at most `N` groups")
	cmd.Flags().IntVar(&start, "start", start, "begin with the `N`th")
	markArguments(cmd, "limit", "start")
	return cmd
}

func (a *app) printGroups(w io.Writer, list client.GroupList, start int) error {
	if list.Total == 0 {
		_, err := fmt.Fprintln(w, "The directory has no groups.")
		return err
	}
	t := table{heads: []string{"ID", "NAME", "EXTERNAL ID"}, styled: a.styled(w)}
	for _, g := range list.Groups {
		t.add(g.ID, g.DisplayName, g.ExternalID)
	}
	if err := t.write(w, ""); err != nil {
		return err
	}
	next := start + len(list.Groups)
	if next > list.Total {
		return nil
	}
	_, err := fmt.Fprintf(w, "There are %d; go on with --start %d.\n", list.Total, next)
	return err
}

func newGroupRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "remove DIRECTORY GROUP-ID",
		Short: "Delete a group",
		Long: `Deletes a group with its memberships; the people stay. GROUP-ID is the id that
"ringdex directory group list" shows.`,
		Example: `  ringdex directory group add "Head office" Trial
  ringdex directory group remove "Head office" "$(ringdex directory group list "Head office" | awk '/Trial/ {print $1}')"`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := c.RemoveGroup(ctx, id, args[1]); err != nil {
				return err
			}
			return a.printDone(cmd, "The group was deleted.")
		}),
	}
}
