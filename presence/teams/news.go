package teams

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

const (
	gatherTime = 100 * time.Millisecond // for ids to ask for ahead of their turn to come together
	maxUrgent  = 4 * MaxIDs             // ids that wait so; the others wait for their turn
)

// A sight is what a line saw last, so that what Graph says by itself finds
// those it is about without a look at everybody who is watched. Its methods are
// safe for concurrent use.
type sight struct {
	mu    sync.Mutex          // guards all below; held for map work only
	ids   []string            // who is watched, sorted; never changed
	of    map[string][]target // whom each id stands for; the map itself never changes
	known map[string]Presence // what Graph last answered about each, or said by itself

	// heard is when Graph last told of somebody by itself. untold is when the poll
	// saw a change of which it had not told, and has not since.
	heard, untold map[string]time.Time
}

// look takes over who is watched.
func (s *sight) look(ids []string, of map[string][]target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids, s.of = ids, of
	maps.DeleteFunc(s.known, func(id string, _ Presence) bool { return of[id] == nil })
	for _, moments := range []map[string]time.Time{s.heard, s.untold} {
		maps.DeleteFunc(moments, func(id string, _ time.Time) bool { return of[id] == nil })
	}
}

// note keeps what Graph answered.
func (s *sight) note(answer []Presence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known, s.heard, s.untold = map[string]Presence{}, map[string]time.Time{}, map[string]time.Time{}
	}
	now := time.Now()
	for i := range answer {
		id, ok := NormalID(answer[i].ID)
		if !ok || s.of[id] == nil {
			continue
		}
		// Both ways do not always use the same words: what the poll says right
		// after Graph told is no news.
		old, seen := s.known[id]
		if _, waits := s.untold[id]; seen && !waits && now.Sub(s.heard[id]) >= silentAfter && !old.sameWords(&answer[i]) {
			s.untold[id] = now
		}
		s.known[id] = answer[i]
	}
}

// told notes that Graph told of somebody by itself, and what it said if it did.
func (s *sight) told(id string, said *Presence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.untold, id)
	if s.of[id] != nil && s.heard != nil {
		s.heard[id] = time.Now()
	}
	if known, ok := s.known[id]; ok && said != nil {
		known.Availability, known.Activity = said.Availability, said.Activity
		s.known[id] = known
	}
}

// missed returns how many of ids changed between two moments without Graph
// having told of it by itself. What was before is forgotten.
func (s *sight) missed(ids map[string]bool, from, to time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for id, at := range s.untold {
		switch {
		case !ids[id]:
		case !at.After(from):
			delete(s.untold, id)
		case at.Before(to):
			n++
		}
	}
	return n
}

// recall returns whom an id stands for, nil if nobody watches it, and what Graph
// last answered about it.
func (s *sight) recall(id string) ([]target, Presence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[id], s.known[id]
}

// watched returns the ids that are watched, sorted, and whom each stands for.
// Nobody changes either.
func (s *sight) watched() ([]string, map[string][]target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids, s.of
}

// urgent are the ids that are asked for ahead of their turn. Its methods are
// safe for concurrent use.
type urgent struct {
	mu  sync.Mutex // guards ids; held for map work only
	ids map[string]bool
}

func (u *urgent) add(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids == nil {
		u.ids = map[string]bool{}
	}
	if len(u.ids) < maxUrgent {
		u.ids[id] = true
	}
}

// take returns up to MaxIDs ids and forgets them.
func (u *urgent) take() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var list []string
	for id := range u.ids {
		if len(list) == MaxIDs {
			break
		}
		list = append(list, id)
		delete(u.ids, id)
	}
	return list
}

// line returns the line of a Microsoft tenant, nil if there is none.
func (p *Poller) line(microsoftTenant string) *line {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.lines[microsoftTenant]
}

// news takes in what Graph said of somebody by itself, and tells whether anybody
// watches the person. What it does not speak of stays as it was last answered:
// notifications have no status message.
func (p *Poller) news(microsoftTenant, id string, said Presence) bool {
	l := p.line(microsoftTenant)
	if l == nil {
		return false
	}
	targets, known := l.sight.recall(id)
	if targets == nil {
		return false
	}
	l.sight.told(id, &said)
	if said.StatusMessage == nil {
		said.StatusMessage = known.StatusMessage
	}
	if said.OutOfOffice == nil {
		said.OutOfOffice = known.OutOfOffice
	}
	if said.WorkLocation == nil {
		said.WorkLocation = known.WorkLocation
	}
	p.apply(microsoftTenant, []string{id}, map[string][]target{id: targets}, []Presence{said}, time.Now())
	return true
}

// hurry has somebody asked for ahead of the next round, within the same budget.
func (p *Poller) hurry(microsoftTenant, id string) {
	l := p.line(microsoftTenant)
	if l == nil {
		return
	}
	l.sight.told(id, nil)
	l.urgent.add(id)
	select {
	case l.hurried <- struct{}{}:
	default:
	}
}

// runUrgent asks for those who are urgent until ctx ends. While something is
// wrong it leaves them to the rounds, which know when to ask again.
func (l *line) runUrgent(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.hurried:
		}
		if pause(ctx, gatherTime) != nil {
			return
		}
		for ids := l.urgent.take(); len(ids) > 0; ids = l.urgent.take() {
			if l.status.Load().State == Healthy && !time.Now().Before(l.heldUntil()) {
				l.askUrgent(ctx, ids)
			}
		}
	}
}

// askUrgent asks for those of ids that are watched.
func (l *line) askUrgent(ctx context.Context, ids []string) {
	of, watched := map[string][]target{}, ids[:0]
	for _, id := range ids {
		if targets, _ := l.sight.recall(id); targets != nil {
			of[id], watched = targets, append(watched, id)
		}
	}
	if len(watched) == 0 {
		return
	}
	err := l.update(ctx, watched, of)
	if f, ok := errors.AsType[*Fault](err); ok && f.RetryAfter > 0 {
		l.holdOff(time.Now().Add(f.RetryAfter)) // the next round finds out what is wrong
	}
}
