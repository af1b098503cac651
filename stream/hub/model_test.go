package hub

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A world is the truth that views must come to agree with, and the hub that is
// told of every change of it.
type world struct {
	rnd      *rand.Rand
	hub      *Hub
	space    *Space
	contacts map[string]*person
	version  int
}

type person struct {
	directory string
	groups    []string
	presence  string // empty: none
	version   int
}

func (w *world) restart(epoch string) {
	w.hub = New(Config{Epoch: epoch, Shards: 2, MaxRemovals: 6})
	w.space = w.hub.Space("t1")
	for id, p := range w.contacts {
		w.space.PutContact(id, p.directory, p.groups)
		if p.presence != "" {
			w.space.SetPresence(id, []byte(p.presence))
		}
	}
}

// step makes one random change.
func (w *world) step() {
	id := "c" + strconv.Itoa(w.rnd.IntN(24))
	p := w.contacts[id]
	switch n := w.rnd.IntN(20); {
	case n < 7:
		if p == nil {
			p = &person{}
			w.contacts[id] = p
		}
		w.version++
		p.version = w.version
		p.directory = "d" + strconv.Itoa(w.rnd.IntN(2))
		p.groups = nil
		for g := range 3 {
			if w.rnd.IntN(2) == 0 {
				p.groups = append(p.groups, "g"+strconv.Itoa(g))
			}
		}
		w.space.PutContact(id, p.directory, p.groups)
	case n < 10:
		delete(w.contacts, id)
		w.space.DeleteContact(id)
	case p == nil:
	case n < 12:
		p.presence = ""
		w.space.RemovePresence(id)
	default:
		w.version++
		p.presence = strconv.Itoa(w.version)
		w.space.SetPresence(id, []byte(p.presence))
	}
}

// want returns what a view of topic should show.
func (w *world) want(topic Topic, fields Fields) map[string]string {
	want := map[string]string{}
	for id, p := range w.contacts {
		in := topic.Kind == Contacts && slices.Contains(topic.IDs, id) ||
			topic.Kind == Directory && topic.ID == p.directory ||
			topic.Kind == Group && slices.Contains(p.groups, topic.ID)
		if in {
			want[id] = w.show(p, fields)
		}
	}
	return want
}

func (w *world) show(p *person, fields Fields) string {
	out := ""
	if fields&Presence != 0 {
		out = "presence " + p.presence
	}
	if fields&Contact != 0 {
		out += " version " + strconv.Itoa(p.version)
	}
	return out
}

// A watcher is a client that sometimes reads, sometimes loses what it read and
// comes back with the position of what it has applied.
type watcher struct {
	topic    Topic
	fields   Fields
	live     bool // its ids are set for it, and it is told who leaves
	sub      *Subscription
	view     map[string]string
	position Position
}

func (c *watcher) Flush([]*Subscription) {}

func (c *watcher) connect(w *world) {
	if c.sub != nil {
		c.sub.Close()
	}
	if c.live { // another set of contacts than last time, perhaps
		c.position = Position{}
	}
	c.sub = w.space.Attach(c).Subscribe(c.topic, c.fields, c.position)
}

// apply takes a delta in. Contacts are rendered at that moment, as an edge
// does.
func (c *watcher) apply(t *testing.T, w *world, d *Delta) {
	t.Helper()
	if d.Reset {
		clear(c.view)
	}
	seen := map[string]bool{}
	for _, e := range d.Entries {
		if seen[e.ID] {
			t.Fatalf("%s twice in one delta", e.ID)
		}
		seen[e.ID] = true
		p := w.contacts[e.ID]
		current := p != nil && string(e.Presence) == p.presence
		if !current && !d.Reset { // a whole state may be a little old
			t.Fatalf("delta shows %s with presence %q, truth is %+v", e.ID, e.Presence, p)
		}
		if p != nil {
			c.view[e.ID] = w.show(&person{presence: string(e.Presence), version: p.version}, c.fields)
		}
	}
	for _, id := range d.Removed {
		if seen[id] {
			t.Fatalf("%s in entries and in removed", id)
		}
		delete(c.view, id)
	}
	c.position = d.To
}

func (c *watcher) drain(t *testing.T, w *world) {
	t.Helper()
	for d := c.sub.Next(); d != nil; d = c.sub.Next() {
		c.apply(t, w, d)
	}
}

func watchers(rnd *rand.Rand) []*watcher {
	var all []*watcher
	for _, fields := range []Fields{Presence, Contact, Both} {
		ids := []string{}
		for range 8 {
			ids = append(ids, "c"+strconv.Itoa(rnd.IntN(24)))
		}
		for _, topic := range []Topic{
			{Kind: Directory, ID: "d0"},
			{Kind: Directory, ID: "d1"},
			{Kind: Group, ID: "g1"},
			{Kind: Group, ID: "g1"},
			{Kind: Contacts, IDs: ids},
		} {
			all = append(all, &watcher{topic: topic, fields: fields, view: map[string]string{}})
		}
		all = append(all, &watcher{topic: Topic{Kind: Contacts, IDs: slices.Clone(ids)}, fields: fields, live: true, view: map[string]string{}})
	}
	return all
}

func TestEveryViewConvergesOnTheTruth(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &world{rnd: rand.New(rand.NewPCG(seed, 1)), contacts: map[string]*person{}}
			w.restart("e0")
			all := watchers(w.rnd)
			for _, c := range all {
				c.connect(w)
			}
			for i := range 600 {
				w.step()
				if w.rnd.IntN(250) == 0 {
					w.restart(fmt.Sprintf("e%d", i+1))
					for _, c := range all {
						c.sub = nil
						c.connect(w)
					}
				}
				c := all[w.rnd.IntN(len(all))]
				switch w.rnd.IntN(10) {
				case 0: // what it reads is lost with the connection
					c.sub.Next()
					c.connect(w)
				case 1: // it polls
					if c.live {
						break
					}
					c.apply(t, w, w.space.Since(c.topic, c.fields, c.position))
					c.connect(w)
				case 2:
					w.scroll(c)
				case 3, 4, 5:
					c.drain(t, w)
				}
			}
			for _, c := range all {
				c.drain(t, w)
				if diff := cmp.Diff(w.want(c.topic, c.fields), c.view); diff != "" {
					t.Errorf("topic %+v fields %d (-want +got):\n%s", c.topic, c.fields, diff)
				}
			}
			w.checkEmpty(t, all)
		})
	}
}

// scroll changes the ids of a view of contacts. What it does not watch any
// more, the client drops by itself.
func (w *world) scroll(c *watcher) {
	if c.topic.Kind != Contacts {
		return
	}
	if c.live {
		c.topic.IDs = nil
		for range w.rnd.IntN(9) {
			c.topic.IDs = append(c.topic.IDs, "c"+strconv.Itoa(w.rnd.IntN(24)))
		}
		c.sub.Follow(c.topic.IDs)
		return
	}
	in, out := "c"+strconv.Itoa(w.rnd.IntN(24)), c.topic.IDs[w.rnd.IntN(len(c.topic.IDs))]
	if in == out || c.sub.Update([]string{in}, []string{out}, 100) != nil {
		return
	}
	c.topic.IDs = slices.DeleteFunc(slices.Clone(c.topic.IDs), func(id string) bool { return id == out })
	c.topic.IDs = append(c.topic.IDs, in)
	delete(c.view, out)
	// A client that comes back before it has read the news of what it added
	// must not ask for less than everything.
	c.position = Position{}
}

// checkEmpty removes everything and checks that nothing is left behind.
func (w *world) checkEmpty(t *testing.T, all []*watcher) {
	t.Helper()
	for _, c := range all {
		c.sub.Close()
	}
	for _, id := range slices.Collect(maps.Keys(w.contacts)) {
		w.space.DeleteContact(id)
	}
	if n := len(w.space.contacts); n != 0 {
		t.Errorf("%d contacts left behind", n)
	}
	for key, topic := range w.space.topics {
		if len(topic.gone) == 0 {
			t.Errorf("topic %v left behind", key)
		}
	}
	if n := len(w.space.departures); n > 6 {
		t.Errorf("%d departures remembered, limit 6", n)
	}
}
