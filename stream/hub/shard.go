package hub

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A room is the subscriptions that one shard serves of one topic: the unit
// that a change marks, however many are in it.
type room struct {
	topic *topic
	shard *shard
	subs  []*Subscription // guarded by the space's mutex

	pending Fields // what changed since the last flush; guarded by the shard's mutex
	taken   Fields // what this flush is about; owned by the shard's goroutine
}

// admit gives sub a place in the room of its client's shard. The caller holds
// the space's lock.
func (t *topic) admit(sub *Subscription) {
	i := slices.IndexFunc(t.rooms, func(r *room) bool { return r.shard == sub.client.shard })
	if i < 0 {
		i = len(t.rooms)
		t.rooms = append(t.rooms, &room{topic: t, shard: sub.client.shard})
	}
	r := t.rooms[i]
	sub.room, sub.index = r, len(r.subs)
	r.subs = append(r.subs, sub)
}

// dismiss takes sub out of its room. The caller holds the space's lock.
func (t *topic) dismiss(sub *Subscription) {
	r := sub.room
	last := len(r.subs) - 1
	r.subs[sub.index] = r.subs[last]
	r.subs[sub.index].index = sub.index
	r.subs[last] = nil
	r.subs = r.subs[:last]
	if last == 0 {
		t.rooms = slices.DeleteFunc(t.rooms, func(o *room) bool { return o == r })
	}
}

// A shard serves a share of the clients from one goroutine.
type shard struct {
	wake  chan struct{} // holds a token when due is not empty
	hurry chan struct{} // holds a token when urgent is not empty

	mu     sync.Mutex // guards due, urgent and the rooms' pending; taken after a space's lock
	due    []*room    // each at most once
	urgent []*room

	rooms   []*room         // scratch of flush, owned by run
	clients []*Client       // scratch of flush, owned by run
	told    []*Subscription // scratch of flush, owned by run
}

func newShard() *shard {
	return &shard{wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
}

// mark notes that those in r who look at fields have news.
func (s *shard) mark(r *room, fields Fields) {
	signal := s.wake
	s.mu.Lock()
	known := r.pending != 0
	r.pending |= fields
	switch {
	case known:
	case fields&calls != 0:
		s.urgent = append(s.urgent, r)
		signal = s.hurry
	default:
		s.due = append(s.due, r)
	}
	s.mu.Unlock()
	if known {
		return
	}
	select {
	case signal <- struct{}{}:
	default:
	}
}

// gatherPart is the part of the interval that a flush waits for what changes
// together with the first change: sources tell of many contacts in a row, and
// a frame with all of them costs as much as one with the first.
const gatherPart = 50

// run flushes soon after the first change after a pause, then at most once
// every interval: whatever changed in between goes out together. Calls do not
// wait.
func (s *shard) run(ctx context.Context, interval time.Duration) {
	pause, gather := time.NewTimer(0), time.NewTimer(0)
	defer pause.Stop()
	defer gather.Stop()
	for await(ctx, s, pause.C) && await(ctx, s, s.wake) {
		gather.Reset(interval / gatherPart)
		if !await(ctx, s, gather.C) {
			return
		}
		pause.Reset(interval - interval/gatherPart)
		s.flush(&s.due)
	}
}

// await returns true when c is ready and false when ctx ends. Meanwhile it
// flushes calls.
func await[T any](ctx context.Context, s *shard, c <-chan T) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-s.hurry:
			s.flush(&s.urgent)
		case <-c:
			return true
		}
	}
}

// flush tells the clients of the marked rooms, each once with all of its
// subscriptions that have news.
func (s *shard) flush(marked *[]*room) {
	s.mu.Lock()
	s.rooms, *marked = *marked, s.rooms[:0]
	for _, r := range s.rooms {
		r.taken, r.pending = r.pending, 0
	}
	s.mu.Unlock()
	for _, r := range s.rooms {
		s.gather(r)
	}
	for _, c := range s.clients {
		s.told = c.takeDue(s.told[:0])
		c.listener.Flush(s.told)
	}
	clear(s.rooms)
	clear(s.clients)
	clear(s.told[:cap(s.told)])
	s.clients = s.clients[:0]
}

// gather notes r's subscriptions with their clients.
func (s *shard) gather(r *room) {
	space := r.topic.space
	space.mu.RLock()
	defer space.mu.RUnlock()
	for _, sub := range r.subs {
		if r.taken&(sub.fields|calls) == 0 {
			continue
		}
		if sub.client.due == nil {
			s.clients = append(s.clients, sub.client)
		}
		sub.nextDue, sub.client.due = sub.client.due, sub
	}
}

// takeDue appends the client's subscriptions that have news to list. They are
// chained and not in a list of each client, which would be one place in memory
// more to fetch for each of a crowd.
func (c *Client) takeDue(list []*Subscription) []*Subscription {
	for sub := c.due; sub != nil; {
		next := sub.nextDue
		sub.nextDue = nil
		list = append(list, sub)
		sub = next
	}
	c.due = nil
	return list
}
