package hub

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A diary is a listener that writes down when it was told what.
type diary struct {
	began time.Time
	notes []string
}

func (d *diary) Flush(due []*Subscription) {
	var note strings.Builder
	note.WriteString(time.Since(d.began).String() + ":")
	for _, sub := range due {
		for delta := sub.Next(); delta != nil; delta = sub.Next() {
			for _, e := range delta.Entries {
				note.WriteString(" " + e.ID + "=" + string(e.Presence))
			}
			for _, c := range delta.Calls {
				note.WriteString(" call " + c.ID)
			}
		}
	}
	d.notes = append(d.notes, note.String())
}

// told returns the notes once nothing more is under way.
func (d *diary) told() []string {
	synctest.Wait()
	return d.notes
}

// subscribe begins a view and reads its first state.
func (d *diary) subscribe(s *Space, topic Topic) *Subscription {
	sub := s.Attach(d).Subscribe(topic, Presence, Position{})
	for sub.Next() != nil {
	}
	return sub
}

// inBubble runs a hub with one shard under a clock of its own.
func inBubble(t *testing.T, cfg Config, f func(s *Space, d *diary)) {
	synctest.Test(t, func(t *testing.T) {
		cfg.Shards = 1
		h := New(cfg)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { _ = h.Run(ctx); close(done) }()
		synctest.Wait()
		f(h.Space("t1"), &diary{began: time.Now()})
		cancel()
		<-done
	})
}

// pass lets d go by on the bubble's clock.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock is not a real one
}

func TestFirstChangeGoesSoonAndOthersTogether(t *testing.T) {
	inBubble(t, Config{}, func(s *Space, d *diary) {
		for _, id := range []string{"c1", "c2"} {
			s.PutContact(id, "d1", nil)
		}
		d.subscribe(s, Topic{Kind: Directory, ID: "d1"})
		s.SetPresence("c1", []byte("-"))
		s.SetPresence("c1", []byte("0")) // comes with the first
		pass(2 * time.Millisecond)
		for n := range 40 {
			pass(time.Millisecond)
			s.SetPresence("c1", fmt.Append(nil, n))
		}
		s.SetPresence("c2", []byte("x"))
		pass(time.Second)
		s.SetPresence("c2", []byte("y"))
		pass(time.Second)
		want := []string{"1ms: c1=0", "51ms: c2=x c1=39", "1.043s: c2=y"}
		if diff := cmp.Diff(want, d.told()); diff != "" {
			t.Errorf("flushes (-want +got):\n%s", diff)
		}
	})
}

func TestCallsDoNotWait(t *testing.T) {
	inBubble(t, Config{}, func(s *Space, d *diary) {
		s.PutContact("c1", "d1", nil)
		d.subscribe(s, Topic{Kind: Directory, ID: "d1"})
		d.subscribe(s, Topic{Kind: Agent, ID: "a1"})
		s.SetPresence("c1", []byte("0"))
		pass(2 * time.Millisecond)
		s.SetPresence("c1", []byte("1"))
		pass(time.Millisecond)
		s.Call("a1", "x", []byte("{}"), false)
		synctest.Wait()
		s.Call("a1", "y", []byte("{}"), false)
		pass(time.Second)
		want := []string{"1ms: c1=0", "3ms: call x", "3ms: call y", "51ms: c1=1"}
		if diff := cmp.Diff(want, d.told()); diff != "" {
			t.Errorf("flushes (-want +got):\n%s", diff)
		}
	})
}

func TestChangesOfOtherFieldsWakeNobody(t *testing.T) {
	inBubble(t, Config{}, func(s *Space, d *diary) {
		s.PutContact("c1", "d1", nil)
		d.subscribe(s, Topic{Kind: Directory, ID: "d1"})
		d.subscribe(s, Topic{Kind: Contacts, IDs: []string{"c1", "c9"}})
		s.PutContact("c1", "d1", nil)
		s.PutContact("c2", "d2", []string{"g1"})
		s.SetPresence("c9", []byte("a ghost's"))
		s.RemovePresence("c1") // it has none
		s.DeleteContact("c9")  // it does not exist
		pass(time.Second)
		if told := d.told(); len(told) != 0 {
			t.Errorf("told %q", told)
		}
	})
}

func TestClosedSubscriptionIsToldNothing(t *testing.T) {
	inBubble(t, Config{}, func(s *Space, d *diary) {
		s.PutContact("c1", "d1", nil)
		var subs []*Subscription
		for range 3 {
			subs = append(subs, d.subscribe(s, Topic{Kind: Directory, ID: "d1"}))
		}
		subs[0].Close()
		subs[0].Close()
		s.SetPresence("c1", []byte("0"))
		pass(time.Second)
		if told := d.told(); len(told) != 2 {
			t.Errorf("two are left, told %q", told)
		}
		if subs[0].Next() != nil || subs[0].Update([]string{"c1"}, nil, 1) != nil {
			t.Error("a closed subscription answers")
		}
	})
}

func TestCallsAreKeptWhileTheyMatter(t *testing.T) {
	inBubble(t, Config{CallKeep: time.Minute, CallMaxAge: time.Hour, MaxCallsPerAgent: 4}, func(s *Space, _ *diary) {
		agent := Topic{Kind: Agent, ID: "a1"}
		calls := func(after Position) string {
			d := s.Since(agent, Presence, after)
			out := ""
			if d.Reset {
				out = "reset"
			}
			for _, c := range d.Calls {
				out += " " + c.ID + string(c.Fragment)
			}
			return out
		}
		check := func(what string, after Position, want string) {
			t.Helper()
			if got := calls(after); strings.TrimSpace(got) != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		before := s.Position()
		s.Call("a1", "x", []byte("1"), false)
		s.Call("a1", "x", []byte("2"), false)
		ringing := s.Position()
		s.Call("a1", "y", []byte("1"), false)
		s.Call("a1", "x", []byte("3"), true)
		check("every event to one who kept up", before, "x1 x2 y1 x3")
		check("what came since", ringing, "y1 x3")
		check("live calls to a newcomer", Position{}, "reset y1")
		pass(2 * time.Minute)
		check("live calls later", Position{}, "reset y1")
		check("the end of x is forgotten", ringing, "reset y1")
		pass(2 * time.Hour)
		check("a call nobody ended", Position{}, "reset")
		if n := len(s.topics); n != 0 {
			t.Errorf("%d topics left behind", n)
		}
		for n := range 10 {
			s.Call("a1", fmt.Sprint(n), nil, false)
		}
		check("no more than the limit", Position{}, "reset 6 7 8 9")
		s.Call("a1", "9", []byte("!"), true)
		check("an outdated event goes first", Position{}, "reset 6 7 8")
	})
}

func TestWholeStateIsSharedByAHerd(t *testing.T) {
	s := New(Config{}).Space("t1")
	for i := range 100 {
		s.PutContact(fmt.Sprint("c", i), "d1", nil)
	}
	join := func() (*Subscription, *Delta) {
		sub := s.Attach(&diary{}).Subscribe(Topic{Kind: Directory, ID: "d1"}, Presence, Position{})
		return sub, sub.Next()
	}
	_, first := join()
	s.SetPresence("c7", []byte("x"))
	sub, second := join()
	if first != second {
		t.Error("the second of a herd got a state of its own")
	}
	if d := sub.Next(); d == nil || len(d.Entries) != 1 || string(d.Entries[0].Presence) != "x" {
		t.Errorf("what changed since the shared state: %+v", d)
	}
	if sub.Next() != nil {
		t.Error("news twice")
	}
}

func TestPagesAreMadeOnceAndBounded(t *testing.T) {
	var d Delta
	made := 0
	page := func(view string, from int) Page {
		return d.Page(PageKey{View: view, From: from}, func() Page { made++; return Page{Next: from + 1} })
	}
	for range 3 {
		for i := range 5 {
			if p := page("a", i); p.Next != i+1 {
				t.Fatalf("page %d leads to %d", i, p.Next)
			}
		}
	}
	if made != 5 {
		t.Errorf("made %d pages, want 5", made)
	}
	for i := range 1000 {
		page(fmt.Sprint(i), 0)
	}
	if n := len(*d.pages.Load()); n != maxPages {
		t.Errorf("%d pages kept, limit %d", n, maxPages)
	}
}

func TestUpdateRefusesTooManyAndChangesNothing(t *testing.T) {
	s := New(Config{}).Space("t1")
	sub := s.Attach(&diary{}).Subscribe(Topic{Kind: Contacts, IDs: []string{"a", "b", "a"}}, Presence, Position{})
	if sub.Len() != 2 {
		t.Errorf("%d ids, want 2", sub.Len())
	}
	if err := sub.Update([]string{"c", "d"}, []string{"a"}, 2); !errors.Is(err, ErrTooMany) {
		t.Errorf("Update beyond the limit = %v", err)
	}
	if err := sub.Update([]string{"c", "a", "c"}, []string{"b", "x"}, 2); err != nil || sub.Len() != 2 {
		t.Errorf("Update to the limit = %v, %d ids", err, sub.Len())
	}
	sub.Close()
	if n := len(s.contacts); n != 0 {
		t.Errorf("%d ids left behind", n)
	}
}

func TestDroppedTenantIsForgotten(t *testing.T) {
	h := New(Config{})
	old := h.Space("t1")
	old.PutContact("c1", "d1", nil)
	h.Drop("t1")
	if s := h.Space("t1"); s == old || s.Position().Offset != 0 {
		t.Error("the space is still there")
	}
}

func TestChangeAllocatesNothingForItsWatchers(t *testing.T) {
	s := New(Config{Shards: 1}).Space("t1")
	s.PutContact("c1", "d1", []string{"g1"})
	for range 100 {
		client := s.Attach(&diary{})
		client.Subscribe(Topic{Kind: Directory, ID: "d1"}, Presence, Position{})
		client.Subscribe(Topic{Kind: Contacts, IDs: []string{"c1"}}, Presence, Position{})
	}
	s.SetPresence("c1", []byte("0")) // marks them, which takes room
	fragment := []byte("1")
	if n := testing.AllocsPerRun(100, func() { s.SetPresence("c1", fragment) }); n != 0 {
		t.Errorf("%v allocations for each change", n)
	}
}

func TestPositions(t *testing.T) {
	for _, text := range []string{"e7:1041", "x:0", "e:9007199254740991"} {
		if p, err := ParsePosition(text); err != nil || p.String() != text {
			t.Errorf("ParsePosition(%q) = %v, %v", text, p, err)
		}
	}
	for _, text := range []string{"", ":", "e7", "e7:", ":1", "e7:-1", "e7:1.0", "e7:9007199254740992", "e:0x1", "e:1:2", strings.Repeat("e", 70) + ":1"} {
		if p, err := ParsePosition(text); !errors.Is(err, ErrPosition) {
			t.Errorf("ParsePosition(%q) = %v, %v", text, p, err)
		}
	}
	if epoch := New(Config{Epoch: "a:b"}).Epoch(); epoch != "a-b" {
		t.Errorf("epoch %q", epoch)
	}
	epochs := []string{New(Config{}).Epoch(), New(Config{}).Epoch()}
	if slices.Contains(epochs, "") || epochs[0] == epochs[1] {
		t.Errorf("two processes have epochs %q", epochs)
	}
}

func BenchmarkSetPresence(b *testing.B) {
	for _, watchers := range []int{0, 1000} {
		b.Run(fmt.Sprint("watchers=", watchers), func(b *testing.B) {
			s := New(Config{Shards: 2}).Space("t1")
			for i := range 1000 {
				s.PutContact(fmt.Sprint("c", i), "d1", []string{"g1"})
			}
			for range watchers {
				s.Attach(&diary{}).Subscribe(Topic{Kind: Directory, ID: "d1"}, Presence, Position{})
			}
			ids := make([]string, 1000)
			for i := range ids {
				ids[i] = fmt.Sprint("c", i)
			}
			fragment := []byte(`{}`)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				s.SetPresence(ids[i%1000], fragment)
				i++
			}
		})
	}
}

// BenchmarkContact measures what a contact holds in memory, its id included,
// that is in a directory and a group and has a presence.
func BenchmarkContact(b *testing.B) {
	const contacts = 100_000
	fragment := []byte(`{}`)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(Config{}).Space("t1")
		for i := range contacts {
			id := fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i)
			s.PutContact(id, "d1", []string{"g1"})
			s.SetPresence(id, fragment)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/contacts, "heapB/contact")
		runtime.KeepAlive(s)
	}
}

func BenchmarkNextOfSharedTopic(b *testing.B) {
	s := New(Config{Shards: 2}).Space("t1")
	for i := range 1000 {
		s.PutContact(fmt.Sprint("c", i), "d1", nil)
	}
	subs := make([]*Subscription, 1000)
	for i := range subs {
		subs[i] = s.Attach(&diary{}).Subscribe(Topic{Kind: Directory, ID: "d1"}, Presence, Position{})
		for subs[i].Next() != nil {
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i%len(subs) == 0 {
			for n := range 50 {
				s.SetPresence(fmt.Sprint("c", n), []byte(`{}`))
			}
		}
		subs[i%len(subs)].Next()
		i++
	}
}
