package idpsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// companyOf assigns n people and their departments' groups.
func companyOf(p *Provider, n int) people.Company {
	company := people.Company{Seed: 11}
	for person := range company.People(n) {
		p.Assign(person)
	}
	p.GroupByDepartment()
	return company
}

func TestIncrementalCycleSendsNothingWhenNothingChanged(t *testing.T) {
	for _, profile := range profiles() {
		f := newFakeServer()
		p := newTestProvider(t, f, profile)
		companyOf(p, 120)
		if r := mustCycle(t, p); !r.Initial || r.Created != 120 {
			t.Errorf("%s: first cycle: initial %v, created %d", profile, r.Initial, r.Created)
		}
		f.requests()
		if r := mustCycle(t, p); r.Initial || r.Requests != 0 {
			t.Errorf("%s: second cycle sent %d requests: %v", profile, r.Requests, f.requests())
		}
	}
}

func TestInitialCycleAgainOnlyAsks(t *testing.T) {
	for _, profile := range profiles() {
		f := newFakeServer()
		p := newTestProvider(t, f, profile)
		companyOf(p, 120)
		mustCycle(t, p)

		p.Restart()
		f.requests()
		if r := mustCycle(t, p); !r.Initial || r.Requests < 120 || r.Created+r.Updated > 0 {
			t.Errorf("%s: after Restart: %+v", profile, r)
		}
		if n := writes(f.requests()); n != 0 {
			t.Errorf("%s: after Restart: %d writes", profile, n)
		}

		second := newTestProvider(t, f, profile) // another job that finds everybody there
		companyOf(second, 120)
		mustCycle(t, second)
		if n := writes(f.requests()); n != 0 {
			t.Errorf("%s: a second job made %d writes", profile, n)
		}
	}
}

func TestAdoptedUsersAreMadeToFit(t *testing.T) {
	for _, profile := range profiles() {
		f := newFakeServer()
		first := newTestProvider(t, f, profile)
		first.Assign(samplePeople()...)
		first.SetGroup(Group{ID: sale, DisplayName: "SALES", Members: []string{ana}})
		mustCycle(t, first)

		second := newTestProvider(t, f, profile)
		changed := samplePeople()
		changed[0].JobTitle, changed[1].Manager = "Director", cleo
		second.Assign(changed...)
		second.SetGroup(Group{ID: sale, DisplayName: "Sales", Members: []string{ana, bert}})
		r := mustCycle(t, second)
		if r.Created != 0 || r.Updated != 2 {
			t.Errorf("%s: created %d, updated %d, want 0 and 2", profile, r.Created, r.Updated)
		}
		mustMatch(t, f, second)
	}
}

// TestEvolvingCompanyArrivesWhole lets a company change for several cycles, at
// the concurrency of a busy job, and compares the server with the company.
func TestEvolvingCompanyArrivesWhole(t *testing.T) {
	for _, profile := range profiles() {
		t.Run(string(profile), func(t *testing.T) {
			f := newFakeServer()
			p := newTestProvider(t, f, profile)
			p.cfg.Concurrency = 8
			company := companyOf(p, 150)
			mustCycle(t, p)
			rng := rand.New(rand.NewPCG(1, 2))
			for range 6 {
				e := p.Evolve(rng, company, 30)
				if n := len(e.Joiners) + len(e.Movers) + len(e.Leavers); n != 30 {
					t.Errorf("%d things happened, want 30", n)
				}
				r := mustCycle(t, p)
				if r.Created != len(e.Joiners) || r.Deactivated > len(e.Leavers) {
					t.Errorf("created %d for %d joiners, deactivated %d for %d leavers", r.Created, len(e.Joiners), r.Deactivated, len(e.Leavers))
				}
				mustMatch(t, f, p)
			}
			p.Delete(p.People()[3].ID)
			mustCycle(t, p)
			mustMatch(t, f, p)
			if got, err := p.Import(t.Context()); err != nil || got.Users != len(f.users) || got.Groups != len(f.groups) {
				t.Errorf("import found %+v, %v; want %d users and %d groups", got, err, len(f.users), len(f.groups))
			}
		})
	}
}

// mustMatch compares the server's people and memberships with the provider's.
func mustMatch(t *testing.T, f *fakeServer, p *Provider) {
	t.Helper()
	if drifts, err := p.Verify(t.Context()); err != nil || len(drifts) > 0 {
		t.Fatalf("drift %v, error %v", drifts, err)
	}
	profile := p.cfg.Profile
	inScope := map[string]bool{}
	for _, person := range p.People() {
		id, ok := p.UserID(person.ID)
		if !ok {
			t.Fatalf("%s is not provisioned", person.ID)
		}
		inScope[id] = true
		want := byPath(profile.wanted(&person, person.Active))
		if manager, ok := p.UserID(person.Manager); profile != Okta && ok {
			want[pathManager] = manager
		}
		if d := cmp.Diff(want, held(f.users[id])); d != "" {
			t.Fatalf("user differs (-company +server):\n%s", d)
		}
	}
	for id, user := range f.users {
		if user["active"] == true && !inScope[id] {
			t.Errorf("%s is active and not in scope", id)
		}
	}
	for _, g := range p.Groups() {
		id, _ := p.GroupID(g.ID)
		var want, got []string
		for _, m := range p.memberships(g.Members) {
			want = append(want, m.id)
		}
		for _, m := range resource(f.groups[id]).elements("members") {
			got = append(got, m.text("value"))
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("members of a group differ (-company +server):\n%s", d)
		}
	}
}

func TestSameSeedSendsTheSameRequests(t *testing.T) {
	for _, profile := range profiles() {
		run := func() []string {
			f := newFakeServer()
			p := newTestProvider(t, f, profile)
			company := companyOf(p, 60)
			mustCycle(t, p)
			rng := rand.New(rand.NewPCG(3, 4))
			for range 3 {
				p.Evolve(rng, company, 20)
				mustCycle(t, p)
			}
			return f.requests()
		}
		if d := cmp.Diff(run(), run()); d != "" {
			t.Errorf("%s: requests differ:\n%s", profile, d)
		}
	}
}

func TestProgressReachesItsTotal(t *testing.T) {
	f := newFakeServer()
	p := newTestProvider(t, f, EntraLegacy)
	p.cfg.Concurrency = 4
	companyOf(p, 50)
	last, lastTotal := 0, 0
	r, err := p.Cycle(t.Context(), func(done, total int) {
		if done != last+1 || total < lastTotal {
			t.Errorf("progress went from %d of %d to %d of %d", last, lastTotal, done, total)
		}
		last, lastTotal = done, total
	})
	if err != nil || last != lastTotal || last < 50+49 { // users and their managers
		t.Errorf("progress ended at %d of %d; report %+v, error %v", last, lastTotal, r, err)
	}
	if l := r.Latencies["create user"]; l == nil || l.Count != 50 || l.Quantile(0.5) > l.Max {
		t.Errorf("latency of creations: %+v", l)
	}
}

func TestMembersWhoArriveLaterAreAddedThen(t *testing.T) {
	for _, profile := range profiles() {
		f := newFakeServer()
		p := newTestProvider(t, f, profile)
		p.Assign(samplePeople()[:1]...)
		p.SetGroup(Group{ID: sale, DisplayName: "Sales", Members: []string{ana, bert}})
		mustCycle(t, p)
		p.Assign(samplePeople()[1])
		if r := mustCycle(t, p); r.Created != 1 || r.Groups != 1 {
			t.Errorf("%s: created %d, groups %d", profile, r.Created, r.Groups)
		}
		mustMatch(t, f, p)
	}
}

func TestChangesDuringACycleAreProvisionedByTheNext(t *testing.T) {
	f := newFakeServer()
	p := newTestProvider(t, f, EntraOptSCIM)
	p.Assign(samplePeople()...)
	_, err := p.Cycle(t.Context(), func(done, _ int) {
		if done == 1 { // ana is created already
			p.Change(ana, func(q *people.Person) { q.JobTitle = "Changed meanwhile" })
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := mustCycle(t, p); r.Updated != 1 {
		t.Errorf("the next cycle updated %d", r.Updated)
	}
	mustMatch(t, f, p)
}

func TestCancelledCycleEndsAndTheNextGoesOn(t *testing.T) {
	f := newFakeServer()
	p := newTestProvider(t, f, EntraLegacy)
	p.cfg.Concurrency = 4
	companyOf(p, 80)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := p.Cycle(ctx, func(done, _ int) {
		if done == 10 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || r.Created < 10 || r.Created > 20 || r.Failed > 0 {
		t.Fatalf("created %d, failed %d, error %v", r.Created, r.Failed, err)
	}
	mustCycle(t, p)
	mustMatch(t, f, p)
}

// TestNoGoroutineOutlivesItsCall fails by deadlock if one does.
func TestNoGoroutineOutlivesItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeServer()
		p := newTestProvider(t, f, Okta)
		p.cfg.Concurrency = 16
		companyOf(p, 40)
		mustCycle(t, p)
		mustMatch(t, f, p)
	})
}

func TestRealSocketsWork(t *testing.T) {
	f := newFakeServer()
	server := httptest.NewServer(f)
	defer server.Close()
	p, err := New(Config{BaseURL: server.URL + "/scim/d1", Token: testToken, Profile: EntraOptSCIM, Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	companyOf(p, 40)
	mustCycle(t, p)
	mustMatch(t, f, p)
}

func TestConfigIsChecked(t *testing.T) {
	good := Config{BaseURL: "http://127.0.0.1:8080/scim/d1", Token: "t", Profile: Okta}
	for name, breakIt := range map[string]func(*Config){
		"no URL":          func(c *Config) { c.BaseURL = "" },
		"no scheme":       func(c *Config) { c.BaseURL = "127.0.0.1/scim" },
		"other scheme":    func(c *Config) { c.BaseURL = "ftp://h/scim" },
		"broken URL":      func(c *Config) { c.BaseURL = "http://h:port/%zz" },
		"no token":        func(c *Config) { c.Token = "" },
		"unknown profile": func(c *Config) { c.Profile = "other" },
	} {
		cfg := good
		breakIt(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for base, want := range map[string]string{
		"https://h/scim/d1/?aadOptscim062020": "https://h/scim/d1/Users?a=1&aadOptscim062020",
		"https://h/scim/d1?x=y":               "https://h/scim/d1/Users?a=1&x=y&aadOptscim062020",
		"https://h/scim/d1/v2/":               "https://h/scim/d1/v2/Users?a=1&aadOptscim062020",
	} {
		p, err := New(Config{BaseURL: base, Token: "t", Profile: EntraOptSCIM, Client: http.DefaultClient})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.url(request{path: "/Users", query: "a=1"}); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
}

func BenchmarkInitialCycle(b *testing.B) {
	for _, profile := range profiles() {
		b.Run(string(profile), func(b *testing.B) {
			persons := slices.Collect(people.Generate(1, 500))
			requests := 0
			for b.Loop() {
				p, err := New(Config{
					BaseURL: "https://h/scim/d1", Token: testToken, Profile: profile, Client: &http.Client{Transport: cannedServer{}},
				})
				if err != nil {
					b.Fatal(err)
				}
				p.Assign(persons...)
				r, err := p.Cycle(b.Context(), nil)
				if err != nil || r.Failed > 0 {
					b.Fatal(err, r.Failures)
				}
				requests += r.Requests
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(requests), "ns/request")
		})
	}
}

// A cannedServer knows nobody and gives everybody the same id: it costs little.
type cannedServer struct{}

func (cannedServer) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/scim+json")
	switch r.Method {
	case http.MethodGet:
		_, _ = fmt.Fprintf(w, `{"schemas":[%q],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`, listSchema)
	case http.MethodPost:
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, `{"id":"u"}`)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
	return w.Result(), nil
}

func TestEvolutionTouchesNobodyTwice(t *testing.T) {
	p := newTestProvider(t, newFakeServer(), Okta)
	company := companyOf(p, 20)
	e := p.Evolve(rand.New(rand.NewPCG(5, 6)), company, 60) // more than there are people
	seen := map[string]bool{}
	for _, id := range slices.Concat(e.Joiners, e.Movers, e.Leavers) {
		if seen[id] {
			t.Errorf("%s is touched twice", id)
		}
		seen[id] = true
	}
	names := map[string]bool{}
	for _, person := range p.People() {
		names[person.UserPrincipalName] = true
	}
	if want := 20 + len(e.Joiners) - len(e.Leavers); len(slices.Collect(maps.Keys(names))) != want {
		t.Errorf("%d user names, want %d", len(names), want)
	}
}
