package trie

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
)

// blockSize is how many postings lie in a block of a table. Values of so many
// bits each, as many as a word has, fill as many words.
const blockSize = 64

// A table is the run of Numbers: postings sorted by key and then by document,
// without duplicates, in blocks. Numbers are clustered: in a block they differ
// little, and by multiples of what stands for their common length. A block has
// first what must be added to its first key, and then the documents, in no more
// bits each than the largest needs. The first keys of all blocks stay in the
// cache, and a question reads the block that they lead to.
type table struct {
	n       int
	first   []uint64   // the first key of each block
	stairs  [][]uint64 // the first of each so many of first, of those, and so on
	blocks  []block    // parallel to first
	words   []uint64   // of the blocks, and two more so that two can be read anywhere
	docBits uint8      // of a document
	top     Doc        // the greatest document
	callers *callers   // a second way to the same postings; nil if they have none
}

// A block says where in words its keys begin, in how many bits each, and by how
// many they are shifted. Behind them are the documents.
type block struct {
	from    uint32
	keyBits uint8
	shift   uint8
	_       [2]uint8
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
	return t.n
}

// asides returns how many places callers has.
func (t *table) asides() int {
	if t.callers == nil {
		return 0
	}
	return len(t.callers.lines) * lineLen
}

// A tableWriter makes a table of postings that come in order.
type tableWriter struct {
	table *table
	keys  [blockSize]uint64 // of the block that is not in the table yet
	docs  [blockSize]uint64
	open  int // how many
}

// newTableWriter returns a writer of about n postings of documents up to top.
func newTableWriter(n int, top Doc) *tableWriter {
	count := (n + blockSize - 1) / blockSize
	return &tableWriter{table: &table{
		first: make([]uint64, 0, count), blocks: make([]block, 0, count),
		docBits: uint8(bits.Len32(uint32(top))), top: top,
	}}
}

// add appends a posting that is greater than all others.
func (w *tableWriter) add(p pair) {
	w.keys[w.open], w.docs[w.open] = p.key, uint64(p.doc)
	w.open++
	w.table.n++
	if w.open == blockSize {
		w.seal()
	}
}

// seal writes the open block.
func (w *tableWriter) seal() {
	t, first := w.table, w.keys[0]
	differ := uint64(0)
	for i := range w.open {
		w.keys[i] -= first
		differ |= w.keys[i]
	}
	for i := w.open; i < blockSize; i++ {
		w.keys[i], w.docs[i] = w.keys[w.open-1], 0 // in order, for searches
	}
	b := block{from: uint32(len(t.words))}
	if differ != 0 {
		b.shift = uint8(bits.TrailingZeros64(differ))
		b.keyBits = uint8(bits.Len64(differ >> b.shift))
	}
	t.first, t.blocks = append(t.first, first), append(t.blocks, b)
	t.words = appendPacked(t.words, &w.keys, b.shift, b.keyBits)
	t.words = appendPacked(t.words, &w.docs, 0, t.docBits)
	w.open = 0
}

// appendPacked appends values, shifted, in so many bits each.
func appendPacked(dst []uint64, values *[blockSize]uint64, shift, width uint8) []uint64 {
	from := len(dst)
	for range width {
		dst = append(dst, 0)
	}
	for i, v := range values {
		v >>= shift
		at := i * int(width)
		if v == 0 {
			continue
		}
		dst[from+at/64] |= v << (at % 64)
		if high := v >> (64 - at%64); high != 0 {
			dst[from+at/64+1] |= high
		}
	}
	return dst
}

// finish returns the table, with callers or not. The writer must not be used again.
func (w *tableWriter) finish(called bool) *table {
	if w.open > 0 {
		w.seal()
	}
	t := w.table
	t.words = trimmed(append(t.words, 0, 0))
	t.climb()
	if called {
		t.callers = makeCallers(t)
	}
	return t
}

// makeTable returns the table of sorted pairs without duplicates, for callers
// or not.
func makeTable(pairs []pair, called bool) *table {
	top := Doc(0)
	for _, p := range pairs {
		top = max(top, p.doc)
	}
	w := newTableWriter(len(pairs), top)
	for _, p := range pairs {
		w.add(p)
	}
	return w.finish(called)
}

// value returns the i-th of the values of so many bits that begin at a word.
func (t *table) value(from, i uint, width uint8) uint64 {
	return packedAt(t.words[from:], i*uint(width)) & (1<<width - 1)
}

func (t *table) key(i int) uint64 {
	at := uint(i) / blockSize
	b := t.blocks[at]
	return t.first[at] + t.value(uint(b.from), uint(i)%blockSize, b.keyBits)<<b.shift
}

func (t *table) doc(i int) Doc {
	b := t.blocks[uint(i)/blockSize]
	return Doc(t.value(uint(b.from)+uint(b.keyBits), uint(i)%blockSize, t.docBits))
}

func (t *table) pair(i int) pair { return pair{t.key(i), t.doc(i)} }

// lower returns the index of the first posting whose key is at least key.
func (t *table) lower(key uint64) int {
	if t.n == 0 || t.first[0] >= key {
		return 0
	}
	return t.within(t.blockOf(key), key)
}

// fanOut is how many keys of one stair stand for one of the next.
const fanOut = 16

// climb makes the stairs to the first keys.
func (t *table) climb() {
	for below := t.first; len(below) > fanOut; {
		stair := make([]uint64, 0, (len(below)+fanOut-1)/fanOut)
		for i := 0; i < len(below); i += fanOut {
			stair = append(stair, below[i])
		}
		t.stairs = append(t.stairs, stair)
		below = stair
	}
}

// blockOf returns the last block that begins before a key, as one does. It
// looks at all keys of a step at once: there is no branch that nobody could
// foretell, and no read that waits for another but from stair to stair.
func (t *table) blockOf(key uint64) int {
	at := 0
	for i := len(t.stairs) - 1; i >= -1; i-- {
		stair := t.first
		if i >= 0 {
			stair = t.stairs[i]
		}
		at *= fanOut
		step := stair[at:min(at+fanOut, len(stair))]
		at--
		for _, first := range step {
			at -= less(first, key)
		}
	}
	return at
}

// less returns a mask of all bits if a is less than b, and 0 otherwise, without
// a branch.
func less(a, b uint64) int {
	_, borrow := bits.Sub64(a, b, 0)
	return -int(borrow)
}

// behind is lower for a key that is greater than those of all postings before
// an index, and most often near: most prefixes are rare.
func (t *table) behind(from int, key uint64) int {
	if from >= t.n || t.first[from/blockSize] >= key {
		return from
	}
	at := from / blockSize
	if at+1 < len(t.first) && t.first[at+1] < key {
		at = t.blockOf(key)
	}
	return t.within(at, key)
}

// within is lower for a key that is greater than the first one of a block, and
// none of those behind the block is less than it.
func (t *table) within(at int, key uint64) int {
	b := &t.blocks[at]
	size := min(blockSize, t.n-at*blockSize)
	want := (key - t.first[at] + (1<<b.shift - 1)) >> b.shift
	words, width, mask := t.words[b.from:], uint(b.keyBits), uint64(1)<<b.keyBits-1
	i := 0
	for at := uint(stride - 1); at < blockSize; at += stride {
		i += stride & less(packedAt(words, at*width)&mask, want)
	}
	if i < blockSize {
		from := uint(i)
		for at := from; at < from+stride; at++ {
			i -= less(packedAt(words, at*width)&mask, want)
		}
	}
	return at*blockSize + min(i, size)
}

// stride is how many keys of a block are compared at once: one of each so
// many, and then those before it.
const stride = 8

// packedAt returns the bits of words from one on.
func packedAt(words []uint64, bit uint) uint64 {
	two := words[bit/64:][:2]
	return two[0]>>(bit%64) | two[1]<<(64-bit%64)
}

// find returns the index of a posting, or -1.
func (t *table) find(p pair) int {
	if p.doc > t.top {
		return -1 // one that is new, as most are that come
	}
	lo, hi, step := t.lower(p.key), t.n, 1
	before := func(i int) bool { return t.key(i) == p.key && t.doc(i) < p.doc }
	for lo+step <= hi && before(lo+step-1) {
		lo += step
		step *= 2 // few documents share a key
	}
	hi = min(hi, lo+step-1)
	if i := lo + sort.Search(hi-lo, func(i int) bool { return !before(lo + i) }); i < t.n && t.pair(i) == p {
		return i
	}
	return -1
}

// living appends the documents under key, sorted, but for those in dead. The
// first of them is at an index.
func (t *table) living(at int, key uint64, dead *set, dst []Doc) []Doc {
	for ; at < t.n && t.key(at) == key; at++ {
		if !dead.has(uint32(at)) {
			dst = append(dst, t.doc(at))
		}
	}
	return dst
}

// findAgain returns the index in t of the i-th posting of old.
func (t *table) findAgain(old *table, i uint32) (uint32, bool) {
	at := t.find(old.pair(int(i)))
	return uint32(at), at >= 0
}

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
	top := a.run.top
	if b.run != nil {
		top = max(top, b.run.top)
	}
	out := newTableWriter(a.live()+b.live(), top)
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
			out.add(a.run.pair(i))
			i++
		default:
			out.add(b.run.pair(j))
			j++
		}
	}
	return out.finish(a.run.callers != nil), true
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
