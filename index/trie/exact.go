package trie

import (
	"math/rand/v2"
	"slices"
	"unsafe"

	"github.com/dchest/siphash"
)

// A Hash is a string's place in an Exact: hashBits bits under a key that the
// Exact has. Two strings may have the same hash, but nobody outside can choose
// strings that do.
type Hash uint64

// hashBits is how many bits of a Hash count, the first. The others are left
// out because memory is dear and the chance small: that two of a document's
// four strings have the same hash is one in three million millions.
const hashBits = 44

// hashMask is the bits that count.
const hashMask Hash = 1<<64 - 1<<(64-hashBits)

// A hashKey is the secret that hashes depend on.
type hashKey [2]uint64

// processKey is the key of all Exacts that begin in this process.
var processKey = hashKey{rand.Uint64(), rand.Uint64()} //nolint:gochecknoglobals // never changes

// HashOf returns the hash of s for an Exact that began empty in this process;
// Exact.HashOf does for any.
func HashOf(s string) Hash { return processKey.hash(s) }

func (k hashKey) hash(s string) Hash {
	return Hash(siphash.Hash(k[0], k[1], unsafe.Slice(unsafe.StringData(s), len(s)))) & hashMask
}

// Exact finds documents by any string: a number as it was sent, a SIP address,
// an extension with its site. It keeps hashes and not the strings, so the caller
// must compare the string with the document's own before it trusts a hit, and
// who removes a string of a document adds all that the document keeps, in the
// same batch: one may have the same hash.
// The zero value is empty and ready to use. An Exact never changes; its
// methods are safe for concurrent use.
type Exact struct {
	p   postings[*hashes]
	key hashKey // zero is processKey
}

// HashOf returns the hash of s. All that descend from e have the same.
func (e *Exact) HashOf(s string) Hash { return e.hashKey().hash(s) }

func (e *Exact) hashKey() hashKey {
	if e.key == (hashKey{}) {
		return processKey
	}
	return e.key
}

func (e *Exact) with(p postings[*hashes]) *Exact { return &Exact{p, e.key} }

// Apply returns e with b applied. e itself stays as it is.
func (e *Exact) Apply(b Batch[Hash]) *Exact {
	return e.with(e.p.apply(pairsOf(b.Remove, hashMask), pairsOf(b.Add, hashMask), makeHashes, mergeHashes))
}

// Merge returns e and a merge that is due, or nil if there is none. Several may
// go on at once. See Merge.
func (e *Exact) Merge() (*Exact, *Merge[*Exact]) {
	p, m := e.p.hold(mergeHashes)
	if m == nil {
		return e, nil
	}
	return e.with(p), &Merge[*Exact]{m.run, func(e *Exact) *Exact { return e.with(e.p.finish(m)) }}
}

// Len returns the number of postings.
func (e *Exact) Len() int { return e.p.len() }

// Find appends to dst the documents under h, smallest Doc first, and returns
// the extended slice. It allocates only if dst is too small.
func (e *Exact) Find(h Hash, dst []Doc) []Doc {
	from, sources := len(dst), 0
	for i := range e.p.layers {
		l := &e.p.layers[i]
		before := len(dst)
		if dst = l.run.living(h&hashMask, &l.dead, dst); len(dst) > before {
			sources++
		}
	}
	if sources > 1 {
		slices.Sort(dst[from:])
	}
	return dst
}
