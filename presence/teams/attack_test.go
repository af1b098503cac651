package teams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams/graphsim"
	"github.com/ringdex/ringdex/presence/teams/notice"
)

// listening returns a world in which one person is covered and known.
func listening(t *testing.T, f func(w *hookWorld)) {
	inHookWorld(t, slow, func(w *hookWorld) {
		w.join("t1", "d1", 1, 1)
		w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Available", Activity: "Available"})
		w.desk.watch("t1", "d1", 1)
		pass(begun)
		f(w)
	})
}

func TestFloodWithAWrongClientStateReachesNoKey(t *testing.T) {
	listening(t, func(w *hookWorld) {
		w.say(1, 1, "Busy")
		good, sub := w.last(), w.only()
		wrong := strings.ReplaceAll(good, sub.ClientState, strings.Repeat("A", len(sub.ClientState)))
		if wrong == good {
			t.Fatal("the delivery has no client state")
		}
		before, asked := w.subscriber.Count(), w.sim.Stats()
		for range 5000 {
			w.subscriber.Receive([]byte(wrong))
		}
		for _, other := range []string{"", "a", sub.ClientState[1:], sub.ClientState + "A", strings.ToLower(sub.ClientState)} {
			w.post(strings.ReplaceAll(good, sub.ClientState, other))
		}
		w.post(strings.ReplaceAll(good, sub.ID, "another"))
		got := w.subscriber.Count()
		if got.Opened != before.Opened || got.Verified != before.Verified || got.Applied != before.Applied || got.Hurried != before.Hurried {
			t.Errorf("a flood led to %+v, before it %+v", got, before)
		}
		if got.Dropped == 0 || got.Refused+got.Dropped != 5006 {
			t.Errorf("of 5006 deliveries %d were refused and %d dropped", got.Refused, got.Dropped)
		}
		if after := w.sim.Stats(); after.Presences != asked.Presences {
			t.Error("a flood had Graph asked")
		}
		w.say(1, 1, "Away") // and what is genuine still comes through
		w.shows("t1", "d1-1", "away/away")
	})
}

func TestGarbageIsRefused(t *testing.T) {
	listening(t, func(w *hookWorld) {
		w.say(1, 1, "Busy")
		good := w.last()
		before := w.subscriber.Count()
		rng := rand.New(rand.NewPCG(1, 2))
		bodies := []string{"", "{}", "null", "[]", "\x00", strings.Repeat("[", 1<<19), `{"value":` + strings.Repeat(`[`, 20_000), strings.Repeat(" ", MaxDeliveryBytes+1)}
		for range 300 { // cut short, or with one byte changed
			b := []byte(good)
			if rng.IntN(2) == 0 {
				b = b[:rng.IntN(len(b))]
			} else {
				b[rng.IntN(len(b))] ^= byte(1 << rng.IntN(8))
			}
			bodies = append(bodies, string(b))
		}
		for _, b := range bodies {
			w.post(b)
			pass(time.Second)
			if s := w.tracker.Get("t1", "d1-1"); s.Availability != "busy" || s.Activity != "busy" {
				t.Fatalf("a body that was changed made it %s/%s:\n%.600s", s.Availability, s.Activity, b)
			}
		}
		got := w.subscriber.Count()
		if n := got.Refused + got.Dropped + got.Applied + got.Hurried - before.Applied; n < int64(len(bodies))*9/10 {
			t.Errorf("%d bodies came to %+v", len(bodies), got)
		}
	})
}

// A delivery that fills its limits with items and tokens costs one verification
// of each token and nothing more, even to who knows the client state.
func TestHugeDeliveryIsBounded(t *testing.T) {
	listening(t, func(w *hookWorld) {
		w.say(1, 1, "Busy")
		sub := w.only()
		item := map[string]any{
			"subscriptionId": sub.ID, "clientState": sub.ClientState, "tenantId": sub.Tenant, "resourceData": map[string]string{"id": objectID(1)},
			"encryptedContent": map[string]string{"data": "AAAAAAAAAAAAAAAAAAAAAA==", "dataKey": "AA==", "dataSignature": "AA==", "encryptionCertificateId": sub.CertificateID},
		}
		body, err := json.Marshal(map[string]any{
			"value": slices.Repeat([]any{item}, notice.MaxItems), "validationTokens": slices.Repeat([]string{"a.b.c"}, notice.MaxTokens),
		})
		if err != nil || len(body) > MaxDeliveryBytes {
			t.Fatal(len(body), err)
		}
		before := w.subscriber.Count()
		w.post(string(body))
		if got := w.subscriber.Count(); got.Opened != before.Opened || got.Verified != before.Verified+1 || got.Refused != notice.MaxItems {
			t.Errorf("%+v, before %+v", got, before)
		}
	})
}

// What a genuine delivery may say is only what its subscription is about.
func TestSubscriptionTellsOfItsPeopleOnly(t *testing.T) {
	listening(t, func(w *hookWorld) {
		sub := w.only()
		for _, object := range []string{objectID(2), "", "x", "../users", strings.Repeat("a", 36)} {
			body, err := json.Marshal(map[string]any{"value": []any{map[string]any{
				"subscriptionId": sub.ID, "clientState": sub.ClientState, "tenantId": sub.Tenant, "resourceData": map[string]string{"id": object},
			}}})
			if err != nil {
				t.Fatal(err)
			}
			asked := w.sim.Stats().Presences
			w.post(string(body))
			pass(time.Second)
			if got := w.subscriber.Count(); got.Hurried != 0 || w.sim.Stats().Presences != asked {
				t.Errorf("%q: %+v", object, got)
			}
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	w := &Subscriber{queue: make(chan []byte, maxQueued)} // nobody works through it
	for range 2 * maxQueued {
		w.Receive(make([]byte, 100))
	}
	for range 100 {
		w.Receive(make([]byte, MaxDeliveryBytes))
	}
	if got := w.Count(); len(w.queue) != maxQueued || got.Dropped != maxQueued+100 || w.queued.Load() != 100*maxQueued {
		t.Errorf("%d wait, %d bytes, %+v", len(w.queue), w.queued.Load(), got)
	}
	w = &Subscriber{queue: make(chan []byte, maxQueued)}
	for range 100 {
		w.Receive(make([]byte, MaxDeliveryBytes))
	}
	if n := w.queued.Load(); n > maxQueuedBytes {
		t.Errorf("%d bytes wait", n)
	}
}

func TestValidationAnswersWithItsText(t *testing.T) {
	for token, want := range map[string]string{
		"Validation: Testing client application reachability for subscription Request-Id: 8c2d": "Validation: Testing client application reachability for subscription Request-Id: 8c2d",
		"<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
		"a&b":                       "a&amp;b",
		"":                          "",
		strings.Repeat("x", 4097):   "",
	} {
		if got, ok := Validation(token); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", token, got, ok)
		}
	}
}

// The double refuses what Graph refuses, so that the handshake is really held.
func TestHandshakeThatIsWrongGivesNoSubscription(t *testing.T) {
	for name, answer := range map[string]func(r *http.Request) (int, string, string){
		"status": func(r *http.Request) (int, string, string) {
			return 202, "text/plain", r.URL.Query().Get("validationToken")
		},
		"media": func(r *http.Request) (int, string, string) {
			return 200, "text/html", r.URL.Query().Get("validationToken")
		},
		"text": func(*http.Request) (int, string, string) { return 200, "text/plain", "ok" },
		"undecoded": func(r *http.Request) (int, string, string) {
			return 200, "text/plain", strings.TrimPrefix(r.URL.RawQuery, "validationToken=")
		},
		"too late": func(r *http.Request) (int, string, string) {
			<-r.Context().Done()
			return 200, "text/plain", ""
		},
		"lifecycle only": func(r *http.Request) (int, string, string) {
			if strings.HasSuffix(r.URL.Path, "lifecycle") {
				return 200, "text/plain", r.URL.Query().Get("validationToken")
			}
			return 404, "text/plain", ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHookWorld(t, slow, func(w *hookWorld) {
				w.answerWith(answer)
				w.join("t1", "d1", 1, 1)
				w.desk.watch("t1", "d1", 1)
				pass(2 * time.Minute)
				w.wantAccount("d1", 1, Degraded, 0)
				w.answerWith(nil)
				pass(2 * time.Minute)
				w.wantAccount("d1", 1, Healthy, 1)
			})
		})
	}
}

// An endpoint that is slow is tried again, and in the end left alone for a
// while, by the double as by Graph.
func TestDeliveriesThatAreNotTakenComeAgain(t *testing.T) {
	listening(t, func(w *hookWorld) {
		w.answerWith(func(r *http.Request) (int, string, string) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return 0, "", ""
		})
		w.say(1, 1, "Busy")
		w.answerWith(nil)
		w.deliver()
		if got := w.subscriber.Count(); got.Received != 0 {
			t.Fatalf("it came again at once: %+v", got)
		}
		pass(15 * time.Second)
		w.deliver()
		if got := w.subscriber.Count(); got.Applied != 1 || w.sim.Stats().Slow != 1 {
			t.Errorf("%+v, %+v", got, w.sim.Stats())
		}
		w.shows("t1", "d1-1", "busy/busy")
	})
}

func TestShareKeepsWhatItCan(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 400 {
		people, accounts := rng.IntN(2500), 1+rng.IntN(4)
		var watched []string
		for i := range people {
			watched = append(watched, fmt.Sprintf("%05d", i))
		}
		held := make([]map[string]bool, accounts)
		for i := range held {
			held[i] = map[string]bool{}
			for range rng.IntN(MaxIDs + 1) {
				held[i][fmt.Sprintf("%05d", rng.IntN(3000))] = true // some of them unwatched
			}
		}
		isWatched := func(id string) bool { _, ok := slices.BinarySearch(watched, id); return ok }
		lists := share(watched, isWatched, held)
		owner, covered := map[string]int{}, 0
		for i, l := range lists {
			if len(l) > MaxIDs || !slices.IsSorted(l) {
				t.Fatalf("round %d: list %d has %d", round, i, len(l))
			}
			for _, id := range l {
				if _, twice := owner[id]; twice || !slices.Contains(watched, id) {
					t.Fatalf("round %d: %s is shared twice, or not watched", round, id)
				}
				owner[id] = i
				covered++
			}
		}
		if covered != min(people, accounts*MaxIDs) {
			t.Fatalf("round %d: %d of %d people are covered by %d accounts", round, covered, people, accounts)
		}
		for _, id := range watched { // who was covered by one stays there
			first := slices.IndexFunc(held, func(h map[string]bool) bool { return h[id] })
			if at, ok := owner[id]; first >= 0 && (!ok || at != first) {
				t.Fatalf("round %d: %s went from %d to %d (%t)", round, id, first, at, ok)
			}
		}
		again := share(watched, isWatched, setsOf(lists))
		for i := range lists {
			if !slices.Equal(again[i], lists[i]) {
				t.Fatalf("round %d: shared again it is otherwise", round)
			}
		}
	}
}

// BenchmarkShare shares as many people as Graph can be polled for among as many
// accounts as a directory can have, which each of them does every few seconds.
func BenchmarkShare(b *testing.B) {
	watched := make([]string, 130_000)
	set := make(map[string]bool, len(watched))
	for i := range watched {
		watched[i] = fmt.Sprintf("%06d", i)
		set[watched[i]] = true
	}
	held := setsOf(share(watched, func(id string) bool { return set[id] }, make([]map[string]bool, 32)))
	for b.Loop() {
		share(watched, func(id string) bool { return set[id] }, held)
	}
}

func setsOf(lists [][]string) []map[string]bool {
	sets := make([]map[string]bool, len(lists))
	for i, l := range lists {
		sets[i] = map[string]bool{}
		for _, id := range l {
			sets[i][id] = true
		}
	}
	return sets
}

// FuzzTake holds that no delivery that was made up changes anything, in a
// server that has a subscription.
func FuzzTake(f *testing.F) {
	keys := testKeys(f)
	for _, seed := range []string{
		`{"value":[{"subscriptionId":"s","clientState":"c","tenantId":"t","resourceData":{"id":"x"}}]}`,
		`{"value":[{"subscriptionId":"s","clientState":"state","tenantId":"` + microsoftTenant(1) + `","resourceData":{"id":"` + objectID(1) + `"}}]}`,
		`{"value":[{"subscriptionId":"s","clientState":"state","tenantId":"` + microsoftTenant(1) + `","lifecycleEvent":"missed"}],"validationTokens":["a.b.c"]}`,
		`{"value":[{"subscriptionId":"s","clientState":"state","tenantId":"` + microsoftTenant(1) + `","encryptedContent":{"encryptionCertificateId":"k"}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, client := newSim(t)
		p := NewPoller(PollerConfig{Client: client, Desk: &desk{}})
		s := NewSubscriber(SubscriberConfig{Client: client, Poller: p, Safe: &safe{}})
		s.ring.Make = keys
		l := newListener(s, Account{MicrosoftTenant: microsoftTenant(1), ObjectID: signer(1)}, func() {})
		s.enter(l, &subscription{id: "s", clientState: "state", ids: map[string]bool{objectID(1): true}, expires: time.Now().Add(time.Hour)})
		s.take(t.Context(), body)
		got := s.Count()
		if got.Applied != 0 || got.Opened != 0 {
			t.Errorf("%+v", got)
		}
		if n := got.Hurried + got.Lifecycle; n > 0 && !bytes.Contains(body, []byte("state")) && !bytes.Contains(body, []byte(`\u`)) {
			t.Errorf("without the client state: %+v", got)
		}
	})
}
