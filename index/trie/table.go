package trie

import (
	"cmp"
	"slices"
	"sort"
)

// blockSize is how many keys of a table one key of its directory stands for.
// The directory of a million keys stays in the cache.
const blockSize = 64

// A table is postings sorted by key and then by document, without duplicates.
type table struct {
	keys  []uint64
	docs  []Doc
	first []uint64 // the first key of each block
	top   Doc      // the greatest document
}

// A pair is a posting of either kind of key.
type pair struct {
	key uint64
	doc Doc
}

func comparePairs(a, b pair) int {
	if a.key != b.key {
		return cmp.Compare(a.key, b.key)
	}
	return cmp.Compare(a.doc, b.doc)
}

func (t *table) size() int {
	if t == nil {
		return 0
	}
	return len(t.keys)
}

// makeTable returns the table of sorted pairs without duplicates.
func makeTable(pairs []pair) *table {
	t := newTable(len(pairs))
	for _, p := range pairs {
		t.add(p.key, p.doc)
	}
	return t
}

func newTable(n int) *table {
	return &table{
		keys:  make([]uint64, 0, n),
		docs:  make([]Doc, 0, n),
		first: make([]uint64, 0, (n+blockSize-1)/blockSize),
	}
}

// add appends a posting that is greater than all others.
func (t *table) add(key uint64, doc Doc) {
	if len(t.keys)%blockSize == 0 {
		t.first = append(t.first, key)
	}
	t.keys = append(t.keys, key)
	t.docs = append(t.docs, doc)
	t.top = max(t.top, doc)
}

// lower returns the index of the first posting whose key is at least key.
func (t *table) lower(key uint64) int {
	// The block before the first one that begins at key or later may hold it.
	lo, hi := 0, len(t.first)
	for lo < hi {
		if mid := (lo + hi) / 2; t.first[mid] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0
	}
	lo, hi = (lo-1)*blockSize, min(lo*blockSize, len(t.keys))
	for lo < hi {
		if mid := (lo + hi) / 2; t.keys[mid] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// find returns the index of a posting, or -1.
func (t *table) find(key uint64, doc Doc) int {
	if doc > t.top {
		return -1 // one that is new, as most are that come
	}
	lo, hi, step := t.lower(key), len(t.keys), 1
	before := func(i int) bool { return t.keys[i] == key && t.docs[i] < doc }
	for lo+step <= hi && before(lo+step-1) {
		lo += step
		step *= 2 // few documents share a key
	}
	hi = min(hi, lo+step-1)
	if i := lo + sort.Search(hi-lo, func(i int) bool { return !before(lo + i) }); i < len(t.keys) && t.keys[i] == key && t.docs[i] == doc {
		return i
	}
	return -1
}

// stopEvery is after how many elements a merge asks whether it should stop.
const stopEvery = 1 << 14

// mergeTables returns the table of what is alive in a and b. b may be empty.
func mergeTables(a, b layer[*table], stop func() bool) (*table, bool) {
	out := newTable(a.live() + b.live())
	i, j := 0, 0
	for i < a.run.size() || j < b.run.size() {
		if (i+j)%stopEvery == 0 && stop() {
			break
		}
		switch {
		case i < a.run.size() && a.dead.has(uint32(i)):
			i++
		case j < b.run.size() && b.dead.has(uint32(j)):
			j++
		case j == b.run.size() || i < a.run.size() && comparePairs(a.run.pair(i), b.run.pair(j)) < 0:
			out.add(a.run.keys[i], a.run.docs[i])
			i++
		default:
			out.add(b.run.keys[j], b.run.docs[j])
			j++
		}
	}
	return out, true
}

// findAgain returns the index in t of the i-th posting of old.
func (t *table) findAgain(old *table, i uint32) (uint32, bool) {
	at := t.find(old.keys[i], old.docs[i])
	return uint32(at), at >= 0
}

func (t *table) pair(i int) pair { return pair{t.keys[i], t.docs[i]} }

// pairsOf returns the sorted pairs of postings, without duplicates.
func pairsOf[K Key | Hash](list []Posting[K]) []pair {
	pairs := make([]pair, len(list))
	for i, p := range list {
		pairs[i] = pair{uint64(p.Key), p.Doc}
	}
	slices.SortFunc(pairs, comparePairs)
	return slices.Compact(pairs)
}
