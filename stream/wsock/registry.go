package wsock

import (
	"sync"
	"sync/atomic"
)

// A registry knows the connections there are, for fasthttp forgets a
// connection once it is hijacked.
type registry struct {
	wg          sync.WaitGroup // one for each connection
	revocations atomic.Int64   // counts calls of Revoke

	mu     sync.Mutex // guards all below; held for map work only
	conns  map[*conn]struct{}
	agents map[agent]int // connections of agents
	closed bool
}

// An agent is somebody of a tenant.
type agent struct {
	tenant, id string
}

func (r *registry) init() {
	r.conns = map[*conn]struct{}{}
	r.agents = map[agent]int{}
}

// add takes c in, or returns false when the server is closing or full.
func (r *registry) add(c *conn, limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.conns) >= limit {
		return false
	}
	r.conns[c] = struct{}{}
	r.wg.Add(1)
	return true
}

// remove ends what add began.
func (r *registry) remove(c *conn) {
	r.mu.Lock()
	delete(r.conns, c)
	if p := c.principal(); p != nil && p.Agent != "" {
		who := agent{p.Tenant, p.Agent}
		if r.agents[who]--; r.agents[who] <= 0 {
			delete(r.agents, who)
		}
	}
	r.mu.Unlock()
	r.wg.Done()
}

// admit makes p the principal of c, unless p is an agent who has limit
// connections already.
func (r *registry) admit(c *conn, p *Principal, limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Agent != "" {
		who := agent{p.Tenant, p.Agent}
		if r.agents[who] >= limit {
			return false
		}
		r.agents[who]++
	}
	c.who.Store(p)
	return true
}

// crowded reports whether p would not be admitted now.
func (r *registry) crowded(p *Principal, limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return p.Agent != "" && r.agents[agent{p.Tenant, p.Agent}] >= limit
}

// shut lets nobody in any more.
func (r *registry) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// state returns how many connections there are and whether more may come.
func (r *registry) state() (n int, open bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns), !r.closed
}

func (r *registry) len() int {
	n, _ := r.state()
	return n
}

func (r *registry) all() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*conn, 0, len(r.conns))
	for c := range r.conns {
		all = append(all, c)
	}
	return all
}
