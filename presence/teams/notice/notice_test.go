package notice

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

var testKey = sync.OnceValues(func() (*Key, error) { return NewKey(time.Now()) })

func newTestKey(t testing.TB) *Key {
	t.Helper()
	k, err := testKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// A seal is how a content is sealed; the zero value is as Graph does it.
type seal struct {
	secret  []byte // 32 random bytes if nil
	padding []byte // PKCS#7 if nil
	iv      []byte // the first 16 bytes of the secret if nil
}

// seal seals a content for the public half of k.
func (o seal) seal(t testing.TB, k *Key, content string) *Sealed {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if o.secret == nil {
		o.secret = make([]byte, 32)
		_, _ = rand.Read(o.secret)
	}
	if o.padding == nil {
		n := aes.BlockSize - len(content)%aes.BlockSize
		o.padding = bytes.Repeat([]byte{byte(n)}, n)
	}
	if o.iv == nil {
		o.iv = o.secret[:aes.BlockSize]
	}
	sealedKey, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, cert.PublicKey.(*rsa.PublicKey), o.secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(o.secret)
	if err != nil {
		t.Fatal(err)
	}
	data := append([]byte(content), o.padding...)
	cipher.NewCBCEncrypter(block, o.iv).CryptBlocks(data, data)
	mac := hmac.New(sha256.New, o.secret)
	mac.Write(data)
	return &Sealed{CertificateID: k.ID, Key: b64(sealedKey), Data: b64(data), Signature: b64(mac.Sum(nil))}
}

func TestWhatWasSealedForAKeyOpens(t *testing.T) {
	k := newTestKey(t)
	for _, content := range []string{"", "x", strings.Repeat("y", 15), strings.Repeat("z", 16), `{"id":"1","availability":"Busy"}`, strings.Repeat("long", 5000)} {
		got, err := k.Open(seal{}.seal(t, k, content))
		if err != nil || string(got) != content {
			t.Errorf("%d bytes: opened %d, %v", len(content), len(got), err)
		}
	}
}

func TestWhatWasAlteredDoesNotOpen(t *testing.T) {
	k := newTestKey(t)
	other, err := NewKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	flip := func(s string, at int) string {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		b[(at+len(b))%len(b)] ^= 1
		return b64(b)
	}
	content := `{"id":"1","availability":"Busy"}`
	for name, alter := range map[string]func(s *Sealed){
		"data":                func(s *Sealed) { s.Data = flip(s.Data, 3) },
		"last block":          func(s *Sealed) { s.Data = flip(s.Data, -1) },
		"signature":           func(s *Sealed) { s.Signature = flip(s.Signature, 0) },
		"key":                 func(s *Sealed) { s.Key = flip(s.Key, 7) },
		"no signature":        func(s *Sealed) { s.Signature = "" },
		"short signature":     func(s *Sealed) { s.Signature = b64([]byte("x")) },
		"no data":             func(s *Sealed) { s.Data = "" },
		"half a block":        func(s *Sealed) { s.Data = b64([]byte("half")) },
		"data without base64": func(s *Sealed) { s.Data = "%%%%" },
		"too much data":       func(s *Sealed) { s.Data = strings.Repeat("AAAA", maxDataBytes) },
		"no key":              func(s *Sealed) { s.Key = "" },
		"short key":           func(s *Sealed) { s.Key = b64(make([]byte, 128)) },
		"key beyond modulus":  func(s *Sealed) { s.Key = b64(bytes.Repeat([]byte{0xff}, 256)) },
		"signed as base64": func(s *Sealed) {
			mac := hmac.New(sha256.New, []byte("x"))
			mac.Write([]byte(s.Data))
			s.Signature = b64(mac.Sum(nil))
		},
		"sealed for another":   func(s *Sealed) { *s = *seal{}.seal(t, other, content) },
		"secret of 128 bits":   func(s *Sealed) { *s = *seal{secret: make([]byte, 16)}.seal(t, k, content) },
		"padding of zero":      func(s *Sealed) { *s = *seal{padding: make([]byte, 16)}.seal(t, k, content) },
		"padding too long":     func(s *Sealed) { *s = *seal{padding: bytes.Repeat([]byte{17}, 16)}.seal(t, k, content) },
		"padding of two kinds": func(s *Sealed) { *s = *seal{padding: append(bytes.Repeat([]byte{1}, 15), 16)}.seal(t, k, content) },
	} {
		s := seal{}.seal(t, k, content)
		alter(s)
		if got, err := k.Open(s); !errors.Is(err, ErrTampered) {
			t.Errorf("%s: opened %q, %v", name, got, err)
		}
	}
	// The first block comes out otherwise with an IV of another kind, which the
	// signature does not cover: it is the key's first half, and cannot be chosen.
	s := seal{iv: make([]byte, 16)}.seal(t, k, content)
	if got, err := k.Open(s); err == nil && string(got) == content {
		t.Error("an IV was taken from elsewhere")
	}
}

func TestRingKeepsOldKeysForWhatIsUnderWay(t *testing.T) {
	var r Ring
	made := 0
	r.Make = func(now time.Time) (*Key, error) {
		made++
		return &Key{ID: string(rune('a' + made - 1)), Made: now}, nil
	}
	start := time.Now()
	for _, step := range []struct {
		at   time.Duration
		want string // of the current key, and of those that are found
	}{
		{0, "a"},
		{KeyLife - 1, "a"},
		{KeyLife, "ab"},
		{KeyLife + KeyKeep, "ab"}, // nobody made room yet
		{2 * KeyLife, "bc"},
		{3*KeyLife + KeyKeep, "cd"},
		{9 * KeyLife, "de"},
	} {
		k, err := r.Current(start.Add(step.at))
		if err != nil {
			t.Fatal(err)
		}
		found := ""
		for c := 'a'; c <= 'z'; c++ {
			if r.Find(string(c)) != nil {
				found += string(c)
			}
		}
		if found != step.want || k.ID != step.want[len(step.want)-1:] {
			t.Errorf("at %s the keys are %q, the current one %s; want %q", step.at, found, k.ID, step.want)
		}
	}
	if r.Find("") != nil || r.Find("made up") != nil {
		t.Error("a key was found that nobody made")
	}
	broken := Ring{Make: func(time.Time) (*Key, error) { return nil, errors.New("no entropy") }}
	if _, err := broken.Current(start); err == nil {
		t.Error("a key was made of nothing")
	}
}

const rich = `{"validationTokens":["eyJ"],"value":[{"subscriptionId":"s1","clientState":"c","changeType":"updated","tenantId":"ABC",
	"resource":"communications/presences?$filter=id+in+(%27u1%27)","subscriptionExpirationDateTime":"2024-04-19T23:58:00.4569264",
	"resourceData":{"@odata.type":"#Microsoft.Graph.presence","@odata.id":"users/u1/presence","id":"u1"},
	"encryptedContent":{"data":"AA==","dataSignature":"BB==","dataKey":"CC==","encryptionCertificateId":"k","encryptionCertificateThumbprint":"AB"}}]}`

func TestDeliveriesAreRead(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       []Item
	}{
		{"rich", rich, []Item{{SubscriptionID: "s1", ClientState: "c", Tenant: "abc", ObjectID: "u1", Sealed: &Sealed{CertificateID: "k", Key: "CC==", Data: "AA==", Signature: "BB=="}}}},
		{"basic", `{"value":[{"subscriptionId":"s1","clientState":"c","tenantId":"t","resourceData":{"id":"u1"}}]}`, []Item{{SubscriptionID: "s1", ClientState: "c", Tenant: "t", ObjectID: "u1"}}},
		{"lifecycle", `{"value":[{"subscriptionId":"s1","clientState":"c","organizationId":"T","lifecycleEvent":"reauthorizationRequired"}]}`, []Item{{SubscriptionID: "s1", ClientState: "c", Tenant: "t", Lifecycle: Reauthorize}}},
		{"one odd item among good ones", `{"value":[7,{"subscriptionId":"s1"},{"subscriptionId":7},null,[],{"clientState":"c"},{"subscriptionId":"s2"}]}`, []Item{{SubscriptionID: "s1"}, {SubscriptionID: "s2"}}},
		{"empty", `{"value":[]}`, []Item{}},
	} {
		d, err := Read([]byte(c.body))
		got, _ := json.Marshal(d.Items)
		want, _ := json.Marshal(c.want)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, want)
		}
	}
	for name, body := range map[string]string{
		"nothing": "", "no JSON": "canarium", "cut short": rich[:len(rich)/2], "a list": "[]", "no value": `{}`, "null": `null`, "value is null": `{"value":null}`,
		"value is one": `{"value":{}}`, "tokens are one": `{"value":[],"validationTokens":"x"}`, "two": `{"value":[]}{}`,
		"too many items": `{"value":[0` + strings.Repeat(",0", MaxItems) + `]}`, "too many tokens": `{"value":[],"validationTokens":[""` + strings.Repeat(`,""`, MaxTokens) + `]}`,
		"deep": strings.Repeat("[", 100_000),
	} {
		if d, err := Read([]byte(body)); !errors.Is(err, ErrMalformed) || d.Items != nil {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// FuzzRead holds that whatever is delivered is read or refused, that what is
// read is within its limits, and that nothing opens that was not sealed.
func FuzzRead(f *testing.F) {
	k := newTestKey(f)
	sealed, err := json.Marshal(map[string]any{"value": []any{map[string]any{"subscriptionId": "s", "encryptedContent": map[string]string{
		"data": seal{}.seal(f, k, "secret").Data, "dataSignature": "AAAA", "dataKey": b64(make([]byte, 256)), "encryptionCertificateId": k.ID,
	}}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		rich, string(sealed), "", "null", `{"value":[]}`, `{"value":[{"subscriptionId":"s1","lifecycleEvent":"missed"}],"validationTokens":["a.b.c"]}`,
		`{"value":[{"subscriptionId":"s","encryptedContent":{}}]}`, `{"Value":[{"SubscriptionID":"s","subscriptionId":"t"}],"value":[]}`, "{\"value\":[{\"subscriptionId\":\"\\ud800\"}]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Read(body)
		if err != nil && (d.Items != nil || d.Tokens != nil) {
			t.Errorf("refused and read: %+v", d)
		}
		if len(d.Items) > MaxItems || len(d.Tokens) > MaxTokens {
			t.Errorf("%d items, %d tokens", len(d.Items), len(d.Tokens))
		}
		for i := range d.Items {
			if d.Items[i].SubscriptionID == "" {
				t.Error("an item of no subscription")
			}
			if s := d.Items[i].Sealed; s != nil {
				if got, err := k.Open(s); err == nil {
					t.Errorf("%q was opened", got)
				}
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	k := newTestKey(b)
	s := seal{}.seal(b, k, `{"id":"fa8bf3dc-eca7-46b7-bad1-db199b62afc3","availability":"Busy","activity":"InACall"}`)
	for b.Loop() {
		if _, err := k.Open(s); err != nil {
			b.Fatal(err)
		}
	}
}
