package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newPresenceAccountCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Have Microsoft tell of changes by itself",
		Long: `Presence of Teams is asked for every few seconds. Microsoft also tells of changes by
itself, but only in the name of somebody who signed in, and of 650 people at most for
each. Usually that is an account made for this, which belongs to nobody and needs no
role. What is told shows at once; asking goes on beside it.

It needs a server with a public https address, see --public-url of "ringdex serve", and
the delegated permissions Presence.Read.All and offline_access in the app registration.`,
		Example: `  ringdex presence account add "Head office"
  ringdex presence account list "Head office"`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newAccountAddCommand(a), newAccountListCommand(a), newAccountRemoveCommand(a))
	return cmd
}

func newAccountAddCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "add DIRECTORY",
		Short: "Print the address at which an account signs in",
		Long: `Prints an address that is good once and for ten minutes. Open it in a browser and sign
in with the account, which must be of the organisation that the directory is connected
with. An account whose sign-in ended signs in again the same way.`,
		Example: `  ringdex presence account add "Head office"`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			answer, err := c.SignInAccount(ctx, id)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), `Open this within %d minutes and sign in with the account:

%s

"ringdex presence account list %s" then says how it goes.
`, answer.Value.ExpiresIn/60, answer.Value.URL, id)
			return err
		}),
	}
}

func newAccountListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list DIRECTORY",
		Aliases: []string{"ls"},
		Short:   "List the accounts that are signed in",
		Long: `Lists the accounts that are signed in for a directory, how many people each is told of,
and when it was last told of a change since the server started. The state is as in
"ringdex presence status", or signInEnded: the account must sign in again.`,
		Example: `  ringdex presence account list "Head office"
  ringdex presence account list d3k9 --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			answer, err := c.PresenceSync(ctx, id)
			if err != nil {
				return presenceError(err, id)
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			w := cmd.OutOrStdout()
			n := answer.Value.Notifications
			if n == nil || len(n.Accounts) == 0 {
				_, err := fmt.Fprintln(w, `There are no accounts; "ringdex presence account add" has one sign in.`)
				return err
			}
			t := table{heads: []string{"ACCOUNT", "STATE", "PEOPLE", "SIGNED IN", "LAST CHANGE", "BECAUSE"}, styled: a.styled(w)}
			for _, o := range n.Accounts {
				t.add(o.ID, o.State, strconv.Itoa(o.Covers), a.clock(o.SignedInAt), a.clock(o.LastNotificationAt), o.Detail)
			}
			return t.write(w, "")
		}),
	}
}

func newAccountRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "remove DIRECTORY ACCOUNT",
		Short: "Sign an account out",
		Long: `Forgets the sign-in of an account and ends what Microsoft tells in its name. The people
that it covered are asked for as everybody is. ACCOUNT is the id that
"ringdex presence account list" shows.`,
		Example: `  ringdex presence account remove "Head office" 0d0e0000-0000-4000-8000-00000000000c`,
		Args:    arguments(cobra.ExactArgs(2)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			account := cmd.Flags().Arg(1)
			if err := c.RemoveAccount(ctx, id, account); err != nil {
				return err
			}
			if a.json {
				return nil
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "The account %s is signed out.\n", printable(account))
			return err
		}),
	}
}

// notificationsFact says in one line how change notifications fare; false if the
// server says nothing of them.
func notificationsFact(n *client.Notifications) (fact, bool) {
	if n == nil {
		return fact{}, false
	}
	if len(n.Accounts) == 0 {
		return fact{"notifications", n.State}, true
	}
	covers, ill := 0, 0
	for _, o := range n.Accounts {
		covers += o.Covers
		if o.State != "healthy" && o.State != "starting" {
			ill++
		}
	}
	text := fmt.Sprintf("%s, of %d people", n.State, covers)
	if ill > 0 {
		text += fmt.Sprintf("; %d of %d accounts need a look", ill, len(n.Accounts))
	}
	return fact{"notifications", text}, true
}
