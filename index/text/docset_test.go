package text

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDocSetWalksWhatWasAdded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, spread := range []uint64{1, 64, 5000, 1 << 20} {
		s, want := &docSet{}, map[uint64]bool{}
		for range r.IntN(300) {
			doc := r.Uint64N(spread)
			s.add(doc)
			want[doc] = true
		}
		for range 200 {
			target := r.Uint64N(spread + 2)
			next := uint64(end)
			for doc := range want {
				if doc >= target {
					next = min(next, doc)
				}
			}
			s.first()
			if err := s.seek(target); err != nil || s.at() != next {
				t.Fatalf("seek(%d) of %d documents below %d = %d, want %d", target, len(want), spread, s.at(), next)
			}
		}
		var got []uint64
		for s.first(); s.at() != end; {
			got = append(got, s.at())
			if err := s.seek(s.at() + 1); err != nil {
				t.Fatal(err)
			}
		}
		if len(got) != len(want) || !slices.IsSorted(got) {
			t.Errorf("walked %d of %d documents below %d", len(got), len(want), spread)
		}
	}
}

func TestEmptyDocSetIsAtItsEnd(t *testing.T) {
	s := &docSet{}
	if s.first(); s.at() != end {
		t.Errorf("at %d", s.at())
	}
}
