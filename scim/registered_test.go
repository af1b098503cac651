package scim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// register registers an extension schema, as JSON, with the directory.
func (s *site) register(text string) {
	s.t.Helper()
	doc, err := resource.Parse([]byte(text), resource.Limits{})
	if err != nil {
		s.t.Fatal(err)
	}
	reg, err := schema.ParseRegistration(doc)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.w.registry.PutSchema(s.t.Context(), directory.DefaultTenant, s.id, reg); err != nil {
		s.t.Fatal(err)
	}
}

func TestRegisteredSchemaIsServedAsABuiltInOne(t *testing.T) {
	const urn = "urn:example:params:scim:schemas:extension:badge:2.0:User"
	const badge = `{"id":"` + urn + `","name":"Badge","attributes":[{"name":"serial","required":true,"caseExact":true},
		{"name":"doors","type":"complex","multiValued":true,"subAttributes":[{"name":"value","type":"string"},{"name":"type","canonicalValues":["main"]}]}]}`
	s := newSite(t)
	other := s.w.site(t)
	body := `{"userName":"a","` + urn + `":{"serial":"S1","doors":["north"]}}`
	// Before it is registered it is unknown; the other directory never knows it.
	if a := s.do("GET", "/Schemas/"+urn, ""); a.status != http.StatusNotFound {
		t.Errorf("before: %d", a.status)
	}
	s.register(badge)
	for at, status := range map[*site]int{s: http.StatusOK, other: http.StatusNotFound} {
		if a := at.do("GET", "/Schemas/"+urn, ""); a.status != status {
			t.Errorf("GET /Schemas/%s = %d, want %d", urn, a.status, status)
		}
		if got := strings.Contains(at.do("GET", "/ResourceTypes/User", "").raw, urn); got != (at == s) {
			t.Errorf("the resource type names it: %v", got)
		}
	}
	a := s.do("POST", "/Users", body)
	if a.status != http.StatusCreated || !strings.Contains(a.raw, `"`+urn+`":{"serial":"S1","doors":[{"value":"north"}]}`) || !strings.Contains(a.raw, `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+urn+`"]`) {
		t.Fatalf("POST: %d %s", a.status, a.raw)
	}
	id := a.body.Get("id").Text()
	if a := s.do("POST", "/Users", `{"userName":"b","`+urn+`":{"doors":["north"]}}`); a.status != http.StatusBadRequest || !strings.Contains(a.raw, "serial") {
		t.Errorf("without what it requires: %d %s", a.status, a.raw)
	}
	for filter, want := range map[string]string{
		urn + `:serial+eq+"S1"`: "1", urn + `:serial+eq+"s1"`: "0", urn + `:doors[value+eq+"NORTH"]`: "1", `doors+pr`: "1",
	} {
		if a := s.do("GET", "/Users?filter="+strings.ReplaceAll(filter, `"`, "%22"), ""); a.body.Get("totalResults").Text() != want {
			t.Errorf("%s finds %s", filter, a.raw)
		}
	}
	a = s.do("PATCH", "/Users/"+id, `{"Operations":[{"op":"Add","path":"`+urn+`:doors[type eq \"main\"].value","value":"south"}]}`)
	if !strings.Contains(a.raw, `"doors":[{"value":"north"},{"type":"main","value":"south"}]`) {
		t.Errorf("PATCH: %d %s", a.status, a.raw)
	}
	if err := s.w.registry.RemoveSchema(t.Context(), directory.DefaultTenant, s.id, urn); err != nil {
		t.Fatal(err)
	}
	if a := s.do("GET", "/Users/"+id, ""); strings.Contains(a.raw, urn) {
		t.Errorf("after it was removed: %s", a.raw)
	}
	s.do("PATCH", "/Users/"+id, `{"Operations":[{"op":"replace","path":"title","value":"T"}]}`)
	s.register(badge)
	if a := s.do("GET", "/Users/"+id, ""); !strings.Contains(a.raw, `"serial":"S1"`) || !strings.Contains(a.raw, `"title":"T"`) {
		t.Errorf("after it came back: %s", a.raw)
	}
}
