package teams

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

const (
	loginBase   = "http://127.0.0.1:1"
	redirectURL = "http://127.0.0.1:2/v1/oauth/microsoft/callback"
)

// simKey makes one key for all doubles: making one takes longer than most tests.
var simKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// microsoftTenant and objectID make GUIDs.
func microsoftTenant(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
func objectID(n int) string        { return fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", n) }

// newSim makes a double and the client that asks it.
func newSim(t testing.TB) (*graphsim.Sim, *Client) {
	t.Helper()
	key, err := simKey()
	if err != nil {
		t.Fatal(err)
	}
	sim, err := graphsim.New(graphsim.Config{Key: key, ClientID: "app", ClientSecret: "secret", RedirectURL: redirectURL, BaseURL: loginBase})
	if err != nil {
		t.Fatal(err)
	}
	app := App{ClientID: "app", ClientSecret: "secret", Cloud: Cloud{loginBase, loginBase}}
	if err := app.Check(); err != nil {
		t.Fatal(err)
	}
	return sim, NewClient(app, sim.Transport())
}

// everyone is presence.People in which everybody exists.
type everyone struct{}

func (everyone) Exists(string, string) bool { return true }

// A desk is a Desk that a test fills.
type desk struct {
	mu      sync.Mutex // guards all below
	grants  []Grant
	watched map[string][]Contact // by tenant of Ringdex
}

func (d *desk) Grants() []Grant {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.grants)
}

func (d *desk) Watched(tenant string) []Contact {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.watched[tenant])
}

func (d *desk) grant(g ...Grant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grants = g
}

// watch says that people of a directory, by number, are looked at.
func (d *desk) watch(tenant, directory string, people ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := slices.DeleteFunc(d.watched[tenant], func(c Contact) bool { return c.Directory == directory })
	for _, n := range people {
		list = append(list, Contact{ID: fmt.Sprintf("%s-%d", directory, n), Directory: directory, ObjectID: objectID(n)})
	}
	d.watched[tenant] = list
}

// A world is a poller that runs against a double under a clock of its own.
type world struct {
	t       *testing.T
	sim     *graphsim.Sim
	desk    *desk
	tracker *presence.Tracker
	poller  *Poller
}

func inWorld(t *testing.T, cycle time.Duration, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		sim, client := newSim(t)
		w := &world{t: t, sim: sim, desk: &desk{watched: map[string][]Contact{}}, tracker: presence.New(presence.Config{People: everyone{}})}
		w.poller = NewPoller(PollerConfig{Client: client, Desk: w.desk, Tracker: w.tracker, Cycle: cycle})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, run := range []func(context.Context) error{w.tracker.Run, w.poller.Run} {
			wg.Go(func() { _ = run(ctx) })
		}
		f(w)
		cancel()
		wg.Wait()
	})
}

// connect makes a Microsoft tenant that consented, with a directory.
func (w *world) connect(tenant, directory string, n int) {
	w.sim.AddTenant(graphsim.Tenant{ID: microsoftTenant(n), Name: "Example"})
	w.sim.Consent(microsoftTenant(n))
	w.desk.grant(append(w.desk.Grants(), Grant{tenant, directory, microsoftTenant(n), time.Time{}})...)
	w.poller.Changed()
}

// pass lets d go by on the bubble's clock.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock is not a real one
	synctest.Wait()
}

// shows fails the test unless a contact's presence is so.
func (w *world) shows(tenant, id, want string) {
	w.t.Helper()
	got := "none"
	if s := w.tracker.Get(tenant, id); s != nil {
		got = string(s.Availability) + "/" + string(s.Activity)
		if s.Stale {
			got += " stale"
		}
	}
	if got != want {
		w.t.Errorf("%s is %s, want %s", id, got, want)
	}
}

func (w *world) wantState(directory string, want State) {
	w.t.Helper()
	got, ok := w.poller.Status(directory)
	if !ok || got.State != want || (want == Healthy) != (got.Detail == "") {
		w.t.Errorf("%s is %q (%s), want %q", directory, got.State, got.Detail, want)
	}
}

// click posts a page's form of the double with an account and returns where the
// browser is sent, with the parameters.
func click(t testing.TB, sim *graphsim.Sim, page, account string) url.Values {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, page, strings.NewReader(url.Values{"account": {account}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := sim.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	to := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusFound || !strings.HasPrefix(to, redirectURL+"?") {
		t.Fatalf("%s answered %d to %q", page, resp.StatusCode, to)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// with returns a copy of q with other values.
func with(q url.Values, pairs ...string) url.Values {
	q = maps.Clone(q)
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}
