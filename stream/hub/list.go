package hub

// An entity is one contact of a space, or an id that somebody watches or that
// has a presence although no such contact exists (yet). Guarded by the space's
// mutex.
type entity struct {
	id         string
	exists     bool
	presence   []byte // shared, read-only; nil if none
	presenceAt uint64 // offset of the last presence change; a birth and an end are one
	contactAt  uint64 // offset of the last contact change; a birth and an end are one
	homes      *link  // the shared topics it is in: its directory and its groups
	watched    *link  // the private topics it is in: as many as there are watchers
	counted    uint64 // the last call of Space.Watched that counted it; guarded by the space's counting
}

// A link is one contact's place in one topic.
type link struct {
	contact    *entity
	topic      *topic
	prev, next *link // neighbours in the topic, by offset of the last change
	older      *link // neighbours in the contact's chain
	newer      *link
	joined     uint64 // offset at which the contact came into the topic
}

// at returns the offset of the last change of l's contact as seen by l's
// topic.
func (l *link) at() uint64 {
	return max(l.joined, l.contact.presenceAt, l.contact.contactAt)
}

// news returns what of l is new after from.
func (l *link) news(from uint64, reset bool) News {
	if reset || l.joined > from {
		return Joined | NewPresence | NewContact
	}
	var n News
	if l.contact.presenceAt > from {
		n |= NewPresence
	}
	if l.contact.contactAt > from {
		n |= NewContact
	}
	return n
}

// concerns reports whether n is news to one who looks at fields.
func (n News) concerns(fields Fields) bool {
	return n&NewPresence != 0 && fields&Presence != 0 || n&NewContact != 0 && fields&Contact != 0
}

// in reports whether e is in the shared topic of key.
func (e *entity) in(key topicKey) bool {
	for l := e.homes; l != nil; l = l.older {
		if l.topic.key == key {
			return true
		}
	}
	return false
}

// inside reports whether e is in t.
func (e *entity) inside(t *topic) bool {
	for l := *e.chain(t); l != nil; l = l.older {
		if l.topic == t {
			return true
		}
	}
	return false
}

// chain returns the head of the chain that holds e's links to topics like t.
func (e *entity) chain(t *topic) **link {
	if t.private() {
		return &e.watched
	}
	return &e.homes
}

// join puts e at the end of t.
func (e *entity) join(t *topic, joined uint64) {
	head := e.chain(t)
	l := &link{contact: e, topic: t, joined: joined, older: *head}
	if *head != nil {
		(*head).newer = l
	}
	*head = l
	t.members.push(l)
}

// leave takes l out of its topic and its contact.
func (l *link) leave() {
	l.topic.members.remove(l)
	if l.newer != nil {
		l.newer.older = l.older
	} else {
		*l.contact.chain(l.topic) = l.older
	}
	if l.older != nil {
		l.older.newer = l.newer
	}
	l.newer, l.older = nil, nil
}

// A list holds a topic's links, the least recently changed first.
type list struct {
	head, tail *link
	len        int
}

func (q *list) push(l *link) {
	l.prev, l.next = q.tail, nil
	if q.tail != nil {
		q.tail.next = l
	} else {
		q.head = l
	}
	q.tail = l
	q.len++
}

func (q *list) remove(l *link) {
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		q.head = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	} else {
		q.tail = l.prev
	}
	l.prev, l.next = nil, nil
	q.len--
}

// toEnd makes l the most recently changed.
func (q *list) toEnd(l *link) {
	if q.tail == l {
		return
	}
	q.remove(l)
	q.push(l)
}
