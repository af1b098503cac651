package trie

import (
	"bytes"
	"cmp"
	"sort"
	"unicode/utf8"
)

// A book is the run of Names: documents and the terms they are found under, in
// sorted arrays that never change.
//
// Documents are numbered by the order in which equal scores are shown: shorter
// name, then name, then Doc. Within a book, comparing these numbers (called
// locals) therefore breaks ties, and a posting can carry all that ranking
// needs but the tier.
type book struct {
	docs    []Doc    // by local
	byDoc   []uint32 // locals in the order of their Docs
	names   texts    // folded display names, by local
	terms   texts    // sorted
	lists   lists    // for each term its documents
	fields  fields   // of each document
	tree    tree     // over the terms
	aliases aliases  // of the words of names
	pairs   pairs    // of the words of names
	tops    tops     // the best postings of terms and prefixes that have many
}

// Limits of a book, from the bits that a posting and an entry have for locals
// and terms. Larger structures are several books.
const (
	maxLocals = 1 << 24
	maxBook   = 1 << 24 // terms
)

// A posting is a document's local below the slot of the best place of the term
// in the document, so that postings sort as their scores do.
type posting = uint32

func makePosting(slot uint16, local uint32) posting { return uint32(slot)<<24 | local }

func localOf(p posting) uint32 { return p & (maxLocals - 1) }

// slotOf returns the weight and position of a posting in the lowest bits of a rank.
func slotOf(p posting) rank { return rank(p >> 24) }

func (b *book) size() int {
	if b == nil {
		return 0
	}
	return len(b.docs)
}

// places implements run: documents stand in one order.
func (b *book) places([]uint32) []uint32 { return nil }

// local returns the local of a document, or false if it is not in the book.
func (b *book) local(d Doc) (uint32, bool) {
	if n := len(b.byDoc); n == 0 || d > b.docs[b.byDoc[n-1]] {
		return 0, false // one that is new, as most are that come
	}
	i, found := sort.Find(len(b.byDoc), func(i int) int { return cmp.Compare(d, b.docs[b.byDoc[i]]) })
	if !found {
		return 0, false
	}
	return b.byDoc[i], true
}

// words returns the first term that is not initials.
func (b *book) words() uint32 {
	return b.terms.lower(0, uint32(b.terms.len()), initialsMark+"\xff") // behind all initials
}

// findAgain returns the local in b of a document of old.
func (b *book) findAgain(old *book, local uint32) (uint32, bool) { return b.local(old.docs[local]) }

// compareNames orders documents of equal score, which may be of two books.
func compareNames(a *book, i uint32, b *book, j uint32) int {
	if a == b {
		return cmp.Compare(i, j)
	}
	return compareTies(a.names.at(i), a.docs[i], b.names.at(j), b.docs[j])
}

// compareTies is the order in which documents of equal score are shown.
func compareTies(name []byte, doc Doc, other []byte, otherDoc Doc) int {
	if c := cmp.Compare(utf8.RuneCount(name), utf8.RuneCount(other)); c != 0 {
		return c
	}
	if c := bytes.Compare(name, other); c != 0 {
		return c
	}
	return cmp.Compare(doc, otherDoc)
}

// texts is a list of strings in one piece of memory.
type texts struct {
	bytes []byte
	ends  []uint32
}

func (t *texts) len() int { return len(t.ends) }

func (t *texts) at(i uint32) []byte { return t.bytes[start(t.ends, i):t.ends[i]] }

func (t *texts) add(s string) {
	t.bytes = append(t.bytes, s...)
	t.ends = append(t.ends, uint32(len(t.bytes)))
}

func (t *texts) addBytes(s []byte) {
	t.bytes = append(t.bytes, s...)
	t.ends = append(t.ends, uint32(len(t.bytes)))
}

// start returns where the i-th piece begins, given where each ends.
func start(ends []uint32, i uint32) uint32 {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// lower returns the index of the first of the sorted texts [lo, hi) that is
// not less than s.
func (t *texts) lower(lo, hi uint32, s string) uint32 {
	for lo < hi {
		if mid := lo + (hi-lo)/2; string(t.at(mid)) < s {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// prefix returns the range of the sorted texts that begin with s.
func (t *texts) prefix(s string) span {
	lo := t.lower(0, uint32(t.len()), s)
	return span{lo, t.behind(lo, uint32(t.len()), s)}
}

// behind returns the end of the sorted texts from lo on that begin with s,
// which all up to it do. It looks near lo first: most prefixes are rare.
func (t *texts) behind(lo, hi uint32, s string) uint32 {
	begins := func(i uint32) bool { b := t.at(i); return len(b) >= len(s) && string(b[:len(s)]) == s }
	step := uint32(1)
	for lo+step <= hi && begins(lo+step-1) {
		lo += step
		step *= 2
	}
	hi = min(hi, lo+step-1)
	for lo < hi {
		if mid := lo + (hi-lo)/2; begins(mid) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// A span is a range of terms.
type span struct{ lo, hi uint32 }

func (s span) has(term uint32) bool { return s.lo <= term && term < s.hi }
