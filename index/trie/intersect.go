package trie

import "math/bits"

// fewPostings is how many documents are scored one by one rather than
// intersected first.
const fewPostings = 64

// A wordSet is the terms that a word of the reading hits in the phase.
type wordSet struct {
	from, to int // in the searcher's spans
	postings int
	dense    int // index of a bitmap of its documents, or -1
}

// manyWords runs a phase of a reading of several words. It finds documents
// that have the two rarest of them and scores these.
func (s *searcher) manyWords(layer int, pl plan, p phase) {
	if p.level <= levelPrefix {
		var pair pairing
		if p.names {
			pair = s.layers[layer].run.pairs.best(pl)
		}
		if p.names && p.best == TierPrefix && !pair.same {
			return // the phase before took them
		}
		if x, y, ok := s.collectSets(layer, pl, p, -1); ok {
			s.intersect(layer, x, y, pl, &pair, p)
		}
		return
	}
	// Only what some word hits in a way that is new was not found before.
	for i := range pl {
		if x, y, ok := s.collectSets(layer, pl, p, i); ok {
			s.intersect(layer, x, y, pl, &pairing{}, p)
		}
	}
}

// intersect offers the documents that have two of the words of the reading,
// whose sets are the smallest, or whose pairing is at hand.
func (s *searcher) intersect(layer, x, y int, pl plan, pair *pairing, p phase) {
	b := s.layers[layer].run
	switch first := s.sets[x]; {
	case first.postings <= fewPostings:
		if p.level == levelPrefix && p.best != TierInOrder {
			return // the phase for those in order took all fields
		}
		for _, e := range s.spans[first.from:first.to] {
			for c := b.lists.open(e, &s.room); ; {
				some := c.next()
				if len(some) == 0 {
					break
				}
				for _, posting := range some {
					s.try(layer, localOf(posting), p.bestRank(), p.worst)
				}
			}
		}
	case p.best == TierInOrder && pair.n > 0:
		s.paired(layer, pair, pl, p)
	case first.postings > len(b.docs)/denseShare/4:
		s.inOrderOfTies(layer, x, y, p)
	default:
		s.common(layer, x, y, p)
	}
}

// collectSets fills sets and returns the indices of the two smallest; that of
// the word with the index news is only what it hits in the way of the phase.
// It returns false if a word hits nothing.
func (s *searcher) collectSets(layer int, pl plan, p phase, news int) (x, y int, ok bool) {
	b := s.layers[layer].run
	s.sets, s.spans = s.sets[:0], s.spans[:0]
	for i := range pl {
		set := wordSet{from: len(s.spans), dense: -1}
		if i == news {
			s.spans = pl[i].news(s.spans, p.level)
		} else {
			s.spans = pl[i].spans(s.spans, p.level)
		}
		set.to = len(s.spans)
		for _, e := range s.spans[set.from:set.to] {
			set.postings += b.lists.count(e)
		}
		if set.postings == 0 {
			return 0, 0, false
		}
		if set.to == set.from+1 {
			if n, ok := b.tops.node(s.spans[set.from]); ok {
				set.dense = int(n.dense)
			}
		}
		s.sets = append(s.sets, set)
	}
	y = 1
	if s.sets[1].postings < s.sets[0].postings {
		x, y = 1, 0
	}
	for i := 2; i < len(s.sets); i++ {
		switch n := s.sets[i].postings; {
		case n < s.sets[x].postings:
			x, y = i, x
		case n < s.sets[y].postings:
			y = i
		}
	}
	return x, y, true
}

// paired offers the documents with two words of the reading in names, from the
// lists of a pairing.
func (s *searcher) paired(layer int, c *pairing, pl plan, p phase) {
	ps := &s.layers[layer].run.pairs
	known := s.knownOrder(ps, c, pl)
	for _, spans := range c.spans[:c.n] {
		for head := spans[0].lo; head < spans[0].hi; head++ {
			lo, hi := ps.from(head, spans[1])
			for i := lo; i < hi; i++ {
				s.pairedList(layer, ps.list(i), known, p)
			}
		}
	}
}

// pairedList offers the documents of a list of a pair. Those with the known bit
// have the best rank of the phase, and none of the others do.
func (s *searcher) pairedList(layer int, list []paired, known paired, p phase) {
	best := p.bestRank()
	if known != 0 {
		for _, x := range list {
			if x&known != 0 && !s.offer(layer, best, x.local()) {
				break
			}
		}
		best++ // the next position
	}
	for _, x := range list {
		if x&known == 0 && !s.try(layer, x.local(), best, p.worst) {
			break
		}
	}
}

// knownOrder returns the bit of those documents of a pairing's only list whose
// rank is the best of the phase, or 0 if the list does not tell: it does for
// two words that are as long as heads.
func (s *searcher) knownOrder(ps *pairs, c *pairing, pl plan) paired {
	if c.n != 1 || c.same || len(pl) != 2 || len(s.readings) != 1 || s.query.Fields != 0 {
		return 0
	}
	x, y := pl[0].only(), pl[1].only()
	switch spans := &c.spans[0]; {
	case ps.covers(x, spans[0]) && ps.covers(y, spans[1]):
		return lesserFirst
	case ps.covers(y, spans[0]) && ps.covers(x, spans[1]):
		return greaterFirst
	}
	return 0
}

// common offers the documents that are in both of two sets, of which the first
// is small.
func (s *searcher) common(layer, x, y int, p phase) {
	b := s.layers[layer].run
	if n := (len(b.docs) + 63) / 64; len(s.found) < n {
		s.found = make([]uint64, n)
	}
	few, other := s.sets[x], s.sets[y]
	if other.dense >= 0 {
		dense := b.tops.dense[other.dense]
		s.eachPosting(b, few, p, func(local uint32) {
			if dense[local/64]>>(local%64)&1 != 0 {
				s.try(layer, local, p.bestRank(), p.worst)
			}
		})
		return
	}
	s.eachPosting(b, few, p, func(local uint32) { s.found[local/64] |= 1 << (local % 64) })
	s.eachPosting(b, other, p, func(local uint32) {
		if word, bit := &s.found[local/64], uint64(1)<<(local%64); *word&bit != 0 {
			*word &^= bit
			s.try(layer, local, p.bestRank(), p.worst)
		}
	})
	s.eachPosting(b, few, p, func(local uint32) { s.found[local/64] = 0 })
}

// eachPosting calls f with the document of each posting of a set, or, in a
// phase that looks in names, of those in names.
func (s *searcher) eachPosting(b *book, set wordSet, p phase, f func(local uint32)) {
	for _, e := range s.spans[set.from:set.to] {
		if !p.names {
			s.eachOf(b, e, f)
			continue
		}
		for e.lo < e.hi {
			blocked, end := b.lists.fewTerms(e)
			for ; e.lo < end; e.lo++ {
				inNames(b.lists.fewOf(e.lo, blocked), f)
			}
			if e.lo < e.hi {
				s.inNamesOf(b, e.lo, f)
				e.lo++
			}
		}
	}
}

// inNames calls f with the documents of a term's postings in names, which come first.
func inNames(list []posting, f func(local uint32)) {
	for _, posting := range list {
		if Weight(slotOf(posting)>>4) > WeightName {
			return
		}
		f(localOf(posting))
	}
}

// eachOf calls f with the document of each posting of terms.
func (s *searcher) eachOf(b *book, e span, f func(local uint32)) {
	for c := b.lists.open(e, &s.room); ; {
		some := c.next()
		if len(some) == 0 {
			return
		}
		for _, posting := range some {
			f(localOf(posting))
		}
	}
}

// inNamesOf is inNames for a term that has many postings.
func (s *searcher) inNamesOf(b *book, term uint32, f func(local uint32)) {
	for c := b.lists.openOne(term, &s.room); ; {
		some := c.next()
		if len(some) == 0 {
			return
		}
		inNames(some, f)
		if Weight(slotOf(some[len(some)-1])>>4) > WeightName {
			return
		}
	}
}

// inOrderOfTies offers the documents that are in both of two large sets, in
// the order of ties.
func (s *searcher) inOrderOfTies(layer, x, y int, p phase) {
	b := s.layers[layer].run
	n := (len(b.docs) + 63) / 64
	found := s.bitmap(&s.large, b, s.sets[x], n)
	other := s.bitmap(&s.other, b, s.sets[y], n)
	for i := range n {
		for word := found[i] & other[i]; word != 0; word &= word - 1 {
			if !s.try(layer, uint32(i*64+bits.TrailingZeros64(word)), p.bestRank(), p.worst) {
				return
			}
		}
	}
}

// bitmap returns the documents of a set as a bitmap of n words, made in buf if
// none is kept.
func (s *searcher) bitmap(buf *[]uint64, b *book, set wordSet, n int) []uint64 {
	if set.dense >= 0 {
		return b.tops.dense[set.dense]
	}
	*buf = cleared(*buf, n)
	for _, e := range s.spans[set.from:set.to] {
		b.lists.setBits(*buf, e)
	}
	return *buf
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
