package teams

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// ConsentTime is how long an administrator has from the beginning of a consent
// to its end.
const ConsentTime = 10 * time.Minute

const (
	maxPending   = 1000
	roleAttempts = 4 // Microsoft takes some seconds to put a new permission into tokens
	rolePause    = 2 * time.Second
)

// personalTenant is the Microsoft tenant of personal accounts.
const personalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// The ways in which a consent comes to nothing, beside a *Fault. Each begins
// again with Begin.
var (
	// ErrState: nobody began this, it was used already, or it took too long.
	ErrState = errors.New("the sign-in is not known, was used already or took too long")
	// ErrRefused: the administrator, or Microsoft, said no.
	ErrRefused = errors.New("the access was not allowed")
	// ErrSignIn: Microsoft did not confirm who signed in.
	ErrSignIn = errors.New("the sign-in could not be confirmed")
	// ErrPersonal: a personal account, which has no organisation, signed in.
	ErrPersonal = errors.New("a personal account signed in")
	// ErrNotAdmin: who signed in is not an administrator of the Microsoft tenant.
	ErrNotAdmin = errors.New("who signed in is not an administrator")
	// ErrOtherTenant: another Microsoft tenant consented than the one of who
	// signed in, or somebody signed in of another than the one that consented.
	ErrOtherTenant = errors.New("another tenant consented than signed in")
)

// adminRoles are the roles, by their template, that may allow an application to
// read from Graph: Global and Privileged Role Administrator. Those who
// administer applications may not, by Microsoft's rules. Source:
// learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference.
func adminRoles() []string {
	return []string{"62e90394-69f5-4237-9190-012177145e10", "e8611ab8-c189-46e8-94e1-60213ab1f814"}
}

// A Request is who asks for access, and for what.
type Request struct {
	Tenant    string // of Ringdex
	Directory string
	KeyID     string // the admin key that it was begun with
}

// ConsentsConfig sets up Consents. All is required.
type ConsentsConfig struct {
	Client      *Client
	RedirectURL string // exactly as registered with Microsoft
	// Allowed returns an error when a request has lost what it was begun with:
	// the key was revoked, the directory is gone. It is asked at each step.
	Allowed func(Request) error
}

// Consents leads administrators through Microsoft's consent. It keeps what is
// under way in memory: after a restart an administrator begins again. Its
// methods are safe for concurrent use.
//
// The address that Microsoft sends a browser back to can be forged by anybody,
// so nothing in it is believed. An administrator first signs in, which says
// for sure which Microsoft tenant that is and that this person administers it;
// only this tenant's consent counts then, and only if a token shows it.
type Consents struct {
	cfg      ConsentsConfig
	signIn   oauth2.Config
	verifier *oidc.IDTokenVerifier

	mu      sync.Mutex // guards pending; held for map work only
	pending map[string]step
}

// A step is what a state that was given out stands for.
type step struct {
	request         Request
	until           time.Time
	verifier, nonce string // of the sign-in
	microsoftTenant string // "" as long as nobody has signed in
	account         bool   // somebody of microsoftTenant is to sign in, and nothing follows
}

// NewConsents returns Consents that nobody has begun yet.
func NewConsents(cfg ConsentsConfig) *Consents {
	app := cfg.Client.app
	base := app.Cloud.Login + "/organizations"
	fetch := &http.Client{Transport: cfg.Client.http.Transport, CheckRedirect: cfg.Client.http.CheckRedirect, Timeout: askTime}
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), fetch), base+"/discovery/v2.0/keys")
	return &Consents{
		cfg: cfg,
		signIn: oauth2.Config{
			ClientID: app.ClientID, ClientSecret: app.ClientSecret, RedirectURL: cfg.RedirectURL, Scopes: []string{oidc.ScopeOpenID, "profile"},
			Endpoint: oauth2.Endpoint{AuthURL: base + "/oauth2/v2.0/authorize", TokenURL: base + "/oauth2/v2.0/token", AuthStyle: oauth2.AuthStyleInParams},
		},
		// Each Microsoft tenant is an issuer of its own: see tenantOf.
		verifier: oidc.NewVerifier("", keys, &oidc.Config{ClientID: app.ClientID, SkipIssuerCheck: true}),
		pending:  map[string]step{},
	}
}

// Begin returns the address at which an administrator signs in. What was begun
// for the same directory before is over.
func (c *Consents) Begin(r Request) string {
	s := step{request: r, until: time.Now().Add(ConsentTime), verifier: oauth2.GenerateVerifier(), nonce: rand.Text()}
	return c.signIn.AuthCodeURL(c.remember(s),
		oauth2.S256ChallengeOption(s.verifier), oidc.Nonce(s.nonce), oauth2.SetAuthURLParam("prompt", "select_account"))
}

// remember keeps a step under a new state.
func (c *Consents) remember(s step) (state string) {
	state = rand.Text()
	c.mu.Lock()
	defer c.mu.Unlock()
	now, oldest := time.Now(), ""
	for k, o := range c.pending {
		if now.After(o.until) || o.request.Directory == s.request.Directory {
			delete(c.pending, k)
		} else if oldest == "" || o.until.Before(c.pending[oldest].until) {
			oldest = k
		}
	}
	if len(c.pending) >= maxPending {
		delete(c.pending, oldest)
	}
	c.pending[state] = s
	return state
}

// take gives out what a state stands for, once.
func (c *Consents) take(state string) (step, error) {
	c.mu.Lock()
	s, ok := c.pending[state]
	delete(c.pending, state)
	c.mu.Unlock()
	if !ok || time.Now().After(s.until) {
		return step{}, ErrState
	}
	return s, c.cfg.Allowed(s.request)
}

// Holds tells whether a state is one that was given out and not used.
func (c *Consents) Holds(state string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.pending[state]
	return ok
}

// Drop ends what was begun for a directory.
func (c *Consents) Drop(directory string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, s := range c.pending {
		if s.request.Directory == directory {
			delete(c.pending, k)
		}
	}
}

// Resumed is what came of a step: one of its first three.
type Resumed struct {
	Next    string   // the address to send the browser to
	Grant   *Grant   // that was given
	Account *Account // that signed in
	SignIn  bool     // what was begun is the sign-in of an account
	By      Request
}

// Resume goes on with the parameters that Microsoft sent a browser back with.
// It returns one of the errors above, the error of Allowed, or a *Fault, and
// then no more than what was begun, and who did.
func (c *Consents) Resume(ctx context.Context, q url.Values) (Resumed, error) {
	s, err := c.take(q.Get("state"))
	done := Resumed{SignIn: s.account, By: s.request}
	switch {
	case err != nil:
	case q.Has("error"): // an answer that says no says admin_consent=True as well
		err = ErrRefused
	case s.account:
		done.Account, err = c.accountSignedIn(ctx, s, q.Get("code"))
	case s.microsoftTenant == "":
		done.Next, err = c.signedIn(ctx, s, q.Get("code"))
	default:
		done.Grant, err = c.consented(ctx, s, q)
	}
	return done, err
}

// exchange redeems the code of a sign-in and verifies who it was.
func (c *Consents) exchange(ctx context.Context, cfg *oauth2.Config, s step, code string) (*oauth2.Token, *oidc.IDToken, error) {
	if code == "" {
		return nil, nil, ErrSignIn
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, c.cfg.Client.http), askTime)
	defer cancel()
	proof, err := c.cfg.Client.app.proof(cfg.Endpoint.TokenURL)
	if err != nil {
		return nil, nil, err
	}
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption(s.verifier)}
	for key := range proof {
		options = append(options, oauth2.SetAuthURLParam(key, proof.Get(key)))
	}
	token, err := cfg.Exchange(ctx, code, options...)
	if err != nil {
		if f := tokenFault(err, time.Now()); f.State == CredentialProblem && !isInvalidGrant(err) || f.State == Degraded {
			return nil, nil, f
		}
		return nil, nil, ErrSignIn
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := c.verifier.Verify(ctx, raw)
	if err != nil || id.Nonce != s.nonce {
		return nil, nil, ErrSignIn
	}
	return token, id, nil
}

// signedIn verifies who signed in and returns the address of the consent.
func (c *Consents) signedIn(ctx context.Context, s step, code string) (string, error) {
	_, id, err := c.exchange(ctx, &c.signIn, s, code)
	if err != nil {
		return "", err
	}
	if s.microsoftTenant, err = c.administeredBy(id); err != nil {
		return "", err
	}
	q := url.Values{
		"client_id": {c.signIn.ClientID}, "scope": {c.cfg.Client.app.Cloud.Graph + "/.default"},
		"redirect_uri": {c.cfg.RedirectURL}, "state": {c.remember(s)},
	}
	return c.cfg.Client.app.Cloud.Login + "/" + s.microsoftTenant + "/v2.0/adminconsent?" + q.Encode(), nil
}

// isInvalidGrant tells whether a code was refused, and not the app.
func isInvalidGrant(err error) bool {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && e.ErrorCode == "invalid_grant"
}

// claims are what an id token says beside what every one does.
type claims struct {
	Tenant   string   `json:"tid"`
	ObjectID string   `json:"oid"`
	Roles    []string `json:"wids"`
}

// tenantOf returns the Microsoft tenant of who signed in.
func (c *Consents) tenantOf(id *oidc.IDToken) (tenant string, says claims, err error) {
	if id.Claims(&says) != nil {
		return "", says, ErrSignIn
	}
	tenant, ok := NormalID(says.Tenant)
	switch {
	case !ok || id.Issuer != c.cfg.Client.app.Cloud.Login+"/"+says.Tenant+"/v2.0":
		return "", says, ErrSignIn
	case tenant == personalTenant:
		return "", says, ErrPersonal
	}
	return tenant, says, nil
}

// administeredBy returns the tenant of an administrator who signed in.
//
// Somebody of a tenant who is no administrator must not get further: the
// tenant may have consented for a directory of its own, and then the answer of
// a second consent is easily made up.
func (c *Consents) administeredBy(id *oidc.IDToken) (string, error) {
	tenant, says, err := c.tenantOf(id)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(says.Roles, func(r string) bool { return slices.Contains(adminRoles(), strings.ToLower(r)) }) {
		return "", ErrNotAdmin
	}
	return tenant, nil
}

// consented checks that the tenant that signed in has consented, by getting a
// token that shows it.
func (c *Consents) consented(ctx context.Context, s step, q url.Values) (*Grant, error) {
	if !strings.EqualFold(q.Get("admin_consent"), "true") {
		return nil, ErrRefused
	}
	if tenant, ok := NormalID(q.Get("tenant")); !ok || tenant != s.microsoftTenant {
		return nil, ErrOtherTenant
	}
	for try := 1; ; try++ {
		_, err := c.cfg.Client.Token(ctx, s.microsoftTenant)
		if err == nil {
			break
		}
		f := faultOf(err)
		if f.State != PermissionMissing && f.State != AccessRevoked || try == roleAttempts || pause(ctx, rolePause) != nil {
			return nil, f
		}
	}
	if err := c.cfg.Allowed(s.request); err != nil {
		return nil, err
	}
	return &Grant{Tenant: s.request.Tenant, Directory: s.request.Directory, MicrosoftTenant: s.microsoftTenant}, nil
}
