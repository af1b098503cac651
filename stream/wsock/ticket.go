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

// ErrTooManyTickets says that too many tickets of a tenant, or of all, wait to
// be redeemed.
var ErrTooManyTickets = errors.New("too many tickets")

// Bounds of the tickets that wait to be redeemed: of a tenant, whose pages may
// all come back at once, and of the node. One tenant alone leaves the others
// room.
const (
	maxTenantTickets = 10_000
	maxTickets       = 100_000
)

// A box holds the tickets that were given out. A browser's EventSource can
// send no header, and a token must not stand in a URL; a ticket may, for it
// opens one stream, once, and soon.
type box struct {
	mu      sync.Mutex // guards all below; held for map work only
	waiting map[[sha256.Size]byte]ticket
	of      map[string]int // how many of them are a tenant's
}

type ticket struct {
	tenant string
	with   credential // its token is looked up again when the ticket is redeemed
	until  time.Time
}

// Ticket returns a ticket that opens one stream of a tenant in place of token:
// as the agent's for whom the owner of token vouches, unless agent is empty. It
// returns ErrTooManyTickets.
func (s *Server) Ticket(tenant, token, agent string) (string, error) {
	b := &s.tickets
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[tenant] >= maxTenantTickets || len(b.waiting) >= maxTickets {
		return "", ErrTooManyTickets
	}
	if b.waiting == nil {
		b.waiting, b.of = map[[sha256.Size]byte]ticket{}, map[string]int{}
	}
	text := rand.Text()
	b.waiting[sha256.Sum256([]byte(text))] = ticket{tenant, credential{token, agent}, time.Now().Add(TicketLife)}
	b.of[tenant]++
	return text, nil
}

// drop takes out a ticket that waits. The caller holds mu.
func (b *box) drop(key [sha256.Size]byte, t ticket) {
	delete(b.waiting, key)
	if b.of[t.tenant]--; b.of[t.tenant] == 0 {
		delete(b.of, t.tenant)
	}
}

// redeem returns what a ticket stands for, which is void from then on.
func (b *box) redeem(text string, now time.Time) (credential, bool) {
	key := sha256.Sum256([]byte(text))
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.waiting[key]
	if ok {
		b.drop(key, t)
	}
	return t.with, ok && !now.After(t.until)
}

// sweep forgets tickets that nobody redeemed.
func (b *box) sweep(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, t := range b.waiting {
		if now.After(t.until) {
			b.drop(key, t)
		}
	}
}
