package presence

import (
	"slices"
	"time"
)

const (
	// maxCalls bounds the calls that one person can be in, and those that are
	// remembered to have ended.
	maxCalls = 16
	// endedKeep is for how long a call that ended stays so against older news.
	endedKeep = 10 * time.Minute
)

// A call is one call of a person.
type call struct {
	id    string
	at    time.Time // when the source said so; zero if it does not say
	heard time.Time // when it arrived here: what age is counted from
}

// Call says whether a call of a contact lives, be it ringing or connected.
// While any of its calls lives, a contact is busy in a call. It returns
// ErrUnknownContact.
func (t *Tracker) Call(tenant, id, callID string, live bool) error {
	return t.CallAt(tenant, id, callID, live, time.Time{})
}

// CallAt is Call for a source that says when it was so, and whose news may come
// in another order: what is older than what was heard of the call is dropped.
func (t *Tracker) CallAt(tenant, id, callID string, live bool, at time.Time) error {
	if !t.cfg.People.Exists(tenant, id) {
		return ErrUnknownContact
	}
	r, now := t.room(tenant), time.Now()
	if at.After(now) { // a clock that is ahead must not make the call's end look old
		at = now
	}
	r.mu.Lock()
	r.call(id, call{id: callID, at: at, heard: now}, live)
	r.mu.Unlock()
	gone := t.vanished(r, id)
	r.tell()
	if gone {
		return ErrUnknownContact
	}
	return nil
}

// call notes that a call lives or has ended.
func (r *room) call(id string, c call, live bool) {
	p := r.people[id]
	if p == nil {
		p = &person{id: id, place: -1}
	}
	if olderThanAny(c, p.calls) || olderThanAny(c, p.ended) {
		return
	}
	same := func(o call) bool { return o.id == c.id }
	p.calls, p.ended = slices.DeleteFunc(p.calls, same), slices.DeleteFunc(p.ended, same)
	switch {
	case live:
		p.calls = append(p.calls, c)
		p.calls = p.calls[max(0, len(p.calls)-maxCalls):]
	case !c.at.IsZero(): // who says no times sends things in order
		p.ended = append(p.ended, c)
		p.ended = p.ended[max(0, len(p.ended)-maxCalls):]
	}
	r.people[id] = p
	r.refresh(p, c.heard)
}

// olderThanAny reports whether something newer is known of the same call.
func olderThanAny(c call, known []call) bool {
	return slices.ContainsFunc(known, func(o call) bool { return o.id == c.id && !c.at.IsZero() && o.at.After(c.at) })
}

// endCalls forgets the calls of which nobody spoke for too long.
func (p *person) endCalls(maxAge time.Duration, now time.Time) {
	p.calls = slices.DeleteFunc(p.calls, func(c call) bool { return now.Sub(c.heard) >= maxAge })
	p.ended = slices.DeleteFunc(p.ended, func(c call) bool { return now.Sub(c.heard) >= endedKeep })
}

// inCall returns the statement that a person's live calls make.
func (p *person) inCall(now time.Time) statement {
	return statement{
		source:       SourceCall,
		availability: Busy,
		activity:     InACall,
		asOf:         p.calls[len(p.calls)-1].heard.UTC().Truncate(time.Millisecond),
		heard:        now,
	}
}
