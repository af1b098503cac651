package idpsim

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ringdex/ringdex/scim/idpsim/people"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func profiles() []Profile { return []Profile{EntraLegacy, EntraOptSCIM, Okta} }

func newTestProvider(t *testing.T, f *fakeServer, profile Profile) *Provider {
	t.Helper()
	p, err := New(Config{
		BaseURL: "https://scim.example.com/scim/d1/", Token: testToken, Profile: profile,
		Client: &http.Client{Transport: f}, MembersPerPatch: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// mustCycle runs a cycle in which nothing may fail.
func mustCycle(t *testing.T, p *Provider) Report {
	t.Helper()
	r, err := p.Cycle(t.Context(), nil)
	if err != nil || r.Failed > 0 || r.Violations > 0 {
		t.Fatalf("cycle: %v, failures %+v, violations %+v", err, r.Failures, r.Sample)
	}
	return r
}

const (
	ana  = "00000000-0000-4000-8000-00000000000a"
	bert = "00000000-0000-4000-8000-00000000000b"
	cleo = "00000000-0000-4000-8000-00000000000c"
	sale = "00000000-0000-4000-8000-0000000000f0"
)

func samplePeople() []people.Person {
	return []people.Person{
		{
			Ordinal: 0, ID: ana, UserPrincipalName: "ana.sample@example.com", GivenName: "Ána", FamilyName: "Sample", DisplayName: "Ána Sample & Co",
			Mail: "ana.sample@example.com", JobTitle: "Engineer", Department: "R&D", CompanyName: "Example", EmployeeID: "E1", Active: true,
			Phones: []people.Phone{{Type: "work", Value: "+44 (0)20 7946 0018"}, {Type: "mobile", Value: "+44 7700 900123"}},
		},
		{
			Ordinal: 1, ID: bert, UserPrincipalName: `bert"o\x@example.com`, GivenName: "Bert", FamilyName: "Sample", DisplayName: "Bert Sample",
			Department: "R&D", CompanyName: "Example", EmployeeID: "E2", Manager: ana, Active: true,
		},
		{
			Ordinal: 2, ID: cleo, UserPrincipalName: "cleo@example.com", FamilyName: "雪", DisplayName: "雪", Manager: ana, Active: true,
			Phones: []people.Phone{{Type: "work", Value: "4711"}},
		},
	}
}

func TestWireFormsOfEachVendor(t *testing.T) {
	for _, profile := range profiles() {
		t.Run(string(profile), func(t *testing.T) {
			f := newFakeServer()
			p := newTestProvider(t, f, profile)
			var got strings.Builder
			for _, step := range wireScript(t, p) {
				step.do()
				fmt.Fprintf(&got, "# %s\n", step.name)
				for _, entry := range f.requests() {
					got.WriteString(entry + "\n")
				}
				got.WriteString("\n")
			}
			compareGolden(t, filepath.Join("testdata", string(profile)+".txt"), got.String())
			drifts, err := p.Verify(t.Context())
			if err != nil || len(drifts) > 0 {
				t.Errorf("after the script: drift %v, error %v", drifts, err)
			}
		})
	}
}

type wireStep struct {
	name string
	do   func()
}

func wireScript(t *testing.T, p *Provider) []wireStep {
	cycle := func(edit func()) func() {
		return func() {
			edit()
			mustCycle(t, p)
		}
	}
	change := func(id string, edit func(*people.Person)) func() {
		return cycle(func() {
			if !p.Change(id, edit) {
				t.Errorf("nobody has the id %s", id)
			}
		})
	}
	return []wireStep{
		{"test connection", func() {
			if err := p.TestConnection(t.Context()); err != nil {
				t.Error(err)
			}
		}},
		{"initial cycle", cycle(func() {
			p.Assign(samplePeople()...)
			p.SetGroup(Group{ID: sale, DisplayName: "Sales", Members: []string{ana, bert, cleo}})
		})},
		{"nothing changed", cycle(func() {})},
		{"restart", cycle(p.Restart)},
		{"several attributes change", change(ana, func(q *people.Person) {
			q.FamilyName, q.DisplayName, q.JobTitle, q.Department = "Muster", "Ána Muster", "Head of R&D", "Lab"
			q.SetPhone(people.Phone{Type: "work", Value: "+44 20 7946 0019"})
			q.SetPhone(people.Phone{Type: "work2", Value: "tel:+44-20-7946-0020"})
		})},
		{"one attribute changes", change(bert, func(q *people.Person) { q.Department = "Design" })},
		{"attributes are cleared", change(ana, func(q *people.Person) {
			q.JobTitle = ""
			q.SetPhone(people.Phone{Type: "mobile"})
		})},
		{"manager changes", change(cleo, func(q *people.Person) { q.Manager = bert })},
		{"manager is cleared", change(cleo, func(q *people.Person) { q.Manager = "" })},
		{"members leave and join", cycle(func() {
			p.SetGroup(Group{ID: sale, DisplayName: "Sales", Members: []string{bert}})
		})},
		{"group is renamed", cycle(func() {
			p.SetGroup(Group{ID: sale, DisplayName: "Sales EMEA", Members: []string{bert, ana}})
		})},
		{"leaver", cycle(func() { p.Unassign(cleo) })},
		{"leaver comes back", cycle(func() { p.Assign(samplePeople()[2]) })},
		{"person is deleted", cycle(func() { p.Delete(bert) })},
		{"group is deleted", cycle(func() { p.RemoveGroup(sale) })},
		{"import", func() {
			if _, err := p.Import(t.Context()); err != nil {
				t.Error(err)
			}
		}},
	}
}

func TestHeadersOfEachVendor(t *testing.T) {
	var got strings.Builder
	for _, profile := range profiles() {
		f := newFakeServer()
		f.intercept = func(_ http.ResponseWriter, r *http.Request, _ string) bool {
			fmt.Fprintf(&got, "%s %s\n", profile, r.Method)
			for _, name := range []string{"Authorization", "Accept", "Accept-Charset", "Content-Type", "User-Agent"} {
				if values := r.Header.Values(name); len(values) > 0 {
					fmt.Fprintf(&got, "  %s: %s\n", name, strings.Join(values, " | "))
				}
			}
			return false
		}
		p := newTestProvider(t, f, profile)
		p.Assign(samplePeople()[0])
		mustCycle(t, p)
	}
	compareGolden(t, filepath.Join("testdata", "headers.txt"), got.String())
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}
