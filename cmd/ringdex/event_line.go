package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
)

// An eventPrinter prints events as lines. Columns have a fixed width, so that
// lines which come later stand below the others.
type eventPrinter struct {
	app     *app
	out     io.Writer
	explain bool
	styled  bool
	headed  bool
}

func (a *app) newEventPrinter(w io.Writer, explain bool) *eventPrinter {
	return &eventPrinter{app: a, out: w, explain: explain, styled: a.styled(w)}
}

// eventWidths are the columns of eventHeads; the last one is as wide as it is.
//
//nolint:gochecknoglobals // read-only tables
var (
	eventHeads  = []string{"TIME", "REQUEST", "STATUS", "RESOURCE", "WHAT"}
	eventWidths = []int{19, 18, 6, 36, 0}
)

// printEvents prints a page, oldest first, and what the log comes to.
func (a *app) printEvents(w io.Writer, list client.EventList, choice eventsChoice) error {
	p := a.newEventPrinter(w, choice.explain)
	if len(list.Events) == 0 {
		if _, err := fmt.Fprintln(w, "There are no such events."); err != nil {
			return err
		}
	}
	if err := p.stream(list.Events, false); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return printFacts(w, "", summaryFacts(list))
}

// stream prints events, which come newest first, oldest first.
func (p *eventPrinter) stream(events []client.Event, asJSON bool) error {
	for _, e := range slices.Backward(events) {
		text := string(e.Raw) + "\n"
		if !asJSON {
			text = p.lines(e)
		}
		if _, err := io.WriteString(p.out, text); err != nil {
			return err
		}
	}
	return nil
}

// lines returns an event as a line, and what else is to be said below it.
func (p *eventPrinter) lines(e client.Event) string {
	var b strings.Builder
	if !p.headed {
		p.headed = true
		b.WriteString(join(eventHeads, eventWidths, func(_ int, cell string) string { return p.style(bold, cell) }) + "\n")
	}
	cells := []string{
		e.Time.In(p.app.zone).Format("2006-01-02 15:04:05"), strings.TrimSpace(e.Method + " " + e.Endpoint), strconv.Itoa(e.Status), e.Resource, whatHappened(e),
	}
	for i, c := range cells {
		cells[i] = printable(c)
	}
	b.WriteString(join(cells, eventWidths, func(column int, cell string) string { return p.style(cellStyle(e, column), cell) }) + "\n")
	indent := strings.Repeat(" ", indentOfWhat())
	for _, text := range p.remarks(e) {
		b.WriteString(indent + p.style(dim, printable(text)) + "\n")
	}
	return b.String()
}

// indentOfWhat is where the last column begins.
func indentOfWhat() int {
	n := 0
	for _, w := range eventWidths[:len(eventWidths)-1] {
		n += w + len(columnGap)
	}
	return n
}

func (p *eventPrinter) style(style func(string) string, cell string) string {
	if !p.styled || style == nil || cell == "" {
		return cell
	}
	return style(cell)
}

// cellStyle colours the status of what failed and dims what changed nothing.
func cellStyle(e client.Event, column int) func(string) string {
	const status = 2
	switch {
	case e.Outcome == "failed" && column == status:
		return red
	case e.Outcome == "unchanged" || e.Outcome == "ok" && e.Method == "GET":
		return dim
	}
	return nil
}

// whatHappened returns in a few words what came of a request.
func whatHappened(e client.Event) string {
	switch {
	case e.Bulk.Failures > 0:
		return fmt.Sprintf("%d of %s failed", e.Bulk.Failures, counted(e.Bulk.Operations, "operation"))
	case e.Outcome == "failed":
		return failure(e.Path, e.Detail, e.ScimType)
	case e.Outcome == "unchanged":
		return "changed nothing"
	case e.Bulk.Operations > 0:
		return counted(e.Bulk.Operations, "operation")
	case e.Method == "DELETE":
		return "deleted"
	case len(e.Changes) > 0:
		return changesOf(e)
	}
	return e.Filter
}

func failure(path, detail, scimType string) string {
	text := detail
	if path != "" && !strings.HasPrefix(detail, path) {
		text = path + ": " + detail
	}
	if scimType != "" {
		text += " (" + scimType + ")"
	}
	return text
}

// changesOf lists what a request changed, by kind, the first few of each.
func changesOf(e client.Event) string {
	const most = 4
	var parts []string
	for _, kind := range []string{"added", "changed", "removed"} {
		var paths []string
		n := 0
		for _, c := range e.Changes {
			if c.Change != kind {
				continue
			}
			if n++; n > most {
				continue
			}
			path := c.Path
			if c.Count > 0 {
				path = counted(c.Count, strings.TrimSuffix(path, "s"))
			}
			paths = append(paths, path)
		}
		if n > most {
			paths = append(paths, fmt.Sprintf("%d more", n-most))
		}
		if n > 0 {
			parts = append(parts, kind+" "+strings.Join(paths, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// remarks returns what stands below an event.
func (p *eventPrinter) remarks(e client.Event) []string {
	var list []string
	for _, h := range e.Hints {
		list = append(list, "hint: "+failure(h.Path, h.Detail, ""))
	}
	if e.Resend > 0 {
		list = append(list, counted(e.Resend, "attribute")+" will be sent again in each cycle, because it reads back otherwise")
	}
	if e.Advice != "" {
		list = append(list, "→ "+e.Advice)
	}
	if !p.explain {
		return list
	}
	if e.Dialect != "" {
		list = append(list, strings.TrimSuffix("dialect "+e.Dialect+": "+strings.Join(e.Traits, ", "), ": "))
	}
	for _, op := range e.Operations {
		list = append(list, strings.TrimSpace(fmt.Sprintf("Operations[%d] %s %s", op.Index, op.Op, op.Path)))
		for _, note := range op.Notes {
			list = append(list, "  "+note)
		}
	}
	return list
}

// counted returns "1 operation", "10 operations".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// summaryFacts returns what the log comes to.
func summaryFacts(list client.EventList) []fact {
	s := list.Summary
	facts := []fact{{"provisioning", s.Risk.String()}}
	if s.Dialect != "" {
		facts = append(facts, fact{"dialect", s.Dialect})
	}
	if s.Resend.Attributes > 0 {
		facts = append(facts, fact{"sent again", fmt.Sprintf("%s of %s in each cycle", counted(s.Resend.Attributes, "attribute"), counted(s.Resend.Resources, "resource"))})
	}
	for i, r := range s.Reasons {
		name := ""
		if i == 0 {
			name = "fails most"
		}
		text := strings.TrimSpace(fmt.Sprintf("%d × %s %s %d %s", r.Count, r.Method, r.Endpoint, r.Status, failure(r.Path, r.Detail, "")))
		facts = append(facts, fact{name, text})
	}
	if list.Next != "" {
		facts = append(facts, fact{"", "Older events are not shown; --limit shows more."})
	}
	return facts
}
