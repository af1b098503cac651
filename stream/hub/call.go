package hub

import (
	"slices"
	"time"
)

// A callLog holds the events of one agent's calls, oldest first. Guarded by
// the space's mutex.
type callLog struct {
	events []callEvent
}

type callEvent struct {
	Call
	when  time.Time
	final bool
	past  bool // a later event of the same call exists
}

// Call says what became of a call of an agent, and tells it at once. fragment
// is a JSON object; the space keeps it and shares it with watchers, so the
// caller must not change it. final says that the call is over. A call is
// remembered while it lives and for a while after, so that an agent who comes
// back still sees what is ringing.
func (s *Space) Call(agentID, callID string, fragment []byte, final bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset++
	t := s.topic(topicKey{Agent, agentID})
	for i := range t.calls.events {
		if e := &t.calls.events[i]; e.ID == callID {
			e.past = true
		}
	}
	t.calls.events = append(t.calls.events, callEvent{
		Call:  Call{ID: callID, Fragment: fragment, Offset: s.offset},
		when:  now,
		final: final,
	})
	s.ringing[t] = struct{}{}
	s.forgetCallsOf(t, now)
	t.touch(calls)
}

// forgetCalls drops the events of the space whose time has passed.
func (s *Space) forgetCalls(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.ringing {
		s.forgetCallsOf(t, now)
	}
}

// forgetCallsOf drops the events of one agent whose time has passed, and the
// least useful ones when there are too many. Who was told of a forgotten call
// and comes back must start afresh, hence the floor.
func (s *Space) forgetCallsOf(t *topic, now time.Time) {
	cfg := s.hub.cfg
	log := t.calls
	log.events = slices.DeleteFunc(log.events, func(e callEvent) bool {
		keep := cfg.CallMaxAge
		if e.final || e.past {
			keep = cfg.CallKeep
		}
		return now.Sub(e.when) > keep && t.forget(e)
	})
	for len(log.events) > cfg.MaxCallsPerAgent {
		i := log.leastUseful()
		t.forget(log.events[i])
		log.events = slices.Delete(log.events, i, i+1)
	}
	if len(log.events) == 0 {
		delete(s.ringing, t)
		s.tidy(t)
	}
}

// forget raises the floor for the loss of e, and returns true.
func (t *topic) forget(e callEvent) bool {
	if !e.past { // the newest event of its call: nothing else tells of it
		t.floor = max(t.floor, e.Offset)
	}
	return true
}

// leastUseful returns the oldest event that another outdates, else that of the
// oldest ended call, else the oldest.
func (c *callLog) leastUseful() int {
	if i := slices.IndexFunc(c.events, func(e callEvent) bool { return e.past }); i >= 0 {
		return i
	}
	return max(0, slices.IndexFunc(c.events, func(e callEvent) bool { return e.final }))
}

// since returns the events after from; with reset, the newest event of each
// call that lives.
func (c *callLog) since(from uint64, reset bool) []Call {
	var out []Call
	for _, e := range c.events {
		if reset && (e.past || e.final) || !reset && e.Offset <= from {
			continue
		}
		out = append(out, e.Call)
	}
	return out
}
