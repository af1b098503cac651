package server

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// The words that stand in everything that the first tenant owns, and nowhere
// else. canaryNumber is a caller's.
const (
	canaryWord   = "canarium"
	canaryNumber = "2079460018"
)

// A victim is a tenant whose data others try to reach.
type victim struct {
	admin  string
	folder folder
	ids    map[string]string // what to put into a route for {name}
}

// newVictim fills the default tenant with something of each kind.
func newVictim(s *site) victim {
	s.t.Helper()
	v := victim{admin: s.key, folder: s.newFolder(s.key, `{"name":"canarium head office","defaultRegion":"GB"}`)}
	user := v.folder.addUser(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"canarium@example.com","displayName":"Canarium One",
		"title":"canarium","emails":[{"value":"canarium@example.com"}],"phoneNumbers":[{"type":"work","value":"020 7946 0018"}]}`)
	var token, key, group struct{ ID string }
	v.folder.scim("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"canarium group","members":[{"value":"`+user+`"}]}`).
		want(s.t, http.StatusCreated).decode(s.t, &group)
	s.do("PUT", "/v1/presence/"+user, s.key, `{"availability":"busy","statusMessage":"canarium"}`).want(s.t, http.StatusOK)
	urn := "urn:example:2.0:Badge:User"
	s.do("PUT", "/v1/directories/"+v.folder.id+"/schemas/"+urn, s.key, `{"description":"canarium","attributes":[{"name":"canarium"}]}`).want(s.t, http.StatusCreated)
	s.do("POST", "/v1/directories/"+v.folder.id+"/tokens", s.key, `{"label":"canarium"}`).want(s.t, http.StatusCreated).decode(s.t, &token)
	s.do("POST", "/v1/keys", s.key, `{"kind":"api","scopes":["lookup"],"label":"canarium"}`).want(s.t, http.StatusCreated).decode(s.t, &key)
	s.do("PUT", "/v1/sites/head-office", s.key, `{"name":"canarium","region":"GB","dids":["+442079460100"]}`).want(s.t, http.StatusCreated)
	s.do("PUT", "/v1/ranges/block", s.key, `{"prefix":"+4420794602","label":"canarium"}`).want(s.t, http.StatusCreated)
	s.do("PUT", "/v1/agents/canarium/favourites", s.key, `{"contacts":["canarium"]}`).want(s.t, http.StatusOK)
	var client struct {
		ID      string
		Secrets []struct{ ID string }
	}
	s.do("POST", "/v1/directories/"+v.folder.id+"/clients", s.key, `{"label":"canarium"}`).want(s.t, http.StatusCreated).decode(s.t, &client)
	e := &journal.Event{Method: "PATCH", Endpoint: "Users", Resource: user, Status: http.StatusBadRequest, Detail: "canarium"}
	s.srv.journal.Record(v.folder.id, e)
	v.ids = map[string]string{
		"site": "head-office", "range": "block", "group": group.ID, "agent": "canarium",
		"client": client.ID, "secret": client.Secrets[0].ID, "urn": urn, "event": strconv.FormatUint(e.ID, 10),
		"directory": v.folder.id, "contact": user, "token": token.ID, "key": key.ID, "tenant": directory.DefaultTenant, "session": "s1", "vendor": "zoom", "account": contosoEmployee, "path:*": "Users/" + user,
	}
	return v
}

// queries are what each route that asks is asked; no entry, no query.
var queries = map[string]string{
	"/v1/lookup":   "?number=%2B44" + canaryNumber,
	"/v1/search":   "?q=" + canaryWord,
	"/v1/presence": "?ids={contact}",
	"/v1/changes":  "?ids={contact}",
}

// bodies are what each route that takes a body is sent: aimed at the victim
// where it names something.
var bodies = map[string]string{
	"POST /v1/directories":                                      `{"name":"x"}`,
	"PATCH /v1/directories/{directory}":                         `{"name":"stolen"}`,
	"POST /v1/directories/{directory}/tokens":                   `{"label":"stolen"}`,
	"POST /v1/directories/{directory}/clients":                  `{"label":"stolen"}`,
	"PATCH /v1/directories/{directory}/clients/{client}":        `{"label":"stolen"}`,
	"POST /v1/directories/{directory}/clients/{client}/secrets": `{}`,
	"PUT /v1/directories/{directory}/webhooks/{vendor}":         `{"secret":"stolen-stolen-stolen"}`,
	"POST /v1/webhooks/{vendor}/{directory}":                    `{"event":"user.presence_status_updated","payload":{"object":{"id":"z1","presence_status":"Away"}}}`,
	"POST /v1/directories/{directory}/presence/consent":         `{}`,
	"POST /v1/directories/{directory}/presence/accounts":        `{}`,
	"POST " + notificationPath:                                  `{"value":[{"subscriptionId":"canarium","clientState":"canarium"}]}`,
	"POST " + lifecyclePath:                                     `{"value":[{"subscriptionId":"canarium","lifecycleEvent":"missed"}]}`,
	"POST /v1/directories/{directory}/groups":                   `{"displayName":"stolen"}`,
	"POST /oauth2/token":                                        `grant_type=client_credentials&client_id={client}`,
	"POST /v1/keys":                                             `{"kind":"api","scopes":["lookup"]}`,
	"POST /v1/tenants":                                          `{"name":"stolen"}`,
	"POST /v1/lookup:batch":                                     `{"numbers":["+44` + canaryNumber + `"]}`,
	"PUT /v1/presence/{contact}":                                `{"availability":"away"}`,
	"PUT /v1/presence/{contact}/sessions/{session}":             `{"availability":"away"}`,
	"PUT /v1/presence/{contact}/preferred":                      `{"availability":"away"}`,
	"POST /v1/presence:batch":                                   `{"updates":[{"id":"{contact}","availability":"away"}]}`,
	"POST /v1/stream/tickets":                                   `{}`,
	"POST /v1/calls":                                            `{"callId":"c1","state":"ringing","from":"+44` + canaryNumber + `","agent":"{contact}"}`,
	"POST /scim/{directory}/{path:*}":                           `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x"}`,
	"PUT /scim/{directory}/{path:*}":                            `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x"}`,
	"PATCH /scim/{directory}/{path:*}":                          `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"stolen"}]}`,
	"PUT /v1/directories/{directory}/schemas/{urn}":             `{"attributes":[{"name":"stolen"}]}`,
	"PUT /v1/agents/{agent}/favourites":                         `{"contacts":["{contact}"]}`,
	"PUT /v1/sites/{site}":                                      `{"region":"US","dids":["+12015550100"]}`,
	"PUT /v1/ranges/{range}":                                    `{"prefix":"+1201555","label":"stolen"}`,
}

var placeholder = regexp.MustCompile(`\{([^}"]+)\}`)

// attempt is a request to a route that aims at the victim.
func (v victim) attempt(t testing.TB, rt route) (path, body string) {
	t.Helper()
	fill := func(text string) string {
		return placeholder.ReplaceAllStringFunc(text, func(name string) string {
			id, ok := v.ids[strings.Trim(name, "{}")]
			if !ok {
				t.Fatalf("%s %s: the test has nothing to put in for %s", rt.method, rt.path, name)
			}
			return id
		})
	}
	body, ok := bodies[rt.method+" "+rt.path]
	if !ok && rt.method != "GET" && rt.method != "DELETE" {
		t.Fatalf("%s %s: the test has no body for it", rt.method, rt.path)
	}
	for name, id := range v.ids {
		body = strings.ReplaceAll(body, "{"+name+"}", id)
	}
	return fill(rt.path) + fill(queries[rt.path]), body
}

// An intruder holds a key that is not good enough for a route of the victim.
type intruder struct {
	name string
	key  string
	// own tells that the key is good in a tenant of its own: what names no
	// object of the victim may be answered from there.
	own bool
}

func intruders(s *site, v victim) []intruder {
	s.t.Helper()
	_, foreign := s.newTenant("Second")
	other := s.newFolder(foreign, `{"name":"Elsewhere","defaultRegion":"GB"}`)
	all := []string{}
	for _, scope := range directory.Scopes() {
		all = append(all, string(scope))
	}
	_, foreignAPI := s.apiKey(foreign, all...)
	sibling := s.newFolder(v.admin, `{"name":"Branch"}`)
	id, revoked := s.apiKey(v.admin, all...)
	s.do("DELETE", "/v1/keys/"+id, v.admin, "").want(s.t, http.StatusNoContent)
	_, wrong := s.apiKey(v.admin, "lookup")
	wrong = wrong[:len(wrong)-10] + "AAAAAAAAAA" // cut short and made up
	return []intruder{
		{"no key", "", false},
		{"a key made up", wrong, false},
		{"no key at all", "Basic YWRtaW46YWRtaW4=", false},
		{"a revoked key", revoked, false},
		{"another tenant's admin key", foreign, true},
		{"another tenant's API key", foreignAPI, true},
		{"another tenant's SCIM token", other.token, false},
		{"another directory's SCIM token", sibling.token, false},
	}
}

// upgrade makes a request of /v1/stream one that is looked at.
func upgrade(header http.Header) {
	header.Set("Connection", "Upgrade")
	header.Set("Upgrade", "websocket")
	header.Set("Sec-WebSocket-Version", "13")
	header.Set("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
	header.Set("Sec-WebSocket-Protocol", "contacts.v1.json")
}

func (v victim) try(s *site, rt route, key string) answer {
	s.t.Helper()
	path, body := v.attempt(s.t, rt)
	header := http.Header{}
	switch {
	case strings.HasPrefix(key, "Basic "):
		header.Set("Authorization", key)
	case key != "":
		header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	switch rt.path {
	case "/v1/stream":
		upgrade(header)
	case "/oauth2/token":
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := s.send(rt.method, path, header, body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", rt.method, path, err)
	}
	return a
}

// namesVictim tells whether a route, as attempted, names something that the
// victim owns. The ids of sites, ranges and agents are chosen by whoever declares
// them: the same id in another tenant is another site.
func namesVictim(rt route) bool {
	return strings.Contains(rt.path, "{") && !containsAny(rt.path, "{site}", "{range}", "{agent}")
}

// wantShut fails the test if an answer let the intruder in.
func wantShut(t *testing.T, rt route, who intruder, a answer, v victim) {
	t.Helper()
	refused := slices.Contains([]int{401, 403, 404, 429}, a.status)
	if rt.path == "/v1/stream" && who.key == "" {
		refused = a.status == http.StatusSwitchingProtocols // the key comes in the first message; see the next test
	}
	if !refused && (namesVictim(rt) || !who.own) {
		t.Errorf("%s %s with %s = %d: %s", rt.method, rt.path, who.name, a.status, a.body)
	}
	for _, secret := range []string{canaryWord, "Canarium", v.folder.token, v.admin} {
		if strings.Contains(a.body, secret) {
			t.Errorf("%s %s with %s shows %q: %s", rt.method, rt.path, who.name, secret, a.body)
		}
	}
	if !refused && strings.Contains(a.body, v.ids["contact"]) && strings.Contains(a.body, "busy") {
		t.Errorf("%s %s with %s shows the victim's presence: %s", rt.method, rt.path, who.name, a.body)
	}
}

func TestNobodyReachesAnotherTenant(t *testing.T) {
	s := newSite(t)
	v := newVictim(s)
	before := v.state(s)
	for _, who := range intruders(s, v) {
		for _, rt := range s.srv.routes() {
			if rt.access == public {
				continue
			}
			wantShut(t, rt, who, v.try(s, rt, who.key), v)
		}
	}
	if after := v.state(s); after != before {
		t.Errorf("somebody changed the victim's data:\n%s\n%s", before, after)
	}
}

func TestStreamTellsNothingWithoutAKey(t *testing.T) {
	t.Parallel() // it waits for the server to lose its patience
	s := newSite(t)
	v := newVictim(s)
	_, foreign := s.newTenant("Second")
	topic := directoryTopic(v.folder.id)
	silent := s.connect("", topic) // this client does not send a key later, either
	err := <-s.connect(v.folder.token, topic).ended
	if e, ok := errors.AsType[*streamclient.HandshakeError](err); !ok || e.Status != http.StatusForbidden {
		t.Errorf("with a SCIM token the stream ends with %v, want status 403", err)
	}
	if m := s.connect(foreign, topic).next("snapshot"); len(m.Data) != 0 {
		t.Errorf("with another tenant's key the stream tells %s", m.Raw)
	}
	if m := s.connect(v.admin, topic).next("snapshot"); len(m.Data) != 1 || !strings.Contains(string(m.Raw), "Canarium") {
		t.Errorf("with the right key the stream tells %s", m.Raw)
	}
	err = <-silent.lost
	if e, ok := errors.AsType[*streamclient.CloseError](err); !ok || e.Code != 4408 || len(silent.told) > 0 {
		t.Errorf("without a key the stream ends with %v after %d messages, want 4408 after none", err, len(silent.told))
	}
}

// state is what the victim's owner sees.
func (v victim) state(s *site) string {
	s.t.Helper()
	return strings.Join([]string{
		s.get("/v1/sites"), s.get("/v1/ranges"), s.get("/v1/agents/canarium/favourites"),
		s.get("/v1/directories/" + v.folder.id + "/tokens"), s.get("/v1/directories/" + v.folder.id + "/schemas"),
		s.get("/v1/directories/" + v.folder.id + "/clients/" + v.ids["client"]), s.get("/v1/contacts/" + v.ids["contact"]), s.get("/v1/presence?ids=" + v.ids["contact"]),
		v.folder.scim("GET", "/Users", "").want(s.t, http.StatusOK).body, v.folder.scim("GET", "/Groups", "").want(s.t, http.StatusOK).body,
	}, "\n")
}

func TestPublicRoutesShowNobodysData(t *testing.T) {
	s := newSite(t)
	v := newVictim(s)
	for _, rt := range s.srv.routes() {
		if rt.access == public {
			a := v.try(s, rt, "").want(t, http.StatusOK)
			if containsAny(a.body, canaryWord, canaryNumber, "Canarium", v.folder.id, v.folder.token, v.admin) {
				t.Errorf("%s shows data: %s", rt.path, a.body)
			}
		}
	}
}

// routeScope is the scope that a route of the table is for; the stream checks
// its own.
func routeScope(rt route) directory.Scope {
	if rt.path == "/v1/stream" {
		return directory.ScopeStream
	}
	return rt.scope
}

func TestKeyOpensNothingBeyondItsScopes(t *testing.T) {
	s := newSite(t)
	v := newVictim(s)
	for _, scope := range directory.Scopes() {
		_, key := s.apiKey(s.key, string(scope))
		for _, rt := range s.srv.routes() {
			if rt.access == public || routeScope(rt) == scope {
				continue
			}
			want := http.StatusForbidden
			switch {
			case rt.path == notificationPath || rt.path == lifecyclePath:
				want = http.StatusNotFound // as this server has no Microsoft app
			case rt.access == own && rt.path != "/v1/stream" && rt.path != CallbackPath:
				want = http.StatusUnauthorized
			}
			if a := v.try(s, rt, key); a.status != want || containsAny(a.body, canaryWord, "Canarium") {
				t.Errorf("%s %s with scope %s = %d, want %d: %s", rt.method, rt.path, scope, a.status, want, a.body)
			}
		}
	}
}

func TestEveryScopeOpensItsRoutes(t *testing.T) {
	s := newSite(t)
	v := newVictim(s)
	for _, scope := range directory.Scopes() {
		_, key := s.apiKey(s.key, string(scope))
		opened := 0
		for _, rt := range s.srv.routes() {
			if rt.access != scoped || rt.scope != scope {
				continue
			}
			opened++
			if a := v.try(s, rt, key); a.status >= 400 {
				t.Errorf("%s %s with scope %s = %d: %s", rt.method, rt.path, scope, a.status, a.body)
			}
		}
		if opened == 0 && scope != directory.ScopeStream {
			t.Errorf("scope %s opens nothing", scope)
		}
	}
}

func TestOnlyTheOperatorManagesTenants(t *testing.T) {
	s := newSite(t)
	id, _ := s.newTenant("Second")
	var second struct{ Key string }
	s.do("POST", "/v1/keys", s.key, `{"kind":"admin"}`).want(t, http.StatusCreated).decode(t, &second)
	for _, try := range []struct{ method, path, body string }{
		{"GET", "/v1/tenants", ""}, {"POST", "/v1/tenants", `{"name":"Third"}`}, {"DELETE", "/v1/tenants/" + id, ""},
	} {
		s.do(try.method, try.path, second.Key, try.body).want(t, http.StatusForbidden)
	}
	s.do("DELETE", "/v1/tenants/"+directory.DefaultTenant, s.key, "").want(t, http.StatusForbidden)
	if list := s.get("/v1/tenants"); !strings.Contains(list, fmt.Sprintf("%q", id)) || strings.Contains(list, "Third") {
		t.Errorf("tenants: %s", list)
	}
}
