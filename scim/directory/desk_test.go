package directory

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/oauth"
	"github.com/ringdex/ringdex/stream"
)

const publicURL = "https://ringdex.example.com"

// A desk is a registry with a directory, and the token endpoint before it.
type desk struct {
	*testing.T
	r   *Registry
	g   *Granter
	dir string
}

func newDesk(t *testing.T, log stream.Log) desk {
	t.Helper()
	r, _ := start(t, log, Config{})
	return deskOf(t, r, openDirectory(t, r, DefaultTenant))
}

func deskOf(t *testing.T, r *Registry, dir string) desk {
	return desk{t, r, &Granter{
		Gate: &Gate{Registry: r}, Keys: oauth.NewKeyCache(oauth.KeyCacheConfig{}), Audiences: []string{publicURL, publicURL + oauth.TokenPath},
	}, dir}
}

func openDirectory(t *testing.T, r *Registry, tenant string) string {
	t.Helper()
	d, _, err := r.AddDirectory(t.Context(), tenant, Draft{Name: new("d")})
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func (d desk) addClient(draft ClientDraft) (Client, key.Key) {
	d.Helper()
	c, k, err := d.r.AddClient(d.Context(), DefaultTenant, d.dir, draft)
	if err != nil {
		d.Fatal(err)
	}
	return c, k
}

// grant asks for a token with a secret.
func (d desk) grant(c Client, secret key.Key) (key.Key, error) {
	return d.g.Grant(d.Context(), oauth.Request{ClientID: c.ID, Secret: secret.Text()}, "192.0.2.1")
}

// mustGrant asks for a token with a secret and gets it.
func (d desk) mustGrant(c Client, secret key.Key) key.Key {
	d.Helper()
	token, err := d.grant(c, secret)
	if err != nil {
		d.Fatal(err)
	}
	return token
}

// assert asks for a token with an assertion.
func (d desk) assert(clientID, assertion string) (key.Key, error) {
	return d.g.Grant(d.Context(), oauth.Request{ClientID: clientID, Assertion: assertion}, "192.0.2.1")
}

func (d desk) wantValid(token key.Key, valid bool, when string) {
	d.Helper()
	if _, err := d.r.Authenticate(token.Text()); (err == nil) != valid {
		d.Errorf("%s: Authenticate = %v, want it valid: %v", when, err, valid)
	}
}

func isRefused(err error) bool {
	e, ok := errors.AsType[*oauth.Error](err)
	return ok && e.Code == oauth.InvalidClient
}

// A signer signs assertions.
type signer struct {
	key crypto.Signer
	kid string
}

func newSigner(t *testing.T, kid string) signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{k, kid}
}

func keySet(t *testing.T, signers ...signer) json.RawMessage {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, s := range signers {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.key.Public(), KeyID: s.kid})
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sign makes an assertion that is valid for five minutes from at.
func (s signer) sign(t *testing.T, issuer, subject, audience, jti string, at time.Time) string {
	t.Helper()
	j, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.key}, (&jose.SignerOptions{}).WithHeader("kid", s.kid))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(j).Claims(jwt.Claims{
		Issuer: issuer, Subject: subject, Audience: jwt.Audience{audience}, ID: jti,
		IssuedAt: jwt.NewNumericDate(at), Expiry: jwt.NewNumericDate(at.Add(5 * time.Minute)),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
