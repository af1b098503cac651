package trie

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomLists returns the postings of terms of which some have many, in a few
// slots.
func randomLists(rng *rand.Rand, terms int) [][]posting {
	all := make([][]posting, terms)
	for i := range all {
		n := 1 + rng.IntN(3)
		switch rng.IntN(12) {
		case 0:
			n = rng.IntN(3000)
		case 1:
			n = manyPostings - 1 + rng.IntN(4) + rng.IntN(2)*blockSize
		}
		for range n {
			all[i] = append(all[i], makePosting(uint16(rng.IntN(3)*rng.IntN(80)), rng.Uint32N(maxLocals>>rng.IntN(12))))
		}
		slices.Sort(all[i])
		all[i] = slices.Compact(all[i])
	}
	return all
}

func TestListsHaveWhatWasAdded(t *testing.T) {
	for _, terms := range []int{1, 63, 64, 65, 1000} {
		rng := rand.New(rand.NewPCG(80, uint64(terms)))
		all := randomLists(rng, terms)
		var l lists
		for _, list := range all {
			l.add(list)
		}
		l.seal()
		if !l.fit(maxLocals) || l.fit(1) {
			t.Errorf("%d terms: postings do not fit, or into anything", terms)
		}
		var room gapRoom
		for range 3 * terms {
			lo := rng.IntN(terms)
			hi := min(terms, lo+1+rng.IntN(1+rng.IntN(100)))
			want, got := slices.Concat(all[lo:hi]...), []posting{}
			for c := l.open(span{uint32(lo), uint32(hi)}, &room); ; {
				some := c.next()
				if len(some) == 0 {
					break
				}
				got = append(got, some...)
			}
			if n := l.count(span{uint32(lo), uint32(hi)}); n != len(want) || !slices.Equal(got, want) {
				t.Fatalf("terms %d to %d of %d: %d postings, counted %d; want %d", lo, hi, terms, len(got), n, len(want))
			}
		}
	}
}

func TestNoTermsHaveNoPostings(t *testing.T) {
	var l lists
	l.seal()
	c := l.open(span{}, new(gapRoom))
	if got := c.next(); len(got) > 0 || l.total() != 0 || !l.fit(0) {
		t.Errorf("%v of %d", got, l.total())
	}
}

// A book may have no words: many people known by initials alone.
func TestABookOfInitialsHasNoTops(t *testing.T) {
	b := new(book)
	b.terms.add(initialsMark + "as")
	list := make([]posting, 2*manyPostings)
	for i := range list {
		list[i] = makePosting(0, uint32(i))
	}
	b.lists.add(list)
	b.lists.seal()
	b.buildTops()
	if len(b.tops.nodes) > 0 {
		t.Errorf("%d nodes", len(b.tops.nodes))
	}
}
