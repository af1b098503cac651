package teams

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

func TestSubscriptionIsRenewedWithNewKeysForDays(t *testing.T) {
	inHookWorld(t, time.Minute, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(3 * time.Minute)
		first, certs := w.only(), map[string]bool{}
		states := []string{"Busy", "Away", "Available"}
		for hour := range 60 {
			pass(time.Hour)
			sub := w.only()
			certs[sub.CertificateID] = true
			if sub.ID != first.ID {
				t.Fatalf("after %d hours it is another subscription", hour+1)
			}
			w.say(1, 1, states[hour%3])
			want := strings.ToLower(states[hour%3])
			w.shows("t1", "d1-1", want+"/"+want)
		}
		s := w.sim.Stats()
		if s.Subscribed != 1 || s.Renewed < 80 || s.Renewed > 120 || len(certs) != 3 {
			t.Errorf("in 60 hours %d subscriptions, %d renewals, %d certificates", s.Subscribed, s.Renewed, len(certs))
		}
		if w.safe.kept < 40 || w.safe.kept != s.Refreshed {
			t.Errorf("of %d refresh tokens %d were kept", s.Refreshed, w.safe.kept)
		}
	})
}

// Contents that were sealed for the key before a renewal open after it.
func TestOldKeyOpensWhatIsUnderWay(t *testing.T) {
	inHookWorld(t, time.Minute, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(time.Hour)
		first, old := w.only().CertificateID, ""
		for hour := 0; w.only().CertificateID == first; hour++ {
			if hour == 40 {
				t.Fatal("the certificate is the same after more than a day")
			}
			w.say(1, 1, []string{"Busy", "Away"}[hour%2])
			old = w.last()
			pass(45 * time.Minute)
		}
		before := w.subscriber.Count()
		w.post(old)
		if got := w.subscriber.Count(); got.Opened != before.Opened+1 || got.Applied != before.Applied+1 {
			t.Errorf("what was sealed for the old key: %+v, before it %+v", got, before)
		}
	})
}

func TestRenewalThatFailsOrHasNoEffect(t *testing.T) {
	for name, faults := range map[string]graphsim.Faults{
		"no effect": {RenewIdle: true},
		"too slow":  {RenewSlow: 50 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inHookWorld(t, time.Minute, func(w *hookWorld) {
				w.join("t1", "d1", 1, 1)
				w.desk.watch("t1", "d1", 1)
				pass(3 * time.Minute)
				w.sim.SetFaults(faults)
				covered := 0
				for range 600 { // ten hours
					pass(time.Minute)
					covered += len(w.sim.Subscriptions())
				}
				if covered < 595 {
					t.Errorf("there was a subscription in %d minutes of 600", covered)
				}
				if s := w.sim.Stats(); s.Subscribed < 10 || s.Subscribed > 20 || s.Renewed > 2*s.Subscribed {
					t.Errorf("%d subscriptions were made, after %d renewals", s.Subscribed, s.Renewed)
				}
				w.say(1, 1, "Busy")
				w.shows("t1", "d1-1", "busy/busy")
				w.sim.SetFaults(graphsim.Faults{})
				pass(time.Hour)
				w.wantAccount("d1", 1, Healthy, 1)
			})
		})
	}
}

func TestSubscriptionThatIsLostSilentlyIsMadeAnew(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(4 * cycle)
		w.sim.Lose()
		w.say(1, 1, "Busy")
		pass(2 * cycle)
		w.shows("t1", "d1-1", "busy/busy") // by the poll
		pass(time.Hour)
		w.say(1, 1, "Away")
		w.shows("t1", "d1-1", "away/away")
	})
}

func TestSilentSubscriptionIsMadeAnew(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", numbers(10)...)
		pass(4 * cycle)
		change := func(minute int) {
			state := []string{"Busy", "Away", "Available"}[minute%3]
			for n := range 10 {
				w.sim.SetPresence(microsoftTenant(1), objectID(n+1), graphsim.Presence{Availability: state, Activity: state})
			}
		}
		for minute := range 30 { // all is well: what is told a little after the poll saw it is no loss
			change(minute)
			pass(time.Minute)
			w.deliver()
		}
		if s := w.sim.Stats(); s.Subscribed != 1 {
			t.Fatalf("%d subscriptions were made though Graph tells", s.Subscribed)
		}
		w.sim.Lose()
		for minute := range 13 {
			change(minute)
			pass(time.Minute)
			w.deliver()
		}
		w.wantAccount("d1", 1, Healthy, 10)
		if s := w.sim.Stats(); s.Subscribed != 2 || len(w.sim.Subscriptions()) != 1 {
			t.Fatalf("%d subscriptions were made, %d live", s.Subscribed, len(w.sim.Subscriptions()))
		}
		// Deliveries do not come through, only the handshake does.
		w.answerWith(func(r *http.Request) (int, string, string) {
			if token := r.URL.Query().Get("validationToken"); token != "" {
				return 200, "text/plain", token
			}
			return 403, "text/html", "blocked"
		})
		for minute := range 40 {
			change(minute)
			pass(time.Minute)
			w.deliver()
		}
		w.wantAccount("d1", 1, Degraded, 10)
		if s := w.sim.Stats(); s.Subscribed > 7 {
			t.Errorf("%d subscriptions were made in vain", s.Subscribed)
		}
		w.answerWith(nil)
		change(1)
		w.deliver()
		pass(3 * time.Minute)
		w.wantAccount("d1", 1, Healthy, 10)
	})
}

func TestOtherSubscriptionOfTheAccountIsReplaced(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(4 * cycle)
		before := w.only()
		w.subscriber.mu.Lock() // as if the server had lost its memory
		for _, l := range w.subscriber.listeners {
			l.held.Store(nil)
		}
		clear(w.subscriber.live)
		w.subscriber.mu.Unlock()
		pass(4 * cycle)
		if after := w.only(); after.ID == before.ID || after.ClientState == before.ClientState {
			t.Errorf("the subscription is %+v, and was %+v", after, before)
		}
		w.wantAccount("d1", 1, Healthy, 1)
	})
}

func TestFaultsOfAnAccountAreToldApart(t *testing.T) {
	for _, c := range []struct {
		name   string
		strike func(w *hookWorld)
		want   State
		detail string
	}{
		{"password changed", func(w *hookWorld) { w.sim.RevokeSignIn(signer(1)) }, SignInEnded, "AADSTS50173"},
		{"sign-in too old", func(w *hookWorld) { w.sim.SetFaults(graphsim.Faults{RefreshError: 700082}) }, SignInEnded, "AADSTS700082"},
		{"second factor wanted", func(w *hookWorld) { w.sim.SetFaults(graphsim.Faults{RefreshError: 50076}) }, SignInEnded, "AADSTS50076"},
		{"permission taken", func(w *hookWorld) { w.sim.Forbid(microsoftTenant(1)) }, PermissionMissing, "delegated permission"},
		{"app deleted", func(w *hookWorld) { w.sim.Revoke(microsoftTenant(1)) }, AccessRevoked, "AADSTS700016"},
		{"secret expired", func(w *hookWorld) { w.sim.SetFaults(graphsim.Faults{TokenError: 7000222}) }, CredentialProblem, "secret"},
		{"Microsoft down", func(w *hookWorld) { w.sim.SetFaults(graphsim.Faults{SubscriptionStatus: 503}) }, Degraded, "503"},
		{"address not reached", func(w *hookWorld) {
			w.sim.Lose()
			w.answerWith(func(*http.Request) (int, string, string) { return 502, "text/html", "gateway" })
		}, Degraded, "public URL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHookWorld(t, cycle, func(w *hookWorld) {
				w.join("t1", "d1", 1, 1)
				w.desk.watch("t1", "d1", 1)
				pass(4 * cycle)
				w.wantAccount("d1", 1, Healthy, 1)
				c.strike(w)
				pass(2*time.Hour + time.Minute)
				w.wantAccount("d1", 1, c.want, 0)
				if got := w.subscriber.Status("d1")[0]; !strings.Contains(got.Detail, c.detail) {
					t.Errorf("it says %q, want %q in it", got.Detail, c.detail)
				}
				refreshed := w.sim.Stats().Refreshed
				pass(30 * time.Minute)
				if n := w.sim.Stats().Refreshed - refreshed; n > 40 {
					t.Errorf("%d attempts in half an hour", n)
				}
				w.sim.SetFaults(graphsim.Faults{})
				w.answerWith(nil)
				w.sim.Consent(microsoftTenant(1))
				w.signInAccount("t1", "d1", 1, 1)
				pass(2 * time.Minute)
				w.poller.Changed()
				pass(2 * time.Minute)
				if c.want != AccessRevoked { // the poll has its own hour to wait
					w.wantAccount("d1", 1, Healthy, 1)
				}
			})
		})
	}
}

func TestRemovalEndsSubscriptionsAtOnce(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1, 2)
		w.desk.watch("t1", "d1", numbers(MaxIDs+10)...)
		pass(2 * time.Minute)
		if n := len(w.sim.Subscriptions()); n != 2 {
			t.Fatalf("%d subscriptions", n)
		}
		w.say(1, 1, "Busy")
		late := w.last()
		w.safe.drop(signer(1))
		w.subscriber.Changed()
		pass(time.Second)
		if sub := w.only(); sub.Account != signer(2) {
			t.Errorf("the subscription of %s lives", sub.Account)
		}
		w.post(late)
		if got := w.subscriber.Count(); got.Refused != 1 {
			t.Errorf("what came late: %+v", got)
		}
		pass(2 * time.Minute) // the other takes over as many as it can
		w.wantAccount("d1", 2, Healthy, MaxIDs)
		w.desk.grant() // the grant is gone, and with it the account
		w.safe.drop(signer(2))
		w.poller.Changed()
		w.subscriber.Changed()
		pass(time.Second)
		if n := len(w.sim.Subscriptions()); n != 0 || len(w.subscriber.Status("d1")) != 0 {
			t.Errorf("%d subscriptions live after all was removed", n)
		}
	})
}

func TestStopOfTheServerEndsSubscriptions(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(4 * cycle)
		w.stop()
		pass(time.Second)
		if n := len(w.sim.Subscriptions()); n != 0 {
			t.Errorf("%d subscriptions live after the stop", n)
		}
	})
}

func TestNobodyWatchedNeedsNoSubscription(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		pass(time.Minute)
		w.wantAccount("d1", 1, Healthy, 0)
		w.desk.watch("t1", "d1", 1)
		pass(3 * cycle)
		w.wantAccount("d1", 1, Healthy, 1)
		w.desk.watch("t1", "d1")
		pass(time.Hour)
		w.wantAccount("d1", 1, Healthy, 0)
		w.sim.RevokeSignIn(signer(1))
		pass(time.Hour)
		w.wantAccount("d1", 1, SignInEnded, 0)
	})
}
