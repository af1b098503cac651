package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

// matchFlags are what a person says of a match.
type matchFlags struct {
	column    string
	header    bool
	delimiter string
	region    string
	site      string
	output    string
	force     bool
	since     uint64
	jobs      int
}

func newMatchCommand(a *app) *cobra.Command {
	var f matchFlags
	cmd := &cobra.Command{
		Use:   "match CDR.csv",
		Short: "Add the matched contact to each row of a list of calls",
		Long: `Reads a list of calls and writes the same rows with four more columns: the contact's
id and name, the rung of the ladder on which it was found, and how many people fit: 0 is
nobody, 1 somebody, more than 1 leaves id and name empty. A file of - is standard input.

Asterisk's Master.csv is understood as it is: src is looked up, or clid where src is
empty. Of any other file, --column names the caller's column, or gives its number.
Rows keep their quotes, line ends and order; a header stays the first row.

With --output FILE the work can be interrupted: how far it came stands in
FILE.checkpoint, and the same command goes on from there, with the same result as
without a break. The summary tells at which seq of the directory it was done. Later,
--since SEQ with the same file and output does nothing if nothing changed since, and
otherwise matches again and replaces only what changed.`,
		Example: `  ringdex match Master.csv --region GB --output matched.csv
  ringdex match calls.csv --column "Caller number" --output matched.csv
  ringdex match calls.csv --column 3 --output matched.csv --since 18230`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			m, err := newMatch(a, c, cmd, f, args[0])
			if err != nil {
				return err
			}
			return m.run(ctx)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.column, "column", "", "the caller's column: its `NAME` in the first row, or its number from 1")
	flags.BoolVar(&f.header, "header", false, "the first row names the columns, though --column is a number")
	flags.StringVar(&f.delimiter, "delimiter", "", "what divides the fields: one `CHARACTER`, or tab (default: as the first row shows)")
	flags.StringVar(&f.region, "region", "", "`REGION` of numbers without a country code: GB")
	flags.StringVar(&f.site, "site", "", "`SITE` at which the calls came in, by id")
	flags.StringVarP(&f.output, "output", "o", "-", "`FILE` to write, - for standard output")
	flags.BoolVar(&f.force, "force", false, "replace an output that is there, and forget an interrupted run")
	flags.Uint64Var(&f.since, "since", 0, "update the output of an earlier run that was done at this `SEQ`")
	flags.IntVar(&f.jobs, "jobs", 4, "ask so many times `N` at once")
	markArguments(cmd, "column", "header", "delimiter", "output", "force", "since", "jobs")
	return cmd
}

// check refuses flags that do not go together.
func (f *matchFlags) check(input string) (comma byte, err error) {
	switch {
	case f.jobs < 1 || f.jobs > maxMatchJobs:
		return 0, usageError{fmt.Errorf("--jobs must be from 1 to %d", maxMatchJobs)}
	case f.since > 0 && f.output == "-":
		return 0, usageError{errors.New("--since needs --output: the file that the earlier run wrote")}
	case f.output != "-" && f.output == input:
		return 0, usageError{errors.New("the output would be written over the input")}
	case f.since > 0 && input == "-":
		return 0, usageError{errors.New("--since needs a file: standard input cannot be compared with what was read then")}
	}
	switch text := strings.ToLower(f.delimiter); {
	case text == "":
		return 0, nil
	case text == "tab" || text == `\t`:
		return '\t', nil
	case len(text) != 1 || text[0] >= utf8.RuneSelf || text[0] < ' ' || text == `"`:
		return 0, usageError{errors.New("--delimiter must be one character, such as ; or the word tab")}
	}
	return f.delimiter[0], nil
}

const maxMatchJobs = 32

// A tally counts the outcomes of a match. It is a part of the checkpoint.
type tally struct {
	Rows     int            `json:"rows"`
	Rungs    map[string]int `json:"rungs"` // of rows that somebody, or a range, was found for
	Several  int            `json:"several"`
	None     int            `json:"none"`
	Withheld int            `json:"withheld"`
	Refused  int            `json:"refused"` // could not be looked up
	Seq      uint64         `json:"seq"`     // the oldest state of the directory that was asked
}

// add counts an answer and returns the columns of its row.
func (t *tally) add(b *client.Brief) []string {
	t.Rows++
	if t.Rungs == nil {
		t.Rungs = map[string]int{}
	}
	if b.Seq > 0 && (t.Seq == 0 || b.Seq < t.Seq) {
		t.Seq = b.Seq
	}
	switch {
	case b.Error != nil:
		t.Refused++
		return []string{"", "", "", "0"}
	case b.Status == client.StatusAnonymous:
		t.Withheld++
	case b.Status == client.StatusNone:
		t.None++
	default:
		t.Rungs[b.Rung]++
	}
	if b.People > 1 {
		t.Several++
	}
	name := b.Name
	if b.Status == client.StatusRange {
		name = "~ " + b.Range
	}
	return []string{b.ID, name, b.Rung, strconv.Itoa(b.People)}
}

// matchColumns are the names of the columns that a match adds.
//
//nolint:gochecknoglobals // read-only table
var matchColumns = []string{"contact_id", "contact_name", "rung", "ambiguity"}

// ladder is the order in which rungs are tried.
//
//nolint:gochecknoglobals // read-only table
var ladder = []string{
	"uri", "e164", "e164_ext", "extension", "raw", "national", "access_strip", "idd_repair", "plus_repair", "local_area",
	"variant", "nsn_unique", "range", "suffix",
}

// summarise writes the summary: how many rows were found on each rung.
func (t *tally) summarise(w io.Writer, styled bool) error {
	table := table{heads: []string{"ROWS", "SHARE", "RESULT"}, styled: styled}
	line := func(n int, what string) {
		if n > 0 {
			table.add(strconv.Itoa(n), fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(t.Rows, 1))), what)
		}
	}
	for _, rung := range ladder {
		line(t.Rungs[rung], rung)
	}
	line(t.None, "nobody")
	line(t.Withheld, "number withheld")
	line(t.Refused, "not readable")
	if err := table.writeAny(w); err != nil {
		return err
	}
	several := ""
	if t.Several > 0 {
		several = fmt.Sprintf(", %d of them with more than one person", t.Several)
	}
	_, err := fmt.Fprintf(w, "%d rows%s; the directory was at seq %d\n", t.Rows, several, t.Seq)
	return err
}
