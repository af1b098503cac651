package wsock

import (
	"sync"
	"time"
)

// A limiter lets through so many a second, and a burst after a pause. Its
// method is safe for concurrent use.
type limiter struct {
	every time.Duration // between two in the long run
	burst time.Duration // how far ahead of that one may be

	mu   sync.Mutex // guards next
	next time.Time  // when the next would be due without a burst
}

func newLimiter(perSecond, burst int) limiter {
	every := time.Second / time.Duration(perSecond)
	return limiter{every: every, burst: every * time.Duration(burst)}
}

// allow takes one, or returns false if there is none to take.
func (l *limiter) allow(now time.Time) bool { return l.allowMany(now, 1) }

// allowMany takes n, or returns false if there are not as many to take.
func (l *limiter) allowMany(now time.Time, n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := l.next
	if next.Before(now) {
		next = now
	}
	next = next.Add(time.Duration(n) * l.every)
	if next.Sub(now) > l.burst {
		return false
	}
	l.next = next
	return true
}
