package text

import (
	"strings"
	"unicode"
)

// ParseQuery reads the language of the search box:
//
//	ParseQuery(`jonh dept:"field sales"`) = Query{Text: "jonh", Clauses: {{Department, "field sales"}}}
//
// A field's name, a colon and a word or a quoted text make a clause. Anything
// else is Text, a colon behind an unknown name included. A quote that is not
// closed ends with s. It never fails; Search limits the length.
func ParseQuery(s string) Query {
	var q Query
	var free []string
	for {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
		if s == "" {
			q.Text = strings.Join(free, " ")
			return q
		}
		field, rest := cutField(s)
		var value string
		value, s = cutValue(rest)
		switch {
		case field == AnyField:
			free = append(free, value)
		case value != "":
			q.Clauses = append(q.Clauses, Clause{Field: field, Text: value})
		}
	}
}

// cutField cuts a field's name and its colon off s, if it begins with them.
func cutField(s string) (Field, string) {
	name, rest, ok := strings.Cut(s, ":")
	if !ok {
		return AnyField, s
	}
	f, ok := ParseField(name)
	if !ok {
		return AnyField, s
	}
	return f, rest
}

// cutValue cuts a quoted text, or else what stands before the next space, off s.
func cutValue(s string) (value, rest string) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		value, rest, _ = strings.Cut(quoted, `"`)
		return value, rest
	}
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
