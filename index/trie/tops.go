package trie

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

const (
	// topMin is how many postings a prefix must have for its best to be kept.
	topMin = 64
	// topSize is how many of its best documents are kept: a page of hits, and
	// room for some that were removed or may not be shown.
	topSize = 32
	// A prefix in which more than one of denseShare documents are found keeps
	// a bitmap of them, if there are denseMin documents at least.
	denseShare = 16
	denseMin   = 1024
)

// tops are the answers to the queries that would be slow to answer: the best
// documents of the prefixes and of the words that many documents have.
type tops struct {
	nodes []topNode // sorted by compareSpans
	lists []posting
	dense [][]uint64 // the documents of prefixes as bitmaps of locals
}

// A topNode is a prefix, given as the range of terms that begin with it. Its
// lists have documents in the order of hits, each once. Of prefixes with the
// same range, only the longest may be a term.
type topNode struct {
	span
	list  cut // for a prefix that is no term
	words cut // for one that is: first come those that have it as a word of a field that identifies
	// wholes and exact are how many of words come first: those of which the
	// term is a whole field, and all that have it as a word.
	wholes, exact uint8
	dense         int32 // index of its bitmap, or -1
}

// A cut is a part of lists. One of topSize postings may not be all there are.
type cut struct{ from, to uint32 }

func (t *tops) list(c cut) []posting { return t.lists[c.from:c.to] }

// compareSpans puts a prefix before those that it is a prefix of.
func compareSpans(a, b span) int {
	if a.lo != b.lo {
		return cmp.Compare(a.lo, b.lo)
	}
	return cmp.Compare(b.hi, a.hi)
}

// find returns the index of the node of a range of terms.
func (t *tops) find(s span) (int, bool) {
	return slices.BinarySearchFunc(t.nodes, s, func(n topNode, s span) int { return compareSpans(n.span, s) })
}

// node returns the node of a range of terms.
func (t *tops) node(s span) (topNode, bool) {
	i, found := t.find(s)
	if !found {
		return topNode{}, false
	}
	return t.nodes[i], true
}

// keep adds a list.
func (t *tops) keep(list []posting) cut {
	from := uint32(len(t.lists))
	t.lists = append(t.lists, list...)
	return cut{from, uint32(len(t.lists))}
}

// buildTops fills tops.
func (b *book) buildTops() {
	if b.lists.total() <= topMin {
		return
	}
	words := b.words()
	b.visit(span{words, uint32(b.terms.len())}, 0)
	slices.SortFunc(b.tops.nodes, func(x, y topNode) int { return compareSpans(x.span, y.span) })
}

// visit adds the nodes of the terms in s, which agree in their first depth
// bytes, and returns postings of s among which are the best.
func (b *book) visit(s span, depth int) []posting {
	if b.lists.count(s) <= topMin {
		return b.postingsOf(s)
	}
	var best []posting
	lo := s.lo
	if first := b.terms.at(lo); len(first) == depth {
		var room gapRoom
		c := b.lists.openOne(lo, &room)
		own := c.next()
		best = append(best, own[:min(len(own), topSize)]...)
		lo++
	}
	for lo < s.hi {
		text := b.terms.at(lo)
		_, n := utf8.DecodeRune(text[depth:])
		child := span{lo, b.terms.behind(lo, s.hi, string(text[:depth+n]))}
		postings := b.visit(child, depth+n)
		if child == s {
			return postings
		}
		best = append(best, postings...)
		lo = child.hi
	}
	best = distinct(best)
	if depth > 0 {
		b.addNode(s, depth, best)
	}
	return best
}

// distinct sorts list and returns the first topSize postings of different documents.
func distinct(list []posting) []posting {
	slices.Sort(list)
	n := 0
	for _, p := range list {
		if n == topSize {
			break
		}
		if !slices.ContainsFunc(list[:n], func(q posting) bool { return localOf(q) == localOf(p) }) {
			list[n] = p
			n++
		}
	}
	return list[:n]
}

// addDense keeps a bitmap of the terms if they have many postings, and returns
// its index.
func (b *book) addDense(s span) int32 {
	if len(b.docs) < denseMin || b.lists.count(s) <= len(b.docs)/denseShare {
		return -1
	}
	bitmap := make([]uint64, (len(b.docs)+63)/64)
	b.lists.setBits(bitmap, s)
	b.tops.dense = append(b.tops.dense, bitmap)
	return int32(len(b.tops.dense) - 1)
}

// setBits adds the documents of terms to a bitmap of locals.
func (l *lists) setBits(bitmap []uint64, s span) {
	var room gapRoom
	for c := l.open(s, &room); ; {
		some := c.next()
		if len(some) == 0 {
			return
		}
		for _, p := range some {
			local := localOf(p)
			bitmap[local/64] |= 1 << (local % 64)
		}
	}
}

// postingsOf returns all postings of the terms of s, to be read only.
func (b *book) postingsOf(s span) []posting {
	if s.lo >= s.hi {
		return nil
	}
	if blocked, end := b.lists.fewTerms(s); end == s.hi {
		return b.lists.few[start(b.lists.ends, s.lo)-blocked : b.lists.ends[s.hi-1]-blocked]
	}
	var room gapRoom
	list := make([]posting, 0, b.lists.count(s))
	for c := b.lists.open(s, &room); ; {
		some := c.next()
		if len(some) == 0 {
			return list
		}
		list = append(list, some...)
	}
}

// addNode adds the node of the terms in s, which agree in their first depth
// bytes. best are its best postings as beginnings of words.
func (b *book) addNode(s span, depth int, best []posting) {
	n := topNode{span: s, list: b.tops.keep(best), dense: b.addDense(s)}
	n.words = n.list
	if len(b.terms.at(s.lo)) == depth {
		var words []posting
		if words, n.wholes = b.bestWords(s.lo); len(words) > 0 {
			n.exact = uint8(len(words))
			words = append(words, without(best, words)...)
			n.words = b.tops.keep(words[:min(len(words), topSize)])
		}
	}
	b.tops.nodes = append(b.tops.nodes, n)
}

// without returns the postings of list whose documents are not in others.
func without(list, others []posting) []posting {
	var kept []posting
	for _, p := range list {
		if !slices.ContainsFunc(others, func(q posting) bool { return localOf(q) == localOf(p) }) {
			kept = append(kept, p)
		}
	}
	return kept
}

// bestWords returns the best postings of a term as a whole word, and how many
// at their beginning are of documents with a field of just that word.
func (b *book) bestWords(term uint32) ([]posting, uint8) {
	var wholes, others []posting
	for _, p := range b.postingsOf(span{term, term + 1}) {
		switch {
		case Weight(slotOf(p)>>4) > WeightUserName:
		case b.whole(localOf(p), term):
			wholes = append(wholes, p)
		case len(others) < topSize:
			others = append(others, p)
		}
		if len(wholes) == topSize {
			break
		}
	}
	list := append(wholes, others...)
	return list[:min(len(list), topSize)], uint8(len(wholes))
}

// whole reports whether the term is all of a Display, Email or UserName field
// of the document.
func (b *book) whole(local, term uint32) bool {
	var room [64]entry
	var field place
	for _, e := range b.fields.entries(local, room[:0]) {
		if isHeader(e) {
			field = openField(e, 0)
			continue
		}
		if termOf(e) != term {
			continue
		}
		if p := field.at(e); p.kind.whole() && p.pos == 0 && p.span == p.words {
			return true
		}
	}
	return false
}
