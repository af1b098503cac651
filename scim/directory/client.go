package directory

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/oauth"
	"github.com/ringdex/ringdex/stream"
)

// A Client is a program, such as an identity provider, that gets access tokens
// for one directory at the token endpoint. It shows one of its secrets, or
// assertions of an issuer that the directory trusts.
type Client struct {
	ID          string      `json:"id"` // its client_id
	DirectoryID string      `json:"directoryId"`
	Label       string      `json:"label,omitempty"`
	Secrets     []Secret    `json:"secrets,omitempty"`    // oldest first
	Federation  *Federation `json:"federation,omitempty"` // nil if it shows secrets
	CreatedAt   time.Time   `json:"createdAt,omitzero"`
	LastUsedAt  time.Time   `json:"lastUsedAt,omitzero"` // to the hour
}

// A Secret is what is known of a client's secret after it was shown.
type Secret struct {
	ID         string    `json:"id"`
	Hash       key.Hash  `json:"hash"`
	CreatedAt  time.Time `json:"createdAt,omitzero"`
	ExpiresAt  time.Time `json:"expiresAt,omitzero"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"` // to the hour
}

// A Federation says whose assertions stand for a client.
type Federation struct {
	Issuer  string `json:"issuer"`  // iss; "" in a draft is the client's id
	Subject string `json:"subject"` // sub; "" in a draft is the client's id
	// Audience is aud; "" is the server's public URL or that of its token
	// endpoint.
	Audience string `json:"audience,omitempty"`
	// The issuer's keys: a JWK set, or the address of one.
	Keys    json.RawMessage `json:"jwks,omitempty"`
	KeysURI string          `json:"jwksUri,omitempty"`
}

const (
	maxClients = 50 // of a directory
	maxSecrets = 10 // of a client
	// maxSecretLife is how long a secret lives that has an end. Entra's gallery
	// asks for one to three years.
	maxSecretLife  = 3 * 366 * 24 * time.Hour
	maxInlineKeys  = 32 << 10 // bytes
	maxClaimRunes  = 1000
	clientIDLength = 16
)

// A ClientDraft is what an administrator says of a client to make.
type ClientDraft struct {
	Label         string
	SecretExpires time.Time   // of the first secret; zero: never
	Federation    *Federation // nil for a client with secrets
	// LocalKeys allows the keys of an issuer to be fetched over http from this
	// machine. It is for the operator: others could reach what listens here.
	LocalKeys bool
}

// make returns the client that a draft asks for, without secrets.
func (d ClientDraft) make(directoryID string, now time.Time) (Client, error) {
	c := Client{ID: key.NewID(clientIDLength), DirectoryID: directoryID, Label: d.Label}
	if d.Label != "" {
		if err := checkText("label", d.Label, maxLabelRunes); err != nil {
			return Client{}, err
		}
	}
	if d.Federation == nil {
		return c, checkSecretLife(d.SecretExpires, now)
	}
	if !d.SecretExpires.IsZero() {
		return Client{}, &FieldError{"expiresIn", "is for secrets; a client with a federation has none"}
	}
	f, err := d.Federation.complete(c.ID, d.LocalKeys)
	c.Federation = f
	return c, err
}

func checkSecretLife(expires, now time.Time) error {
	if !expires.IsZero() && expires.After(now.Add(maxSecretLife)) {
		return &FieldError{"expiresIn", "is longer than three years"}
	}
	return checkLabel("", expires, now)
}

// complete returns a federation as it is stored, or a *FieldError.
func (f Federation) complete(clientID string, local bool) (*Federation, error) {
	for _, text := range []*string{&f.Issuer, &f.Subject} {
		if *text == "" {
			*text = clientID
		}
	}
	for _, claim := range []struct{ field, text string }{
		{"federation.issuer", f.Issuer}, {"federation.subject", f.Subject}, {"federation.audience", f.Audience},
	} {
		if claim.text == "" {
			continue
		}
		if err := checkText(claim.field, claim.text, maxClaimRunes); err != nil {
			return nil, err
		}
	}
	return &f, f.completeKeys(local)
}

// completeKeys checks where the issuer's keys are, and keeps of those that
// were given what is used.
func (f *Federation) completeKeys(local bool) error {
	inline := len(f.Keys) > 0 && string(f.Keys) != "null"
	switch {
	case inline == (f.KeysURI != ""):
		return &FieldError{"federation", "needs the issuer's keys: either jwks or jwksUri"}
	case !inline:
		f.Keys = nil
		if err := oauth.CheckKeysURI(f.KeysURI, local); err != nil {
			return &FieldError{"federation.jwksUri", err.Error()}
		}
		return nil
	case len(f.Keys) > maxInlineKeys:
		return &FieldError{"federation.jwks", "is longer than 32 KiB"}
	}
	set, err := oauth.ReadKeySet(f.Keys)
	if err != nil {
		return &FieldError{"federation.jwks", err.Error()}
	}
	f.Keys, err = json.Marshal(set)
	return err
}

// equal tells whether two federations, or none, trust the same.
func (f *Federation) equal(other *Federation) bool {
	if f == nil || other == nil {
		return f == other
	}
	return f.Issuer == other.Issuer && f.Subject == other.Subject && f.Audience == other.Audience &&
		f.KeysURI == other.KeysURI && string(f.Keys) == string(other.Keys)
}

// client is a Client in memory, with its owner and its use. It is not changed
// after it was published, but for the counters.
type client struct {
	Client
	tenant  string
	version version
	keys    *oauth.KeySet // of the federation, if they are not fetched
	// used is when each secret, and under "" the client, was last used, in Unix
	// hours; the counters are shared by all versions of the client.
	used map[string]*atomic.Int64
}

// secret returns one of the client's secrets, or nil.
func (c *client) secret(id string) *Secret {
	i := slices.IndexFunc(c.Secrets, func(s Secret) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Secrets[i]
}

// shown returns the client with its use up to now. It shares nothing.
func (c *client) shown() Client {
	shown := c.Client
	shown.LastUsedAt = lastUse(c.used[""])
	shown.Secrets = slices.Clone(c.Secrets)
	for i := range shown.Secrets {
		shown.Secrets[i].LastUsedAt = lastUse(c.used[shown.Secrets[i].ID])
	}
	if c.Federation != nil {
		f := *c.Federation
		f.Keys = slices.Clone(f.Keys)
		shown.Federation = &f
	}
	return shown
}

// putClient enters the record of a client.
func (s *state) putClient(tenant string, value []byte, at stream.Commit) error {
	c := &client{tenant: tenant, version: at.Seq, used: map[string]*atomic.Int64{}}
	if err := json.Unmarshal(value, &c.Client); err != nil {
		return fmt.Errorf("%w: client record: %w", stream.ErrCorrupt, err)
	}
	c.CreatedAt = first(c.CreatedAt, at.Time)
	uses := map[string]time.Time{"": c.LastUsedAt}
	for i := range c.Secrets {
		c.Secrets[i].CreatedAt = first(c.Secrets[i].CreatedAt, at.Time)
		uses[c.Secrets[i].ID] = c.Secrets[i].LastUsedAt
	}
	if c.Federation != nil && c.Federation.Keys != nil {
		keys, err := oauth.ReadKeySet(c.Federation.Keys)
		if err != nil {
			return fmt.Errorf("%w: keys of a client: %w", stream.ErrCorrupt, err)
		}
		c.keys = keys
	}
	old := s.clients[c.ID]
	for id, used := range uses {
		if old != nil && old.used[id] != nil {
			c.used[id] = old.used[id]
			continue
		}
		c.used[id] = new(atomic.Int64)
		if !used.IsZero() {
			c.used[id].Store(used.Unix() / 3600)
		}
	}
	s.clients[c.ID] = c
	return nil
}

// clientsOf lists the clients of a directory, oldest first.
func (r *Registry) clientsOf(tenant, directoryID string) []*client {
	var list []*client
	for c := range maps.Values(r.state.Load().clients) {
		if c.tenant == tenant && c.DirectoryID == directoryID {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *client) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}
