package teams

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

// Whatever comes, in whatever order, twice, altered, late or not at all: a cycle
// after Microsoft behaves again everybody shows how they are.
func TestWhatIsShownConvergesOnTheTruth(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inHookWorld(t, cycle, func(w *hookWorld) {
				m := &madness{hookWorld: w, rng: rand.New(rand.NewPCG(seed, 9)), truth: map[int]string{}, numbered: seed%2 == 1}
				w.join("t1", "d1", 1, 1, 2)
				for range 2000 {
					m.act()
					pass(time.Duration(m.rng.IntN(3000)) * time.Millisecond)
				}
				w.sim.SetFaults(graphsim.Faults{})
				w.answerWith(nil)
				w.deliver()
				w.desk.watch("t1", "d1", numbers(madPeople)...)
				pass(maxBackoff + maxBackoff/5 + 2*cycle) // the poll may have been throttled
				for person := 1; person <= madPeople; person++ {
					want := strings.ToLower(m.truth[person])
					if want == "" {
						want = "unknown"
					}
					w.shows("t1", fmt.Sprintf("d1-%d", person), want+"/"+want)
				}
				if n := len(w.sim.Subscriptions()); n > 2 {
					t.Errorf("%d subscriptions live for two accounts", n)
				}
				if c := w.subscriber.Count(); c.Applied < 10 || c.Refused < 5 {
					t.Errorf("it was not mad enough: %+v", c)
				}
				for i, a := range w.subscriber.Status("d1") {
					if a.State != Healthy && a.State != SignInEnded && a.State != Degraded {
						t.Errorf("account %d is %s: %s", i, a.State, a.Detail)
					}
				}
			})
		})
	}
}

const madPeople = 12

// madness makes Microsoft, and the network, do what they do at their worst.
type madness struct {
	*hookWorld
	rng      *rand.Rand
	truth    map[int]string
	numbered bool // presences have sequence numbers
	sequence int
}

func (m *madness) act() {
	switch m.rng.IntN(12) {
	case 0, 1, 2, 3, 4:
		person := 1 + m.rng.IntN(madPeople)
		state := []string{"Available", "Busy", "Away", "Offline"}[m.rng.IntN(4)]
		m.sequence++
		p := graphsim.Presence{Availability: state, Activity: state}
		if m.numbered {
			p.SequenceNumber = fmt.Sprintf("%06d", m.sequence)
		}
		m.truth[person] = state
		m.sim.SetPresence(microsoftTenant(1), objectID(person), p)
		if m.rng.IntN(3) > 0 {
			m.deliver()
		}
	case 5:
		m.sim.SetFaults(graphsim.Faults{Sending: graphsim.Sending{
			Basic: m.rng.IntN(3) == 0, Mixed: m.flip(), Duplicated: m.flip(), Reversed: m.flip(), Tampered: m.rng.IntN(5) == 0, NoToken: m.rng.IntN(5) == 0,
		}, RenewIdle: m.flip()})
	case 6:
		m.sim.SetFaults(graphsim.Faults{Slow: time.Duration(m.rng.IntN(4000)) * time.Millisecond})
	case 7:
		m.sim.SetFaults([]graphsim.Faults{{Status: 503}, {Status: 429, RetryAfter: 7 * time.Second}, {Truncated: true}, {SubscriptionStatus: 500}, {TokenStatus: 502}}[m.rng.IntN(5)])
	case 8:
		m.desk.watch("t1", "d1", numbers(madPeople/2+m.rng.IntN(madPeople/2+1))...)
	case 9:
		if m.rng.IntN(10) == 0 {
			m.sim.Lose()
		} else {
			m.sim.Announce([]string{"reauthorizationRequired", "missed", "subscriptionRemoved"}[m.rng.IntN(3)])
		}
		m.deliver()
	case 10:
		m.answerWith(nil)
		if m.rng.IntN(3) == 0 { // deliveries wait, and come again later
			m.answerWith(func(*http.Request) (int, string, string) { return 500, "text/plain", "" })
		}
	case 11:
		m.sim.SetFaults(graphsim.Faults{})
		if m.rng.IntN(20) == 0 {
			m.sim.RevokeSignIn(signer(1))
		}
	}
}

func (m *madness) flip() bool { return m.rng.IntN(2) == 0 }

// A refresh token that cannot be kept is used all the same, until the next
// start.
func TestAccountListensAlsoIfItsTokenCannotBeKept(t *testing.T) {
	inHookWorld(t, time.Minute, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.safe.mu.Lock()
		w.safe.broken = errors.New("the disk is full")
		w.safe.mu.Unlock()
		w.desk.watch("t1", "d1", 1)
		pass(5 * time.Hour)
		w.wantAccount("d1", 1, Healthy, 1)
	})
}

// BenchmarkTake measures what a delivery of one item costs: one that is genuine,
// and one of somebody who does not know the client state.
func BenchmarkTake(b *testing.B) {
	sim, client := newSim(b)
	sim.AddTenant(graphsim.Tenant{ID: microsoftTenant(1), Name: "Example"})
	p := NewPoller(PollerConfig{Client: client, Desk: &desk{}})
	s := NewSubscriber(SubscriberConfig{Client: client, Poller: p, Safe: &safe{}})
	s.ring.Make = testKeys(b)
	key, err := s.ring.Current(time.Now())
	if err != nil {
		b.Fatal(err)
	}
	l := newListener(s, Account{MicrosoftTenant: microsoftTenant(1), ObjectID: signer(1)}, func() {})
	s.enter(l, &subscription{id: "s", clientState: "state", ids: map[string]bool{objectID(1): true}, expires: time.Now().Add(time.Hour)})
	genuine, err := sim.Sealed(graphsim.Sealing{
		Subscription: "s", ClientState: "state", Tenant: microsoftTenant(1), Certificate: key.Certificate, CertificateID: key.ID,
		Object: objectID(1), Presence: graphsim.Presence{Availability: "Busy", Activity: "Busy"},
	})
	if err != nil {
		b.Fatal(err)
	}
	forged := []byte(strings.Replace(string(genuine), `"state"`, `"guess"`, 1))
	for name, body := range map[string][]byte{"genuine": genuine, "forged": forged} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := s.Count().Opened
			for b.Loop() {
				s.take(context.Background(), body)
			}
			if opened := s.Count().Opened - before; (opened > 0) != (name == "genuine") {
				b.Fatalf("a key was used %d times", opened)
			}
		})
	}
}
