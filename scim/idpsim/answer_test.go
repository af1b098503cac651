package idpsim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

func TestAnswersAVendorWouldComplainOfAreViolations(t *testing.T) {
	created := func(media, location, body string) func(http.ResponseWriter, *http.Request, string) bool {
		return func(w http.ResponseWriter, r *http.Request, _ string) bool {
			if location != "" {
				w.Header().Set("Location", location)
			}
			return reply(http.MethodPost, 201, media, body)(w, r, "")
		}
	}
	const (
		scim = "application/scim+json"
		full = `{"id":"u","userName":"cleo@example.com","externalId":"` + cleo + `","active":true,"displayName":"雪","name":{"familyName":"雪","formatted":"雪"},` +
			`"phoneNumbers":[{"type":"work","value":"4711"}],"meta":{"location":"https://h/u"}}`
	)
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, string) bool
		want   []string
	}{
		"none":         {created(scim, "https://h/u", full), nil},
		"content type": {created("application/json", "https://h/u", full), []string{"Content-Type is application/json, not application/scim+json"}},
		"no location":  {created(scim, "", full), []string{"Location is not meta.location"}},
		"tidied number": {
			created(scim, "https://h/u", strings.Replace(full, "4711", "+4711", 1)),
			[]string{`phoneNumbers[type eq "work"].value differs from what was sent`},
		},
		"lost attribute": {
			created(scim, "https://h/u", strings.Replace(full, `"displayName":"雪",`, "", 1)), []string{"displayName does not come back"},
		},
		"string for boolean": {created(scim, "https://h/u", strings.Replace(full, "true", `"True"`, 1)), []string{"active does not come back"}},
		"status 200": {
			func(w http.ResponseWriter, r *http.Request, _ string) bool {
				w.Header().Set("Location", "https://h/u")
				return reply(http.MethodPost, 200, scim, full)(w, r, "")
			},
			[]string{"status is 200, not 201"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeServer()
			f.intercept = c.answer
			p := newTestProvider(t, f, EntraLegacy)
			person := samplePeople()[2]
			person.Manager = ""
			p.Assign(person)
			r, err := p.Cycle(t.Context(), nil)
			if err != nil || r.Created != 1 {
				t.Fatalf("report %+v, error %v", r, err)
			}
			var got []string
			for _, v := range r.Sample {
				got = append(got, v.Problem)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestErrorBodiesAreChecked(t *testing.T) {
	for body, want := range map[string]string{
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue"}`: "",
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":400}`:                             "the Error of status 400 does not repeat the status as a string",
		`{"status":"400"}`: "the Error of status 400 lacks its schema",
		`oops`:             "status 400 has no SCIM Error body",
	} {
		f := newFakeServer()
		f.intercept = reply(http.MethodPost, 400, "application/scim+json", body)
		p := newTestProvider(t, f, Okta)
		p.Assign(samplePeople()[0])
		r, err := p.Cycle(t.Context(), nil)
		if err != nil || r.Failed != 1 {
			t.Fatalf("report %+v, error %v", r, err)
		}
		got := ""
		if len(r.Sample) > 0 {
			got = r.Sample[0].Problem
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestDriftIsFound(t *testing.T) {
	f := newFakeServer()
	p := newTestProvider(t, f, EntraLegacy)
	p.Assign(samplePeople()...)
	p.SetGroup(Group{ID: sale, DisplayName: "Sales", Members: []string{ana, bert}})
	mustCycle(t, p)
	id := func(person string) string {
		scimID, _ := p.UserID(person)
		return scimID
	}
	user := f.users[id(ana)]
	user["phoneNumbers"].([]any)[0].(map[string]any)["value"] = "+442079460018"
	delete(user, "title")
	child(f.users[id(bert)], enterpriseSchema)["manager"] = map[string]any{"value": id(cleo)}
	f.users[id(bert)]["title"] = "Boss"
	delete(f.users, id(cleo))
	group, _ := p.GroupID(sale)
	f.groups[group]["members"] = []any{map[string]any{"value": id(ana)}, map[string]any{"value": "stranger"}}

	got, err := p.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Drift{
		{ana, `phoneNumbers[type eq "work"].value`, "differs"},
		{ana, "title", "missing"},
		{bert, "title", "unexpected"},
		{bert, enterpriseSchema + ":manager", "differs"},
		{cleo, "", "not found"},
		{sale, "members", "missing"},
		{sale, "members", "unexpected"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestImportRefusesPagesThatDoNotFit(t *testing.T) {
	page := func(total, start int, ids ...string) string {
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"id":%q}`, id))
		}
		return fmt.Sprintf(listHead+`"totalResults":%d,"startIndex":%d,"itemsPerPage":%d,"Resources":[%s]}`, total, start, len(ids), strings.Join(list, ","))
	}
	for name, body := range map[string]string{
		"same page again": page(4, 1, "a", "b"),
		"too few":         page(3, 1),
		"wrong start":     page(1, 2, "a"),
		"twice":           page(2, 1, "a", "a"),
	} {
		f := newFakeServer()
		f.intercept = reply(http.MethodGet, 200, "application/scim+json", body)
		if got, err := newTestProvider(t, f, Okta).Import(t.Context()); !errors.Is(err, ErrBadAnswer) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestImportReadsEveryPage(t *testing.T) {
	f := newFakeServer()
	p := newTestProvider(t, f, Okta)
	companyOf(p, 250)
	mustCycle(t, p)
	f.requests()
	got, err := p.Import(t.Context())
	if err != nil || got.Users != 250 || got.Groups != len(f.groups) {
		t.Errorf("%+v, %v", got, err)
	}
	if n := len(f.requests()); n != 4 {
		t.Errorf("%d requests, want 3 pages of users and one of groups", n)
	}
}

// FuzzAnswers gives the same bytes as the answer to everything: whatever a
// server says, the provider reports it and stays alive.
func FuzzAnswers(f *testing.F) {
	f.Add(200, "")
	f.Add(200, "{}")
	f.Add(200, listHead+`"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`)
	f.Add(200, listHead+`"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[{"id":"u","name":7,"emails":{"value":1},"phoneNumbers":[null,{"type":1}],"meta":[]}]}`)
	f.Add(201, `{"id":"u","members":[{"value":null}],"displayName":{}}`)
	f.Add(204, "x")
	f.Add(404, `{"status":404}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			return // not an answer, or one that makes the provider wait
		}
		for _, profile := range profiles() {
			server := newFakeServer()
			server.intercept = func(w http.ResponseWriter, r *http.Request, _ string) bool {
				return reply(r.Method, status, "application/scim+json", body)(w, r, "")
			}
			p := newTestProvider(t, server, profile)
			p.Assign(samplePeople()...)
			p.SetGroup(Group{ID: sale, DisplayName: "Sales", Members: []string{ana, bert}})
			for range 2 {
				if r, err := p.Cycle(t.Context(), nil); err == nil && r.Requests == 0 && r.Initial {
					t.Error("an initial cycle sent nothing")
				}
				p.Change(ana, func(q *people.Person) { q.JobTitle = "New" })
			}
			if err := p.TestConnection(t.Context()); err == nil && !strings.Contains(body, "totalResults") {
				t.Error("the connection test passed without a list")
			}
			_, verifyErr := p.Verify(t.Context())
			_, importErr := p.Import(t.Context())
			if status >= 300 && importErr == nil {
				t.Errorf("status %d passes for an import (verify: %v)", status, verifyErr)
			}
		}
	})
}
