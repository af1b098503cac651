// Package journal is the provisioning log: what each directory's identity
// provider asked, what came of it and why it failed, for the administrator who
// cannot see what the provider sent.
//
// It owns the events of each directory since the start, counters over all of
// them, and what can be told from them: which dialect a provider speaks
// (Recognize), which attributes a request changed (Diff), what the provider
// would send again because it reads back something else (Resend), and how near
// Entra ID is to giving up (Risk). It holds nothing that a client sent but names
// of attributes and ids that the service issued: no value, no operand of a
// filter, no userName. Record enforces what can be enforced.
//
// Events live in memory only, each kind in a ring of its own, bounded by number
// and bytes: failures are not pushed out by successes, nor changes by polling.
// A restart forgets them. That is on purpose: they are about what goes wrong now,
// an identity provider repeats what failed, and writing each of 15,000 requests
// a second to the log would double what it has to sync.
//
// Package scim records one event a request, cmd/ringdex/server shows them. The
// package does no I/O and starts no goroutine.
package journal

import (
	"cmp"
	"sync"
	"time"
)

// Config bounds what a Journal keeps of each directory. A zero field stands for
// its default.
type Config struct {
	MaxChanges  int // successful writes; default 2,000
	MaxFailures int // failures that count against the provider; default 2,000
	MaxReads    int // reads, and requests for what is not there; default 200
	MaxBytes    int // of each of the three, estimated; default 1 MiB

	// Known tells whether a directory exists. A first event of one that does not
	// is dropped, so that what is under way when a directory is removed does not
	// bring its journal back. nil knows all.
	Known func(directoryID string) bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	c.MaxChanges = cmp.Or(c.MaxChanges, 2000)
	c.MaxFailures = cmp.Or(c.MaxFailures, 2000)
	c.MaxReads = cmp.Or(c.MaxReads, 200)
	c.MaxBytes = cmp.Or(c.MaxBytes, 1<<20)
	if c.Known == nil {
		c.Known = func(string) bool { return true }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// A Journal keeps the provisioning log of all directories. Methods are safe for
// concurrent use; requests to different directories do not wait for each other.
type Journal struct {
	cfg   Config
	pages sync.Map // directory id → *page
}

// New returns an empty journal.
func New(cfg Config) *Journal { return &Journal{cfg: cfg.withDefaults()} }

// A page is the journal of one directory.
type page struct {
	began time.Time

	mu       sync.Mutex // guards all below; held to count and to copy pointers only
	lastID   uint64
	lastAt   time.Time // when the newest event ended
	changes  ring
	failures ring
	reads    ring
	tally    tally
	window   window
}

// Record adds what came of one request with a valid token of the directory. e
// and what it refers to belong to the journal from then on and must not be
// changed. Record sets e.ID, and e.Time if it is zero; it cuts what is too long
// and hides what has not the shape of a name or an id.
func (j *Journal) Record(directoryID string, e *Event) {
	p := j.page(directoryID)
	if p == nil {
		return
	}
	if e.Time.IsZero() {
		e.Time = j.cfg.Now()
	}
	e.clean()
	e.size = e.bytes()
	end := e.Time.Add(e.Duration)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastID = max(p.lastID+1, cursorAt(end))
	e.ID = p.lastID
	p.lastAt = end
	p.tally.count(e, end)
	p.window.count(e, end)
	p.ringOf(e).push(e)
}

// Refused counts a request to the directory's address without a valid token.
// The request is not an event: nobody knows who sent it, and a flood of them
// must not push anything out.
func (j *Journal) Refused(directoryID string) {
	p := j.page(directoryID)
	if p == nil {
		return
	}
	now := j.cfg.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.refused++
	p.tally.lastRefused = now
	p.tally.refusedSince++
	p.window.refuse(now)
}

// Retain forgets the directories for which exists returns false.
func (j *Journal) Retain(exists func(directoryID string) bool) {
	j.pages.Range(func(id, _ any) bool {
		if !exists(id.(string)) { //nolint:forcetypeassert // only strings are keys
			j.pages.Delete(id)
		}
		return true
	})
}

// page returns the directory's page, which it makes unless there is no such
// directory; then it returns nil.
func (j *Journal) page(directoryID string) *page {
	if p := j.known(directoryID); p != nil {
		return p
	}
	if !j.cfg.Known(directoryID) {
		return nil
	}
	p := &page{
		began:    j.cfg.Now(),
		changes:  ring{max: j.cfg.MaxChanges, maxBytes: j.cfg.MaxBytes},
		failures: ring{max: j.cfg.MaxFailures, maxBytes: j.cfg.MaxBytes},
		reads:    ring{max: j.cfg.MaxReads, maxBytes: j.cfg.MaxBytes},
	}
	held, _ := j.pages.LoadOrStore(directoryID, p)
	return held.(*page) //nolint:forcetypeassert // only pages are stored
}

// known returns the directory's page, or nil if nothing was recorded yet.
func (j *Journal) known(directoryID string) *page {
	held, ok := j.pages.Load(directoryID)
	if !ok {
		return nil
	}
	return held.(*page) //nolint:forcetypeassert // only pages are stored
}

// ringOf returns where an event belongs. A failure that no provider minds, such
// as reading what is not there, stays out of the ring of failures: a client that
// polls for it would push out all others.
func (p *page) ringOf(e *Event) *ring {
	switch {
	case e.counts():
		return &p.failures
	case e.isRead():
		return &p.reads
	default:
		return &p.changes
	}
}
