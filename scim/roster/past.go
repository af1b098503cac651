package roster

import (
	"context"
	"slices"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// recentMax is how many changes the roster can take back.
const recentMax = 8192

// A change is an id that came or went.
type change struct {
	at    stream.Seq
	list  name
	id    id
	added bool
}

// recent is a ring of the newest changes.
type recent struct {
	changes []change
	next    int        // where the next one goes once the ring is full
	reach   stream.Seq // nothing at or before it can be taken back
}

func (r *recent) add(c change) {
	if len(r.changes) < recentMax {
		r.changes = append(r.changes, c)
		return
	}
	r.reach = r.changes[r.next].at
	r.changes[r.next] = c
	r.next = (r.next + 1) % recentMax
}

// since yields the changes behind a place, the newest first.
func (r *recent) since(at stream.Seq, yield func(change)) {
	for i := range r.changes {
		c := r.changes[(r.next+2*len(r.changes)-1-i)%len(r.changes)]
		if c.at <= at {
			return
		}
		yield(c)
	}
}

// A Moment is the list of one directory's users or groups as a view of the log
// shows it.
type Moment struct {
	r    *Roster
	name name
	at   stream.Seq
}

// At returns the users or groups (contact.KindUser, contact.KindGroup) of a
// directory as of a transaction that is not in the future of the log, once the
// roster has seen it.
func (r *Roster) At(ctx context.Context, tenant, dir string, kind contact.Kind, at stream.Seq) (Moment, error) {
	if err := r.applied.Wait(ctx, at); err != nil {
		return Moment{}, err
	}
	return Moment{r, name{tenant, dir, kind}, at}, nil
}

// First returns the id at place skip (0 is the oldest), or "" if there are not
// so many, and the number of all. It returns false if too much has changed
// since; the caller takes a newer view.
func (m Moment) First(skip int) (first contact.ID, total int, ok bool) {
	m.r.mu.RLock()
	defer m.r.mu.RUnlock()
	p, ok := m.past()
	if !ok {
		return "", 0, false
	}
	if v, found := p.at(skip); found {
		first = v.text()
	}
	return first, p.total(), true
}

// Through returns how many ids are not greater than the given one, whether or
// not it is there, and the number of all. ok is as in First.
func (m Moment) Through(last contact.ID) (through, total int, ok bool) {
	v, valid := parseID(last)
	m.r.mu.RLock()
	defer m.r.mu.RUnlock()
	p, ok := m.past()
	if !ok || !valid {
		return 0, 0, false
	}
	return p.through(v), p.total(), true
}

// Among returns those of the given ids that are there, ascending, each once.
// ids is the callee's to reorder. ok is as in First.
func (m Moment) Among(ids []contact.ID) (there []contact.ID, ok bool) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	m.r.mu.RLock()
	defer m.r.mu.RUnlock()
	p, ok := m.past()
	if !ok {
		return nil, false
	}
	return slices.DeleteFunc(ids, func(text contact.ID) bool {
		v, valid := parseID(text)
		return !valid || v.text() != text || !p.has(v)
	}), true
}

// A past is a list with what changed since taken back.
type past struct {
	now         *list
	added, gone []id // since, ascending: what is in now and was not, and the other way round
}

// past returns the list as it was at the moment. The caller holds the roster's
// mu as long as it uses it.
func (m Moment) past() (past, bool) {
	p := past{now: m.r.lists[m.name]}
	if p.now == nil {
		p.now = &list{}
	}
	if m.at < m.r.recent.reach {
		return past{}, false
	}
	var was map[id]bool // whether what changed since was there
	m.r.recent.since(m.at, func(c change) {
		if c.list != m.name {
			return
		}
		if was == nil {
			was = map[id]bool{}
		}
		was[c.id] = !c.added // the oldest change decides
	})
	for v, there := range was {
		switch _, is := p.now.rank(v); {
		case is && !there:
			p.added = append(p.added, v)
		case !is && there:
			p.gone = append(p.gone, v)
		}
	}
	slices.SortFunc(p.added, compare)
	slices.SortFunc(p.gone, compare)
	return p, true
}

func (p past) total() int { return p.now.count - len(p.added) + len(p.gone) }

// upTo returns how many of ids are not greater than v.
func upTo(ids []id, v id) int {
	at, found := slices.BinarySearchFunc(ids, v, compare)
	if found {
		at++
	}
	return at
}

func (p past) through(v id) int {
	n, found := p.now.rank(v)
	if found {
		n++
	}
	return n - upTo(p.added, v) + upTo(p.gone, v)
}

func (p past) has(v id) bool {
	if _, ok := slices.BinarySearchFunc(p.gone, v, compare); ok {
		return true
	}
	if _, ok := slices.BinarySearchFunc(p.added, v, compare); ok {
		return false
	}
	_, ok := p.now.rank(v)
	return ok
}

// at returns the id at a place. What is at that place now is off by no more
// than what changed since, so a window of that width around it decides.
func (p past) at(place int) (id, bool) {
	if place < 0 || place >= p.total() {
		return id{}, false
	}
	from := max(0, place-len(p.gone))
	window := p.now.slice(from, len(p.added)+2*len(p.gone)+2)
	before, gone := 0, p.gone // how many were before the window, and who went from it or behind it
	if from > 0 {
		edge := p.now.slice(from-1, 1)[0]
		before, gone = p.through(edge), p.gone[upTo(p.gone, edge):]
	}
	window = slices.DeleteFunc(window, func(v id) bool { return upTo(p.added, v) > 0 && p.added[upTo(p.added, v)-1] == v })
	window = append(window, gone...)
	slices.SortFunc(window, compare)
	return window[place-before], true
}
