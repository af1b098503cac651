package server

import (
	"net/http"
	"strings"
	"testing"
)

const groupURN = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`

// Where the identity provider may only fill groups, the administrator makes and
// deletes them.
func TestAdministratorMakesTheGroupsOfADirectoryThatOnlyUpdatesThem(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","policies":{"groups":"updateOnly"}}`)
	path := "/v1/directories/" + f.id + "/groups"
	f.scim("POST", "/Groups", `{`+groupURN+`,"displayName":"Sales"}`).want(t, http.StatusForbidden)

	var g struct{ ID, DisplayName, ExternalID, Version string }
	a := s.do("POST", path, s.key, `{"displayName":"Sales","externalId":"7f3d"}`).want(t, http.StatusCreated)
	a.decode(t, &g)
	if g.DisplayName != "Sales" || g.ExternalID != "7f3d" || !strings.HasPrefix(g.Version, `W/"`) || a.header.Get("Location") != path+"/"+g.ID {
		t.Errorf("made %+v at %s", g, a.header.Get("Location"))
	}
	user := f.addUser(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}`)
	f.scim("PATCH", "/Groups/"+g.ID, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"`+user+`"}]}]}`).
		want(t, http.StatusNoContent)
	if got := s.get(path); !strings.Contains(got, `"displayName":"Sales"`) || !strings.Contains(got, `"totalResults":1`) {
		t.Errorf("listed as %s", got)
	}
	f.scim("DELETE", "/Groups/"+g.ID, "").want(t, http.StatusForbidden)
	s.do("DELETE", path+"/"+g.ID, s.key, "").want(t, http.StatusNoContent)
	s.do("DELETE", path+"/"+g.ID, s.key, "").want(t, http.StatusNotFound)
	f.scim("GET", "/Groups/"+g.ID, "").want(t, http.StatusNotFound)
	f.scim("GET", "/Users/"+user, "").want(t, http.StatusOK)
}

func TestGroupsOfTheAdministratorAreRefusedAsThoseOfSCIM(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	path := "/v1/directories/" + f.id + "/groups"
	s.do("POST", path, s.key, `{"displayName":"Sales"}`).want(t, http.StatusCreated)
	for body, want := range map[string]string{
		`{"displayName":"sales"}`: `"status":409`,
		`{"displayName":""}`:      `"status":400`,
		`{}`:                      `"status":400`,
		`{"members":[]}`:          `"status":400`,
		`[]`:                      `"status":400`,
	} {
		if a := s.do("POST", path, s.key, body); !strings.Contains(a.body, want) || !strings.Contains(a.body, "urn:ringdex:problem:") {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	for _, query := range []string{"?count=0", "?count=1001", "?startIndex=x", "?startIndex=-1"} {
		s.do("GET", path+query, s.key, "").want(t, http.StatusBadRequest)
	}
	if got := s.get(path + "?startIndex=2&count=5"); got != `{"groups":[],"totalResults":1}`+"\n" {
		t.Errorf("behind the last: %s", got)
	}
	s.do("GET", "/v1/directories/none/groups", s.key, "").want(t, http.StatusNotFound)
	s.do("POST", "/v1/directories/none/groups", s.key, `{"displayName":"Sales"}`).want(t, http.StatusNotFound)
	events := s.get("/v1/directories/" + f.id + "/events")
	if !strings.Contains(events, `"events":[]`) {
		t.Errorf("the provisioning log tells of what no provider did: %s", events)
	}
}
