package presence

import (
	"container/heap"
	"slices"
	"sync"
	"time"
)

// A room holds one tenant's people.
type room struct {
	cfg    *Config // read-only
	tenant string

	mu      sync.Mutex // guards all below and everything of every person
	people  map[string]*person
	due     dueHeap   // people whose state changes by itself
	queue   []*person // whose states are to be told, each at most once
	telling bool      // somebody is telling them
}

func newRoom(cfg *Config, tenant string) *room {
	return &room{cfg: cfg, tenant: tenant, people: map[string]*person{}}
}

// A person is one contact as the sources see it. Guarded by the room's mutex.
type person struct {
	id    string
	said  []statement // one for each source
	calls []call      // those that live, the last to be heard of at the end
	ended []call      // those that ended lately, the last at the end

	sessions  []session  // what the person's own programs say
	preferred *statement // how the person wants to be seen; nil for no wish

	state  *State // what it comes to; nil if nothing is known
	told   *State // what the sink was told last
	queued bool

	due   time.Time // no later than when the state next changes by itself
	place int       // in the room's heap; -1 if not in it
}

// set takes in an update that was checked.
func (r *room) set(id string, u *Update, now time.Time) (Outcome, error) {
	p := r.people[id]
	if p == nil {
		p = &person{id: id, place: -1}
	}
	s := newStatement(u, now)
	i := slices.IndexFunc(p.said, func(o statement) bool { return o.source == s.source })
	switch {
	case i >= 0 && p.said[i].newerThan(&s) && p.said[i].grade(r.rule(s.source), now) > aged:
		return OldNews, nil
	case i >= 0:
		p.said[i] = s
	case len(p.said) < r.cfg.MaxSources:
		p.said = append(p.said, s)
	default:
		i = slices.IndexFunc(p.said, func(o statement) bool { return o.grade(r.rule(o.source), now) == aged })
		if i < 0 {
			return 0, ErrTooManySources
		}
		p.said[i] = s
	}
	r.people[id] = p
	if r.refresh(p, now) {
		return Changed, nil
	}
	return Unchanged, nil
}

// clear takes back what a source said.
func (r *room) clear(id string, source Source, now time.Time) bool {
	p := r.people[id]
	if p == nil {
		return false
	}
	p.said = slices.DeleteFunc(p.said, func(s statement) bool { return s.source == source })
	return r.refresh(p, now)
}

// forget drops a person.
func (r *room) forget(id string) {
	p := r.people[id]
	if p == nil {
		return
	}
	p.said, p.calls, p.ended, p.sessions, p.preferred = nil, nil, nil, nil, nil
	r.refresh(p, time.Time{})
}

// age brings up to date whoever is due.
func (r *room) age(now time.Time) {
	for len(r.due) > 0 && !r.due[0].due.After(now) {
		p := r.due[0]
		heap.Pop(&r.due)
		r.refresh(p, now)
	}
}

// refresh puts a person's state together anew, and reports whether it is
// another than before.
func (r *room) refresh(p *person, now time.Time) bool {
	p.endCalls(r.cfg.CallMaxAge, now)
	p.endSessions(now)
	before := p.state
	var next time.Time
	p.state, next = p.merge(r.rule, r.cfg.CallMaxAge, now)
	r.schedule(p, next)
	if p.state == nil && p.preferred == nil && len(p.ended) == 0 {
		delete(r.people, p.id)
	}
	if p.state.same(before) {
		return false
	}
	if !p.queued {
		p.queued = true
		r.queue = append(r.queue, p)
	}
	return true
}

// schedule sees to it that age looks at p no later than next; never if next is
// zero. A later time than before is not worth moving p for.
func (r *room) schedule(p *person, next time.Time) {
	switch {
	case next.IsZero():
		if p.place >= 0 {
			heap.Remove(&r.due, p.place)
		}
	case p.place < 0:
		p.due = next
		heap.Push(&r.due, p)
	case next.Before(p.due):
		p.due = next
		heap.Fix(&r.due, p.place)
	}
}

func (r *room) rule(s Source) Rule {
	if rule, ok := r.cfg.Rules[s]; ok {
		return rule
	}
	return r.cfg.OtherRule
}

// tell tells the sink what is queued, unless somebody is at it already, who
// then tells this too. One teller at a time keeps each contact's states in
// order without holding the lock.
func (r *room) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.telling {
		return
	}
	r.telling = true
	for len(r.queue) > 0 {
		batch := r.queue
		r.queue = nil
		for _, p := range batch {
			r.tellOne(p)
		}
	}
	r.telling = false
}

func (r *room) tellOne(p *person) {
	p.queued = false
	if p.told.same(p.state) {
		return // it changed and changed back
	}
	state := p.state
	p.told = state
	r.mu.Unlock()
	defer r.mu.Lock()
	r.cfg.Watch(r.tenant, p.id, state)
}

// states returns a copy of all states.
func (r *room) states() map[string]*State {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]*State, len(r.people))
	for id, p := range r.people {
		if p.state != nil { // nil for who only chose how to be seen
			out[id] = p.state
		}
	}
	return out
}

// A dueHeap has the person that is due first at its top. It implements
// heap.Interface.
type dueHeap []*person

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	p, _ := x.(*person)
	p.place = len(*h)
	*h = append(*h, p)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	p := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	p.place = -1
	return p
}

// earlier returns the earlier of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	switch {
	case a.IsZero():
		return b
	case b.IsZero():
		return a
	case a.Before(b):
		return a
	}
	return b
}
