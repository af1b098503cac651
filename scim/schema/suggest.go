package schema

import (
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
	best, edits := "", min(maxEdits, len(name)/3)+1
	for _, a := range attributes {
		if a.Unlisted || abs(len(a.Name)-len(name)) >= edits {
			continue
		}
		if n := distance(name, resource.LowerName(a.Name)); n < edits {
			best, edits = a.Name, n
		}
	}
	return best
}

// distance returns how many letters must be put in, left out, replaced or
// swapped with their neighbour to make b of a.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

func abs(n int) int { return max(n, -n) }
