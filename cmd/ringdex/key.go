package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/key"
)

func newKeyCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Manage the keys of applications and administrators",
		Long: `Keys let programs and people in: an api key may do what its scopes name, an admin key
everything in its tenant. Identity providers have tokens instead, see "ringdex token".
These commands need an admin key.`,
		Example: `  ringdex key list
  ringdex key add --scope lookup,search --label "switchboard"`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newKeyAddCommand(a), newKeyListCommand(a), newKeyRevokeCommand(a))
	return cmd
}

func newKeyAddCommand(a *app) *cobra.Command {
	var k client.NewKey
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add a key",
		Long: `Adds a key and prints it. It is shown this once; only a hash is stored.
An api key needs at least one scope:

  lookup           ask who a number belongs to
  search           search for people
  presence:read    read presence          presence:write   set presence
  calls:write      report calls           stream           watch changes live`,
		Example: `  ringdex key add --scope lookup,search --label "switchboard"
  ringdex key add --scope stream --label "wallboard"
  ringdex key add --kind admin --label "second administrator"`,
		Args: arguments(cobra.NoArgs),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, _ []string) error {
			answer, err := c.AddKey(ctx, k)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			added := answer.Value
			return printSecret(cmd.OutOrStdout(), "The key was added.", "key", []fact{{"id", added.ID}, {"key", added.Key}})
		}),
	}
	cmd.Flags().StringVar(&k.Kind, "kind", string(key.API), "what the key is for: api or admin")
	cmd.Flags().StringSliceVar(&k.Scopes, "scope", nil, "what an api key may do, `SCOPE[,SCOPE]`; repeatable")
	cmd.Flags().StringVar(&k.Label, "label", "", "`TEXT` by which the key is recognised later")
	cmd.Flags().BoolVar(&k.Operator, "operator", false, "an admin key that may manage tenants, as the first one may")
	markArguments(cmd, "kind", "scope", "label", "operator")
	complete(cmd, "kind", string(key.API), string(key.Admin))
	var scopes []string
	for _, s := range directory.Scopes() {
		scopes = append(scopes, string(s))
	}
	complete(cmd, "scope", scopes...)
	return cmd
}

func newKeyListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the keys and what each may do",
		Long: `Lists the keys of your tenant: what each may do, when it was made and last used.
The keys themselves are stored as hashes and cannot be shown.`,
		Example: `  ringdex key list
  ringdex key list --json`,
		Args: arguments(cobra.NoArgs),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, _ []string) error {
			answer, err := c.Keys(ctx)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printKeys(cmd.OutOrStdout(), answer.Value.Keys)
		}),
	}
}

func (a *app) printKeys(w io.Writer, list []client.Key) error {
	t := table{heads: []string{"ID", "KIND", "SCOPES", "LABEL", "ADDED", "LAST USED"}, styled: a.styled(w)}
	for _, k := range list {
		t.add(k.ID, k.Kind, strings.Join(k.Scopes, ","), k.Label, a.clock(k.CreatedAt), a.clock(k.LastUsedAt))
	}
	return t.write(w, "")
}

func newKeyRevokeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke KEY-ID",
		Short: "End a key at once",
		Long: `Ends a key at once, live streams included. KEY-ID is the id from "ringdex key list",
not the key itself. A key may revoke itself, which is then the last it does.`,
		Example: `  ringdex key add --scope lookup --label trial
  ringdex key revoke "$(ringdex key list | awk '/trial/ {print $1}')"`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if err := notSecret(args[0]); err != nil {
				return err
			}
			if err := c.RevokeKey(ctx, args[0]); err != nil {
				return err
			}
			return a.printDone(cmd, "The key was revoked.")
		}),
	}
}

// notSecret refuses a whole key or token where its id belongs, before it gets
// into an address and from there into a log.
func notSecret(id string) error {
	if strings.HasPrefix(id, "rdx_") {
		return usageError{errors.New("give the id that the list shows, not the secret itself")}
	}
	return nil
}
