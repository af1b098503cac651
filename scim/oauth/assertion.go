package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	maxAssertionBytes = 16 << 10
	maxIDBytes        = 1 << 10 // of a jti
	clockSkew         = time.Minute
	// maxLifetime is the longest time for which an assertion may be valid. What
	// clouds issue for workloads lives from five minutes to a day.
	maxLifetime = 24 * time.Hour
)

// algorithms are those an assertion may be signed with: with a private key of
// the issuer, never with a secret that both sides know, and never not at all.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512,
	}
}

// An Assertion is a client assertion that can be read but was not verified.
type Assertion struct {
	token  *jwt.JSONWebToken
	digest string // of the payload
	alg    jose.SignatureAlgorithm
	kid    string
	claims jwt.Claims // not verified
}

// ParseAssertion reads a JWT in its compact form. It returns an *Error.
func ParseAssertion(text string) (*Assertion, error) {
	if len(text) > maxAssertionBytes {
		return nil, Unknown("the assertion is longer than 16 KiB")
	}
	token, err := jwt.ParseSigned(text, algorithms())
	if err != nil || len(token.Headers) != 1 {
		return nil, &Error{
			Code:        InvalidClient,
			Description: "The client_assertion is not a JWT that is signed with RS256, PS256, ES256 or one of their longer relatives.",
			Reason:      "the assertion is not a JWT with an accepted algorithm",
		}
	}
	digest, ok := digestOf(text)
	if !ok {
		return nil, Unknown("the payload of the assertion cannot be read")
	}
	a := &Assertion{token: token, digest: digest, alg: jose.SignatureAlgorithm(token.Headers[0].Algorithm), kid: token.Headers[0].KeyID}
	if err := token.UnsafeClaimsWithoutVerification(&a.claims); err != nil {
		return nil, Unknown("the claims of the assertion cannot be read")
	}
	return a, nil
}

// Subject returns what the assertion says its subject is. It is not verified.
func (a *Assertion) Subject() string { return a.claims.Subject }

// Issuer returns what the assertion says its issuer is. It is not verified.
func (a *Assertion) Issuer() string { return a.claims.Issuer }

// For tells whether the assertion says that it is for one of the audiences. It
// is not verified.
func (a *Assertion) For(audiences []string) bool {
	return slices.ContainsFunc(audiences, a.claims.Audience.Contains)
}

// A Trust says whose assertions stand for a client.
type Trust struct {
	Issuer    string   // iss, exactly
	Subject   string   // sub, exactly
	Audiences []string // aud must name one of them
	Keys      *KeySet  // of the issuer; nil if they are at KeysURI
	KeysURI   string
}

// A Proof is what is left of an assertion that was verified.
type Proof struct {
	ID    string    // of the assertion, see identify; "" if it may be shown again
	Until time.Time // when it will no longer be accepted
}

// Verify tells whether the assertion was issued by whom t trusts, about whom,
// for whom, and is valid now. The signature is looked at first: before it, the
// error tells nothing of what t expects. It returns an *Error or
// ErrUnavailable.
func (a *Assertion) Verify(ctx context.Context, cache *KeyCache, t Trust, now time.Time) (Proof, error) {
	keys := t.Keys
	if keys == nil {
		var err error
		if keys, err = cache.find(ctx, t.KeysURI, a.kid); err != nil {
			return Proof{}, err
		}
	}
	candidates := keys.fitting(a.kid, a.alg)
	if len(candidates) == 0 {
		return Proof{}, Unknown("the issuer has no key with the kid and algorithm of the assertion")
	}
	var claims jwt.Claims
	if !slices.ContainsFunc(candidates, func(k any) bool { return a.token.Claims(k, &claims) == nil }) {
		return Proof{}, Unknown("the signature of the assertion does not fit the issuer's key")
	}
	if err := t.check(claims, now); err != nil {
		return Proof{}, err
	}
	return Proof{ID: a.identify(claims), Until: claims.Expiry.Time().Add(clockSkew)}, nil
}

// identify returns what an assertion is told from others by: its jti, or without
// one the digest of what was signed. A client that signs its own assertions can
// sign another at any time. The token of a cloud without a jti has no id: clouds
// hand out the same until it ends, and a workload that was refused would have no
// other to show.
func (a *Assertion) identify(c jwt.Claims) string {
	if c.ID != "" || c.Issuer != c.Subject {
		return c.ID
	}
	return a.digest
}

// digestOf returns a digest of the payload of a JWT in its compact form: of the
// bytes that are signed, because their base64 and the signature can be written
// in more than one way.
func digestOf(text string) (string, bool) {
	_, rest, _ := strings.Cut(text, ".")
	payload, _, _ := strings.Cut(rest, ".")
	plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256(plain)
	return "sha-256 " + hex.EncodeToString(sum[:]), true
}

// check holds verified claims against what is expected.
func (t Trust) check(c jwt.Claims, now time.Time) error {
	switch {
	case c.Issuer != t.Issuer:
		return refuseClient("The iss of the assertion is not the issuer that is configured for this client.")
	case c.Subject != t.Subject:
		return refuseClient("The sub of the assertion is not the subject that is configured for this client.")
	case !slices.ContainsFunc(t.Audiences, c.Audience.Contains):
		return refuseClient("The aud of the assertion is not the audience that is configured for this client.")
	case len(c.ID) > maxIDBytes:
		return refuseClient("The jti of the assertion is longer than 1 KiB.")
	}
	return checkTimes(c, now)
}

// checkTimes allows for clocks that differ a little.
func checkTimes(c jwt.Claims, now time.Time) error {
	if c.Expiry == nil {
		return refuseClient("The assertion has no exp.")
	}
	exp, iat := c.Expiry.Time(), now
	if c.IssuedAt != nil {
		iat = c.IssuedAt.Time()
	}
	switch {
	case !now.Before(exp.Add(clockSkew)):
		return refuseClient("The assertion has expired.")
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(clockSkew)):
		return refuseClient("The assertion is not valid yet: its nbf lies ahead.")
	case iat.After(now.Add(clockSkew)):
		return refuseClient("The iat of the assertion lies ahead; do the clocks agree?")
	case exp.After(now.Add(maxLifetime+clockSkew)) || exp.Sub(iat) > maxLifetime+clockSkew:
		return refuseClient("The assertion is valid for longer than 24 hours.")
	}
	return nil
}

// Audiences returns the forms of a configured audience that mean the same
// application. Entra shows administrators api://ID/.default, documents api://ID
// in its assertions, and puts ID alone into tokens of its version 2.
//
//	Audiences("api://a1/.default") = {"api://a1/.default", "api://a1", "a1"}
func Audiences(configured string) []string {
	list := []string{configured}
	rest, ok := strings.CutPrefix(configured, "api://")
	if !ok {
		return list
	}
	if bare, ok := strings.CutSuffix(rest, "/.default"); ok {
		list, rest = append(list, "api://"+bare), bare
	}
	if rest != "" && !strings.Contains(rest, "/") {
		list = append(list, rest)
	}
	return list
}
