package trie

import (
	"math/bits"
	"sort"
)

// hashes is the run of Exact: postings sorted by hash and then by document,
// each in one word. The first bits of a hash are those of the place in starts
// that leads to it; a word has the others and, below them, the document. A
// question reads a place in starts and the line or two where the words are.
type hashes struct {
	words  []uint64
	starts []uint32 // where the hashes with each first bits begin, and the end
	width  uint8    // how many first bits
	low    uint8    // bits of a word that are the document
	top    Doc      // the greatest document
}

// bucketSize is how many hashes have the same first bits, about.
const bucketSize = 8

func (r *hashes) size() int {
	if r == nil {
		return 0
	}
	return len(r.words)
}

// places implements run: hashes have one order.
func (r *hashes) places([]uint32) []uint32 { return nil }

// newHashes returns an empty run that has room for n postings of documents up
// to top.
func newHashes(n int, top Doc) *hashes {
	low := bits.Len32(uint32(top))
	// What is left of a hash must fit above the document.
	width := max(bits.Len(uint(n/bucketSize)), low-(64-hashBits))
	return &hashes{words: make([]uint64, 0, n), starts: make([]uint32, 1<<width+1), width: uint8(width), low: uint8(low), top: top}
}

// add appends a posting that is greater than all others. seal must be called
// behind the last one.
func (r *hashes) add(p pair) {
	r.words = append(r.words, r.word(p))
	r.starts[r.bucket(p.key)+1]++
}

// seal makes places of the counts in starts.
func (r *hashes) seal() {
	for i := range len(r.starts) - 1 {
		r.starts[i+1] += r.starts[i]
	}
}

// bucket returns the first bits of a hash.
func (r *hashes) bucket(h uint64) uint64 { return h >> (64 - r.width) }

// word returns a posting without the first bits of its hash.
func (r *hashes) word(p pair) uint64 { return p.key<<r.width | uint64(p.doc) }

// pair returns the posting of a word whose hash has the given first bits.
func (r *hashes) pair(bucket int, word uint64) pair {
	doc := word & (1<<r.low - 1)
	return pair{uint64(bucket)<<(64-r.width) | (word&^doc)>>r.width, Doc(doc)}
}

// makeHashes returns the run of sorted pairs without duplicates.
func makeHashes(pairs []pair) *hashes {
	top := Doc(0)
	for _, p := range pairs {
		top = max(top, p.doc)
	}
	r := newHashes(len(pairs), top)
	for _, p := range pairs {
		r.add(p)
	}
	r.seal()
	return r
}

// lower returns the index of the first posting that is at least p, and the end
// of those with the same first bits.
func (r *hashes) lower(p pair) (at, end int) {
	bucket, word := r.bucket(p.key), r.word(p)
	lo, hi := int(r.starts[bucket]), int(r.starts[bucket+1])
	end = hi
	for hi-lo > bucketSize {
		if mid := (lo + hi) / 2; r.words[mid] < word {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for lo < hi && r.words[lo] < word {
		lo++
	}
	return lo, end
}

// find returns the index of a posting, or -1.
func (r *hashes) find(p pair) int {
	if p.doc > r.top {
		return -1 // one that is new, as most are that come
	}
	if at, end := r.lower(p); at < end && r.words[at] == r.word(p) {
		return at
	}
	return -1
}

// living appends the documents under a hash, sorted, but for those in dead.
func (r *hashes) living(h Hash, dead *set, dst []Doc) []Doc {
	p := pair{key: uint64(h)}
	at, end := r.lower(p)
	for first := r.word(p); at < end; at++ {
		doc := r.words[at] ^ first
		if doc >= 1<<r.low {
			break
		}
		if !dead.has(uint32(at)) {
			dst = append(dst, Doc(doc))
		}
	}
	return dst
}

// findAgain returns the index in r of the i-th posting of old.
func (r *hashes) findAgain(old *hashes, i uint32) (uint32, bool) {
	bucket := sort.Search(len(old.starts), func(b int) bool { return old.starts[b] > i }) - 1
	at := r.find(old.pair(bucket, old.words[i]))
	return uint32(at), at >= 0
}

// A hashCursor walks over the living postings of a layer.
type hashCursor struct {
	layer[*hashes]
	at, bucket int
}

// next returns the posting at hand, or false if there are no more.
func (c *hashCursor) next() (pair, bool) {
	for c.at < c.run.size() && c.dead.has(uint32(c.at)) {
		c.at++
	}
	if c.at == c.run.size() {
		return pair{}, false
	}
	for int(c.run.starts[c.bucket+1]) <= c.at {
		c.bucket++
	}
	return c.run.pair(c.bucket, c.run.words[c.at]), true
}

// mergeHashes returns the run of what is alive in a and b. b may be empty.
func mergeHashes(a, b layer[*hashes], stop func() bool) (*hashes, bool) {
	top := a.run.top
	if b.run != nil {
		top = max(top, b.run.top)
	}
	out := newHashes(a.live()+b.live(), top)
	x, y := hashCursor{layer: a}, hashCursor{layer: b}
	p, more := x.next()
	q, others := y.next()
	for more || others {
		if len(out.words)%stopEvery == 0 && stop() {
			break
		}
		if !others || more && comparePairs(p, q) < 0 {
			out.add(p)
			x.at++
			p, more = x.next()
		} else {
			out.add(q)
			y.at++
			q, others = y.next()
		}
	}
	out.seal()
	return out, true
}
