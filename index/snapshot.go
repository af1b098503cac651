package index

import (
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/stream"
)

// A Snapshot is a tenant's contacts at one place of the log. It never changes;
// any number of goroutines may read it, for as long as they like.
type Snapshot struct {
	seq         stream.Seq
	entries     table
	ids         *trie.Exact   // contact ids
	keys        *trie.Exact   // the ladder's keys that are not found by digits
	whole       *trie.Numbers // numbers with their country codes
	digits      *trie.Numbers // what else a person types of a number, from its beginning
	tails       *trie.Numbers // a number from its end, reversed
	names       *trie.Names
	keypad      *trie.Numbers // names by the keys they are typed with
	groups      map[contact.ID]*Group
	directories map[string]contact.Directory
	plan        plan
}

func emptySnapshot() *Snapshot {
	return &Snapshot{
		ids: &trie.Exact{}, keys: &trie.Exact{}, whole: trie.NewCallers(), digits: &trie.Numbers{}, tails: &trie.Numbers{}, names: &trie.Names{}, keypad: &trie.Numbers{},
		groups: map[contact.ID]*Group{}, directories: map[string]contact.Directory{},
	}
}

// Seq returns the place in the log up to which the snapshot goes.
func (s *Snapshot) Seq() stream.Seq { return s.seq }

// Len returns the number of contacts.
func (s *Snapshot) Len() int { return s.names.Len() }

// Contact returns the entry of a contact, or ErrNotFound.
func (s *Snapshot) Contact(id contact.ID) (*Entry, error) {
	if _, r := s.find(id); r != "" {
		return s.entries.entryOf(r), nil
	}
	return nil, ErrNotFound
}

// Group returns a group, or ErrNotFound.
func (s *Snapshot) Group(id contact.ID) (*Group, error) {
	if g, ok := s.groups[id]; ok {
		return g, nil
	}
	return nil, ErrNotFound
}

// Directory returns what the index knows of a directory, or ErrNotFound.
func (s *Snapshot) Directory(id string) (contact.Directory, error) {
	if d, ok := s.directories[id]; ok {
		return d, nil
	}
	return contact.Directory{}, ErrNotFound
}

// All calls yield with each contact, in no particular order, until it returns
// false. The entry is valid until yield returns; its strings stay.
func (s *Snapshot) All(yield func(*Entry) bool) {
	e := Entry{shown: s.entries.shown}
	s.entries.all(func(_ trie.Doc, r record) bool {
		r.decode(&e)
		return yield(&e)
	})
}

// find returns the document and record of a contact; "" if there is none.
func (s *Snapshot) find(id contact.ID) (trie.Doc, record) {
	var buf [4]trie.Doc
	for _, doc := range s.ids.Find(s.idHash(id), buf[:0]) {
		if r := s.entries.at(doc); r != "" && r.id() == id {
			return doc, r
		}
	}
	return 0, ""
}
