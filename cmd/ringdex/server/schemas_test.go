package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/directory"
)

func TestSchemaIsRegisteredReadReplacedAndRemoved(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	const urn = "urn:example:params:scim:schemas:extension:Badge:2.0:User"
	all := "/v1/directories/" + f.id + "/schemas"
	const printed = `{"id":"` + urn + `","name":"User","description":"","resourceType":"User","required":false,"open":false,"attributes":[` +
		`{"name":"serial","type":"string","multiValued":false,"description":"","required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`
	if got := s.get(all); got != `{"schemas":[]}`+"\n" {
		t.Errorf("a new directory has %s", got)
	}
	a := s.do("PUT", all+"/"+urn, s.key, `{"attributes":[{"name":"serial"}]}`).want(t, http.StatusCreated)
	if got := a.header.Get("Location"); got != all+"/"+urn || strings.TrimSpace(a.body) != printed {
		t.Errorf("registered at %s as %s", got, a.body)
	}
	for _, path := range []string{urn, strings.ReplaceAll(urn, ":", "%3A"), strings.ReplaceAll(strings.ToUpper(urn), ":", "%3a")} {
		if got := s.get(all + "/" + path); strings.TrimSpace(got) != printed {
			t.Errorf("GET %s: %s", path, got)
		}
	}
	if got := s.get(all); got != `{"schemas":[`+printed+`]}`+"\n" {
		t.Errorf("listed as %s", got)
	}
	again := s.do("PUT", all+"/"+urn, s.key, printed).want(t, http.StatusOK)
	if strings.TrimSpace(again.body) != printed {
		t.Errorf("what was read is put as %s", again.body)
	}
	other := s.do("PUT", all+"/"+urn+"?resourceType=group", s.key, `{"open":true,"required":"true"}`).want(t, http.StatusOK)
	for _, part := range []string{`"resourceType":"Group"`, `"open":true`, `"required":true`, `"attributes":[]`} {
		if !strings.Contains(other.body, part) {
			t.Errorf("replaced by %s, which lacks %s", other.body, part)
		}
	}
	s.do("DELETE", all+"/"+urn, s.key, "").want(t, http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		s.do(method, all+"/"+urn, s.key, "").want(t, http.StatusNotFound)
	}
}

func TestSchemaTooLargeOrOfAnotherTypeIsRefused(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	path := "/v1/directories/" + f.id + "/schemas/urn:example:2.0:Badge:User"
	s.do("PUT", path, s.key, `{"description":"`+strings.Repeat("x", directory.MaxSchemaBytes)+`","attributes":[{"name":"serial"}]}`).want(t, http.StatusRequestEntityTooLarge)
	for media, status := range map[string]int{"application/scim+json; charset=utf-8": http.StatusCreated, "text/plain": http.StatusUnsupportedMediaType} {
		a, err := s.send("PUT", path, http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {media}}, `{"attributes":[{"name":"serial"}]}`)
		if err != nil {
			t.Fatal(err)
		}
		a.want(t, status)
	}
}

func TestAliasesAreShownAndTakenOut(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","aliases":{"phoneNumberss":"phonenumbers","jobTitle":"title"}}`)
	path := "/v1/directories/" + f.id
	if got := s.get(path); !strings.Contains(got, `"aliases":{"jobTitle":"title","phoneNumberss":"phoneNumbers"}`) {
		t.Errorf("shown as %s", got)
	}
	a := s.do("PATCH", path, s.key, `{"aliases":{"JOBTITLE":null,"phoneNumberss":""}}`).want(t, http.StatusOK)
	if strings.Contains(a.body, "aliases") {
		t.Errorf("after both were taken out: %s", a.body)
	}
}

func TestPoliciesAreExplainedWithTheirProfiles(t *testing.T) {
	s := newSite(t)
	var got struct {
		Policies []struct {
			Name, Meaning     string
			Values            []string
			Effects, Profiles map[string]string
		}
	}
	answer{body: s.get("/v1/policies")}.decode(t, &got)
	if len(got.Policies) != len(directory.Switches()) {
		t.Errorf("%d policies", len(got.Policies))
	}
	for _, p := range got.Policies {
		if p.Meaning == "" || len(p.Effects) != len(p.Values) || len(p.Profiles) != 4 {
			t.Errorf("policy %+v", p)
		}
		for typ, v := range p.Profiles {
			if !slices.Contains(p.Values, v) {
				t.Errorf("%s begins with %s=%q", typ, p.Name, v)
			}
		}
	}
	strict := s.newFolder(s.key, `{"name":"Suite","type":"strict","policies":{"stringBooleans":"coerce"}}`)
	if got := s.get("/v1/directories/" + strict.id); !strings.Contains(got, `"noTarget":"strict"`) || !strings.Contains(got, `"stringBooleans":"coerce"`) {
		t.Errorf("a strict directory is %s", got)
	}
	a := s.do("PATCH", "/v1/directories/"+strict.id, s.key, `{"policies":{"stringBooleans":"default"}}`).want(t, http.StatusOK)
	if !strings.Contains(a.body, `"stringBooleans":"reject"`) {
		t.Errorf("back at its profile it is %s", a.body)
	}
}
