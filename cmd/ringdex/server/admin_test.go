package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/directory"
)

func TestEveryMistakeNamesItsField(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	before := s.get("/v1/directories") + s.get("/v1/keys") + s.get("/v1/tenants") + s.get("/v1/presence?ids="+id)
	long := strings.Repeat("x", 300)
	clients := "/v1/directories/" + f.id + "/clients"
	dir, tokens, presence := "/v1/directories/"+f.id, "/v1/directories/"+f.id+"/tokens", "/v1/presence/"+id
	badge := dir + "/schemas/urn:example:2.0:Badge:User"
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/v1/directories", `{}`, "name"},
		{"POST", "/v1/directories", `{"name":""}`, "name"},
		{"POST", "/v1/directories", `{"name":" "}`, "name"},
		{"POST", "/v1/directories", `{"name":"` + long + `"}`, "name"},
		{"POST", "/v1/directories", `{"name":"a\u0007b"}`, "name"},
		{"POST", "/v1/directories", `{"name":1}`, "name"},
		{"POST", "/v1/directories", `{"name":"x","type":"ldap"}`, "type"},
		{"POST", "/v1/directories", `{"name":"x","type":["entra"]}`, "type"},
		{"POST", "/v1/directories", `{"name":"x","defaultRegion":"XX"}`, "defaultRegion"},
		{"POST", "/v1/directories", `{"name":"x","defaultRegion":"Great Britain"}`, "defaultRegion"},
		{"POST", "/v1/directories", `{"name":"x","policies":{"noSuch":"1"}}`, "policies.noSuch"},
		{"POST", "/v1/directories", `{"name":"x","policies":{"stringBooleans":"maybe"}}`, "policies.stringBooleans"},
		{"POST", "/v1/directories", `{"name":"x","policies":[]}`, "policies"},
		{"POST", "/v1/directories", `{"name":"x","region":"GB"}`, "region"},
		{"PATCH", dir, `{"name":""}`, "name"},
		{"PATCH", dir, `{"type":"okta"}`, "type"},
		{"PATCH", dir, `{"defaultRegion":"ZZ"}`, "defaultRegion"},
		{"PATCH", dir, `{"id":"x"}`, "id"},
		{"PATCH", dir, `{"aliases":{"title":"userName"}}`, "aliases.title"},
		{"PATCH", dir, `{"aliases":{"titel":"nothing"}}`, "aliases.titel"},
		{"PATCH", dir, `{"aliases":["titel"]}`, "aliases"},
		{"PUT", badge, `{}`, "attributes"},
		{"PUT", badge, `{"id":"urn:example:2.0:Pass:User","attributes":[{"name":"serial"}]}`, "id"},
		{"PUT", dir + "/schemas/badge", `{"attributes":[{"name":"serial"}]}`, "id"},
		{"PUT", dir + "/schemas/urn:ietf:params:scim:schemas:core:2.0:User", `{"attributes":[{"name":"serial"}]}`, "id"},
		{"PUT", dir + "/schemas/urn%3Aietf:params:scim:schemas:extension:enterprise:2.0:User%3amanager", `{"attributes":[{"name":"serial"}]}`, "id"},
		{"PUT", badge, `{"attributes":[{"name":"serial","type":"money"}]}`, "serial"},
		{"PUT", badge, `{"attributes":[{"name":"serial"},{"name":"door","type":"complex","subAttributes":[{"name":"b","type":"complex"}]}]}`, "door.b"},
		{"PUT", badge, `{"attributes":[{"name":"serial"},{"name":"` + long + `"}]}`, "attributes[1]"},
		{"PUT", badge, `{"resourceType":"Robot","attributes":[{"name":"serial"}]}`, "resourceType"},
		{"PUT", badge + "?resourceType=Group", `{"resourceType":"User","attributes":[{"name":"serial"}]}`, "resourceType"},
		{"POST", tokens, `{"label":"` + long + `"}`, "label"},
		{"POST", tokens, `{"expiresIn":-1}`, "expiresIn"},
		{"POST", tokens, `{"expiresIn":1.5}`, "expiresIn"},
		{"POST", tokens, `{"expiresIn":1e999}`, "expiresIn"},
		{"POST", tokens, `{"expiresIn":9223372036854775807}`, "expiresIn"},
		{"POST", tokens, `{"expiresIn":"1 day"}`, "expiresIn"},
		{"POST", tokens, `{"overlap":-1}`, "overlap"},
		{"POST", tokens, `{"overlap":31622401}`, "overlap"},
		{"POST", tokens, `{"overlap":"1 day"}`, "overlap"},
		{"POST", clients, `{"label":"` + long + `"}`, "label"},
		{"POST", clients, `{"expiresIn":-1}`, "expiresIn"},
		{"POST", clients, `{"expiresIn":"3 years"}`, "expiresIn"},
		{"POST", clients, `{"expiresIn":94953600}`, "expiresIn"},
		{"POST", clients, `{"secret":"mine"}`, "secret"},
		{"POST", clients, `{"federation":"https://login.example.com"}`, "federation"},
		{"POST", clients, `{"federation":{}}`, "federation"},
		{"POST", clients, `{"federation":{"jwks":null}}`, "federation"},
		{"POST", clients, `{"federation":{"jwks":{"keys":[]}}}`, "federation.jwks"},
		{"POST", clients, `{"federation":{"jwksUri":"http://login.example.com/keys"}}`, "federation.jwksUri"},
		{"POST", clients, `{"federation":{"jwksUri":"https://login.example.com/keys","issuer":"a\u0007b"}}`, "federation.issuer"},
		{"POST", clients, `{"expiresIn":60,"federation":{"jwksUri":"https://login.example.com/keys"}}`, "expiresIn"},
		{"POST", "/v1/keys", `{"kind":"api","scopes":["lookup"],"expiresIn":"1 day"}`, "expiresIn"},
		{"POST", "/v1/keys", `{}`, "kind"},
		{"POST", "/v1/keys", `{"kind":"scim"}`, "kind"},
		{"POST", "/v1/keys", `{"kind":"api"}`, "scopes"},
		{"POST", "/v1/keys", `{"kind":"api","scopes":[]}`, "scopes"},
		{"POST", "/v1/keys", `{"kind":"api","scopes":["lookup","everything"]}`, "scopes"},
		{"POST", "/v1/keys", `{"kind":"api","scopes":"lookup"}`, "scopes"},
		{"POST", "/v1/keys", `{"kind":"admin","scopes":["lookup"]}`, "scopes"},
		{"POST", "/v1/keys", `{"kind":"api","scopes":["lookup"],"operator":true}`, "operator"},
		{"POST", "/v1/keys", `{"kind":"admin","label":"a\nb"}`, "label"},
		{"POST", "/v1/tenants", `{}`, "name"},
		{"POST", "/v1/tenants", `{"name":"` + long + `"}`, "name"},
		{"POST", "/v1/tenants", `{"name":"x","id":"default"}`, "id"},
		{"PUT", presence, `{}`, "availability"},
		{"PUT", presence, `{"availability":""}`, "availability"},
		{"PUT", presence, `{"availability":"two words"}`, "availability"},
		{"PUT", presence, `{"availability":5}`, "availability"},
		{"PUT", presence, `{"availability":"busy","expiresIn":0}`, "expiresIn"},
		{"PUT", presence, `{"availability":"busy","asOf":"yesterday"}`, "asOf"},
		{"PUT", presence, `{"availability":"busy","statusMessage":"` + strings.Repeat("x", 1025) + `"}`, "statusMessage"},
		{"PUT", presence, `{"availability":"busy","outOfOffice":"yes"}`, "outOfOffice"},
		{"PUT", presence, `{"availability":"busy","source":"call"}`, "source"},
		{"PUT", presence, `{"availability":"busy","mood":"good"}`, "mood"},
		{"DELETE", presence + "?source=call", ``, "source"},
		{"POST", "/v1/presence:batch", `{}`, "updates"},
		{"POST", "/v1/presence:batch", `{"updates":[]}`, "updates"},
		{"POST", "/v1/presence:batch", `{"updates":{}}`, "updates"},
		{"POST", "/v1/presence:batch", `{"updates":[` + strings.Repeat(`0,`, 5000) + `0]}`, "updates"},
		{"GET", "/v1/presence", ``, "ids"},
		{"GET", "/v1/presence?ids=", ``, "ids"},
		{"GET", "/v1/presence?ids=" + strings.Repeat(",", 650), ``, "ids"},
		{"POST", "/v1/calls", `{}`, "callId"},
		{"POST", "/v1/calls", `{"callId":"` + long + `","agent":"a","state":"ended"}`, "callId"},
		{"POST", "/v1/calls", `{"callId":"c","state":"ringing","from":"1"}`, "agent"},
		{"POST", "/v1/calls", `{"callId":"c","state":"ringing","from":"1","agent":"*"}`, "agent"},
		{"POST", "/v1/calls", `{"callId":"c","agent":"a","from":"1","state":"sleeping"}`, "state"},
		{"POST", "/v1/calls", `{"callId":"c","agent":"a","state":"ringing"}`, "from"},
		{"POST", "/v1/calls", `{"callId":"c","agent":"a","state":"ringing","direction":"outbound","from":"1"}`, "to"},
		{"POST", "/v1/calls", `{"callId":"c","agent":"a","state":"ringing","direction":"sideways","from":"1"}`, "direction"},
		{"POST", "/v1/calls", `{"callId":"c","agent":"a","state":"ringing","from":"` + strings.Repeat("1", 1025) + `"}`, "from"},
		{"POST", "/v1/calls", `{"callId":"c","agent":"a","state":"ringing","from":"1","region":"XX"}`, "region"},
		{"POST", "/v1/calls", `{"callId":"c","agent":"a","state":"ringing","from":7}`, "from"},
		{"GET", "/v1/lookup", ``, "number"},
		{"GET", "/v1/lookup?number=1&region=XX", ``, "region"},
		{"GET", "/v1/lookup?number=1&site=s1", ``, "site"},
		{"GET", "/v1/lookup?number=1&minSeq=-1", ``, "minSeq"},
		{"GET", "/v1/lookup?number=1&minSeq=x", ``, "minSeq"},
		{"POST", "/v1/lookup:batch", `{}`, "numbers"},
		{"POST", "/v1/lookup:batch", `{"numbers":null}`, "numbers"},
		{"POST", "/v1/lookup:batch", `{"numbers":"1"}`, "numbers"},
		{"POST", "/v1/lookup:batch", `{"numbers":[1]}`, "numbers"},
		{"POST", "/v1/lookup:batch", `{"numbers":["` + strings.Repeat("1", 17<<10) + `"]}`, "numbers[0]"},
		{"POST", "/v1/lookup:batch", `{"numbers":[],"region":"XX"}`, "region"},
		{"POST", "/v1/lookup:batch", `{"numbers":[],"site":"s"}`, "site"},
		{"POST", "/v1/lookup:batch", `{"numbers":[],"extra":1}`, "extra"},
		{"POST", "/v1/lookup:batch", `{"numbers":[` + strings.Repeat(`"",`, 50_000) + `""]}`, "numbers"},
		{"GET", "/v1/search", ``, "q"},
		{"GET", "/v1/search?q=%ff", ``, "q"},
		{"GET", "/v1/search?q=" + strings.Repeat("x", 3000), ``, "q"},
		{"GET", "/v1/search?q=" + strings.Repeat("ab+", 40), ``, "q"},
		{"GET", "/v1/search?q=a&limit=0", ``, "limit"},
		{"GET", "/v1/search?q=a&limit=201", ``, "limit"},
		{"GET", "/v1/search?q=a&limit=many", ``, "limit"},
		{"GET", "/v1/search?q=a&mode=psychic", ``, "mode"},
		{"GET", "/v1/search?q=a&region=XX", ``, "region"},
		{"GET", "/v1/search?q=a&minSeq=1.0", ``, "minSeq"},
	} {
		a := s.do(c.method, c.path, s.key, c.body)
		var p problem
		if a.status != http.StatusBadRequest || json.Unmarshal([]byte(a.body), &p) != nil || p.Field != c.field || !strings.HasPrefix(p.Detail, c.field) {
			t.Errorf("%s %.80s %.80s = %d %s; want 400 for field %q", c.method, c.path, c.body, a.status, a.body, c.field)
		}
		if strings.Contains(a.body, long) || len(a.body) > 500 {
			t.Errorf("%s %.80s: the answer repeats what was sent: %.200s", c.method, c.path, a.body)
		}
	}
	if after := s.get("/v1/directories") + s.get("/v1/keys") + s.get("/v1/tenants") + s.get("/v1/presence?ids="+id); after != before {
		t.Errorf("a refused request changed something:\n%s\n%s", before, after)
	}
}

func TestMalformedBodiesAreRefused(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	deep := strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)
	for _, body := range []string{
		"", " ", "null", "[]", `"x"`, "1", "{", `{"a"`, `{"name":"x"`, `{"name":"x"}}`, `{"name":"x"} {}`, "{'name':'x'}", "{\"name\":\"\xff\"}", "\xef\xbb\xbf{}", deep,
	} {
		for _, at := range []string{
			"POST /v1/directories", "PATCH /v1/directories/" + f.id, "PUT /v1/directories/" + f.id + "/schemas/urn:example:2.0:Badge:User", "POST /v1/directories/" + f.id + "/tokens", "POST /v1/keys", "POST /v1/tenants",
			"PUT /v1/presence/" + id, "POST /v1/presence:batch", "POST /v1/calls", "POST /v1/lookup:batch",
		} {
			method, path, _ := strings.Cut(at, " ")
			a := s.do(method, path, s.key, body)
			if a.status != http.StatusBadRequest {
				t.Errorf("%s %.40q = %d, want 400: %s", at, body, a.status, a.body)
				continue
			}
			wantProblem(t, path, a)
			if len(a.body) > 500 {
				t.Errorf("%s: the answer has %d bytes", at, len(a.body))
			}
		}
	}
}

func TestBodyOfAnotherTypeIsRefused(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct{ path, media string }{
		{"/v1/keys", "text/plain"},
		{"/v1/keys", "application/x-www-form-urlencoded"},
		{"/v1/keys", "multipart/form-data; boundary=x"},
		{"/v1/calls", "application/xml"},
		{"/v1/lookup:batch", "text/csv"},
		{"/v1/presence:batch", "application/x-ndjson"},
	} {
		header := http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {c.media}}
		a, err := s.send("POST", c.path, header, `{}`)
		if err != nil {
			t.Fatal(err)
		}
		wantProblem(t, c.path, a.want(t, http.StatusUnsupportedMediaType))
	}
}

func TestSecretsAreShownOnceAndNotCached(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	var secrets []string
	for path, body := range map[string]string{
		"/v1/directories":                     `{"name":"Branch"}`,
		"/v1/directories/" + f.id + "/tokens": `{"label":"second"}`,
		"/v1/keys":                            `{"kind":"api","scopes":["lookup"]}`,
		"/v1/tenants":                         `{"name":"Second"}`,
	} {
		a := s.do("POST", path, s.key, body).want(t, http.StatusCreated)
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("POST %s: Cache-Control %q", path, got)
		}
		at := strings.Index(a.body, "rdx_")
		if at < 0 {
			t.Fatalf("POST %s shows no secret: %s", path, a.body)
		}
		secret, _, _ := strings.Cut(a.body[at:], `"`)
		secrets = append(secrets, secret)
	}
	for _, path := range []string{
		"/v1/directories", "/v1/directories/" + f.id, "/v1/directories/" + f.id + "/tokens", "/v1/keys", "/v1/tenants", "/metrics", "/readyz",
	} {
		if text := s.get(path); containsAny(text, secrets...) || strings.Contains(text, `"hash"`) {
			t.Errorf("GET %s shows a secret: %s", path, text)
		}
	}
}

func TestTokenRotationLosesNoRequest(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	list := func() (ids []string) {
		var tokens struct{ Tokens []struct{ ID string } }
		answer{body: s.get("/v1/directories/" + f.id + "/tokens")}.decode(t, &tokens)
		for _, tok := range tokens.Tokens {
			ids = append(ids, tok.ID)
		}
		return ids
	}
	old := list()[0]
	var second struct{ ID, Token, Label string }
	s.do("POST", "/v1/directories/"+f.id+"/tokens", s.key, `{"label":"next year"}`).want(t, http.StatusCreated).decode(t, &second)
	next := folder{s, s.key, f.id, second.Token}
	f.scim("GET", "/Users", "").want(t, http.StatusOK)
	next.scim("GET", "/Users", "").want(t, http.StatusOK)
	s.do("DELETE", "/v1/directories/"+f.id+"/tokens/"+old, s.key, "").want(t, http.StatusNoContent)
	f.scim("GET", "/Users", "").want(t, http.StatusUnauthorized)
	next.scim("GET", "/Users", "").want(t, http.StatusOK)
	if got := list(); !slices.Equal(got, []string{second.ID}) || second.Label != "next year" {
		t.Errorf("tokens left: %v, label %q", got, second.Label)
	}
	s.do("DELETE", "/v1/directories/"+f.id+"/tokens/"+old, s.key, "").want(t, http.StatusNotFound)
}

func TestLastAdminKeyStays(t *testing.T) {
	s := newSite(t)
	var keys struct{ Keys []struct{ ID, Kind string } }
	answer{body: s.get("/v1/keys")}.decode(t, &keys)
	a := s.do("DELETE", "/v1/keys/"+keys.Keys[0].ID, s.key, "").want(t, http.StatusForbidden)
	if !strings.Contains(a.body, "last admin key") {
		t.Errorf("the refusal does not say why: %s", a.body)
	}
}

func TestOnlyTheOperatorMakesOperatorKeys(t *testing.T) {
	s := newSite(t)
	const draft = `{"kind":"admin","operator":true}`
	var second, plain struct{ Key string }
	s.do("POST", "/v1/keys", s.key, draft).want(t, http.StatusCreated).decode(t, &second)
	s.do("GET", "/v1/tenants", second.Key, "").want(t, http.StatusOK)
	s.do("POST", "/v1/keys", s.key, `{"kind":"admin"}`).want(t, http.StatusCreated).decode(t, &plain)
	s.do("GET", "/v1/tenants", plain.Key, "").want(t, http.StatusForbidden)
	s.do("POST", "/v1/keys", plain.Key, draft).want(t, http.StatusForbidden)
}

func TestDirectoryIsShownAsItIs(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":" Head office ","type":"okta","defaultRegion":"gb"}`)
	f.addUser(person("p", "Sample One", "020 7946 0018"))
	f.scim("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Sales"}`).want(t, http.StatusCreated)
	var d struct {
		Name, Type, DefaultRegion string
		Counts                    struct{ Users, Groups int }
		LastRequestAt             *string
		SCIM                      map[string]string
		Policies                  map[string]string
	}
	answer{body: s.get("/v1/directories/" + f.id)}.decode(t, &d)
	if d.Name != "Head office" || d.Type != "okta" || d.DefaultRegion != "GB" || d.Counts.Users != 1 || d.Counts.Groups != 1 || d.LastRequestAt == nil || len(d.SCIM) != 1 {
		t.Errorf("shown as %+v", d)
	}
	for _, sw := range directory.Switches() {
		if !slices.Contains(sw.Values, d.Policies[sw.Name]) {
			t.Errorf("policy %s is %q, none of %v", sw.Name, d.Policies[sw.Name], sw.Values)
		}
		body := fmt.Sprintf(`{"policies":{%q:%q}}`, sw.Name, sw.Values[len(sw.Values)-1])
		changed := s.do("PATCH", "/v1/directories/"+f.id, s.key, body).want(t, http.StatusOK)
		if !strings.Contains(changed.body, fmt.Sprintf("%q:%q", sw.Name, sw.Values[len(sw.Values)-1])) {
			t.Errorf("after %s: %s", body, changed.body)
		}
	}
}

func TestTooManyPresenceSourcesAreTheClientsMistake(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	for i := range 20 {
		a := s.do("PUT", "/v1/presence/"+id, s.key, fmt.Sprintf(`{"availability":"busy","source":"s%d"}`, i))
		if a.status == http.StatusOK {
			continue
		}
		if a.want(t, http.StatusBadRequest); !strings.Contains(a.body, `"field":"source"`) {
			t.Errorf("refused with %s", a.body)
		}
		return
	}
	t.Error("20 sources were all taken")
}

func TestPresenceBatchAppliesWhatIsRight(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	a := s.do("POST", "/v1/presence:batch", s.key, `{"updates":[{"id":"`+id+`","availability":"busy"},{"id":"nobody","availability":"busy"},{"availability":"busy"},
		{"id":"`+id+`"},7,{"id":"`+id+`","availability":"busy"},{"id":"`+id+`","availability":"away","mood":1}]}`).want(t, http.StatusOK)
	var got struct {
		Results []struct{ ID, Outcome, Error string }
	}
	a.decode(t, &got)
	outcomes := ""
	for _, r := range got.Results {
		outcomes += r.Outcome + " "
		if (r.Outcome == "refused") != (r.Error != "") {
			t.Errorf("result %+v", r)
		}
	}
	if outcomes != "changed refused refused refused refused unchanged refused " {
		t.Errorf("outcomes %s: %s", outcomes, a.body)
	}
}
