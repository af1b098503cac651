package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// A table prints aligned columns. It measures text in the cells of a terminal,
// where a Chinese character takes two and a combining accent none, which
// text/tabwriter does not.
type table struct {
	heads  []string
	styles []func(string) string // per column, nil for plain; none at all if short
	rows   [][]string
	styled bool
}

const columnGap = "  "

// add appends a row with a cell for each head. What came from outside is made
// printable.
func (t *table) add(cells ...string) {
	row := make([]string, len(t.heads))
	for i := range row {
		row[i] = printable(cells[i])
	}
	t.rows = append(t.rows, row)
}

// write prints the heads, then the rows, each line behind indent.
func (t *table) write(w io.Writer, indent string) error {
	widths := t.widths()
	heads := join(t.heads, widths, func(_ int, cell string) string { return t.style(bold, cell) })
	if _, err := fmt.Fprintln(w, indent+heads); err != nil {
		return err
	}
	for _, row := range t.rows {
		text := join(row, widths, func(column int, cell string) string {
			if column >= len(t.styles) {
				return cell
			}
			return t.style(t.styles[column], cell)
		})
		if _, err := fmt.Fprintln(w, indent+text); err != nil {
			return err
		}
	}
	return nil
}

// writeAny prints the table if it has a row.
func (t *table) writeAny(w io.Writer) error {
	if len(t.rows) == 0 {
		return nil
	}
	return t.write(w, "")
}

func (t *table) style(style func(string) string, cell string) string {
	if !t.styled || style == nil || cell == "" {
		return cell
	}
	return style(cell)
}

func (t *table) widths() []int {
	widths := make([]int, len(t.heads))
	for i, h := range t.heads {
		widths[i] = cellWidth(h)
	}
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], cellWidth(c))
		}
	}
	return widths
}

// join lays cells side by side, each styled and then padded to its width,
// without blanks at the end.
func join(cells []string, widths []int, style func(column int, cell string) string) string {
	var b strings.Builder
	blanks := 0
	for i, c := range cells {
		if c != "" {
			b.WriteString(strings.Repeat(" ", blanks))
			b.WriteString(style(i, c))
			blanks = 0
		}
		blanks += widths[i] - cellWidth(c) + len(columnGap)
	}
	return b.String()
}

// pad appends blanks until s takes n cells.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-cellWidth(s)))
}

// cellWidth returns how many cells of a terminal s takes: two for wide East
// Asian characters and most emoji (Unicode annex 11), none for marks that
// combine and characters that only format, one for the rest.
func cellWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1 // nothing below combines; control characters were replaced
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// printable replaces what could move the cursor, change colours or turn the
// direction of a terminal: a name may come from anywhere.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// The few styles the commands use.
func bold(s string) string   { return "\x1b[1m" + s + "\x1b[0m" }
func dim(s string) string    { return "\x1b[2m" + s + "\x1b[0m" }
func green(s string) string  { return "\x1b[32m" + s + "\x1b[0m" }
func red(s string) string    { return "\x1b[31m" + s + "\x1b[0m" }
func yellow(s string) string { return "\x1b[33m" + s + "\x1b[0m" }
