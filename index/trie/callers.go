package trie

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// callers is a second way to the postings of a table, for who is calling: a
// hash of whole numbers in which most questions, and most of those with no
// answer, read a single line of the processor's cache. A line is where a number
// is at home; if that is full the number stands in one of the next. What finds
// no room there either is in the table alone. Of a number that several have, the
// line says where in shared they are.
type callers struct {
	lines []line
	// shared has for each number of several documents how many they are, the
	// index of the first in the table, and then them.
	shared []uint32
	seed   callerSeed
}

// A line is what a processor reads from memory at once: 64 bytes.
type line struct {
	keys  [lineLen]uint64 // 0 is nobody's
	docs  [lineLen]Doc
	flags uint32 // bit i: the i-th number has several, and docs their place in shared; and bitPassed
}

const (
	lineLen = 5
	// bitPassed says that a number which is at home here, or before, was put
	// into a line behind this one, or nowhere.
	bitPassed uint32 = 1 << lineLen
	// linesMax is in how many lines a number is looked for.
	linesMax = 8
	// lineLoad is how many of 100 places are taken.
	lineLoad = 85
	// Of a table of no more than fewNumbers only lineLoadFew are: it is a newer
	// one beside a large one, most questions to it have no answer, and are to
	// end with the first line.
	fewNumbers  = 1 << 17
	lineLoadFew = 40
)

// A callerSeed decides where numbers are at home. It is a secret: nobody
// outside can choose numbers that crowd the same line.
type callerSeed [2]uint64

// callersSeed is that of all that this process makes.
var callersSeed = callerSeed{rand.Uint64(), rand.Uint64()} //nolint:gochecknoglobals // never changes

// home returns the index of the line in which a number is at home.
func (c *callers) home(key uint64) int {
	hi, lo := bits.Mul64(key^c.seed[0], c.seed[1]|1)
	at, _ := bits.Mul64(hi^lo, uint64(len(c.lines)))
	return int(at)
}

// next returns the index of the line behind the one at an index.
func (c *callers) next(at int) int {
	if at++; at < len(c.lines) {
		return at
	}
	return 0
}

// makeCallers returns the callers of a table that is not empty.
func makeCallers(t *table) *callers {
	load := lineLoad
	if t.n <= fewNumbers {
		load = lineLoadFew
	}
	c := &callers{lines: make([]line, 1+t.n*100/(lineLen*load)), seed: callersSeed}
	for i := 0; i < t.n; {
		p, from := t.pair(i), i
		for i++; i < t.n && t.key(i) == p.key; {
			i++
		}
		if i-from > 1 {
			c.put(p.key, Doc(len(c.shared)), true)
			c.shared = append(c.shared, uint32(i-from), uint32(from))
			for ; from < i; from++ {
				c.shared = append(c.shared, uint32(t.doc(from)))
			}
		} else {
			c.put(p.key, p.doc, false)
		}
	}
	c.shared = trimmed(c.shared)
	return c
}

// put enters a number that is not there yet.
func (c *callers) put(key uint64, doc Doc, more bool) {
	at := c.home(key)
	for range linesMax {
		l := &c.lines[at]
		for i := range l.keys {
			if l.keys[i] == 0 {
				l.keys[i], l.docs[i] = key, doc
				if more {
					l.flags |= 1 << i
				}
				return
			}
		}
		l.flags |= bitPassed
		at = c.next(at)
	}
}

// index returns where in the line a number is, or lineLen. It has no branches:
// nobody could foretell them.
func (l *line) index(key uint64) int {
	at := lineLen
	if l.keys[4] == key {
		at = 4
	}
	if l.keys[3] == key {
		at = 3
	}
	if l.keys[2] == key {
		at = 2
	}
	if l.keys[1] == key {
		at = 1
	}
	if l.keys[0] == key {
		at = 0
	}
	return at
}

// find returns where a number stands whose home was spotted: lineLen times the
// index of its line and its index there. The place is -1 if nobody has it, or
// if known is false and only the table knows.
func (c *callers) find(key uint64, spotted spotting) (place int, known bool) {
	if key == 0 {
		return -1, true // that of empty places
	}
	at, flags := int(spotted.home), spotted.flags
	for range linesMax {
		if i := c.lines[at].index(key); i < lineLen {
			return at*lineLen + i, true
		}
		if flags&bitPassed == 0 {
			return -1, true
		}
		at = c.next(at)
		flags = c.lines[at].flags
	}
	return -1, false
}

func (c *callers) spotOne(key uint64) spotting {
	home := c.home(key)
	return spotting{home: uint32(home), flags: c.lines[home].flags}
}

// placesOf returns the places of those of the postings of t with the given
// indices that have one, sorted.
func (c *callers) placesOf(t *table, list []uint32) []uint32 {
	var places []uint32
	for _, i := range list {
		key := t.key(int(i))
		if at, _ := c.find(key, c.spotOne(key)); at >= 0 {
			places = append(places, uint32(at))
		}
	}
	slices.Sort(places)
	return places
}

// called appends the living documents under key, sorted, of a layer that has
// callers.
func called(l *layer[*table], key uint64, spotted spotting, dst []Doc) []Doc {
	c := l.run.callers
	at, known := c.find(key, spotted)
	switch {
	case !known:
		return l.run.living(l.run.lower(key), key, &l.dead, dst)
	case at < 0:
		return dst
	}
	found := &c.lines[at/lineLen]
	doc := found.docs[at%lineLen]
	switch {
	case found.flags>>(at%lineLen)&1 != 0:
		list := c.shared[doc:]
		n, first := spotted.many, list[1]
		if n == 0 {
			n = list[0]
		}
		for i, doc := range list[2 : 2+n] {
			if !l.dead.has(first + uint32(i)) {
				dst = append(dst, Doc(doc))
			}
		}
		return dst
	case l.aside.has(uint32(at)):
		return dst
	}
	return append(dst, doc)
}

// batchLen is how many numbers are looked for at once: as many reads as a
// processor has under way, and few enough to stay in its cache. batchLayers is
// in how many layers, the largest: the others stay in the cache by themselves.
const (
	batchLen    = 32
	batchLayers = 3
)

// A spotting is where a number is at home, the flags of that line, and how many
// documents have it if that is known and more than one.
type spotting struct{ home, flags, many uint32 }

// ExactBatch asks Exact for many numbers. It appends to dst the documents of
// each in turn, and to ends the length of dst behind those of each, and returns
// the extended slices. Of a Numbers made by NewCallers it reads what several
// answers need at once, so that they wait for memory together. It allocates
// only if dst or ends is too small.
//
//	docs, ends := n.ExactBatch(keys, nil, nil) // of keys[i]: docs[ends[i-1]:ends[i]]
func (n *Numbers) ExactBatch(keys []Key, dst []Doc, ends []int) ([]Doc, []int) {
	var room [batchLayers][batchLen]spotting
	large := n.p.layers[:min(len(n.p.layers), batchLayers)]
	if !n.called {
		large = nil
	}
	for len(keys) > 0 {
		part := keys[:min(len(keys), batchLen)]
		keys = keys[len(part):]
		for i := range large {
			large[i].run.callers.spot(part, &room[i])
		}
		for i, k := range part {
			from := len(dst)
			for j := range large {
				dst = called(&large[j], uint64(k), room[j][i], dst)
			}
			dst = n.exactFrom(len(large), k, from, dst)
			ends = append(ends, len(dst))
		}
	}
	return dst, ends
}

// spot finds the homes of numbers and reads them all at the same time, and then
// what those have that lead elsewhere.
func (c *callers) spot(keys []Key, found *[batchLen]spotting) {
	for i, k := range keys {
		found[i].home = uint32(c.home(uint64(k)))
	}
	for i := range keys {
		found[i].flags = c.lines[found[i].home].flags
	}
	for i, k := range keys {
		f := &found[i]
		f.many = 0
		if f.flags&^bitPassed == 0 {
			continue
		}
		if at := c.lines[f.home].index(uint64(k)); at < lineLen && f.flags>>at&1 != 0 {
			f.many = c.shared[c.lines[f.home].docs[at]]
		}
	}
}
