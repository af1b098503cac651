package index

import (
	"context"
	"time"

	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/index/trie"
)

const (
	tellEvery   = 20 * time.Millisecond
	tellAtOnce  = 4096    // documents
	tellWaiting = 1 << 14 // documents that wait in the text index before no more are told
)

// A telling tells the text index of the contacts that were there at the start,
// no faster than it writes them: all of them waiting at once would take more
// memory than the contacts.
type telling struct {
	next trie.Doc
	done chan struct{} // closed when all are told
}

// tell tells the text index of some more contacts, as they are now, and returns
// true when there are no more. It runs where changes are told of too, so that
// an older state never follows a newer one.
func (t *tenant) tell() bool {
	s, tell := t.current.Load(), &t.telling
	if tell.next < s.entries.len() && t.index.text.Lag().Documents < tellWaiting {
		docs := make([]text.Document, 0, tellAtOnce)
		var e Entry
		for end := min(tell.next+tellAtOnce, s.entries.len()); tell.next < end; tell.next++ {
			if s.entries.read(tell.next, &e) {
				docs = append(docs, e.document())
			}
		}
		t.index.text.Put(t.id, docs...)
	}
	if tell.next < s.entries.len() {
		return false
	}
	close(tell.done)
	return true
}

// Flush waits until the text index shows all that was applied before. The index
// must be running.
func (x *Index) Flush(ctx context.Context) error {
	for _, t := range x.all() {
		select {
		case <-t.telling.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return x.text.Flush(ctx)
}
