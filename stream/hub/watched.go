package hub

import "slices"

// Watched lists the contacts whose presence somebody looks at now, in order:
// those of the lists that are watched, and the members of watched directories
// and groups. It is for who has to ask a source for them.
func (s *Space) Watched() []string {
	ids := s.watched()
	slices.Sort(ids)
	return slices.Compact(ids) // some are looked at in several ways
}

func (s *Space) watched() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ids []string
	for _, t := range s.topics {
		if !t.shows(Presence) {
			continue
		}
		ids = slices.Grow(ids, t.members.len)
		for l := t.members.head; l != nil; l = l.next {
			ids = append(ids, l.contact.id)
		}
	}
	for id, e := range s.contacts { // lists are in no map
		if e.exists && e.listed() {
			ids = append(ids, id)
		}
	}
	return ids
}

// listed reports whether a list that e is in shows its presence.
func (e *entity) listed() bool {
	for l := e.watched; l != nil; l = l.older {
		if l.topic.shows(Presence) {
			return true
		}
	}
	return false
}

// shows reports whether somebody looks at fields of t.
func (t *topic) shows(fields Fields) bool {
	for _, r := range t.rooms {
		for _, sub := range r.subs {
			if sub.fields&fields != 0 {
				return true
			}
		}
	}
	return false
}
