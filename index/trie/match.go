package trie

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/trie/alias"
	"github.com/ringdex/ringdex/index/trie/fold"
)

// Match scores one document by its fields, of the given kinds (none stands for
// all). It is the definition of what Search finds and how it ranks, and returns
// false where Search would not return the document. It takes about a
// microsecond a field.
func Match(fields []Field, text string, only Kinds) (Score, bool) {
	m := newMatcher(fields, text, only)
	best, ok := Score{}, false
	for _, r := range m.readings {
		score, hit := m.match(r)
		if hit && (!ok || score.Compare(best) < 0) {
			best, ok = score, true
		}
	}
	return best, ok
}

// A Highlight is a part of a field that the query hit: code points Start to End
// (exclusive) of the text as given, not folded.
type Highlight struct {
	Field int // index into the fields
	Start int
	End   int
}

// Highlights appends to dst what in the fields of a document the query hit, by
// field and then from left to right, without overlaps, and returns the
// extended slice. It gives nothing for a document that does not match.
//
// Every field that a word of the query hits as well as it hits any is
// highlighted, so that the caller may show whichever it likes.
func Highlights(fields []Field, text string, only Kinds, dst []Highlight) []Highlight {
	m := newMatcher(fields, text, only)
	var best Score
	var chosen reading
	for _, r := range m.readings {
		score, hit := m.match(r)
		if hit && (chosen == nil || score.Compare(best) < 0) {
			best, chosen = score, r
		}
	}
	if chosen == nil {
		return dst
	}
	m.match(chosen)
	from := len(dst)
	for w := range chosen {
		dst = m.highlightWord(dst, w, chosen[w])
	}
	slices.SortFunc(dst[from:], func(a, b Highlight) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return joinHighlights(dst, from)
}

// A matcher compares one document with a query, letter by letter.
type matcher struct {
	fields   []Field
	terms    []term
	readings []reading
	tally    tally
}

func newMatcher(fields []Field, text string, only Kinds) *matcher {
	var a analyser
	m := &matcher{fields: fields}
	for _, t := range a.analyse(fields) {
		if only.covers(t.place.kind) {
			m.terms = append(m.terms, t)
			m.tally.places = append(m.tally.places, t.place)
		}
	}
	m.readings = readings(nil, fold.Words(nil, text))
	return m
}

// match leaves the hits of a reading in the tally and returns its score.
func (m *matcher) match(r reading) (Score, bool) {
	m.tally.hits = m.tally.hits[:0]
	for _, w := range r {
		for at, t := range m.terms {
			m.tally.hit(at, w.level(t.text, t.place.kind.named()))
		}
	}
	return m.tally.score(len(r))
}

// level returns how the word hits a term, which is of a name or not.
func (w word) level(term string, named bool) level {
	if letters, ok := strings.CutPrefix(term, initialsMark); ok {
		if w.initials && strings.HasPrefix(letters, w.spell[0]) {
			return levelInitials
		}
		return levelNone
	}
	best := levelNone
	for _, s := range w.spell {
		if s != "" {
			best = min(best, spellingLevel(s, term, w.typos))
		}
	}
	if !named {
		return best
	}
	return min(best, w.aliasLevel(term))
}

// aliasLevel returns how the word hits a term of a name in another spelling.
func (w word) aliasLevel(term string) level {
	switch {
	case w.roman && slices.ContainsFunc(alias.Roman(nil, term), func(s string) bool { return strings.HasPrefix(s, w.spell[0]) }):
		return levelRoman
	case slices.ContainsFunc(w.spell[:], func(s string) bool { return slices.Contains(alias.Nicks(s), term) }):
		return levelNick
	case w.heard() && slices.ContainsFunc(w.spell[:], func(s string) bool { return alias.Alike(s, term) }):
		return levelSound
	}
	return levelNone
}

func spellingLevel(s, term string, limit int) level {
	switch {
	case s == term:
		return levelExact
	case strings.HasPrefix(term, s):
		return levelPrefix
	case limit == 0:
		return levelNone
	}
	if n := typos(s, term, limit); n <= limit {
		return typoLevels[n]
	}
	return levelNone
}

// highlightWord appends what the word with the given index hits.
func (m *matcher) highlightWord(dst []Highlight, index int, w word) []Highlight {
	best := m.tally.best(index)
	for at, l := range m.tally.of(index) {
		if l != best && (l > levelPrefix || best > levelPrefix) {
			continue
		}
		t := m.terms[at]
		if l == levelInitials {
			dst = m.highlightInitials(dst, t, len(w.spell[0]))
			continue
		}
		f := int(t.place.field)
		start, end := t.token.Extent(m.fields[f].Text, w.covered(t.text, l))
		dst = append(dst, Highlight{f, start, end})
	}
	return dst
}

// covered returns how many bytes of a term that the word hits it stands for.
func (w word) covered(term string, l level) int {
	switch l {
	case levelRoman:
		return alias.RomanBytes(term, w.spell[0])
	case levelNick, levelSound:
		return len(term)
	}
	n, fewest := 0, w.typos+1
	for _, s := range w.spell {
		if s == "" {
			continue
		}
		if strings.HasPrefix(term, s) {
			n, fewest = max(n, len(s)), 0
		} else if t := typos(s, term, w.typos); t < fewest {
			n, fewest = within(s, term, w.typos), t
		}
	}
	return n
}

// highlightInitials appends the letters behind the first n bytes of initials.
func (m *matcher) highlightInitials(dst []Highlight, t term, n int) []Highlight {
	for _, l := range t.letters {
		if n <= 0 {
			break
		}
		n -= len(l.text)
		start, end := fold.Token{Start: l.start}.Extent(m.fields[l.field].Text, len(l.text))
		dst = append(dst, Highlight{int(l.field), start, end})
	}
	return dst
}

// joinHighlights joins those of the sorted highlights behind from that overlap.
func joinHighlights(list []Highlight, from int) []Highlight {
	n := from
	for _, h := range list[from:] {
		if n > from && list[n-1].Field == h.Field && h.Start < list[n-1].End {
			list[n-1].End = max(list[n-1].End, h.End)
			continue
		}
		list[n] = h
		n++
	}
	return list[:n]
}
