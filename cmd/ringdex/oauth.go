package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newClientCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "client",
		Short: "Manage the OAuth clients of a directory",
		Long: `An OAuth client is an identity provider that fetches access tokens for one directory
by itself, each good for an hour, instead of keeping a token for years. It signs in
at the token endpoint with a secret, or without any: with assertions of an issuer
that you trust (workload identity federation).`,
		Example: `  ringdex client list "Entra demo"
  ringdex client add "Entra demo" --label "provisioning"`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(
		newClientAddCommand(a), newClientListCommand(a), newClientRemoveCommand(a),
		newClientAddSecretCommand(a), newClientRevokeSecretCommand(a),
	)
	return cmd
}

// clientFlags are what "client add" is told.
type clientFlags struct {
	label                                string
	expiresIn                            time.Duration
	issuer, subject, audience, uri, jwks string
}

func newClientAddCommand(a *app) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "add DIRECTORY",
		Short: "Add an OAuth client to a directory",
		Long: `Adds a client and prints what its administrator enters: the token endpoint, the
client id and a secret. The secret is shown this once; only a hash is stored.

With --jwks-uri or --jwks the client has no secret. It shows JWTs instead, signed
with the issuer's keys, that name the issuer, subject and audience given here:
Entra shows all four under "Workload Identity Federation". Without --issuer and
--subject they are the client's own id, as private_key_jwt has it; without
--audience it is the server's public URL or the token endpoint.`,
		Example: `  ringdex client add "Entra demo" --label "provisioning" --expires-in 17520h
  ringdex client add "Entra demo" --issuer https://login.example.com/t1/v2.0 --subject 4f1c --audience api://a1 --jwks-uri https://login.example.com/t1/keys`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			n, err := f.draft()
			if err != nil {
				return err
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.AddOAuthClient(ctx, id, n)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printNewClient(cmd.OutOrStdout(), answer.Value)
		}),
	}
	cmd.Flags().StringVar(&f.label, "label", "", "`TEXT` by which the client is recognised later")
	cmd.Flags().DurationVar(&f.expiresIn, "expires-in", 0, "`TIME` after which the secret ends: 17520h (default never)")
	cmd.Flags().StringVar(&f.issuer, "issuer", "", "who signs the client's assertions, their iss: `URL`")
	cmd.Flags().StringVar(&f.subject, "subject", "", "whom the assertions are about, their `SUB`")
	cmd.Flags().StringVar(&f.audience, "audience", "", "whom the assertions are for, their `AUD`")
	cmd.Flags().StringVar(&f.uri, "jwks-uri", "", "`URL` of the issuer's keys, https")
	cmd.Flags().StringVar(&f.jwks, "jwks", "", "`FILE` with the issuer's public keys, a JWK set, instead of --jwks-uri")
	markArguments(cmd, "label", "expires-in", "issuer", "subject", "audience", "jwks-uri", "jwks")
	return cmd
}

const maxKeySetFileBytes = 32 << 10

// draft returns the client that the flags describe.
func (f clientFlags) draft() (client.NewOAuthClient, error) {
	n := client.NewOAuthClient{Label: f.label, ExpiresIn: int64(f.expiresIn / time.Second)}
	if err := checkExpiresIn(f.expiresIn); err != nil {
		return n, err
	}
	if f.uri == "" && f.jwks == "" {
		if f.issuer+f.subject+f.audience != "" {
			return n, usageError{errors.New("say where the issuer's keys are: --jwks-uri URL or --jwks FILE")}
		}
		return n, nil
	}
	n.Federation = &client.Federation{Issuer: f.issuer, Subject: f.subject, Audience: f.audience, KeysURI: f.uri}
	if f.jwks == "" {
		return n, nil
	}
	text, err := readSmallFile(f.jwks, maxKeySetFileBytes)
	if err == nil && !json.Valid(text) {
		err = errors.New("the file is not JSON")
	}
	if err != nil {
		return n, usageError{fmt.Errorf("--jwks: %w", err)}
	}
	n.Federation.Keys = text
	return n, nil
}

func (a *app) printNewClient(w io.Writer, c client.OAuthClient) error {
	facts := []fact{{"token endpoint", c.TokenEndpoint}, {"client id", c.ID}}
	if c.Federation != nil {
		facts = append(facts, fact{"issuer", c.Federation.Issuer}, fact{"subject", c.Federation.Subject})
		if _, err := fmt.Fprint(w, "The client was added.\n\n"); err != nil {
			return err
		}
		return printFacts(w, "  ", append(facts, fact{"scope", c.Scope}))
	}
	facts = append(facts, fact{"client secret", c.Secret}, fact{"scope", c.Scope})
	for _, s := range c.Secrets {
		if !s.ExpiresAt.IsZero() {
			facts = append(facts, fact{"expires", a.clock(s.ExpiresAt)})
		}
	}
	return printSecret(w, "The client was added.", "secret", facts)
}

func newClientListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list DIRECTORY",
		Aliases: []string{"ls"},
		Short:   "List a directory's OAuth clients",
		Long: `Lists the OAuth clients of a directory, one line for each secret: what it signs in
with, when that was added and last used, and when it ends. Below stands why a client
was last refused, if it got no access token since. Secrets are stored as hashes and
cannot be shown.`,
		Example: `  ringdex client list "Entra demo"
  ringdex client list "Entra demo" --json`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.OAuthClients(ctx, id)
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			return a.printClients(cmd.OutOrStdout(), answer.Value.Clients)
		}),
	}
}

func (a *app) printClients(w io.Writer, list []client.OAuthClient) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, `The directory has no OAuth clients; "ringdex client add" makes one.`)
		return err
	}
	t := table{heads: []string{"ID", "LABEL", "SIGNS IN WITH", "ADDED", "LAST USED", "EXPIRES"}, styled: a.styled(w)}
	var refusals strings.Builder
	for _, c := range list {
		switch {
		case c.Federation != nil:
			t.add(c.ID, c.Label, "assertions of "+c.Federation.Issuer, a.clock(c.CreatedAt), a.clock(c.LastUsedAt), "never")
		case len(c.Secrets) == 0:
			t.add(c.ID, c.Label, "nothing", a.clock(c.CreatedAt), a.clock(c.LastUsedAt), "never")
		}
		for _, s := range c.Secrets {
			t.add(c.ID, c.Label, "secret "+s.ID, a.clock(s.CreatedAt), a.clock(s.LastUsedAt), a.clock(s.ExpiresAt))
		}
		if r := c.LastRefusal; r != nil {
			fmt.Fprintf(&refusals, "%s was last refused %s: %s\n", c.ID, a.clock(r.At), printable(r.Reason))
		}
	}
	if err := t.write(w, ""); err != nil || refusals.Len() == 0 {
		return err
	}
	_, err := io.WriteString(w, "\n"+refusals.String())
	return err
}

func newClientRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "remove DIRECTORY CLIENT-ID",
		Short: "End an OAuth client at once",
		Long: `Ends a client at once with its secrets, and with the access tokens it got: the
identity provider that uses them gets 401 from then on.`,
		Example: `  ringdex client add "Entra demo" --label trial
  ringdex client remove "Entra demo" "$(ringdex client list "Entra demo" | awk '/trial/ {print $1}')"`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if err := notSecret(args[1]); err != nil {
				return err
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := c.RemoveOAuthClient(ctx, id, args[1]); err != nil {
				return err
			}
			return a.printDone(cmd, "The client was removed.")
		}),
	}
}

func newClientAddSecretCommand(a *app) *cobra.Command {
	var expiresIn time.Duration
	cmd := &cobra.Command{
		Use:   "add-secret DIRECTORY CLIENT-ID",
		Short: "Add a secret to an OAuth client",
		Long: `Adds a secret and prints it. It is shown this once; only a hash is stored. Secrets
that exist already stay valid, so that one can be replaced without a gap: add the new
one, enter it at the identity provider, revoke the old one when it is no longer used.`,
		Example: `  ringdex client add-secret "Entra demo" x7k2m9q4w8e3r5t6 --expires-in 17520h`,
		Args:    arguments(cobra.ExactArgs(2)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if err := errors.Join(checkExpiresIn(expiresIn), notSecret(args[1])); err != nil {
				return err
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			answer, err := c.AddSecret(ctx, id, args[1], int64(expiresIn/time.Second))
			if err != nil {
				return err
			}
			if a.json {
				return printRaw(cmd, answer.Raw)
			}
			s := answer.Value
			facts := []fact{{"id", s.ID}, {"client secret", s.Secret}}
			if !s.ExpiresAt.IsZero() {
				facts = append(facts, fact{"expires", a.clock(s.ExpiresAt)})
			}
			return printSecret(cmd.OutOrStdout(), "The secret was added.", "secret", facts)
		}),
	}
	cmd.Flags().DurationVar(&expiresIn, "expires-in", 0, "`TIME` after which the secret ends: 17520h (default never)")
	markArguments(cmd, "expires-in")
	return cmd
}

func newClientRevokeSecretCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke-secret DIRECTORY CLIENT-ID SECRET-ID",
		Short: "End a secret of an OAuth client at once",
		Long: `Ends a secret at once, and the access tokens that were got with it. SECRET-ID is the
id from "ringdex client list", not the secret itself.`,
		Example: `  ringdex client revoke-secret "Entra demo" x7k2m9q4w8e3r5t6 7Zk2mQ9xYb3c`,
		Args:    arguments(cobra.ExactArgs(3)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			if err := errors.Join(notSecret(args[1]), notSecret(args[2])); err != nil {
				return err
			}
			id, err := findDirectory(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := c.RemoveSecret(ctx, id, args[1], args[2]); err != nil {
				return err
			}
			return a.printDone(cmd, "The secret was revoked.")
		}),
	}
}
