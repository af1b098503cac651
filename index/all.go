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
		_, e := s.find(id)
		if e == nil {
			continue
		}
		if len(found) == q.Limit {
			return found, true
		}
		found = append(found, Found{Entry: e, Tier: "circle", Field: "displayName"})
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
		if doc, e := s.find(id); e != nil {
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
	s.entries.all(func(_ trie.Doc, e *Entry) bool {
		if n%checkEvery == 0 {
			err = ctx.Err()
		}
		n++
		if err == nil && accept(e) {
			first.add(e)
		}
		return err == nil
	})
	if err != nil {
		return nil, false, err
	}
	found = make([]Found, len(first.list))
	for i, e := range first.list {
		found[i] = Found{Entry: e.entry, Tier: "all", Field: "displayName"}
	}
	return found, first.more, nil
}

// firstEntries keeps the first entries by name.
type firstEntries struct {
	limit int
	list  []namedEntry // in order
	more  bool         // some had no room
}

// namedEntry is an entry with the name that it is ordered by.
type namedEntry struct {
	name  string // in lower case
	entry *Entry
}

func byName(a, b namedEntry) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(string(a.entry.ID), string(b.entry.ID)))
}

func (f *firstEntries) add(e *Entry) {
	named := namedEntry{strings.ToLower(e.Name()), e}
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
