package directory

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/oauth"
)

const (
	mintsPerSecond = 10 // of one client
	mintsAtOnce    = 100
)

// A Granter gives access tokens to OAuth clients that prove who they are.
// Methods are safe for concurrent use.
type Granter struct {
	Gate *Gate
	Keys *oauth.KeyCache
	// Audiences are what assertions for clients may name that have no audience
	// of their own: the public URL and that of the token endpoint.
	Audiences []string

	minting  sync.Map // client id → *rate.Limiter
	refusals sync.Map // client id → Refusal
}

// A Refusal tells the administrator of a client why it was last refused.
type Refusal struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// LastRefusal returns why a client was last refused since the start, if it was
// and has not got a token since.
func (g *Granter) LastRefusal(clientID string) (Refusal, bool) {
	r, ok := g.refusals.Load(clientID)
	if !ok {
		return Refusal{}, false
	}
	return r.(Refusal), true //nolint:forcetypeassert // only these are stored
}

// Grant returns an access token for a request from an address. It returns an
// *oauth.Error, oauth.ErrUnavailable or a *ThrottledError. As with keys, what
// is shown is looked at first: a client is never locked out by others' failures.
func (g *Granter) Grant(ctx context.Context, req oauth.Request, source string) (key.Key, error) {
	p, err := g.authenticate(ctx, req)
	if err != nil {
		return key.Key{}, g.refuse(p.client, source, err)
	}
	if err := req.CheckScope(); err != nil {
		return key.Key{}, err
	}
	if !allow(&g.minting, p.client.ID, mintsPerSecond, mintsAtOnce) {
		return key.Key{}, &ThrottledError{1, "this client asks for more tokens than it can need; one lives an hour"}
	}
	if err := g.Gate.take(p.client.ID); err != nil {
		return key.Key{}, err
	}
	token, err := g.Gate.Registry.mint(ctx, p)
	if errors.Is(err, ErrUnauthenticated) {
		err = oauth.Unknown("what it showed was removed meanwhile")
	}
	if err != nil {
		return key.Key{}, g.refuse(p.client, source, err)
	}
	g.refusals.Delete(p.client.ID)
	return token, nil
}

// refuse notes why a client, nil if it is not known, is refused, and slows down
// who fails again and again.
func (g *Granter) refuse(c *client, source string, err error) error {
	e, ok := errors.AsType[*oauth.Error](err)
	now := g.Gate.Registry.now()
	id := ""
	if c != nil {
		id = c.ID
		switch {
		case ok:
			g.refusals.Store(id, Refusal{now.UTC().Truncate(time.Second), e.Reason})
		case errors.Is(err, oauth.ErrUnavailable):
			g.refusals.Store(id, Refusal{now.UTC().Truncate(time.Second), "The issuer's keys could not be fetched from jwksUri."})
		}
	}
	if !ok || e.Code != oauth.InvalidClient {
		return err
	}
	if wait := g.Gate.failures.add(source, id, now); wait > 0 {
		return &ThrottledError{wait, "too many requests for tokens that were refused"}
	}
	return err
}

// authenticate finds the client of a request and tells how it proved itself.
// With an error, the proof names the client at most, if it is one.
func (g *Granter) authenticate(ctx context.Context, req oauth.Request) (proof, error) {
	s, now := g.Gate.Registry.state.Load(), g.Gate.Registry.now()
	if req.Assertion == "" {
		return s.proveSecret(req.ClientID, req.Secret, now)
	}
	a, err := oauth.ParseAssertion(req.Assertion)
	if err != nil {
		return proof{client: s.clients[req.ClientID]}, err
	}
	c := s.clients[req.ClientID]
	if req.ClientID == "" {
		c = g.federated(s, a)
	}
	if c == nil || !s.hasDirectory(c) {
		return proof{}, oauth.Unknown("")
	}
	if c.Federation == nil {
		return proof{client: c}, oauth.Unknown("The client showed an assertion, but signs in with secrets.")
	}
	done, err := a.Verify(ctx, g.Keys, g.trust(c), now)
	return proof{client: c, assertion: done}, err
}

// proveSecret finds a client by its secret. It takes as long for a client that
// does not exist.
func (s *state) proveSecret(id, text string, now time.Time) (proof, error) {
	k, err := key.Parse(text)
	c := s.clients[id]
	stored := &Secret{}
	if c != nil && err == nil {
		if found := c.secret(k.ID); found != nil {
			stored = found
		}
	}
	equal := key.HashText(text).Equal(stored.Hash)
	switch {
	case c == nil || !s.hasDirectory(c):
		return proof{}, oauth.Unknown("")
	case c.Federation != nil:
		return proof{client: c}, oauth.Unknown("The client showed a secret, but signs in with assertions.")
	case !equal || stored.ID == "":
		return proof{client: c}, oauth.Unknown("The secret is none of this client.")
	case expired(stored.ExpiresAt, now):
		const reason = "The secret has expired; make another one for the client."
		return proof{client: c}, &oauth.Error{Code: oauth.InvalidClient, Description: reason, Reason: reason}
	}
	return proof{client: c, secretID: stored.ID}, nil
}

func (s *state) hasDirectory(c *client) bool {
	d, ok := s.directories[c.DirectoryID]
	return ok && d.tenant == c.tenant
}

// federated returns the client that an assertion is about when the request does
// not say: the only one with its issuer, subject and audience. If there are
// more, it is none of them, so that nobody can draw another's client to a
// directory of their own by trusting the same issuer.
func (g *Granter) federated(s *state, a *oauth.Assertion) *client {
	if c := s.clients[a.Subject()]; c != nil && c.Federation != nil && a.Issuer() == c.ID {
		return c // it signs for itself; the id is its own
	}
	var found *client
	for _, c := range s.clients {
		if f := c.Federation; f == nil || f.Issuer != a.Issuer() || f.Subject != a.Subject() || !a.For(g.trust(c).Audiences) {
			continue
		}
		if found != nil {
			return nil
		}
		found = c
	}
	return found
}

// trust returns whose assertions stand for a client.
func (g *Granter) trust(c *client) oauth.Trust {
	t := oauth.Trust{Issuer: c.Federation.Issuer, Subject: c.Federation.Subject, Audiences: g.Audiences, Keys: c.keys, KeysURI: c.Federation.KeysURI}
	if c.Federation.Audience != "" {
		t.Audiences = oauth.Audiences(c.Federation.Audience)
	}
	return t
}
