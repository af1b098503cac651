package trie

import (
	"slices"
	"sync"
)

// Names finds people by what was typed of their names and of what describes
// them. The zero value is empty and ready to use. A Names never changes; its
// methods are safe for concurrent use.
//
// What matches and how it ranks is defined by Tier and Score; Match applies the
// definition to one document.
type Names struct {
	layers    []layer[*book]
	searchers *sync.Pool // of *searcher; shared with the Names it came from
}

// A NamesBatch is one change to a Names. Removals come first; adding a document
// that is there replaces it; of two entries for one document the later holds.
// The slices and texts are not kept and not changed.
type NamesBatch struct {
	Add    []Entry
	Remove []Doc
}

// settleBooks is how many documents a change merges itself: a millisecond's
// work or two.
const settleBooks = 512

// Apply returns n with b applied. n itself stays as it is. A large batch is
// built on all cores.
func (n *Names) Apply(b NamesBatch) *Names {
	add := newest(b.Add)
	dead := make([][]uint32, len(n.layers))
	for _, d := range b.Remove {
		n.bury(d, dead)
	}
	for i := range add {
		n.bury(add[i].Doc, dead)
	}
	next := &Names{layers: bury(n.layers, dead), searchers: n.searchers}
	if next.searchers == nil {
		next.searchers = newSearchers()
	}
	if len(add) > 0 {
		next.layers = append(next.layers, buildBooks(add)...)
	}
	next.layers = settle(next.layers, settleBooks, mergeBooks)
	return next
}

func newSearchers() *sync.Pool { return &sync.Pool{New: func() any { return new(searcher) }} }

// Merge returns n and a merge that is due, or nil if there is none. Several may
// go on at once. See Merge.
func (n *Names) Merge() (*Names, *Merge[*Names]) {
	layers, m := hold(n.layers, mergeBooks, (*book).findAgain)
	if m == nil {
		return n, nil
	}
	return &Names{layers, n.searchers}, &Merge[*Names]{m.run, func(n *Names) *Names {
		return &Names{m.finish(n.layers), n.searchers}
	}}
}

// newest returns the last entry of each document.
func newest(entries []Entry) []Entry {
	last := make(map[Doc]int, len(entries))
	for i := range entries {
		last[entries[i].Doc] = i
	}
	if len(last) == len(entries) {
		return entries
	}
	keep := make([]Entry, 0, len(last))
	for i, e := range entries {
		if last[e.Doc] == i {
			keep = append(keep, e)
		}
	}
	return keep
}

// bury adds the document, if it is alive, to the list of its layer.
func (n *Names) bury(d Doc, dead [][]uint32) {
	if i, local, ok := n.find(d); ok {
		dead[i] = append(dead[i], local)
	}
}

// find returns where a document is.
func (n *Names) find(d Doc) (layer int, local uint32, ok bool) {
	for i := range n.layers {
		l := &n.layers[i]
		if local, ok := l.run.local(d); ok && !l.dead.has(local) {
			return i, local, true
		}
	}
	return 0, 0, false
}

// Len returns the number of documents.
func (n *Names) Len() int {
	total := 0
	for i := range n.layers {
		total += n.layers[i].live()
	}
	return total
}

// A Query is a question to Names.
type Query struct {
	// Text is what was typed: "jo sm". A document matches if it matches every
	// word of the text, in any order. A text without letters and digits, or
	// with more than 16 words, matches none: what a blank box shows is the
	// caller's choice.
	Text string
	// Limit is how many hits to return at most, 1 to MaxLimit. Values outside
	// are taken as the nearest of the two.
	Limit int
	// Fields are the kinds searched. The zero value is all of them.
	Fields Kinds
	// Accept reports whether a document may be shown. Nil accepts all. It is
	// called from Search, on the caller's goroutine, for matching documents
	// only, in no particular order, perhaps more than once for one; it must
	// answer the same each time.
	Accept func(Doc) bool
	// Boost raises documents (or lowers them, below zero) among those that
	// match equally well; documents not named have 0. It never crosses a
	// tier, a typo, a field or a position. It is meant for the favourites and
	// recent calls of one agent: the time of a search grows with its size.
	Boost map[Doc]int
}

// MaxLimit is the largest Limit of a Query, and of Numbers.Prefix.
const MaxLimit = 1000

// A Hit is a document that matches.
type Hit struct {
	Doc   Doc
	Score Score
}

// Search appends to dst the best q.Limit documents for q, best first, and
// returns the extended slice and whether more were found. The order is that
// of Score, then boost, then shorter display name, then display name as
// folded, then Doc: the same documents and query give the same answer.
//
// Documents that match only with a typo are looked for when there are fewer
// than q.Limit others; then, when there are still fewer, those that only sound
// alike, and then those with two typos. more counts only what was looked for.
func (n *Names) Search(q Query, dst []Hit) (hits []Hit, more bool) {
	if len(n.layers) == 0 {
		return dst, false
	}
	q.Limit = min(max(q.Limit, 1), MaxLimit)
	s, _ := n.searchers.Get().(*searcher)
	s.search(n, q)
	found := s.top.list
	more = len(found) > q.Limit
	found = found[:min(len(found), q.Limit)]
	dst = slices.Grow(dst, len(found))
	for _, c := range found {
		dst = append(dst, Hit{Doc: c.book.docs[c.local], Score: c.rank.score()})
	}
	s.release()
	n.searchers.Put(s)
	return dst, more
}
