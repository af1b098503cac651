package scim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringdex/ringdex/scim/idpsim"
	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// provider returns a provisioning job into the site.
func (s *site) provider(profile idpsim.Profile, concurrency int) *idpsim.Provider {
	s.t.Helper()
	p, err := idpsim.New(idpsim.Config{
		BaseURL: "http://in.memory" + s.base, Token: s.token, Profile: profile, Client: s.w.client, Concurrency: concurrency,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(p.Close)
	return p
}

// cycle runs a cycle in which nothing fails and nothing is complained of.
func (s *site) cycle(p *idpsim.Provider) idpsim.Report {
	s.t.Helper()
	r, err := p.Cycle(s.t.Context(), nil)
	if err != nil || r.Failed > 0 || r.Violations > 0 || r.Retries > 0 {
		s.t.Fatalf("cycle: %v; %d failed: %v; %d violations: %v; %d retries", err, r.Failed, r.Failures, r.Violations, r.Sample, r.Retries)
	}
	return r
}

// matches compares what the service and the index hold with the provider's own
// people.
func (s *site) matches(p *idpsim.Provider) {
	s.t.Helper()
	if drifts, err := p.Verify(s.t.Context()); err != nil || len(drifts) > 0 {
		s.t.Fatalf("%d drifts, %v: %v", len(drifts), err, drifts[:min(len(drifts), 5)])
	}
	for _, person := range p.People() {
		id, _ := p.UserID(person.ID)
		for _, phone := range person.Phones {
			readable := phone.Region == "" || phone.Region == "GB" // the directory's own
			if !readable || phone.E164 == "" || phone.Ext != "" {
				continue
			}
			if found := slices.Contains(s.who(phone.E164), id); found != person.Active {
				s.t.Errorf("active %v, and found by %s, written %q: %v", person.Active, phone.E164, phone.Value, found)
			}
		}
	}
}

// TestProvidersFindNothingToComplainOf lets companies change for several cycles
// under each vendor's rules, at the concurrency of a busy job.
func TestProvidersFindNothingToComplainOf(t *testing.T) {
	for _, profile := range []idpsim.Profile{idpsim.EntraLegacy, idpsim.EntraOptSCIM, idpsim.Okta} {
		t.Run(string(profile), func(t *testing.T) {
			s := newSite(t)
			p := s.provider(profile, 8)
			company := people.Company{Seed: 7}
			for person := range company.People(300) {
				p.Assign(person)
			}
			p.GroupByDepartment()
			if r := s.cycle(p); !r.Initial || r.Created != 300 {
				t.Errorf("first cycle: %+v", r)
			}
			s.matches(p)
			rng := rand.New(rand.NewPCG(3, 4))
			for range 4 {
				e := p.Evolve(rng, company, 60)
				if r := s.cycle(p); r.Created != len(e.Joiners) {
					t.Errorf("created %d for %d joiners", r.Created, len(e.Joiners))
				}
				s.matches(p)
			}
			present := p.People()
			p.Delete(present[3].ID, present[5].ID)
			p.RemoveGroup(p.Groups()[0].ID)
			s.cycle(p)
			s.matches(p)
			if r := s.cycle(p); r.Requests != 0 {
				t.Errorf("%d requests when nothing changed", r.Requests)
			}
			s.startsOver(p)
			s.imports(p)
		})
	}
}

// startsOver forgets what was provisioned: the next cycle finds it all, and has
// nothing to write.
func (s *site) startsOver(p *idpsim.Provider) {
	s.t.Helper()
	p.Restart()
	applied := s.w.log.Applied()
	if r := s.cycle(p); r.Created+r.Updated > 0 || s.w.log.Applied() != applied {
		s.t.Errorf("after a restart: created %d, updated %d, %d transactions", r.Created, r.Updated, s.w.log.Applied()-applied)
	}
	s.matches(p)
}

// imports pages through everything.
func (s *site) imports(p *idpsim.Provider) {
	s.t.Helper()
	got, err := p.Import(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	users, groups := s.get("/Users?count=0").Get("totalResults").Text(), s.get("/Groups?count=0").Get("totalResults").Text()
	if fmt.Sprint(got.Users) != users || fmt.Sprint(got.Groups) != groups || got.Groups != len(p.Groups()) {
		s.t.Errorf("imported %+v; the service counts %s users and %s groups", got, users, groups)
	}
}
