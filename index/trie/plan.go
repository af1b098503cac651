package trie

import "unicode/utf8"

// A plan is a reading as the terms of one book.
type plan []wordPlan

// A wordPlan is the terms that a query word hits.
type wordPlan struct {
	exact    [2]span // of one term at most, for each spelling
	prefix   [2]span
	initials span
	typos    [2][]typoSpan // sorted and disjoint, for each spelling
}

// A typoSpan is terms that the word hits with typos.
type typoSpan struct {
	span
	level level
}

// planReading finds the terms of a reading and appends them to dst, which is
// empty; it uses the memory of what stood there. Terms hit with typos are left
// out.
func (b *book) planReading(dst plan, r reading) plan {
	for n, w := range r {
		var p wordPlan
		if n < cap(dst) {
			old := dst[:n+1][n]
			p.typos = [2][]typoSpan{old.typos[0][:0], old.typos[1][:0]}
		}
		for i, s := range w.spell {
			if s == "" {
				continue
			}
			p.prefix[i] = b.terms.prefix(s)
			if lo := p.prefix[i].lo; lo < p.prefix[i].hi && len(b.terms.at(lo)) == len(s) {
				p.exact[i] = span{lo, lo + 1}
			}
		}
		if w.initials {
			p.initials = b.initialsSpan(w.spell[0])
		}
		dst = append(dst, p)
	}
	return dst
}

// initialsSpan returns the initials that begin with the letters.
func (b *book) initialsSpan(letters string) span {
	var room [len(initialsMark) + maxInitials*utf8.UTFMax]byte
	return b.terms.prefix(string(append(append(room[:0], initialsMark...), letters...)))
}

// level returns how the word hits a term.
func (p *wordPlan) level(term uint32) level {
	switch {
	case p.exact[0].has(term), p.exact[1].has(term):
		return levelExact
	case p.prefix[0].has(term), p.prefix[1].has(term):
		return levelPrefix
	case p.initials.has(term):
		return levelInitials
	}
	return min(typoLevel(p.typos[0], term), typoLevel(p.typos[1], term))
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
	for _, list := range p.typos {
		for _, s := range list {
			if s.level <= up {
				dst = append(dst, s.span)
			}
		}
	}
	return dst
}

// hasTypos reports whether the word hits any terms with typos.
func (p *wordPlan) hasTypos() bool { return len(p.typos[0])+len(p.typos[1]) > 0 }

func appendSpans(dst []span, list ...span) []span {
	for _, s := range list {
		if s.lo < s.hi {
			dst = append(dst, s)
		}
	}
	return dst
}

// planTypos finds the terms that the word hits with typos, up to limit of them.
func (b *book) planTypos(k *walker, p *wordPlan, w word, limit int) {
	limit = min(limit, w.typos)
	for i, s := range w.spell {
		p.typos[i] = p.typos[i][:0]
		if limit == 0 || s == "" {
			continue
		}
		k.book, k.out = b, p.typos[i]
		k.distance.reset(s, limit)
		first, n := utf8.DecodeRuneInString(s)
		k.visit(b.terms.prefix(s[:n]), first, 0, 0, limit+1)
		p.typos[i] = k.out
	}
}

// A walker finds terms within a distance of a word, in order. It may be used
// again.
type walker struct {
	book     *book
	distance distance
	out      []typoSpan
}

// visit goes through the terms of s, which agree in the first size bytes and
// then in the letter r, their letter at depth. best is the fewest typos of a
// beginning of them that is shorter.
func (w *walker) visit(s span, r rune, size, depth, best int) {
	if s.lo == s.hi {
		return
	}
	least, whole := w.distance.step(depth, r)
	best = min(best, whole)
	if least >= best {
		w.emit(s, best)
		return
	}
	size += utf8.RuneLen(r)
	lo := s.lo
	if len(w.book.terms.at(lo)) == size {
		w.emit(span{lo, lo + 1}, best)
		lo++
	}
	for lo < s.hi {
		text := w.book.terms.at(lo)
		next, n := utf8.DecodeRune(text[size:])
		hi := w.book.terms.behind(lo, s.hi, string(text[:size+n]))
		w.visit(span{lo, hi}, next, size, depth+1, best)
		lo = hi
	}
}

// emit adds terms with the given number of typos, if that is within the limit.
// Those without any are prefix hits already.
func (w *walker) emit(s span, typos int) {
	if typos == 0 || typos > w.distance.limit {
		return
	}
	w.out = append(w.out, typoSpan{s, levelInitials + level(typos)})
}
