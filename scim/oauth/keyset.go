package oauth

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

const (
	maxSetBytes = 256 << 10
	maxSetKeys  = 100
	maxTried    = 4 // keys of one kid, or of none

	minRSABits = 2048
	maxRSABits = 8192 // a longer one is slow to verify with
)

// The errors of ReadKeySet. Their texts continue "jwks …".
var (
	// ErrNotKeySet: the text is not a JWK set, or a very large one.
	ErrNotKeySet = errors.New(`is not a JWK set; it must be an object with an array "keys"`)
	// ErrSecretKey: a key is private or a shared secret.
	ErrSecretKey = errors.New("holds a private or symmetric key; give the public keys alone")
	// ErrNoKeys: there is no key that a signature could be verified with.
	ErrNoKeys = errors.New("has no public RSA key of 2048 to 8192 bits and no EC key of P-256, P-384 or P-521 for signatures")
)

// A KeySet is the public keys of an issuer. It never changes.
type KeySet struct{ keys []publicKey }

type publicKey struct {
	jwk webKey
	key any // *rsa.PublicKey or *ecdsa.PublicKey
}

// webKey is a JSON Web Key as far as it is used. Certificates are left out:
// an issuer is trusted for where its keys are, not for who signed them.
type webKey struct {
	Kty string   `json:"kty"`
	Kid string   `json:"kid,omitempty"`
	Use string   `json:"use,omitempty"`
	Ops []string `json:"key_ops,omitempty"`
	Alg string   `json:"alg,omitempty"`
	N   string   `json:"n,omitempty"`
	E   string   `json:"e,omitempty"`
	Crv string   `json:"crv,omitempty"`
	X   string   `json:"x,omitempty"`
	Y   string   `json:"y,omitempty"`
}

// secretKey is what only a key that must stay secret has.
type secretKey struct {
	K json.RawMessage `json:"k"`
	D json.RawMessage `json:"d"`
	P json.RawMessage `json:"p"`
	Q json.RawMessage `json:"q"`
}

// ReadKeySet reads a JWK set that an administrator gave. It returns
// ErrNotKeySet, ErrSecretKey or ErrNoKeys. Keys for other purposes are left out.
func ReadKeySet(text []byte) (*KeySet, error) {
	set, secret, err := parseKeySet(text)
	if err == nil && secret {
		return nil, ErrSecretKey
	}
	return set, err
}

// parseKeySet keeps the keys that signatures can be verified with, and tells
// whether there were some that must be secret.
func parseKeySet(text []byte) (set *KeySet, secret bool, err error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if len(text) > maxSetBytes || json.Unmarshal(text, &raw) != nil || raw.Keys == nil || len(raw.Keys) > maxSetKeys {
		return nil, false, ErrNotKeySet
	}
	set = &KeySet{}
	for _, one := range raw.Keys {
		var s secretKey
		if json.Unmarshal(one, &s) != nil {
			return nil, false, ErrNotKeySet
		}
		if s.K != nil || s.D != nil || s.P != nil || s.Q != nil {
			secret = true
			continue
		}
		if k, ok := readKey(one); ok {
			set.keys = append(set.keys, k)
		}
	}
	if len(set.keys) == 0 && !secret {
		return nil, false, ErrNoKeys
	}
	return set, secret, nil
}

// readKey reads one key; false if it is not for verifying signatures.
func readKey(text []byte) (publicKey, bool) {
	var k publicKey
	if json.Unmarshal(text, &k.jwk) != nil {
		return k, false
	}
	if k.jwk.Use != "" && k.jwk.Use != "sig" || k.jwk.Ops != nil && !slices.Contains(k.jwk.Ops, "verify") {
		return k, false
	}
	plain, err := json.Marshal(k.jwk)
	if err != nil {
		return k, false
	}
	var parsed jose.JSONWebKey
	if parsed.UnmarshalJSON(plain) != nil || !parsed.Valid() {
		return k, false
	}
	switch key := parsed.Key.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits || key.E < 3 || key.E%2 == 0 {
			return k, false
		}
	case *ecdsa.PublicKey:
	default:
		return k, false
	}
	k.key = parsed.Key
	return k, true
}

// fitting returns the keys that a signature may have been made with: those of
// the kid, those that have none, and all if the signature names none.
func (s *KeySet) fitting(kid string, alg jose.SignatureAlgorithm) []any {
	var list []any
	for _, k := range s.keys {
		if (kid == "" || k.jwk.Kid == kid || k.jwk.Kid == "") && k.fits(alg) && len(list) < maxTried {
			list = append(list, k.key)
		}
	}
	return list
}

// has tells whether a key of the set is the one that kid names. Of none it is
// not known whether it is.
func (s *KeySet) has(kid string) bool {
	return kid != "" && slices.ContainsFunc(s.keys, func(k publicKey) bool { return k.jwk.Kid == kid })
}

// fits tells whether the key is for an algorithm. A curve is for one only.
func (k publicKey) fits(alg jose.SignatureAlgorithm) bool {
	if k.jwk.Alg != "" && k.jwk.Alg != string(alg) {
		return false
	}
	switch alg {
	case jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512:
		return k.jwk.Kty == "RSA"
	case jose.ES256:
		return k.jwk.Crv == "P-256"
	case jose.ES384:
		return k.jwk.Crv == "P-384"
	case jose.ES512:
		return k.jwk.Crv == "P-521"
	}
	return false
}

// MarshalJSON returns the set as a JWK set of the public keys alone.
func (s *KeySet) MarshalJSON() ([]byte, error) {
	list := make([]webKey, len(s.keys))
	for i, k := range s.keys {
		list[i] = k.jwk
	}
	return json.Marshal(map[string]any{"keys": list})
}
