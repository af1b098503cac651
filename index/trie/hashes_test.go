package trie

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// A hashModel is Exact as a map.
type hashModel map[Hash][]Doc

// change makes a batch of hashes that meet and nearly meet, and applies it.
func (m hashModel) change(rng *rand.Rand, size int, hash func() Hash, doc func() Doc) Batch[Hash] {
	var b Batch[Hash]
	for range size {
		p := Posting[Hash]{hash(), doc()}
		if rng.IntN(5) < 2 {
			b.Remove = append(b.Remove, p)
		} else {
			b.Add = append(b.Add, p)
		}
	}
	for _, p := range b.Remove {
		if i, found := slices.BinarySearch(m[p.Key], p.Doc); found {
			m[p.Key] = slices.Delete(m[p.Key], i, i+1)
		}
	}
	for _, p := range b.Add {
		if i, found := slices.BinarySearch(m[p.Key], p.Doc); !found {
			m[p.Key] = slices.Insert(m[p.Key], i, p.Doc)
		}
	}
	return b
}

func TestExactAgreesWithAScanWhileItMerges(t *testing.T) {
	// Documents of few and of many bits leave more and less room for hashes.
	for _, top := range []Doc{3, 200, 1<<20 - 1, 1<<24 - 1, 1<<32 - 1} {
		t.Run(fmt.Sprintf("documents up to %d", top), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(42, uint64(top)))
			e, model, k := new(Exact), hashModel{}, newKeeper[*Exact](t)
			// Hashes that differ in their last bits or in their first.
			hash := func() Hash {
				h := Hash(rng.Uint64N(60)) << (64 - hashBits)
				if rng.IntN(2) == 0 {
					h |= Hash(rng.Uint64N(60)) << 58
				}
				return h
			}
			doc := func() Doc { return top - Doc(rng.Uint32N(uint32(min(top, 40))+1)) }
			for at, size := 0, 0; at < *operations; at += size {
				size = 1 + rng.IntN(80)
				if rng.IntN(20) == 0 {
					size = 900
				}
				b := model.change(rng, size, hash, doc)
				e = k.step(e.Apply(b))
				if rng.IntN(10) != 0 {
					continue
				}
				for range 60 {
					h := hash()
					if got := e.Find(h, nil); !slices.Equal(got, model[h]) {
						t.Fatalf("%x has %v; want %v", h, got, model[h])
					}
				}
			}
			e = k.end(e)
			total := 0
			for h, want := range model {
				total += len(want)
				if got := e.Find(h|1, nil); !slices.Equal(got, want) { // the last bits do not count
					t.Fatalf("in the end %x has %v; want %v", h, got, want)
				}
			}
			if e.Len() != total {
				t.Errorf("%d postings; want %d", e.Len(), total)
			}
		})
	}
}

func TestExactDoesNotAllocate(t *testing.T) {
	var b Batch[Hash]
	for i := range 5000 {
		b.Add = append(b.Add, Posting[Hash]{HashOf(fmt.Sprint(i)), Doc(i)})
	}
	e := new(Exact).Apply(b)
	dst := make([]Doc, 0, 4)
	if allocs := testing.AllocsPerRun(100, func() { e.Find(HashOf("4711"), dst) }); allocs != 0 {
		t.Errorf("%v allocations; want none", allocs)
	}
}

// What leads to a string is the same however many there are, so that a removal
// meets what was added long ago.
func TestAPostingIsTheSameInRunsOfEverySize(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 43))
	for _, n := range []int{1, 7, 8, 100, 5000} {
		for _, top := range []Doc{0, 1, 1 << 19, 1 << 23, 1<<32 - 1} {
			var pairs []pair
			for range n {
				pairs = append(pairs, pair{rng.Uint64() & uint64(hashMask), Doc(rng.Uint64N(uint64(top) + 1))})
			}
			slices.SortFunc(pairs, comparePairs)
			pairs = slices.Compact(pairs)
			r := makeHashes(pairs)
			c := hashCursor{layer: layer[*hashes]{run: r}}
			for i, want := range pairs {
				got, _ := c.next()
				if c.at++; got != want || r.find(want) != i {
					t.Fatalf("%d of %d up to %d: %x, found at %d; want %x", i, n, top, got, r.find(want), want)
				}
				if at, ok := r.findAgain(r, uint32(i)); !ok || at != uint32(i) {
					t.Fatalf("%d of %d up to %d found again at %d", i, n, top, at)
				}
			}
		}
	}
}
