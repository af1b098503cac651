package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// found is as much of the answer to a lookup as these tests look at.
type found struct {
	Status, Rung, Display, Reason string
	Confidence                    *float64
	Candidates                    []struct{ Contact struct{ DisplayName string } }
	Range                         *struct{ ID, Prefix, Label string }
	Context                       struct{ Region, RegionFrom string }
	Trace                         []struct{ Rung, Outcome, Note string }
}

func (s *site) lookup(query string) found {
	s.t.Helper()
	var f found
	answer{body: s.get("/v1/lookup?" + query)}.decode(s.t, &f)
	return f
}

func TestSiteSaysHowCallersAreRead(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"DE"}`)
	f.addUser(person("a", "Ana Sample", "+12015550123"))
	f.addUser(person("b", "Bo Sample", "4711"))
	const body = `{"region":"US","areaCode":"201","extensionLength":4,"accessCodes":["9"],"dids":["+12015550100"]}`
	s.do("PUT", "/v1/sites/newark", s.key, body).want(t, http.StatusCreated)
	for query, want := range map[string]string{
		"number=5550123":                                "none ",
		"number=5550123&site=newark":                    "match local_area",
		"number=5550123&did=%2B12015550100":             "match local_area",
		"number=5550123&did=12015550100&region=US":      "match local_area",
		"number=5550123&did=%2B442079460018":            "none ",
		"number=912015550123&site=newark":               "match access_strip",
		"number=2015550123&site=newark":                 "match national",
		"number=2015550123&site=newark&region=FR":       "match nsn_unique",
		"number=4711&site=newark":                       "match extension",
		"number=4711":                                   "match raw",
		"number=%2B12015550123&site=newark&privacy=id":  "anonymous ",
		"number=(201)+555-0123&site=newark&did=garbage": "match national",
	} {
		if got := s.lookup(query); got.Status+" "+got.Rung != want {
			t.Errorf("%s: %s %s, want %s", query, got.Status, got.Rung, want)
		}
	}
	for query, want := range map[string]string{"region=US": "0.95 question", "did=%2B12015550100": "0.95 did", "site=newark": "0.90 site"} {
		got := s.lookup("number=2015550123&explain=1&" + query)
		if got.Confidence == nil || fmt.Sprintf("%.2f %s", *got.Confidence, got.Context.RegionFrom) != want {
			t.Errorf("%s: %+v, want %s", query, got, want)
		}
	}
	s.do("GET", "/v1/lookup?number=1&site=nowhere", s.key, "").want(t, http.StatusBadRequest)
	if got := s.do("PUT", "/v1/sites/newark", s.key, s.get("/v1/sites/newark")).want(t, http.StatusOK); !strings.Contains(got.body, `"201"`) {
		t.Errorf("written as it was read: %s", got.body)
	}
	s.do("PUT", "/v1/sites/newark", s.key, `{"region":"US"}`).want(t, http.StatusOK)
	if got := s.lookup("number=5550123&site=newark"); got.Status != "none" {
		t.Errorf("without its area code: %+v", got)
	}
	s.do("DELETE", "/v1/sites/newark", s.key, "").want(t, http.StatusNoContent)
	s.do("DELETE", "/v1/sites/newark", s.key, "").want(t, http.StatusNotFound)
	s.do("GET", "/v1/lookup?number=1&site=newark", s.key, "").want(t, http.StatusBadRequest)
}

func TestRangeAnswersWithItsLabel(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"DE"}`)
	f.addUser(person("a", "Ana Sample", "+493012345678"))
	s.do("PUT", "/v1/ranges/acme", s.key, `{"prefix":"+493012345","minExtra":1,"maxExtra":3,"label":"Acme"}`).want(t, http.StatusCreated)
	s.do("PUT", "/v1/ranges/wide", s.key, `{"prefix":"+4930","label":"Wide"}`).want(t, http.StatusCreated)
	for number, want := range map[string]string{
		"%2B493012345678": "match e164 Ana Sample", "%2B493012345699": "range range ~ Acme", "030+12345-699": "range range ~ Acme",
		"%2B493012345": "range range ~ Wide", "%2B4930123456789": "range range ~ Wide", "%2B4989123456": "none  +49 89 123456",
	} {
		got := s.lookup("number=" + number)
		if got.Status+" "+got.Rung+" "+got.Display != want || got.Status == "range" && (got.Range == nil || len(got.Candidates) != 0) {
			t.Errorf("%s: %+v, want %s", number, got, want)
		}
	}
	s.do("PUT", "/v1/ranges/acme", s.key, `{"prefix":"+493012346","label":"Acme"}`).want(t, http.StatusOK)
	if got := s.lookup("number=%2B493012345699"); got.Display != "~ Wide" {
		t.Errorf("after it moved: %+v", got)
	}
	a := s.do("PUT", "/v1/ranges/other", s.key, `{"prefix":"+493012346","label":"Other"}`).want(t, http.StatusConflict)
	wantProblem(t, "/v1/ranges", a)
	s.do("DELETE", "/v1/ranges/wide", s.key, "").want(t, http.StatusNoContent)
	if got := s.lookup("number=%2B493012345699"); got.Status != "none" {
		t.Errorf("after it was removed: %+v", got)
	}
}

func TestPlansOfATenantAreItsOwnAndGoWithIt(t *testing.T) {
	s := newSite(t)
	id, foreign := s.newTenant("Second")
	s.do("PUT", "/v1/sites/x", foreign, `{"region":"US","dids":["+12015550100"]}`).want(t, http.StatusCreated)
	s.do("PUT", "/v1/ranges/x", foreign, `{"prefix":"+1201555","label":"Theirs"}`).want(t, http.StatusCreated)
	if got := s.lookup("number=%2B12015550199"); got.Status != "none" {
		t.Errorf("a range of another tenant: %+v", got)
	}
	s.do("GET", "/v1/lookup?number=1&site=x", s.key, "").want(t, http.StatusBadRequest)
	s.do("PUT", "/v1/sites/x", s.key, `{"region":"US","dids":["+12015550100"]}`).want(t, http.StatusCreated)
	s.do("DELETE", "/v1/tenants/"+id, s.key, "").want(t, http.StatusNoContent)
	if sites, err := s.srv.plans.Sites(id); err != nil {
		t.Fatal(err)
	} else if len(sites) > 0 {
		await(t, "deletion of the tenant's sites", func() bool { left, err := s.srv.plans.Sites(id); return err == nil && len(left) == 0 })
	}
	s.do("GET", "/v1/sites/x", s.key, "").want(t, http.StatusOK)
}

func TestPlansOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	s := startSite(t, Config{DataDir: dir})
	key := s.key
	s.do("PUT", "/v1/sites/newark", key, `{"region":"US","dids":["+12015550100"]}`).want(t, http.StatusCreated)
	for i := range 400 { // more than are kept apart from the packed ones
		s.do("PUT", fmt.Sprintf("/v1/ranges/r%d", i), key, fmt.Sprintf(`{"prefix":"+4930%04d","label":"Range %d"}`, i, i)).want(t, http.StatusCreated)
	}
	ask := func() {
		t.Helper()
		for _, i := range []int{0, 7, 255, 399} {
			if got := s.lookup(fmt.Sprintf("number=%%2B4930%04d55", i)); got.Display != fmt.Sprintf("~ Range %d", i) {
				t.Errorf("range %d: %+v", i, got)
			}
		}
	}
	ask()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s = startSite(t, Config{DataDir: dir})
	s.key = key
	ask()
	if got := s.lookup("number=2015550123&did=%2B12015550100&explain=1"); got.Context.RegionFrom != "did" {
		t.Errorf("the site is gone: %+v", got)
	}
}

func TestExplanationListsEveryRungTried(t *testing.T) {
	s := newSite(t)
	s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	got := s.lookup("number=020+7946+0018&explain=1")
	var list []string
	for _, step := range got.Trace {
		list = append(list, step.Rung+" "+step.Outcome)
	}
	const want = "extension skipped, raw miss, national miss, national miss, access_strip skipped, local_area skipped, variant skipped, nsn_unique skipped, range miss, suffix skipped"
	if text := strings.Join(list, ", "); text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
}
