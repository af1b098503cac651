package presence

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"sync"
	"time"
)

// Errors of a Tracker.
var (
	// ErrUnknownContact: the tenant has no contact of that id.
	ErrUnknownContact = errors.New("unknown contact")
	// ErrTooManySources: more different sources speak of one contact than are
	// remembered.
	ErrTooManySources = errors.New("too many presence sources for one contact")
)

// People answers whether a contact exists. It is asked outside of any lock and
// must be safe for concurrent use.
type People interface {
	Exists(tenant, id string) bool
}

// A Sink is told each new state of a contact, nil when it has none any more.
// For one contact the calls come in order and one at a time. It is called
// outside of any lock, and should return soon.
type Sink func(tenant, id string, state *State)

// A Rule says how a source counts.
type Rule struct {
	Rank         int           // the higher beats the lower among fresh statements
	StaleAfter   time.Duration // unconfirmed for this long: stale; 0: never
	UnknownAfter time.Duration // unconfirmed for this long: unknown; 0: never
}

// A Config sets up a Tracker. People is required.
type Config struct {
	People     People
	Watch      Sink            // may be nil
	Rules      map[Source]Rule // adds to, and overrides, DefaultRules; not retained
	OtherRule  Rule            // sources without a rule; default rank 20, stale after an hour, unknown after a day
	CallMaxAge time.Duration   // a call that nobody ends is forgotten after this; default 4 h
	MaxSources int             // remembered for each contact; default 8
	Tick       time.Duration   // how often statements are aged; default 1 s
}

// DefaultRules returns the rules of the sources that Ringdex knows: what a
// person chose beats a live call, which beats the person's own sessions, those
// beat what a program says, and that beats Teams. Teams is polled every five
// seconds: three missed rounds make it stale.
func DefaultRules() map[Source]Rule {
	return map[Source]Rule{
		SourcePreferred: {Rank: 50},
		SourceCall:      {Rank: 40},
		SourceAgent:     {Rank: 35},
		SourceAPI:       {Rank: 30},
		SourceTeams:     {Rank: 10, StaleAfter: 15 * time.Second, UnknownAfter: 10 * time.Minute},
	}
}

// A Tracker holds the presence of all contacts. Its methods are safe for
// concurrent use.
type Tracker struct {
	cfg Config

	mu    sync.RWMutex // guards rooms; held for map work only
	rooms map[string]*room
}

// New returns a tracker that knows nothing yet.
func New(cfg Config) *Tracker {
	rules := DefaultRules()
	maps.Copy(rules, cfg.Rules)
	cfg.Rules = rules
	cfg.OtherRule = cmp.Or(cfg.OtherRule, Rule{Rank: 20, StaleAfter: time.Hour, UnknownAfter: 24 * time.Hour})
	cfg.CallMaxAge = cmp.Or(cfg.CallMaxAge, 4*time.Hour)
	cfg.MaxSources = cmp.Or(cfg.MaxSources, 8)
	cfg.Tick = cmp.Or(cfg.Tick, time.Second)
	if cfg.Watch == nil {
		cfg.Watch = func(string, string, *State) {}
	}
	return &Tracker{cfg: cfg, rooms: map[string]*room{}}
}

// An Outcome says what became of an update.
type Outcome uint8

// The outcomes.
const (
	Changed   Outcome = iota + 1 // the contact's state is another now
	Unchanged                    // taken in; the state is as before
	OldNews                      // dropped: the source has said something newer already
)

// String returns "changed", "unchanged" or "oldNews".
func (o Outcome) String() string {
	switch o {
	case Changed:
		return "changed"
	case Unchanged:
		return "unchanged"
	case OldNews:
		return "oldNews"
	}
	return "none"
}

// Set takes in what a source says about a contact. It returns ErrUnknownContact,
// ErrTooManySources or a *FieldError, and then changes nothing.
func (t *Tracker) Set(tenant, id string, u Update) (Outcome, error) {
	results := t.SetBatch(tenant, []Item{{ID: id, Update: u}})
	return results[0].Outcome, results[0].Err
}

// An Item is one update of a batch.
type Item struct {
	ID     string
	Update Update
}

// A Result is what became of one update of a batch: an outcome, or one of the
// errors of Set.
type Result struct {
	Outcome Outcome
	Err     error
}

// SetBatch takes in several updates in their order and returns a result for
// each. One that is refused does not keep back the others.
func (t *Tracker) SetBatch(tenant string, items []Item) []Result {
	results := make([]Result, len(items))
	for i := range items {
		results[i].Err = t.check(tenant, &items[i])
	}
	r := t.room(tenant)
	now := time.Now()
	r.mu.Lock()
	for i := range items {
		if results[i].Err == nil {
			results[i].Outcome, results[i].Err = r.set(items[i].ID, &items[i].Update, now)
		}
	}
	r.mu.Unlock()
	for i := range items {
		if results[i].Err == nil && t.vanished(r, items[i].ID) {
			results[i] = Result{Err: ErrUnknownContact}
		}
	}
	r.tell()
	return results
}

// vanished forgets a contact that was removed after it was found to exist:
// Forget may have come before the statement, and nobody would call it again.
func (t *Tracker) vanished(r *room, id string) bool {
	if t.cfg.People.Exists(r.tenant, id) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(id)
	return true
}

func (t *Tracker) check(tenant string, item *Item) error {
	if err := item.Update.Validate(); err != nil {
		return err
	}
	if !t.cfg.People.Exists(tenant, item.ID) {
		return ErrUnknownContact
	}
	return nil
}

// Clear takes back what a source said about a contact, and reports whether
// that changed the contact's state.
func (t *Tracker) Clear(tenant, id string, source Source) bool {
	r := t.room(tenant)
	r.mu.Lock()
	changed := r.clear(id, cmp.Or(source, SourceAPI), time.Now())
	r.mu.Unlock()
	r.tell()
	return changed
}

// Forget drops all that is known of a contact that was removed. The sink is
// told nil if there was a state.
func (t *Tracker) Forget(tenant, id string) {
	r := t.room(tenant)
	r.mu.Lock()
	r.forget(id)
	r.mu.Unlock()
	r.tell()
}

// Drop forgets a tenant that was deleted. The sink is not told.
func (t *Tracker) Drop(tenant string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.rooms, tenant)
}

// Get returns the state of a contact, or nil if nothing is known.
func (t *Tracker) Get(tenant, id string) *State {
	r := t.existing(tenant)
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.people[id]; p != nil {
		return p.state
	}
	return nil
}

// All yields the states of a tenant as they are when the iteration begins, in
// no particular order.
func (t *Tracker) All(tenant string) iter.Seq2[string, *State] {
	return func(yield func(string, *State) bool) {
		r := t.existing(tenant)
		if r == nil {
			return
		}
		for id, state := range r.states() {
			if !yield(id, state) {
				return
			}
		}
	}
}

// Run ages what nobody confirms, until ctx ends.
func (t *Tracker) Run(ctx context.Context) error {
	tick := time.NewTicker(t.cfg.Tick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case now := <-tick.C:
			for _, r := range t.all() {
				r.mu.Lock()
				r.age(now)
				r.mu.Unlock()
				r.tell()
			}
		}
	}
}

// room returns the room of a tenant, making it on first use.
func (t *Tracker) room(tenant string) *room {
	if r := t.existing(tenant); r != nil {
		return r
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rooms[tenant]
	if r == nil {
		r = newRoom(&t.cfg, tenant)
		t.rooms[tenant] = r
	}
	return r
}

func (t *Tracker) existing(tenant string) *room {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rooms[tenant]
}

func (t *Tracker) all() []*room {
	t.mu.RLock()
	defer t.mu.RUnlock()
	all := make([]*room, 0, len(t.rooms))
	for _, r := range t.rooms {
		all = append(all, r)
	}
	return all
}
