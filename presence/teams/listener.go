package teams

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	rnd "math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

const (
	listenTick      = 5 * time.Second  // how often it is looked whether there is something to do
	askedLife       = 58 * time.Minute // of a subscription: an hour at most, by Microsoft's clock
	renewAhead      = 20 * time.Minute // before a subscription ends, it is renewed
	renewGain       = time.Minute      // by which a renewal must move the end to count as one
	renewPause      = time.Minute      // between attempts to renew
	maxIdleRenewals = 2                // that had no effect, before it is made anew
	reshapePause    = time.Minute      // between two subscriptions for other people
	silentAfter     = 2 * time.Minute  // that Graph takes to tell of a change: it says one at most
	silentPause     = 10 * time.Minute // before a subscription that is silent is made anew
	silentChanges   = 3                // that the poll saw, and Graph did not tell of
	maxSilent       = 2                // subscriptions in a row that were silent, before it is said
	endTime         = 3 * time.Second  // for ending a subscription when the account, or the server, goes
)

// A listener keeps the subscription of one account.
type listener struct {
	s       *Subscriber
	id      accountID
	stop    context.CancelFunc
	woken   chan struct{}           // ends a pause; holds one
	account atomic.Pointer[Account] // published by reconcile
	again   atomic.Bool             // Graph wants to hear that the account may still be told
	lost    atomic.Bool             // Graph says that it ended the subscription

	status   atomic.Pointer[Status]       // published by run
	held     atomic.Pointer[subscription] // published by run, through Subscriber.enter; never changed after
	lastNews atomic.Int64                 // Unix nanoseconds; 0 for never

	signedIn     time.Time // of the account that token and refreshToken are of; owned by run
	token        Token     // owned by run
	refreshToken string    // owned by run
	failed       int       // attempts in a row; owned by run
	idle         int       // renewals without effect; owned by run
	renewAfter   time.Time // no attempt to renew before; owned by run
	silent       int       // subscriptions in a row that were silent; owned by run
}

func newListener(s *Subscriber, a Account, stop context.CancelFunc) *listener {
	l := &listener{
		s: s, id: accountID{a.MicrosoftTenant, a.ObjectID}, stop: stop, woken: make(chan struct{}, 1), signedIn: a.At, refreshToken: a.RefreshToken,
	}
	l.account.Store(&a)
	l.status.Store(&Status{State: Starting, Since: time.Now()})
	return l
}

// idsOf returns whom a subscription covers; nobody if there is none.
func (s *subscription) idsOf() map[string]bool {
	if s == nil {
		return nil
	}
	return s.ids
}

func (l *listener) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// signIn takes over an account that signed in anew; it is tried at once.
func (l *listener) signIn(a Account) {
	old := l.account.Swap(&a)
	if !old.At.Equal(a.At) {
		l.wake()
	}
}

// reauthorize remembers that Graph wants to hear from the account.
func (l *listener) reauthorize() {
	l.again.Store(true)
	l.wake()
}

// forgotten remembers that Graph ended the subscription by itself.
func (l *listener) forgotten() {
	l.lost.Store(true)
	l.wake()
}

// run keeps the subscription until ctx ends, and ends it then.
func (l *listener) run(ctx context.Context) {
	defer l.end(ctx)
	for ctx.Err() == nil {
		err := l.step(ctx)
		if ctx.Err() != nil {
			return
		}
		timer := time.NewTimer(l.untilEnd(l.note(err)))
		select {
		case <-timer.C:
		case <-l.woken:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// untilEnd cuts a pause short at the end of the subscription.
func (l *listener) untilEnd(pause time.Duration) time.Duration {
	if sub := l.held.Load(); sub != nil {
		return min(pause, max(0, time.Until(sub.expires)))
	}
	return pause
}

// end ends the subscription, if that is quickly done.
func (l *listener) end(ctx context.Context) {
	sub := l.held.Load()
	l.s.enter(l, nil)
	if sub == nil || !l.token.fresh(time.Now().Add(-tokenMargin)) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if l.s.cfg.Client.unsubscribe(ctx, l.token, sub.id) != nil {
		l.s.cfg.Logger.Debug("a subscription at Microsoft could not be ended", "microsoftTenant", l.id.microsoftTenant)
	}
}

// step does what is to be done now. It returns a *Fault.
func (l *listener) step(ctx context.Context) error {
	if a := l.account.Load(); !a.At.Equal(l.signedIn) {
		l.signedIn, l.refreshToken, l.token = a.At, a.RefreshToken, Token{}
	}
	now, sub := time.Now(), l.held.Load()
	if sub != nil && (l.lost.Swap(false) || !now.Before(sub.expires)) {
		l.s.cfg.Logger.Info("a subscription at Microsoft was lost", "microsoftTenant", l.id.microsoftTenant)
		l.s.enter(l, nil)
		sub = nil
	}
	want := l.s.wanted(l)
	switch {
	case sub == nil && len(want) == 0:
		_, err := l.valid(ctx) // so that a sign-in that ended shows
		return err
	case sub == nil:
		return l.subscribe(ctx, want, nil)
	case l.again.Swap(false):
		return l.answer(ctx, sub)
	case !now.Before(sub.expires.Add(-renewAhead)) && !now.Before(l.renewAfter):
		return l.prolong(ctx, sub, want)
	case l.isSilent(sub, now):
		l.silent++
		l.s.cfg.Logger.Info("a subscription at Microsoft was silent", "microsoftTenant", l.id.microsoftTenant)
		return l.remake(ctx, sub, want)
	case now.Sub(sub.made) >= reshapePause && slices.ContainsFunc(want, func(id string) bool { return !sub.ids[id] }):
		return l.remake(ctx, sub, want)
	}
	return nil
}

// isSilent tells whether Graph tells of nothing though people change: it is
// known to lose subscriptions without a word, and to find them again days later.
func (l *listener) isSilent(sub *subscription, now time.Time) bool {
	heard := time.Unix(0, l.lastNews.Load())
	if heard.After(sub.made) {
		l.silent = 0
	} else {
		heard = sub.made
	}
	line := l.s.cfg.Poller.line(l.id.microsoftTenant)
	return line != nil && line.sight.missed(sub.ids, heard, now.Add(-silentAfter)) >= silentChanges && now.Sub(heard) >= silentPause
}

// valid returns a token that is fresh.
func (l *listener) valid(ctx context.Context) (Token, error) {
	if l.token.fresh(time.Now()) {
		return l.token, nil
	}
	t, next, err := l.s.cfg.Client.accountToken(ctx, l.id.microsoftTenant, l.refreshToken)
	if err != nil {
		return Token{}, err
	}
	l.token = t
	if next != "" && next != l.refreshToken {
		l.refreshToken = next
		if l.s.cfg.Safe.Keep(ctx, *l.account.Load(), next) != nil && ctx.Err() == nil {
			l.s.cfg.Logger.Warn("a sign-in could not be kept; it is good until the next start", "microsoftTenant", l.id.microsoftTenant)
		}
	}
	return t, nil
}

// with calls f with a token, and once more with a new one if it is refused.
func (l *listener) with(ctx context.Context, f func(Token) error) error {
	var err error
	for range 2 {
		var t Token
		if t, err = l.valid(ctx); err != nil {
			return err
		}
		if err = f(t); err == nil {
			return nil
		}
		if fault, ok := errors.AsType[*Fault](err); !ok || fault.State != AccessRevoked {
			return err
		}
		l.token = Token{}
	}
	return err
}

// subscribe makes a subscription for people. It fills what room is left with
// those whom the one before covered: somebody who was looked at a moment ago
// will be again, and each new subscription leaves a gap.
func (l *listener) subscribe(ctx context.Context, people []string, before *subscription) error {
	key, err := l.s.ring.Current(time.Now())
	if err != nil {
		return err
	}
	people = slices.Clone(people)
	for _, id := range slices.Sorted(maps.Keys(before.idsOf())) {
		if len(people) < MaxIDs && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	client, secret := l.s.cfg.Client, rand.Text()+rand.Text()
	var made *subscription
	create := func(t Token) (err error) {
		made, err = client.subscribe(ctx, t, l.s.cfg.Addresses, people, secret, key, time.Now().Add(askedLife))
		return err
	}
	err = l.with(ctx, create)
	if errors.Is(err, errTaken) {
		if err = l.with(ctx, func(t Token) error { return l.clear(ctx, t) }); err == nil {
			err = l.with(ctx, create)
		}
	}
	if err != nil {
		return err
	}
	l.idle, l.renewAfter = 0, time.Time{}
	l.lost.Store(false)
	l.again.Store(false)
	l.s.enter(l, made)
	return nil
}

// clear ends what subscriptions the account has: what a start of the server
// before this one left, or an answer that was lost on its way.
func (l *listener) clear(ctx context.Context, t Token) error {
	ids, err := l.s.cfg.Client.subscriptions(ctx, t)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := l.s.cfg.Client.unsubscribe(ctx, t, id); err != nil {
			return err
		}
	}
	return nil
}

// remake ends a subscription and makes another: an account can have one only.
func (l *listener) remake(ctx context.Context, sub *subscription, people []string) error {
	if err := l.with(ctx, func(t Token) error { return l.s.cfg.Client.unsubscribe(ctx, t, sub.id) }); err != nil {
		return err
	}
	l.s.enter(l, nil)
	return l.subscribe(ctx, people, sub)
}

// answer tells Graph that the account may still be told.
func (l *listener) answer(ctx context.Context, sub *subscription) error {
	err := l.with(ctx, func(t Token) error { return l.s.cfg.Client.reauthorize(ctx, t, sub.id) })
	if err = l.unlessGone(err); err != nil {
		l.again.Store(true)
	}
	return err
}

// unlessGone lets a subscription that Graph does not know any more be made anew
// by the next step, at once. It returns any other error.
func (l *listener) unlessGone(err error) error {
	if !errors.Is(err, errGone) {
		return err
	}
	l.s.enter(l, nil)
	l.wake()
	return nil
}

// prolong renews a subscription, with the current key. One that nobody needs is
// ended, and one whose renewals have no effect is made anew, as one is that ends
// because no renewal was answered.
func (l *listener) prolong(ctx context.Context, sub *subscription, people []string) error {
	now := time.Now()
	switch {
	case len(people) == 0:
		err := l.with(ctx, func(t Token) error { return l.s.cfg.Client.unsubscribe(ctx, t, sub.id) })
		if err == nil {
			l.s.enter(l, nil)
		}
		return err
	case l.idle >= maxIdleRenewals:
		return l.remake(ctx, sub, people)
	}
	l.renewAfter = now.Add(renewPause)
	key, err := l.s.ring.Current(now)
	if err != nil {
		return err
	}
	var until time.Time
	err = l.with(ctx, func(t Token) (err error) {
		until, err = l.s.cfg.Client.renew(ctx, t, sub.id, key, time.Now().Add(askedLife))
		return err
	})
	if err != nil {
		return l.unlessGone(err)
	}
	if until.Before(sub.expires.Add(renewGain)) {
		l.idle++ // it is known to happen
		return nil
	}
	l.idle, l.renewAfter = 0, time.Time{}
	renewed := *sub
	renewed.expires = until
	l.s.enter(l, &renewed)
	return nil
}

// note publishes how a step ended and returns how long to wait for the next.
func (l *listener) note(err error) time.Duration {
	old, now := l.status.Load(), time.Now()
	next := Status{State: Healthy, Since: old.Since, LastOK: now}
	fault := faultOf(err)
	if errors.Is(err, errTaken) {
		fault = &Fault{State: Degraded, Detail: "The account has another subscription to presence, which cannot be ended. Is another server signed in with it?"}
	}
	if fault == nil && l.silent >= maxSilent {
		fault = &Fault{State: Degraded, Detail: "Microsoft made the subscription and tells of nothing. Are its deliveries to the public URL held up on the way?"}
	}
	if fault != nil {
		next.State, next.Detail, next.LastOK = fault.State, fault.Detail, old.LastOK
		l.failed++
	} else {
		l.failed = 0
	}
	if next.State != old.State {
		next.Since = now
		request := ""
		if fault != nil {
			request = fault.RequestID
		}
		l.s.cfg.Logger.Info("notifications from Microsoft changed",
			"state", string(next.State), "microsoftTenant", l.id.microsoftTenant, "microsoftRequest", request)
	}
	l.status.Store(&next)
	return l.pauseAfter(fault)
}

// pauseAfter returns how long to wait after a step.
func (l *listener) pauseAfter(fault *Fault) time.Duration {
	if fault == nil {
		return listenTick
	}
	switch fault.State {
	case PermissionMissing:
		return permissionPause
	case CredentialProblem:
		return credentialPause
	case AccessRevoked, SignInEnded:
		return revokedPause
	}
	wait := min(listenTick<<min(l.failed, 10), maxBackoff)
	return max(wait+rnd.N(wait/5+1), fault.RetryAfter)
}
