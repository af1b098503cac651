package hub

import (
	"cmp"
	"slices"
	"sync/atomic"
	"weak"
)

// A Kind is a kind of topic.
type Kind uint8

// The kinds of topic.
const (
	Contacts  Kind = iota + 1 // the contacts of a list of ids
	Directory                 // the contacts of a directory
	Group                     // the members of a group
	Agent                     // the calls of an agent
	Sync                      // how the presence of each directory is kept current; one for the tenant
)

// A Topic is something to watch. IDs is for Contacts, ID for the other kinds
// but Sync.
// Neither needs to exist yet: a topic of nothing is empty until it fills.
type Topic struct {
	Kind Kind
	ID   string
	IDs  []string // copied
}

// Fields says which changes of a contact are of interest.
type Fields uint8

// The fields. Call events are always of interest to those who watch an agent.
const (
	Presence Fields = 1 << iota
	Contact
	calls

	Both = Presence | Contact
)

// topicKey names a topic that several subscriptions share.
type topicKey struct {
	kind Kind
	id   string
}

// A topic is the server side of a Topic. Those of kind Contacts belong to one
// subscription and are in no map; the others live in their space as long as
// they hold anything or are watched. All fields but rev and recent are guarded
// by the space's mutex.
type topic struct {
	space *Space
	key   topicKey

	// rev is the offset of the last change. It is stored under the space's
	// lock, before subscriptions are marked, and read without it.
	rev     atomic.Uint64
	changes uint64 // how often rev was moved
	floor   uint64 // departures and calls up to this offset may be forgotten

	members list        // ordered by offset of the last change
	gone    []departure // ascending; bounded for the space as a whole
	calls   *callLog    // agent topics only
	syncs   []SyncState // of the sync topic only; ascending by offset of the last change

	rooms  []*room                       // one for each shard with a subscription
	recent atomic.Pointer[[]*Delta]      // shared topics: the last few answers; never changed after Store
	whole  [Both + 1]weak.Pointer[Delta] // shared topics: the last whole answer, while somebody still sends it
}

// A departure is a contact that left a topic.
type departure struct {
	id   string
	left uint64
}

// private reports whether t belongs to one subscription.
func (t *topic) private() bool { return t.key.kind == Contacts }

// idle reports whether t can be forgotten.
func (t *topic) idle() bool {
	return t.members.len == 0 && len(t.gone) == 0 && len(t.rooms) == 0 && len(t.syncs) == 0 && (t.calls == nil || len(t.calls.events) == 0)
}

// touch notes a change at the space's present offset and marks those who watch
// for one of fields.
func (t *topic) touch(fields Fields) {
	t.rev.Store(t.space.offset)
	t.changes++
	for _, r := range t.rooms {
		r.shard.mark(r, fields)
	}
}

// depart notes that id left t now, and forgets the oldest departure of the
// space when there are too many.
func (t *topic) depart(id string) {
	s := t.space
	t.gone = append(t.gone, departure{id: id, left: s.offset})
	s.departures = append(s.departures, t)
	if len(s.departures) <= s.hub.cfg.MaxRemovals {
		return
	}
	oldest := s.departures[0]
	s.departures[0] = nil
	s.departures = s.departures[1:]
	oldest.floor = oldest.gone[0].left
	oldest.gone = oldest.gone[1:]
	s.tidy(oldest)
}

// since returns what is new after from, or everything when reset is set. The
// caller holds the space's lock, for reading at least.
func (t *topic) since(from uint64, reset bool, fields Fields) *Delta {
	d := &Delta{
		Reset:   reset,
		To:      Position{Epoch: t.space.hub.cfg.Epoch, Offset: t.rev.Load()},
		from:    from,
		fields:  fields,
		changes: t.changes,
	}
	switch t.key.kind {
	case Agent:
		d.Calls = t.calls.since(from, reset)
		return d
	case Sync: // each state stands for itself, so that nothing known is void
		d.Reset, d.Syncs = false, t.syncsAfter(from, reset)
		return d
	}
	if reset {
		d.Entries = make([]Entry, 0, t.members.len)
	}
	for l := t.members.tail; l != nil && (reset || l.at() > from); l = l.prev {
		e := l.contact
		if !e.exists {
			if !reset {
				d.Removed = append(d.Removed, e.id)
			}
			continue
		}
		if news := l.news(from, reset); news.concerns(fields) {
			d.Entries = append(d.Entries, Entry{ID: e.id, News: news, Presence: e.presence, Revision: e.contactAt})
		}
	}
	if !reset {
		d.Removed = append(d.Removed, t.departed(from)...)
	}
	return d
}

// departed returns the ids that left t after from and did not come back.
func (t *topic) departed(from uint64) []string {
	first, _ := slices.BinarySearchFunc(t.gone, from, func(g departure, from uint64) int {
		return cmp.Compare(g.left, from+1)
	})
	var ids []string
	for _, g := range t.gone[first:] {
		if e := t.space.contacts[g.id]; e == nil || !e.inside(t) {
			ids = append(ids, g.id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids) // some left more than once
}

// reaches reports whether since(from) would be complete.
func (t *topic) reaches(from uint64) bool {
	return from >= t.floor && from <= t.space.offset
}
