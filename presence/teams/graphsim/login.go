package graphsim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const tokenLife = time.Hour

// A code is an authorization code that was not redeemed.
type code struct {
	account   Account
	tenant    string
	challenge string
	nonce     string
	expires   time.Time
}

// An appToken is an access token of the app.
type appToken struct {
	tenant  string
	era     string // of the tenant when it was issued
	reads   bool   // has the role
	expires time.Time
}

func (s *Sim) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", s.authorizePage)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/authorize", s.authorize)
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", s.consentPage)
	mux.HandleFunc("POST /{tenant}/v2.0/adminconsent", s.consent)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.keys)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("POST /v1.0/communications/getPresencesByUserId", s.presences)
	mux.HandleFunc("GET /v1.0/communications/presences/{id}", s.onePresence)
	mux.HandleFunc("GET /v1.0/users/{id}/presence", s.onePresence)
	return mux
}

// checkClient returns what is wrong with a request of a browser, in Entra's
// words, or "". Then nobody may be sent back to the redirect address.
func (s *Sim) checkClient(q url.Values) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case q.Get("client_id") != s.cfg.ClientID:
		return fmt.Sprintf("AADSTS700016: Application with identifier '%s' was not found in the directory.", q.Get("client_id"))
	case q.Get("redirect_uri") != s.redirect:
		return "AADSTS50011: The redirect URI specified in the request does not match the redirect URIs configured for the application."
	}
	return ""
}

// authorize lets the account of the form sign in.
func (s *Sim) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if wrong := s.checkClient(q); wrong != "" {
		s.errorPage(w, wrong)
		return
	}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || !strings.Contains(q.Get("scope"), "openid") {
		s.errorPage(w, "AADSTS900144: The request must ask for a code with PKCE and the scope openid.")
		return
	}
	back := url.Values{"state": {q.Get("state")}}
	s.mu.Lock()
	t, account, ok := s.find(r.PostFormValue("account"))
	if ok {
		text := rand.Text()
		s.codes[text] = code{account, t.ID, q.Get("code_challenge"), q.Get("nonce"), s.clock().Add(10 * time.Minute)}
		back.Set("code", text)
	} else {
		back.Set("error", "access_denied")
		back.Set("error_description", "AADSTS65004: User declined to consent to access the app.")
	}
	s.mu.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound) // as registered: see checkClient
}

// find returns an account and its tenant. The caller holds mu.
func (s *Sim) find(account string) (*tenant, Account, bool) {
	for _, t := range s.tenants {
		for _, a := range t.Accounts {
			if a.ID == account {
				return t, a, true
			}
		}
	}
	return nil, Account{}, false
}

// consent lets the account of the form accept, or refuse, for its tenant.
func (s *Sim) consent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if wrong := s.checkConsent(r.PathValue("tenant"), q); wrong != "" {
		s.errorPage(w, wrong)
		return
	}
	s.mu.Lock()
	t, account, ok := s.find(r.PostFormValue("account"))
	accepted := ok && account.isAdmin() && t.ID == r.PathValue("tenant")
	if accepted {
		t.principal, t.permitted = true, true
	}
	s.mu.Unlock()
	// Entra says admin_consent=True when it was refused, too.
	back := url.Values{"admin_consent": {"True"}, "state": {q.Get("state")}}
	if accepted {
		back.Set("tenant", t.ID)
		back.Set("scope", q.Get("scope"))
	} else {
		back.Set("error", "consent_required")
		back.Set("error_description", "AADSTS65004: The resource owner or authorization server denied the request.")
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound) // as registered: see checkClient
}

func (s *Sim) checkConsent(tenantID string, q url.Values) string {
	if wrong := s.checkClient(q); wrong != "" {
		return wrong
	}
	switch {
	case tenantID == "common":
		return "AADSTS90002: 'common' is not supported here."
	case !strings.HasSuffix(q.Get("scope"), "/.default"):
		return "AADSTS70011: The provided value for the input parameter 'scope' isn't valid."
	}
	return ""
}

// tokenError answers as Entra's token endpoint does.
func (s *Sim) tokenError(w http.ResponseWriter, status int, kind string, aadsts int, message string) {
	now := s.now().UTC().Format("2006-01-02 15:04:05Z")
	writeJSON(w, status, map[string]any{
		"error": kind, "error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: 0 Correlation ID: 0 Timestamp: %s", aadsts, message, now),
		"error_codes": []int{aadsts}, "timestamp": now, "trace_id": "0", "correlation_id": "0",
		"error_uri": s.cfg.BaseURL + "/error?code=" + strconv.Itoa(aadsts),
	})
}

// token answers the token endpoint: a code, or the app's own credentials.
func (s *Sim) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults
	switch {
	case r.PostFormValue("client_id") != s.cfg.ClientID:
		s.tokenError(w, http.StatusBadRequest, "unauthorized_client", 700016, "Application was not found in the directory.")
	case r.PostFormValue("client_secret") != s.cfg.ClientSecret:
		s.tokenError(w, http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided.")
	case f.TokenError != 0:
		s.tokenError(w, http.StatusUnauthorized, "invalid_client", f.TokenError, "As the knob says.")
	case f.TokenStatus != 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
		}
		writeJSON(w, f.TokenStatus, map[string]string{"error": "temporarily_unavailable"})
	case r.PostFormValue("grant_type") == "authorization_code":
		s.redeem(w, r)
	case r.PostFormValue("grant_type") == "client_credentials":
		s.appToken(w, r)
	default:
		s.tokenError(w, http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
	}
}

// redeem gives an id token for a code, once. The caller holds mu.
func (s *Sim) redeem(w http.ResponseWriter, r *http.Request) {
	text := r.PostFormValue("code")
	c, ok := s.codes[text]
	delete(s.codes, text)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case !ok || s.clock().After(c.expires):
		s.tokenError(w, http.StatusBadRequest, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
		return
	case base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge || r.PostFormValue("redirect_uri") != s.redirect:
		s.tokenError(w, http.StatusBadRequest, "invalid_grant", 501481, "The code_verifier does not match the code_challenge.")
		return
	}
	tenantID := c.tenant
	if s.faults.Personal {
		tenantID = "9188040d-6c67-4c5b-b112-36a304b66dad"
	}
	if s.faults.OtherTenant != "" {
		tenantID = s.faults.OtherTenant
	}
	claims := map[string]any{
		"tid": tenantID, "oid": c.account.ID, "sub": c.account.ID, "name": c.account.Name, "nonce": c.nonce, "ver": "2.0",
	}
	if len(c.account.Roles) > 0 {
		claims["wids"] = c.account.Roles
	}
	issuer := s.cfg.BaseURL + "/" + c.tenant + "/v2.0"
	if s.faults.Personal {
		issuer = s.cfg.BaseURL + "/" + tenantID + "/v2.0"
	}
	id, err := s.sign(issuer, s.cfg.ClientID, claims)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "scope": "openid profile", "expires_in": 3599, "access_token": rand.Text(), "id_token": id,
	})
}

// appToken gives the app a token for a tenant. The caller holds mu.
func (s *Sim) appToken(w http.ResponseWriter, r *http.Request) {
	s.stats.Tokens++
	t := s.tenants[r.PathValue("tenant")]
	switch {
	case t == nil:
		s.tokenError(w, http.StatusBadRequest, "invalid_request", 90002, "Tenant not found.")
		return
	case !strings.HasSuffix(r.PostFormValue("scope"), "/.default"):
		s.tokenError(w, http.StatusBadRequest, "invalid_scope", 70011, "The scope must be of the form resource/.default.")
		return
	case !t.principal:
		s.tokenError(w, http.StatusBadRequest, "unauthorized_client", 700016, "Application was not found in the directory.")
		return
	}
	claims := map[string]any{"tid": t.ID, "appid": s.cfg.ClientID, "idtyp": "app", "ver": "1.0"}
	if t.permitted {
		claims["roles"] = []string{readPermission}
	}
	text, err := s.sign("https://sts.windows.net/"+t.ID+"/", graphAudience, claims)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
		return
	}
	s.tokens[text] = appToken{tenant: t.ID, era: t.era, reads: t.permitted, expires: s.clock().Add(tokenLife)}
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": int(tokenLife/time.Second) - 1, "ext_expires_in": int(tokenLife/time.Second) - 1, "access_token": text,
	})
}

// sign makes a JWT. The caller holds mu.
func (s *Sim) sign(issuer, audience string, claims map[string]any) (string, error) {
	key := s.key
	if s.faults.ForgedToken {
		var err error
		if key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return "", err
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: s.kid}}, nil)
	if err != nil {
		return "", err
	}
	now := s.clock()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: issuer, Audience: jwt.Audience{audience}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(tokenLife)),
	}).Claims(claims).Serialize()
}

// keys answers with the keys that tokens are signed with.
func (s *Sim) keys(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: s.kid, Algorithm: string(jose.RS256), Use: "sig"}}}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, set)
}

// discovery answers as Entra does for many tenants at once.
func (s *Sim) discovery(w http.ResponseWriter, r *http.Request) {
	base := s.cfg.BaseURL + "/" + r.PathValue("tenant")
	issuer := base + "/v2.0"
	if slices.Contains([]string{"common", "organizations"}, r.PathValue("tenant")) {
		issuer = s.cfg.BaseURL + "/{tenantid}/v2.0"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": issuer, "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
		"jwks_uri": base + "/discovery/v2.0/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}
