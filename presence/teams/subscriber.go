package teams

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringdex/ringdex/presence/teams/notice"
)

// ErrNoAddress says that notifications cannot come: Graph delivers to https
// addresses that it reaches, and to no others.
var ErrNoAddress = errors.New("notifications need a public https address")

// Addresses are where Graph delivers to.
type Addresses struct {
	Notifications string
	Lifecycle     string
}

// Check returns ErrNoAddress unless Graph can deliver there. A Graph on this
// very machine, which is a double, is content with http.
func (a Addresses) Check(cloud Cloud) error {
	graph, err := url.Parse(cloud.Graph)
	if err != nil {
		return ErrNoAddress
	}
	for _, address := range []string{a.Notifications, a.Lifecycle} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()) || !isLoopback(graph.Hostname())) {
			return ErrNoAddress
		}
	}
	return nil
}

// A Safe keeps who signed in. Its methods are safe for concurrent use.
type Safe interface {
	// Accounts lists who is signed in now, for directories that have a grant of
	// the same Microsoft tenant.
	Accounts() []Account
	// Keep stores the refresh token that Microsoft gave in place of the one
	// before. An account that is gone, or signed in anew (see Account.At), stays
	// as it is, and that is no error.
	Keep(ctx context.Context, a Account, refreshToken string) error
}

// A SubscriberConfig sets up a Subscriber. All but Logger is required.
type SubscriberConfig struct {
	Client    *Client
	Poller    *Poller
	Safe      Safe
	Addresses Addresses    // checked
	Logger    *slog.Logger // nil means nowhere
}

// A Subscriber has Graph tell of changes in the names of accounts that signed
// in. It makes the poll faster and is no substitute for it: subscriptions are
// lost without a word, deliveries come late or twice, and a subscription has
// 650 people at most. So the poll goes on as if there were none, and its next
// answer mends whatever a delivery got wrong.
//
// Run owns one goroutine for each account, which makes, renews and ends its
// subscription, and one that works through deliveries. Receive may be called by
// anybody, and knows no more than that there is room. Make it with
// NewSubscriber; its methods are safe for concurrent use.
type Subscriber struct {
	cfg     SubscriberConfig
	ring    notice.Ring
	senders *senders

	changed chan struct{} // tells Run that accounts changed; holds one
	queue   chan []byte   // deliveries that wait
	queued  atomic.Int64  // their bytes
	counts  counts

	mu        sync.RWMutex            // guards all below; held for map work only, never across a request
	listeners map[accountID]*listener //
	live      map[string]*subscribed  // by subscription id
	order     map[string][]*listener  // of a Microsoft tenant, by object id
}

// accountID names an account at Microsoft. Directories may share one.
type accountID struct{ microsoftTenant, objectID string }

// subscribed is a subscription that deliveries may name.
type subscribed struct {
	*subscription
	listener *listener
}

// NewSubscriber returns a subscriber that asks for nothing before it runs.
func NewSubscriber(cfg SubscriberConfig) *Subscriber {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Subscriber{
		cfg: cfg, senders: newSenders(cfg.Client), changed: make(chan struct{}, 1), queue: make(chan []byte, maxQueued),
		listeners: map[accountID]*listener{}, live: map[string]*subscribed{}, order: map[string][]*listener{},
	}
}

// Changed takes over accounts that signed in or are gone.
func (s *Subscriber) Changed() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// accountCheck is how often accounts are looked at without being told: those of
// directories whose grant ended are gone as well.
const accountCheck = time.Minute

// Run subscribes until ctx ends, and returns when nothing is under way any more
// and the subscriptions were ended, as far as that is quickly done.
func (s *Subscriber) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.work(ctx) })
	tick := time.NewTicker(accountCheck)
	defer tick.Stop()
	for {
		s.reconcile(ctx, &wg)
		select {
		case <-ctx.Done():
			s.reconcile(ctx, &wg)
			return context.Cause(ctx)
		case <-tick.C:
		case <-s.changed:
		}
	}
}

// newest returns the accounts, the newest sign-in of each.
func (s *Subscriber) newest() map[accountID]Account {
	all := map[accountID]Account{}
	for _, a := range s.cfg.Safe.Accounts() {
		id := accountID{a.MicrosoftTenant, a.ObjectID}
		if old, ok := all[id]; !ok || old.At.Before(a.At) {
			all[id] = a
		}
	}
	return all
}

// reconcile starts a listener for each account, tells those that signed in
// anew, and ends the others.
func (s *Subscriber) reconcile(ctx context.Context, wg *sync.WaitGroup) {
	accounts := s.newest()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, l := range s.listeners {
		if _, ok := accounts[id]; !ok || ctx.Err() != nil {
			l.stop()
			delete(s.listeners, id)
		}
	}
	for id, a := range accounts {
		if ctx.Err() != nil {
			break
		}
		if l := s.listeners[id]; l != nil {
			l.signIn(a)
			continue
		}
		ctx, stop := context.WithCancel(ctx)
		l := newListener(s, a, stop)
		s.listeners[id] = l
		wg.Go(func() { l.run(ctx) })
	}
	s.order = map[string][]*listener{}
	for id, l := range s.listeners {
		s.order[id.microsoftTenant] = append(s.order[id.microsoftTenant], l)
	}
	for _, list := range s.order {
		slices.SortFunc(list, func(a, b *listener) int { return cmp.Compare(a.id.objectID, b.id.objectID) })
	}
}

// wanted returns whom a listener is to be told of. Others count as long as they
// can listen.
func (s *Subscriber) wanted(l *listener) []string {
	line := s.cfg.Poller.line(l.id.microsoftTenant)
	if line == nil {
		return nil
	}
	watched, of := line.sight.watched()
	s.mu.RLock()
	defer s.mu.RUnlock()
	at, held := -1, []map[string]bool(nil)
	for _, o := range s.order[l.id.microsoftTenant] {
		if o == l {
			at = len(held)
		} else if state := o.status.Load().State; state != Healthy && state != Starting {
			continue
		}
		held = append(held, o.held.Load().idsOf())
	}
	if at < 0 {
		return nil // it is about to end
	}
	return share(watched, func(id string) bool { return of[id] != nil }, held)[at]
}

// enter makes a subscription known to deliveries, in place of the one before.
func (s *Subscriber) enter(l *listener, sub *subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := l.held.Load(); old != nil {
		delete(s.live, old.id)
	}
	l.held.Store(sub)
	if sub != nil {
		s.live[sub.id] = &subscribed{sub, l}
	}
}

// find returns the subscription that a delivery names.
func (s *Subscriber) find(id string) *subscribed {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live[id]
}

// An AccountStatus is how an account that signed in fares.
type AccountStatus struct {
	Status   // LastOK is when its subscription was last made or renewed, or the sign-in seen to be good
	ObjectID string
	At       time.Time // when it signed in
	Covers   int       // people whom it is told of
	Expires  time.Time // of its subscription; zero if it has none
	LastNews time.Time // when Graph was last believed about somebody; zero if never
}

// Status tells how the accounts of a directory fare, by object id.
func (s *Subscriber) Status(directory string) []AccountStatus {
	var list []AccountStatus
	for _, a := range s.cfg.Safe.Accounts() {
		if a.Directory != directory {
			continue
		}
		s.mu.RLock()
		l := s.listeners[accountID{a.MicrosoftTenant, a.ObjectID}]
		s.mu.RUnlock()
		one := AccountStatus{Status: Status{State: Starting}, ObjectID: a.ObjectID, At: a.At}
		if l != nil {
			one.Status = *l.status.Load()
			one.LastNews = time.Unix(0, l.lastNews.Load())
			if l.lastNews.Load() == 0 {
				one.LastNews = time.Time{}
			}
			if sub := l.held.Load(); sub != nil {
				one.Covers, one.Expires = len(sub.ids), sub.expires
			}
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b AccountStatus) int { return strings.Compare(a.ObjectID, b.ObjectID) })
	return list
}
