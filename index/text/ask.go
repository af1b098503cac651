package text

import (
	"fmt"
	"slices"
)

// An ask is one chunk of a question and where to look for it.
type ask struct {
	field     Field
	spellings []chunk // one or two ways to write it; a document needs one of them
	last      bool    // the last of the question: it may still be growing
}

// asks returns what a document must hold to answer q. It returns ErrTooLong or
// ErrUnknownField if q is not a question that is answered.
func (q *Query) asks() ([]ask, error) {
	size, words := len(q.Text), 0
	for _, c := range q.Clauses {
		if c.Field == AnyField || int(c.Field) >= len(fields) {
			return nil, fmt.Errorf("%w: number %d", ErrUnknownField, c.Field)
		}
		size += len(c.Text)
	}
	if size > MaxTextBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLong, size, MaxTextBytes)
	}
	var all []ask
	for _, c := range q.Clauses {
		all = appendAsks(all, c.Field, c.Text)
	}
	all = appendAsks(all, AnyField, q.Text)
	for i := range all {
		words += len(all[i].spellings[0].words)
	}
	if words > MaxWords {
		return nil, fmt.Errorf("%w: %d words, at most %d", ErrTooLong, words, MaxWords)
	}
	if n := len(all); n > 0 {
		all[n-1].last = true
	}
	return all, nil
}

func appendAsks(all []ask, f Field, text string) []ask {
	var columns [][]chunk // by spelling
	for _, s := range spellings(text) {
		columns = append(columns, slices.Collect(chunks(s)))
	}
	for i, c := range columns[0] {
		a := ask{field: f, spellings: []chunk{c}}
		if len(columns) > 1 && len(columns[1]) == len(columns[0]) && !slices.Equal(columns[1][i].words, c.words) {
			a.spellings = append(a.spellings, columns[1][i])
		}
		all = append(all, a)
	}
	return all
}

// forgiving tells whether a typing error is allowed anywhere in the question.
func forgiving(all []ask) bool {
	for _, a := range all {
		for _, c := range a.spellings {
			if typosAllowed(c.joined) > 0 || slices.ContainsFunc(c.words, func(w string) bool { return typosAllowed(w) > 0 }) {
				return true
			}
		}
	}
	return false
}
