package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newTokenCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Manage the SCIM tokens of a directory",
		Long: `A SCIM token lets an identity provider write to one directory and do nothing else.
A directory may have several, so that one can be replaced without a gap: "rotate"
makes a new one and lets the old ones end a while later.

Identity providers that speak OAuth need no token: see "ringdex client".`,
		Example: `  ringdex token list "Entra demo"
  ringdex token rotate "Entra demo" --overlap 24h --label "spring rotation"`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newTokenAddCommand(a), newTokenRotateCommand(a), newTokenListCommand(a), newTokenRevokeCommand(a))
	return cmd
}

func newTokenAddCommand(a *app) *cobra.Command {
	var label string
	var expiresIn time.Duration
	cmd := &cobra.Command{
		Use:   "add DIRECTORY",
		Short: "Add a SCIM token to a directory",
		Long: `Adds a token and prints it. It is shown this once; only a hash is stored.
Tokens that exist already stay valid.`,
		Example: `  ringdex token add "Entra demo" --label "spring rotation"
  ringdex token add "Entra demo" --label trial --expires-in 720h`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if err := checkExpiresIn(expiresIn); err != nil {
				return err
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.AddToken(ctx, id, client.NewToken{Label: label, ExpiresIn: int64(expiresIn / time.Second)})
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printNewToken(cmd.OutOrStdout(), answer.Value)
		}),
	}
	cmd.Flags().StringVar(&label, "label", "", "`TEXT` by which the token is recognised later")
	cmd.Flags().DurationVar(&expiresIn, "expires-in", 0, "`TIME` after which the token ends: 720h (default never)")
	markArguments(cmd, "label", "expires-in")
	return cmd
}

// checkExpiresIn refuses a lifetime that the server would take for none.
func checkExpiresIn(d time.Duration) error {
	if d != 0 && d < time.Second {
		return usageError{errors.New("--expires-in must be a second or longer")}
	}
	return nil
}

func newTokenRotateCommand(a *app) *cobra.Command {
	var label string
	var expiresIn, overlap time.Duration
	cmd := &cobra.Command{
		Use:   "rotate DIRECTORY",
		Short: "Replace the SCIM tokens of a directory",
		Long: `Adds a token and prints it, and lets the tokens that exist already end after the
overlap: until then both work, so enter the new one at the identity provider before
it is over. "ringdex token list" shows by its last use whether the new one arrived.
Access tokens of OAuth clients are not touched.`,
		Example: `  ringdex token rotate "Entra demo"
  ringdex token rotate "Entra demo" --overlap 168h --label "spring rotation"`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if err := checkExpiresIn(expiresIn); err != nil {
				return err
			}
			if overlap < 0 {
				return usageError{errors.New("--overlap must not be negative")}
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.AddToken(ctx, id, client.NewToken{
				Label: label, ExpiresIn: int64(expiresIn / time.Second), Overlap: new(int64(overlap / time.Second)),
			})
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			if err := a.printNewToken(cmd.OutOrStdout(), answer.Value); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The tokens that existed before end %s.\n", inTime(overlap))
			return err
		}),
	}
	cmd.Flags().StringVar(&label, "label", "", "`TEXT` by which the token is recognised later")
	cmd.Flags().DurationVar(&expiresIn, "expires-in", 0, "`TIME` after which the new token ends: 8760h (default never)")
	cmd.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "`TIME` for which the old tokens go on working; 0 ends them at once")
	markArguments(cmd, "label", "expires-in", "overlap")
	return cmd
}

// inTime says when something happens that happens after d.
func inTime(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return "in " + d.Truncate(time.Second).String()
}

func (a *app) printNewToken(w io.Writer, t client.Token) error {
	facts := []fact{{"id", t.ID}, {"token", t.Token}}
	if !t.ExpiresAt.IsZero() {
		facts = append(facts, fact{"expires", a.clock(t.ExpiresAt)})
	}
	return printSecret(w, "The token was added.", "token", facts)
}

// printSecret prints the answer that holds a secret, and that it is the last
// to do so.
func printSecret(w io.Writer, done, noun string, facts []fact) error {
	if _, err := fmt.Fprintf(w, "%s\n\n", done); err != nil {
		return err
	}
	if err := printFacts(w, "  ", facts); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nThe %s is shown once, now. Keep it somewhere safe.\n", noun)
	return err
}

func newTokenListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list DIRECTORY",
		Aliases: []string{"ls"},
		Short:   "List a directory's SCIM tokens",
		Long: `Lists the tokens of a directory: label, when each was made and last used, and when
it ends. The tokens themselves are stored as hashes and cannot be shown.`,
		Example: `  ringdex token list "Entra demo"
  ringdex token list "Entra demo" --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.Tokens(ctx, id)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printTokens(cmd.OutOrStdout(), answer.Value.Tokens)
		}),
	}
}

func (a *app) printTokens(w io.Writer, list []client.Token) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, `The directory has no tokens; "ringdex token add" makes one.`)
		return err
	}
	t := table{heads: []string{"ID", "LABEL", "ADDED", "LAST USED", "EXPIRES"}, styled: a.styled(w)}
	for _, token := range list {
		t.add(token.ID, token.Label, a.clock(token.CreatedAt), a.clock(token.LastUsedAt), a.clock(token.ExpiresAt))
	}
	return t.write(w, "")
}

func newTokenRevokeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke DIRECTORY TOKEN-ID",
		Short: "End a SCIM token at once",
		Long: `Ends a token at once: the identity provider that uses it gets 401 from then on.
TOKEN-ID is the id from "ringdex token list", not the token itself.`,
		Example: `  ringdex token add "Entra demo" --label trial
  ringdex token revoke "Entra demo" "$(ringdex token list "Entra demo" | awk '/trial/ {print $1}')"`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if err := notSecret(args[1]); err != nil {
				return err
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := c.RevokeToken(ctx, id, args[1]); err != nil {
				return err
			}
			return a.printDone(cmd, "The token was revoked.")
		}),
	}
}

// printDone says that something without an answer is done.
func (a *app) printDone(cmd *cobra.Command, text string) error {
	if a.json {
		return nil // the server's answer is empty
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), text)
	return err
}
