package index

import (
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// What follows shows the structures that answers are made from, for those who
// measure them one by one or hold them against another system. Documents are
// the snapshot's own and mean nothing in another.

// Entry returns the contact of a document, or nil.
func (s *Snapshot) Entry(doc trie.Doc) *Entry { return s.entries.at(doc) }

// Find appends to dst the documents that have a number under a key of the
// ladder, and returns the extended slice. It compares hashes; who must be sure
// compares the contact's numbers. It allocates only if dst is too small.
func (s *Snapshot) Find(k phone.Key, dst []trie.Doc) []trie.Doc { return s.keys.Find(keyHash(k), dst) }

// Numbers returns the contacts by their numbers in E.164, without the plus.
func (s *Snapshot) Numbers() *trie.Numbers { return s.whole }

// Names returns the contacts by their names and what describes them.
func (s *Snapshot) Names() *trie.Names { return s.names }

// Range returns the declared range with the longest prefix that holds a number,
// a plus and digits.
func (s *Snapshot) Range(e164 string) (phone.Range, bool) { return finder{s}.FindRange(e164) }
