// Package key makes and reads the keys that callers of Ringdex show: API keys,
// SCIM tokens and phone tokens.
//
// A key is rdx_<kind>_<id><secret><checksum>: the id is public and names the
// record, the secret has 256 bits, and the checksum is a CRC-32 by which
// scanners tell a leaked key from noise. All three are base 62 of fixed width,
// so that a key is one word to select and copy. Only the SHA-256 of the whole
// key is ever stored. The package keeps nothing and starts no goroutine.
package key

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

// A Kind says what a key may be used for.
type Kind string

// The kinds of keys.
const (
	Admin Kind = "admin" // administers a tenant
	API   Kind = "api"   // asks, within scopes
	SCIM  Kind = "scim"  // provisions one directory
	Phone Kind = "phone" // one desk-phone face of one site
	// Client is the secret of a directory's OAuth client. It opens the token
	// endpoint and nothing else.
	Client Kind = "client"
)

// Valid tells whether k is a kind that exists.
func (k Kind) Valid() bool {
	switch k {
	case Admin, API, SCIM, Phone, Client:
		return true
	}
	return false
}

const (
	idLen       = 12
	secretLen   = 43 // 43 × log2(62) = 256.03 bits
	checksumLen = 6
	alphabet    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// ErrMalformed is returned for text that is not a key: wrong shape, unknown
// kind or a checksum that does not fit (a key that was cut or mistyped).
var ErrMalformed = errors.New("malformed key")

// A Hash is the SHA-256 of a key's whole text: all that is stored of it.
type Hash [sha256.Size]byte

// A Key is a key in the clear. It exists while it is shown or checked.
type Key struct {
	Kind Kind
	ID   string // 12 characters of base 62
	text string
}

// New makes a key of a kind with the system's random source.
func New(kind Kind) Key {
	id := random(idLen)
	body := "rdx_" + string(kind) + "_" + id + random(secretLen)
	return Key{Kind: kind, ID: id, text: body + checksum(body)}
}

// Parse reads a key. It returns ErrMalformed if text is not one; it does not
// know whether the key exists.
func Parse(text string) (Key, error) {
	rest, ok := strings.CutPrefix(text, "rdx_")
	if !ok {
		return Key{}, fmt.Errorf("%w: does not begin with rdx_", ErrMalformed)
	}
	kind, body, ok := strings.Cut(rest, "_")
	if !ok || !Kind(kind).Valid() {
		return Key{}, fmt.Errorf("%w: unknown kind", ErrMalformed)
	}
	if len(body) != idLen+secretLen+checksumLen {
		return Key{}, fmt.Errorf("%w: wrong length, was it copied whole?", ErrMalformed)
	}
	cut := len(text) - checksumLen
	if checksum(text[:cut]) != text[cut:] {
		return Key{}, fmt.Errorf("%w: checksum does not fit, was it copied whole?", ErrMalformed)
	}
	return Key{Kind: Kind(kind), ID: strings.Clone(body[:idLen]), text: text}, nil
}

// Text returns the key in the clear, for showing it once.
func (k Key) Text() string { return k.text }

// String hides the secret, so that a key printed by accident leaks nothing.
func (k Key) String() string { return "rdx_" + string(k.Kind) + "_" + k.ID + "…" }

// Hash returns what is stored of the key.
func (k Key) Hash() Hash { return sha256.Sum256([]byte(k.text)) }

// HashText returns the hash of any text, for keys that an operator chose.
func HashText(text string) Hash { return sha256.Sum256([]byte(text)) }

// Equal compares in constant time.
func (h Hash) Equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

// NewID returns n random characters of a-z and 0-9 without look-alikes, for
// ids that appear in addresses: an identity provider may refuse an underscore
// there, and a person may have to read one out.
func NewID(n int) string { return pick("abcdefghjkmnpqrstuvwxyz23456789", n) }

func random(n int) string { return pick(alphabet, n) }

// pick draws n characters of a set evenly, by rejecting the bytes that would
// favour its beginning.
func pick(set string, n int) string {
	limit := 256 - 256%len(set)
	out := make([]byte, 0, n)
	var buf [64]byte
	for len(out) < n {
		_, _ = rand.Read(buf[:]) // never fails: it ends the program instead
		for _, b := range buf {
			if int(b) < limit && len(out) < n {
				out = append(out, set[int(b)%len(set)])
			}
		}
	}
	return string(out)
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var out [checksumLen]byte
	for i := checksumLen - 1; i >= 0; i-- {
		out[i] = alphabet[sum%62]
		sum /= 62
	}
	return string(out[:])
}
