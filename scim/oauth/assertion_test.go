package oauth

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func TestEveryAcceptedAlgorithmVerifies(t *testing.T) {
	p256, p384, p521 := newEC(t, elliptic.P256()), newEC(t, elliptic.P384()), newEC(t, elliptic.P521())
	set := readSet(t, rsaKey, p256, p384, p521)
	for _, alg := range algorithms() {
		var key crypto.Signer = rsaKey
		kid := "k0"
		switch alg {
		case jose.ES256:
			key, kid = p256, "k1"
		case jose.ES384:
			key, kid = p384, "k2"
		case jose.ES512:
			key, kid = p521, "k3"
		}
		for _, named := range []string{kid, ""} {
			got, err := verify(t, sign(t, alg, key, named, claims(nil)), trust(set))
			if want := (Proof{ID: "one", Until: now.Add(time.Hour + clockSkew)}); err != nil || got.ID != want.ID || !got.Until.Equal(want.Until) {
				t.Errorf("%s with kid %q: %+v, %v; want %+v", alg, named, got, err, want)
			}
		}
	}
}

func TestAssertionWithoutAnIDIsKnownByWhatItSays(t *testing.T) {
	set := readSet(t, rsaKey)
	own := func(extra string) Proof {
		t.Helper()
		c := claims(func(c map[string]any) { delete(c, "jti"); c["sub"], c["x"] = c["iss"], extra })
		in := trust(set)
		in.Subject = in.Issuer
		p, err := verify(t, sign(t, jose.PS256, rsaKey, "k0", c), in) // a signature differs each time
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if a, b := own("a"), own("a"); a.ID == "" || a.ID != b.ID {
		t.Errorf("the same is known as %q and %q", a.ID, b.ID)
	}
	if a, b := own("a"), own("b"); a.ID == b.ID {
		t.Error("two are taken for one")
	}
	p, err := verify(t, sign(t, jose.RS256, rsaKey, "k0", claims(func(c map[string]any) { delete(c, "jti") })), trust(set))
	if err != nil || p.ID != "" {
		t.Errorf("a cloud's token is known as %q, %v", p.ID, err)
	}
}

// unsigned makes a JWT by hand.
func unsigned(t *testing.T, header string, signature string) string {
	t.Helper()
	body, err := json.Marshal(claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc(body) + "." + enc([]byte(signature))
}

func TestForgedAssertionsAreRefused(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	set := readSet(t, rsaKey, ec)
	der, err := x509.MarshalPKIXPublicKey(rsaKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	good := sign(t, jose.RS256, rsaKey, "k0", claims(nil))
	parts := strings.Split(good, ".")
	embedded, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: otherRSAKey}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := embedded.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	withOwnKey, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no algorithm":                      unsigned(t, `{"alg":"none","kid":"k0"}`, ""),
		"no algorithm, in capitals":         unsigned(t, `{"alg":"NONE","kid":"k0"}`, "x"),
		"the public key as a shared secret": sign(t, jose.HS256, public, "k0", claims(nil)),
		"a shared secret":                   sign(t, jose.HS512, make([]byte, 64), "k0", claims(nil)),
		"another key":                       sign(t, jose.RS256, otherRSAKey, "k0", claims(nil)),
		"another key without a kid":         sign(t, jose.RS256, otherRSAKey, "", claims(nil)),
		"an unknown kid":                    sign(t, jose.RS256, rsaKey, "k9", claims(nil)),
		"an RSA algorithm with an EC key":   sign(t, jose.RS256, rsaKey, "k1", claims(nil)),
		"a key that it brings along":        withOwnKey,
		"another payload":                   parts[0] + "." + strings.TrimSuffix(parts[1], parts[1][len(parts[1])-4:]) + "AAAA." + parts[2],
		"no signature":                      parts[0] + "." + parts[1] + ".",
		"two parts":                         parts[0] + "." + parts[1],
		"a critical header":                 unsigned(t, `{"alg":"RS256","kid":"k0","crit":["exp"],"exp":1}`, "x"),
		"nothing":                           "",
		"too much":                          strings.Repeat("a", maxAssertionBytes+1),
		"a JSON serialization":              `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		if _, err := verify(t, text, trust(set)); codeOf(err) != InvalidClient {
			t.Errorf("%s: %v, want %s", name, err, InvalidClient)
		}
	}
	if _, err := verify(t, good, trust(set)); err != nil {
		t.Errorf("the genuine one: %v", err)
	}
}

func TestClaimsMustBeThoseExpected(t *testing.T) {
	set := readSet(t, rsaKey)
	at := func(name string, d time.Duration) func(map[string]any) {
		return func(c map[string]any) { c[name] = now.Add(d).Unix() }
	}
	value := func(name string, v any) func(map[string]any) { return func(c map[string]any) { c[name] = v } }
	without := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		want   string // in the description; "" if it is accepted
	}{
		{"as expected", nil, ""},
		{"another issuer", value("iss", "https://login.example.com/t2/v2.0"), "The iss"},
		{"the issuer with a slash", value("iss", "https://login.example.com/t1/v2.0/"), "The iss"},
		{"no issuer", without("iss"), "The iss"},
		{"another subject", value("sub", "4F1C"), "The sub"},
		{"no subject", without("sub"), "The sub"},
		{"another audience", value("aud", "api://a2"), "The aud"},
		{"no audience", without("aud"), "The aud"},
		{"one audience of several", value("aud", []string{"x", "api://a1"}), ""},
		{"other audiences", value("aud", []string{"x", "y"}), "The aud"},
		{"no end", without("exp"), "no exp"},
		{"just ended, within the skew", at("exp", -clockSkew+time.Second), ""},
		{"ended", at("exp", -clockSkew), "has expired"},
		{"begins within the skew", at("nbf", clockSkew), ""},
		{"begins later", at("nbf", clockSkew+time.Second), "nbf"},
		{"no beginning", without("nbf"), ""},
		{"issued later", at("iat", clockSkew+time.Second), "iat"},
		{"no time of issue", without("iat"), ""},
		{"a day", at("exp", maxLifetime), ""},
		{"longer than a day", at("exp", maxLifetime+2*clockSkew), "24 hours"},
		{"longer than a day, issued before", func(c map[string]any) {
			c["iat"], c["exp"] = now.Add(-maxLifetime).Unix(), now.Add(time.Hour).Unix()
		}, "24 hours"},
		{"the end of time", value("exp", 1e300), "is not valid"},
		{"a long id", value("jti", strings.Repeat("x", maxIDBytes+1)), "jti"},
		{"no id", without("jti"), ""},
		{"an issuer that is no text", value("iss", 7), "is not valid"},
	} {
		_, err := verify(t, sign(t, jose.RS256, rsaKey, "k0", claims(c.change)), trust(set))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (codeOf(err) != InvalidClient || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestErrorsTellNothingBeforeTheSignatureIsRight(t *testing.T) {
	set := readSet(t, rsaKey)
	wrong := claims(func(c map[string]any) { c["iss"], c["aud"], c["exp"] = "x", "y", 1 })
	_, err := verify(t, sign(t, jose.RS256, otherRSAKey, "k0", wrong), trust(set))
	if want := Unknown("").Error(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestAudienceOfEntraIsReadInItsThreeForms(t *testing.T) {
	for configured, want := range map[string][]string{
		"api://a1/.default":                        {"api://a1/.default", "api://a1", "a1"},
		"api://a1":                                 {"api://a1", "a1"},
		"a1":                                       {"a1"},
		"https://ringdex.example.com":              {"https://ringdex.example.com"},
		"api://example.com/a1":                     {"api://example.com/a1"},
		"https://graph.example.com/.default":       {"https://graph.example.com/.default"},
		"api://":                                   {"api://"},
		"urn:ietf:params:oauth:token-type:jwt":     {"urn:ietf:params:oauth:token-type:jwt"},
		"api://example.com/b/.default":             {"api://example.com/b/.default", "api://example.com/b"},
		"https://ringdex.example.com/oauth2/token": {"https://ringdex.example.com/oauth2/token"},
	} {
		if diff := cmp.Diff(want, Audiences(configured)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", configured, diff)
		}
	}
}

// FuzzAssertion verifies any text: none but the genuine assertion passes, and
// nothing panics.
func FuzzAssertion(f *testing.F) {
	set := readSet(f, rsaKey)
	good := sign(f, jose.RS256, rsaKey, "k0", claims(nil))
	parts := strings.Split(good, ".")
	for _, seed := range []string{
		good, parts[0] + "." + parts[1] + ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		sign(f, jose.HS256, make([]byte, 32), "k0", claims(nil)), good + ".", " " + good,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := verify(t, text, trust(set)); err == nil && !strings.HasPrefix(text, parts[0]+"."+parts[1]+".") {
			t.Errorf("%q passes", text)
		}
	})
}
