package trie

import "math/bits"

const (
	pageBits  = 4096 // members that a page stands for
	pageWords = pageBits / 64
)

// A set is an immutable set of small integers. The zero value is empty.
type set struct {
	pages []*page // nil where nothing is set
	n     int
}

// A page is one part of a set. Sets share the pages in which they do not differ.
type page struct {
	words [pageWords]uint64
	n     int
}

// has reports whether i is in the set.
func (s *set) has(i uint32) bool {
	if s.n == 0 || int(i/pageBits) >= len(s.pages) {
		return false
	}
	p := s.pages[i/pageBits]
	return p != nil && p.words[i%pageBits/64]>>(i%64)&1 != 0
}

// with returns the set with the members of list, which is sorted, added.
func (s *set) with(list []uint32) set {
	if len(list) == 0 {
		return *s
	}
	out := set{n: s.n}
	out.pages = make([]*page, max(len(s.pages), int(list[len(list)-1]/pageBits)+1))
	copy(out.pages, s.pages)
	last := -1
	for _, i := range list {
		at := int(i / pageBits)
		if at != last {
			var p page
			if old := out.pages[at]; old != nil {
				p = *old
			}
			out.pages[at] = &p
			last = at
		}
		p := out.pages[at]
		word, bit := &p.words[i%pageBits/64], uint64(1)<<(i%64)
		if *word&bit == 0 {
			*word |= bit
			p.n++
			out.n++
		}
	}
	return out
}

// count returns how many members are in [lo, hi).
func (s *set) count(lo, hi int) int {
	if s.n == 0 {
		return 0
	}
	return s.below(hi) - s.below(lo)
}

// below returns how many members are less than i.
func (s *set) below(i int) int {
	n := 0
	at := min(i/pageBits, len(s.pages))
	for _, p := range s.pages[:at] {
		if p != nil {
			n += p.n
		}
	}
	if at == len(s.pages) || s.pages[at] == nil {
		return n
	}
	p, rest := s.pages[at], i%pageBits
	for _, w := range p.words[:rest/64] {
		n += bits.OnesCount64(w)
	}
	if rest%64 != 0 {
		n += bits.OnesCount64(p.words[rest/64] << (64 - rest%64))
	}
	return n
}

// since calls yield with each member that is not in then, which is an earlier
// state of the set.
func (s *set) since(then *set, yield func(uint32)) {
	var none page
	for at, p := range s.pages {
		old := &none
		if at < len(then.pages) && then.pages[at] != nil {
			old = then.pages[at]
		}
		if p == nil || p == old {
			continue
		}
		for i, w := range p.words {
			for w &^= old.words[i]; w != 0; w &= w - 1 {
				yield(uint32(at*pageBits + i*64 + bits.TrailingZeros64(w)))
			}
		}
	}
}
