package trie

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// othersMax is how many terms that go on with a letter beyond a to z are looked
// at one by one.
const othersMax = 64

// one finds, in any order, the terms that begin with s but for one typo, of
// which most queries that find too little have no more. It goes down the tree
// along s: where terms leave it, they differ from s there, and all that may
// follow is what s has behind a letter that is wrong, too much, left out or
// swapped. It returns false, and nothing of use, if s is not of the letters a
// to z, or if many terms beside it are not.
func (w *walker) one(s string) bool {
	at := w.book.root()
	for d := 0; at.lo < at.hi; d++ {
		n := &w.book.tree.nodes[at.node]
		bit, ok := letterBit(s[d])
		switch {
		case !ok || bit < bitLower || bit == bitOther:
			return false
		case n.leaf():
			w.oneOfLeaf(at.span, s)
			return true
		case d == len(s)-1: // nothing but the last letter is wrong
			w.allBut(at, n, bit)
			return true
		}
		if d > 0 {
			if n.has(bitOther) {
				others := w.book.tree.down(at, bitOther)
				if others.hi-others.lo > othersMax {
					return false
				}
				w.oneOfLeaf(others.span, s)
			}
			w.slips(at, n, bit, s, d)
		}
		if !n.has(bit) {
			return true
		}
		at = w.book.tree.down(at, bit)
	}
	return true
}

// allBut adds the terms at a place but for those of the child for a bit.
func (w *walker) allBut(at spot, n *treeNode, bit int) {
	rest := at.span
	if n.has(bit) {
		right := w.book.tree.down(at, bit)
		w.slip(span{at.lo, right.lo})
		rest.lo = right.hi
	}
	w.slip(rest)
}

// slips adds what leaves s at a place behind its first d letters.
func (w *walker) slips(at spot, n *treeNode, bit int, s string, d int) {
	t := &w.book.tree
	letters := n.follows & (1<<bitOther - 1) >> bitLower << bitLower &^ (1 << bit)
	here, _ := letterBit(s[d])
	next, _ := letterBit(s[d+1])
	for ; letters != 0; letters &= letters - 1 {
		b := bits.TrailingZeros64(letters)
		node := &t.nodes[n.child+uint32(bits.OnesCount64(n.follows&(1<<b-1)))]
		if !node.leaf() && !node.has(here) && !node.has(next) && b != next {
			continue // most end here
		}
		child := t.down(at, b)
		if node.leaf() {
			w.oneOfLeaf(child.span, s)
			continue
		}
		found := w.around[:0]
		found = append(found, w.follow(child, s[d+1:]), w.follow(child, s[d:]))
		if b == next {
			found = append(found, w.follow(child, s[d+2:]))
			if node.has(here) {
				found = append(found, w.follow(t.down(child, here), s[d+2:]))
			}
		}
		w.around = found
		w.disjoint(found)
	}
}

// disjoint adds spans of which some may be empty or lie within others.
func (w *walker) disjoint(list []span) {
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(b.hi, a.hi)) })
	end := uint32(0)
	for _, s := range list {
		if s.lo < s.hi && s.hi > end {
			w.slip(s)
			end = s.hi
		}
	}
}

// follow returns the terms at a place that go on with rest.
func (w *walker) follow(at spot, rest string) span {
	for rest != "" {
		n := &w.book.tree.nodes[at.node]
		if n.leaf() {
			return w.withRest(at, rest)
		}
		bit, ok := letterBit(rest[0])
		if !ok || !n.has(bit) {
			return span{}
		}
		at, rest = w.book.tree.down(at, bit), rest[1:]
	}
	return at.span
}

// withRest is follow within a leaf.
func (w *walker) withRest(at spot, rest string) span {
	found := span{at.hi, at.hi}
	for term := at.lo; term < at.hi; term++ {
		if text := w.book.terms.at(term); len(text) >= at.size+len(rest) && string(text[at.size:at.size+len(rest)]) == rest {
			found.lo = min(found.lo, term)
			found.hi = term + 1
		} else if found.lo < term {
			return span{found.lo, term}
		}
	}
	return found
}

// oneOfLeaf adds those of a few terms that begin with s but for one typo.
func (w *walker) oneOfLeaf(terms span, s string) {
	for term := terms.lo; term < terms.hi; term++ {
		if slipped(w.book.terms.at(term), s) {
			w.slip(span{term, term + 1})
		}
	}
}

// slip adds terms with one typo.
func (w *walker) slip(s span) {
	if s.lo < s.hi {
		w.out = append(w.out, typoSpan{s, levelTypo})
	}
}

// slipped reports whether text begins with s, which has letters alone, but for
// one typo behind the first letter; it is at the first letter that differs.
func slipped(text []byte, s string) bool {
	d := 0
	for d < len(s) && d < len(text) && text[d] == s[d] {
		d++
	}
	switch {
	case d == 0 || d == len(s):
		return false
	case begins(text[d:], s[d+1:]):
		return true // left out
	case d == len(text) || isDigit(rune(text[d])):
		return false
	}
	size := 1
	if text[d] >= utf8.RuneSelf {
		_, size = utf8.DecodeRune(text[d:])
	}
	behind := text[d+size:]
	return begins(behind, s[d+1:]) || begins(behind, s[d:]) ||
		d+1 < len(s) && text[d] == s[d+1] && len(behind) > 0 && behind[0] == s[d] && begins(behind[1:], s[d+2:])
}

func begins(text []byte, s string) bool { return len(text) >= len(s) && string(text[:len(s)]) == s }
