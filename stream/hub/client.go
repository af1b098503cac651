package hub

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"weak"
)

// ErrTooMany says that a subscription would hold more ids than allowed.
var ErrTooMany = errors.New("too many ids")

// A Listener hears that some of its subscriptions have news. Flush runs on a
// shard's goroutine, one call at a time, and must not block: it asks each
// subscription for Next until there is no more, now or later when it can. due
// is valid during the call only. A call may still come shortly after a subscription was closed.
type Listener interface {
	Flush(due []*Subscription)
}

// A Client is one listener in one space. It needs no end of its own: closing
// its subscriptions is enough.
type Client struct {
	space    *Space
	shard    *shard
	listener Listener
	due      *Subscription // the first of those that have news in this flush; owned by the shard's goroutine
}

// Attach makes l a client of the space.
func (s *Space) Attach(l Listener) *Client {
	n := s.hub.next.Add(1)
	return &Client{space: s, shard: s.hub.shards[int(n)%len(s.hub.shards)], listener: l}
}

// A Subscription is one client's view of one topic: the topic, and how far the
// client has come in it. Next has one caller at a time; the other methods are
// safe for concurrent use.
type Subscription struct {
	client  *Client
	topic   *topic
	tag     any
	nextDue *Subscription // of the same client in this flush; owned by the shard's goroutine
	fields  Fields
	closed  atomic.Bool

	room  *room // guarded by the space's mutex, as is index
	index int

	at    uint64 // how far Next has come; owned by its caller, as are the two below
	reset bool   // the next answer is the whole state
	fresh bool   // nothing was answered yet
}

// Subscribe begins a view. after is the position the client has reached, the
// zero Position if it has none; as in Space.Since, one that cannot be answered
// means that the first delta is a Reset. The first Next always answers, even
// if with an empty delta, which tells the client that its view is complete;
// a view of Sync is not told when there is nothing to tell.
func (c *Client) Subscribe(topic Topic, fields Fields, after Position) *Subscription {
	return c.SubscribeTagged(topic, fields, after, nil)
}

// SubscribeTagged is Subscribe for a listener that knows the subscription by
// its tag. Flush may hear of it before SubscribeTagged has returned.
func (c *Client) SubscribeTagged(topic Topic, fields Fields, after Position, tag any) *Subscription {
	s := c.space
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := &Subscription{client: c, tag: tag, fields: fields & Both, at: after.Offset, fresh: true}
	if topic.Kind == Contacts {
		sub.topic = s.watch(topic.IDs)
	} else {
		sub.topic = s.topic(topicKey{topic.Kind, topic.ID})
	}
	sub.reset = !s.knows(after) || !sub.topic.reaches(after.Offset)
	sub.topic.admit(sub)
	return sub
}

// watch makes a private topic of ids.
func (s *Space) watch(ids []string) *topic {
	t := s.newTopic(topicKey{kind: Contacts})
	t.floor = 0
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	watched := make([]*entity, 0, len(unique))
	for _, id := range unique {
		watched = append(watched, s.entity(id))
	}
	slices.SortFunc(watched, func(a, b *entity) int { return compareAge(a, b, s.offset) })
	for _, e := range watched {
		e.join(t, e.joinedBefore(s.offset))
	}
	s.lists[t] = struct{}{}
	return t
}

// joinedBefore returns the offset at which e counts as having come into a view
// that begins now: long ago if it exists. Whether an id that does not exist
// ever did is not remembered; it counts as news, so that a client that comes
// back learns that it is gone.
func (e *entity) joinedBefore(now uint64) uint64 {
	if e.exists {
		return 0
	}
	return now
}

func compareAge(a, b *entity, now uint64) int {
	la := link{contact: a, joined: a.joinedBefore(now)}
	lb := link{contact: b, joined: b.joinedBefore(now)}
	return cmp.Compare(la.at(), lb.at())
}

// Tag returns the tag with which the subscription was made.
func (s *Subscription) Tag() any { return s.tag }

// Next returns what is new since the last call, or nil. A whole state may be a
// little old and what followed it was not announced, so call Next until it
// returns nil. It does not wait, and
// takes no lock when another subscription asked the same before.
func (s *Subscription) Next() *Delta {
	if s.closed.Load() {
		return nil
	}
	var d *Delta
	switch {
	case s.reset:
		d = s.topic.snapshot(s.fields)
	case s.fresh || s.topic.rev.Load() > s.at:
		d = s.topic.news(s.at, s.fields)
	default:
		return nil
	}
	first := s.fresh
	s.at, s.reset, s.fresh = d.To.Offset, false, false
	if d.Empty() && (!first || s.topic.key.kind == Sync) {
		return nil
	}
	return d
}

// Update adds ids to a view of Contacts and takes others out. What was added
// is news; what was taken out is not told, for its client drops it by itself.
// It returns ErrTooMany, and changes nothing, if the view would then have more
// than limit ids, and does nothing to views of other kinds.
func (s *Subscription) Update(add, remove []string, limit int) error {
	t, space := s.topic, s.client.space
	if !t.private() {
		return nil
	}
	space.mu.Lock()
	defer space.mu.Unlock()
	have := t.links(len(add))
	var out []*link
	for _, id := range remove {
		if l := have[id]; l != nil {
			out = append(out, l)
			delete(have, id)
		}
	}
	var in []string
	for _, id := range add {
		if _, ok := have[id]; !ok {
			have[id] = nil
			in = append(in, id)
		}
	}
	if len(have) > limit {
		return ErrTooMany
	}
	s.shift(in, out, false)
	return nil
}

// Follow makes a view of Contacts one of exactly these ids. Those that come in
// are news, and those that go out are told as removed. It does nothing to
// views of other kinds.
func (s *Subscription) Follow(ids []string) {
	t, space := s.topic, s.client.space
	if !t.private() {
		return
	}
	space.mu.Lock()
	defer space.mu.Unlock()
	have := t.links(0)
	var in []string
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if _, ok := have[id]; !ok {
			in = append(in, id)
		}
		delete(have, id)
	}
	s.shift(in, slices.Collect(maps.Values(have)), true)
}

// links returns the links of a topic by id, in a map with room for more.
func (t *topic) links(more int) map[string]*link {
	have := make(map[string]*link, t.members.len+more)
	for l := t.members.head; l != nil; l = l.next {
		have[l.contact.id] = l
	}
	return have
}

// shift lets ids into a private topic, each of which it has not, and takes others out, whose departure is
// remembered if it is to be told. The caller holds the space's lock.
func (s *Subscription) shift(in []string, out []*link, tell bool) {
	t, space := s.topic, s.client.space
	if s.closed.Load() || len(in)+len(out) == 0 {
		return
	}
	space.offset++
	for _, l := range out {
		l.leave()
		if tell {
			t.depart(l.contact.id)
		}
		space.release(l.contact)
	}
	for _, id := range in {
		space.entity(id).join(t, space.offset)
	}
	t.touch(Both)
}

// Len returns how many contacts the view has, among them ids that do not
// exist.
func (s *Subscription) Len() int {
	s.client.space.mu.RLock()
	defer s.client.space.mu.RUnlock()
	return s.topic.members.len
}

// Close ends the view. Closing twice is harmless.
func (s *Subscription) Close() {
	space, t := s.client.space, s.topic
	space.mu.Lock()
	defer space.mu.Unlock()
	if s.closed.Swap(true) {
		return
	}
	t.dismiss(s)
	if !t.private() {
		space.tidy(t)
		return
	}
	delete(space.lists, t)
	for l := t.members.head; l != nil; l = t.members.head {
		l.leave()
		space.release(l.contact)
	}
}

// maxRecent is how many answers a topic keeps for others to share. Those who
// are up to date all ask from the same offset; a few stragglers may not.
const maxRecent = 4

// news returns what is new after from, made once for all who ask the same. Who
// has been slow for so long that departures were forgotten gets everything.
func (t *topic) news(from uint64, fields Fields) *Delta {
	if t.private() {
		t.space.mu.RLock()
		defer t.space.mu.RUnlock()
		return t.since(from, !t.reaches(from), fields)
	}
	if d := t.shared(from, fields); d != nil {
		return d
	}
	t.space.mu.RLock()
	d := t.since(from, !t.reaches(from), fields)
	t.space.mu.RUnlock()
	recent := []*Delta{d}
	if old := t.recent.Load(); old != nil {
		recent = append(recent, (*old)[:min(len(*old), maxRecent-1)]...)
	}
	t.recent.Store(&recent)
	return d
}

// shared returns an answer that was made before and still holds.
func (t *topic) shared(from uint64, fields Fields) *Delta {
	recent := t.recent.Load()
	if recent == nil {
		return nil
	}
	rev := t.rev.Load()
	for _, d := range *recent {
		if d.from == from && d.fields == fields && d.To.Offset == rev {
			return d
		}
	}
	return nil
}

// snapshot returns a whole state. It may be a little older than the present
// one, for what changed meanwhile is news: so that a herd that comes back
// after a restart shares one.
func (t *topic) snapshot(fields Fields) *Delta {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	if t.private() || t.key.kind == Agent || t.key.kind == Sync {
		return t.since(0, true, fields)
	}
	if d := t.whole[fields].Value(); d != nil && d.To.Offset >= t.floor {
		if newer := t.changes - d.changes; newer <= 64+uint64(len(d.Entries))/4 {
			return d
		}
	}
	d := t.since(0, true, fields)
	t.whole[fields] = weak.Make(d)
	return d
}
