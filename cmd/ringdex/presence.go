package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newPresenceCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "presence",
		Short: "Connect a directory with the presence of Teams, RingCentral or Zoom",
		Long: `A directory that Entra ID provisions can show the Teams presence of its people. An
administrator of the Microsoft tenant allows that once, by signing in and accepting.
People are found at Microsoft by their externalId, the object id in Entra ID.
RingCentral and Zoom call a webhook instead.

DIRECTORY is an id or, where it is unique, a name. These commands need an admin key, and
those for Teams a server that was started with --microsoft-client-id.`,
		Example: `  ringdex presence connect "Head office"
  ringdex presence status "Head office"`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newPresenceConnectCommand(a), newPresenceStatusCommand(a), newPresenceRemoveCommand(a), newPresenceAccountCommand(a), newPresenceWebhookCommand(a))
	return cmd
}

// withDirectory makes a command's RunE from a function that needs a directory.
func (a *app) withDirectory(f func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error) func(*cobra.Command, []string) error {
	return a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
		id, err := findDirectory(ctx, c, args[0])
		if err != nil {
			return err
		}
		return f(ctx, c, cmd, id)
	})
}

func newPresenceConnectCommand(a *app) *cobra.Command {
	var app string
	cmd := &cobra.Command{
		Use:   "connect DIRECTORY",
		Short: "Print the address at which an administrator allows presence",
		Long: `Prints an address that is good once and for ten minutes. An administrator of the
Microsoft tenant opens it in a browser, signs in and accepts; the browser then says
whether presence is connected. Doing it again connects another Microsoft tenant.

Send the address to nobody else: whoever accepts there attaches the presence of their
organisation to this directory.

--app names one of the server's Microsoft applications, where it has several: one for
organisations in a cloud of the US government, say.`,
		Example: `  ringdex presence connect "Head office"
  ringdex presence connect d3k9 --app gov --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			answer, err := c.ConnectPresence(ctx, id, app)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), `An administrator of the Microsoft tenant opens this within %d minutes, signs in and accepts:

%s

"ringdex presence status %s" then says how it goes.
`, answer.Value.ExpiresIn/60, answer.Value.URL, id)
			return err
		}),
	}
	cmd.Flags().StringVar(&app, "app", "", "`NAME` of the Microsoft application")
	markArguments(cmd, "app")
	return cmd
}

func newPresenceStatusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status DIRECTORY",
		Short: "Show how the presence of a directory is kept current",
		Long: `Shows whether presence is connected and how the last round of asking went. The state
is healthy, or one of

  starting           allowed; Microsoft was not asked yet
  degraded           throttled, unreachable or failing; it is tried again soon
  permissionMissing  the application may not read presence: consent again
  credentialProblem  Microsoft refuses the application: for the operator to mend
  accessRevoked      the Microsoft tenant took the access back
  removed            access was removed here; "remains" is left to do at Microsoft's`,
		Example: `  ringdex presence status "Head office"
  ringdex presence status d3k9 --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			answer, err := c.PresenceSync(ctx, id)
			if err != nil {
				return presenceError(err, id)
			}
			return a.printPresenceSync(cmd, answer)
		}),
	}
}

func newPresenceRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "remove DIRECTORY",
		Short: "Remove the access to presence",
		Long: `Stops asking Microsoft and forgets the Teams presence of everybody in the directory,
at once. Microsoft still lists the application afterwards; the answer says what an
administrator does there, and "ringdex presence status" when that was seen to be done.`,
		Example: `  ringdex presence remove "Head office"`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: a.withDirectory(func(ctx context.Context, c *client.Client, cmd *cobra.Command, id string) error {
			answer, err := c.RemovePresence(ctx, id)
			if err != nil {
				return presenceError(err, id)
			}
			return a.printPresenceSync(cmd, answer)
		}),
	}
}

// presenceError says what to do where a directory was never connected.
func presenceError(err error, id string) error {
	if client.IsNotFound(err) {
		return fmt.Errorf("presence of this directory was never connected; \"ringdex presence connect %s\" begins it", id)
	}
	return err
}

func (a *app) printPresenceSync(cmd *cobra.Command, answer client.Answer[client.PresenceSync]) error {
	if a.json {
		return printRaw(cmd, answer.Raw)
	}
	s := answer.Value
	facts := []fact{{"state", s.State}}
	if s.Detail != "" {
		facts = append(facts, fact{"because", s.Detail})
	}
	facts = append(facts, fact{"since", a.clock(s.Since)}, fact{"Microsoft tenant", s.MicrosoftTenant}, fact{"granted", a.clock(s.GrantedAt)})
	if r := s.Removal; r != nil {
		facts = append(facts, fact{"removed", a.clock(r.RemovedAt)}, fact{"application id", r.ApplicationID})
		if r.Remains != "" {
			facts = append(facts, fact{"remains", r.Remains})
		} else {
			facts = append(facts, fact{"gone at Microsoft's", a.clock(r.GoneAt)})
		}
		return printFacts(cmd.OutOrStdout(), "", facts)
	}
	facts = append(facts, fact{"last success", a.clock(s.LastSuccessAt)}, fact{"asked for", strconv.Itoa(s.Watched) + " people in the last round"})
	if f, ok := notificationsFact(s.Notifications); ok {
		facts = append(facts, f)
	}
	return printFacts(cmd.OutOrStdout(), "", facts)
}
