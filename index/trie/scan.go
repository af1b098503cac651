package trie

import "math/bits"

// oneWord runs a phase of a reading of one word. Its documents' postings carry
// all of the score but the tier, and are sorted: each term is left as soon as
// its next posting cannot enter.
func (s *searcher) oneWord(layer int, w *wordPlan, p phase) {
	switch p.level {
	case levelExact:
		for _, e := range w.exact {
			s.exactTerm(layer, e, p)
		}
	case levelPrefix:
		if !p.names {
			return // names and all else come up in one go
		}
		for _, e := range w.prefix {
			s.prefixTerms(layer, e, p)
		}
	case levelInitials:
		s.eachTerm(layer, w.initials, p)
	default:
		for _, list := range w.typos {
			for _, t := range list {
				if t.level == p.level {
					s.eachTerm(layer, t.span, p)
				}
			}
		}
	}
}

// exactTerm offers the documents that have the term, if any, as a word.
func (s *searcher) exactTerm(layer int, e span, p phase) {
	b := s.layers[layer].run
	if e.lo == e.hi {
		return
	}
	if w, ok := b.tops.word(e.lo); ok && s.query.Fields == 0 {
		kept := b.tops.list(w.list)
		for i, posting := range kept {
			tier := TierExact
			if i < int(w.wholes) {
				tier = TierWhole
			}
			if !s.offer(layer, Score{Tier: tier}.rank()|slotOf(posting), localOf(posting)) {
				return
			}
		}
		if len(kept) < topSize {
			return
		}
	}
	for _, posting := range b.postingsOf(e.lo, e.hi) {
		if !s.try(layer, localOf(posting), Score{Tier: TierWhole}.rank()|slotOf(posting), p.worst) {
			return
		}
	}
}

// prefixTerms offers the documents that have one of the terms.
func (s *searcher) prefixTerms(layer int, e span, p phase) {
	b := s.layers[layer].run
	if n, ok := b.tops.node(e); ok && s.query.Fields == 0 {
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

// eachTerm offers the documents that have one of the terms.
func (s *searcher) eachTerm(layer int, e span, p phase) {
	b := s.layers[layer].run
	for term := e.lo; term < e.hi; term++ {
		for _, posting := range b.postingsOf(term, term+1) {
			more := false
			if r := p.rankOf(posting); s.query.Fields == 0 {
				more = s.offer(layer, r, localOf(posting))
			} else {
				more = s.try(layer, localOf(posting), r, p.worst)
			}
			if !more {
				break
			}
		}
	}
}

// rankOf returns the rank that a document has by one posting of a word.
func (p phase) rankOf(posting posting) rank {
	tier, slot := p.best, slotOf(posting)
	if tier == TierInOrder && Weight(slot>>4) != WeightName {
		tier = TierPrefix
	}
	return Score{Tier: tier, Typos: uint8(p.typos)}.rank() | slot
}

// fewPostings is how many documents are scored one by one rather than
// intersected first.
const fewPostings = 64

// A wordSet is the terms that a word of the reading hits in the phase.
type wordSet struct {
	from, to int // in the searcher's spans
	postings int
}

// manyWords runs a phase of a reading of several words: it intersects the
// documents of all, beginning with the rarest, and scores what is left in the
// order of ties, until not even the best score of the phase would enter.
func (s *searcher) manyWords(layer int, pl plan, p phase) {
	rarest, ok := s.collectSets(layer, pl, p)
	if !ok {
		return
	}
	b := s.layers[layer].run
	atBest := Score{Tier: p.best, Typos: uint8(p.typos)}.rank()
	if first := s.sets[rarest]; first.postings <= fewPostings {
		if p.level == levelPrefix && !p.names {
			return // the phase before took all fields
		}
		for _, e := range s.spans[first.from:first.to] {
			for _, posting := range b.postingsOf(e.lo, e.hi) {
				s.try(layer, localOf(posting), atBest, p.worst)
			}
		}
		return
	}
	s.intersect(b, rarest, p.names)
	for i, word := range s.found {
		for ; word != 0; word &= word - 1 {
			local := uint32(i*64 + bits.TrailingZeros64(word))
			if !s.try(layer, local, atBest, p.worst) {
				return
			}
		}
	}
}

// collectSets fills sets and returns the index of the smallest. It returns
// false if a word hits nothing, or the phase finds nothing that those before
// it have not found.
func (s *searcher) collectSets(layer int, pl plan, p phase) (rarest int, ok bool) {
	b := s.layers[layer].run
	s.sets, s.spans = s.sets[:0], s.spans[:0]
	news := p.level <= levelPrefix
	for i := range pl {
		w := &pl[i]
		news = news || p.level == levelInitials && w.initials.lo < w.initials.hi || p.typos > 0 && w.hasTypos()
		set := wordSet{from: len(s.spans)}
		s.spans = w.spans(s.spans, p.level)
		set.to = len(s.spans)
		for _, e := range s.spans[set.from:set.to] {
			set.postings += len(b.postingsOf(e.lo, e.hi))
		}
		if set.postings == 0 {
			return 0, false
		}
		s.sets = append(s.sets, set)
		if set.postings < s.sets[rarest].postings {
			rarest = i
		}
	}
	return rarest, news
}

// intersect fills found with the documents that are in all sets, or in all by
// their names.
func (s *searcher) intersect(b *book, rarest int, names bool) {
	n := (len(b.docs) + 63) / 64
	s.found = s.union(cleared(s.found, n), b, s.sets[rarest], names)
	for i, set := range s.sets {
		if i == rarest {
			continue
		}
		s.other = s.union(cleared(s.other, n), b, set, names)
		for j, w := range s.other {
			s.found[j] &= w
		}
	}
}

// union adds the documents of a set to the bitmap.
func (s *searcher) union(bitmap []uint64, b *book, set wordSet, names bool) []uint64 {
	for _, e := range s.spans[set.from:set.to] {
		n, ok := b.tops.node(e)
		if !ok || n.dense < 0 {
			b.setTerms(bitmap, e, names)
			continue
		}
		dense := b.tops.dense[n.dense].all
		if names {
			dense = b.tops.dense[n.dense].names
		}
		for i, w := range dense {
			bitmap[i] |= w
		}
	}
	return bitmap
}

// cleared returns a bitmap of n empty words, reusing buf if it can.
func cleared(buf []uint64, n int) []uint64 {
	if cap(buf) < n {
		return make([]uint64, n)
	}
	buf = buf[:n]
	clear(buf)
	return buf
}
