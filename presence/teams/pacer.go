package teams

import (
	"context"
	"sync"
	"time"
)

// Graph's limits, and how much of them is used.
// Source: learn.microsoft.com/graph/throttling-limits and the page of
// getPresencesByUserId.
const (
	tenantBudget = 1500             // requests in budgetWindow for each Microsoft tenant
	budgetWindow = 30 * time.Second //
	appBudget    = 2000             // requests a second over all tenants
	usedShare    = 80               // percent
)

// A pacer hands out moments that lie a gap apart, so that no window holds more
// than fit. Who wakes up late is no matter: what the budget leaves unused is
// far more than that. Its methods are safe for concurrent use.
type pacer struct {
	gap time.Duration

	mu   sync.Mutex // guards next; held for arithmetic only
	next time.Time  // the first moment that is free
}

// newPacer returns a pacer for a share of so many requests in a window.
func newPacer(requests int, window time.Duration) *pacer {
	// The gap is longer by a little, since a window holds one moment more than
	// it has gaps.
	return &pacer{gap: window * 100 / time.Duration(requests*usedShare-200)}
}

// wait returns when a moment is its caller's, or with ctx's error.
func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := now
	if at.Before(p.next) {
		at = p.next
	}
	p.next = at.Add(p.gap)
	p.mu.Unlock()
	if err := pause(ctx, at.Sub(now)); err != nil {
		return err
	}
	return ctx.Err()
}

// pause waits for d, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
