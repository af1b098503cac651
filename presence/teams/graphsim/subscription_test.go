package graphsim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	accountID = "cccccccc-0000-4000-8000-000000000001"
	personID  = "aaaaaaaa-0000-4000-8000-000000000001"
	formType  = "application/x-www-form-urlencoded"
)

// A hook is where notifications go.
type hook struct {
	answer func(r *http.Request) (status int, media, body string)
	bodies []string
}

// RoundTrip implements http.RoundTripper.
func (h *hook) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	token := r.URL.Query().Get("validationToken")
	status, media, body := http.StatusAccepted, "text/plain", ""
	switch {
	case h.answer != nil:
		status, media, body = h.answer(r)
	case token != "":
		status, body = http.StatusOK, token
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if token == "" {
		h.bodies = append(h.bodies, string(text))
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.WriteString(body)
	return w.Result(), nil
}

// signedIn returns a double with an account, what the account was given, and
// where notifications go.
func signedIn(t *testing.T) (s *Sim, tokens map[string]any, h *hook) {
	t.Helper()
	h = &hook{}
	s, err := New(Config{ClientID: "app", ClientSecret: "secret", RedirectURL: redirect, Deliver: h})
	if err != nil {
		t.Fatal(err)
	}
	s.AddTenant(Tenant{ID: tenantID, Name: "Example", Accounts: []Account{{ID: accountID, Name: "Account"}}})
	s.Consent(tenantID)
	sum := sha256.Sum256([]byte("verifier"))
	q := url.Values{
		"client_id": {"app"}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {"openid offline_access https://graph.test/Presence.Read.All"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "state": {"s"},
	}
	_, header, _ := send(t, s, "POST", "/"+tenantID+"/oauth2/v2.0/authorize?"+q.Encode(), "", formType, url.Values{"account": {accountID}}.Encode())
	back, err := url.Parse(header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return s, redeem(t, s, url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "code_verifier": {"verifier"}, "redirect_uri": {redirect}}), h
}

// redeem asks the token endpoint; "error" in the answer says what it refused.
func redeem(t *testing.T, s *Sim, form url.Values) map[string]any {
	t.Helper()
	form.Set("client_id", "app")
	form.Set("client_secret", "secret")
	_, _, text := send(t, s, "POST", "/"+tenantID+"/oauth2/v2.0/token", "", formType, form.Encode())
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err, text)
	}
	return got
}

// order is a subscription that Graph makes.
func order(now time.Time) map[string]any {
	return map[string]any{
		"changeType": "updated", "notificationUrl": "https://hook.test/n", "lifecycleNotificationUrl": "https://hook.test/l",
		"resource": "/communications/presences?$filter=id in ('" + personID + "')", "expirationDateTime": now.Add(time.Hour), "clientState": "state",
	}
}

func subscribe(t *testing.T, s *Sim, token string, order map[string]any) (int, string) {
	t.Helper()
	body, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	status, _, text := send(t, s, "POST", "/v1.0/subscriptions", token, "application/json", string(body))
	return status, text
}

func certificate(t *testing.T, bits int) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestSubscriptionIsRefusedAsGraphRefusesIt(t *testing.T) {
	s, tokens, _ := signedIn(t)
	user := tokens["access_token"].(string)
	people := func(n int) string {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprintf("'aaaaaaaa-0000-4000-8000-%012d'", i)
		}
		return "/communications/presences?$filter=id in (" + strings.Join(ids, ",") + ")"
	}
	now, short := time.Now(), certificate(t, 1024)
	for _, c := range []struct {
		what   string
		token  string
		change map[string]any
		status int
		says   string
	}{
		{"the app's token", tokenOf(t, s), nil, http.StatusForbidden, "not authorized for this user or application"},
		{"no token", "", nil, http.StatusUnauthorized, ""},
		{"more than an hour", user, map[string]any{"expirationDateTime": now.Add(61 * time.Minute)}, http.StatusBadRequest, "60 minutes"},
		{"the past", user, map[string]any{"expirationDateTime": now.Add(-time.Minute)}, http.StatusBadRequest, "future"},
		{"651 people", user, map[string]any{"resource": people(651)}, http.StatusBadRequest, "650"},
		{"another resource", user, map[string]any{"resource": "/users"}, http.StatusBadRequest, "resource"},
		{"a filter of another form", user, map[string]any{"resource": people(1) + " or true"}, http.StatusBadRequest, "resource"},
		{"created", user, map[string]any{"changeType": "created"}, http.StatusBadRequest, "changeType"},
		{"http", user, map[string]any{"notificationUrl": "http://hook.test/n"}, http.StatusBadRequest, "https"},
		{"a long client state", user, map[string]any{"clientState": strings.Repeat("x", 129)}, http.StatusBadRequest, "128"},
		{"no certificate", user, map[string]any{"includeResourceData": true}, http.StatusBadRequest, "certificate"},
		{"a short key", user, map[string]any{"includeResourceData": true, "encryptionCertificate": short, "encryptionCertificateId": "c"}, http.StatusBadRequest, "2048"},
		{"650 people", user, map[string]any{"resource": people(650)}, http.StatusCreated, `"creatorId":"` + accountID},
		{"a second one", user, nil, http.StatusConflict, "A subscripton already exists"},
	} {
		o := order(now)
		maps.Copy(o, c.change)
		if status, text := subscribe(t, s, c.token, o); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s, want %d", c.what, status, text, c.status)
		}
	}
	id := s.Subscriptions()[0].ID
	s.Advance(time.Hour)
	user = redeem(t, s, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}})["access_token"].(string)
	if status, _, _ := send(t, s, "GET", "/v1.0/subscriptions/"+id, user, "", ""); status != http.StatusNotFound || len(s.Subscriptions()) != 0 {
		t.Errorf("after an hour it is answered %d", status)
	}
}

func TestRefreshTokenEndsWithTheSignIn(t *testing.T) {
	s, tokens, _ := signedIn(t)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
	next := redeem(t, s, form)
	if next["access_token"] == nil || next["refresh_token"] == form.Get("refresh_token") || redeem(t, s, form)["error"] != nil {
		t.Errorf("redeemed: %v", next)
	}
	s.RevokeSignIn(accountID)
	if got := redeem(t, s, form); got["error"] != "invalid_grant" || fmt.Sprint(got["error_codes"]) != "[50173]" {
		t.Errorf("after a revocation: %v", got)
	}
	if status, _ := subscribe(t, s, next["access_token"].(string), order(time.Now())); status != http.StatusUnauthorized {
		t.Errorf("the access token is answered %d", status)
	}
}

func TestSlowAddressIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, tokens, h := signedIn(t)
		if status, text := subscribe(t, s, tokens["access_token"].(string), order(time.Now())); status != http.StatusCreated {
			t.Fatal(status, text)
		}
		slow := 2950 * time.Millisecond
		tell := func(n int) {
			s.SetPresence(tenantID, personID, Presence{Availability: "Busy", Activity: fmt.Sprint(n)})
			s.Deliver(t.Context())
		}
		for n := range judgedFrom {
			h.answer = nil
			if n%9 == 0 { // twelve of a hundred
				h.answer = func(*http.Request) (int, string, string) {
					timer := time.NewTimer(slow)
					<-timer.C
					return http.StatusAccepted, "text/plain", ""
				}
			}
			tell(n)
		}
		if got := s.Stats(); got.Slow != 12 || got.Delivered != judgedFrom {
			t.Fatalf("%+v", got)
		}
		h.answer = nil
		before := len(h.bodies)
		tell(judgedFrom)
		if len(h.bodies) != before {
			t.Error("a slow address was not left alone")
		}
		s.Advance(slowPenalty)
		s.Deliver(t.Context())
		if len(h.bodies) != before+1 {
			t.Errorf("after the penalty %d came", len(h.bodies)-before)
		}
	})
}
