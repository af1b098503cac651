package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/bench/scimload"
)

// printSCIMBench prints a report for people.
func (a *app) printSCIMBench(w io.Writer, r *scimload.Report) error {
	where := "a server in this process"
	if r.Server != "" {
		where = "the server at " + printable(r.Server)
	}
	_, err := fmt.Fprintf(w, "SCIM: %s users and %s groups by %d clients, %s\n%s\n\n",
		thousands(float64(r.Users)), thousands(float64(r.Groups)), r.Clients, where, machineLine(r.Machine))
	if err != nil {
		return err
	}
	if err := a.printResults(w, r.Results); err != nil {
		return err
	}
	v := r.Verified
	_, err = fmt.Fprintf(w, `
Checked: each answer's status and one in 64 whole; %s of %s users in the list, once
each; %s sampled numbers found their owner; %s memberships of %s groups counted, %s
in the largest. Nothing was lost.
`, thousands(float64(v.Users)), thousands(float64(r.Users)), thousands(float64(v.Lookups)),
		thousands(float64(v.Memberships)), thousands(float64(v.Groups)), thousands(float64(v.Largest)))
	if err != nil {
		return err
	}
	if r.Retried > 0 {
		if _, err := fmt.Fprintf(w, "%s writes were answered with 503 and sent again: the disk did not keep up.\n", thousands(float64(r.Retried))); err != nil {
			return err
		}
	}
	return printShare(w, r.Results)
}

// machineLine says where and when: "2 cores, linux/amd64, go1.26.8, 2026-…".
func machineLine(m measure.Machine) string {
	parts := []string{fmt.Sprintf("%d cores", m.Cores), m.OS + "/" + m.Arch, m.Go, m.Date.Format(time.RFC3339), "commit " + cmp.Or(m.Commit, "not recorded")}
	if m.InMemory {
		parts = append(parts, "FOLDER IN MEMORY: syncing cost nothing")
	}
	return strings.Join(parts, ", ")
}

// printResults prints what phases took. Times are in milliseconds.
func (a *app) printResults(w io.Writer, results []measure.Result) error {
	t := table{
		heads:  []string{"", "A SECOND", "P50 MS", "P99 MS", "MAX MS", "COUNT", "ERRORS", "CPU µS", "GOAL", "REACHED", "RATIO"},
		styles: []func(string) string{nil, nil, nil, nil, nil, nil, red, nil, nil, reachedColour, nil},
		styled: a.styled(w),
	}
	cells := make([][]string, len(results))
	for i := range results {
		cells[i] = resultCells(&results[i])
	}
	alignRight(t.heads, cells, 1, 7)
	for _, row := range cells {
		t.add(row...)
	}
	if err := t.write(w, ""); err != nil {
		return err
	}
	for i := range results {
		if r := &results[i]; r.Errors > 0 {
			if _, err := fmt.Fprintf(w, "%s: the first error: %s\n", r.Name, printable(r.Error)); err != nil {
				return err
			}
		}
	}
	return nil
}

func resultCells(r *measure.Result) []string {
	row := []string{r.Name, thousands(r.PerSecond), digits(r.P50), digits(r.P99), digits(r.Max), thousands(float64(r.Count)), "", "", "", "", ""}
	if r.PerSecond == 0 { // a latency at a given rate
		row[1] = ""
	}
	if r.Errors > 0 {
		row[6] = thousands(float64(r.Errors))
	}
	if r.CPUMicros > 0 {
		row[7] = digits(r.CPUMicros)
	}
	if r.Goal != nil {
		row[8], row[9] = goalCells(r)
	}
	if r.Ratio != nil {
		row[10] = fmt.Sprintf("%.2f× %s", r.Ratio.Times, r.Ratio.Of)
	}
	return row
}

// goalCells says what a goal is, and how much of it was reached: 1 and more is
// enough, of rates and of times.
func goalCells(r *measure.Result) (goal, reached string) {
	var goals, shares []string
	add := func(text string, share float64) {
		goals, shares = append(goals, text), append(shares, fmt.Sprintf("%.2f×", share))
	}
	if g := r.Goal.PerSecond; g > 0 {
		add("≥ "+thousands(g)+"/s", r.PerSecond/g)
	}
	if g := r.Goal.P50; g > 0 && r.P50 > 0 {
		add("p50 ≤ "+digits(g)+" ms", g/r.P50)
	}
	if g := r.Goal.P99; g > 0 && r.P99 > 0 {
		add("p99 ≤ "+digits(g)+" ms", g/r.P99)
	}
	return strings.Join(goals, ", "), strings.Join(shares, ", ")
}

// reachedColour colours the text of goalCells.
func reachedColour(text string) string {
	for share := range strings.SplitSeq(text, ", ") {
		if strings.HasPrefix(share, "0.") {
			return yellow(text)
		}
	}
	return green(text)
}

// printShare says what part of a create is the client's.
func printShare(w io.Writer, results []measure.Result) error {
	var client, create float64
	for _, r := range results {
		switch r.Name {
		case "client_ceiling":
			client = r.CPUMicros
		case "create":
			create = r.CPUMicros
		}
	}
	if client == 0 || create == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, `Client and server share the cores: of the %s µs of processor time that a create takes,
%s go to the client and to HTTP on both sides (client_ceiling).
`, digits(create), digits(client))
	return err
}

// alignRight pads the cells of some columns, first to last, on the left.
func alignRight(heads []string, rows [][]string, first, last int) {
	for c := first; c <= last; c++ {
		most := cellWidth(heads[c])
		for _, row := range rows {
			most = max(most, cellWidth(row[c]))
		}
		pad := func(s string) string { return strings.Repeat(" ", most-cellWidth(s)) + s }
		heads[c] = pad(heads[c])
		for _, row := range rows {
			row[c] = pad(row[c])
		}
	}
}

// thousands prints a count: "100,000".
func thousands(n float64) string {
	text := strconv.FormatInt(int64(math.Round(n)), 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// digits prints a measure with three digits that mean something: "0.142",
// "4.75", "65.1", "1,206".
func digits(x float64) string {
	switch {
	case x >= 100:
		return thousands(x)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case x >= 1:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}
