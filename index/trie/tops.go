package trie

import (
	"cmp"
	"slices"
	"sort"
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
	words []topWord // sorted by term
	lists []posting
	dense []dense
}

// A dense is the documents of a prefix as bitmaps of locals.
type dense struct {
	all   []uint64
	names []uint64 // those that have it in a name
}

// A topNode is a prefix, given as the range of terms that begin with it.
type topNode struct {
	span
	list  cut
	dense int32 // index of its bitmaps, or -1
}

// A topWord is a term as a whole word. The first wholes of its postings are
// those of documents with a Display, Email or UserName of just that word.
type topWord struct {
	term   uint32
	wholes uint32
	list   cut
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

// node returns the node of a range of terms.
func (t *tops) node(s span) (topNode, bool) {
	i, found := slices.BinarySearchFunc(t.nodes, s, func(n topNode, s span) int { return compareSpans(n.span, s) })
	if !found {
		return topNode{}, false
	}
	return t.nodes[i], true
}

// word returns what is kept of a term as a whole word.
func (t *tops) word(term uint32) (topWord, bool) {
	i := sort.Search(len(t.words), func(i int) bool { return t.words[i].term >= term })
	if i == len(t.words) || t.words[i].term != term {
		return topWord{}, false
	}
	return t.words[i], true
}

// keep adds a list.
func (t *tops) keep(list []posting) cut {
	from := uint32(len(t.lists))
	t.lists = append(t.lists, list...)
	return cut{from, uint32(len(t.lists))}
}

// buildTops fills tops.
func (b *book) buildTops() {
	if len(b.postings) <= topMin {
		return
	}
	words, _ := b.terms.find(initialsMark + "\xff") // behind all initials
	b.visit(span{words, uint32(b.terms.len())}, 0)
	slices.SortFunc(b.tops.nodes, func(x, y topNode) int { return compareSpans(x.span, y.span) })
	for term := words; term < uint32(b.terms.len()); term++ {
		if len(b.postingsOf(term, term+1)) > topMin {
			b.addWord(term)
		}
	}
}

// visit adds the nodes of the terms in s, which agree in their first depth
// bytes, and returns postings of s among which are the best.
func (b *book) visit(s span, depth int) []posting {
	all := b.postingsOf(s.lo, s.hi)
	if len(all) <= topMin {
		return all
	}
	var best []posting
	lo := s.lo
	if first := b.terms.at(lo); len(first) == depth {
		own := b.postingsOf(lo, lo+1)
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
		b.tops.nodes = append(b.tops.nodes, topNode{span: s, list: b.tops.keep(best), dense: b.addDense(s)})
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

// addDense keeps bitmaps of the terms if they have many postings, and returns
// their index.
func (b *book) addDense(s span) int32 {
	if len(b.docs) < denseMin || len(b.postingsOf(s.lo, s.hi)) <= len(b.docs)/denseShare {
		return -1
	}
	words := (len(b.docs) + 63) / 64
	d := dense{make([]uint64, words), make([]uint64, words)}
	b.setTerms(d.all, s, false)
	b.setTerms(d.names, s, true)
	b.tops.dense = append(b.tops.dense, d)
	return int32(len(b.tops.dense) - 1)
}

// setTerms adds the documents of terms to a bitmap of locals: all of them, or
// those that have the term in a name, whose postings come first.
func (b *book) setTerms(bitmap []uint64, s span, names bool) {
	if !names {
		setBits(bitmap, b.postingsOf(s.lo, s.hi))
		return
	}
	for term := s.lo; term < s.hi; term++ {
		list := b.postingsOf(term, term+1)
		n := sort.Search(len(list), func(i int) bool { return Weight(slotOf(list[i])>>4) > WeightName })
		setBits(bitmap, list[:n])
	}
}

// setBits adds the documents of postings to a bitmap of locals.
func setBits(bitmap []uint64, postings []posting) {
	for _, p := range postings {
		local := localOf(p)
		bitmap[local/64] |= 1 << (local % 64)
	}
}

// addWord adds the best postings of a term as a whole word.
func (b *book) addWord(term uint32) {
	var wholes, others []posting
	for _, p := range b.postingsOf(term, term+1) {
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
	list = list[:min(len(list), topSize)]
	if len(list) == 0 {
		return
	}
	wholesKept := uint32(min(len(wholes), topSize))
	b.tops.words = append(b.tops.words, topWord{term: term, wholes: wholesKept, list: b.tops.keep(list)})
}

// whole reports whether the term is all of a Display, Email or UserName field
// of the document.
func (b *book) whole(local, term uint32) bool {
	var field place
	for _, e := range b.entries(local) {
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
