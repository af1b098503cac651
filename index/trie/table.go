package trie

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
)

// blockSize is how many keys of a table one key of its directory stands for.
// The directory of a million keys stays in the cache.
const blockSize = 64

// bucketSize is how many hashes have the same first bits, about.
const bucketSize = 8

// A table is postings sorted by key and then by document, without duplicates.
// Numbers are clustered, so that they are searched for from block to block;
// hashes are not, and are found by their first bits.
type table struct {
	keys   []uint64
	docs   []Doc
	top    Doc      // the greatest document
	first  []uint64 // the first key of each block; of numbers alone
	hashed bool
	starts []uint32 // where the hashes with each first bits begin, and the end
	shift  uint8    // bits of a hash that are not its first
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
func makeTable(pairs []pair, hashed bool) *table {
	t := newTable(len(pairs), hashed)
	for _, p := range pairs {
		t.add(p.key, p.doc)
	}
	t.index()
	return t
}

func newTable(n int, hashed bool) *table {
	t := &table{keys: make([]uint64, 0, n), docs: make([]Doc, 0, n), hashed: hashed}
	if !hashed {
		t.first = make([]uint64, 0, (n+blockSize-1)/blockSize)
	}
	return t
}

// index fills starts once all postings are there.
func (t *table) index() {
	if !t.hashed || len(t.keys) == 0 {
		return
	}
	width := bits.Len(uint(len(t.keys) / bucketSize))
	t.shift = uint8(64 - width)
	t.starts = make([]uint32, 1<<width+1)
	for _, key := range t.keys {
		t.starts[key>>t.shift+1]++
	}
	for i := range 1 << width {
		t.starts[i+1] += t.starts[i]
	}
}

// add appends a posting that is greater than all others.
func (t *table) add(key uint64, doc Doc) {
	if !t.hashed && len(t.keys)%blockSize == 0 {
		t.first = append(t.first, key)
	}
	t.keys = append(t.keys, key)
	t.docs = append(t.docs, doc)
	t.top = max(t.top, doc)
}

// lower returns the index of the first posting whose key is at least key.
func (t *table) lower(key uint64) int {
	if len(t.starts) > 0 {
		return t.between(int(t.starts[key>>t.shift]), int(t.starts[key>>t.shift+1]), key)
	}
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
	return t.between((lo-1)*blockSize, min(lo*blockSize, len(t.keys)), key)
}

// between is lower within [lo, hi).
func (t *table) between(lo, hi int, key uint64) int {
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
	out := newTable(a.live()+b.live(), a.run.hashed)
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
	out.index()
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
