package trie

import "hash/maphash"

// A Hash is a string's place in an Exact: 64 bits that depend on this process
// alone and must not be stored. Two strings may have the same hash, but nobody
// outside can choose strings that do.
type Hash uint64

// seed makes hashes of this process differ from those of any other.
var seed = maphash.MakeSeed() //nolint:gochecknoglobals // never changes

// HashOf returns the hash of s.
func HashOf(s string) Hash { return Hash(maphash.String(seed, s)) }

// Exact finds documents by any string: a number as it was sent, a SIP address,
// an extension with its site. It keeps hashes and not the strings, so the caller
// must compare the string with the document's own before it trusts a hit.
// The zero value is empty and ready to use. An Exact never changes; its
// methods are safe for concurrent use.
type Exact struct {
	p postings
}

// Apply returns e with b applied. e itself stays as it is.
func (e *Exact) Apply(b Batch[Hash]) *Exact {
	return &Exact{e.p.apply(pairsOf(b.Remove), pairsOf(b.Add), true)}
}

// Merge returns e and a merge that is due, or nil if there is none. Several may
// go on at once. See Merge.
func (e *Exact) Merge() (*Exact, *Merge[*Exact]) {
	p, m := e.p.hold()
	if m == nil {
		return e, nil
	}
	return &Exact{p}, &Merge[*Exact]{m.run, func(e *Exact) *Exact { return &Exact{e.p.finish(m)} }}
}

// Len returns the number of postings.
func (e *Exact) Len() int { return e.p.len() }

// Find appends to dst the documents under h, smallest Doc first, and returns
// the extended slice. It allocates only if dst is too small.
func (e *Exact) Find(h Hash, dst []Doc) []Doc { return e.p.exact(uint64(h), dst) }
