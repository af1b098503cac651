package trie

import (
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// randomPairs returns sorted postings under keys that are near one another, far
// apart or the same.
func randomPairs(rng *rand.Rand, n int, top Doc) []pair {
	var pairs []pair
	key := uint64(0)
	for range n {
		switch rng.IntN(8) {
		case 0:
			key = rng.Uint64()
		case 1: // the same
		default:
			key += rng.Uint64N(1000) << (4 * rng.IntN(6))
		}
		pairs = append(pairs, pair{max(key, 1), Doc(rng.Uint64N(uint64(top) + 1))})
	}
	slices.SortFunc(pairs, comparePairs)
	return slices.Compact(pairs)
}

func TestATableFindsWhatASortedListHas(t *testing.T) {
	for _, n := range []int{1, 2, 63, 64, 65, 129, 1023, 1025, 20_000} {
		for _, top := range []Doc{0, 1, 300, 1 << 20, 1<<32 - 1} {
			rng := rand.New(rand.NewPCG(70, uint64(n)))
			pairs := randomPairs(rng, n, top)
			table := makeTable(pairs, false)
			if !table.fits() || table.size() != len(pairs) {
				t.Fatalf("%d postings up to %d: a table of %d", len(pairs), top, table.size())
			}
			lower := func(key uint64) int {
				return sort.Search(len(pairs), func(i int) bool { return pairs[i].key >= key })
			}
			for i, p := range pairs {
				if got := table.pair(i); got != p || table.find(p) < 0 || table.pair(table.find(p)) != p {
					t.Fatalf("%d postings up to %d: the %dth is %x, found at %d; want %x", n, top, i, got, table.find(p), p)
				}
				for _, key := range []uint64{p.key - 1, p.key, p.key + 1, p.key | 1<<20, rng.Uint64()} {
					want := lower(key)
					if got := table.lower(key); got != want {
						t.Fatalf("%d postings up to %d: %x is at %d; want %d", n, top, key, got, want)
					}
					if from := rng.IntN(want + 1); key > pairs[0].key && table.behind(from, key) != want {
						t.Fatalf("%d postings up to %d: %x is at %d behind %d; want %d", n, top, key, table.behind(from, key), from, want)
					}
				}
			}
		}
	}
}

// The goal is eight bytes a number.
func TestNumbersTakeFewBytes(t *testing.T) {
	table := someNumbers(100_000, 1).p.layers[0].run
	size := 8*len(table.first) + 8*len(table.blocks) + 8*len(table.words)
	for _, stair := range table.stairs {
		size += 8 * len(stair)
	}
	if each := float64(size) / float64(table.size()); each > 7 {
		t.Errorf("%.1f bytes a number", each)
	}
}
