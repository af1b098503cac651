package index

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/trie"
)

// checkEvery is after how many contacts a scan looks whether somebody still
// waits for it.
const checkEvery = 4096

// searchCircle finds the people of q's circle that there are, the nearest first,
// and tells whether there are more.
func (s *Snapshot) searchCircle(q Search) (found []Found, more bool) {
	found = []Found{}
	for _, id := range q.Circle {
		_, r := s.find(id)
		if r == "" {
			continue
		}
		if len(found) == q.Limit {
			return found, true
		}
		found = append(found, Found{Entry: s.entries.entryOf(r), Tier: "circle", Field: "displayName"})
	}
	return found, false
}

// boosts returns how much each of a circle is raised.
func (s *Snapshot) boosts(circle []contact.ID) map[trie.Doc]int {
	if len(circle) == 0 {
		return nil
	}
	boosts := make(map[trie.Doc]int, len(circle))
	for i, id := range circle {
		if doc, r := s.find(id); r != "" {
			boosts[doc] = max(boosts[doc], len(circle)-i)
		}
	}
	return boosts
}

// searchAll finds the first people by name whom accept lets through, and tells
// whether there are more. It looks at every contact.
func (s *Snapshot) searchAll(ctx context.Context, limit int, accept func(*Entry) bool) (found []Found, more bool, err error) {
	first := firstEntries{limit: limit}
	n := 0
	var e Entry
	s.entries.all(func(_ trie.Doc, r record) bool {
		if n%checkEvery == 0 {
			err = ctx.Err()
		}
		n++
		if err != nil {
			return false
		}
		if r.decode(&e); accept(&e) {
			first.add(&e, r)
		}
		return true
	})
	if err != nil {
		return nil, false, err
	}
	found = make([]Found, len(first.list))
	for i, n := range first.list {
		found[i] = Found{Entry: s.entries.entryOf(n.record), Tier: "all", Field: "displayName"}
	}
	return found, first.more, nil
}

// firstEntries keeps the first entries by name.
type firstEntries struct {
	limit int
	list  []namedRecord // in order
	more  bool          // some had no room
}

// namedRecord is a record with the name that it is ordered by.
type namedRecord struct {
	name   string // in lower case
	id     contact.ID
	record record
}

func byName(a, b namedRecord) int {
	return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
}

func (f *firstEntries) add(e *Entry, r record) {
	named := namedRecord{strings.ToLower(e.Name()), e.ID, r}
	if len(f.list) == f.limit {
		f.more = true
		if byName(named, f.list[f.limit-1]) > 0 {
			return
		}
		f.list = f.list[:f.limit-1]
	}
	at, _ := slices.BinarySearchFunc(f.list, named, byName)
	f.list = slices.Insert(f.list, at, named)
}
