package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// now is when the tests take place.
var now = time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC)

var rsaKey, otherRSAKey = newRSA(2048), newRSA(2048)

func newRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

func newEC(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// keySet is a JWK set of public keys, named k0, k1 and so on.
func keySet(t testing.TB, keys ...crypto.Signer) []byte {
	t.Helper()
	var set jose.JSONWebKeySet
	for i, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: "k" + string(rune('0'+i)), Use: "sig"})
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readSet(t testing.TB, keys ...crypto.Signer) *KeySet {
	t.Helper()
	set, err := ReadKeySet(keySet(t, keys...))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// claims are those of a good assertion; change alters them.
func claims(change func(map[string]any)) map[string]any {
	c := map[string]any{
		"iss": "https://login.example.com/t1/v2.0", "sub": "4f1c", "aud": "api://a1",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": "one",
	}
	if change != nil {
		change(c)
	}
	return c
}

// sign makes a JWT.
func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, kid string, claims any) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		opts = opts.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// trust is in the issuer of claims.
func trust(set *KeySet) Trust {
	return Trust{Issuer: "https://login.example.com/t1/v2.0", Subject: "4f1c", Audiences: []string{"api://a1"}, Keys: set}
}

// verify parses and verifies an assertion.
func verify(t testing.TB, text string, in Trust) (Proof, error) {
	t.Helper()
	a, err := ParseAssertion(text)
	if err != nil {
		return Proof{}, err
	}
	return a.Verify(t.Context(), nil, in, now)
}

func codeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
