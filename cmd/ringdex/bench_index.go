package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/bench/indexload"
)

func newBenchIndexCommand(a *app) *cobra.Command {
	var cfg indexload.Config
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Measure lookups and typeahead in process",
		Long: `Writes generated contacts to a log in a temporary folder, opens the index on it as
the server does, and measures each kind of question in process: at rest, and while 64
writers change contacts as fast as they can. It measures how long a start takes until
the first caller is answered, and the memory that a contact takes. Answers are held
against what the contacts are known to have; if any is wrong there are no figures.

The folder is removed again, also after Ctrl-C. It takes about a gigabyte for a
million contacts, and so does memory.`,
		Example: `  ringdex bench index
  ringdex bench index --contacts 100000 --json`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.benchIndex(cmd.Context(), cmd, cfg) },
	}
	flags := cmd.Flags()
	flags.IntVar(&cfg.Contacts, "contacts", 1_000_000, "how many `CONTACTS` to generate")
	flags.Uint64Var(&cfg.Seed, "seed", 0, "generate other contacts and questions with another `SEED`")
	flags.IntVar(&cfg.Rounds, "rounds", 5, "ask everything this many `TIMES` and report medians")
	flags.StringVar(&cfg.Folder, "folder", "", "make the temporary folder in this `FOLDER` (default the system's place for them)")
	markArguments(cmd, "contacts", "seed", "rounds", "folder")
	return cmd
}

func (a *app) benchIndex(ctx context.Context, cmd *cobra.Command, cfg indexload.Config) error {
	cfg.Progress = a.meter(cmd)
	r, err := indexload.Run(ctx, cfg)
	if err != nil {
		return benchError(err, indexload.ErrConfig)
	}
	return a.printBench(cmd, r, &r.Machine, func(w io.Writer) error { return a.printIndexBench(w, r) })
}

// printIndexBench prints a report for people.
func (a *app) printIndexBench(w io.Writer, r *indexload.Report) error {
	_, err := fmt.Fprintf(w, "Index: %s contacts, medians of %d rounds\n%s\n\n", thousands(float64(r.Contacts)), r.Rounds, machineLine(r.Machine))
	if err != nil {
		return err
	}
	t := table{
		heads:  []string{"", "P50", "P99", "MEAN", "BUSY P99", "RATIO", "QUESTIONS", "FOUND", "GOAL", "REACHED"},
		styles: []func(string) string{nil, nil, nil, nil, nil, nil, nil, nil, nil, reachedColour},
		styled: a.styled(w),
	}
	cells := make([][]string, len(r.Results))
	for i := range r.Results {
		cells[i] = indexCells(&r.Results[i])
	}
	alignRight(t.heads, cells, 1, 7)
	for _, row := range cells {
		t.add(row...)
	}
	if err := t.write(w, ""); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `
Busy is the 99th percentile while %s changes a second were made and shown; ratio is
that beside the same percentile at rest. Both count every time that was taken, where
P99 is over questions.

%s`, thousands(r.Ingest.PerSecond), memoryText(r.Memory))
	return err
}

func indexCells(r *indexload.Result) []string {
	time := nanos
	if r.Unit == "s" {
		time = func(s float64) string { return digits(s) + " s" }
	}
	row := []string{r.Name, time(r.P50), time(r.P99), time(r.Mean), "", "", "", "", "", ""}
	if r.Busy != nil {
		row[4], row[5] = time(r.Busy.P99), digits(r.Busy.Ratio)+"×"
	}
	if r.Questions > 0 {
		row[6], row[7] = thousands(float64(r.Questions)), thousands(float64(r.Answers))
	}
	if g := r.Goal; g != nil {
		var goals, shares []string
		add := func(what string, goal, got float64) {
			if goal > 0 && got > 0 {
				goals, shares = append(goals, what+" ≤ "+time(goal)), append(shares, fmt.Sprintf("%.2f×", goal/got))
			}
		}
		add("p50", g.P50, r.P50)
		add("p99", g.P99, r.P99)
		row[8], row[9] = strings.Join(goals, ", "), strings.Join(shares, ", ")
	}
	return row
}

// nanos prints a time: "56.1 ns", "2.10 µs", "1.72 ms".
func nanos(ns float64) string {
	switch {
	case ns >= float64(time.Millisecond):
		return digits(ns/float64(time.Millisecond)) + " ms"
	case ns >= float64(time.Microsecond):
		return digits(ns/float64(time.Microsecond)) + " µs"
	}
	return digits(ns) + " ns"
}

// memoryText says what a contact takes and where.
func memoryText(m indexload.Memory) string {
	parts := slices.SortedFunc(maps.Keys(m.Heap), func(x, y string) int {
		return int(m.Heap[y]) - int(m.Heap[x])
	})
	for i, p := range parts {
		parts[i] = fmt.Sprintf("%s %s", p, thousands(m.Heap[p]))
	}
	return fmt.Sprintf(`Memory, bytes a contact: index %s (goal ≤ %s: %.2f×), process %s.
Of the heap: %s.
`, thousands(m.Index), thousands(m.Goal), m.Goal/max(m.Index, 1), thousands(m.Process), strings.Join(parts, ", "))
}
