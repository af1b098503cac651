package teams

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
	"github.com/ringdex/ringdex/presence/teams/notice"
)

const hookBase = "http://127.0.0.1:2/v1/microsoft/"

// signer makes the object id of an account.
func signer(n int) string { return "cccccccc-0000-4000-8000-00000000000" + string(rune('0'+n)) }

// A safe is a Safe that a test fills.
type safe struct {
	mu       sync.Mutex // guards all below
	accounts []Account
	kept     int   // refresh tokens that were kept
	broken   error // what Keep answers
}

func (s *safe) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.accounts)
}

func (s *safe) Keep(_ context.Context, a Account, refreshToken string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	for i, o := range s.accounts {
		if o.Directory == a.Directory && o.ObjectID == a.ObjectID && o.At.Equal(a.At) {
			s.accounts[i].RefreshToken = refreshToken
			s.kept++
		}
	}
	return nil
}

func (s *safe) put(a Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts = slices.DeleteFunc(s.accounts, func(o Account) bool { return o.Directory == a.Directory && o.ObjectID == a.ObjectID })
	s.accounts = append(s.accounts, a)
}

func (s *safe) drop(object string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts = slices.DeleteFunc(s.accounts, func(o Account) bool { return o.ObjectID == object })
}

// A hookWorld is a poller and a subscriber that run against a double under a
// clock of their own.
type hookWorld struct {
	world
	safe       *safe
	consents   *Consents
	subscriber *Subscriber

	mu       sync.Mutex // guards all below
	handles  func(r *http.Request) (status int, mediaType, body string)
	delivers [][]byte // bodies that came
	stop     context.CancelFunc
}

// RoundTrip is the way of notifications: it does what the server does.
func (w *hookWorld) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	status, media, body := w.handle(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rec.Header().Set("Content-Type", media)
	rec.WriteHeader(status)
	_, _ = rec.WriteString(body)
	return rec.Result(), nil
}

func (w *hookWorld) handle(r *http.Request) (int, string, string) {
	w.mu.Lock()
	special := w.handles
	w.mu.Unlock()
	if special != nil {
		return special(r)
	}
	if answer, ok := Validation(r.URL.Query().Get("validationToken")); ok {
		return http.StatusOK, "text/plain; charset=utf-8", answer
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return http.StatusBadRequest, "text/plain", ""
	}
	w.mu.Lock()
	w.delivers = append(w.delivers, body)
	w.mu.Unlock()
	w.subscriber.Receive(body)
	return http.StatusAccepted, "text/plain", ""
}

func (w *hookWorld) answerWith(f func(r *http.Request) (int, string, string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.handles = f
}

// testKeys hands out keys that were made before: making one takes longer than
// most tests.
func testKeys(t testing.TB) func(now time.Time) (*notice.Key, error) {
	made := 0
	return func(now time.Time) (*notice.Key, error) {
		pool, err := keyPool()
		if err != nil {
			t.Error(err)
			return nil, err
		}
		k := *pool[made%len(pool)]
		made++
		k.Made = now
		return &k, nil
	}
}

var keyPool = sync.OnceValues(func() (pool [3]*notice.Key, err error) {
	for i := range pool {
		if pool[i], err = notice.NewKey(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			return pool, err
		}
	}
	return pool, nil
})

func inHookWorld(t *testing.T, pollCycle time.Duration, f func(w *hookWorld)) {
	synctest.Test(t, func(t *testing.T) {
		key, err := simKey()
		if err != nil {
			t.Fatal(err)
		}
		w := &hookWorld{safe: &safe{}}
		sim, err := graphsim.New(graphsim.Config{Key: key, ClientID: "app", ClientSecret: "secret", RedirectURL: redirectURL, BaseURL: loginBase, Deliver: w})
		if err != nil {
			t.Fatal(err)
		}
		client := NewClient(App{ClientID: "app", ClientSecret: "secret", Cloud: Cloud{loginBase, loginBase}}, sim.Transport())
		w.world = world{t: t, sim: sim, desk: &desk{watched: map[string][]Contact{}}, tracker: presence.New(presence.Config{People: everyone{}})}
		w.poller = NewPoller(PollerConfig{Client: client, Desk: w.desk, Tracker: w.tracker, Cycle: pollCycle})
		w.consents = NewConsents(ConsentsConfig{Client: client, RedirectURL: redirectURL, Allowed: func(Request) error { return nil }})
		address := Addresses{hookBase + "notifications", hookBase + "lifecycle"}
		if err := address.Check(Cloud{loginBase, loginBase}); err != nil {
			t.Fatal(err)
		}
		w.subscriber = NewSubscriber(SubscriberConfig{Client: client, Poller: w.poller, Safe: w.safe, Addresses: address})
		w.subscriber.ring.Make = testKeys(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.stop = cancel
		var wg sync.WaitGroup
		for _, run := range []func(context.Context) error{w.tracker.Run, w.poller.Run, w.subscriber.Run} {
			wg.Go(func() { _ = run(ctx) })
		}
		f(w)
		cancel()
		wg.Wait()
	})
}

// join makes a Microsoft tenant that consented, with a directory and accounts
// that sign in for it.
func (w *hookWorld) join(tenant, directory string, n int, accounts ...int) {
	w.t.Helper()
	var list []graphsim.Account
	for _, a := range accounts {
		list = append(list, graphsim.Account{ID: signer(a), Name: "Account"})
	}
	w.sim.AddTenant(graphsim.Tenant{ID: microsoftTenant(n), Name: "Example", Accounts: list})
	w.sim.Consent(microsoftTenant(n))
	w.desk.grant(append(w.desk.Grants(), Grant{tenant, directory, microsoftTenant(n), time.Time{}})...)
	w.poller.Changed()
	for _, a := range accounts {
		w.signInAccount(tenant, directory, n, a)
	}
}

// signInAccount lets an account sign in in a browser.
func (w *hookWorld) signInAccount(tenant, directory string, n, account int) {
	w.t.Helper()
	begin := w.consents.BeginAccount(Request{Tenant: tenant, Directory: directory, KeyID: "k"}, microsoftTenant(n))
	done, err := w.consents.Resume(w.t.Context(), click(w.t, w.sim, begin, signer(account)))
	if err != nil || done.Account == nil {
		w.t.Fatalf("the sign-in came to %+v, %v", done, err)
	}
	done.Account.At = time.Now()
	w.safe.put(*done.Account)
	w.subscriber.Changed()
}

// say says how somebody of a Microsoft tenant is, and has it delivered.
func (w *hookWorld) say(n, person int, availability string) {
	w.t.Helper()
	w.sim.SetPresence(microsoftTenant(n), objectID(person), graphsim.Presence{Availability: availability, Activity: availability})
	w.deliver()
}

func (w *hookWorld) deliver() {
	w.sim.Deliver(w.t.Context())
	synctest.Wait()
}

func (w *hookWorld) sending(s graphsim.Sending) { w.sim.SetFaults(graphsim.Faults{Sending: s}) }

// wantAccount fails the test unless an account is in a state and covers so many.
func (w *hookWorld) wantAccount(directory string, account int, state State, covers int) {
	w.t.Helper()
	for _, a := range w.subscriber.Status(directory) {
		if a.ObjectID != signer(account) {
			continue
		}
		if a.State != state || a.Covers != covers || (state == Healthy) != (a.Detail == "") || a.Expires.IsZero() != (covers == 0) {
			w.t.Errorf("account %d is %+v; want it %s, for %d people", account, a, state, covers)
		}
		return
	}
	w.t.Errorf("account %d of %s is not known", account, directory)
}

// only returns the one subscription that lives at Graph.
func (w *hookWorld) only() graphsim.Subscribed {
	w.t.Helper()
	list := w.sim.Subscriptions()
	if len(list) != 1 {
		w.t.Fatalf("%d subscriptions, want 1", len(list))
	}
	return list[0]
}

// post brings a body as Graph would.
func (w *hookWorld) post(body string) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, hookBase+"notifications", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		w.t.Errorf("a delivery is answered %d", resp.StatusCode)
	}
	synctest.Wait()
}

// last returns the newest delivery that came.
func (w *hookWorld) last() string {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.delivers) == 0 {
		w.t.Fatal("nothing was delivered")
	}
	return string(w.delivers[len(w.delivers)-1])
}

// queryOf returns the parameters of an address.
func queryOf(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
