package trie

// A level is how a query word hits a term, best first.
type level uint8

const (
	levelExact level = iota
	levelPrefix
	levelInitials
	levelRoman
	levelNick
	levelTypo
	levelSound
	levelTypos
	levelNone
)

// typoLevels are the levels of no, one and two typos.
//
//nolint:gochecknoglobals // read-only table
var typoLevels = [...]level{levelPrefix, levelTypo, levelTypos}

// A tally is how the words of one reading hit the terms of one document. It
// turns hits into a score: the rules of ranking stand here and nowhere else.
type tally struct {
	places []place
	hits   []level // for each word, for each place
}

// reset empties the tally.
func (t *tally) reset() { t.places, t.hits = t.places[:0], t.hits[:0] }

// hit records how the next word hits the place with the given index.
func (t *tally) hit(at int, l level) {
	if l == levelExact && !t.places[at].kind.identifies() {
		l = levelPrefix
	}
	t.hits = append(t.hits, l)
}

// of returns the hits of a word.
func (t *tally) of(word int) []level {
	n := len(t.places)
	return t.hits[word*n : (word+1)*n]
}

// best returns the best hit of a word.
func (t *tally) best(word int) level {
	best := levelNone
	for _, l := range t.of(word) {
		best = min(best, l)
	}
	return best
}

// score returns the score of the reading with the given number of words, or
// false if one of them hits nothing.
func (t *tally) score(words int) (Score, bool) {
	worst, typos := levelExact, 0
	for w := range words {
		best := t.best(w)
		if best == levelNone {
			return Score{}, false
		}
		worst = max(worst, best)
		typos += best.typos()
	}
	s := Score{Tier: t.tier(worst, typos, words), Typos: uint8(min(typos, 15)), Position: MaxPosition}
	for w := range words {
		weight, pos := t.bestPlace(w, worst)
		s.Field = max(s.Field, weight)
		s.Position = min(s.Position, pos)
	}
	return s, true
}

func (l level) typos() int {
	switch l {
	case levelTypo:
		return 1
	case levelTypos:
		return 2
	}
	return 0
}

// tier is the tier of a reading whose worst word hits at the given level.
func (t *tally) tier(worst level, typos, words int) Tier {
	switch {
	case typos > 1:
		return TierTypos
	case worst == levelSound:
		return TierSound
	case typos == 1:
		return TierTypo
	case worst == levelNick:
		return TierNick
	case worst == levelRoman:
		return TierRoman
	case worst == levelInitials:
		return TierInitials
	case worst == levelExact && t.whole(words):
		return TierWhole
	case worst == levelExact:
		return TierExact
	case t.inOrder(words, displayOrder), t.inOrder(words, fullNameOrder):
		return TierInOrder
	}
	return TierPrefix
}

// bestPlace returns the best of the places where a word hits as well as it
// can. Whether that is a whole word or its beginning matters only where all
// words are exact.
func (t *tally) bestPlace(word int, worst level) (Weight, uint8) {
	limit := t.best(word)
	if limit == levelExact && worst > levelExact {
		limit = levelPrefix
	}
	best := ^uint16(0)
	for i, l := range t.of(word) {
		if l <= limit && (limit <= levelPrefix || l == limit) {
			best = min(best, t.places[i].slot())
		}
	}
	return Weight(best >> 4), uint8(best & 15)
}

// slot is what a place counts in ranking, smaller being better.
func (p place) slot() uint16 { return uint16(p.kind.weight())<<4 | uint16(p.pos) }

// whole reports whether the words are all of one Display, Email or UserName
// field, each beginning where the one before ends.
func (t *tally) whole(words int) bool {
	for i, p := range t.places {
		if p.pos != 0 || i > 0 && t.places[i-1].field == p.field || p.words > MaxPosition {
			continue
		}
		if p.kind.whole() && t.covers(words, p.field, p.words) {
			return true
		}
	}
	return false
}

// covers reports whether the words cover the field from end to end.
func (t *tally) covers(words int, field, length uint8) bool {
	at := uint8(0)
	for w := range words {
		found := false
		for i, l := range t.of(w) {
			if p := t.places[i]; l == levelExact && p.field == field && p.pos == at {
				at += p.span
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return at == length
}

// displayOrder and fullNameOrder give the place of a word in the name, from 1,
// or 0 if it is no part of it.
func displayOrder(p place) int {
	if p.kind == Display {
		return int(p.pos) + 1
	}
	return 0
}

func fullNameOrder(p place) int {
	switch p.kind {
	case Given:
		return int(p.pos) + 1
	case Family:
		return int(p.pos) + 2 + MaxPosition
	}
	return 0
}

// inOrder reports whether the words begin words of the name from left to right.
func (t *tally) inOrder(words int, order func(place) int) bool {
	last := 0
	for w := range words {
		next := 0
		for i, l := range t.of(w) {
			if o := order(t.places[i]); l <= levelPrefix && o > last && (next == 0 || o < next) {
				next = o
			}
		}
		if next == 0 {
			return false
		}
		last = next
	}
	return true
}
