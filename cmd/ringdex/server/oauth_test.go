package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/valyala/fasthttp"
)

// oauthClient is an OAuth client that a test made.
type oauthClient struct {
	ID, Secret, TokenEndpoint string
	Secrets                   []struct{ ID, ExpiresAt, LastUsedAt string }
	LastUsedAt                string
	LastRefusal               *struct{ Reason string }
}

// newClient makes an OAuth client of a directory.
func (f folder) newClient(body string) oauthClient {
	f.site.t.Helper()
	var c oauthClient
	f.site.do("POST", "/v1/directories/"+f.id+"/clients", f.admin, body).want(f.site.t, http.StatusCreated).decode(f.site.t, &c)
	return c
}

// client returns what is shown of an OAuth client.
func (f folder) client(id string) oauthClient {
	f.site.t.Helper()
	var c oauthClient
	f.site.do("GET", "/v1/directories/"+f.id+"/clients/"+id, f.admin, "").want(f.site.t, http.StatusOK).decode(f.site.t, &c)
	return c
}

// token asks the token endpoint. id and secret go into the header unless id is
// empty.
func (s *site) token(id, secret string, form url.Values) answer {
	s.t.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if id != "" {
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(id+":"+secret)))
	}
	if !form.Has("grant_type") {
		form.Set("grant_type", "client_credentials")
	}
	a, err := s.send("POST", "/oauth2/token", header, form.Encode())
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// accessToken reads a granted token.
func (a answer) accessToken(t testing.TB) string {
	t.Helper()
	var got map[string]any
	a.want(t, http.StatusOK).decode(t, &got)
	token, _ := got["access_token"].(string)
	if token == "" || got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 || got["scope"] != "scim" || len(got) != 4 {
		t.Errorf("the answer is %s", a.body)
	}
	if a.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Errorf("the header is %v", a.header)
	}
	return token
}

// wantTokenError fails the test unless the token endpoint refuses with a code.
func (a answer) wantTokenError(t testing.TB, status int, code string) {
	t.Helper()
	var got map[string]string
	a.want(t, status).decode(t, &got)
	if got["error"] != code || got["error_description"] == "" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the answer is %s with %v, want %s", a.body, a.header, code)
	}
	if challenged := strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic "); challenged != (status == http.StatusUnauthorized) {
		t.Errorf("status %d has WWW-Authenticate %q", status, a.header.Get("WWW-Authenticate"))
	}
}

// An issuer signs assertions and publishes its keys on this machine.
type issuer struct {
	*httptest.Server
	t *testing.T

	mu   sync.Mutex // guards keys and kid
	keys map[string]*ecdsa.PrivateKey
	kid  string
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{t: t, keys: map[string]*ecdsa.PrivateKey{}}
	i.rotate("k1")
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(i.jwks())) }))
	t.Cleanup(i.Close)
	return i
}

// rotate makes a new key and forgets the old ones.
func (i *issuer) rotate(kid string) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.keys)
	i.keys[kid], i.kid = k, kid
}

func (i *issuer) jwks() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	var set jose.JSONWebKeySet
	for kid, k := range i.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: kid, Use: "sig"})
	}
	text, err := json.Marshal(set)
	if err != nil {
		i.t.Error(err)
	}
	return string(text)
}

// federation is the body of a client that trusts the issuer.
func (i *issuer) federation(subject string) string {
	return `{"label":"federated","federation":{"issuer":"` + i.URL + `","subject":"` + subject + `","audience":"api://a1/.default","jwksUri":"` + i.URL + `/keys"}}`
}

// assertion signs an assertion as a form; change alters its claims.
func (i *issuer) assertion(clientID, subject string, change func(map[string]any)) url.Values {
	i.t.Helper()
	i.mu.Lock()
	key, kid := i.keys[i.kid], i.kid
	i.mu.Unlock()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid).WithType("JWT"))
	if err != nil {
		i.t.Fatal(err)
	}
	claims := map[string]any{
		"iss": i.URL, "sub": subject, "aud": "api://a1", "iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
		"jti": rand.Text(),
	}
	if change != nil {
		change(claims)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return assertionForm(clientID, text)
}

func assertionForm(clientID, text string) url.Values {
	form := url.Values{
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {text}, "scope": {"scim"},
	}
	if clientID != "" {
		form.Set("client_id", clientID)
	}
	return form
}

func TestClientProvisionsWithItsSecret(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	c := f.newClient(`{"label":"provisioning","expiresIn":63072000}`)
	if c.TokenEndpoint != s.url+"/oauth2/token" || c.Secret == "" || len(c.Secrets) != 1 || c.Secrets[0].ExpiresAt == "" || c.LastUsedAt != "" {
		t.Errorf("the client is %+v", c)
	}
	f.token = s.token(c.ID, c.Secret, url.Values{}).accessToken(t)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	s.wantNames("/v1/lookup?number=%2B442079460018", "Sample One")
	f.token = s.token("", "", url.Values{"client_id": {c.ID}, "client_secret": {c.Secret}, "scope": {"scim.readwrite"}}).accessToken(t)
	f.scim("GET", "/Users/"+id, "").want(t, http.StatusOK)
	if shown := f.client(c.ID); shown.LastUsedAt == "" || shown.Secrets[0].LastUsedAt == "" || shown.Secret != "" {
		t.Errorf("after its use the client is %+v", shown)
	}
	s.do("GET", "/v1/directories", f.token, "").want(t, http.StatusForbidden)
	other := s.newFolder(s.key, `{"name":"Branch"}`)
	s.do("GET", "/scim/"+other.id+"/Users", f.token, "").want(t, http.StatusUnauthorized)
	if list := s.get("/v1/directories/" + f.id + "/tokens"); strings.Count(list, `"id"`) != 1 {
		t.Errorf("access tokens are among those made by hand: %s", list)
	}
	s.do("DELETE", "/v1/directories/"+f.id+"/clients/"+c.ID, s.key, "").want(t, http.StatusNoContent)
	f.scim("GET", "/Users/"+id, "").want(t, http.StatusUnauthorized)
	s.token(c.ID, c.Secret, url.Values{}).wantTokenError(t, http.StatusUnauthorized, "invalid_client")
}

func TestSecretsOfAClientAreReplacedWithoutAGap(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	c := f.newClient(`{}`)
	secrets := "/v1/directories/" + f.id + "/clients/" + c.ID + "/secrets"
	var fresh struct{ ID, Secret string }
	a := s.do("POST", secrets, s.key, `{"expiresIn":31536000}`).want(t, http.StatusCreated)
	a.decode(t, &fresh)
	if a.header.Get("Cache-Control") != "no-store" {
		t.Error("a secret may lie in a cache")
	}
	old, next := f, f
	old.token = s.token(c.ID, c.Secret, url.Values{}).accessToken(t)
	next.token = s.token(c.ID, fresh.Secret, url.Values{}).accessToken(t)
	s.do("DELETE", secrets+"/"+c.Secrets[0].ID, s.key, "").want(t, http.StatusNoContent)
	old.scim("GET", "/Users", "").want(t, http.StatusUnauthorized)
	next.scim("GET", "/Users", "").want(t, http.StatusOK)
	s.token(c.ID, c.Secret, url.Values{}).wantTokenError(t, http.StatusUnauthorized, "invalid_client")
}

func TestClientProvisionsWithoutASecret(t *testing.T) {
	s, i := newSite(t), newIssuer(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	c := f.newClient(i.federation("4f1c"))
	if c.Secret != "" || len(c.Secrets) != 0 {
		t.Errorf("a client with a federation is %+v", c)
	}
	f.token = s.token("", "", i.assertion(c.ID, "4f1c", nil)).accessToken(t)
	f.addUser(person("p", "Sample One", "020 7946 0018"))
	f.token = s.token("", "", i.assertion("", "4f1c", nil)).accessToken(t)
	f.scim("GET", "/Users", "").want(t, http.StatusOK)
	used := i.assertion(c.ID, "4f1c", nil)
	s.token("", "", used).accessToken(t)
	for name, form := range map[string]url.Values{
		"used before":      used,
		"another subject":  i.assertion(c.ID, "4f1d", nil),
		"another audience": i.assertion(c.ID, "4f1c", func(c map[string]any) { c["aud"] = "api://a2" }),
		"another issuer":   i.assertion(c.ID, "4f1c", func(c map[string]any) { c["iss"] = "https://login.example.com" }),
		"expired":          i.assertion(c.ID, "4f1c", func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }),
		"no client":        i.assertion("nobody", "4f1c", nil),
		"no assertion":     assertionForm(c.ID, "a.b.c"),
		"no algorithm":     assertionForm(c.ID, "eyJhbGciOiJub25lIn0."+strings.Split(used.Get("client_assertion"), ".")[1]+"."),
	} {
		a := s.token("", "", form)
		if a.status == http.StatusOK {
			t.Errorf("%s: a token is granted", name)
		}
		a.wantTokenError(t, http.StatusUnauthorized, "invalid_client")
	}
	if r := f.client(c.ID).LastRefusal; r == nil || r.Reason == "" {
		t.Errorf("the administrator does not learn why the client was refused")
	}
	i.rotate("k2") // its keys were fetched a moment ago, and are not again so soon
	s.token("", "", i.assertion(c.ID, "4f1c", nil)).wantTokenError(t, http.StatusUnauthorized, "invalid_client")
	var changed struct {
		Federation struct{ JWKS json.RawMessage }
	}
	s.do("PATCH", "/v1/directories/"+f.id+"/clients/"+c.ID, s.key, `{"federation":{"jwks":`+i.jwks()+`}}`).want(t, http.StatusOK).decode(t, &changed)
	if !strings.Contains(string(changed.Federation.JWKS), `"k2"`) {
		t.Errorf("the keys are %s", changed.Federation.JWKS)
	}
	s.token("", "", i.assertion(c.ID, "4f1c", nil)).accessToken(t)
	if r := f.client(c.ID).LastRefusal; r != nil {
		t.Errorf("a refusal is shown after a success: %+v", r)
	}
}

func TestUnreachableIssuerIsNotTheClientsFault(t *testing.T) {
	s, i := newSite(t), newIssuer(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	c := f.newClient(i.federation("4f1c"))
	form := i.assertion(c.ID, "4f1c", nil)
	i.Close()
	a := s.token("", "", form)
	a.wantTokenError(t, http.StatusServiceUnavailable, "temporarily_unavailable")
	if a.header.Get("Retry-After") == "" {
		t.Errorf("the client is not told when to come back: %v", a.header)
	}
}

func TestAccessTokensOutliveTheServer(t *testing.T) {
	dir := t.TempDir()
	s := startSite(t, Config{DataDir: dir, AdminKey: strings.Repeat("k", 32)})
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	i := newIssuer(t)
	c, federated := f.newClient(`{}`), f.newClient(i.federation("4f1c"))
	f.token = s.token(c.ID, c.Secret, url.Values{}).accessToken(t)
	used := i.assertion(federated.ID, "4f1c", nil)
	s.token("", "", used).accessToken(t)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	again := startSite(t, Config{DataDir: dir, AdminKey: s.key})
	f.site = again
	f.scim("GET", "/Users", "").want(t, http.StatusOK)
	again.token(c.ID, c.Secret, url.Values{}).accessToken(t)
	again.token("", "", used).wantTokenError(t, http.StatusUnauthorized, "invalid_client")
}

func TestTokenEndpointAnswersAsOAuthHasIt(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	c := f.newClient(`{}`)
	for _, try := range []struct {
		id, secret string
		form       url.Values
		status     int
		code       string
	}{
		{c.ID, c.Secret, url.Values{"scope": {"admin"}}, http.StatusBadRequest, "invalid_scope"},
		{c.ID, c.Secret, url.Values{"grant_type": {"password"}}, http.StatusBadRequest, "unsupported_grant_type"},
		{c.ID, c.Secret, url.Values{"grant_type": {""}}, http.StatusBadRequest, "invalid_request"},
		{c.ID, c.Secret, url.Values{"client_secret": {c.Secret}}, http.StatusBadRequest, "invalid_request"},
		{c.ID, c.Secret[1:], url.Values{}, http.StatusUnauthorized, "invalid_client"},
		{c.ID, f.token, url.Values{}, http.StatusUnauthorized, "invalid_client"},
		{"nobody", c.Secret, url.Values{}, http.StatusUnauthorized, "invalid_client"},
		{"", "", url.Values{}, http.StatusUnauthorized, "invalid_client"},
	} {
		s.token(try.id, try.secret, try.form).wantTokenError(t, try.status, try.code)
	}
	s.do("POST", "/oauth2/token?grant_type=client_credentials&client_id="+c.ID, s.key, `{}`).wantTokenError(t, http.StatusBadRequest, "invalid_request")
	s.do("GET", "/oauth2/token", "", "").want(t, http.StatusMethodNotAllowed)
	for range 25 {
		if a := s.token(c.ID, "wrong", url.Values{}); a.status == http.StatusTooManyRequests {
			a.wantTokenError(t, http.StatusTooManyRequests, "slow_down")
			if a.header.Get("Retry-After") == "" {
				t.Errorf("429 without Retry-After: %v", a.header)
			}
		}
	}
	s.token(c.ID, c.Secret, url.Values{}).accessToken(t)
}

func TestMetadataDescribesTheTokenEndpoint(t *testing.T) {
	const issuer = "https://ringdex.example.com/contacts"
	s := startSite(t, Config{PublicURL: issuer + "/"})
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/contacts"} {
		a := s.do("GET", path, "", "").want(t, http.StatusOK)
		golden(t, "oauth_metadata.json", a.body)
		if a.header.Get("Content-Type") != "application/json" {
			t.Errorf("the type is %s", a.header.Get("Content-Type"))
		}
	}
	s.do("GET", "/.well-known/oauth-authorization-server/elsewhere", "", "").want(t, http.StatusNotFound)
}

func TestHTTPForKeysIsForTheOperatorOnly(t *testing.T) {
	s, i := newSite(t), newIssuer(t)
	_, admin := s.newTenant("Second")
	f := s.newFolder(admin, `{"name":"Elsewhere"}`)
	a := s.do("POST", "/v1/directories/"+f.id+"/clients", admin, i.federation("4f1c")).want(t, http.StatusBadRequest)
	if !strings.Contains(a.body, `"field":"federation.jwksUri"`) {
		t.Errorf("the answer is %s", a.body)
	}
}

func TestTokensRotateWithOverlap(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	tokens := "/v1/directories/" + f.id + "/tokens"
	next := f
	var made struct{ Token string }
	s.do("POST", tokens, s.key, `{"label":"spring","overlap":3600}`).want(t, http.StatusCreated).decode(t, &made)
	next.token = made.Token
	f.scim("GET", "/Users", "").want(t, http.StatusOK)
	next.scim("GET", "/Users", "").want(t, http.StatusOK)
	var list struct {
		Tokens []struct {
			Label                 string
			ExpiresAt, LastUsedAt *time.Time
		}
	}
	answer{body: s.get(tokens)}.decode(t, &list)
	if len(list.Tokens) != 2 || list.Tokens[0].ExpiresAt == nil || list.Tokens[0].LastUsedAt == nil || list.Tokens[1].ExpiresAt != nil || list.Tokens[1].Label != "spring" {
		t.Errorf("after a rotation: %+v", list)
	}
	s.do("POST", tokens, s.key, `{"overlap":0}`).want(t, http.StatusCreated)
	f.scim("GET", "/Users", "").want(t, http.StatusUnauthorized)
	next.scim("GET", "/Users", "").want(t, http.StatusUnauthorized)
}

// FuzzTokenEndpoint sends any request to the token endpoint: it is refused as
// OAuth has it, and never because of us.
func FuzzTokenEndpoint(f *testing.F) {
	s := newSite(f)
	c := s.newFolder(s.key, `{"name":"Head office"}`).newClient(`{}`)
	const form = "application/x-www-form-urlencoded"
	for _, seed := range [][3]string{
		{form, "", "grant_type=client_credentials&client_id=" + c.ID + "&client_secret=x"},
		{form, "Basic " + base64.StdEncoding.EncodeToString([]byte(c.ID+":x")), "grant_type=client_credentials&scope=scim"},
		{form, "", "grant_type=client_credentials&client_assertion=eyJhbGciOiJub25lIn0.e30.&" + assertionForm(c.ID, "").Encode()},
		{form + ";charset=utf-8", "Basic ::", "grant_type=%%&&&=;"},
		{"application/json", "Bearer x", "{}"},
		{"", "\x00", "\xff\xfe"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, contentType, authorization, body string) {
		var req fasthttp.Request
		req.Header.SetMethod(http.MethodPost)
		req.SetRequestURI("/oauth2/token")
		req.Header.SetContentType(contentType)
		req.Header.Set("Authorization", authorization)
		req.SetBodyString(body)
		r := new(fasthttp.RequestCtx)
		r.Init(&req, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, nil)
		s.srv.http.Handler(r)
		var got struct{ Error string }
		if err := json.Unmarshal(r.Response.Body(), &got); err != nil || got.Error == "" {
			t.Errorf("%q is answered %s", body, r.Response.Body())
		}
		if status := r.Response.StatusCode(); status != 400 && status != 401 && status != 429 {
			t.Errorf("%q is answered %d", body, status)
		}
	})
}
