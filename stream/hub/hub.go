// Package hub fans changes out to those who look on: it knows, for each
// tenant, which contacts are in which directory and group, when each of them
// last changed, and who is watching.
//
// It keeps state and not events. Every contact carries the offset of its last
// presence change and of its last contact change; every topic keeps its
// contacts ordered by the offset of their last change, with a bounded list of
// those that left. "What is new after this position" is therefore one question
// with one answer, and that answer serves the live flush, a reader that fell
// behind, a client that comes back after a disconnect, and polling. Nobody has
// a queue: a slow reader skips the values in between and ends on the newest.
//
// The hub deals in opaque ids and ready-made JSON. It does not open sockets,
// does not know what a presence or a contact looks like, and keeps nothing
// across a restart: a new process has a new epoch, and positions of an older
// one answer with the whole present state.
//
// The feeders (the log's follower, the presence tracker, the calls endpoint)
// call Space; the edge (stream/wsock) attaches Clients. Run starts one
// goroutine a shard, which tells clients that something is due, and one that
// forgets old calls. Everything else runs on the caller's goroutine.
package hub

import (
	"cmp"
	"context"
	"crypto/rand"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Config sets a hub's limits. The zero value is ready to use.
type Config struct {
	Epoch            string        // names this process's offsets; default random. No ':'
	Shards           int           // flushing goroutines; default GOMAXPROCS
	FlushEvery       time.Duration // least time between two flushes of a shard, which wait a fiftieth of it for what changes together; default 50 ms
	MaxRemovals      int           // departures remembered for each tenant; default 100,000
	CallKeep         time.Duration // how long an ended call is still told; default 60 s
	CallMaxAge       time.Duration // a call without news for this long is forgotten; default 4 h
	MaxCallsPerAgent int           // call events kept for each agent; default 64
}

func (cfg Config) withDefaults() Config {
	cfg.Epoch = strings.ReplaceAll(cmp.Or(cfg.Epoch, rand.Text()[:10]), ":", "-")
	cfg.Shards = cmp.Or(max(cfg.Shards, 0), runtime.GOMAXPROCS(0))
	cfg.FlushEvery = cmp.Or(max(cfg.FlushEvery, 0), 50*time.Millisecond)
	cfg.MaxRemovals = cmp.Or(max(cfg.MaxRemovals, 0), 100_000)
	cfg.CallKeep = cmp.Or(max(cfg.CallKeep, 0), time.Minute)
	cfg.CallMaxAge = cmp.Or(max(cfg.CallMaxAge, 0), 4*time.Hour)
	cfg.MaxCallsPerAgent = cmp.Or(max(cfg.MaxCallsPerAgent, 0), 64)
	return cfg
}

// A Hub holds one Space for each tenant. Its methods are safe for concurrent
// use.
type Hub struct {
	cfg    Config
	shards []*shard
	next   atomic.Uint32 // shard of the next client, round robin

	mu     sync.RWMutex // guards spaces; held for map work only
	spaces map[string]*Space
}

// New returns a hub in which nothing is known yet. Changes may be fed at once;
// clients hear of them when Run runs.
func New(cfg Config) *Hub {
	h := &Hub{cfg: cfg.withDefaults(), spaces: map[string]*Space{}}
	for range h.cfg.Shards {
		h.shards = append(h.shards, newShard())
	}
	return h
}

// Epoch returns the name of this process's offsets.
func (h *Hub) Epoch() string { return h.cfg.Epoch }

// Space returns the space of a tenant, making it on first use.
func (h *Hub) Space(tenant string) *Space {
	h.mu.RLock()
	s := h.spaces[tenant]
	h.mu.RUnlock()
	if s != nil {
		return s
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s = h.spaces[tenant]; s == nil {
		s = newSpace(h, tenant)
		h.spaces[tenant] = s
	}
	return s
}

// Drop forgets a tenant that was deleted. Subscriptions that still look at it
// hear nothing more; the caller closes their connections.
func (h *Hub) Drop(tenant string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.spaces, tenant)
}

// Run tells clients of what is due to them until ctx ends, and returns when
// its goroutines have. A hub runs once.
func (h *Hub) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, s := range h.shards {
		wg.Go(func() { s.run(ctx, h.cfg.FlushEvery) })
	}
	wg.Go(func() { h.forgetCalls(ctx) })
	wg.Wait()
	return context.Cause(ctx)
}

// forgetCalls drops calls whose time has passed, also of agents to whom
// nothing happens any more.
func (h *Hub) forgetCalls(ctx context.Context) {
	tick := time.NewTicker(max(h.cfg.CallKeep/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, s := range h.all() {
				s.forgetCalls(now)
			}
		}
	}
}

func (h *Hub) all() []*Space {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make([]*Space, 0, len(h.spaces))
	for _, s := range h.spaces {
		all = append(all, s)
	}
	return all
}
