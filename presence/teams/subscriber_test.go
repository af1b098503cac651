package teams

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

// slow is a cycle of the poll so long that what comes sooner came otherwise,
// and begun is when its first round is over and has grown stale.
const (
	slow  = 5 * time.Minute
	begun = slow/5 + 20*time.Second
)

func TestNotificationShowsAtOnceAndThePollGoesOn(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Available", Activity: "Available", StatusMessage: "at lunch"})
		w.desk.watch("t1", "d1", 1)
		pass(3 * cycle)
		w.wantAccount("d1", 1, Healthy, 1)
		w.shows("t1", "d1-1", "available/available")
		before := w.sim.Stats().Presences
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Busy", Activity: "InACall", StatusMessage: "at lunch"})
		w.deliver()
		w.shows("t1", "d1-1", "busy/inACall")
		if got := w.tracker.Get("t1", "d1-1").StatusMessage; got != "at lunch" {
			t.Errorf("the status message became %q by a notification that has none", got)
		}
		if after := w.sim.Stats().Presences; after != before {
			t.Errorf("Graph was asked %d times for what it said", after-before)
		}
		pass(4 * cycle)
		if after := w.sim.Stats().Presences; after-before < 3 {
			t.Errorf("the poll asked %d times in four cycles", after-before)
		}
		if got := w.subscriber.Count(); got.Applied != 1 || got.Refused != 0 || got.Opened != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// The matrix of the ways in which a notification can come. shows is what the
// contact shows right after; all that is not believed leaves it as it was.
func TestNotificationsAreBelievedIfAllIsInOrder(t *testing.T) {
	const was, is = "available/available", "busy/busy"
	for _, c := range []struct {
		name    string
		sending graphsim.Sending
		shows   string
		count   DeliveryCount
		asked   int // requests to Graph within a second
	}{
		{"sealed", graphsim.Sending{}, is, DeliveryCount{Applied: 1, Verified: 1, Opened: 1}, 0},
		{"with a token of version 2.0", graphsim.Sending{SecondVersion: true}, is, DeliveryCount{Applied: 1, Verified: 1, Opened: 1}, 0},
		{"twice", graphsim.Sending{Duplicated: true}, is, DeliveryCount{Applied: 2, Verified: 1, Opened: 2}, 0},
		{"among others' items", graphsim.Sending{Mixed: true}, is, DeliveryCount{Applied: 1, Verified: 1, Opened: 1, Refused: 2}, 0},
		{"basic", graphsim.Sending{Basic: true}, is, DeliveryCount{Hurried: 1}, 1},
		{"basic, twice", graphsim.Sending{Basic: true, Duplicated: true}, is, DeliveryCount{Hurried: 2}, 1},
		{"for a key that is not known", graphsim.Sending{CertificateID: "made up"}, is, DeliveryCount{Hurried: 1, Verified: 1}, 1},

		{"wrong client state", graphsim.Sending{ClientState: "made up"}, was, DeliveryCount{Refused: 1}, 0},
		{"basic, wrong client state", graphsim.Sending{Basic: true, ClientState: "made up"}, was, DeliveryCount{Refused: 1}, 0},
		{"altered", graphsim.Sending{Tampered: true}, was, DeliveryCount{Refused: 1, Verified: 1, Opened: 1}, 0},
		{"signature of another content", graphsim.Sending{Unsigned: true}, was, DeliveryCount{Refused: 1, Verified: 1, Opened: 1}, 0},
		{"without a token", graphsim.Sending{NoToken: true}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token signed by another", graphsim.Sending{ForgedToken: true}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token that ended", graphsim.Sending{ExpiredToken: true}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token of another sender", graphsim.Sending{AppID: "56c1da01-2129-48f7-9355-af6d59d42766"}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token of another sender, 2.0", graphsim.Sending{SecondVersion: true, AppID: "app"}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token for another app", graphsim.Sending{Audience: "another"}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token by another issuer", graphsim.Sending{Issuer: "https://sts.example.com/" + microsoftTenant(1) + "/"}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token of another tenant's issuer", graphsim.Sending{Issuer: "https://sts.windows.net/" + microsoftTenant(2) + "/"}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"token of another tenant", graphsim.Sending{TokenTenant: microsoftTenant(2)}, was, DeliveryCount{Refused: 1, Verified: 1}, 0},
		{"about another person", graphsim.Sending{OtherPerson: objectID(2)}, was, DeliveryCount{Refused: 1, Verified: 1, Opened: 1}, 0},
		{"item of another tenant", graphsim.Sending{OtherTenant: microsoftTenant(2)}, was, DeliveryCount{Refused: 1}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHookWorld(t, slow, func(w *hookWorld) {
				w.join("t1", "d1", 1, 1)
				w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Available", Activity: "Available"})
				w.desk.watch("t1", "d1", 1)
				pass(begun)
				w.wantAccount("d1", 1, Healthy, 1)
				w.shows("t1", "d1-1", was+" stale")
				w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Available", Activity: "Available"})
				before := w.sim.Stats().Presences
				w.sending(c.sending)
				w.say(1, 1, "Busy")
				pass(time.Second)
				want := c.shows
				if want == was {
					want += " stale"
				}
				w.shows("t1", "d1-1", want)
				got := w.subscriber.Count()
				got.Received = 0
				if got != c.count {
					t.Errorf("counted %+v, want %+v", got, c.count)
				}
				if asked := w.sim.Stats().Presences - before; asked != c.asked {
					t.Errorf("Graph was asked %d times, want %d", asked, c.asked)
				}
			})
		})
	}
}

func TestOldNewsIsDropped(t *testing.T) {
	inHookWorld(t, slow, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(begun)
		tell := func(availability, sequence string) {
			w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: availability, Activity: availability, SequenceNumber: sequence})
		}
		tell("Busy", "7")
		tell("Away", "8")
		w.sending(graphsim.Sending{Reversed: true, Duplicated: true})
		w.deliver()
		w.shows("t1", "d1-1", "away/away")
		old := w.last()
		tell("Offline", "10")
		w.deliver()
		w.post(old) // hours later, as far as anybody knows
		w.shows("t1", "d1-1", "offline/offline")
	})
}

// An answer to the poll that was on its way while Graph spoke is older than
// what it said.
func TestAnswerUnderWayDoesNotOutdateANotification(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		w.say(1, 1, "Available")
		pass(4 * cycle)
		w.sim.SetFaults(graphsim.Faults{Slow: 2 * time.Second})
		for range 20 { // at each moment of the cycle
			w.say(1, 1, "Busy")
			w.shows("t1", "d1-1", "busy/busy")
			for range 5 {
				pass(cycle / 20)
				w.shows("t1", "d1-1", "busy/busy")
			}
			w.say(1, 1, "Available")
			pass(cycle)
		}
	})
}

func TestPollAheadStaysWithinTheBudgetAndObeysRetryAfter(t *testing.T) {
	inHookWorld(t, time.Minute, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", numbers(MaxIDs)...)
		for n := range MaxIDs {
			w.sim.SetPresence(microsoftTenant(1), objectID(n+1), graphsim.Presence{Availability: "Available", Activity: "Available"})
		}
		pass(time.Minute)
		w.sending(graphsim.Sending{Basic: true})
		before := w.sim.Stats()
		for round := range 200 { // for ten seconds
			for n := range 50 {
				w.sim.SetPresence(microsoftTenant(1), objectID((round*50+n)%MaxIDs+1), graphsim.Presence{Availability: "Busy", Activity: fmt.Sprint(round)})
			}
			w.deliver()
			pass(50 * time.Millisecond)
		}
		after := w.sim.Stats()
		if n := after.Presences - before.Presences; n < 50 || n > 110 || after.Throttled > 0 {
			t.Errorf("10,000 notifications in ten seconds became %d requests, %d throttled; want about a hundred", n, after.Throttled)
		}
		w.sim.SetFaults(graphsim.Faults{Sending: graphsim.Sending{Basic: true}, Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Second})
		w.say(1, 1, "Away")
		pass(time.Second)
		w.sim.SetFaults(graphsim.Faults{Sending: graphsim.Sending{Basic: true}})
		before = w.sim.Stats()
		w.say(1, 2, "Away")
		pass(20 * time.Second)
		if n := w.sim.Stats().Presences - before.Presences; n != 0 {
			t.Errorf("Graph was asked %d times within its Retry-After", n)
		}
	})
}

func TestOneAccountCoversSixHundredAndFiftyAndTwoTwiceAsMany(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", numbers(1000)...)
		pass(4 * cycle)
		w.wantAccount("d1", 1, Healthy, MaxIDs)
		w.signInAccount("t1", "d1", 1, 1)
		pass(2 * time.Minute)
		w.wantAccount("d1", 1, Healthy, MaxIDs)
		if s := w.sim.Stats(); s.Subscribed != 1 {
			t.Errorf("%d subscriptions were made for the same people", s.Subscribed)
		}
	})
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1, 2)
		w.desk.watch("t1", "d1", numbers(1000)...)
		pass(2 * time.Minute)
		w.wantAccount("d1", 1, Healthy, MaxIDs)
		w.wantAccount("d1", 2, Healthy, 1000-MaxIDs)
		for _, person := range []int{1, MaxIDs, MaxIDs + 1, 1000} {
			w.say(1, person, "Busy")
			w.shows("t1", fmt.Sprintf("d1-%d", person), "busy/busy")
		}
		made := w.sim.Stats().Subscribed
		w.desk.watch("t1", "d1", numbers(900)...) // somebody looks away
		pass(2 * time.Minute)
		if again := w.sim.Stats().Subscribed; again != made {
			t.Errorf("%d subscriptions were made anew because fewer are watched", again-made)
		}
	})
}

func TestAccountThatCannotListenIsStoodInFor(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1, 2)
		w.sim.RevokeSignIn(signer(1))
		w.desk.watch("t1", "d1", numbers(100)...)
		pass(2 * time.Minute)
		w.wantAccount("d1", 1, SignInEnded, 0)
		w.wantAccount("d1", 2, Healthy, 100)
	})
}

func TestWhoIsWatchedAnewIsCoveredSoonAndNotTooOften(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(4 * cycle)
		for n := 2; n <= 30; n++ { // somebody scrolls
			w.desk.watch("t1", "d1", n, n+1)
			pass(cycle)
		}
		made := w.sim.Stats().Subscribed
		if made > 5 {
			t.Errorf("%d subscriptions in two and a half minutes", made)
		}
		pass(2 * time.Minute)
		w.say(1, 31, "Busy")
		w.shows("t1", "d1-31", "busy/busy")
		made = w.sim.Stats().Subscribed
		w.desk.watch("t1", "d1", 1) // scrolls back
		pass(2 * cycle)
		w.say(1, 1, "Away")
		w.shows("t1", "d1-1", "away/away")
		pass(2 * time.Minute)
		if again := w.sim.Stats().Subscribed; again != made {
			t.Errorf("%d subscriptions were made anew for who is covered still", again-made)
		}
		if len(w.sim.Subscriptions()) != 1 {
			t.Errorf("%d subscriptions live", len(w.sim.Subscriptions()))
		}
	})
}

func TestLifecycleEvents(t *testing.T) {
	inHookWorld(t, slow, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.desk.watch("t1", "d1", 1)
		pass(begun)
		w.sim.Announce("reauthorizationRequired")
		w.deliver()
		pass(time.Second)
		if s := w.sim.Stats(); s.Reauthorized != 1 || s.Subscribed != 1 {
			t.Errorf("after reauthorizationRequired: %+v", s)
		}
		if a := w.subscriber.Status("d1")[0]; !a.LastNews.IsZero() {
			t.Error("an event of the subscription counts as news of somebody")
		}
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
		w.sim.SetFaults(graphsim.Faults{Sending: graphsim.Sending{ClientState: "made up"}})
		w.deliver()
		w.sim.Announce("subscriptionRemoved")
		w.sim.Announce("missed")
		w.deliver()
		pass(time.Second)
		if s := w.sim.Stats(); s.Subscribed != 1 || s.Presences != 1 {
			t.Errorf("events with a wrong client state had an effect: %+v", s)
		}
		w.sim.SetFaults(graphsim.Faults{})
		w.sim.Announce("missed")
		w.deliver()
		pass(time.Second)
		w.shows("t1", "d1-1", "busy/busy")
		w.sim.Announce("subscriptionRemoved")
		w.deliver()
		pass(time.Second)
		if s := w.sim.Stats(); s.Subscribed != 2 || len(w.sim.Subscriptions()) != 1 {
			t.Errorf("after subscriptionRemoved: %+v", s)
		}
		w.sim.Announce("somethingNew")
		w.deliver()
		w.wantAccount("d1", 1, Healthy, 1)
	})
}

func TestAccountOfAnotherTenantIsRefused(t *testing.T) {
	inHookWorld(t, cycle, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.join("t2", "d2", 2, 2)
		r := Request{Tenant: "t1", Directory: "d1", KeyID: "k"}
		address := w.consents.BeginAccount(r, microsoftTenant(1))
		q := queryOf(t, address)
		for _, want := range []string{"openid", "offline_access", loginBase + "/Presence.Read.All"} {
			if !strings.Contains(q.Get("scope"), want) {
				t.Errorf("the scope is %q", q.Get("scope"))
			}
		}
		if !strings.HasPrefix(address, loginBase+"/"+microsoftTenant(1)+"/oauth2/") || q.Get("code_challenge_method") != "S256" || strings.Contains(address, "secret") {
			t.Errorf("the sign-in is at %s", address)
		}
		// Who began it sends the address to somebody of another organisation, and
		// makes the endpoint one that takes accounts of all.
		elsewhere := strings.Replace(address, microsoftTenant(1), "organizations", 1)
		done, err := w.consents.Resume(w.t.Context(), click(t, w.sim, elsewhere, signer(2)))
		if !errors.Is(err, ErrOtherTenant) || done.Account != nil {
			t.Errorf("an account of another tenant: %+v, %v", done, err)
		}
		if _, err := w.consents.Resume(w.t.Context(), click(t, w.sim, w.consents.BeginAccount(r, microsoftTenant(1)), "")); !errors.Is(err, ErrRefused) {
			t.Errorf("cancelled: %v", err)
		}
		w.sim.Forbid(microsoftTenant(1))
		if _, err := w.consents.Resume(w.t.Context(), click(t, w.sim, w.consents.BeginAccount(r, microsoftTenant(1)), signer(1))); !errors.Is(err, ErrRefused) {
			t.Errorf("without the permission: %v", err)
		}
	})
}

func TestAddressesMustBePublic(t *testing.T) {
	global, err := NamedCloud("")
	if err != nil {
		t.Fatal(err)
	}
	double := Cloud{loginBase, loginBase}
	for _, c := range []struct {
		base  string
		cloud Cloud
		want  error
	}{
		{"https://ringdex.example.com", global, nil},
		{"https://ringdex.example.com", double, nil},
		{"http://ringdex.example.com", global, ErrNoAddress},
		{"http://127.0.0.1:8080", global, ErrNoAddress},
		{"http://127.0.0.1:8080", double, nil},
		{"http://ringdex.example.com", double, ErrNoAddress},
		{"", global, ErrNoAddress},
		{"https://", global, ErrNoAddress},
	} {
		if err := (Addresses{c.base + "/n", c.base + "/l"}).Check(c.cloud); !errors.Is(err, c.want) {
			t.Errorf("%q with %s: %v, want %v", c.base, c.cloud.Graph, err, c.want)
		}
	}
}
