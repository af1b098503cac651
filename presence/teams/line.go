package teams

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxUnderway     = 32               // requests of one Microsoft tenant at a time
	maxBackoff      = 2 * time.Minute  // while Microsoft is throttling or failing
	permissionPause = time.Minute      // before asking again whether the permission is there
	credentialPause = 5 * time.Minute  // the same for the operator's secret
	revokedPause    = time.Hour        // the same for access that was taken back
	idleCheck       = 10 * time.Minute // how often access is checked while nobody is watched
)

// A line is the polling of one Microsoft tenant.
type line struct {
	poller          *Poller
	microsoftTenant string
	stop            context.CancelFunc
	pace            *pacer
	woken           chan struct{}          // ends a pause; holds one
	status          atomic.Pointer[Status] // published by run

	failed int // rounds in a row; owned by run

	mu        sync.Mutex // guards token and notBefore; held for an assignment only
	token     Token
	notBefore time.Time // when Microsoft wants to be asked again

	sight   sight         // what the last round saw
	urgent  urgent        // who is asked for ahead of the next round
	hurried chan struct{} // tells runUrgent of them; holds one

	fetch chan struct{} // holds one: who has it gets the token
}

func newLine(p *Poller, microsoftTenant string, stop context.CancelFunc) *line {
	l := &line{
		poller: p, microsoftTenant: microsoftTenant, stop: stop, pace: newPacer(tenantBudget, budgetWindow),
		woken: make(chan struct{}, 1), fetch: make(chan struct{}, 1), hurried: make(chan struct{}, 1),
	}
	l.status.Store(&Status{State: Starting, Since: time.Now()})
	return l
}

func (l *line) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// run polls until ctx ends. It begins at a moment of its own, so that many
// tenants do not ask all at once after a start.
func (l *line) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { l.runUrgent(ctx) })
	cycle := l.poller.cfg.Cycle
	l.rest(ctx, rand.N(cycle/5+1))
	for ctx.Err() == nil {
		start := time.Now()
		asked, fault := l.round(ctx)
		if ctx.Err() != nil {
			return
		}
		next := start.Add(cycle)
		if wait := l.note(asked, fault); wait > 0 {
			next = time.Now().Add(wait)
		}
		l.rest(ctx, time.Until(next))
		_ = pause(ctx, time.Until(l.heldUntil())) // ctx is looked at above
	}
}

// rest waits for d, until it is woken, or until ctx ends.
func (l *line) rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.woken:
	case <-ctx.Done():
	}
}

// round asks once for all who are watched, in full batches that are spread
// over the cycle. The first fault ends it.
func (l *line) round(ctx context.Context) (asked int, fault *Fault) {
	ids, of := l.poller.targets(l.microsoftTenant)
	l.sight.look(ids, of)
	if len(ids) == 0 {
		return 0, l.check(ctx)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, maxUnderway)
	batches := (len(ids) + MaxIDs - 1) / MaxIDs
	start, gap := time.Now(), l.poller.cfg.Cycle/time.Duration(batches)
	for i := range batches {
		batch := ids[i*MaxIDs : min((i+1)*MaxIDs, len(ids))]
		if pause(ctx, time.Until(start.Add(time.Duration(i)*gap))) != nil {
			break
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := l.update(ctx, batch, of); err != nil {
				stop(err)
			}
		})
	}
	wg.Wait()
	if f, ok := errors.AsType[*Fault](context.Cause(ctx)); ok {
		return len(ids), f
	}
	return len(ids), nil
}

// check looks whether access is still there while nobody is asked for.
func (l *line) check(ctx context.Context) *Fault {
	s := l.status.Load()
	if s.State == Healthy && time.Since(s.LastOK) < idleCheck {
		return nil
	}
	l.forget(l.held())
	_, err := l.valid(ctx)
	return faultOf(err)
}

// update asks for one batch and takes in what is answered.
func (l *line) update(ctx context.Context, ids []string, of map[string][]target) error {
	answer, at, err := l.ask(ctx, ids)
	if err != nil {
		return err
	}
	l.sight.note(answer)
	l.poller.apply(l.microsoftTenant, ids, of, answer, at)
	return nil
}

// ask asks for one batch when it is its turn, and tells when it did. A token
// that is refused is replaced once.
func (l *line) ask(ctx context.Context, ids []string) (answer []Presence, at time.Time, err error) {
	for range 2 {
		var t Token
		if t, err = l.valid(ctx); err != nil {
			return nil, at, err
		}
		if err := errors.Join(l.pace.wait(ctx), l.poller.app.wait(ctx)); err != nil {
			return nil, at, err
		}
		at = time.Now()
		if answer, err = l.poller.cfg.Client.Presences(ctx, t, ids); err == nil {
			return answer, at, nil
		}
		f := faultOf(err)
		if f.State != AccessRevoked && f.State != PermissionMissing {
			break
		}
		l.forget(t) // the next may be accepted, or have the permission
		if f.State == PermissionMissing {
			break
		}
	}
	return nil, at, err
}

// valid returns a token that is fresh. One caller at a time gets a new one, and
// the others use it.
func (l *line) valid(ctx context.Context) (Token, error) {
	if t := l.held(); t.fresh(time.Now()) {
		return t, nil
	}
	select {
	case l.fetch <- struct{}{}:
		defer func() { <-l.fetch }()
	case <-ctx.Done():
		return Token{}, ctx.Err()
	}
	if t := l.held(); t.fresh(time.Now()) {
		return t, nil
	}
	t, err := l.poller.cfg.Client.Token(ctx, l.microsoftTenant)
	if err == nil {
		l.mu.Lock()
		l.token = t
		l.mu.Unlock()
	}
	return t, err
}

// holdOff keeps Microsoft from being asked before a moment.
func (l *line) holdOff(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notBefore = until
}

func (l *line) heldUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.notBefore
}

func (l *line) held() Token {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token
}

// forget drops a token, unless another one took its place already.
func (l *line) forget(t Token) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token.text == t.text {
		l.token = Token{}
	}
}

// faultOf returns err as a fault; what is none of Microsoft's doing is a
// failure like any other.
func faultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	return unreachable(err)
}

// note publishes how a round ended and returns how long to wait because of it;
// 0 is until the next round.
func (l *line) note(asked int, fault *Fault) time.Duration {
	old, now := l.status.Load(), time.Now()
	next := Status{State: Healthy, Since: old.Since, LastOK: now, Asked: asked}
	if fault != nil {
		next.State, next.Detail, next.LastOK = fault.State, fault.Detail, old.LastOK
		l.failed++
		l.holdOff(now.Add(fault.RetryAfter))
	} else {
		l.failed = 0
	}
	if next.State == Healthy && asked == 0 && old.State == Healthy && now.Sub(old.LastOK) < idleCheck {
		next.LastOK = old.LastOK // nothing was asked
	}
	if next.State != old.State {
		next.Since = now
		request := ""
		if fault != nil {
			request = fault.RequestID
		}
		l.poller.cfg.Logger.Info("presence sync with Microsoft changed",
			"state", string(next.State), "microsoftTenant", l.microsoftTenant, "microsoftRequest", request)
	}
	l.status.Store(&next)
	if next.State != old.State || next.Detail != old.Detail {
		l.poller.cfg.Changed()
	}
	return l.backoff(fault)
}

// backoff returns how long to leave Microsoft alone after a fault.
func (l *line) backoff(fault *Fault) time.Duration {
	if fault == nil {
		return 0
	}
	switch fault.State {
	case PermissionMissing:
		return permissionPause
	case CredentialProblem:
		return credentialPause
	case AccessRevoked:
		return revokedPause
	}
	wait := min(l.poller.cfg.Cycle<<min(l.failed-1, 10), maxBackoff)
	wait += rand.N(wait/5 + 1)
	return max(wait, fault.RetryAfter)
}
