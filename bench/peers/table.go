package peers

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// A Row is what one side took.
type Row struct {
	Side        string        `json:"side"`
	Version     string        `json:"version"`
	Against     string        `json:"against,omitempty"` // the side of Ringdex that ratios are to
	FillSeconds float64       `json:"fillSeconds"`
	Cells       map[Kind]Cell `json:"results"`
}

// A Cell is what one kind of question took, in nanoseconds.
type Cell struct {
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	Mean      float64 `json:"mean"`
	PerSecond float64 `json:"perSecond"`
	Found     int     `json:"found"` // people, in one round; of ExactMany numbers that lead to somebody
	// Ratio is this median in Ringdex's: 3 takes three times as long. 0 if
	// there is nothing to compare.
	Ratio float64 `json:"ratio,omitempty"`
}

// setRatios fills in the ratios of rows to those they are set against.
func setRatios(rows []Row) {
	for i := range rows {
		for _, other := range rows {
			if other.Side != rows[i].Against {
				continue
			}
			for kind, cell := range rows[i].Cells {
				if base, ok := other.Cells[kind]; ok && base.P50 > 0 {
					cell.Ratio = cell.P50 / base.P50
					rows[i].Cells[kind] = cell
				}
			}
		}
	}
}

// A Report is what is printed and kept.
type Report struct {
	Command  string          `json:"command"`
	Contacts int             `json:"contacts"`
	Rounds   int             `json:"rounds"`
	Machine  measure.Machine `json:"machine"`
	Rows     []Row           `json:"sides"`
}

// Print writes the report as text, or as Markdown.
func (r *Report) Print(w io.Writer, markdown bool) error {
	heads := []string{"side", "version", "fill"}
	for _, k := range Kinds() {
		heads = append(heads, string(k))
	}
	var lines [][]string
	for i := range r.Rows {
		lines = append(lines, r.Rows[i].cells())
	}
	if markdown {
		return r.markdown(w, heads, lines)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range append([][]string{heads}, lines...) {
		if _, err := fmt.Fprintln(t, strings.Join(line, "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}

func (r *Report) markdown(w io.Writer, heads []string, lines [][]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Ringdex beside its peers, %d contacts\n\n", r.Contacts)
	fmt.Fprintf(&b, "`%s`, %s: %d cores, %s/%s, %s.\n\n", r.Command, r.Machine.Date.Format(time.DateOnly), r.Machine.Cores, r.Machine.OS, r.Machine.Arch, r.Machine.Go)
	fmt.Fprintf(&b, `Each cell is the median time of an answer, %d rounds in which all sides take turns,
one client, one question at a time. In brackets: how many times as long as Ringdex
over the same kind of connection. Ringdex answers with the whole contact and why it
matched, to exact_many with id, name and rung; the others with ids. exact_many is a number's share of %d asked at once.

`, r.Rounds, batchLen)
	row := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	row(heads)
	row(strings.Split(strings.TrimSuffix(strings.Repeat("---,", len(heads)), ","), ","))
	for _, line := range lines {
		row(line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Row) cells() []string {
	line := []string{r.Side, r.Version, fmt.Sprintf("%.1f s", r.FillSeconds)}
	for _, k := range Kinds() {
		c, ok := r.Cells[k]
		switch {
		case !ok:
			line = append(line, "–")
		case c.Ratio > 0:
			line = append(line, fmt.Sprintf("%s (%.3g×)", nanos(c.P50), c.Ratio))
		default:
			line = append(line, nanos(c.P50))
		}
	}
	return line
}

// nanos prints a time with three digits: "56.1 ns", "2.1 µs".
func nanos(ns float64) string {
	switch {
	case ns >= 1e6:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	case ns >= 1e3:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	}
	return fmt.Sprintf("%.3g ns", ns)
}
