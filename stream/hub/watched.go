package hub

// Watched lists the contacts whose presence somebody looks at now: those of
// the lists that are watched, and the members of watched directories and
// groups. It is for who has to ask a source for them.
func (s *Space) Watched() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	shows := map[*topic]bool{} // each topic is looked at once: it may have many subscriptions
	looked := func(l *link) bool {
		for ; l != nil; l = l.older {
			show, known := shows[l.topic]
			if !known {
				show = l.topic.shows(Presence)
				if !l.topic.private() { // which has one
					shows[l.topic] = show
				}
			}
			if show {
				return true
			}
		}
		return false
	}
	var ids []string
	for id, e := range s.contacts {
		if e.exists && (looked(e.watched) || looked(e.homes)) {
			ids = append(ids, id)
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
