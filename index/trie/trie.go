// Package trie holds the structures behind "who is calling?" and typeahead:
// phone numbers by exact match, prefix and longest prefix (Numbers), any other
// string by exact match (Exact), and people by what is typed of their names
// (Names).
//
// Each is an immutable value. Apply returns a new one that shares nearly all of
// its memory with the old one, which stays valid and unchanged. One goroutine
// applies changes and publishes the result, say through an atomic.Pointer; any
// number of goroutines read whatever was published, without locks. The package
// does no I/O and keeps no state of its own; the goroutines that build a large
// batch end before Apply returns.
//
// Inside, a structure is a short list of runs. A run is a set of sorted arrays
// that never changes; beside it stands a bitmap of what was removed from it
// since. Apply makes a small run of the additions, marks removals in the
// bitmaps, and merges small runs of similar size. Larger ones are merged beside
// the changes, by a Merge that the caller runs when it likes, so that a change
// never takes long and a reader probes few runs. A bulk load is one sort.
//
// The package knows documents as small integers and asks nobody what they are.
// Parsing numbers, choosing which fields of a contact to index, and deciding
// who may see whom belong to its caller, package index.
package trie

// A Doc names a document. Docs are small dense integers that the caller
// assigns: arrays are sized by the number of documents and not by the largest
// Doc, but ties in ranking go to the smaller Doc. A Doc may be used again for
// another document once everything of the old one was removed.
type Doc uint32

// A Posting says that Doc is found under Key.
type Posting[K Key | Hash] struct {
	Key K
	Doc Doc
}

// A Batch is one change to Numbers or Exact. Removals come first: a posting
// that is both removed and added is there afterwards, so that a caller may
// remove all it knew of a document and add all it knows now. Removing what is
// not there and adding what is there already change nothing. The slices are
// not kept and not changed.
type Batch[K Key | Hash] struct {
	Add    []Posting[K]
	Remove []Posting[K]
}
