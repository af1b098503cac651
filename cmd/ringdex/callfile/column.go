package callfile

import (
	"slices"
	"strconv"
	"strings"
)

// asterisk are the columns of Asterisk's Master.csv (cdr_csv.c), which has no
// header. uniqueid and userfield are there only if cdr.conf asks for them.
//
//nolint:gochecknoglobals // read-only table
var asterisk = [...]string{
	"accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
	"start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield",
}

// minAsterisk is how many columns each Master.csv has.
const minAsterisk = 16

// Columns say where a file has its callers.
type Columns struct {
	// Header tells that the first row names the columns.
	Header bool
	// From are the columns to look in, from 0; the first that is not empty
	// counts.
	From []int
}

// Caller returns the caller of a row, or the empty string.
func (c *Columns) Caller(fields []string) string {
	for _, at := range c.From {
		if at < len(fields) && strings.TrimSpace(fields[at]) != "" {
			return fields[at]
		}
	}
	return ""
}

// FindColumns finds the callers' column by the first row of a file. name is the
// column's name, its number from 1, or empty: then the file must be Asterisk's
// (src, or else clid), or have a header that names one of those. header tells
// that the first row is one even if the column is given by its number. It
// returns ErrColumn.
func FindColumns(first []string, name string, header bool) (Columns, error) {
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > max(1, len(first)) {
			return Columns{}, wrongColumn(name, first)
		}
		return Columns{Header: header, From: []int{n - 1}}, nil
	}
	isAsterisk := !header && looksLikeAsterisk(first)
	names := first
	if isAsterisk {
		names = asterisk[:min(len(first), len(asterisk))]
	}
	c := Columns{Header: !isAsterisk}
	wanted := []string{name}
	if name == "" {
		wanted = []string{"src", "clid"}
	}
	for _, w := range wanted {
		if at := slices.IndexFunc(names, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), w) }); at >= 0 {
			c.From = append(c.From, at)
		}
	}
	if len(c.From) == 0 {
		return Columns{}, wrongColumn(name, first)
	}
	return c, nil
}

// looksLikeAsterisk tells whether a row is a call of a Master.csv: it has as
// many columns, seconds where they are due, and a known disposition or flag.
func looksLikeAsterisk(fields []string) bool {
	if len(fields) < minAsterisk || len(fields) > len(asterisk) {
		return false
	}
	for _, seconds := range fields[12:14] {
		if _, err := strconv.Atoi(seconds); err != nil {
			return false
		}
	}
	switch strings.ToUpper(fields[14]) {
	case "ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION":
		return true
	}
	switch strings.ToUpper(fields[15]) {
	case "DOCUMENTATION", "BILLING", "OMIT", "DEFAULT":
		return true
	}
	return false
}
