package teams

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

const cycle = 5 * time.Second

// numbers returns 1 to n.
func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

func TestWhoIsWatchedIsAskedForWithinOneCycle(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Busy", Activity: "InACall"})
		w.sim.SetPresence(microsoftTenant(1), objectID(2), graphsim.Presence{Availability: "Away", Activity: "Away"})
		pass(time.Minute)
		if s := w.sim.Stats(); s.Presences != 0 || s.Tokens != 1 {
			t.Errorf("nobody is watched, and Microsoft was asked: %+v", s)
		}
		w.wantState("d1", Healthy)
		w.desk.watch("t1", "d1", 1)
		pass(cycle)
		w.shows("t1", "d1-1", "busy/inACall")
		w.shows("t1", "d1-2", "none")
		w.desk.watch("t1", "d1", 2)
		pass(cycle)
		w.shows("t1", "d1-2", "away/away")
		if got := w.sim.LastAsked(); !slices.Equal(got, []string{objectID(2)}) {
			t.Errorf("asked for %v", got)
		}
		w.sim.SetPresence(microsoftTenant(1), objectID(2), graphsim.Presence{Availability: "available", Activity: "available"})
		pass(cycle)
		w.shows("t1", "d1-2", "available/available")
		before := w.sim.Stats().Presences
		w.desk.watch("t1", "d1")
		pass(cycle)
		before, after := max(before, w.sim.Stats().Presences), 0
		pass(time.Minute)
		if after = w.sim.Stats().Presences; after != before {
			t.Errorf("nobody is watched any more, and Microsoft was asked %d times", after-before)
		}
	})
}

func TestBatchesAreFullAndSpreadOverTheCycle(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.desk.watch("t1", "d1", numbers(4*MaxIDs-10)...)
		pass(2 * cycle) // begins somewhere in the first second
		before := w.sim.Stats()
		pass(2 * cycle)
		after := w.sim.Stats()
		if n := after.Presences - before.Presences; n != 8 {
			t.Errorf("%d requests in two cycles, want 8", n)
		}
		if n := after.People - before.People; n != 2*(4*MaxIDs-10) {
			t.Errorf("%d people in two cycles, want %d", n, 2*(4*MaxIDs-10))
		}
		if after.AppBusy != 1 {
			t.Errorf("%d requests within one second; they are to be spread", after.AppBusy)
		}
		if s, _ := w.poller.Status("d1"); s.Asked != 4*MaxIDs-10 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestDirectoriesOfOneMicrosoftTenantShareTheAnswer(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.desk.grant(Grant{"t1", "d1", microsoftTenant(1), time.Time{}}, Grant{"t1", "d2", microsoftTenant(1), time.Time{}}, Grant{"t2", "d3", microsoftTenant(1), time.Time{}})
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "DoNotDisturb", Activity: "Presenting"})
		for tenant, directories := range map[string][]string{"t1": {"d1", "d2", "foreign"}, "t2": {"d3"}} {
			for _, d := range directories {
				w.desk.watch(tenant, d, 1)
			}
		}
		w.poller.Changed()
		pass(cycle)
		w.shows("t1", "d1-1", "doNotDisturb/presenting")
		w.shows("t1", "d2-1", "doNotDisturb/presenting")
		w.shows("t2", "d3-1", "doNotDisturb/presenting")
		w.shows("t1", "foreign-1", "none") // has no grant
		before := w.sim.Stats()
		pass(10 * cycle)
		if after := w.sim.Stats(); after.Presences-before.Presences != 10 || after.People-before.People != 10 {
			t.Errorf("asked %d times for %d people in ten cycles, want 10 for 10", after.Presences-before.Presences, after.People-before.People)
		}
	})
}

// A cycle that is far too short makes a poller want as much as it may have.
const greedy = 10 * time.Millisecond

func TestBudgetOfATenantIsNeverExceeded(t *testing.T) {
	t.Parallel() // it counts many requests
	inWorld(t, greedy, func(w *world) {
		for n := 1; n <= 3; n++ {
			w.connect("t1", fmt.Sprintf("d%d", n), n)
			w.desk.grant(append(w.desk.Grants(), Grant{"t2", fmt.Sprintf("e%d", n), microsoftTenant(n), time.Time{}})...)
			w.desk.watch("t1", fmt.Sprintf("d%d", n), 1)
			w.desk.watch("t2", fmt.Sprintf("e%d", n), 2)
		}
		pass(70 * time.Second)
		s := w.sim.Stats()
		if s.Throttled > 0 || len(s.Busiest) != 3 {
			t.Errorf("throttled %d times, %d tenants", s.Throttled, len(s.Busiest))
		}
		for id, n := range s.Busiest {
			if n > 1200 || n < 1150 {
				t.Errorf("%d requests in 30 seconds for %s, want at most, and nearly, 1200", n, id)
			}
		}
	})
}

func TestBudgetHoldsForFiftyTenants(t *testing.T) {
	t.Parallel() // it counts many requests
	inWorld(t, greedy, func(w *world) {
		for n := 1; n <= 50; n++ {
			tenant, directory := fmt.Sprintf("t%d", n%7), fmt.Sprintf("d%d", n)
			w.connect(tenant, directory, n)
			w.desk.watch(tenant, directory, n)
		}
		pass(crowdTime)
		s := w.sim.Stats()
		if s.Throttled > 0 || s.AppBusy > 1600 || s.AppBusy < 1500 {
			t.Errorf("throttled %d times, %d requests in a second, want at most, and nearly, 1600", s.Throttled, s.AppBusy)
		}
		for id, n := range s.Busiest {
			if n > 1200 {
				t.Errorf("%d requests in 30 seconds for %s", n, id)
			}
			if fair := int(min(crowdTime, budgetWindow).Seconds() * 32); n < fair*8/10 {
				t.Errorf("%s had %d requests in 30 seconds: it was starved", id, n)
			}
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.desk.watch("t1", "d1", 1)
		pass(cycle)
		w.sim.SetFaults(graphsim.Faults{Status: http.StatusTooManyRequests, RetryAfter: 90 * time.Second})
		before := w.sim.Stats().Presences
		pass(80 * time.Second)
		w.desk.grant(Grant{"t1", "d1", microsoftTenant(1), time.Now()})
		w.poller.Changed() // whoever wakes it does not make it ask
		pass(4 * time.Second)
		if n := w.sim.Stats().Presences - before; n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		w.wantState("d1", Degraded)
		w.sim.SetFaults(graphsim.Faults{})
		pass(20 * time.Second)
		w.wantState("d1", Healthy)
	})
}

func TestWithoutRetryAfterTheWaitGrows(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.desk.watch("t1", "d1", 1)
		pass(cycle)
		w.sim.SetFaults(graphsim.Faults{Status: http.StatusServiceUnavailable})
		before := w.sim.Stats().Presences
		pass(10 * time.Minute)
		if n := w.sim.Stats().Presences - before; n < 6 || n > 11 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		w.sim.SetFaults(graphsim.Faults{})
		pass(3 * time.Minute)
		w.wantState("d1", Healthy)
	})
}

func TestFaultsAreToldApart(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(w *world)
		want   State
	}{
		{"throttled", func(w *world) { w.sim.SetFaults(graphsim.Faults{Status: 429}) }, Degraded},
		{"unavailable", func(w *world) { w.sim.SetFaults(graphsim.Faults{Status: 503, RetryAfter: 7 * time.Second}) }, Degraded},
		{"odd status", func(w *world) { w.sim.SetFaults(graphsim.Faults{Status: 418}) }, Degraded},
		{"redirect", func(w *world) { w.sim.SetFaults(graphsim.Faults{Status: 302}) }, Degraded},
		{"cut short", func(w *world) { w.sim.SetFaults(graphsim.Faults{Truncated: true}) }, Degraded},
		{"silent", func(w *world) { w.sim.SetFaults(graphsim.Faults{Silent: true}) }, Degraded},
		{"permission taken", func(w *world) { w.sim.Forbid(microsoftTenant(1)) }, PermissionMissing},
		{"application deleted", func(w *world) { w.sim.Revoke(microsoftTenant(1)) }, AccessRevoked},
		{"tokens refused", func(w *world) { w.sim.SetFaults(graphsim.Faults{Status: 401}) }, AccessRevoked},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, cycle, func(w *world) {
				w.connect("t1", "d1", 1)
				w.desk.watch("t1", "d1", 1)
				pass(cycle)
				w.wantState("d1", Healthy)
				c.breaks(w)
				pass(cycle + askTime)
				w.wantState("d1", c.want)
				if s, _ := w.poller.Status("d1"); s.LastOK.IsZero() || time.Since(s.Since) > cycle+askTime {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

func TestTokenEndpointsCodesAreToldApart(t *testing.T) {
	for code, want := range map[int]State{
		65001: AccessRevoked, 90002: AccessRevoked, 700016: AccessRevoked, 7000229: AccessRevoked,
		7000215: CredentialProblem, 7000222: CredentialProblem, 7005003: CredentialProblem, 7005006: CredentialProblem, 50000: CredentialProblem,
	} {
		inWorld(t, cycle, func(w *world) {
			w.sim.SetFaults(graphsim.Faults{TokenError: code})
			w.connect("t1", "d1", 1)
			w.desk.watch("t1", "d1", 1)
			pass(cycle)
			w.wantState("d1", want)
			w.shows("t1", "d1-1", "none")
		})
	}
	inWorld(t, cycle, func(w *world) {
		w.sim.SetFaults(graphsim.Faults{TokenStatus: 429, RetryAfter: time.Minute})
		w.connect("t1", "d1", 1)
		pass(cycle)
		w.wantState("d1", Degraded)
		w.sim.SetFaults(graphsim.Faults{})
		pass(time.Minute + cycle)
		w.wantState("d1", Healthy)
	})
}

func TestRevokedAccessStopsTheCallsAndPresenceAges(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
		w.desk.watch("t1", "d1", 1)
		pass(cycle)
		w.sim.Revoke(microsoftTenant(1))
		pass(cycle)
		w.wantState("d1", AccessRevoked)
		w.shows("t1", "d1-1", "busy/busy")
		before := w.sim.Stats()
		pass(18 * time.Second)
		w.shows("t1", "d1-1", "busy/busy stale")
		pass(10 * time.Minute)
		w.shows("t1", "d1-1", "unknown/unknown stale")
		pass(45 * time.Minute)
		if after := w.sim.Stats(); after.Presences != before.Presences || after.Tokens != before.Tokens {
			t.Errorf("Microsoft was asked again: %+v, then %+v", before, after)
		}
		w.sim.Consent(microsoftTenant(1))
		w.poller.Changed() // nothing new is allowed here: that it is, Microsoft alone knows
		pass(time.Second)
		w.wantState("d1", AccessRevoked)
		w.desk.grant(Grant{"t1", "d1", microsoftTenant(1), time.Now()})
		w.poller.Changed()
		pass(time.Second)
		w.wantState("d1", Healthy)
		w.shows("t1", "d1-1", "busy/busy")
	})
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.desk.watch("t1", "d1", 1)
		pass(cycle)
		w.sim.Revoke(microsoftTenant(1)) // the token of before is worth nothing …
		w.sim.Consent(microsoftTenant(1))
		pass(cycle)
		w.wantState("d1", Healthy) // … and the next one is
		if s := w.sim.Stats(); s.Tokens != 2 {
			t.Errorf("%d tokens, want 2", s.Tokens)
		}
		pass(50 * time.Minute)
		if s := w.sim.Stats(); s.Tokens != 2 {
			t.Errorf("%d tokens after 50 minutes, want 2: they last an hour", s.Tokens)
		}
		pass(20 * time.Minute)
		if s := w.sim.Stats(); s.Tokens != 3 {
			t.Errorf("%d tokens after 70 minutes, want 3", s.Tokens)
		}
		w.wantState("d1", Healthy)
	})
}

func TestRemovedGrantSaysNothingMore(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
		w.desk.watch("t1", "d1", 1)
		w.sim.SetFaults(graphsim.Faults{Slow: 4 * time.Second})
		for w.sim.Stats().Presences == 0 {
			pass(100 * time.Millisecond)
		}
		w.desk.grant() // while an answer is on its way
		w.poller.Changed()
		w.tracker.Clear("t1", "d1-1", presence.SourceTeams)
		pass(time.Minute)
		w.shows("t1", "d1-1", "none")
		if _, ok := w.poller.Status("d1"); ok {
			t.Error("a directory without a grant has a status")
		}
		if n := w.sim.Stats().Presences; n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
	})
}

func TestSlowAnswersArriveAndTenantsDoNotWaitForOneAnother(t *testing.T) {
	inWorld(t, cycle, func(w *world) {
		w.connect("t1", "d1", 1)
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
		w.sim.SetFaults(graphsim.Faults{Slow: 8 * time.Second})
		w.desk.watch("t1", "d1", numbers(2*MaxIDs)...)
		pass(15 * time.Second)
		w.wantState("d1", Healthy)
		w.shows("t1", "d1-1", "busy/busy")
		w.shows("t1", "d1-1300", "unknown/unknown")
	})
}
