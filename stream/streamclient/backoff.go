package streamclient

import (
	"errors"
	"time"
)

// A Backoff says how long to wait before connecting again: a random time
// between nothing and Base doubled with each attempt, up to Cap. Full jitter
// keeps the clients of a server that restarted from returning all at once.
type Backoff struct {
	Base   time.Duration // default 500 ms
	Cap    time.Duration // default 30 s
	Stable time.Duration // a connection that lasted this long counts as a success; default 30 s
}

// maxDoublings keeps Base from overflowing; Cap is reached long before.
const maxDoublings = 20

// minAfterTooMany is the least wait after the server said that this client
// asks for too much.
const minAfterTooMany = 30 * time.Second

// A backoff is a Backoff under way.
type backoff struct {
	Backoff
	attempts int
	random   func() float64 // in [0, 1)
}

func newBackoff(b Backoff, random func() float64) backoff {
	if b.Base <= 0 {
		b.Base = 500 * time.Millisecond
	}
	if b.Cap <= 0 {
		b.Cap = 30 * time.Second
	}
	if b.Stable <= 0 {
		b.Stable = 30 * time.Second
	}
	return backoff{Backoff: b, random: random}
}

// next returns how long to wait after a connection that lasted a while and
// ended with err. What the server wished for is the least it gets.
func (b *backoff) next(err error, lasted time.Duration) time.Duration {
	if lasted >= b.Stable {
		b.attempts = 0
	}
	ceiling := b.Cap
	if b.attempts < maxDoublings {
		ceiling = min(b.Base<<b.attempts, b.Cap)
	}
	b.attempts++
	jitter := time.Duration(b.random() * float64(ceiling))
	if wish, ok := errors.AsType[*reconnectError](err); ok {
		return wish.after // already spread by the server
	}
	if refused, ok := errors.AsType[*HandshakeError](err); ok {
		return refused.retryAfter + jitter
	}
	if closed, ok := errors.AsType[*CloseError](err); ok && closed.Code == codeTooMany {
		return minAfterTooMany + jitter
	}
	return jitter
}
