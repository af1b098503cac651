package wsock

import (
	"fmt"
	mrand "math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestViewsComeAndGoWhileThingsChange lets clients begin, change and end views
// at random while contacts, presences, calls and syncs change. A view that was
// ended must not speak again, and those that are left end on the truth.
func TestViewsComeAndGoWhileThingsChange(t *testing.T) {
	r := newRig(t, func(cfg *Config) {
		cfg.PageEntries, cfg.CommandsPerSecond, cfg.CommandBurst, cfg.SearchEvery = 3, 100_000, 100_000, 5*time.Millisecond
	})
	for i := range 20 {
		r.put(fmt.Sprint("c", i), `{}`, fmt.Sprint("d", i%2), "g")
	}
	stop, changing := make(chan struct{}), sync.WaitGroup{}
	changing.Go(func() {
		rnd := mrand.New(mrand.NewPCG(1, 1))
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			switch id := fmt.Sprint("c", rnd.IntN(20)); rnd.IntN(20) {
			case 0:
				r.put(id, `{}`, fmt.Sprint("d", rnd.IntN(2)), "g")
			case 1:
				r.hub.Space("t1").Call("a1", fmt.Sprint("k", n%5), []byte(`{"callId":"k"}`), n%3 == 0)
			case 2:
				r.sync("t1", "d1", []string{"ok", "degraded", "off"}[rnd.IntN(3)])
			default:
				r.presence(id, fmt.Sprint(n))
			}
		}
	})
	churners, churning := make([]*churner, 4), sync.WaitGroup{}
	for i := range churners {
		c := &churner{t: t, p: r.open(t), rnd: mrand.New(mrand.NewPCG(uint64(i), 2)), views: map[string]map[string]string{}}
		churners[i] = c
		churning.Go(func() { c.churn(150) })
	}
	churning.Wait()
	close(stop)
	changing.Wait()
	r.presence("c0", `"last"`)
	want := map[string]string{}
	for _, e := range r.changes(t, "group=g", 200).Data {
		want[e.ID] = fmt.Sprint(e.Presence)
	}
	for _, c := range churners {
		c.command(`{"type":"subscribe","id":%d,"sub":"final","topic":{"kind":"group","groupId":"g"}}`)
		c.views["final"] = map[string]string{}
		for !cmp.Equal(c.views["final"], want) {
			c.take(c.p.mustRead())
		}
		for sub, view := range c.views { // those on the same topic agree, as soon as they are told
			for strings.HasPrefix(sub, "g") && !cmp.Equal(view, want) {
				c.take(c.p.mustRead())
			}
		}
	}
}

// A churner is one client that begins and ends views.
type churner struct {
	t     *testing.T
	p     *peer
	rnd   *mrand.Rand
	id    int64
	n     int
	views map[string]map[string]string // presence by id, by the names of the views that there are
}

func (c *churner) churn(commands int) {
	topics := map[string]string{
		"g": `{"kind":"group","groupId":"g"}`, "d": `{"kind":"directory","directoryId":"d1"}`,
		"l": `{"kind":"contacts","ids":["c1","c2","c3"]}`, "a": `{"kind":"agent","agentId":"a1"}`, "s": `{"kind":"search","q":"{","live":true}`,
	}
	for range commands {
		switch name := c.any(); {
		case name == "" || len(c.views) < 6 && c.rnd.IntN(2) == 0:
			kind := []string{"g", "d", "l", "a", "s"}[c.rnd.IntN(5)]
			c.n++
			name = fmt.Sprint(kind, c.n)
			c.views[name] = map[string]string{}
			c.command(`{"type":"subscribe","id":%d,"sub":"` + name + `","topic":` + topics[kind] + `,"fields":"presence"}`)
		case name[0] == 'l' && c.rnd.IntN(2) == 0:
			c.command(fmt.Sprintf(`{"type":"update","id":%%d,"sub":%q,"add":["c%d"],"remove":["c%d"]}`, name, c.rnd.IntN(20), c.rnd.IntN(20)))
		default:
			c.command(`{"type":"unsubscribe","id":%d,"sub":"` + name + `"}`)
			delete(c.views, name)
		}
	}
}

// any returns the name of a view, empty if there is none.
func (c *churner) any() string {
	for name := range c.views {
		return name
	}
	return ""
}

// command sends a command and reads to its answer.
func (c *churner) command(format string) {
	c.t.Helper()
	c.id++
	c.p.send(fmt.Sprintf(format, c.id))
	for {
		m := c.p.mustRead()
		if c.take(m); m.ID == c.id {
			return
		}
	}
}

// take applies a message, which must be of a view that there is.
func (c *churner) take(m msg) {
	c.t.Helper()
	view, ok := c.views[m.Sub]
	switch {
	case m.Type == "presence.sync", m.Type == "ack":
		return
	case m.Type == "error" || !ok:
		c.t.Fatalf("told %s", m.Text)
	case m.Reset:
		clear(view)
	}
	for _, e := range m.Data {
		view[e.ID] = fmt.Sprint(e.Presence)
	}
	for _, id := range m.Removed {
		delete(view, id)
	}
}
