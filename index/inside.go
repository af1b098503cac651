package index

import (
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// What follows shows the structures that answers are made from, for those who
// measure them one by one or hold them against another system. Documents are
// the snapshot's own and mean nothing in another.

// Entry returns the contact of a document, or nil.
func (s *Snapshot) Entry(doc trie.Doc) *Entry { return s.entries.entry(doc) }

// ID returns whose document it is; "" for nobody's. It costs less than Entry.
func (s *Snapshot) ID(doc trie.Doc) contact.ID {
	if r := s.entries.at(doc); r != "" {
		return r.id()
	}
	return ""
}

// Find appends to dst the documents that may have a number under a key of the
// ladder, and returns the extended slice: all that have, and seldom others. Who
// must be sure compares the contact's numbers. It allocates only if dst is too
// small.
func (s *Snapshot) Find(k phone.Key, dst []trie.Doc) []trie.Doc {
	if numbers, digits := s.digitsOf(k); numbers != nil {
		key, _ := trie.Pack(digits)
		return numbers.Exact(key, dst)
	}
	return s.keys.Find(s.keyHash(k), dst)
}

// digitsOf returns the structure that holds a key as digits, and these; nil for
// keys that are found by their hashes.
func (s *Snapshot) digitsOf(k phone.Key) (in *trie.Numbers, digits string) {
	switch {
	case k.Text == "" || !byDigits(k):
		return nil, ""
	case k.Space == phone.SpaceNSN:
		return s.digits, k.Text
	}
	return s.whole, k.Text[1:]
}

// byDigits tells whether a key is found among the digits that people type of a
// number, and needs no hash: of the whole number, or of the national one. Many
// may have one number with different extensions, so that these have hashes.
func byDigits(k phone.Key) bool {
	switch k.Space {
	case phone.SpaceE164, phone.SpaceTrunk:
		return k.Ext == ""
	case phone.SpaceNSN:
		return true
	}
	return false
}

// Numbers returns the contacts by their numbers in E.164, without the plus.
func (s *Snapshot) Numbers() *trie.Numbers { return s.whole }

// Names returns the contacts by their names and what describes them.
func (s *Snapshot) Names() *trie.Names { return s.names }

// Range returns the declared range with the longest prefix that holds a number,
// a plus and digits.
func (s *Snapshot) Range(e164 string) (phone.Range, bool) { return (&finder{s: s}).FindRange(e164) }
