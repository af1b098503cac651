package trie

import (
	"cmp"
	"slices"
	"sort"
)

// blockSize is how many keys of a table one key of its directory stands for.
// The directory of a million keys stays in the cache.
const blockSize = 64

// A table is the run of Numbers: postings sorted by key and then by document,
// without duplicates. Numbers are clustered, so that they are searched for from
// block to block.
type table struct {
	keys    []uint64
	docs    []Doc
	top     Doc      // the greatest document
	first   []uint64 // the first key of each block
	callers *callers // a second way to the same postings; nil if they have none
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

// makeTable returns the table of sorted pairs without duplicates, for callers
// or not.
func makeTable(pairs []pair, called bool) *table {
	t := newTable(len(pairs))
	for _, p := range pairs {
		t.add(p.key, p.doc)
	}
	if called {
		t.callers = makeCallers(t)
	}
	return t
}

func newTable(n int) *table {
	return &table{keys: make([]uint64, 0, n), docs: make([]Doc, 0, n), first: make([]uint64, 0, (n+blockSize-1)/blockSize)}
}

// direct fills the directory.
func (t *table) direct() {
	t.first = make([]uint64, 0, (len(t.keys)+blockSize-1)/blockSize)
	for i := 0; i < len(t.keys); i += blockSize {
		t.first = append(t.first, t.keys[i])
	}
}

// asides returns how many places callers has.
func (t *table) asides() int {
	if t.callers == nil {
		return 0
	}
	return len(t.callers.lines) * lineLen
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
func (t *table) find(p pair) int {
	if p.doc > t.top {
		return -1 // one that is new, as most are that come
	}
	lo, hi, step := t.lower(p.key), len(t.keys), 1
	before := func(i int) bool { return t.keys[i] == p.key && t.docs[i] < p.doc }
	for lo+step <= hi && before(lo+step-1) {
		lo += step
		step *= 2 // few documents share a key
	}
	hi = min(hi, lo+step-1)
	if i := lo + sort.Search(hi-lo, func(i int) bool { return !before(lo + i) }); i < len(t.keys) && t.pair(i) == p {
		return i
	}
	return -1
}

// living appends the documents under key, sorted, but for those in dead. The
// first of them is at an index.
func (t *table) living(at int, key uint64, dead *set, dst []Doc) []Doc {
	for ; at < len(t.keys) && t.keys[at] == key; at++ {
		if !dead.has(uint32(at)) {
			dst = append(dst, t.docs[at])
		}
	}
	return dst
}

// findAgain returns the index in t of the i-th posting of old.
func (t *table) findAgain(old *table, i uint32) (uint32, bool) {
	at := t.find(old.pair(int(i)))
	return uint32(at), at >= 0
}

func (t *table) pair(i int) pair { return pair{t.keys[i], t.docs[i]} }

// places returns where callers has the postings with the given indices, sorted.
func (t *table) places(list []uint32) []uint32 {
	if t.callers == nil {
		return nil
	}
	return t.callers.placesOf(t, list)
}

// stopEvery is after how many elements a merge asks whether it should stop.
const stopEvery = 1 << 14

// mergeTables returns the table of what is alive in a and b. b may be empty.
func mergeTables(a, b layer[*table], stop func() bool) (*table, bool) {
	out := newTable(a.live() + b.live())
	i, j := 0, 0
	for i < a.run.size() || j < b.run.size() {
		if (i+j)%stopEvery == 0 && stop() {
			return out, true
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
	if a.run.callers != nil {
		out.callers = makeCallers(out)
	}
	return out, true
}

// pairsOf returns the sorted pairs of postings, without duplicates. Of a key
// only the bits of mask count.
func pairsOf[K Key | Hash](list []Posting[K], mask K) []pair {
	pairs := make([]pair, len(list))
	for i, p := range list {
		pairs[i] = pair{uint64(p.Key & mask), p.Doc}
	}
	slices.SortFunc(pairs, comparePairs)
	return slices.Compact(pairs)
}
