package oauth

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestKeySetHoldsPublicKeysForSignaturesOnly(t *testing.T) {
	jwk := func(k any, change func(map[string]any)) string {
		text, err := json.Marshal(jose.JSONWebKey{Key: k, KeyID: "k"})
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(m)
		}
		text, err = json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	ec := newEC(t, elliptic.P256())
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, keys string
		want       error
	}{
		{"RSA", jwk(rsaKey.Public(), nil), nil},
		{"EC", jwk(ec.Public(), nil), nil},
		{"a broken certificate", jwk(rsaKey.Public(), func(m map[string]any) { m["x5c"] = []string{"AAAA"} }), nil},
		{"one good among others", jwk(public, nil) + `,{"kty":"new"},` + jwk(ec.Public(), nil), nil},
		{"a private RSA key", jwk(rsaKey, nil), ErrSecretKey},
		{"a private EC key beside a good one", jwk(ec.Public(), nil) + "," + jwk(ec, nil), ErrSecretKey},
		{"a shared secret", jwk([]byte("0123456789abcdef0123456789abcdef"), nil), ErrSecretKey},
		{"Ed25519", jwk(public, nil), ErrNoKeys},
		{"a short RSA key", jwk(newRSA(1024).Public(), nil), ErrNoKeys},
		{"an exponent of 1", jwk(rsaKey.Public(), func(m map[string]any) { m["e"] = "AQ" }), ErrNoKeys},
		{"for encryption", jwk(rsaKey.Public(), func(m map[string]any) { m["use"] = "enc" }), ErrNoKeys},
		{"for other operations", jwk(rsaKey.Public(), func(m map[string]any) { m["key_ops"] = []string{"wrapKey"} }), ErrNoKeys},
		{"a point that is not on the curve", jwk(ec.Public(), func(m map[string]any) { m["x"] = m["y"] }), ErrNoKeys},
		{"none", "", ErrNoKeys},
		{"no object", "7", ErrNotKeySet},
	} {
		if _, err := ReadKeySet([]byte(`{"keys":[` + c.keys + `]}`)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for _, text := range []string{"", "{}", "[]", `{"keys":{}}`, `{"keys":null}`, jwk(rsaKey.Public(), nil), `{"keys":[` + strings.Repeat(`{"kty":"x"},`, maxSetKeys) + `{}]}`} {
		if _, err := ReadKeySet([]byte(text)); !errors.Is(err, ErrNotKeySet) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

func TestKeySetIsStoredWithoutWhatIsNotUsed(t *testing.T) {
	set := readSet(t, rsaKey, newEC(t, elliptic.P384()))
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadKeySet(text)
	if err != nil || len(again.keys) != 2 {
		t.Fatalf("%s is read as %+v, %v", text, again, err)
	}
	if _, err := verify(t, sign(t, jose.PS384, rsaKey, "k0", claims(nil)), trust(again)); err != nil {
		t.Error(err)
	}
}

func TestKeyOfOneAlgorithmServesNoOther(t *testing.T) {
	var list struct{ Keys []map[string]any }
	if err := json.Unmarshal(keySet(t, rsaKey), &list); err != nil {
		t.Fatal(err)
	}
	list.Keys[0]["alg"] = "PS256"
	text, err := json.Marshal(map[string]any{"keys": list.Keys})
	if err != nil {
		t.Fatal(err)
	}
	set, err := ReadKeySet(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(t, sign(t, jose.RS256, rsaKey, "k0", claims(nil)), trust(set)); codeOf(err) != InvalidClient {
		t.Errorf("RS256 with a key for PS256: %v", err)
	}
	if _, err := verify(t, sign(t, jose.PS256, rsaKey, "k0", claims(nil)), trust(set)); err != nil {
		t.Errorf("PS256 with a key for it: %v", err)
	}
}

// An issuer publishes keys at a loopback address.
type issuer struct {
	*httptest.Server
	asked  atomic.Int64
	mu     sync.Mutex // guards answer
	answer http.HandlerFunc
}

func newIssuer(t *testing.T, keys ...crypto.Signer) *issuer {
	t.Helper()
	i := &issuer{}
	i.publish(t, keys...)
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.asked.Add(1)
		i.mu.Lock()
		answer := i.answer
		i.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) publish(t *testing.T, keys ...crypto.Signer) {
	t.Helper()
	text := keySet(t, keys...)
	i.set(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
}

func (i *issuer) set(answer http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer = answer
}

// A clock is set by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return now.Add(time.Duration(c.at.Load())) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func TestKeysOfAnIssuerAreFetchedAgainWhenTheyChange(t *testing.T) {
	i, c := newIssuer(t, rsaKey), &clock{}
	cache := NewKeyCache(KeyCacheConfig{Now: c.now})
	find := func(kid string, has bool, asked int64) {
		t.Helper()
		set, err := cache.find(t.Context(), i.URL, kid)
		if err != nil || set.has(kid) != has || i.asked.Load() != asked {
			t.Errorf("kid %s: has it: %v, %v; asked %d times, want %v after %d", kid, err == nil && set.has(kid), err, i.asked.Load(), has, asked)
		}
	}
	find("k0", true, 1)
	find("k0", true, 1)
	find("k1", false, 1) // was fetched a moment ago
	i.publish(t, rsaKey, otherRSAKey)
	c.advance(unknownPause - time.Second)
	find("k1", false, 1)
	c.advance(time.Second)
	find("k1", true, 2)
	for range 20 {
		find("k7", false, 2)
	}
	c.advance(keysFresh)
	find("k0", true, 3)
	i.set(http.NotFound)
	c.advance(keysFresh)
	find("k0", true, 4) // what is known serves on
	find("k0", true, 4)
	c.advance(failurePause)
	find("k0", true, 5)
	c.advance(keysUsable)
	if _, err := cache.find(t.Context(), i.URL, "k0"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after a day without an answer: %v", err)
	}
	i.publish(t, rsaKey)
	c.advance(failurePause)
	find("k0", true, 7)
}

func TestManyAtOnceFetchOnce(t *testing.T) {
	i := newIssuer(t, rsaKey)
	cache := NewKeyCache(KeyCacheConfig{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := cache.find(t.Context(), i.URL, "k0"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := i.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestKeysComeFromTheConfiguredAddressOnly(t *testing.T) {
	elsewhere, i := newIssuer(t, rsaKey), newIssuer(t)
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
		"a failure":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"no JSON":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no keys":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
		"much too much": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(append(keySet(t, rsaKey), make([]byte, maxSetBytes)...))
		},
		"compressed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte{0x1f, 0x8b})
		},
	} {
		i.set(answer)
		if _, err := NewKeyCache(KeyCacheConfig{}).find(t.Context(), i.URL, "k0"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if elsewhere.asked.Load() != 0 {
		t.Error("a redirect was followed")
	}
	if err := loopbackOnly(t.Context(), "tcp", "192.0.2.1:80", nil); err == nil {
		t.Error("http connects to another machine")
	}
}

func TestKeysOverTLSNeedATrustedCertificate(t *testing.T) {
	text := keySet(t, rsaKey)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }))
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	if _, err := NewKeyCache(KeyCacheConfig{Roots: roots}).find(t.Context(), srv.URL, "k0"); err != nil {
		t.Errorf("with the certificate trusted: %v", err)
	}
	if _, err := NewKeyCache(KeyCacheConfig{Roots: x509.NewCertPool()}).find(t.Context(), srv.URL, "k0"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("with a certificate of nobody's: %v", err)
	}
}

func TestWaitingForKeysEndsWithTheRequest(t *testing.T) {
	i := newIssuer(t)
	entered, release := make(chan struct{}), make(chan struct{})
	i.set(func(http.ResponseWriter, *http.Request) { close(entered); <-release })
	cache := NewKeyCache(KeyCacheConfig{})
	done := make(chan error, 1)
	go func() {
		_, err := cache.find(context.Background(), i.URL, "k0")
		done <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cache.find(ctx, i.URL, "k0"); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that ended waits on: %v", err)
	}
	close(release)
	if err := <-done; !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestAddressesOfKeys(t *testing.T) {
	for address, want := range map[string]struct{ remote, local bool }{
		"https://login.example.com/t1/discovery/v2.0/keys": {true, true},
		"https://login.example.com/keys?appid=a1":          {true, true},
		"http://127.0.0.1:8081/keys":                       {false, true},
		"http://[::1]:8081/keys":                           {false, true},
		"http://localhost/keys":                            {false, true},
		"http://localhost.example.com/keys":                {},
		"http://login.example.com/keys":                    {},
		"http://169.254.169.254/latest":                    {},
		"http://127.0.0.1.example.com/":                    {},
		"https://user@login.example.com/keys":              {},
		"https://login.example.com/keys#x":                 {},
		"https:///keys":                                    {},
		"file:///etc/keys":                                 {},
		"https:login.example.com":                          {},
		"":                                                 {}, "keys": {}, "://": {},
		"https://login.example.com/" + strings.Repeat("x", maxURIBytes): {},
	} {
		if remote, local := CheckKeysURI(address, false) == nil, CheckKeysURI(address, true) == nil; remote != want.remote || local != want.local {
			t.Errorf("%.60s: %v, for the operator %v; want %+v", address, remote, local, want)
		}
	}
}
