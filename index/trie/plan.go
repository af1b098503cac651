package trie

import "unicode/utf8"

// A plan is a reading as the terms of one book.
type plan []wordPlan

// A wordPlan is the terms that a query word hits.
type wordPlan struct {
	exact  [2]span // of one term at most, for each spelling
	prefix [2]span
	tops   [2]uint32 // of prefix, as the index of the node plus one, or 0
	taken  bool      // the node's list was offered as far as it could enter
	// What stands below is found when a phase needs it.
	initials span
	roman    []uint32      // terms, sorted
	nicks    []uint32      // likewise
	sounds   []uint32      // likewise
	typos    [2][]typoSpan // sorted and disjoint, for each spelling
}

// A typoSpan is terms that the word hits with typos.
type typoSpan struct {
	span
	level level
}

// planReading finds the terms of a reading and appends them to dst, which is
// empty; it uses the memory of what stood there. Only exact and prefix hits are
// found; the functions below find the others.
func (b *book) planReading(dst plan, r reading) plan {
	for n, w := range r {
		var p wordPlan
		if n < cap(dst) {
			old := dst[:n+1][n]
			p.typos = [2][]typoSpan{old.typos[0][:0], old.typos[1][:0]}
			p.roman, p.nicks, p.sounds = old.roman[:0], old.nicks[:0], old.sounds[:0]
		}
		for i, s := range w.spell {
			if s == "" {
				continue
			}
			own := false
			if p.prefix[i], own, p.tops[i] = b.prefix(s); own {
				p.exact[i] = span{p.prefix[i].lo, p.prefix[i].lo + 1}
			}
		}
		dst = append(dst, p)
	}
	return dst
}

// planInitials finds the initials that the words of a reading begin.
func (b *book) planInitials(p plan, r reading) {
	for n, w := range r {
		if w.initials {
			p[n].initials = b.initialsSpan(w.spell[0])
		}
	}
}

// initialsSpan returns the initials that begin with the letters.
func (b *book) initialsSpan(letters string) span {
	var room [len(initialsMark) + maxInitials*utf8.UTFMax]byte
	return b.terms.prefix(string(append(append(room[:0], initialsMark...), letters...)))
}

// level returns how the word hits a term, which is of a name or not.
func (p *wordPlan) level(term uint32, named bool) level {
	switch {
	case p.exact[0].has(term), p.exact[1].has(term):
		return levelExact
	case p.prefix[0].has(term), p.prefix[1].has(term):
		return levelPrefix
	case p.initials.has(term):
		return levelInitials
	case named && hasTerm(p.roman, term):
		return levelRoman
	case named && hasTerm(p.nicks, term):
		return levelNick
	}
	l := min(typoLevel(p.typos[0], term), typoLevel(p.typos[1], term))
	if l > levelSound && named && hasTerm(p.sounds, term) {
		return levelSound
	}
	return l
}

// hits reports whether the word hits a term without typos.
func (p *wordPlan) hits(term uint32) bool {
	return p.prefix[0].has(term) || p.prefix[1].has(term) || p.initials.has(term)
}

// typoLevel returns how a spelling hits a term with typos.
func typoLevel(list []typoSpan, term uint32) level {
	lo, hi := 0, len(list)
	for lo < hi {
		mid := (lo + hi) / 2
		switch s := list[mid]; {
		case term < s.lo:
			hi = mid
		case term >= s.hi:
			lo = mid + 1
		default:
			return s.level
		}
	}
	return levelNone
}

// spans appends the terms that the word hits at up to the given level. Ranges
// may overlap.
func (p *wordPlan) spans(dst []span, up level) []span {
	if up == levelExact {
		return appendSpans(dst, p.exact[:]...)
	}
	dst = appendSpans(dst, p.prefix[:]...)
	if up == levelPrefix {
		return dst
	}
	dst = appendSpans(dst, p.initials)
	for l := levelRoman; l <= up; l++ {
		dst = p.news(dst, l)
	}
	return dst
}

// only returns the terms that begin with the word, which hits something in one
// spelling alone.
func (p *wordPlan) only() span {
	if p.prefix[0].lo < p.prefix[0].hi {
		return p.prefix[0]
	}
	return p.prefix[1]
}

// news appends the terms that the word hits at a level above that of prefixes.
// With two typos come those with one: another word may have the other.
func (p *wordPlan) news(dst []span, at level) []span {
	if at == levelInitials {
		return appendSpans(dst, p.initials)
	}
	for _, term := range p.aliases(at) {
		dst = append(dst, span{term, term + 1})
	}
	for _, list := range p.typos {
		for _, s := range list {
			if s.level == at || at == levelTypos {
				dst = append(dst, s.span)
			}
		}
	}
	return dst
}

// aliases returns the terms that the word hits at the level of an alias.
func (p *wordPlan) aliases(at level) []uint32 {
	switch at {
	case levelRoman:
		return p.roman
	case levelNick:
		return p.nicks
	case levelSound:
		return p.sounds
	}
	return nil
}

func appendSpans(dst []span, list ...span) []span {
	for _, s := range list {
		if s.lo < s.hi {
			dst = append(dst, s)
		}
	}
	return dst
}
