package index

import (
	"context"

	"github.com/ringdex/ringdex/index/trie"
)

// A merging joins layers of one structure of a snapshot while the snapshots go
// on; see trie.Merge.
type merging struct {
	run    func(context.Context) error
	finish func(*Snapshot)
}

// merges begins the merges that are due, limit at most. The caller runs each
// and then calls finish.
func (b *builder) merges(limit int) []merging {
	next := *b.base
	var list []merging
	for _, begin := range []func(*Snapshot) (merging, bool){
		mergeOf(func(s *Snapshot) **trie.Names { return &s.names }),
		mergeOf(func(s *Snapshot) **trie.Exact { return &s.ids }),
		mergeOf(func(s *Snapshot) **trie.Exact { return &s.keys }),
		mergeOf(func(s *Snapshot) **trie.Numbers { return &s.whole }),
		mergeOf(func(s *Snapshot) **trie.Numbers { return &s.digits }),
		mergeOf(func(s *Snapshot) **trie.Numbers { return &s.tails }),
		mergeOf(func(s *Snapshot) **trie.Numbers { return &s.keypad }),
	} {
		if len(list) == limit {
			break
		}
		if m, ok := begin(&next); ok {
			list = append(list, m)
		}
	}
	if len(list) > 0 {
		b.base = &next // shows the same as what is published
	}
	return list
}

// mergeOf returns a function that begins a merge of the structure that at
// points to, if one is due.
func mergeOf[S interface{ Merge() (S, *trie.Merge[S]) }](at func(*Snapshot) *S) func(*Snapshot) (merging, bool) {
	return func(s *Snapshot) (merging, bool) {
		held, m := (*at(s)).Merge()
		if m == nil {
			return merging{}, false
		}
		*at(s) = held
		return merging{m.Run, func(s *Snapshot) { *at(s) = m.Finish(*at(s)) }}, true
	}
}

// finish returns the snapshot with a merge that was run. It shows the same as
// the one before.
func (b *builder) finish(m merging) *Snapshot {
	next := *b.base
	m.finish(&next)
	b.base = &next
	return b.base
}
