package text

import (
	"sync"
	"time"
)

// A change is a document that is to be written or, without one, an id that is
// to be removed.
type change struct {
	key
	doc *Document // nil to remove
	at  time.Time // when the first change of this key that still waits was put
}

// A key is a document's id in its tenant.
type key struct {
	tag tag
	id  string
}

// A backlog holds the changes that are not searchable yet, in the order in
// which their keys came, and one for each key: the newest. Its methods are safe
// for concurrent use and wait for no I/O.
//
// Each waiting change has a place: the first ever is 0, and places have no gaps.
// A newer change of a waiting key takes over its place, so that a document that
// changes all the time is still written in its turn.
type backlog struct {
	mu      sync.Mutex    // guards what follows; held for map work only
	place   map[key]int   // of the keys that wait
	waiting []change      // in the order of their places
	taken   int           // places handed out by take: that of waiting[0]
	done    int           // places settled: everything below is searchable
	oldest  time.Time     // at of the first change taken and not settled; zero if none
	closed  bool          // nothing is taken in any more
	moved   chan struct{} // closed and replaced when done grows; nil while nobody waits
}

// put adds a change and returns how many wait now.
func (b *backlog) put(c change) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return len(b.waiting)
	}
	if place, ok := b.place[c.key]; ok {
		b.waiting[place-b.taken].doc = c.doc
		return len(b.waiting)
	}
	if b.place == nil {
		b.place = make(map[key]int)
	}
	b.place[c.key] = b.taken + len(b.waiting)
	b.waiting = append(b.waiting, c)
	return len(b.waiting)
}

// close makes put do nothing.
func (b *backlog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// take removes and returns at most n changes, the oldest. The caller writes them
// and then calls settle, before it takes again.
func (b *backlog) take(n int) []change {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = min(n, len(b.waiting))
	if n == 0 {
		return nil
	}
	batch := b.waiting[:n:n]
	for i := range batch {
		delete(b.place, batch[i].key)
	}
	b.waiting = b.waiting[n:]
	if len(b.waiting) == 0 {
		b.waiting, b.place = nil, nil // give back what a large load took
	}
	b.taken += n
	b.oldest = batch[0].at
	return batch
}

// settle tells that all that was taken is searchable.
func (b *backlog) settle() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = b.taken
	b.oldest = time.Time{}
	if b.moved != nil {
		close(b.moved)
		b.moved = nil
	}
}

// end returns the place behind the newest change.
func (b *backlog) end() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken + len(b.waiting)
}

// settled tells whether everything below place is searchable, and otherwise
// returns a channel that is closed when more is.
func (b *backlog) settled(place int) (bool, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done >= place {
		return true, nil
	}
	if b.moved == nil {
		b.moved = make(chan struct{})
	}
	return false, b.moved
}

// waits returns how many changes were not taken yet and since when the first of
// them waits.
func (b *backlog) waits() (n int, since time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		return 0, time.Time{}
	}
	return len(b.waiting), b.waiting[0].at
}

// lag returns how many changes are not searchable and since when the oldest.
func (b *backlog) lag() (n int, oldest time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	oldest = b.oldest
	if oldest.IsZero() && len(b.waiting) > 0 {
		oldest = b.waiting[0].at
	}
	return b.taken + len(b.waiting) - b.done, oldest
}
