package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/bench/streamload"
)

func newBenchStreamCommand(a *app) *cobra.Command {
	var cfg streamload.Config
	var other elsewhere
	cmd := &cobra.Command{
		Use:   "stream",
		Short: "Measure the live stream",
		Long: `Tells a crowd of agents of changes and measures how many frames and updates a second
reach them, how long a change takes to reach each, and what an idle connection holds in
memory. A loop that writes the same bytes to bare sockets (raw_write) and nats-server's
WebSocket tell the same crowd in the same run, in turn with Ringdex.

fanout and updates flush without a pause, so that the pause is not what is measured; the
latencies are those of the server's own 50 ms. fanout_latency_disturbed has a tenth more
peers that never read, and others that come and go in a herd. By default everything runs
in this process on loopback, with the agents in a second one; they share the cores.

--server, which counts on the command line only and not from RINGDEX_SERVER or a file,
measures a server that runs already, over HTTP and with an admin key, in a directory of
its own that is removed in the end.`,
		Example: `  ringdex bench stream
  ringdex bench stream --agents 500 --crowd 5000 --json
  ringdex bench stream --server http://127.0.0.1:8080 --key @admin.key`,
		Args: other.args,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if cfg.Server, cfg.Key, err = other.server(a); err != nil {
				return err
			}
			return a.benchStream(cmd.Context(), cmd, cfg)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&cfg.Agents, "agents", 1000, "how many `AGENTS` listen")
	flags.IntVar(&cfg.Crowd, "crowd", 10_000, "how many `AGENTS` the large crowd has, as far as the limit of open files allows; -1 for none")
	flags.IntVar(&cfg.Contacts, "contacts", 50, "how many `CONTACTS` change together where updates are counted")
	flags.IntVar(&cfg.Rounds, "rounds", 5, "how many `ROUNDS` the sides take in turn")
	markArguments(cmd, "agents", "crowd", "contacts", "rounds")
	cmd.AddCommand(newBenchAgentsCommand())
	return cmd
}

// newBenchAgentsCommand returns the command that is the second process of
// "bench stream". It speaks with the first alone.
func newBenchAgentsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "agents",
		Short: "Be the agents of a benchmark of the stream",
		Long: `Connects agents and counts what they are told, as lines of JSON on standard input say,
and answers on standard output. "ringdex bench stream" starts it as its second process;
there is no other use for it.`,
		Example: `  ringdex bench stream agents`,
		Hidden:  true,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return streamload.RunAgents(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

// startAgents starts this program once more, as the agents.
func startAgents(ctx context.Context) (io.WriteCloser, io.Reader, func() error, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, nil, err
	}
	cmd := exec.CommandContext(ctx, program, "bench", "stream", "agents")
	cmd.Stderr = os.Stderr
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	replies, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, nil, err
	}
	return orders, replies, cmd.Wait, nil
}

func (a *app) benchStream(ctx context.Context, cmd *cobra.Command, cfg streamload.Config) error {
	cfg.Progress, cfg.Start = a.meter(cmd), a.benchAgents
	r, err := streamload.Run(ctx, cfg)
	if err != nil {
		return benchError(err, streamload.ErrConfig)
	}
	return a.printBench(cmd, r, &r.Machine, func(w io.Writer) error { return a.printStreamBench(w, r) })
}

// printStreamBench prints a report for people.
func (a *app) printStreamBench(w io.Writer, r *streamload.Report) error {
	where := "in this process"
	if r.Server != "" {
		where = "the server at " + printable(r.Server)
	}
	crowd := ""
	if r.Crowd > r.Agents {
		crowd = fmt.Sprintf(", a crowd of %s", thousands(float64(r.Crowd)))
	}
	_, err := fmt.Fprintf(w, "Stream: %s agents%s, %d contacts that change together, %s\n%s\n\n",
		thousands(float64(r.Agents)), crowd, r.Contacts, where, machineLine(r.Machine))
	if err != nil {
		return err
	}
	if err := a.printResults(w, r.Results); err != nil {
		return err
	}
	m := r.Memory
	if m == nil {
		return nil
	}
	_, err = fmt.Fprintf(w, `
A SECOND and COUNT are frames or updates that arrived; times of fanout and updates are
until all agents had them, times of the latencies those of each agent.
Each of %s idle connections: heap %s bytes (goal %s, reached %.2f×), stack %s,
resident %s (goal %s, reached %.2f×).
`, thousands(float64(m.Connections)), thousands(m.HeapBytes), thousands(m.HeapGoal), m.HeapGoal/m.HeapBytes, thousands(m.StackBytes),
		thousands(m.ResidentBytes), thousands(m.ResidentGoal), m.ResidentGoal/m.ResidentBytes)
	return err
}
