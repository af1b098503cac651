package hub

// Watched lists the contacts whose presence somebody looks at now: those of
// the lists that are watched, and the members of watched directories and
// groups. It is for who has to ask a source for them.
func (s *Space) Watched() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ids []string
	for id, e := range s.contacts {
		if e.exists && e.looked() {
			ids = append(ids, id)
		}
	}
	return ids
}

// looked reports whether a topic that e is in has a subscription to presence.
func (e *entity) looked() bool {
	for _, chain := range [...]*link{e.watched, e.homes} {
		for l := chain; l != nil; l = l.older {
			if l.topic.shows(Presence) {
				return true
			}
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
