package wsock

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// TicketLife is how long a ticket may be redeemed.
const TicketLife = 30 * time.Second

// ErrTooManyTickets says that too many tickets wait to be redeemed.
var ErrTooManyTickets = errors.New("too many tickets")

// maxTickets bounds the tickets of a node that wait to be redeemed.
const maxTickets = 10_000

// A box holds the tickets that were given out. A browser's EventSource can
// send no header, and a token must not stand in a URL; a ticket may, for it
// opens one stream, once, and soon.
type box struct {
	mu      sync.Mutex // guards waiting; held for map work only
	waiting map[[sha256.Size]byte]ticket
}

type ticket struct {
	with  credential // its token is looked up again when the ticket is redeemed
	until time.Time
}

// Ticket returns a ticket that opens one stream in place of token: as the
// agent's for whom the owner of token vouches, unless agent is empty. It
// returns ErrTooManyTickets.
func (s *Server) Ticket(token, agent string) (string, error) {
	b, now := &s.tickets, time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= maxTickets {
		for key, t := range b.waiting {
			if now.After(t.until) {
				delete(b.waiting, key)
			}
		}
	}
	if len(b.waiting) >= maxTickets {
		return "", ErrTooManyTickets
	}
	if b.waiting == nil {
		b.waiting = map[[sha256.Size]byte]ticket{}
	}
	text := rand.Text()
	b.waiting[sha256.Sum256([]byte(text))] = ticket{credential{token, agent}, now.Add(TicketLife)}
	return text, nil
}

// redeem returns what a ticket stands for, which is void from then on.
func (b *box) redeem(text string, now time.Time) (credential, bool) {
	key := sha256.Sum256([]byte(text))
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.waiting[key]
	delete(b.waiting, key)
	return t.with, ok && !now.After(t.until)
}

// sweep forgets tickets that nobody redeemed.
func (b *box) sweep(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, t := range b.waiting {
		if now.After(t.until) {
			delete(b.waiting, key)
		}
	}
}
