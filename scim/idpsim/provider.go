package idpsim

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// A Group is a group of the identity provider.
type Group struct {
	ID          string   // object id; Entra sends it as externalId
	DisplayName string   // unique
	Members     []string // people by Person.ID, in the order they were added
}

// A Provider is one provisioning job and the people in its scope. Its methods
// are safe for concurrent use. Cycle and Verify wait for each other; the people
// may change meanwhile, which the next cycle provisions.
type Provider struct {
	cfg    Config
	base   string // tenant URL without query and last slash
	query  string // what every request carries
	client *http.Client
	own    *http.Client // client, if New made it
	probes atomic.Int64 // connection tests so far

	cycle sync.Mutex // held by Cycle and Verify as long as they last
	mu    sync.Mutex // guards what follows; held for map work only, never across I/O

	users    map[string]*user // by Person.ID
	order    []string         // ids in order of assignment; some may be forgotten until compact
	groups   map[string]*group
	gorder   []string
	initial  bool // the next cycle is an initial one
	ordinals int  // one more than the highest ordinal of anybody so far
}

// A scope says what is to become of a person at the server.
type scope int

const (
	assigned   scope = iota
	unassigned       // active=false
	deleted          // DELETE, where the vendor does
)

// A user is a person and what the server is known to hold of them. Fields are
// guarded by Provider.mu.
type user struct {
	person people.Person
	scope  scope
	want   int // counts changes of person and scope
	done   int // want as last provisioned

	id           string      // SCIM id; empty while not linked
	have         []attribute // what the server holds; not changed after it was set
	manager      string      // SCIM id of the manager the server holds (Entra)
	managerKnown bool        // manager is what the server holds
}

// A group is a group and what the server is known to hold of it. Fields are
// guarded by Provider.mu.
type group struct {
	Group
	deleted bool
	want    int
	done    int

	id      string            // SCIM id; empty while not linked
	name    string            // displayName the server holds
	members map[string]string // SCIM ids the server holds, by Person.ID
	pushed  bool              // all members were sent since the group was linked
}

// New returns a provider with nobody in scope. It does not connect. It returns
// an error if the profile is unknown or the tenant URL or token cannot be used.
func New(cfg Config) (*Provider, error) {
	cfg.setDefaults()
	base, query, err := cfg.base()
	if err != nil {
		return nil, err
	}
	if cfg.Token == "" {
		return nil, errors.New("no token")
	}
	p := &Provider{
		cfg: cfg, base: base, query: query, client: cfg.Client,
		users: map[string]*user{}, groups: map[string]*group{}, initial: true,
	}
	if p.client == nil {
		p.own = ownClient(cfg.Concurrency)
		p.client = p.own
	}
	return p, nil
}

// Close ends the connections of the client that New made, if it made one. No
// method may be under way.
func (p *Provider) Close() {
	if p.own != nil {
		p.own.CloseIdleConnections()
	}
}

// Person returns the person of that id as they are now. The caller owns it.
func (p *Provider) Person(id string) (people.Person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[id]
	if u == nil {
		return people.Person{}, false
	}
	return u.person.Clone(), true
}

// People returns the people in scope in the order of their assignment. The
// caller owns them.
func (p *Provider) People() []people.Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []people.Person
	for _, id := range p.order {
		if u := p.users[id]; u != nil && u.scope == assigned {
			list = append(list, u.person.Clone())
		}
	}
	return list
}

// Groups returns the groups in the order they were made. The caller owns them.
func (p *Provider) Groups() []Group {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Group
	for _, id := range p.gorder {
		if g := p.groups[id]; g != nil && !g.deleted {
			list = append(list, Group{ID: g.ID, DisplayName: g.DisplayName, Members: slices.Clone(g.Members)})
		}
	}
	return list
}

// UserID returns the SCIM id that the server gave a person.
func (p *Provider) UserID(id string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[id]
	if u == nil || u.id == "" {
		return "", false
	}
	return u.id, true
}

// GroupID returns the SCIM id that the server gave a group.
func (p *Provider) GroupID(id string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.groups[id]
	if g == nil || g.id == "" {
		return "", false
	}
	return g.id, true
}

// snapshotUser copies a user for a worker; ok is false if they are gone.
func (p *Provider) snapshotUser(id string) (u user, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.users[id]
	if found == nil {
		return user{}, false
	}
	return *found, true
}

// editUser changes what is known of a user.
func (p *Provider) editUser(id string, edit func(*user)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u := p.users[id]; u != nil {
		edit(u)
	}
}

// forgetUser removes a user whom the server has deleted, and their
// memberships, which went with them.
func (p *Provider) forgetUser(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.users, id)
	for _, g := range p.groups {
		delete(g.members, id)
	}
}

// snapshotGroup copies a group for a worker.
func (p *Provider) snapshotGroup(id string) (g group, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.groups[id]
	if found == nil {
		return group{}, false
	}
	g = *found
	g.members = maps.Clone(g.members)
	return g, true
}

// editGroup changes what is known of a group.
func (p *Provider) editGroup(id string, edit func(*group)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.groups[id]; g != nil {
		edit(g)
	}
}

func (p *Provider) forgetGroup(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.groups, id)
}

// compact takes those who were forgotten out of the orders.
func (p *Provider) compact() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = slices.DeleteFunc(p.order, func(id string) bool { return p.users[id] == nil })
	p.gorder = slices.DeleteFunc(p.gorder, func(id string) bool { return p.groups[id] == nil })
}
