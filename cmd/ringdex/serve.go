package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/server"
)

// serveFlags are the settings of a server.
type serveFlags struct {
	listen    string
	data      string
	publicURL string
	adminKey  string
	origins   []string
	keyRate   int
	logLevel  string
	logFormat string
	microsoft microsoftFlags
}

// newServeCommand returns the command that runs a server.
func newServeCommand(a *app) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server in the foreground until Ctrl-C or SIGTERM.

Everything is kept in the data folder; a second start continues where the first
ended, also after a crash. The first start prints an admin key once. With it,
"ringdex directory add" connects an identity provider and "ringdex key add" makes
keys for programs that ask. RINGDEX_ADMIN_KEY sets a key of your own instead, also
when the printed one was lost.

Identity providers need a public https address: put a proxy that ends TLS in front
and tell its address with --public-url.

Presence of Microsoft Teams needs an app registration of yours with Microsoft, set with
--microsoft-client-id and a secret or, better, --microsoft-certificate: for accounts in any organisation, with the application permission
Presence.Read.All, the redirect address PUBLIC-URL/v1/oauth/microsoft/callback, and
groupMembershipClaims set to DirectoryRole in its manifest. With the delegated
permissions Presence.Read.All and offline_access as well, Microsoft tells of changes by
itself: see "ringdex presence account". Organisations in another of Microsoft's clouds
need an app registration there, set with --microsoft-app and chosen with --app of
"ringdex presence connect".`,
		Example: `  ringdex serve
  ringdex serve --listen 0.0.0.0:8080 --data /var/lib/ringdex --public-url https://ringdex.example.com`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.config(cmd.ErrOrStderr())
			if err != nil {
				return usageError{err}
			}
			return serve(cmd.Context(), a, cmd.OutOrStdout(), cfg)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "`ADDRESS` and port to listen on; port 0 takes a free one")
	flags.StringVar(&f.data, "data", "./data", "`FOLDER` of the log; made if it does not exist")
	flags.StringVar(&f.publicURL, "public-url", "", "`URL` at which clients reach the server (default http://ADDRESS)")
	flags.StringVar(&f.adminKey, "admin-key", "", "the operator's admin `KEY` of 32 characters or more, or @FILE; better RINGDEX_ADMIN_KEY")
	flags.StringSliceVar(&f.origins, "origin", nil, "browser `ORIGIN` that may open the stream; may be given several times")
	flags.IntVar(&f.keyRate, "key-rate", 20_000, "`REQUESTS` a second that one key may send, with bursts of twice as many; 0 for no bound")
	flags.StringVar(&f.logLevel, "log-level", "info", "least `LEVEL` to log: debug, info, warn, error")
	flags.StringVar(&f.logFormat, "log-format", "text", "`FORMAT` of the log on stderr: text or json")
	f.microsoft.add(flags)
	return cmd
}

// config checks the settings. Those that only the server can judge, it does.
func (f *serveFlags) config(logTo io.Writer) (server.Config, error) {
	log, err := newLogger(logTo, f.logLevel, f.logFormat)
	if err != nil {
		return server.Config{}, err
	}
	key, err := readKey(f.adminKey)
	if err != nil {
		return server.Config{}, err
	}
	microsoft, err := f.microsoft.app()
	if err != nil {
		return server.Config{}, err
	}
	apps, err := f.microsoft.apps()
	if err != nil {
		return server.Config{}, err
	}
	return server.Config{
		Listen: f.listen, DataDir: f.data, PublicURL: f.publicURL, AdminKey: key, Origins: f.origins, KeyRate: f.keyRate, Logger: log,
		Microsoft: microsoft, MicrosoftApps: apps,
	}, nil
}

func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var opts slog.HandlerOptions
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level: %q is none of debug, info, warn, error", level)
	}
	opts.Level = least
	switch strings.ToLower(format) {
	case "text":
		return slog.New(slog.NewTextHandler(w, &opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, &opts)), nil
	}
	return nil, fmt.Errorf("--log-format: %q is neither text nor json", format)
}

// serve runs a server until ctx ends.
func serve(ctx context.Context, a *app, out io.Writer, cfg server.Config) error {
	s, err := server.Open(ctx, cfg)
	if err != nil {
		return err
	}
	return s.Run(ctx, func(r server.Ready) error {
		if _, err := fmt.Fprintf(out, "Ringdex listens on %s\n", r.URL); err != nil || r.FirstKey == "" {
			return err
		}
		title := "Your admin key. It is shown this once: keep it in a safe place."
		if a.styled(out) {
			title = bold(title)
		}
		_, err := fmt.Fprintf(out, `
%s

    %s

Next, in another terminal:

    export RINGDEX_SERVER=%s
    export RINGDEX_KEY=%s
    ringdex directory add "Head office" --type entra --region GB

`, title, r.FirstKey, r.URL, r.FirstKey)
		return err
	})
}
