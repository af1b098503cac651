package scimload

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/cmd/ringdex/server"
)

func small(folder string) Config { return Config{Users: 200, Groups: 8, Clients: 8, Folder: folder} }

// namesOf lists the results in their order.
func namesOf(r *Report) []string {
	names := make([]string, len(r.Results))
	for i := range names {
		names[i] = r.Results[i].Name
	}
	return names
}

var overHTTP = []string{
	"create", "create_group", "member_fill", "member_add", "member_add_empty", "member_add_largest", "member_add_together",
	"patch", "patch_noop", "get_filtered", "get_filtered_mail", "test_connection", "list_page", "delete",
}

// TestEveryPhaseDoesItsWork runs everything on a small directory: each phase
// has results, none fails, and what the server holds in the end is what was
// provisioned.
func TestEveryPhaseDoesItsWork(t *testing.T) {
	folder := t.TempDir()
	r, err := Run(t.Context(), small(folder))
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{"log_commit", "pebble_commit", "client_ceiling"}, overHTTP...)
	if diff := cmp.Diff(want, namesOf(r)); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	for _, result := range r.Results {
		if result.Errors > 0 || result.Count == 0 || result.PerSecond <= 0 || result.P50 <= 0 || result.P99 < result.P50 || result.Max < result.P99 {
			t.Errorf("%+v", result)
		}
	}
	if got := r.Results[3].Count; got != 200 {
		t.Errorf("%d users were created, want 200", got)
	}
	v := r.Verified
	if v.Users != 200 || v.Groups != 8 || v.Lookups < 100 || v.Largest < 190 || v.Memberships <= v.Largest {
		t.Errorf("verified %+v", v)
	}
	if ratio := r.Results[0].Ratio; ratio == nil || ratio.Of != "pebble_commit" || ratio.Times <= 0 {
		t.Errorf("ratio of log_commit = %+v", ratio)
	}
	nothingIn(t, folder)
}

// nothingIn demands that a folder is empty.
func nothingIn(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("%s is left behind", entry.Name())
	}
}

// A tripwire is progress that ends ctx when a phase is under way.
type tripwire struct {
	phase string
	trip  context.CancelFunc
	begun atomic.Bool
}

func (w *tripwire) Begin(what string, _ int) {
	if what == w.phase {
		w.begun.Store(true)
		w.trip()
	}
}
func (w *tripwire) Set(int) {}
func (w *tripwire) End()    {}

func TestInterruptionLeavesNothingBehind(t *testing.T) {
	for _, phase := range []string{"log_commit", "create", "member_fill", "verify"} {
		t.Run(phase, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := small(t.TempDir())
			wire := &tripwire{phase: phase, trip: cancel}
			cfg.Progress = wire
			r, err := Run(ctx, cfg)
			if r != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("Run = %v, %v; want no report and %v", r, err, context.Canceled)
			}
			if !wire.begun.Load() {
				t.Errorf("phase %s never began", phase)
			}
			nothingIn(t, cfg.Folder)
		})
	}
}

// runServer runs a server until the test ends.
func runServer(t *testing.T, cfg server.Config) server.Ready {
	t.Helper()
	cfg.Listen, cfg.DataDir = "127.0.0.1:0", t.TempDir()
	s, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan server.Ready, 1), make(chan error, 1)
	go func() { ended <- s.Run(ctx, func(r server.Ready) error { ready <- r; return nil }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return <-ready
}

func TestServerElsewhereKeepsNothing(t *testing.T) {
	ready := runServer(t, server.Config{})
	c, err := client.New(ready.URL, ready.FirstKey)
	if err != nil {
		t.Fatal(err)
	}
	cfg := small(t.TempDir())
	cfg.Server, cfg.Key = ready.URL, ready.FirstKey
	r, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(overHTTP, namesOf(r)); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg.Progress = &tripwire{phase: "patch", trip: cancel}
	if _, err := Run(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted Run = %v", err)
	}
	list, err := c.Directories(t.Context())
	if err != nil || len(list.Value.Directories) > 0 {
		t.Errorf("%d directories are left behind, %v", len(list.Value.Directories), err)
	}
	nothingIn(t, cfg.Folder)
}

func TestServerThatCannotBeMeasured(t *testing.T) {
	ready := runServer(t, server.Config{})
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	cfg := small(t.TempDir())

	cfg.Server = "http://127.0.0.1:1"
	if _, err := Run(t.Context(), cfg); !isA[*client.UnreachableError](err) {
		t.Errorf("nobody listens: %v", err)
	}
	cfg.Server = other.URL
	if _, err := Run(t.Context(), cfg); !isA[*client.Problem](err) {
		t.Errorf("not Ringdex: %v", err)
	}
	cfg.Server, cfg.Key = ready.URL, "rdx_admin_wrong"
	if _, err := Run(t.Context(), cfg); !isA[*client.Problem](err) {
		t.Errorf("wrong key: %v", err)
	}
	cfg.Server = "ftp://127.0.0.1"
	if _, err := Run(t.Context(), cfg); !errors.Is(err, client.ErrServerURL) {
		t.Errorf("no URL of a server: %v", err)
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestConfigHasLimits(t *testing.T) {
	for _, cfg := range []Config{{Users: 5}, {Groups: 1}, {Clients: -1}, {Clients: 5000}} {
		if _, err := Run(t.Context(), cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("Run(%+v) = %v, want %v", cfg, err, ErrConfig)
		}
	}
}

// TestGroupsAreAsPlanned holds the plan to what the phases rely on: nobody
// twice in a group, and no outsider in any.
func TestGroupsAreAsPlanned(t *testing.T) {
	for _, users := range []int{minUsers, 1000, 4096} {
		c := &cast{users: make([]user, users)}
		c.makeGroups(50)
		out := outsiders(users)
		if c.groups[0].members.count != users-out {
			t.Errorf("the first group has %d of %d", c.groups[0].members.count, users)
		}
		var sizes []int
		for _, g := range c.groups {
			seen := map[int]bool{}
			for i := range g.members.count {
				seen[g.members.user(i)] = true
			}
			for u := range seen {
				if u < out || u >= users {
					t.Fatalf("user %d of %d is in %s", u, users, g.name)
				}
			}
			if len(seen) != g.members.count {
				t.Errorf("%s has %d members, %d different", g.name, g.members.count, len(seen))
			}
			sizes = append(sizes, g.members.count)
		}
		if slices.Sort(sizes); sizes[0] == sizes[len(sizes)/2] && users > minUsers {
			t.Errorf("of %d users, sizes do not vary: %v", users, sizes)
		}
	}
}

// TestBodiesAreOfTheSizeThatEntraSends keeps the load realistic.
func TestBodiesAreOfTheSizeThatEntraSends(t *testing.T) {
	c, err := newCast(1000)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, u := range c.users {
		sum += len(u.body)
	}
	if mean := sum / len(c.users); mean < 800 || mean > 1000 {
		t.Errorf("a body has %d bytes on average, want about 900", mean)
	}
}

var _ measure.Progress = (*tripwire)(nil)

// TestWriteThatFailsEndsTheRun points the load at a server that refuses a part
// of what one key sends: no figures may come of it.
func TestWriteThatFailsEndsTheRun(t *testing.T) {
	ready := runServer(t, server.Config{KeyRate: 20})
	cfg := small(t.TempDir())
	cfg.Server, cfg.Key = ready.URL, ready.FirstKey
	r, err := Run(t.Context(), cfg)
	if r != nil || err == nil || !strings.HasPrefix(err.Error(), "create: ") || !strings.Contains(err.Error(), "--key-rate") {
		t.Errorf("Run = %v, %v", r, err)
	}
}

// TestUndecidedWriteIsSentAgain holds persist to coming back after a 503, and
// to saying that it did.
func TestUndecidedWriteIsSentAgain(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 2 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusConflict)
	}))
	defer s.Close()
	w := newWire(&endpoint{address: strings.TrimPrefix(s.URL, "http://"), head: "Host: ringdex.example.com\r\n"})
	defer w.drop()
	a, took, again, err := w.persist(t.Context(), call{method: http.MethodPost, target: "/Users", body: []byte("{}")})
	if err != nil || a.status != http.StatusConflict || !again || took < retryAfter(a) {
		t.Errorf("status %d after %s, again %t, %v", a.status, took, again, err)
	}
}
