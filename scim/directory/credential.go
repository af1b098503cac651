package directory

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ringdex/ringdex/scim/key"
)

// A Scope is something an API key may do.
type Scope string

// The scopes. Admin keys have all of them.
const (
	ScopeLookup        Scope = "lookup"
	ScopeSearch        Scope = "search"
	ScopePresenceRead  Scope = "presence:read"
	ScopePresenceWrite Scope = "presence:write"
	ScopeCallsWrite    Scope = "calls:write"
	ScopeStream        Scope = "stream"
)

// Scopes lists every scope.
func Scopes() []Scope {
	return []Scope{ScopeLookup, ScopeSearch, ScopePresenceRead, ScopePresenceWrite, ScopeCallsWrite, ScopeStream}
}

// A Credential is what is known of a key or token after it was shown.
type Credential struct {
	ID          string    `json:"id"`
	Kind        key.Kind  `json:"kind"`
	Hash        key.Hash  `json:"hash"`
	Label       string    `json:"label,omitempty"`
	Scopes      []Scope   `json:"scopes,omitempty"`      // of API keys
	DirectoryID string    `json:"directoryId,omitempty"` // of SCIM tokens
	ClientID    string    `json:"clientId,omitempty"`    // of access tokens: the OAuth client that got it
	SecretID    string    `json:"secretId,omitempty"`    // of access tokens: the client's secret it was got with
	Operator    bool      `json:"operator,omitempty"`    // may manage tenants
	CreatedAt   time.Time `json:"createdAt,omitzero"`
	ExpiresAt   time.Time `json:"expiresAt,omitzero"`
	LastUsedAt  time.Time `json:"lastUsedAt,omitzero"` // to the hour
}

// A Principal is who a request comes from. It is a value of its own and may
// be kept.
type Principal struct {
	Tenant      string
	KeyID       string
	Kind        key.Kind
	DirectoryID string // of SCIM tokens
	ClientID    string // of access tokens
	Operator    bool
	scopes      []Scope
}

// Caller names who is behind the requests of a principal for longer than an
// access token lives: its OAuth client, or else its key.
func (p Principal) Caller() string {
	if p.ClientID != "" {
		return p.ClientID
	}
	return p.KeyID
}

// Can tells whether the principal may do what scope names.
func (p Principal) Can(scope Scope) bool {
	switch p.Kind {
	case key.Admin:
		return true
	case key.API:
		return slices.Contains(p.scopes, scope)
	}
	return false
}

// IsAdmin tells whether the principal may administer its tenant.
func (p Principal) IsAdmin() bool { return p.Kind == key.Admin }

// credential is a Credential in memory, with its owner and its use.
type credential struct {
	Credential
	tenant  string
	version version
	usedAt  *atomic.Int64 // Unix hours; shared by all versions of the credential
}

func (c *credential) principal() Principal {
	return Principal{
		Tenant: c.tenant, KeyID: c.ID, Kind: c.Kind, DirectoryID: c.DirectoryID,
		ClientID: c.ClientID, Operator: c.Operator, scopes: c.Scopes,
	}
}

// isToken tells whether c is a SCIM token of a directory that was made by hand.
func (c *credential) isToken(directoryID string) bool {
	return c.Kind == key.SCIM && c.DirectoryID == directoryID && c.ClientID == ""
}

// Authenticate returns who shows the token: the text after "Bearer". It
// returns ErrUnauthenticated and nothing else if the token is not valid; the
// error does not tell why. It takes no lock.
func (r *Registry) Authenticate(token string) (Principal, error) {
	now := r.now()
	k, err := key.Parse(token)
	if err != nil {
		return r.authenticateOperator(token)
	}
	s := r.state.Load()
	c, ok := s.credentials[k.ID]
	if !ok {
		_ = k.Hash().Equal(key.Hash{}) // as long as a wrong secret takes
		return Principal{}, ErrUnauthenticated
	}
	if !k.Hash().Equal(c.Hash) || c.Kind != k.Kind || expired(c.ExpiresAt, now) || !s.backs(c) {
		return Principal{}, ErrUnauthenticated
	}
	if touch(c.usedAt, now) && c.ClientID != "" {
		touch(s.clients[c.ClientID].used[""], now)
	}
	return c.principal(), nil
}

// backs tells whether what a credential comes from is still there, which may
// have gone in the moment in which the credential was made.
func (s *state) backs(c *credential) bool {
	if c.DirectoryID == "" {
		return true
	}
	if d, ok := s.directories[c.DirectoryID]; !ok || d.tenant != c.tenant {
		return false
	}
	if c.ClientID == "" {
		return true
	}
	from, ok := s.clients[c.ClientID]
	return ok && from.DirectoryID == c.DirectoryID && (c.SecretID == "" || from.secret(c.SecretID) != nil)
}

func expired(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// touch notes a use, to the hour. It returns false if one was noted already.
func touch(usedAt *atomic.Int64, now time.Time) bool {
	hour := now.Unix() / 3600
	if usedAt.Load() >= hour {
		return false
	}
	usedAt.Store(hour)
	return true
}

// lastUse returns when something was last used.
func lastUse(usedAt *atomic.Int64) time.Time {
	if hour := usedAt.Load(); hour > 0 {
		return time.Unix(hour*3600, 0).UTC()
	}
	return time.Time{}
}

// environmentKey is the id of the key that the operator chose.
const environmentKey = "environment"

// authenticateOperator compares with the key that the operator chose, if any.
func (r *Registry) authenticateOperator(token string) (Principal, error) {
	equal := key.HashText(token).Equal(r.operator)
	if !equal || r.operator == (key.Hash{}) {
		return Principal{}, ErrUnauthenticated
	}
	return Principal{Tenant: DefaultTenant, KeyID: environmentKey, Kind: key.Admin, Operator: true}, nil
}

// A KeyDraft is what a client says of a key to make.
type KeyDraft struct {
	Kind      key.Kind
	Scopes    []Scope
	Label     string
	ExpiresAt time.Time // zero: never
	Operator  bool      // an admin key of the default tenant that may manage tenants
}

func (d KeyDraft) check(now time.Time) error {
	switch d.Kind {
	case key.Admin:
		if len(d.Scopes) != 0 {
			return &FieldError{"scopes", "are for api keys; an admin key may do everything"}
		}
	case key.API:
		if len(d.Scopes) == 0 {
			return &FieldError{"scopes", "are required for an api key: " + scopeList()}
		}
	default:
		return &FieldError{"kind", `must be "api" or "admin"`}
	}
	if d.Operator && d.Kind != key.Admin {
		return &FieldError{"operator", "is for admin keys"}
	}
	for _, s := range d.Scopes {
		if !slices.Contains(Scopes(), s) {
			return &FieldError{"scopes", "must be of " + scopeList()}
		}
	}
	return checkLabel(d.Label, d.ExpiresAt, now)
}

func checkLabel(label string, expires, now time.Time) error {
	if label != "" {
		if err := checkText("label", label, maxLabelRunes); err != nil {
			return err
		}
	}
	if !expires.IsZero() && !expires.After(now) {
		return &FieldError{"expiresAt", "lies in the past"}
	}
	return nil
}

func scopeList() string {
	names := make([]string, 0, 6)
	for _, s := range Scopes() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}
