// Package graphsim is a double of Microsoft's side for tests and
// demonstrations: the sign-in, consent and token endpoints of Entra ID and the
// presence of Graph with its change notifications, in one http.Handler.
//
// It is faithful where presence depends on it: what a token says, what Graph
// refuses and in which words, how it throttles, and that an answer comes
// shuffled and may leave people out. Knobs make it fail in the ways that
// Microsoft does. It has no goroutines, sends notifications when Deliver is
// called, and keeps all in memory. Nothing of it
// is meant for the network: it trusts whoever clicks.
package graphsim

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// The ids of Graph and of the permission that presence needs.
// Source: learn.microsoft.com/graph/permissions-reference.
const (
	graphAudience  = "https://graph.microsoft.com"
	readPermission = "Presence.Read.All"
)

// GlobalAdministrator is the role that may consent for a tenant.
const GlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// A Config sets up a Sim. ClientID is required, and ClientSecret or Certificate.
type Config struct {
	ClientID     string
	ClientSecret string
	Certificate  *x509.Certificate // that the app's assertions are signed with, instead of a secret
	RedirectURL  string            // of the app registration; see Register
	AppName      string            // shown to administrators; default "Ringdex"
	BaseURL      string            // where it is reached, for the issuer of its tokens; default http://login.test
	Key          *rsa.PrivateKey   // signs tokens; default a new one
	Now          func() time.Time  // default time.Now
	Deliver      http.RoundTripper // carries notifications; default the network
	Seed         uint64            // of the order of answers
}

// A Tenant is an organisation at Microsoft.
type Tenant struct {
	ID       string // a GUID
	Name     string
	Accounts []Account // who can sign in
}

// An Account is somebody who can sign in.
type Account struct {
	ID    string // object id, a GUID
	Name  string
	Roles []string // templates of directory roles
}

// isAdmin tells whether the account may consent for its tenant.
func (a Account) isAdmin() bool { return slices.Contains(a.Roles, GlobalAdministrator) }

// A Presence is what Graph answers about one person.
type Presence struct {
	Availability   string
	Activity       string
	StatusMessage  string
	OutOfOffice    bool
	WorkLocation   string
	SequenceNumber string
}

// Faults are the ways in which the double can be made to fail. The zero value
// behaves.
type Faults struct {
	TokenError    int           // the token endpoint refuses with this AADSTS code
	TokenStatus   int           // … with this status, when there is no code
	Status        int           // Graph answers with this status
	RetryAfter    time.Duration // header of a refusal by Status or TokenStatus
	Truncated     bool          // Graph's answers are cut short
	Silent        bool          // Graph does not answer until the request ends
	Slow          time.Duration // Graph takes so long
	CamelCase     bool          // words in the spelling of the newer pages
	UnknownListed bool          // people without presence come as PresenceUnknown
	OddWords      bool          // words that are in no list
	Personal      bool          // who signs in has a personal account
	ForgedToken   bool          // id tokens are signed with a key that is not published
	OtherTenant   string        // an id token names this tenant

	RefreshError       int           // a refresh token is refused with this AADSTS code
	SubscriptionStatus int           // requests about subscriptions are answered with this status
	RenewSlow          time.Duration // renewing a subscription takes so long
	RenewIdle          bool          // … is answered well and changes nothing
	Sending            Sending       // of notifications
}

// Stats count what was asked.
type Stats struct {
	Tokens    int            // asked for by the app
	Presences int            // requests for presence
	People    int            // asked for in them
	Throttled int            // requests that were refused for their number
	Busiest   map[string]int // the most requests in 30 seconds, by tenant
	AppBusy   int            // the most requests in a second, over all tenants

	Refreshed    int // uses of a refresh token
	Subscribed   int // subscriptions that were made
	Renewed      int // requests to renew one
	Reauthorized int
	Unsubscribed int
	Delivered    int // notifications that were taken
	Slow         int // … and those that took too long
	Lost         int // … that were given up
}

// A Sim is Microsoft's side. Its methods are safe for concurrent use.
type Sim struct {
	cfg Config
	mux *http.ServeMux
	key *rsa.PrivateKey // signs tokens
	kid string

	mu        sync.Mutex // guards all below; not held while waiting
	now       func() time.Time
	ahead     time.Duration // how far the clock was advanced
	rng       *mathrand.Rand
	redirect  string // of the app registration
	faults    Faults
	tenants   map[string]*tenant
	codes     map[string]code
	tokens    map[string]accessToken
	stats     Stats
	requests  []time.Time // of the last second, over all tenants
	lastAsked []string

	refreshTokens map[string]accessToken // the access token that each can be changed for
	signIns       map[string]string      // by account: those of before a revocation end
	subscriptions []*subscription
	outbox        []news
	unsent        []*parcel
	judged        map[string]*judged // by address
	shown         map[string]bool    // ids of assertions that were used
}

// tenant is a Tenant with what the double keeps of it.
type tenant struct {
	Tenant
	principal bool // the app's service principal exists
	permitted bool // … and may read presence
	people    map[string]Presence
	requests  []time.Time // of the last 30 seconds
	era       string      // of tokens: those of before a revocation end
}

// New returns a double without tenants.
func New(cfg Config) (*Sim, error) {
	if cfg.ClientID == "" || (cfg.ClientSecret == "") == (cfg.Certificate == nil) {
		return nil, errors.New("graphsim: a client id and one credential are required")
	}
	cfg.AppName, cfg.BaseURL = cmp.Or(cfg.AppName, "Ringdex"), cmp.Or(cfg.BaseURL, "http://login.test")
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Deliver == nil {
		cfg.Deliver = http.DefaultTransport
	}
	s := &Sim{
		cfg: cfg, now: cfg.Now, redirect: cfg.RedirectURL, rng: mathrand.New(mathrand.NewPCG(cfg.Seed, 0)), tenants: map[string]*tenant{},
		codes: map[string]code{}, tokens: map[string]accessToken{}, stats: Stats{Busiest: map[string]int{}},
		refreshTokens: map[string]accessToken{}, signIns: map[string]string{}, judged: map[string]*judged{}, shown: map[string]bool{},
	}
	if s.key, s.kid = cfg.Key, rand.Text(); s.key == nil {
		if err := s.RotateKeys(); err != nil {
			return nil, err
		}
	}
	s.mux = s.routes()
	return s, nil
}

// RotateKeys signs with a new key from now on; the old one is no longer
// published.
func (s *Sim) RotateKeys() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("graphsim: make key: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.kid = key, rand.Text()
	return nil
}

// Register changes the redirect address of the app registration.
func (s *Sim) Register(redirectURL string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redirect = redirectURL
}

// ServeHTTP implements http.Handler.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// AddTenant makes an organisation, which has not consented to anything.
func (s *Sim) AddTenant(t Tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants[t.ID] = &tenant{Tenant: t, people: map[string]Presence{}, era: rand.Text()}
}

// Consent allows the app in a tenant, as its administrator would.
func (s *Sim) Consent(id string) {
	s.change(id, func(t *tenant) { t.principal, t.permitted = true, true })
}

// Revoke deletes the app's enterprise application in a tenant. Tokens that were
// issued before are refused at once.
func (s *Sim) Revoke(id string) {
	s.change(id, func(t *tenant) { t.principal, t.permitted, t.era = false, false, rand.Text() })
}

// Forbid takes the permission from the app and leaves it in the tenant.
func (s *Sim) Forbid(id string) { s.change(id, func(t *tenant) { t.permitted = false }) }

func (s *Sim) change(id string, f func(*tenant)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tenants[id]; t != nil {
		f(t)
	}
}

// SetPresence says how somebody of a tenant is. Subscriptions to the person are
// told by the next Deliver.
func (s *Sim) SetPresence(tenantID, objectID string, p Presence) {
	s.change(tenantID, func(t *tenant) {
		if old, ok := t.people[objectID]; !ok || old != p {
			s.note(tenantID, objectID, p)
		}
		t.people[objectID] = p
	})
}

// RevokeSignIn ends what an account signed in for, as a change of its password
// does.
func (s *Sim) RevokeSignIn(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns[account] = rand.Text()
}

// SetFaults turns the knobs.
func (s *Sim) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Advance moves the double's clock.
func (s *Sim) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// Stats returns what was counted so far.
func (s *Sim) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Busiest = maps.Clone(s.stats.Busiest)
	return out
}

// LastAsked returns the ids of the last request for presence, in its order.
func (s *Sim) LastAsked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lastAsked)
}

// clock returns the double's time. The caller holds mu.
func (s *Sim) clock() time.Time { return s.now().Add(s.ahead) }

// Transport returns what hands requests to the double without a socket, so
// that a test can have a clock of its own.
func (s *Sim) Transport() http.RoundTripper { return transport{s} }

type transport struct{ sim *Sim }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	t.sim.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil { // the double stops waiting when the request ends
		return nil, err
	}
	return w.Result(), nil
}
