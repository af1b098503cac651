package trie

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// planTypos finds the terms that the word hits with typos, up to limit of them.
func (b *book) planTypos(k *walker, p *wordPlan, w word, limit int) {
	limit = min(limit, w.typos)
	for i, s := range w.spell {
		p.typos[i] = p.typos[i][:0]
		if limit == 0 || s == "" {
			continue
		}
		k.book, k.out = b, p.typos[i]
		k.within(s, limit)
		p.typos[i] = k.out
	}
}

// A walker finds terms within a distance of a word, in order. It may be used
// again.
type walker struct {
	book     *book
	distance distance
	around   []span // of one place
	out      []typoSpan
}

// within finds the terms that begin with s but for typos, up to limit of them.
func (w *walker) within(s string, limit int) {
	if limit == 1 {
		if w.one(s) {
			slices.SortFunc(w.out, func(a, b typoSpan) int { return cmp.Compare(a.lo, b.lo) })
			return
		}
		w.out = w.out[:0]
	}
	w.distance.reset(s, limit)
	w.begin(s)
}

// begin walks from the first letter of s, which no typo changes.
func (w *walker) begin(s string) {
	first, n := utf8.DecodeRuneInString(s)
	at := w.book.look(s[:n])
	if at.lo == at.hi {
		return
	}
	best := w.distance.limit + 1
	if at.size < n {
		w.visit(w.book.terms.prefix(s[:n]), first, 0, 0, best)
		return
	}
	if least, whole := w.distance.step(0, first); least < min(best, whole) {
		w.walk(at, 1, min(best, whole))
	} else {
		w.emit(at.span, min(best, whole))
	}
}

// walk goes on behind a place in the tree whose depth letters were stepped
// through. best is the fewest typos of a beginning of them.
func (w *walker) walk(at spot, depth, best int) {
	n := &w.book.tree.nodes[at.node]
	if n.leaf() {
		w.branches(at.span, at.size, depth, best)
		return
	}
	left := n.follows & followsMask
	if best > w.distance.limit {
		left &= w.distance.letters(depth)
	}
	for ; left != 0; left &= left - 1 {
		bit := bits.TrailingZeros64(left)
		next := w.book.tree.down(at, bit)
		switch {
		case bit < bitLower:
			w.emit(next.span, best) // a digit, or the end
			continue
		case bit == bitOther:
			w.branches(next.span, next.size, depth, best)
			continue
		}
		least, whole := w.distance.step(depth, rune('a'+bit-bitLower))
		if whole = min(best, whole); least < whole {
			w.walk(next, depth+1, whole)
		} else {
			w.emit(next.span, whole)
		}
	}
}

// visit goes through the terms of s, which agree in the first size bytes and
// then in the letter r, their letter at depth. best is the fewest typos of a
// beginning of them that is shorter.
func (w *walker) visit(s span, r rune, size, depth, best int) {
	least, whole := w.distance.step(depth, r)
	best = min(best, whole)
	if least >= best {
		w.emit(s, best)
		return
	}
	w.branches(s, size+utf8.RuneLen(r), depth+1, best)
}

// branches visits the letters that follow the first size bytes of the terms
// of s.
func (w *walker) branches(s span, size, depth, best int) {
	mask := followsMask
	if best > w.distance.limit {
		mask = w.distance.letters(depth)
	}
	for lo := s.lo; lo < s.hi; {
		text := w.book.terms.at(lo)
		if len(text) == size {
			w.emit(span{lo, lo + 1}, best)
			lo++
			continue
		}
		if bit, _ := letterBit(text[size]); mask>>bit&1 == 0 && s.hi-lo <= leafTerms {
			lo++ // neither a hit nor on the way to one
			continue
		}
		next, n := utf8.DecodeRune(text[size:])
		hi := lo + 1
		if hi < s.hi {
			hi = w.book.terms.behind(lo, s.hi, string(text[:size+n]))
		}
		w.visit(span{lo, hi}, next, size, depth, best)
		lo = hi
	}
}

// emit adds terms with the given number of typos, if that is within the limit.
// Those without any are prefix hits already.
func (w *walker) emit(s span, typos int) {
	if typos == 0 || typos > w.distance.limit {
		return
	}
	l := typoLevels[typos]
	if n := len(w.out); n > 0 && w.out[n-1].hi == s.lo && w.out[n-1].level == l {
		w.out[n-1].hi = s.hi
		return
	}
	w.out = append(w.out, typoSpan{s, l})
}
