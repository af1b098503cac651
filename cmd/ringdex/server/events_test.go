package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/scim/schema"
)

// logStart is when the events of the sample log begin.
var logStart = time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC)

// sampleLog makes a directory with one event of each kind, and a clock that
// stands a minute after the last.
func sampleLog(t *testing.T) (*site, folder) {
	t.Helper()
	s := startSite(t, Config{clock: func() time.Time { return logStart.Add(time.Minute) }})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	const ana, boris, cleo = "01920000-0000-7000-8000-00000000000a", "01920000-0000-7000-8000-00000000000b", "01920000-0000-7000-8000-00000000000c"
	for i, e := range []journal.Event{
		{Method: "GET", Endpoint: "Users", Filter: `userName eq "…"`, Status: 200},
		{
			Method: "POST", Endpoint: "Users", Resource: ana, Status: 201, Dialect: journal.Entra, Traits: journal.MetaInCreate,
			Changes: []journal.Change{{Kind: journal.Added, Path: "userName"}, {Kind: journal.Added, Path: `emails[type eq "work"]`}},
		},
		{
			Method: "PATCH", Endpoint: "Users", Resource: boris, Status: 400, ScimType: "invalidValue", Path: "active", Detail: "must be true or false (Operations[0])",
			Dialect: journal.Entra, Traits: journal.CapitalOperations, Operations: []journal.Operation{{Op: "replace", Path: "active"}},
		},
		{
			Method: "PATCH", Endpoint: "Users", Resource: ana, Status: 200, Dialect: journal.Entra, Traits: journal.CapitalOperations | journal.FilterPaths, Resend: 1,
			Operations: []journal.Operation{
				{Op: "add", Path: `phoneNumbers[type eq "work2"].value`, Notes: []string{"phoneNumbers.value: created the element that the filter describes"}},
				{Index: 1, Op: "add", Path: "(name)"},
			},
			Changes: []journal.Change{{Kind: journal.Added, Path: `phoneNumbers[type eq "work2"]`}},
			Hints:   []schema.Hint{{Path: "phoneNumberss", Detail: "ignored: is not an attribute of User; did you mean phoneNumbers?"}},
		},
		{Method: "PUT", Endpoint: "Users", Resource: boris, Status: 200, Dialect: journal.Okta, Traits: journal.PutEcho},
		{Method: "PATCH", Endpoint: "Groups", Resource: boris, Status: 204, Changes: journal.Members(12, 1)},
		{Method: "POST", Endpoint: "Bulk", Status: 200, Attempts: 10, Failures: 2},
		{Method: "DELETE", Endpoint: "Users", Resource: cleo, Status: 404, Detail: "There is no resource of this id."},
	} {
		e.Time, e.Duration, e.KeyID = logStart.Add(time.Duration(i)*time.Second), 1500*time.Microsecond, "k1"
		s.srv.journal.Record(f.id, &e)
	}
	s.srv.journal.Refused(f.id)
	return s, f
}

func (f folder) events(query string) answer {
	f.site.t.Helper()
	return f.site.do("GET", "/v1/directories/"+f.id+"/events"+query, f.admin, "")
}

func TestEventsTellWhatHappenedAndWhy(t *testing.T) {
	_, f := sampleLog(t)
	golden(t, "events.txt", "GET /v1/directories/ID/events\n"+abridged(t, f.events("").want(t, http.StatusOK).body, false))
}

// statuses returns "METHOD STATUS" of the events in an answer, in its order, and
// where the next page begins.
func statuses(t *testing.T, a answer) (list []string, next string) {
	t.Helper()
	var found struct {
		Events []struct {
			Method string
			Status int
		}
		Next string
	}
	a.want(t, http.StatusOK).decode(t, &found)
	list = []string{}
	for _, e := range found.Events {
		list = append(list, fmt.Sprintf("%s %d", e.Method, e.Status))
	}
	return list, found.Next
}

func TestEventsCanBeChosen(t *testing.T) {
	_, f := sampleLog(t)
	for query, want := range map[string][]string{
		"?outcome=failed":          {"DELETE 404", "POST 200", "PATCH 400"},
		"?outcome=unchanged":       {"PUT 200"},
		"?outcome=ok&method=patch": {"PATCH 204", "PATCH 200"},
		"?status=4xx":              {"DELETE 404", "PATCH 400"},
		"?status=400":              {"PATCH 400"},
		"?endpoint=groups":         {"PATCH 204"},
		"?resource=01920000-0000-7000-8000-00000000000b": {"PATCH 204", "PUT 200", "PATCH 400"},
		"?path=phoneNumbers":                             {"PATCH 200"},
		"?q=did+you+mean":                                {"PATCH 200"},
		"?q=TRUE+false":                                  {"PATCH 400"},
		"?dialect=okta":                                  {"PUT 200"},
		"?since=2026-08-21T10:00:06Z":                    {"DELETE 404", "POST 200"},
		"?before=2026-08-21T10:00:01Z":                   {"GET 200"},
		"?q=&status=&limit=2":                            {"DELETE 404", "POST 200"},
		"?q=nowhere":                                     {},
	} {
		if got, _ := statuses(t, f.events(query)); !gocmp.Equal(want, got) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

func TestEventPagesJoin(t *testing.T) {
	s, f := sampleLog(t)
	var all []string
	for query := "?limit=3"; ; {
		page, next := statuses(t, f.events(query))
		all = append(all, page...)
		if next == "" {
			break
		}
		query = "?limit=3&before=" + next
		s.srv.journal.Record(f.id, &journal.Event{Method: "POST", Endpoint: "Users", Status: 201})
	}
	want := []string{"DELETE 404", "POST 200", "PATCH 204", "PUT 200", "PATCH 200", "PATCH 400", "POST 201", "GET 200"}
	if diff := gocmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOneEventCanBeRead(t *testing.T) {
	s, f := sampleLog(t)
	var list struct{ Events []map[string]any }
	f.events("").want(t, http.StatusOK).decode(t, &list)
	for _, want := range list.Events {
		var got map[string]any
		s.do("GET", fmt.Sprintf("/v1/directories/%s/events/%s", f.id, want["id"]), s.key, "").want(t, http.StatusOK).decode(t, &got)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("(-list +one):\n%s", diff)
		}
	}
	for _, id := range []string{"0", "1", "x", "-1", "99999999999999999999"} {
		path := "/v1/directories/" + f.id + "/events/" + id
		wantProblem(t, path, s.do("GET", path, s.key, "").want(t, http.StatusNotFound))
	}
}

func TestEveryMistakeInAQueryOfEventsNamesItsParameter(t *testing.T) {
	_, f := sampleLog(t)
	for query, field := range map[string]string{
		"?outcome=bad":                        "outcome",
		"?method=CANARIUM":                    "method",
		"?method=HEAD":                        "method",
		"?status=4":                           "status",
		"?status=9xx":                         "status",
		"?status=xx":                          "status",
		"?status=1000":                        "status",
		"?endpoint=canarium":                  "endpoint",
		"?dialect=canarium":                   "dialect",
		"?since=yesterday":                    "since",
		"?before=-1":                          "before",
		"?limit=0":                            "limit",
		"?limit=501":                          "limit",
		"?limit=many":                         "limit",
		"?q=%ff":                              "q",
		"?q=" + strings.Repeat("x", 300):      "q",
		"?path=" + strings.Repeat("x", 300):   "path",
		"?outcom=failed":                      "outcom",
		"?canarium%40example.com=1&outcome=x": "(name)",
	} {
		a := f.events(query).want(t, http.StatusBadRequest)
		var p problem
		if json.Unmarshal([]byte(a.body), &p) != nil || p.Field != field || !strings.HasPrefix(p.Detail, field) || len(a.body) > 500 {
			t.Errorf("%.60s: %s; want a problem of %s", query, a.body, field)
		}
		if strings.Contains(strings.ToLower(a.body), canaryWord) {
			t.Errorf("%.60s repeats what was sent: %s", query, a.body)
		}
	}
}

func TestTheLogOfARemovedDirectoryGoesWithIt(t *testing.T) {
	s, f := sampleLog(t)
	tenant, admin := s.newTenant("Second")
	other := s.newFolder(admin, `{"name":"Elsewhere"}`)
	s.srv.journal.Record(other.id, &journal.Event{Method: "POST", Endpoint: "Users", Status: 409})
	if got, _ := statuses(t, other.events("")); len(got) != 1 {
		t.Errorf("the other directory has %v", got)
	}
	s.do("DELETE", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusNoContent)
	s.do("DELETE", "/v1/tenants/"+tenant, s.key, "").want(t, http.StatusNoContent)
	for _, id := range []string{f.id, other.id} {
		s.srv.journal.Record(id, &journal.Event{Method: "POST", Endpoint: "Users", Status: 409}) // was under way
		if events, _ := s.srv.journal.Find(id, journal.Query{}); len(events) > 0 {
			t.Errorf("%d events are left", len(events))
		}
		s.do("GET", "/v1/directories/"+id+"/events", s.key, "").want(t, http.StatusNotFound)
	}
}

func TestADirectoryShowsItsRisk(t *testing.T) {
	s, f := sampleLog(t)
	for range 20 {
		s.srv.journal.Record(f.id, &journal.Event{Method: "POST", Endpoint: "Users", Status: 409})
	}
	var d struct{ Risk struct{ Level, Text string } }
	s.do("GET", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusOK).decode(t, &d)
	if d.Risk.Level != "warning" || !strings.HasPrefix(d.Risk.Text, "23 of 36 writes failed in the last 40 minutes; ") {
		t.Errorf("%+v", d.Risk)
	}
}
