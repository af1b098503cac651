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
	m := NewHighlighter(text, only)
	m.read(fields)
	score, r := m.best(levelNone)
	return score, r != nil
}

// A Highlight is a part of a field that the query hit: code points Start to End
// (exclusive) of the text as given, not folded.
type Highlight struct {
	Field int // index into the fields
	Start int
	End   int
}

// Highlights is Highlighter.Highlights for one document.
func Highlights(fields []Field, text string, only Kinds, dst []Highlight) []Highlight {
	return NewHighlighter(text, only).Highlights(fields, dst)
}

// A Highlighter compares documents with a query, one by one and letter by
// letter. It belongs to one goroutine.
type Highlighter struct {
	only     Kinds
	readings []reading

	analyser analyser
	fields   []Field // of the document at hand
	terms    []term
	tally    tally
}

// NewHighlighter returns a Highlighter for a query to fields of the given kinds;
// none stands for all.
func NewHighlighter(text string, only Kinds) *Highlighter {
	return &Highlighter{only: only, readings: readings(nil, fold.Words(nil, text))}
}

// Highlights appends to dst what in the fields of a document the query hit, by
// field and then from left to right, without overlaps, and returns the
// extended slice. It gives nothing for a document that does not match.
//
// Every field that a word of the query hits as well as it hits any is
// highlighted, so that the caller may show whichever it likes.
func (m *Highlighter) Highlights(fields []Field, dst []Highlight) []Highlight {
	m.read(fields)
	// Most documents were found as they are written, and then other ways to
	// read a word, which take long to compare, change nothing.
	_, chosen := m.best(levelInitials)
	if chosen == nil {
		_, chosen = m.best(levelNone)
	}
	from := len(dst)
	for w := range chosen {
		dst = m.highlightWord(dst, w, chosen[w])
	}
	slices.SortFunc(dst[from:], func(a, b Highlight) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return joinHighlights(dst, from)
}

// read takes in the document at hand.
func (m *Highlighter) read(fields []Field) {
	m.fields, m.terms, m.tally.places = fields, m.terms[:0], m.tally.places[:0]
	for _, t := range m.analyser.analyse(fields) {
		if m.only.covers(t.place.kind) {
			m.terms = append(m.terms, t)
			m.tally.places = append(m.tally.places, t.place)
		}
	}
}

// best returns the reading that the document matches best, nil for none, when
// hits of up to a level count. Its hits are left in the tally.
func (m *Highlighter) best(up level) (best Score, chosen reading) {
	for _, r := range m.readings {
		score, hit := m.match(r, up)
		if hit && (chosen == nil || score.Compare(best) < 0) {
			best, chosen = score, r
		}
	}
	if chosen != nil && len(m.readings) > 1 {
		m.match(chosen, up)
	}
	return best, chosen
}

// match leaves the hits of a reading in the tally and returns its score.
func (m *Highlighter) match(r reading, up level) (Score, bool) {
	m.tally.hits = m.tally.hits[:0]
	for _, w := range r {
		for at := range m.terms {
			t := &m.terms[at]
			m.tally.hit(at, w.levelUpTo(up, t.text, t.place.kind.named()))
		}
	}
	return m.tally.score(len(r))
}

// levelUpTo is level without what is worse than up: levelInitials, or levelNone
// for everything.
func (w word) levelUpTo(up level, term string, named bool) level {
	if up == levelNone || strings.HasPrefix(term, initialsMark) {
		return w.level(term, named)
	}
	best := levelNone
	for _, s := range w.spell {
		if s != "" {
			best = min(best, spellingLevel(s, term, 0))
		}
	}
	return best
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
	if !named || best <= levelPrefix {
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
func (m *Highlighter) highlightWord(dst []Highlight, index int, w word) []Highlight {
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
func (m *Highlighter) highlightInitials(dst []Highlight, t term, n int) []Highlight {
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
