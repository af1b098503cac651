package schema

import (
	"math/bits"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// Misspellings further from a name than maxEdits edits, or of names longer than
// maxSuggest bytes, get no suggestion.
const (
	maxEdits   = 2
	maxSuggest = 40
)

// suggest returns the attribute that name is probably a misspelling of, or "".
// The attributes of extensions come with their URN.
func (t *Type) suggest(name string) string {
	s, rest, ok := t.cutURN(name)
	if !ok {
		s, rest = t.Core, name
	}
	if meant := suggestIn(s, rest); meant != "" || ok {
		return meant
	}
	if meant := suggestIn(common(), name); meant != "" {
		return meant
	}
	for _, e := range t.Extensions {
		if meant := suggestIn(e.Schema, name); meant != "" {
			return e.Schema.ID + ":" + meant
		}
	}
	return ""
}

// suggestIn returns the nearest "attribute" or "attribute.sub" of one schema.
func suggestIn(s *Schema, name string) string {
	head, tail, dotted := strings.Cut(name, ".")
	a := s.Attribute(head)
	if a == nil {
		a = s.Attribute(nearest(head, s.Attributes))
	}
	if a == nil {
		return ""
	}
	if !dotted {
		return a.Name
	}
	if sub := a.SubAttribute(tail); sub != nil {
		return a.Name + "." + sub.Name
	}
	if sub := nearest(tail, a.Sub); sub != "" {
		return a.Name + "." + sub
	}
	return ""
}

// nearest returns the name that is the fewest edits away, or "" if none is near.
func nearest(name string, attributes []*Attribute) string {
	if len(name) > maxSuggest {
		return ""
	}
	name = resource.LowerName(name)
	best, edits, has := "", min(maxEdits, len(name)/3)+1, letters(name)
	for _, a := range attributes {
		if a.Unlisted || abs(len(a.Name)-len(name)) >= edits || bits.OnesCount32(has^letters(a.Name)) > 2*(edits-1) {
			continue
		}
		if n := distance(name, a.Name, edits-1); n < edits {
			best, edits = a.Name, n
		}
	}
	return best
}

// letters returns which letters a name has, in any case, as a set of bits. An
// edit takes one out and puts another in, at the most: names whose sets differ by
// more need no closer look.
func letters(name string) uint32 {
	var set uint32
	for i := range len(name) {
		set |= 1 << (name[i] & 0x1f)
	}
	return set
}

// distance returns how many letters must be put in, left out, replaced or
// swapped with their neighbour to make b, in any case, of a, which is in lower
// case: limit+1 if it takes more than limit. Neither is longer than maxSuggest by
// more than limit, and limit is at most maxEdits. It looks only at places that
// few enough edits lead to, and stops when none is left: a client may misspell as
// many names as fit into a body.
func distance(a, b string, limit int) int {
	var rows [3][maxSuggest + maxEdits + 2]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range min(len(b), limit) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		from, to := max(0, i-limit), min(len(b)-1, i+limit)
		row[from] = limit + 1
		if from == 0 {
			row[0] = i + 1
		}
		least := row[from]
		for j := from; j <= to; j++ {
			n := last[j]
			if a[i] != lowerLetter(b[j]) {
				n = min(n, row[j]) + 1
				if j < i+limit { // what lies above is within reach
					n = min(n, last[j+1]+1)
				}
				if i > 0 && j > 0 && a[i] == lowerLetter(b[j-1]) && a[i-1] == lowerLetter(b[j]) {
					n = min(n, before[j-1]+1)
				}
			}
			row[j+1] = n
			least = min(least, n)
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}

func lowerLetter(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func abs(n int) int { return max(n, -n) }
