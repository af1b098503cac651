package trie

import "math/bits"

// oneWord runs a phase of a reading of one word. Its documents' postings carry
// all of the score but the tier, and are sorted: each term is left as soon as
// its next posting cannot enter.
func (s *searcher) oneWord(layer int, w *wordPlan, p phase) {
	switch p.level {
	case levelExact:
		if len(s.readings) == 1 && w.prefix[1].lo == w.prefix[1].hi && s.take(layer, w) {
			return
		}
		for i, e := range w.exact {
			s.exactTerm(layer, e, w.tops[i], p)
		}
	case levelPrefix:
		if p.best != TierInOrder || w.taken {
			return // names and all else come up in one go
		}
		for i, e := range w.prefix {
			s.prefixTerms(layer, e, w.tops[i], p)
		}
	case levelInitials:
		s.eachTerm(layer, w.initials, p)
	case levelRoman, levelNick, levelSound:
		s.aliasTerms(layer, w.aliases(p.level), p)
	default:
		for _, list := range w.typos {
			for _, t := range list {
				if t.level == p.level {
					s.typoTerms(layer, t.span, p)
				}
			}
		}
	}
}

// take offers the list of a word with one spelling at once, for all phases up
// to that of prefixes, and returns whether that is all they can find.
func (s *searcher) take(layer int, w *wordPlan) bool {
	if w.tops[0] == 0 || s.query.Fields != 0 {
		return false
	}
	b := s.layers[layer].run
	n := &b.tops.nodes[w.tops[0]-1]
	list, exact := b.tops.list(n.list), -1
	if w.exact[0].lo < w.exact[0].hi {
		list, exact = b.tops.list(n.words), int(n.exact)
	}
	first := 0
	if len(s.top.list) == 0 && s.unfiltered(layer) {
		first = min(len(list), s.top.limit) // what others can only push out
	}
	for i, posting := range list {
		r := phase{best: TierInOrder}.rankOf(posting)
		if i < exact {
			r = n.rankOf(i, posting)
		}
		if i < first {
			s.top.list = append(s.top.list, candidate{rank: r, book: b, local: localOf(posting)})
			continue
		}
		if !s.add(layer, r, localOf(posting)) {
			w.taken = true
			return true
		}
	}
	w.taken = len(list) < topSize
	return w.taken
}

// unfiltered reports whether every document of the layer is a hit if it
// matches, and at its own place.
func (s *searcher) unfiltered(layer int) bool {
	return s.layers[layer].dead.n == 0 && s.query.Boost == nil && s.query.Accept == nil
}

// rankOf returns the rank that a document has by the i-th posting of words,
// which is one of a whole word.
func (n *topNode) rankOf(i int, posting posting) rank {
	tier := TierExact
	if i < int(n.wholes) {
		tier = TierWhole
	}
	return Score{Tier: tier}.rank() | slotOf(posting)
}

// exactTerm offers the documents that have the term, if any, as a word.
func (s *searcher) exactTerm(layer int, e span, top uint32, p phase) {
	b := s.layers[layer].run
	if e.lo == e.hi {
		return
	}
	if top > 0 && s.query.Fields == 0 {
		n := &b.tops.nodes[top-1]
		kept := b.tops.list(n.words)[:n.exact]
		for i, posting := range kept {
			if !s.offer(layer, n.rankOf(i, posting), localOf(posting)) {
				return
			}
		}
		if len(kept) < topSize {
			return
		}
	}
	for c := b.lists.open(e, &s.room); ; {
		some := c.next()
		if len(some) == 0 {
			return
		}
		for _, posting := range some {
			if !s.try(layer, localOf(posting), Score{Tier: TierWhole}.rank()|slotOf(posting), p.worst) {
				return
			}
		}
	}
}

// prefixTerms offers the documents that have one of the terms.
func (s *searcher) prefixTerms(layer int, e span, top uint32, p phase) {
	b := s.layers[layer].run
	if top > 0 && s.query.Fields == 0 {
		n := &b.tops.nodes[top-1]
		kept := b.tops.list(n.list)
		for _, posting := range kept {
			if !s.offer(layer, p.rankOf(posting), localOf(posting)) {
				return
			}
		}
		if len(kept) < topSize {
			return
		}
	}
	s.eachTerm(layer, e, p)
}

// typoTerms is prefixTerms for any terms: if they are many, it goes by the
// prefixes that they consist of.
func (s *searcher) typoTerms(layer int, e span, p phase) {
	b := s.layers[layer].run
	if e.hi-e.lo <= leafTerms {
		s.eachTerm(layer, e, p)
		return
	}
	if i, ok := b.tops.find(e); ok {
		s.prefixTerms(layer, e, uint32(i)+1, p)
		return
	}
	s.coverTerms(layer, b.root(), e, p)
}

// coverTerms offers the documents that have one of the terms of e that begin
// with the prefix at a spot.
func (s *searcher) coverTerms(layer int, at spot, e span, p phase) {
	b := s.layers[layer].run
	common := span{max(at.lo, e.lo), min(at.hi, e.hi)}
	n := &b.tree.nodes[at.node]
	switch {
	case common.lo >= common.hi:
	case common == at.span:
		s.prefixTerms(layer, at.span, uint32(n.follows>>topShift), p)
	case n.leaf():
		s.eachTerm(layer, common, p)
	default:
		for left := n.follows & followsMask; left != 0; left &= left - 1 {
			s.coverTerms(layer, b.tree.down(at, bits.TrailingZeros64(left)), e, p)
		}
	}
}

// eachTerm offers the documents that have one of the terms.
func (s *searcher) eachTerm(layer int, e span, p phase) {
	l := &s.layers[layer].run.lists
	for e.lo < e.hi {
		blocked, end := l.fewTerms(e)
		for ; e.lo < end; e.lo++ {
			for _, posting := range l.fewOf(e.lo, blocked) {
				if !s.offerPosting(layer, posting, p) {
					break
				}
			}
		}
		if e.lo < e.hi {
			s.oneTerm(layer, e.lo, WeightDepartment, p)
			e.lo++
		}
	}
}

// aliasTerms offers the documents that have one of the terms in a name.
func (s *searcher) aliasTerms(layer int, terms []uint32, p phase) {
	for _, term := range terms {
		s.oneTerm(layer, term, WeightNick, p)
	}
}

// oneTerm offers the documents that have the term in a field of up to a weight.
func (s *searcher) oneTerm(layer int, term uint32, worst Weight, p phase) {
	for c := s.layers[layer].run.lists.openOne(term, &s.room); ; {
		some := c.next()
		if len(some) == 0 {
			return
		}
		for _, posting := range some {
			if Weight(slotOf(posting)>>4) > worst || !s.offerPosting(layer, posting, p) {
				return
			}
		}
	}
}

// offerPosting offers the document of a posting of a word's term, and returns
// false if no later one of the term can enter.
func (s *searcher) offerPosting(layer int, posting posting, p phase) bool {
	if s.query.Fields == 0 {
		return s.offer(layer, p.rankOf(posting), localOf(posting))
	}
	return s.try(layer, localOf(posting), p.rankOf(posting), p.worst)
}

// rankOf returns the rank that a document has by one posting of a word.
func (p phase) rankOf(posting posting) rank {
	tier, slot := p.best, slotOf(posting)
	if tier == TierInOrder && Weight(slot>>4) != WeightName {
		tier = TierPrefix
	}
	return Score{Tier: tier, Typos: uint8(p.typos)}.rank() | slot
}
