package teams

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// ErrNoCertificate says that a file has not both a certificate and the RSA key
// to it. Its text continues "the file …".
var ErrNoCertificate = errors.New("must be PEM with a certificate and its RSA key of 2048 bits or more, which is not encrypted")

// assertionLife is how long a proof with a certificate is good: as short as
// Microsoft advises.
const assertionLife = 5 * time.Minute

// assertionType says what kind of proof an assertion is. Source: RFC 7523,
// section 2.2.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// A Certificate is what an app may show to Microsoft instead of a secret: it
// signs a short-lived statement with the key of a certificate that the app
// registration knows, and the key itself never leaves this machine. It is safe
// for concurrent use and never changes.
type Certificate struct {
	signer jose.Signer
}

// ReadCertificate reads a certificate and its key from PEM, in any order: the
// first certificate, and a key in PKCS#8 or PKCS#1. It returns an error that
// wraps ErrNoCertificate. text is not retained.
func ReadCertificate(text []byte) (*Certificate, error) {
	var leaf *x509.Certificate
	var key *rsa.PrivateKey
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "CERTIFICATE" && leaf == nil:
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%w: the certificate cannot be read", ErrNoCertificate)
			}
			leaf = c
		case key == nil:
			key = rsaKey(block)
		}
	}
	if leaf == nil || key == nil || key.Size() < 256 || !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, ErrNoCertificate
	}
	sum := sha256.Sum256(leaf.Raw)
	opts := (&jose.SignerOptions{}).WithType("JWT").WithHeader("x5t#S256", base64.RawURLEncoding.EncodeToString(sum[:]))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS256, Key: key}, opts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoCertificate, err)
	}
	return &Certificate{signer}, nil
}

// rsaKey returns the RSA key of a block, nil if it has none.
func rsaKey(block *pem.Block) *rsa.PrivateKey {
	switch block.Type {
	case "PRIVATE KEY":
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			rsaKey, _ := key.(*rsa.PrivateKey)
			return rsaKey
		}
	case "RSA PRIVATE KEY":
		if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return key
		}
	}
	return nil
}

// assertion is a statement of a client to one token endpoint.
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials.
func (c *Certificate) assertion(clientID, tokenURL string, now time.Time) (string, error) {
	return jwt.Signed(c.signer).Claims(jwt.Claims{
		Issuer: clientID, Subject: clientID, Audience: jwt.Audience{tokenURL}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}).Serialize()
}

// proof returns what the app shows to a token endpoint beside what x/oauth2
// sends by itself: nothing if it has a secret.
func (a App) proof(tokenURL string) (url.Values, error) {
	if a.Certificate == nil {
		return url.Values{}, nil
	}
	text, err := a.Certificate.assertion(a.ClientID, tokenURL, time.Now())
	if err != nil {
		return nil, fmt.Errorf("sign an assertion: %w", err)
	}
	return url.Values{"client_assertion_type": {assertionType}, "client_assertion": {text}}, nil
}
