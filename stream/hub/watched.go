package hub

import "slices"

// Watched lists the contacts whose presence somebody looks at now, each once
// and in no particular order: those of the lists that are watched, and the
// members of watched directories and groups. It is for who has to ask a source
// for them, and costs as much as there are of them.
func (s *Space) Watched() []string {
	s.counting.Lock()
	defer s.counting.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.count++
	var ids []string
	for _, t := range s.topics {
		ids = s.countIn(ids, t)
	}
	for t := range s.lists {
		ids = s.countIn(ids, t)
	}
	return ids
}

// countIn appends the members of t, if it shows presence, that were not counted
// yet.
func (s *Space) countIn(ids []string, t *topic) []string {
	if !t.shows(Presence) {
		return ids
	}
	ids = slices.Grow(ids, t.members.len)
	for l := t.members.head; l != nil; l = l.next {
		if e := l.contact; e.exists && e.counted != s.count {
			e.counted = s.count
			ids = append(ids, e.id)
		}
	}
	return ids
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
