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
	scope     string
	expires   time.Time
}

// An accessToken is what was given for Graph: to the app, or to somebody who
// signed in.
type accessToken struct {
	tenant  string
	era     string // of the tenant when it was issued
	reads   bool   // has the role, or the scope
	account string // who signed in; "" for the app
	signIn  string // of the account when it was issued
	expires time.Time
}

// delegatedPermission is the scope for reading presence in somebody's name.
const delegatedPermission = graphAudience + "/" + readPermission

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
	s.subscriptionRoutes(mux)
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
	switch {
	case ok && !signsIn(r.PathValue("tenant"), t.ID):
		s.mu.Unlock()
		s.errorPage(w, "AADSTS50020: User account does not exist in the tenant.")
		return
	case ok && asksPresence(q.Get("scope")) && !t.permitted:
		back.Set("error", "consent_required")
		back.Set("error_description", "AADSTS65001: The user or administrator has not consented to use the application.")
	case ok:
		text := rand.Text()
		s.codes[text] = code{account, t.ID, q.Get("code_challenge"), q.Get("nonce"), q.Get("scope"), s.clock().Add(10 * time.Minute)}
		back.Set("code", text)
	default:
		back.Set("error", "access_denied")
		back.Set("error_description", "AADSTS65004: User declined to consent to access the app.")
	}
	s.mu.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound) // as registered: see checkClient
}

// signsIn tells whether accounts of a tenant sign in at the endpoint of at.
func signsIn(at, tenantID string) bool {
	return at == tenantID || at == "organizations" || at == "common"
}

// asksPresence tells whether scopes have the permission to read presence. Graph
// is named by the address at which it is asked, as each cloud's is.
func asksPresence(scope string) bool {
	return slices.ContainsFunc(strings.Fields(scope), func(one string) bool { return strings.HasSuffix(one, "/"+readPermission) })
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
	case s.cfg.Certificate == nil && (r.PostFormValue("client_secret") != s.cfg.ClientSecret || r.PostForm.Has("client_assertion")):
		s.tokenError(w, http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided.")
	case s.cfg.Certificate != nil && (r.PostForm.Has("client_secret") || !s.asserted(r)):
		s.tokenError(w, http.StatusUnauthorized, "invalid_client", 700027, "Client assertion failed signature validation.")
	case f.TokenError != 0:
		s.tokenError(w, http.StatusUnauthorized, "invalid_client", f.TokenError, "As the knob says.")
	case f.TokenStatus != 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
		}
		writeJSON(w, f.TokenStatus, map[string]string{"error": "temporarily_unavailable"})
	case r.PostFormValue("grant_type") == "authorization_code":
		s.redeem(w, r)
	case r.PostFormValue("grant_type") == "refresh_token":
		s.refresh(w, r)
	case r.PostFormValue("grant_type") == "client_credentials":
		s.appToken(w, r)
	default:
		s.tokenError(w, http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
	}
}

// asserted tells whether a request shows an assertion that is signed with the
// app's certificate, for this endpoint, and was not used before. The caller
// holds mu.
func (s *Sim) asserted(r *http.Request) bool {
	if r.PostFormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return false
	}
	token, err := jwt.ParseSigned(r.PostFormValue("client_assertion"), []jose.SignatureAlgorithm{jose.PS256})
	if err != nil {
		return false
	}
	sum := sha256.Sum256(s.cfg.Certificate.Raw)
	header := token.Headers[0].ExtraHeaders
	var claims jwt.Claims
	if header["x5t#S256"] != base64.RawURLEncoding.EncodeToString(sum[:]) || header[jose.HeaderType] != "JWT" || token.Claims(s.cfg.Certificate.PublicKey, &claims) != nil {
		return false
	}
	want := jwt.Expected{
		Issuer: s.cfg.ClientID, Subject: s.cfg.ClientID, AnyAudience: jwt.Audience{s.cfg.BaseURL + "/" + r.PathValue("tenant") + "/oauth2/v2.0/token"}, Time: s.clock(),
	}
	if claims.ValidateWithLeeway(want, 0) != nil || claims.Expiry == nil || claims.NotBefore == nil || claims.ID == "" || s.shown[claims.ID] {
		return false
	}
	s.shown[claims.ID] = true
	return true
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
	answer := map[string]any{"token_type": "Bearer", "scope": "openid profile", "expires_in": 3599, "access_token": rand.Text(), "id_token": id}
	if asksPresence(c.scope) {
		if err := s.delegate(answer, c.tenant, c.account.ID, slices.Contains(strings.Fields(c.scope), "offline_access")); err != nil {
			writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
			return
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// delegate puts an access token of somebody who signed in into an answer of the
// token endpoint, and with offline a token for getting the next. The caller
// holds mu.
func (s *Sim) delegate(answer map[string]any, tenantID, account string, offline bool) error {
	t := s.tenants[tenantID]
	if s.signIns[account] == "" {
		s.signIns[account] = rand.Text()
	}
	claims := map[string]any{"tid": tenantID, "oid": account, "appid": s.cfg.ClientID, "scp": readPermission, "ver": "1.0"}
	text, err := s.sign("https://sts.windows.net/"+tenantID+"/", graphAudience, claims)
	if err != nil {
		return err
	}
	token := accessToken{tenant: tenantID, era: t.era, reads: t.permitted, account: account, signIn: s.signIns[account], expires: s.clock().Add(tokenLife)}
	s.tokens[text] = token
	answer["access_token"], answer["scope"] = text, "openid profile "+delegatedPermission
	if offline {
		next := rand.Text()
		s.refreshTokens[next] = token
		answer["refresh_token"] = next
	}
	return nil
}

// refresh gives somebody who signed in the next access token. As with Entra, a
// token that was used before is still good. The caller holds mu.
func (s *Sim) refresh(w http.ResponseWriter, r *http.Request) {
	s.stats.Refreshed++
	held, ok := s.refreshTokens[r.PostFormValue("refresh_token")]
	t := s.tenants[held.tenant]
	switch {
	case s.faults.RefreshError != 0:
		s.tokenError(w, http.StatusBadRequest, "invalid_grant", s.faults.RefreshError, "As the knob says.")
		return
	case !ok || !signsIn(r.PathValue("tenant"), held.tenant):
		s.tokenError(w, http.StatusBadRequest, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
		return
	case !t.principal:
		s.tokenError(w, http.StatusBadRequest, "unauthorized_client", 700016, "Application was not found in the directory.")
		return
	case held.signIn != s.signIns[held.account]:
		s.tokenError(w, http.StatusBadRequest, "invalid_grant", 50173, "The provided grant has expired due to it being revoked.")
		return
	case !t.permitted:
		s.tokenError(w, http.StatusBadRequest, "invalid_grant", 65001, "The user or administrator has not consented to use the application.")
		return
	}
	answer := map[string]any{"token_type": "Bearer", "expires_in": int(tokenLife/time.Second) - 1}
	if err := s.delegate(answer, held.tenant, held.account, true); err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
		return
	}
	writeJSON(w, http.StatusOK, answer)
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
	s.tokens[text] = accessToken{tenant: t.ID, era: t.era, reads: t.permitted, expires: s.clock().Add(tokenLife)}
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": int(tokenLife/time.Second) - 1, "ext_expires_in": int(tokenLife/time.Second) - 1, "access_token": text,
	})
}

// sign makes a JWT. The caller holds mu.
func (s *Sim) sign(issuer, audience string, claims map[string]any) (string, error) {
	return s.signAt(s.clock(), issuer, audience, claims, s.faults.ForgedToken)
}

// signAt makes a JWT of a moment, with forged by a key that is not published.
// The caller holds mu.
func (s *Sim) signAt(now time.Time, issuer, audience string, claims map[string]any, forged bool) (string, error) {
	key := s.key
	if forged {
		var err error
		if key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return "", err
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: s.kid}}, nil)
	if err != nil {
		return "", err
	}
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
