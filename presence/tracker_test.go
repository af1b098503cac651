package presence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// everyone is People in which every id that begins with "c" exists.
type everyone struct{}

func (everyone) Exists(tenant, id string) bool { return tenant != "" && strings.HasPrefix(id, "c") }

// A ledger is a sink that writes down what it is told.
type ledger struct {
	mu    sync.Mutex
	notes []string
}

func (l *ledger) note(_, id string, s *State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, id+" "+brief(s))
}

// brief is a state in a few words: "busy/inACall", "available by api stale".
func brief(s *State) string {
	if s == nil {
		return "none"
	}
	out := string(s.Availability)
	if string(s.Activity) != out {
		out += "/" + string(s.Activity)
	}
	out += " by " + string(s.Source)
	if s.Stale {
		out += " stale"
	}
	if s.OutOfOffice {
		out += " out"
	}
	if s.StatusMessage != "" {
		out += " " + s.StatusMessage
	}
	return out
}

// inBubble runs a tracker under a clock of its own.
func inBubble(t *testing.T, f func(tr *Tracker, l *ledger)) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		tr := New(Config{People: everyone{}, Watch: l.note})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { _ = tr.Run(ctx); close(done) }()
		synctest.Wait()
		f(tr, l)
		cancel()
		<-done
	})
}

// pass lets d go by on the bubble's clock.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock is not a real one
}

// remembered counts the people of whom anything is kept.
func remembered(tr *Tracker) int {
	r := tr.room("t1")
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.people)
}

func set(t *testing.T, tr *Tracker, id string, u Update, want Outcome) {
	t.Helper()
	if got, err := tr.Set("t1", id, u); got != want || err != nil {
		t.Errorf("Set(%s, %+v) = %v, %v, want %v", id, u, got, err, want)
	}
}

func shows(t *testing.T, tr *Tracker, id, want string) {
	t.Helper()
	if got := brief(tr.Get("t1", id)); got != want {
		t.Errorf("%s is %q, want %q", id, got, want)
	}
}

func TestNewestStatementOfASourceWins(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		at := func(s int) time.Time { return time.Now().Add(time.Duration(s-1000) * time.Second) }
		teams := func(a Availability, seq string, s int) Update {
			return Update{Availability: a, Source: SourceTeams, SequenceNumber: seq, AsOf: at(s)}
		}
		set(t, tr, "c1", teams("available", "", 10), Changed)
		set(t, tr, "c1", teams("busy", "", 9), OldNews)
		set(t, tr, "c1", teams("busy", "", 10), Changed)
		set(t, tr, "c1", teams("away", "A0002", 11), Changed)
		set(t, tr, "c1", teams("busy", "A0001", 50), OldNews)
		set(t, tr, "c1", teams("busy", "A0003", 5), Changed) // the number decides, not the clock
		set(t, tr, "c1", teams("busy", "A0003", 60), Unchanged)
		shows(t, tr, "c1", "busy by microsoftTeams")
		set(t, tr, "c2", teams("busy", "9", 1), Changed)
		set(t, tr, "c2", teams("away", "10", 1), Changed)
		set(t, tr, "c2", teams("busy", "0009", 1), OldNews)
		set(t, tr, "c3", Update{Availability: "busy", AsOf: time.Now().Add(time.Hour)}, Changed)
		pass(time.Second)
		set(t, tr, "c3", Update{Availability: "away"}, Changed) // a clock ahead does not lock the source out
	})
}

func TestSourcesAreMergedByRank(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		message, out := "in Rome", true
		set(t, tr, "c1", Update{Availability: "Away", Source: SourceTeams, StatusMessage: &message, OutOfOffice: &out}, Changed)
		set(t, tr, "c1", Update{Availability: "DoNotDisturb"}, Changed)
		shows(t, tr, "c1", "doNotDisturb by api out in Rome")
		set(t, tr, "c1", Update{Availability: "busy", Source: "ringCentral"}, Unchanged)
		if err := tr.Call("t1", "c1", "x", true); err != nil {
			t.Fatal(err)
		}
		shows(t, tr, "c1", "busy/inACall by call out in Rome")
		if tr.Clear("t1", "c1", "") {
			t.Error("clearing what is hidden behind a call changed the state")
		}
		_ = tr.Call("t1", "c1", "y", true)
		_ = tr.Call("t1", "c1", "x", false)
		shows(t, tr, "c1", "busy/inACall by call out in Rome")
		_ = tr.Call("t1", "c1", "y", false)
		shows(t, tr, "c1", "busy by ringCentral out in Rome")
		if !tr.Clear("t1", "c1", "ringCentral") || !tr.Clear("t1", "c1", SourceTeams) || tr.Clear("t1", "c1", SourceTeams) {
			t.Error("Clear does not tell whether it changed something")
		}
		shows(t, tr, "c1", "none")
	})
}

func TestUnconfirmedStatementsGrowStaleAndThenUnknown(t *testing.T) {
	inBubble(t, func(tr *Tracker, l *ledger) {
		busy := Update{Availability: "busy", Source: SourceTeams}
		set(t, tr, "c1", busy, Changed)
		set(t, tr, "c2", busy, Changed)
		for range 3 { // only c2 is confirmed
			pass(10 * time.Second)
			set(t, tr, "c2", busy, Unchanged)
		}
		shows(t, tr, "c1", "busy by microsoftTeams stale")
		shows(t, tr, "c2", "busy by microsoftTeams")
		pass(11 * time.Minute)
		shows(t, tr, "c1", "unknown by microsoftTeams stale")
		set(t, tr, "c1", Update{Availability: "away", Source: SourceTeams, AsOf: time.Now().Add(-time.Hour)}, Changed)
		want := []string{
			"c1 busy by microsoftTeams", "c2 busy by microsoftTeams",
			"c1 busy by microsoftTeams stale", "c2 busy by microsoftTeams stale",
			"c1 unknown by microsoftTeams stale", "c2 unknown by microsoftTeams stale",
			"c1 away by microsoftTeams",
		}
		if diff := cmp.Diff(want, l.notes); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

func TestWhoKnowsNothingCountsLeast(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		set(t, tr, "c1", Update{Availability: "busy", Source: "ringCentral"}, Changed)
		set(t, tr, "c1", Update{Availability: "PresenceUnknown"}, Unchanged) // of a higher rank
		pass(2 * time.Hour)
		set(t, tr, "c1", Update{Availability: "PresenceUnknown", Source: SourceTeams}, Unchanged)
		shows(t, tr, "c1", "busy by ringCentral stale")
		pass(23 * time.Hour)
		shows(t, tr, "c1", "unknown by api") // who knows nothing beats what is too old to count
	})
}

func TestStaleRankHighBeatsNobodyFresh(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		set(t, tr, "c1", Update{Availability: "busy", Source: "ringCentral"}, Changed)
		pass(2 * time.Hour)
		shows(t, tr, "c1", "busy by ringCentral stale")
		set(t, tr, "c1", Update{Availability: "available", Source: SourceTeams}, Changed)
		shows(t, tr, "c1", "available by microsoftTeams")
	})
}

func TestUpdateExpires(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		set(t, tr, "c1", Update{Availability: "busy", ExpiresIn: time.Hour}, Changed)
		set(t, tr, "c2", Update{Availability: "away", Source: "hr"}, Changed)
		set(t, tr, "c2", Update{Availability: "busy", ExpiresIn: 30 * time.Minute}, Changed)
		pass(59 * time.Minute)
		shows(t, tr, "c1", "busy by api")
		shows(t, tr, "c2", "away by hr")
		pass(2 * time.Minute)
		shows(t, tr, "c1", "unknown by api stale")
	})
}

func TestCallThatNobodyEndsIsForgotten(t *testing.T) {
	inBubble(t, func(tr *Tracker, l *ledger) {
		_ = tr.Call("t1", "c1", "x", true)
		_ = tr.Call("t1", "c1", "x", true)
		_ = tr.Call("t1", "c2", "z", false)
		pass(5 * time.Hour)
		shows(t, tr, "c1", "none")
		want := []string{"c1 busy/inACall by call", "c1 none"}
		if diff := cmp.Diff(want, l.notes); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if n := len(tr.room("t1").people) + len(tr.room("t1").due); n != 0 {
			t.Errorf("%d people left behind", n)
		}
	})
}

func TestLateNewsOfACallIsDropped(t *testing.T) {
	inBubble(t, func(tr *Tracker, _ *ledger) {
		at := func(s int) time.Time { return time.Now().Add(time.Duration(s-100) * time.Second) }
		call := func(live bool, at time.Time, want string) {
			t.Helper()
			if err := tr.CallAt("t1", "c1", "x", live, at); err != nil {
				t.Error(err)
			}
			shows(t, tr, "c1", want)
		}
		call(true, at(1), "busy/inACall by call")
		call(true, at(3), "busy/inACall by call")
		call(false, at(2), "busy/inACall by call") // older than what was heard
		call(false, at(4), "none")
		call(true, at(3), "none")                       // the answer of a call that has ended, delivered late
		call(true, at(5), "busy/inACall by call")       // the same call rings again
		call(false, time.Time{}, "none")                // who says no time is believed
		call(true, time.Time{}, "busy/inACall by call") // likewise
		call(false, at(90), "none")
		pass(endedKeep + 2*time.Second)
		if n := remembered(tr); n != 0 {
			t.Errorf("%d people are remembered for calls long ended", n)
		}
	})
}

func TestRefusedUpdatesChangeNothing(t *testing.T) {
	tr := New(Config{People: everyone{}, MaxSources: 2})
	if _, err := tr.Set("t1", "nobody", Update{Availability: "busy"}); !errors.Is(err, ErrUnknownContact) {
		t.Errorf("unknown contact: %v", err)
	}
	if err := tr.Call("t1", "nobody", "x", true); !errors.Is(err, ErrUnknownContact) {
		t.Errorf("call of an unknown contact: %v", err)
	}
	results := tr.SetBatch("t1", []Item{
		{"c1", Update{Availability: "busy", Source: "a"}},
		{"c2", Update{}},
		{"c1", Update{Availability: "busy", Source: "b"}},
		{"c1", Update{Availability: "busy", Source: "c"}},
		{"c3", Update{Availability: "away"}},
	})
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprint(r.Outcome, " ", r.Err))
	}
	want := []string{
		"changed <nil>", "none presence update: availability is required", "unchanged <nil>",
		"none " + ErrTooManySources.Error(), "changed <nil>",
	}
	if got[2] == "changed <nil>" { // b is later by the clock, and so tells for itself
		want[2] = got[2]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if got := len(maps.Collect(tr.All("t1"))); got != 2 {
		t.Errorf("%d states, want 2", got)
	}
}

func TestTenantsAreApart(t *testing.T) {
	tr := New(Config{People: everyone{}})
	set(t, tr, "c1", Update{Availability: "busy"}, Changed)
	if tr.Get("t2", "c1") != nil || len(maps.Collect(tr.All("t2"))) != 0 {
		t.Error("another tenant sees it")
	}
	tr.Forget("t2", "c1")
	shows(t, tr, "c1", "busy by api")
	tr.Drop("t1")
	shows(t, tr, "c1", "none")
}

func TestForgottenContactIsToldOnce(t *testing.T) {
	l := &ledger{}
	tr := New(Config{People: everyone{}, Watch: l.note})
	set(t, tr, "c1", Update{Availability: "busy"}, Changed)
	_ = tr.Call("t1", "c1", "x", true)
	tr.Forget("t1", "c1")
	tr.Forget("t1", "c1")
	if diff := cmp.Diff([]string{"c1 busy by api", "c1 busy/inACall by call", "c1 none"}, l.notes); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// vanishing is People in which a contact is removed between the first look and
// the second.
type vanishing struct {
	tr    *Tracker
	looks int
}

func (v *vanishing) Exists(tenant, id string) bool {
	v.looks++
	if v.looks == 1 {
		v.tr.Forget(tenant, id)
		return true
	}
	return false
}

func TestContactRemovedMeanwhileLeavesNothing(t *testing.T) {
	people := &vanishing{}
	tr := New(Config{People: people})
	people.tr = tr
	if _, err := tr.Set("t1", "c1", Update{Availability: "busy"}); !errors.Is(err, ErrUnknownContact) {
		t.Errorf("Set = %v", err)
	}
	people.looks = 0
	if err := tr.Call("t1", "c1", "x", true); !errors.Is(err, ErrUnknownContact) {
		t.Errorf("Call = %v", err)
	}
	shows(t, tr, "c1", "none")
}

// TestSinkEndsOnTheTruthInOrder has many writers at once: for each contact the
// sink must be told one at a time, never the same twice, and last what Get
// says.
func TestSinkEndsOnTheTruthInOrder(t *testing.T) {
	var mu sync.Mutex
	told := map[string]*State{}
	busy := map[string]bool{}
	tr := New(Config{People: everyone{}, Watch: func(_, id string, s *State) {
		mu.Lock()
		if busy[id] {
			t.Error("two calls at once for one contact")
		}
		if told[id].same(s) {
			t.Errorf("told twice that %s", brief(s))
		}
		busy[id], told[id] = true, s
		mu.Unlock()
		mu.Lock()
		defer mu.Unlock()
		busy[id] = false
	}})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = tr.Run(ctx) })
	var writers sync.WaitGroup
	for w := range uint64(4) {
		writers.Go(func() {
			rnd := rand.New(rand.NewPCG(w, 1))
			words := []Availability{Available, Busy, Away, DoNotDisturb}
			for range 2000 {
				id := fmt.Sprint("c", rnd.IntN(5))
				switch rnd.IntN(10) {
				case 0:
					tr.Forget("t1", id)
				case 1:
					_ = tr.Call("t1", id, fmt.Sprint(rnd.IntN(3)), rnd.IntN(2) == 0)
				case 2:
					tr.Clear("t1", id, "")
				default:
					_, _ = tr.Set("t1", id, Update{Availability: words[rnd.IntN(4)], Source: []Source{"", "a", SourceTeams}[rnd.IntN(3)]})
				}
			}
		})
	}
	writers.Wait()
	cancel()
	wg.Wait()
	for i := range 5 {
		id := fmt.Sprint("c", i)
		if got := tr.Get("t1", id); !told[id].same(got) {
			t.Errorf("%s is %s, the sink was last told %s", id, brief(got), brief(told[id]))
		}
	}
}

func TestStateIsReadAndWrittenInGraphsWords(t *testing.T) {
	state := &State{Availability: Busy, Activity: InACall, Source: SourceTeams, AsOf: time.Date(2026, 8, 21, 10, 0, 0, 120e6, time.UTC)}
	want := `{"availability":"busy","activity":"inACall","outOfOffice":false,"source":"microsoftTeams","asOf":"2026-08-21T10:00:00.12Z","stale":false}`
	if got := string(state.JSON()); got != want {
		t.Errorf("JSON %s", got)
	}
	var none *State
	if got := string(none.JSON()); got != "null" {
		t.Errorf("JSON of none %s", got)
	}
	var back State
	if err := json.Unmarshal([]byte(strings.ReplaceAll(strings.ReplaceAll(want, "busy", "BUSY"), "inACall", "InACall")), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*state, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func BenchmarkSet(b *testing.B) {
	tr := New(Config{People: everyone{}})
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = fmt.Sprint("c", i)
	}
	words := []Availability{Available, Busy}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, _ = tr.Set("t1", ids[i%len(ids)], Update{Availability: words[i/len(ids)%2], Source: SourceTeams})
		i++
	}
}
