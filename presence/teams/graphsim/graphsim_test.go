package graphsim

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	tenantID = "00000000-0000-4000-8000-000000000001"
	redirect = "http://127.0.0.1:1/callback"
)

func newSim(t *testing.T) *Sim {
	t.Helper()
	s, err := New(Config{ClientID: "app", ClientSecret: "secret", RedirectURL: redirect})
	if err != nil {
		t.Fatal(err)
	}
	s.AddTenant(Tenant{ID: tenantID, Name: "Example"})
	s.Consent(tenantID)
	return s
}

// send hands a request to the double and returns status, header and body.
func send(t *testing.T, s *Sim, method, path, token, contentType, body string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://login.test"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

func tokenOf(t *testing.T, s *Sim) string {
	t.Helper()
	form := url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "grant_type": {"client_credentials"}, "scope": {"https://graph.test/.default"}}
	status, _, text := send(t, s, "POST", "/"+tenantID+"/oauth2/v2.0/token", "", "application/x-www-form-urlencoded", form.Encode())
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK || got.AccessToken == "" {
		t.Fatalf("%d: %s", status, text)
	}
	return got.AccessToken
}

func ask(t *testing.T, s *Sim, token string, ids ...string) (int, http.Header, string) {
	t.Helper()
	body, err := json.Marshal(map[string][]string{"ids": ids})
	if err != nil {
		t.Fatal(err)
	}
	return send(t, s, "POST", "/v1.0/communications/getPresencesByUserId", token, "application/json", string(body))
}

func TestGraphRefusesWhatMicrosoftRefuses(t *testing.T) {
	s := newSim(t)
	token := tokenOf(t, s)
	many := make([]string, maxIDs+1)
	for i := range many {
		many[i] = fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i)
	}
	for _, c := range []struct {
		what   string
		token  string
		ids    []string
		status int
	}{
		{"650 people", token, many[1:], http.StatusOK},
		{"651 people", token, many, http.StatusBadRequest},
		{"nobody", token, nil, http.StatusBadRequest},
		{"no token", "", many[:1], http.StatusUnauthorized},
		{"a token made up", token + "x", many[:1], http.StatusUnauthorized},
	} {
		if status, _, text := ask(t, s, c.token, c.ids...); status != c.status {
			t.Errorf("%s: %d %s, want %d", c.what, status, text, c.status)
		}
	}
	if status, _, _ := send(t, s, "POST", "/v1.0/communications/getPresencesByUserId", token, "application/json", `{"ids":[`); status != http.StatusBadRequest {
		t.Errorf("malformed JSON: %d", status)
	}
	s.Advance(tokenLife)
	if status, _, _ := ask(t, s, token, many[0]); status != http.StatusUnauthorized {
		t.Errorf("an expired token: %d", status)
	}
	token = tokenOf(t, s)
	s.Forbid(tenantID)
	if status, _, _ := ask(t, s, token, many[0]); status != http.StatusForbidden {
		t.Errorf("without the permission: %d", status)
	}
	s.Consent(tenantID)
	s.Revoke(tenantID)
	s.Consent(tenantID)
	if status, _, _ := ask(t, s, token, many[0]); status != http.StatusUnauthorized {
		t.Errorf("a token of before the revocation: %d", status)
	}
}

func TestBudgetIsThatOfGraph(t *testing.T) {
	s := newSim(t)
	token := tokenOf(t, s)
	for i := range budget + 1 {
		status, header, _ := ask(t, s, token, "aaaaaaaa-0000-4000-8000-000000000001")
		if want := i < budget; (status == http.StatusOK) != want || (header.Get("Retry-After") == "") != want {
			t.Fatalf("request %d: %d, Retry-After %q", i+1, status, header.Get("Retry-After"))
		}
	}
	s.Advance(budgetWindow)
	if status, _, _ := ask(t, s, token, "aaaaaaaa-0000-4000-8000-000000000001"); status != http.StatusOK {
		t.Errorf("after the window: %d", status)
	}
	if got := s.Stats(); got.Throttled != 1 || got.Busiest[tenantID] != budget+1 {
		t.Errorf("counted %+v", got)
	}
}

func TestTokenEndpointSpeaksInCodes(t *testing.T) {
	s := newSim(t)
	good := url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "grant_type": {"client_credentials"}, "scope": {"https://graph.test/.default"}}
	for _, c := range []struct {
		tenant, field, value string
		code                 int
	}{
		{tenantID, "client_id", "other", 700016},
		{tenantID, "client_secret", "wrong", 7000215},
		{tenantID, "scope", "openid", 70011},
		{tenantID, "grant_type", "password", 70003},
		{"00000000-0000-4000-8000-000000000009", "scope", "https://graph.test/.default", 90002},
	} {
		form := maps.Clone(good)
		form.Set(c.field, c.value)
		status, _, text := send(t, s, "POST", "/"+c.tenant+"/oauth2/v2.0/token", "", "application/x-www-form-urlencoded", form.Encode())
		if status < 400 || !strings.Contains(text, fmt.Sprintf(`"error_codes":[%d]`, c.code)) {
			t.Errorf("%s=%s: %d %s, want code %d", c.field, c.value, status, text, c.code)
		}
	}
	s.Revoke(tenantID)
	if status, _, text := send(t, s, "POST", "/"+tenantID+"/oauth2/v2.0/token", "", "application/x-www-form-urlencoded", good.Encode()); status != http.StatusBadRequest || !strings.Contains(text, "AADSTS700016") {
		t.Errorf("after the revocation: %d %s", status, text)
	}
}

func TestBrowserIsSentBackToTheRegisteredAddressOnly(t *testing.T) {
	s := newSim(t)
	q := url.Values{
		"client_id": {"app"}, "redirect_uri": {redirect}, "scope": {"https://graph.test/.default"}, "state": {"s"},
		"response_type": {"code"}, "code_challenge": {"x"}, "code_challenge_method": {"S256"},
	}
	pages := []string{"/organizations/oauth2/v2.0/authorize", "/" + tenantID + "/v2.0/adminconsent"}
	for _, page := range pages {
		for field, value := range map[string]string{"client_id": "other", "redirect_uri": redirect + "/", "scope": "x"} {
			bad := maps.Clone(q)
			bad.Set(field, value)
			status, header, text := send(t, s, "POST", page+"?"+bad.Encode(), "", "application/x-www-form-urlencoded", "account=")
			if status != http.StatusBadRequest || header.Get("Location") != "" || !strings.Contains(text, "AADSTS") {
				t.Errorf("%s with %s=%s: %d to %q", page, field, value, status, header.Get("Location"))
			}
		}
		if status, _, text := send(t, s, "GET", page+"?"+q.Encode(), "", "", ""); status != http.StatusOK || !strings.Contains(text, "<form") {
			t.Errorf("%s: %d %s", page, status, text)
		}
	}
	status, header, _ := send(t, s, "POST", pages[1]+"?"+q.Encode(), "", "application/x-www-form-urlencoded", "account=")
	if to := header.Get("Location"); status != http.StatusFound || !strings.Contains(to, "admin_consent=True") || !strings.Contains(to, "error=consent_required") {
		t.Errorf("a refusal: %d to %q", status, to)
	}
}

func TestOnePersonIsAskedForInTwoWays(t *testing.T) {
	s := newSim(t)
	s.SetPresence(tenantID, "aaaaaaaa-0000-4000-8000-000000000001", Presence{Availability: "Busy", Activity: "InACall", StatusMessage: "x", WorkLocation: "remote", SequenceNumber: "7"})
	token := tokenOf(t, s)
	for _, path := range []string{"/v1.0/users/%s/presence", "/v1.0/communications/presences/%s"} {
		status, _, text := send(t, s, "GET", fmt.Sprintf(path, "AAAAAAAA-0000-4000-8000-000000000001"), token, "", "")
		if status != http.StatusOK || !strings.Contains(text, `"InACall"`) || !strings.Contains(text, `"remote"`) || !strings.Contains(text, `"sequenceNumber":"7"`) {
			t.Errorf("%d: %s", status, text)
		}
		if status, _, _ := send(t, s, "GET", fmt.Sprintf(path, "nobody"), token, "", ""); status != http.StatusNotFound {
			t.Errorf("nobody: %d", status)
		}
	}
	if _, err := New(Config{ClientID: "app"}); err == nil {
		t.Error("half an app is taken")
	}
	if got := s.LastAsked(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if s.Stats().Tokens != 1 || time.Hour != tokenLife {
		t.Errorf("counted %+v", s.Stats())
	}
}
