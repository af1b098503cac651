package directory

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/ringdex/ringdex/scim/key"
)

// A ThrottledError refuses a caller for a while.
type ThrottledError struct {
	RetryAfter int    // seconds
	Reason     string // safe to show
}

// Error returns the reason and the time.
func (e *ThrottledError) Error() string { return fmt.Sprintf("%s; wait %d s", e.Reason, e.RetryAfter) }

const (
	failuresAllowed = 20 // with one key from one source, within a minute
	sourceAllowed   = 200
	failuresKept    = 10_000
)

// A Gate lets in who shows a valid key, and slows down who does not. It is the
// one place where both the SCIM side and everything else authenticate. Methods
// are safe for concurrent use.
type Gate struct {
	Registry *Registry
	// PerSecond bounds the requests a second of each key, and of each OAuth
	// client with all its tokens, with bursts of twice as many; 0 for no bound.
	PerSecond int

	limiters sync.Map // key or client id → *rate.Limiter
	failures failures
}

// Admit returns who sends a request with that Authorization header from that
// address. It returns ErrUnauthenticated or a *ThrottledError. A valid key is
// never locked out by others' failures: it is looked at first.
func (g *Gate) Admit(header, source string) (Principal, error) {
	token := bearer(header)
	p, err := g.Registry.Authenticate(token)
	if err == nil {
		return p, g.take(p.Caller())
	}
	if !errors.Is(err, ErrUnauthenticated) {
		return Principal{}, err
	}
	keyID := ""
	if k, err := key.Parse(token); err == nil {
		keyID = k.ID
	}
	if wait := g.failures.add(source, keyID, g.Registry.now()); wait > 0 {
		return Principal{}, &ThrottledError{wait, "too many requests with keys that are not valid"}
	}
	return Principal{}, err
}

// take counts a request against the bound of its key or client.
func (g *Gate) take(caller string) error {
	if g.PerSecond <= 0 || allow(&g.limiters, caller, g.PerSecond, 2*g.PerSecond) {
		return nil
	}
	return &ThrottledError{1, "this key sends more requests than it may"}
}

// allow takes one of what a caller may do in a second.
func allow(limiters *sync.Map, caller string, perSecond, burst int) bool {
	l, ok := limiters.Load(caller)
	if !ok {
		l, _ = limiters.LoadOrStore(caller, rate.NewLimiter(rate.Limit(perSecond), burst))
	}
	return l.(*rate.Limiter).Allow() //nolint:forcetypeassert // only these are stored
}

// bearer returns the key of an Authorization header: the scheme in any case,
// blanks around, and, because administrators forget it, no scheme at all.
func bearer(header string) string {
	text := strings.TrimSpace(header)
	scheme, rest, ok := strings.Cut(text, " ")
	if ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(rest)
	}
	return text
}

// failures counts failed authentications by source and key id.
type failures struct {
	mu     sync.Mutex // guards counts and since; held for map work only
	counts map[failure]int
	since  time.Time
}

type failure struct{ source, keyID string }

// add counts a failure and returns for how many seconds to refuse, 0 for not
// yet.
func (f *failures) add(source, keyID string, now time.Time) (seconds int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts == nil || now.Sub(f.since) > time.Minute || len(f.counts) >= failuresKept {
		f.counts, f.since = map[failure]int{}, now
	}
	one, all := failure{source, keyID}, failure{source, "*"}
	f.counts[one]++
	f.counts[all]++
	if f.counts[one] <= failuresAllowed && f.counts[all] <= sourceAllowed {
		return 0
	}
	return max(1, int((time.Minute - now.Sub(f.since)).Seconds()))
}
