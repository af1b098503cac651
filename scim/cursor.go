package scim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"github.com/ringdex/ringdex/index/contact"
)

// cursorTime is how long a cursor is good.
const cursorTime = time.Hour

// A position is what a cursor says: behind which place a page begins, or before
// which it ends, and how many resources it has.
type position struct {
	place
	count int
	back  bool
}

// cursors seal positions (RFC 9865), so that a client can neither read nor make
// one. A cursor opens for the list, directory and token that it was made for
// only, which are authenticated with it. The service keeps nothing of it; the key
// is one of this process, and cursors end with it.
type cursors struct {
	now  func() time.Time
	aead cipher.AEAD
}

func newCursors() *cursors {
	var key [32]byte
	rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has a length of AES
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return &cursors{now: time.Now, aead: aead}
}

// seal returns the text of a cursor, which has unreserved characters only.
func (c *cursors) seal(sc scope, p position) string {
	plain := binary.AppendVarint(nil, c.now().Add(cursorTime).Unix())
	plain = binary.AppendUvarint(plain, uint64(p.count))
	if p.back {
		plain = append(plain, 1)
	} else {
		plain = append(plain, 0)
	}
	plain = binary.AppendUvarint(plain, uint64(p.kind))
	plain = binary.AppendUvarint(plain, uint64(len(p.id)))
	plain = append(plain, p.id...)
	plain = append(plain, p.key...)
	return base64.RawURLEncoding.EncodeToString(c.aead.Seal(nil, nil, plain, sc[:]))
}

// maxCursorBytes is longer than any cursor.
const maxCursorBytes = 1024

// open returns what a cursor says. It refuses one that was changed, that is of
// another list, directory, token or process, or too old.
func (c *cursors) open(sc scope, text string) (position, error) {
	if len(text) > maxCursorBytes {
		return position{}, invalidCursor("It is none of ours.")
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return position{}, invalidCursor("It is none of ours.")
	}
	plain, err := c.aead.Open(nil, nil, sealed, sc[:])
	if err != nil {
		return position{}, invalidCursor("It was made for another filter, order, directory or token, or before the server started.")
	}
	expires, n := binary.Varint(plain)
	plain = plain[n:]
	count, n := binary.Uvarint(plain)
	plain = plain[n:]
	back := plain[0] == 1
	kind, n := binary.Uvarint(plain[1:])
	n++
	plain = plain[n:]
	size, n := binary.Uvarint(plain)
	plain = plain[n:]
	if c.now().Unix() > expires {
		return position{}, newError(http.StatusBadRequest, "expiredCursor", "The cursor is older than an hour; begin again without one.")
	}
	return position{place{kind: int(kind), id: contact.ID(plain[:size]), key: string(plain[size:])}, int(count), back}, nil
}

func invalidCursor(why string) error {
	return newError(http.StatusBadRequest, "invalidCursor", "The cursor is not valid: "+why+" Begin again with an empty one.")
}
