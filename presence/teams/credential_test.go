package teams

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

// selfSigned makes a certificate for a key.
func selfSigned(t testing.TB, key crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano())}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("PRIVATE KEY", der)
}

func TestCertificateIsReadWithItsKey(t *testing.T) {
	key, err := simKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := func(k crypto.Signer) []byte { return block("CERTIFICATE", selfSigned(t, k).Raw) }
	mine, theirs := cert(key), cert(other)
	for name, text := range map[string][]byte{
		"certificate first":  slices.Concat(mine, pkcs8(t, key)),
		"key first":          slices.Concat(pkcs8(t, key), mine),
		"PKCS#1":             slices.Concat(mine, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))),
		"with its chain":     slices.Concat([]byte("a comment\n"), mine, theirs, pkcs8(t, key)),
		"among other blocks": slices.Concat(block("DH PARAMETERS", []byte("x")), mine, pkcs8(t, key)),
	} {
		if _, err := ReadCertificate(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string][]byte{
		"nothing":            nil,
		"no PEM":             []byte("canarium"),
		"no key":             mine,
		"no certificate":     pkcs8(t, key),
		"of another key":     slices.Concat(theirs, pkcs8(t, key)),
		"the chain first":    slices.Concat(theirs, mine, pkcs8(t, key)),
		"a short key":        slices.Concat(cert(short), pkcs8(t, short)),
		"an elliptic curve":  slices.Concat(cert(curve), pkcs8(t, curve)),
		"broken certificate": slices.Concat(block("CERTIFICATE", []byte("canarium")), pkcs8(t, key)),
		"broken key":         slices.Concat(mine, block("PRIVATE KEY", []byte("canarium"))),
		"encrypted key":      slices.Concat(mine, block("ENCRYPTED PRIVATE KEY", []byte("canarium"))),
	} {
		if c, err := ReadCertificate(text); c != nil || !errors.Is(err, ErrNoCertificate) || strings.Contains(err.Error(), "canarium") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAppNeedsOneCredential(t *testing.T) {
	cloud, err := NamedCloud("")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		secret string
		cert   *Certificate
		want   error
	}{{"s", nil, nil}, {"", &Certificate{}, nil}, {"", nil, ErrNoApp}, {"s", &Certificate{}, ErrNoApp}} {
		if err := (App{ClientID: "id", ClientSecret: c.secret, Certificate: c.cert, Cloud: cloud}).Check(); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Everything that a secret opens, a certificate does, each time with a statement
// of its own, which the double takes once.
func TestCertificateStandsInForTheSecret(t *testing.T) {
	key, err := simKey()
	if err != nil {
		t.Fatal(err)
	}
	cert := selfSigned(t, key)
	sim, err := graphsim.New(graphsim.Config{Key: key, ClientID: "app", Certificate: cert, RedirectURL: redirectURL, BaseURL: loginBase})
	if err != nil {
		t.Fatal(err)
	}
	sim.AddTenant(graphsim.Tenant{ID: microsoftTenant(1), Name: "A", Accounts: []graphsim.Account{
		{ID: signer(1), Name: "Ada", Roles: []string{graphsim.GlobalAdministrator}},
	}})
	clientOf := func(c *x509.Certificate, k *rsa.PrivateKey) *Client {
		credential, err := ReadCertificate(slices.Concat(block("CERTIFICATE", c.Raw), pkcs8(t, k)))
		if err != nil {
			t.Fatal(err)
		}
		app := App{ClientID: "app", Certificate: credential, Cloud: Cloud{loginBase, loginBase}}
		if err := app.Check(); err != nil {
			t.Fatal(err)
		}
		return NewClient(app, sim.Transport())
	}
	client := clientOf(cert, key)
	consents := NewConsents(ConsentsConfig{Client: client, RedirectURL: redirectURL, Allowed: func(Request) error { return nil }})
	done, err := consents.Resume(t.Context(), click(t, sim, consents.Begin(requestA), signer(1)))
	if err != nil {
		t.Fatal("the sign-in:", err)
	}
	if done, err = consents.Resume(t.Context(), click(t, sim, done.Next, signer(1))); err != nil || done.Grant == nil {
		t.Fatal("the consent:", err)
	}
	if done, err = consents.Resume(t.Context(), click(t, sim, consents.BeginAccount(requestA, microsoftTenant(1)), signer(1))); err != nil || done.Account == nil {
		t.Fatal("the account:", err)
	}
	for range 3 {
		if _, err := client.Token(t.Context(), microsoftTenant(1)); err != nil {
			t.Error("a token:", err)
		}
		if _, _, err := client.accountToken(t.Context(), microsoftTenant(1), done.Account.RefreshToken); err != nil {
			t.Error("the account's token:", err)
		}
	}
	for name, wrong := range map[string]*Client{
		"another certificate of the same key": clientOf(selfSigned(t, key), key),
		"a secret":                            NewClient(App{ClientID: "app", ClientSecret: "secret", Cloud: Cloud{loginBase, loginBase}}, sim.Transport()),
	} {
		for what, err := range map[string]error{
			"a token": func() error { _, err := wrong.Token(t.Context(), microsoftTenant(1)); return err }(),
			"the account's token": func() error {
				_, _, err := wrong.accountToken(t.Context(), microsoftTenant(1), done.Account.RefreshToken)
				return err
			}(),
		} {
			if f := faultOf(err); f == nil || f.State != CredentialProblem || !strings.Contains(f.Detail, "AADSTS700027") {
				t.Errorf("%s with %s: %v", what, name, err)
			}
		}
	}
	sim.Advance(time.Hour) // Microsoft's clock is ahead of ours
	if _, err := client.Token(t.Context(), microsoftTenant(1)); faultOf(err) == nil {
		t.Error("an assertion of an hour ago was taken")
	}
}
