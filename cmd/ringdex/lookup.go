package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

func newLookupCommand(a *app) *cobra.Command {
	var q client.LookupQuery
	cmd := &cobra.Command{
		Use:   "lookup NUMBER...",
		Short: "Say who a phone number belongs to",
		Long: `Asks who each number belongs to. A number may be in any form: international, national
with --region, an extension, a SIP address. If several people fit, all are shown and
none is picked. --explain shows how the number was read and why each person fits.

Exit code 3 says that at least one number found nobody; with --json there is one
line of JSON for each number.`,
		Example: `  ringdex lookup "+44 20 7946 0018"
  ringdex lookup "020 7946 0018" --region GB --explain
  ringdex lookup "(201) 555-0123" 4711 anonymous --region US`,
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: a.runWith(func(ctx context.Context, c *client.Client, cmd *cobra.Command, args []string) error {
			return a.lookup(ctx, c, cmd, q, args)
		}),
	}
	cmd.Flags().StringVar(&q.Region, "region", "", "`REGION` of numbers without a country code: GB")
	cmd.Flags().StringVar(&q.Site, "site", "", "`SITE` at which the calls came in, by id: it says how numbers are dialled there")
	cmd.Flags().StringVar(&q.DID, "did", "", "`NUMBER` that was called; the site that has it is taken")
	cmd.Flags().BoolVar(&q.Explain, "explain", false, "show how each answer was found")
	markArguments(cmd, "explain", "did")
	return cmd
}

// lookup asks for one number after the other and prints the answers: at the
// end as one table, or each at once with --json and --explain.
func (a *app) lookup(ctx context.Context, c *client.Client, cmd *cobra.Command, q client.LookupQuery, numbers []string) error {
	w := cmd.OutOrStdout()
	t := table{heads: []string{"NUMBER", "RESULT", "NAME", "POSITION", "TYPE", "RUNG"}, styled: a.styled(w)}
	missed := false
	for _, q.Number = range numbers {
		answer, err := c.Lookup(ctx, q)
		if err != nil {
			return errors.Join(t.writeAny(w), err)
		}
		result := answer.Value
		missed = missed || result.Status == client.StatusNone || result.Status == client.StatusAnonymous
		switch {
		case a.json:
			err = printRaw(cmd, answer.Raw)
		case q.Explain:
			err = a.printExplained(w, q.Number, &result)
		default:
			addLookup(&t, q.Number, &result)
		}
		if err != nil {
			return err
		}
	}
	if err := t.writeAny(w); err != nil {
		return err
	}
	if missed {
		return errNotFound
	}
	return nil
}

// addLookup adds a row for each candidate of one number; without candidates,
// one row that says so.
func addLookup(t *table, number string, r *client.LookupResult) {
	if len(r.Candidates) == 0 {
		name, position := "", ""
		switch {
		case r.Best != nil:
			name, position = r.Best.Name(), positionOf(r.Best)
		case r.Status == client.StatusRange:
			name = r.Display
		}
		t.add(number, r.Status, name, position, "", "")
		return
	}
	status := r.Status
	for _, c := range r.Candidates {
		t.add(number, status, c.Contact.Name(), positionOf(&c.Contact), c.Number.Type, c.Rung)
		number, status = "", "" // once is enough
	}
}

// positionOf says what a person does and where: "Agent, Sales, Example Ltd".
func positionOf(c *client.Contact) string {
	var parts []string
	for _, part := range []string{c.Title, c.Department, c.Company} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// printExplained prints how one number was read and why each candidate fits.
func (a *app) printExplained(w io.Writer, number string, r *client.LookupResult) error {
	read := cmp.Or(r.Query.Class, "a number")
	if r.Query.E164 != "" {
		read += ", " + r.Query.E164
	}
	if r.Query.Ext != "" {
		read += ", extension " + r.Query.Ext
	}
	facts := []fact{{"asked for", number}, {"read as", read}, {"result", r.Status}}
	if r.Display != "" {
		facts = append(facts, fact{"shown as", r.Display})
	}
	if err := printFacts(w, "", facts); err != nil {
		return err
	}
	if len(r.Candidates) > 0 {
		t := table{heads: []string{"NAME", "NUMBER", "TYPE", "RUNG", "REASON"}, styled: a.styled(w)}
		for _, c := range r.Candidates {
			t.add(c.Contact.Name(), c.Number.Text(), c.Number.Type, c.Rung, c.Reason)
		}
		if err := t.write(w, "  "); err != nil {
			return err
		}
	}
	if err := a.printTrace(w, r.Trace); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// printTrace prints the rungs that were tried, in their order.
func (a *app) printTrace(w io.Writer, steps []client.TraceStep) error {
	if len(steps) == 0 {
		return nil
	}
	t := table{heads: []string{"TRIED", "AS", "HITS", "OUTCOME", "NOTE"}, styled: a.styled(w)}
	for _, s := range steps {
		t.add(s.Rung, s.Form, strconv.Itoa(s.Hits), s.Outcome, s.Note)
	}
	return t.write(w, "  ")
}
