package trie

import (
	"slices"
	"sort"
	"unicode/utf8"
)

const (
	// headLetters is how many first letters of words make a head.
	headLetters = 2
	// pairsMin is how many documents a book has at least to have pairs: in a
	// smaller one it is as fast to intersect.
	pairsMin = 256
	// pairsMax is how many lists of pairs a search goes through at most.
	pairsMax = 1024
)

// pairs are the documents by the beginnings of two words of their names: what
// people type most, "jo sm", and what would be slow to intersect. A head is
// all words with the same first letters. Each pair of different heads, the
// lesser first, has a list of the documents with words of both in names; a head
// with itself has one of those that may have two such words in order.
type pairs struct {
	heads  []uint32 // the first term of each head
	keys   []uint64 // of each pair, as makePair, sorted
	ends   []uint32 // for each pair the end of its list
	locals []uint32 // the lists, each sorted
}

func makePair(a, b uint32) uint64 { return uint64(a)<<32 | uint64(b) }

// head returns the index of the head of a word.
func (p *pairs) head(term uint32) uint32 {
	return uint32(sort.Search(len(p.heads), func(i int) bool { return p.heads[i] > term }) - 1)
}

// of returns the heads that a range of words lies in.
func (p *pairs) of(s span) span { return span{p.head(s.lo), p.head(s.hi-1) + 1} }

// A pairing is where to find the documents that have two words of a query.
type pairing struct {
	spans [4][2]span // pairs of ranges of heads, one for each two spellings
	n     int
	lists int  // how many lists there are, about; more than pairsMax if it is of no use
	same  bool // the words begin alike: the lists have only what may be in order
}

// best returns the pairing of two words of a plan that has the fewest lists; an
// empty one if there is none to go by.
func (p *pairs) best(pl plan) pairing {
	best := pairing{lists: pairsMax + 1}
	if len(p.heads) == 0 {
		return best
	}
	for j := range pl {
		for i := range j {
			if c := p.pairing(&pl[i], &pl[j]); c.lists < best.lists {
				best = c
			}
		}
	}
	return best
}

// pairing returns where the documents are that have both words in names.
func (p *pairs) pairing(a, b *wordPlan) pairing {
	var c pairing
	for _, x := range a.prefix {
		for _, y := range b.prefix {
			if x.lo == x.hi || y.lo == y.hi {
				continue
			}
			x, y := p.of(x), p.of(y)
			if x.lo > y.lo {
				x, y = y, x
			}
			if x.hi > y.lo { // one lies within the other
				all := span{x.lo, max(x.hi, y.hi)}
				x, y, c.same = all, all, true
			}
			c.spans[c.n] = [2]span{x, y}
			c.n++
			c.lists += int(x.hi-x.lo) * int(y.hi-y.lo)
		}
	}
	if c.n == 0 || c.n > 1 && c.same {
		c.lists = pairsMax + 1
	}
	return c
}

// from returns the range of the pairs of head a with a head of others that is
// not less.
func (p *pairs) from(a uint32, others span) (lo, hi int) {
	lo, _ = slices.BinarySearch(p.keys, makePair(a, max(a, others.lo)))
	hi = lo
	for hi < len(p.keys) && p.keys[hi] < makePair(a, others.hi) {
		hi++
	}
	return lo, hi
}

func (p *pairs) list(i int) []uint32 { return p.locals[start(p.ends, uint32(i)):p.ends[i]] }

// buildPairs fills pairs.
func (b *book) buildPairs() {
	if len(b.docs) < pairsMin {
		return
	}
	words := b.words()
	for term := words; term < uint32(b.terms.len()); {
		b.pairs.heads = append(b.pairs.heads, term)
		term = b.terms.behind(term, uint32(b.terms.len()), head(b.terms.at(term)))
	}
	if len(b.pairs.heads) > maxHeads {
		b.pairs.heads = nil
		return
	}
	all := b.collectPairs(words)
	slices.Sort(all)
	b.pairs.locals = make([]uint32, 0, len(all))
	for i, p := range all {
		if i == 0 || all[i-1]/maxLocals != p/maxLocals {
			key := p / maxLocals
			b.pairs.keys = append(b.pairs.keys, makePair(uint32(key/maxHeads), uint32(key%maxHeads)))
			b.pairs.ends = append(b.pairs.ends, 0)
		}
		b.pairs.locals = append(b.pairs.locals, uint32(p%maxLocals))
		b.pairs.ends[len(b.pairs.ends)-1] = uint32(i + 1)
	}
	b.pairs.keys, b.pairs.ends = slices.Clip(b.pairs.keys), slices.Clip(b.pairs.ends)
}

// maxHeads is how many heads a book with pairs has at most, so that two of them
// and a local fit into one word.
const maxHeads = 1 << 20

// head returns the first letters of a word.
func head(text []byte) string {
	n := 0
	for range headLetters {
		_, size := utf8.DecodeRune(text[n:])
		n += size
	}
	return string(text[:n])
}

// collectPairs returns each pair of each document, in no order.
func (b *book) collectPairs(words uint32) []uint64 {
	headOf := make([]uint32, uint32(b.terms.len())-words)
	for i, first := range b.pairs.heads {
		for term := first; term < uint32(b.terms.len()) && (i+1 == len(b.pairs.heads) || term < b.pairs.heads[i+1]); term++ {
			headOf[term-words] = uint32(i)
		}
	}
	all := make([]uint64, 0, 2*len(b.docs))
	var heads pairHeads
	for local := range uint32(len(b.docs)) {
		heads.reset()
		var field place
		for _, e := range b.entries(local) {
			switch {
			case isHeader(e):
				field = openField(e, 0)
			case field.kind.weight() == WeightName && termOf(e) >= words:
				heads.add(headOf[termOf(e)-words], field.kind == Display)
			}
		}
		all = heads.appendPairs(all, local)
	}
	return all
}

// pairHeads are the heads of the words of a document's names: of the display
// name, and of given and family name.
type pairHeads struct{ display, full, both []uint32 }

func (h *pairHeads) reset() { h.display, h.full = h.display[:0], h.full[:0] }

func (h *pairHeads) add(head uint32, display bool) {
	if display {
		h.display = append(h.display, head)
	} else {
		h.full = append(h.full, head)
	}
}

// appendPairs appends each pair, with the local below.
func (h *pairHeads) appendPairs(dst []uint64, local uint32) []uint64 {
	slices.Sort(h.display)
	slices.Sort(h.full)
	h.both = append(append(h.both[:0], h.display...), h.full...)
	slices.Sort(h.both)
	h.both = slices.Compact(h.both)
	for i, x := range h.both {
		if twice(h.display, x) || twice(h.full, x) {
			dst = append(dst, (uint64(x)*maxHeads+uint64(x))*maxLocals+uint64(local))
		}
		for _, y := range h.both[i+1:] {
			dst = append(dst, (uint64(x)*maxHeads+uint64(y))*maxLocals+uint64(local))
		}
	}
	return dst
}

// twice reports whether x is in the sorted list more than once.
func twice(list []uint32, x uint32) bool {
	i, _ := slices.BinarySearch(list, x)
	return i+1 < len(list) && list[i] == x && list[i+1] == x
}
