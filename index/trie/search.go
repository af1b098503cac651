package trie

import "github.com/ringdex/ringdex/index/trie/fold"

// A searcher answers one query at a time, phase by phase: each phase looks for
// the documents of some tiers, best first, and the search ends when nothing
// that is left can enter the list.
//
// Whatever finds a document, the score it enters with is the true one or, for
// a query of one word, the one that the posting at hand stands for; the best
// posting of a document comes up in one of the phases.
type searcher struct {
	query  Query
	layers []layer[*book]
	top    collector // one more than the limit, to know whether there are more

	folder   fold.Folder
	words    []fold.Word
	readings []reading
	plans    []plan // for each layer, for each reading
	walker   walker

	tally   tally
	terms   []uint32    // the terms of the tally's places
	cursor  fieldCursor // of the document at hand
	entries []entry     // what was read of it
	room    gapRoom     // of the postings at hand

	sets  []wordSet // of the words of the reading at hand
	spans []span    // that the sets refer to
	found []uint64  // an empty bitmap of locals, see common
	large []uint64  // bitmaps of locals, see inOrderOfTies
	other []uint64
}

// search leaves the answer in top.
func (s *searcher) search(n *Names, q Query) {
	s.query, s.layers = q, n.layers
	s.top = collector{limit: q.Limit + 1, list: s.top.list[:0]}
	var plain bool
	if s.words, plain = fold.Plain(s.words[:0], q.Text); !plain {
		s.words = s.folder.Words(s.words[:0], q.Text)
	}
	s.readings = readings(s.readings[:0], s.words)
	if len(s.readings) == 0 {
		return
	}
	s.planAll()
	if len(q.Boost) > 0 {
		s.planEach((*book).planInitials)
		s.boosted(TierInitials)
	}
	for _, p := range phases {
		if s.top.full(p.bestRank()) {
			return
		}
		if p.forgives && len(s.top.list) >= q.Limit || !s.planPhase(p) {
			return
		}
		if p.worst > TierInitials {
			s.boosted(p.worst)
		}
		s.phase(p)
	}
}

// A phase looks for documents whose words hit at up to level.
type phase struct {
	level    level
	best     Tier // the best tier that earlier phases have not found all of
	worst    Tier // the worst that it may find
	typos    int
	forgives bool   // run only if there are fewer hits than wanted
	names    bool   // look only where words hit in names
	field    Weight // the best that earlier phases have not found all of
}

// bestRank returns the best rank of what the phases before have not found.
func (p phase) bestRank() rank {
	return Score{Tier: p.best, Typos: uint8(p.typos), Field: p.field}.rank()
}

//nolint:gochecknoglobals // read-only table
var phases = [...]phase{
	{level: levelExact, best: TierWhole, worst: TierInitials},
	{level: levelPrefix, best: TierInOrder, worst: TierInitials, names: true},
	{level: levelPrefix, best: TierPrefix, worst: TierInitials, names: true},
	{level: levelPrefix, best: TierPrefix, worst: TierInitials, field: WeightNick},
	{level: levelInitials, best: TierInitials, worst: TierInitials},
	{level: levelRoman, best: TierRoman, worst: TierRoman},
	{level: levelNick, best: TierNick, worst: TierNick},
	{level: levelTypo, best: TierTypo, worst: TierTypo, typos: 1, forgives: true},
	{level: levelSound, best: TierSound, worst: TierSound, forgives: true},
	{level: levelTypos, best: TierTypos, worst: TierTypos, typos: 2, forgives: true},
}

// phase runs one phase over all layers.
func (s *searcher) phase(p phase) {
	for i := range s.layers {
		for j, r := range s.readings {
			plan := s.plan(i, j)
			if len(r) == 1 {
				s.oneWord(i, &plan[0], p)
			} else {
				s.manyWords(i, plan, p)
			}
		}
	}
}

func (s *searcher) plan(layer, reading int) plan { return s.plans[layer*len(s.readings)+reading] }

// planAll plans every reading for every layer.
func (s *searcher) planAll() {
	n := 0
	for i := range s.layers {
		for _, r := range s.readings {
			if n == len(s.plans) {
				s.plans = append(s.plans, nil)
			}
			s.plans[n] = s.layers[i].run.planReading(s.plans[n][:0], r)
			n++
		}
	}
}

// planPhase adds to all plans what the phase is the first to look for. It
// returns false if neither it nor a later one can find anything.
func (s *searcher) planPhase(p phase) bool {
	switch p.level {
	case levelInitials:
		s.planEach((*book).planInitials)
	case levelRoman:
		s.planEach((*book).planRoman)
	case levelNick:
		s.planEach((*book).planNicks)
	case levelSound:
		s.planEach((*book).planSounds)
	case levelTypo, levelTypos:
		return s.planTypos(p.typos)
	}
	return true
}

// planEach adds to all plans.
func (s *searcher) planEach(add func(*book, plan, reading)) {
	for i := range s.layers {
		for j, r := range s.readings {
			add(s.layers[i].run, s.plan(i, j), r)
		}
	}
}

// planTypos adds the terms hit with up to limit typos, or returns false if no
// word may have that many.
func (s *searcher) planTypos(limit int) bool {
	some := false
	for j, r := range s.readings {
		for w := range r {
			// A second typo may be another word's first.
			some = some || r[w].typos >= limit || limit == 2 && r[w].typos > 0 && len(r) > 1
			for i := range s.layers {
				s.layers[i].run.planTypos(&s.walker, &s.plan(i, j)[w], r[w], limit)
			}
		}
	}
	return some
}

// boosted offers the boosted documents of up to the given tier. The phases
// pass over them, since a posting does not know of a boost.
func (s *searcher) boosted(worst Tier) {
	n := Names{layers: s.layers}
	for d, boost := range s.query.Boost {
		if boost == 0 {
			continue
		}
		i, local, ok := n.find(d)
		if !ok || s.query.Accept != nil && !s.query.Accept(d) {
			continue
		}
		if score, ok := s.score(i, local); ok && score.Tier <= worst {
			s.top.offer(candidate{rank: score.rank(), boost: boost, book: s.layers[i].run, local: local})
		}
	}
}

// offer enters a document, unless the phases pass over it. It returns false if
// neither it nor anything behind it in the order of hits can enter.
func (s *searcher) offer(layer int, r rank, local uint32) bool {
	l := &s.layers[layer]
	c := candidate{rank: r, book: l.run, local: local}
	if !s.top.admits(c) {
		return false
	}
	if l.dead.has(local) {
		return true
	}
	d := l.run.docs[local]
	if s.query.Boost[d] == 0 && (s.query.Accept == nil || s.query.Accept(d)) {
		s.top.offer(c)
	}
	return true
}

// add is offer for a document that was not offered before.
func (s *searcher) add(layer int, r rank, local uint32) bool {
	l := &s.layers[layer]
	c := candidate{rank: r, book: l.run, local: local}
	if !s.top.admits(c) {
		return false
	}
	if l.dead.has(local) {
		return true
	}
	if s.query.Boost == nil && s.query.Accept == nil {
		s.top.add(c)
		return true
	}
	d := l.run.docs[local]
	if s.query.Boost[d] == 0 && (s.query.Accept == nil || s.query.Accept(d)) {
		s.top.offer(c)
	}
	return true
}

// try offers a document with its true score, unless that is worse than the
// phase is for. It returns false if neither a document with the score atBest
// nor anything behind it can enter.
func (s *searcher) try(layer int, local uint32, atBest rank, worst Tier) bool {
	l := &s.layers[layer]
	if !s.top.admits(candidate{rank: atBest, book: l.run, local: local}) {
		return false
	}
	if l.dead.has(local) {
		return true
	}
	if len(s.readings) == 1 && len(s.readings[0]) > 1 && s.query.Fields == 0 && worst <= TierInitials {
		// Most are here already, or turn out not to match at a first look.
		if s.top.has(l.run, local) {
			return true
		}
		slot, ok := s.glance(layer, local)
		if !ok || !s.top.admits(candidate{rank: max(atBest, atBest&^255|slot), book: l.run, local: local}) {
			return true
		}
	} else {
		s.open(layer, local)
	}
	if score, ok := s.scoreOpen(layer); ok && score.Tier <= worst {
		s.offer(layer, score.rank(), local)
	}
	return true
}

// glance returns the weight and position that a document has at best by the
// only reading, without typos, or false if it does not match. What it read of
// the document stays open.
func (s *searcher) glance(layer int, local uint32) (slot rank, ok bool) {
	p := s.plan(layer, 0)
	var room [maxQueryWords]uint16
	best := room[:len(p)]
	for i := range best {
		best[i] = noSlot
	}
	slot = noSlot // 0 is the best that further fields could give
	s.open(layer, local)
	for len(s.cursor.rest) > 0 && slot > 0 {
		at := len(s.entries)
		s.entries = s.cursor.next(s.entries)
		field, better := openField(s.entries[at], 0), false
		for _, e := range s.entries[at+1:] {
			term := termOf(e)
			for i := range p {
				if p[i].hits(term) {
					best[i], better = min(best[i], field.at(e).slot()), true
				}
			}
		}
		if !better {
			continue
		}
		worst, first := uint16(0), uint16(MaxPosition)
		for _, b := range best {
			worst, first = max(worst, b>>4), min(first, b&15)
		}
		slot, ok = rank(worst<<4|first), worst < noSlot>>4
	}
	return slot, ok
}

// noSlot is worse than the slot of any place.
const noSlot = 1<<16 - 1

// open begins to read the fields of a document.
func (s *searcher) open(layer int, local uint32) {
	s.cursor, s.entries = s.layers[layer].run.fields.open(local), s.entries[:0]
}

// score is the best score of the readings.
func (s *searcher) score(layer int, local uint32) (Score, bool) {
	s.open(layer, local)
	return s.scoreOpen(layer)
}

// scoreOpen is score for a document of which some fields were read already.
func (s *searcher) scoreOpen(layer int) (Score, bool) {
	for len(s.cursor.rest) > 0 {
		s.entries = s.cursor.next(s.entries)
	}
	s.place(s.entries)
	best, ok := Score{}, false
	for j := range s.readings {
		score, hit := s.scoreReading(s.plan(layer, j))
		if hit && (!ok || score.Compare(best) < 0) {
			best, ok = score, true
		}
	}
	return best, ok
}

// place fills the tally's places with those of the fields that are searched.
func (s *searcher) place(entries []entry) {
	s.tally.reset()
	s.terms = s.terms[:0]
	var field place
	open, n := false, uint8(0)
	for _, e := range entries {
		if isHeader(e) {
			field = openField(e, n)
			open = s.query.Fields.covers(field.kind)
			n++
			continue
		}
		if open {
			s.tally.places = append(s.tally.places, field.at(e))
			s.terms = append(s.terms, termOf(e))
		}
	}
}

// covers reports whether places of the kind are searched.
func (s Kinds) covers(k Kind) bool {
	if k == fullName {
		return s.Has(Given) && s.Has(Family)
	}
	return s.Has(k)
}

func (s *searcher) scoreReading(p plan) (Score, bool) {
	s.tally.hits = s.tally.hits[:0]
	for w := range p {
		hit := false
		for at, term := range s.terms {
			l := p[w].level(term, s.tally.places[at].kind.named())
			hit = hit || l != levelNone
			s.tally.hit(at, l)
		}
		if !hit {
			return Score{}, false
		}
	}
	return s.tally.score(len(p))
}

// release forgets what belongs to the caller and to the Names.
func (s *searcher) release() {
	clear(s.top.list)
	clear(s.words)
	for _, r := range s.readings {
		clear(r)
	}
	s.query, s.layers = Query{}, nil
	s.walker.book, s.walker.out = nil, nil
	s.cursor = fieldCursor{}
}
