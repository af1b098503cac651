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
	heads []uint32 // the first term of each head
	keys  []uint64 // of each pair, as makePair, sorted
	ends  []uint32 // for each pair the end of its list
	lists []paired // the lists, each sorted by local
}

// A paired is a local in a list of a pair, below two bits: whether words of the
// lesser head and then of the greater are in order in the name, one of them its
// first, and whether so are words of the greater and then of the lesser.
type paired uint32

const (
	lesserFirst  paired = 1 << 24
	greaterFirst paired = 2 << 24
)

func (p paired) local() uint32 { return uint32(p) & (maxLocals - 1) }

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

func (p *pairs) list(i int) []paired { return p.lists[start(p.ends, uint32(i)):p.ends[i]] }

// covers reports whether a range of words is all of a head.
func (p *pairs) covers(s, head span) bool {
	return head.hi == head.lo+1 && s.lo == p.heads[head.lo] && (int(head.hi) == len(p.heads) || s.hi == p.heads[head.hi])
}

// buildPairs fills pairs.
func (b *book) buildPairs() {
	if len(b.docs) < pairsMin {
		return
	}
	words := b.words()
	for term := words; term < uint32(b.terms.len()); {
		b.pairs.heads = append(b.pairs.heads, term)
		term = b.behindHead(term)
	}
	if len(b.pairs.heads) > maxHeads {
		b.pairs.heads = nil
		return
	}
	all := b.collectPairs(words)
	slices.Sort(all)
	b.pairs.lists = make([]paired, 0, len(all))
	for i, p := range all {
		key := p / (4 * maxLocals)
		if i == 0 || all[i-1]/(4*maxLocals) != key {
			b.pairs.keys = append(b.pairs.keys, makePair(uint32(key/maxHeads), uint32(key%maxHeads)))
			b.pairs.ends = append(b.pairs.ends, 0)
		}
		b.pairs.lists = append(b.pairs.lists, paired(p/4%maxLocals|p%4<<24))
		b.pairs.ends[len(b.pairs.ends)-1] = uint32(i + 1)
	}
	b.pairs.keys, b.pairs.ends = slices.Clip(b.pairs.keys), slices.Clip(b.pairs.ends)
}

// maxHeads is how many heads a book with pairs has at most, so that two of them
// and a paired fit into one word.
const maxHeads = 1 << 19

// behindHead returns the end of the head that a term is the first of. A word
// of fewer letters is a head of its own.
func (b *book) behindHead(term uint32) uint32 {
	text, n := b.terms.at(term), 0
	for range headLetters {
		_, size := utf8.DecodeRune(text[n:])
		if size == 0 {
			return term + 1
		}
		n += size
	}
	return b.terms.behind(term, uint32(b.terms.len()), string(text[:n]))
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
	var entries []entry
	for local := range uint32(len(b.docs)) {
		heads.reset()
		var field place
		entries = b.fields.entries(local, entries)
		for _, e := range entries {
			switch {
			case isHeader(e):
				field = openField(e, 0)
			case field.kind.weight() == WeightName && termOf(e) >= words:
				heads.add(headOf[termOf(e)-words], field.at(e))
			}
		}
		all = heads.appendPairs(all, local)
	}
	return all
}

// A headAt is a head of a name and its place there: see displayOrder and
// fullNameOrder.
type headAt struct {
	head  uint32
	order int
}

// pairHeads are the heads of a document's names.
type pairHeads struct {
	display, full []headAt
	first         []uint32 // those of the first word of a name
	all           []uint32 // each once, sorted
}

func (h *pairHeads) reset() {
	h.display, h.full, h.first, h.all = h.display[:0], h.full[:0], h.first[:0], h.all[:0]
}

func (h *pairHeads) add(head uint32, at place) {
	if at.kind == Display {
		h.display = append(h.display, headAt{head, displayOrder(at)})
	} else {
		h.full = append(h.full, headAt{head, fullNameOrder(at)})
	}
	if at.pos == 0 {
		h.first = append(h.first, head)
	}
	h.all = append(h.all, head)
}

// appendPairs appends each pair with a paired below, whose bits come last.
func (h *pairHeads) appendPairs(dst []uint64, local uint32) []uint64 {
	slices.Sort(h.all)
	h.all = slices.Compact(h.all)
	for i, x := range h.all {
		for _, y := range h.all[i:] {
			if x == y && !twice(h.display, x) && !twice(h.full, x) {
				continue
			}
			p := ((uint64(x)*maxHeads+uint64(y))*maxLocals + uint64(local)) * 4
			if x != y && (slices.Contains(h.first, x) || slices.Contains(h.first, y)) {
				if inOrder(h.display, x, y) || inOrder(h.full, x, y) {
					p |= uint64(lesserFirst) >> 24
				}
				if inOrder(h.display, y, x) || inOrder(h.full, y, x) {
					p |= uint64(greaterFirst) >> 24
				}
			}
			dst = append(dst, p)
		}
	}
	return dst
}

// twice reports whether the head is in the list more than once.
func twice(list []headAt, head uint32) bool {
	n := 0
	for _, h := range list {
		if h.head == head {
			n++
		}
	}
	return n > 1
}

// inOrder reports whether a word of y stands behind one of x.
func inOrder(list []headAt, x, y uint32) bool {
	for _, a := range list {
		if a.head != x {
			continue
		}
		for _, b := range list {
			if b.head == y && b.order > a.order {
				return true
			}
		}
	}
	return false
}
