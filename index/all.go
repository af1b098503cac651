package index

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/trie"
)

// checkEvery is after how many contacts a scan looks whether somebody still
// waits for it.
const checkEvery = 4096

// searchAll finds the first people by name whom accept lets through, and tells
// whether there are more. Nobody is found without a filter: that would be no
// question. It looks at every contact, some 10 million a second.
func (s *Snapshot) searchAll(ctx context.Context, limit int, accept func(*Entry) bool) (found []Found, more bool, err error) {
	if accept == nil {
		return nil, false, ctx.Err()
	}
	first := firstEntries{limit: limit}
	n := 0
	s.entries.all(func(_ trie.Doc, e *Entry) bool {
		if n++; n%checkEvery == 0 {
			err = ctx.Err()
		}
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
