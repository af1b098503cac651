package scim

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/resource"
)

// FuzzService sends any request. {u} and {g} stand for a user and a group that
// were there at first. The service never fails, what it answers is SCIM, and
// what it refuses leaves the log as it is; that the log's keys agree is checked
// in the end.
func FuzzService(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add(seed[0], seed[1], seed[2])
	}
	s := newWorld(f, worldConfig{noIndex: true}).site(f)
	var known *strings.Replacer
	settle := func(t testing.TB) {
		s.t = t
		user := s.user("user"+otherToken(), `"externalId":"e"`, `"emails":[{"type":"work","value":"e"}]`)
		known = strings.NewReplacer("{u}", user, "{g}", s.group("group"+otherToken(), user, "dangling"))
	}
	settle(f)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if strings.ContainsAny(method, " \r\n") || strings.ContainsAny(path, " \r\n") {
			return // the HTTP server refuses it
		}
		before := s.w.log.Applied()
		a, ok := s.direct(t, method, known.Replace(path), known.Replace(body))
		if !ok {
			return
		}
		if problem := a.problem(); problem != "" {
			t.Fatalf("%d: %s: %q", a.status, problem, a.raw)
		}
		if after := s.w.log.Applied(); a.status >= 400 && after != before {
			t.Fatalf("refused with %d and yet written", a.status)
		}
		if method == "DELETE" && a.status < 300 {
			settle(t)
		}
	})
}

// direct calls the handler without a connection. It returns false if the path
// leads out of the directory.
func (s *site) direct(t *testing.T, method, path, body string) (answer, bool) {
	t.Helper()
	var req fasthttp.Request
	req.Header.SetMethod(method)
	req.Header.Set(fasthttp.HeaderAuthorization, "Bearer "+s.token)
	req.SetRequestURI(s.base + path)
	req.SetBodyString(body)
	if !strings.HasPrefix(string(req.URI().PathOriginal()), s.base+"/") {
		return answer{}, false
	}
	var c fasthttp.RequestCtx
	c.Init(&req, &net.TCPAddr{}, quiet{})
	s.w.handle(&c)
	a := answer{status: c.Response.StatusCode(), header: http.Header{}, raw: string(c.Response.Body())}
	for name, value := range c.Response.Header.All() {
		a.header.Add(string(name), string(value))
	}
	if a.raw == "" {
		return a, true
	}
	var err error
	if a.body, err = resource.Parse([]byte(a.raw), resource.Limits{}); err != nil {
		t.Fatalf("not JSON: %v: %q", err, a.raw)
	}
	return a, true
}

// fuzzSeeds are requests: method, path with query, body.
func fuzzSeeds() [][3]string {
	patched := func(ops string) string { return `{"Operations":[` + ops + `]}` }
	return [][3]string{
		{"GET", "/Users?filter=userName+eq+%22user%22&attributes=emails[type eq \"work\"]&startIndex=1&count=2", ""},
		{"GET", "/v2/Users/{u}?excludedAttributes=meta", ""},
		{"GET", "/Groups?filter=members[value+eq+%22{u}%22]+and+not+(displayName+co+%22x%22)", ""},
		{"GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", ""},
		{"GET", "/ServiceProviderConfig?filter=x", ""},
		{"HEAD", "/Users/{u}", ""},
		{"GET", "/v1/%2F%00/x", ""},
		{"POST", "/Users", `{"userName":"new","active":"True","emails":{"value":"a"},"name":{"givenName":"g"},"manager":"7","externalId":"e"}`},
		{"POST", "/Users", `{"userName":"user"}`},
		{"POST", "/Users/.search", `{"filter":"emails pr or active eq true","attributes":["userName"],"count":1}`},
		{"POST", "/Groups", `{"displayName":"more","members":[{"value":"{u}"},{"value":"{g}","type":"Group"}]}`},
		{"PUT", "/Users/{u}", `{"userName":"User","title":null,"phoneNumbers":[{"type":"work","value":"+44 20"}]}`},
		{"PUT", "/Groups/{g}", `{"displayName":"group","members":[{"value":"x/%"}]}`},
		{"PATCH", "/Users/{u}?attributes=title", patched(`{"op":"Replace","path":"emails[type eq \"work\" and primary eq true].value","value":"x"}`)},
		{"PATCH", "/Users/{u}", patched(`{"op":"add","value":{"name.givenName":"g","` + enterprise + `:manager":"7"}},{"op":"remove","path":"title"}`)},
		{"PATCH", "/Groups/{g}", patched(`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"{u}"}]},{"op":"add","path":"members","value":"{g}"}`)},
		{"PATCH", "/Groups/{g}", patched(`{"op":"remove","path":"members[value eq \"{u}\" or display sw \"d\"]"},{"op":"replace","value":{"id":"{g}","displayName":"h"}}`)},
		{"PATCH", "/Groups/{g}", patched(`{"op":"replace","path":"members","value":[]}`)},
		{"DELETE", "/Users/none", ""},
		{"DELETE", "/Groups/{g}", ""},
		{"DELETE", "/Users/{u}", ""},
		{"POST", "/Bulk", "{}"},
		{"POST", "/v2/bulk/", bulkSeeds()[0]},
		{"OPTIONS", "/Me", ""},
	}
}
