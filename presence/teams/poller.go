package teams

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ringdex/ringdex/presence"
)

// A Grant says that a Microsoft tenant allowed a directory to read presence.
type Grant struct {
	Tenant          string // of Ringdex
	Directory       string
	MicrosoftTenant string    // a GUID
	At              time.Time // when; a later one is news, also from the same tenant
}

// A Contact is somebody whom an agent looks at.
type Contact struct {
	ID        string
	Directory string
	ObjectID  string // in Entra, as NormalID returns it
}

// A Desk is what a Poller needs to know of Ringdex. Its methods are safe for
// concurrent use and return soon.
type Desk interface {
	// Grants lists what is allowed now.
	Grants() []Grant
	// Watched lists the contacts of a tenant that somebody looks at, those of
	// other identity providers left out.
	Watched(tenant string) []Contact
}

// A PollerConfig sets up a Poller. Client, Desk and Tracker are required.
type PollerConfig struct {
	Client  *Client
	Desk    Desk
	Tracker *presence.Tracker
	Cycle   time.Duration // from one round to the next; default 5 s
	Logger  *slog.Logger  // nil means nowhere
	Changed func()        // called, outside of any lock, when what Status tells of a directory has become another state or detail; may be nil
}

// A Poller keeps the presence of watched contacts current. All directories of
// one Microsoft tenant share its budget, and one answer serves all of them.
// Make it with NewPoller; its methods are safe for concurrent use.
type Poller struct {
	cfg PollerConfig
	app *pacer // over all Microsoft tenants

	changed chan struct{} // tells Run that grants changed; holds one

	mu     sync.RWMutex     // guards grants; held for reading while an answer is applied
	grants map[string]Grant // by directory
	lines  map[string]*line // by Microsoft tenant; guarded by mu
}

// NewPoller returns a poller that asks nobody before it runs.
func NewPoller(cfg PollerConfig) *Poller {
	cfg.Cycle = cmp.Or(cfg.Cycle, 5*time.Second)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	p := &Poller{cfg: cfg, app: newPacer(appBudget, time.Second), changed: make(chan struct{}, 1), lines: map[string]*line{}}
	p.read()
	return p
}

// read takes over what is allowed now, and returns the Microsoft tenants that
// allowed something new. Whatever an answer under way says of directories that
// are gone is not applied after it returns.
func (p *Poller) read() (fresh []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.grants
	p.grants = map[string]Grant{}
	for _, g := range p.cfg.Desk.Grants() {
		p.grants[g.Directory] = g
		if old[g.Directory] != g {
			fresh = append(fresh, g.MicrosoftTenant)
		}
	}
	return fresh
}

// Changed takes over grants that changed. When it returns, nothing more is
// said of contacts in directories that have none. A Microsoft tenant that has
// allowed something new is asked at once, also if it was in a fault.
func (p *Poller) Changed() {
	fresh := p.read()
	p.mu.RLock()
	for _, id := range fresh {
		if l := p.lines[id]; l != nil {
			l.wake()
		}
	}
	p.mu.RUnlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Status tells how a directory fares that has a grant; false if it has none.
func (p *Poller) Status(directory string) (Status, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	g, ok := p.grants[directory]
	if !ok {
		return Status{}, false
	}
	l := p.lines[g.MicrosoftTenant]
	if l == nil {
		return Status{State: Starting}, true
	}
	return *l.status.Load(), true
}

// Run polls until ctx ends, and returns when nothing is under way any more.
func (p *Poller) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	tick := time.NewTicker(p.cfg.Cycle)
	defer tick.Stop()
	for {
		p.read()
		p.reconcile(ctx, &wg)
		select {
		case <-ctx.Done():
			p.reconcile(ctx, &wg)
			return context.Cause(ctx)
		case <-tick.C:
		case <-p.changed:
		}
	}
}

// reconcile starts a line for each Microsoft tenant that has a grant, and ends
// the others.
func (p *Poller) reconcile(ctx context.Context, wg *sync.WaitGroup) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := map[string]bool{}
	for g := range maps.Values(p.grants) {
		wanted[g.MicrosoftTenant] = ctx.Err() == nil
	}
	for id, l := range p.lines {
		if !wanted[id] {
			l.stop()
			delete(p.lines, id)
		}
	}
	for id, want := range wanted {
		if !want || p.lines[id] != nil {
			continue
		}
		var l *line
		ctx, stop := context.WithCancel(ctx)
		l = newLine(p, id, stop)
		p.lines[id] = l
		wg.Go(func() { l.run(ctx) })
	}
}

// A target is a contact that an object id of a Microsoft tenant stands for.
type target struct{ tenant, directory, id string }

// targets lists whom to ask a Microsoft tenant for, and whom each stands for.
func (p *Poller) targets(microsoftTenant string) (ids []string, of map[string][]target) {
	p.mu.RLock()
	directories, tenants := map[string]bool{}, map[string]bool{}
	for _, g := range p.grants {
		if g.MicrosoftTenant == microsoftTenant {
			directories[g.Directory], tenants[g.Tenant] = true, true
		}
	}
	p.mu.RUnlock()
	of = map[string][]target{}
	for tenant := range tenants {
		for _, c := range p.cfg.Desk.Watched(tenant) {
			if directories[c.Directory] {
				of[c.ObjectID] = append(of[c.ObjectID], target{tenant, c.Directory, c.ID})
			}
		}
	}
	return slices.Sorted(maps.Keys(of)), of
}

// apply tells the tracker what Microsoft answered about those who were asked
// for. An id that was not asked for, or comes twice, is nobody's; one that is
// not in the answer is unknown. at is when it was asked: what Graph said by
// itself since is newer than the answer.
func (p *Poller) apply(microsoftTenant string, asked []string, of map[string][]target, answer []Presence, at time.Time) {
	said := make(map[string]*Presence, len(answer))
	for i := range answer {
		if id, ok := NormalID(answer[i].ID); ok {
			said[id] = &answer[i]
		}
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	items := map[string][]presence.Item{}
	for _, id := range asked {
		u := nobody()
		if said[id] != nil {
			u = said[id].Update()
		}
		u.AsOf = at
		for _, t := range of[id] {
			if p.grants[t.directory].MicrosoftTenant == microsoftTenant {
				items[t.tenant] = append(items[t.tenant], presence.Item{ID: t.id, Update: u})
			}
		}
	}
	for tenant, list := range items {
		p.cfg.Tracker.SetBatch(tenant, list) // a contact that is gone meanwhile is refused, as it should be
	}
}
