package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/bench/scimload"
	"github.com/ringdex/ringdex/cmd/ringdex/progress"
)

// newBenchCommand returns the command below which the benchmarks stand. A new
// one is a package below bench that returns a report with a JSON form and
// results of package measure, and a command here that prints it with
// printBench.
func newBenchCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast it is on this machine",
		Long: `Measures Ringdex on this machine and holds it against its goals. Figures of shared
machines vary: compare what was measured in one run, and trust ratios more than
absolutes.`,
		Example: `  ringdex bench scim
  ringdex bench index --contacts 100000
  ringdex bench scim --users 10000 --json
  ringdex bench stream`,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	cmd.AddCommand(newBenchIndexCommand(a), newBenchSCIMCommand(a), newBenchStreamCommand(a))
	return cmd
}

func newBenchSCIMCommand(a *app) *cobra.Command {
	var cfg scimload.Config
	var other elsewhere
	cmd := &cobra.Command{
		Use:   "scim",
		Short: "Measure provisioning over SCIM",
		Long: `Provisions people and groups over HTTP as Entra ID does, changes them, asks for
them and deletes them, with many clients at once, and measures each kind of request.
The log beneath is measured too, beside Pebble alone in the same run. Every answer
is checked, sampled numbers are looked up, and in the end nothing may be missing.

By default it starts a server in this process on a loopback port and a temporary
folder, which it removes again, also after Ctrl-C. Syncing costs what the disk of that
folder takes: --folder chooses another. Client and server share the cores;
client_ceiling says what the client could do if the server did nothing.

--server, which counts on the command line only and not from RINGDEX_SERVER or a
file, measures a server that runs already, with an admin key, in a directory of its
own that is removed in the end. Give that server --key-rate 0.`,
		Example: `  ringdex bench scim
  ringdex bench scim --users 10000 --groups 100 --clients 16
  ringdex bench scim --server http://127.0.0.1:8080 --key @admin.key --json`,
		Args: other.args,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if cfg.Server, cfg.Key, err = other.server(a); err != nil {
				return err
			}
			return a.benchSCIM(cmd.Context(), cmd, cfg)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&cfg.Users, "users", 100_000, "how many `USERS` to provision")
	flags.IntVar(&cfg.Groups, "groups", 1000, "how many `GROUPS`; the first holds nearly everybody")
	flags.IntVar(&cfg.Clients, "clients", 64, "how many `CONNECTIONS` at once")
	flags.StringVar(&cfg.Folder, "folder", "", "make the temporary folder in this `FOLDER` (default the system's place for them)")
	flags.StringVar(&cfg.ProfileDir, "profile", "", "leave a CPU profile of each phase in this `FOLDER`")
	markArguments(cmd, "users", "groups", "clients", "folder", "profile")
	return cmd
}

func (a *app) benchSCIM(ctx context.Context, cmd *cobra.Command, cfg scimload.Config) error {
	cfg.Progress = a.meter(cmd)
	r, err := scimload.Run(ctx, cfg)
	if err != nil {
		return benchError(err, scimload.ErrConfig)
	}
	return a.printBench(cmd, r, &r.Machine, func(w io.Writer) error { return a.printSCIMBench(w, r) })
}

// An elsewhere is the server that a benchmark measures in place of its own, if
// the command line names one.
type elsewhere struct{ named bool }

// args takes no arguments, and notes whether there is a --server: settings of the
// environment and the file are bound after this.
func (e *elsewhere) args(cmd *cobra.Command, args []string) error {
	e.named = cmd.Flags().Changed("server")
	return arguments(cobra.NoArgs)(cmd, args)
}

// server returns the address and the key of the server; both are empty if none
// is named.
func (e *elsewhere) server(a *app) (address, key string, err error) {
	if !e.named {
		return "", "", nil
	}
	key, err = readKey(a.key)
	return a.server, key, err
}

// benchError returns what a benchmark ended with; wrong is its error for
// settings that it cannot be run with.
func benchError(err, wrong error) error {
	if errors.Is(err, wrong) {
		return usageError{err}
	}
	return err
}

// printBench prints a report, of which machine is a part: with --json as it is,
// and for people with show.
func (a *app) printBench(cmd *cobra.Command, report any, machine *measure.Machine, show func(io.Writer) error) error {
	info, _ := debug.ReadBuildInfo()
	machine.Commit = commitOf(versionOf(info, version))
	if a.json {
		text, err := json.Marshal(report)
		if err != nil {
			return err
		}
		return printRaw(cmd, text)
	}
	return show(cmd.OutOrStdout())
}

// meter returns what shows how far a command's work is, on stderr.
func (a *app) meter(cmd *cobra.Command) *progress.Meter {
	w := cmd.ErrOrStderr()
	f, ok := w.(*os.File)
	return progress.New(w, ok && term.IsTerminal(int(f.Fd())))
}

// commitOf returns the commit of a build, "0123abcd with local changes"; empty
// if the build did not record it.
func commitOf(v buildVersion) string {
	if v.Commit != "" && v.Modified {
		return fmt.Sprintf("%.12s with local changes", v.Commit)
	}
	return fmt.Sprintf("%.12s", v.Commit)
}
