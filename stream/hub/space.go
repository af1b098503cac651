package hub

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A Space is what the hub knows of one tenant. Its methods are safe for
// concurrent use. Changes take effect in the order of the calls; who feeds a
// contact's changes must do so in their order.
type Space struct {
	hub    *Hub
	tenant string

	// contactsAt is the offset of the last change of any contact itself. It is
	// stored under mu and read without it.
	contactsAt atomic.Uint64

	counting sync.Mutex // guards count, and every contact's counted; taken before mu
	count    uint64     // calls of Watched

	mu         sync.RWMutex // guards all below; held for map and list work only
	offset     uint64       // grows with every change
	contacts   map[string]*entity
	topics     map[topicKey]*topic
	lists      map[*topic]struct{} // the private topics
	departures []*topic            // whose oldest departure is next to be forgotten
	lostFloor  uint64              // floor of topics that were forgotten as a whole
	ringing    map[*topic]struct{} // agent topics with calls
}

func newSpace(h *Hub, tenant string) *Space {
	return &Space{
		hub:      h,
		tenant:   tenant,
		contacts: map[string]*entity{},
		topics:   map[topicKey]*topic{},
		lists:    map[*topic]struct{}{},
		ringing:  map[*topic]struct{}{},
	}
}

// Tenant returns the tenant whose space it is.
func (s *Space) Tenant() string { return s.tenant }

// Position returns the newest position.
func (s *Space) Position() Position {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Position{Epoch: s.hub.cfg.Epoch, Offset: s.offset}
}

// ContactsAt returns the offset of the last change of any contact, presence
// aside: while it stays, a search finds whom it found. It takes no lock.
func (s *Space) ContactsAt() uint64 { return s.contactsAt.Load() }

// PutContact says that a contact is there, new or changed, and in which
// directory and groups it now is; groups it is not in any more, it leaves.
// Call it after whoever renders contacts has the change, for what a watcher
// is sent is rendered then. groups is not retained.
func (s *Space) PutContact(id, directory string, groups []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset++
	e := s.entity(id)
	fields := Contact
	if !e.exists {
		e.exists, e.presenceAt = true, s.offset
		fields = Both
	}
	e.contactAt = s.offset
	s.contactsAt.Store(s.offset)
	s.settle(e, directory, groups)
	for l := e.watched; l != nil; l = l.older {
		if fields == Both {
			l.joined = s.offset
		}
		l.topic.members.toEnd(l)
		l.topic.touch(fields)
	}
}

// settle makes e a member of exactly the directory and the groups.
func (s *Space) settle(e *entity, directory string, groups []string) {
	wanted := make([]topicKey, 0, len(groups)+1)
	wanted = append(wanted, topicKey{Directory, directory})
	for _, g := range groups {
		wanted = append(wanted, topicKey{Group, g})
	}
	for l := e.homes; l != nil; {
		here := l
		l = l.older
		if slices.Contains(wanted, here.topic.key) {
			here.topic.members.toEnd(here)
			here.topic.touch(Contact)
			continue
		}
		s.part(here)
	}
	for _, key := range wanted {
		if !e.in(key) {
			t := s.topic(key)
			e.join(t, s.offset)
			t.touch(Both)
		}
	}
}

// part takes a contact out of a shared topic.
func (s *Space) part(l *link) {
	t, id := l.topic, l.contact.id
	l.leave()
	t.depart(id)
	t.touch(Both)
}

// DeleteContact says that a contact is no more. Its presence goes with it. An
// id that is not there is ignored.
func (s *Space) DeleteContact(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.contacts[id]
	if e == nil || !e.exists {
		return
	}
	s.offset++
	for e.homes != nil {
		s.part(e.homes)
	}
	e.exists, e.presence = false, nil
	e.presenceAt, e.contactAt = s.offset, s.offset
	s.contactsAt.Store(s.offset)
	for l := e.watched; l != nil; l = l.older {
		l.topic.members.toEnd(l)
		l.topic.touch(Both)
	}
	s.release(e)
}

// SetPresence says what a contact's presence is now. fragment is a JSON value;
// the space keeps it and shares it with watchers, so the caller must not
// change it. The presence of an id that is no contact yet waits for the
// contact.
func (s *Space) SetPresence(id string, fragment []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entity(id)
	e.presence = fragment
	s.presenceChanged(e)
}

// RemovePresence says that a contact has no presence any more.
func (s *Space) RemovePresence(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.contacts[id]
	if e == nil || e.presence == nil {
		return
	}
	e.presence = nil
	s.presenceChanged(e)
	s.release(e)
}

func (s *Space) presenceChanged(e *entity) {
	if !e.exists {
		return // its birth will be the change
	}
	s.offset++
	e.presenceAt = s.offset
	for _, chain := range [...]*link{e.homes, e.watched} {
		for l := chain; l != nil; l = l.older {
			l.topic.members.toEnd(l)
			l.topic.touch(Presence)
		}
	}
}

// Since answers what is new in a topic after a position. A position of another
// epoch, one the space does not know yet, one from before what it remembers,
// and the zero position are answered with a Reset delta: the whole present
// state. Unless the topic is an agent, how the tenant's directories are kept
// current is told beside.
func (s *Space) Since(topic Topic, fields Fields, after Position) *Delta {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var d *Delta
	if topic.Kind == Contacts {
		d = s.sinceOf(topic.IDs, fields, after)
	} else {
		t := s.topics[topicKey{topic.Kind, topic.ID}]
		if t == nil {
			t = s.newTopic(topicKey{topic.Kind, topic.ID}) // empty; not kept
		}
		d = t.since(after.Offset, !s.knows(after) || !t.reaches(after.Offset), fields)
	}
	if topic.Kind != Agent && topic.Kind != Sync {
		s.addSyncs(d, after)
	}
	return d
}

func (s *Space) sinceOf(ids []string, fields Fields, after Position) *Delta {
	reset := !s.knows(after)
	d := &Delta{Reset: reset, To: Position{Epoch: s.hub.cfg.Epoch, Offset: s.offset}}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		e := s.contacts[id]
		if e == nil || !e.exists {
			if !reset && after.Offset < s.offset {
				d.Removed = append(d.Removed, id)
			}
			continue
		}
		l := link{contact: e}
		if news := l.news(after.Offset, reset); news.concerns(fields) {
			d.Entries = append(d.Entries, Entry{ID: id, News: news, Presence: e.presence, Revision: e.contactAt})
		}
	}
	return d
}

// knows reports whether p is a position of this epoch's past.
func (s *Space) knows(p Position) bool {
	return p.Epoch == s.hub.cfg.Epoch && p.Offset <= s.offset
}

// entity returns the entity of id, making it if need be.
func (s *Space) entity(id string) *entity {
	e := s.contacts[id]
	if e == nil {
		e = &entity{id: id}
		s.contacts[id] = e
	}
	return e
}

// release forgets e if nothing is known of it and nobody waits for it.
func (s *Space) release(e *entity) {
	if !e.exists && e.presence == nil && e.watched == nil {
		delete(s.contacts, e.id)
	}
}

// topic returns the shared topic of key, making it if need be.
func (s *Space) topic(key topicKey) *topic {
	t := s.topics[key]
	if t == nil {
		t = s.newTopic(key)
		s.topics[key] = t
	}
	return t
}

func (s *Space) newTopic(key topicKey) *topic {
	t := &topic{space: s, key: key, floor: s.lostFloor}
	if key.kind == Agent {
		t.calls = &callLog{}
	}
	t.rev.Store(s.offset)
	return t
}

// tidy forgets a shared topic that holds nothing and is not watched.
func (s *Space) tidy(t *topic) {
	if t.private() || !t.idle() {
		return
	}
	s.lostFloor = max(s.lostFloor, t.floor)
	delete(s.topics, t.key)
}
