package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ringdex/ringdex/bench/streamload"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// An app holds the settings that all commands share. Its fields are bound to
// the root command's flags and read only after bindSettings ran.
type app struct {
	server  string // base URL, "http://127.0.0.1:8080"
	key     string // API key, or @FILE
	json    bool   // print the server's JSON
	noColor bool

	zone         *time.Location       // in which times are printed
	now          func() time.Time     // the clock of watch's lines
	watchBackoff streamclient.Backoff // zero: the stream client's own
	benchAgents  streamload.Starter   // of bench stream; nil: in this process
	eventsPause  time.Duration        // between two looks of events --follow; zero: 2 seconds
}

func newApp() *app { return &app{zone: time.Local, now: time.Now, benchAgents: startAgents} }

// defaultServer is where a server listens that was told nothing else.
const defaultServer = "http://127.0.0.1:8080"

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "ringdex",
		Short: "In-memory contact index with search for contact centres",
		Long: `Ringdex answers "who is calling?" and "who do you mean?".

Identity providers fill its directories over SCIM; phones, switchboards and agents
ask it. New here? "ringdex demo" starts a server with sample people and prints what
to try next.

Each setting is a flag, a RINGDEX_* variable or a key of ringdex.toml, and the first
of these wins: --server, RINGDEX_SERVER, server = "…".

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 lookup or search found nothing.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return bindSettings(cmd) },
		Args:              cobra.ArbitraryArgs,
		RunE:              runGroup,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.server, "server", defaultServer, "`URL` of the server to ask")
	flags.StringVar(&a.key, "key", "", "API `KEY`, or @FILE to read it from; RINGDEX_KEY keeps it out of process lists")
	flags.BoolVar(&a.json, "json", false, "print the server's JSON as it came")
	flags.BoolVar(&a.noColor, "no-color", false, "never colour the output (NO_COLOR does the same)")
	flags.String("config", "", "settings `FILE`, TOML (default ./ringdex.toml if it exists)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddGroup(
		&cobra.Group{ID: groupServe, Title: "Run a server:"},
		&cobra.Group{ID: groupAsk, Title: "Ask it:"},
		&cobra.Group{ID: groupAdmin, Title: "Administer it:"},
	)
	addCommands(root, groupServe, newServeCommand(a), newDemoCommand(a))
	addCommands(root, groupAsk, newLookupCommand(a), newSearchCommand(a), newMatchCommand(a), newWatchCommand(a))
	addCommands(root, groupAdmin, newDirectoryCommand(a), newTokenCommand(a), newClientCommand(a), newKeyCommand(a), newPresenceCommand(a))
	root.AddCommand(newBenchCommand(a), newVersionCommand(a))
	return root
}

// The groups in which the root's help lists the commands.
const (
	groupServe = "serve"
	groupAsk   = "ask"
	groupAdmin = "admin"
)

func addCommands(parent *cobra.Command, group string, children ...*cobra.Command) {
	for _, c := range children {
		c.GroupID = group
		parent.AddCommand(c)
	}
}

// runGroup is what a command does that only has subcommands: show its help, or
// refuse a word that is none of them.
func runGroup(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	err := fmt.Errorf("%q has no command %q", cmd.CommandPath(), args[0])
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean %q?", err, near[0])
	}
	return usageError{err}
}

// arguments turns cobra's refusal of a number of arguments into a usage error
// that shows how the command is used.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			return usageError{fmt.Errorf("wrong number of arguments; it is: %s", cmd.UseLine())}
		}
		return nil
	}
}

// client returns the HTTP client that the settings describe.
func (a *app) client() (*client.Client, error) {
	key, err := readKey(a.key)
	if err != nil {
		return nil, err
	}
	c, err := client.New(a.server, key)
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// readKey returns the key that the setting names: itself, or the content of
// the file behind an @.
func readKey(setting string) (string, error) { return readSecret("--key", setting) }

// readSecret is readKey for the setting of a flag.
func readSecret(flag, setting string) (string, error) {
	name, isFile := strings.CutPrefix(setting, "@")
	if !isFile {
		return strings.TrimSpace(setting), nil
	}
	text, err := readSmallFile(name, maxKeyFileBytes)
	if err != nil {
		return "", usageError{fmt.Errorf("%s: %w", flag, err)}
	}
	return strings.TrimSpace(string(text)), nil
}

const maxKeyFileBytes = 4 << 10

// styled tells whether output may be coloured: w is a terminal and nobody
// objected.
func (a *app) styled(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && a.colourWanted() && term.IsTerminal(int(f.Fd()))
}

// colourWanted tells whether nobody objects to colours. NO_COLOR is the
// convention of no-color.org: any value but the empty one counts.
func (a *app) colourWanted() bool {
	return !a.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// clock prints a time of the server's for a table: "2026-08-21 10:00" in the
// zone of the person at the terminal, "never" for none.
func (a *app) clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(a.zone).Format("2006-01-02 15:04")
}

// runWith makes a command's RunE from a function that needs the client.
func (a *app) runWith(f func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		return f(cmd.Context(), c, cmd, args)
	}
}

// printRaw prints the server's JSON as it came, with a line end.
func printRaw(cmd *cobra.Command, raw []byte) error {
	out := cmd.OutOrStdout()
	if _, err := out.Write(raw); err != nil {
		return err
	}
	if len(raw) > 0 && raw[len(raw)-1] == '\n' {
		return nil
	}
	_, err := io.WriteString(out, "\n")
	return err
}
