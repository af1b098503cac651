package wsock

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringdex/ringdex/stream/hub"
)

// A live search is a view of whom a search finds, now and later. Whom it finds
// can only change when a contact does; then it is asked again, and the view is
// told who came and who went. Asking is bounded by time and not by changes: a
// directory that is being provisioned costs each search two questions a
// second, and those who search for the same share the answer. Each tenant has
// its share of that time: who searches for more waits longer, and nobody else
// does.

// textLag is for how long after a change a search may still find others: the
// text index follows behind.
const textLag = 2 * time.Second

// A follower keeps one view in step with its search.
type follower struct {
	view  *view
	space *hub.Space
	find  search

	// Owned by Run's goroutine.
	at    uint64    // offset of the contacts' last change that was noticed
	until time.Time // it is asked again until then
	owed  bool      // it was not asked since
	asked time.Time // when it was asked last
}

// A search is what is searched for.
type search struct {
	tenant, q string
	limit     int
}

// followers are the live searches of a server.
type followers struct {
	mu  sync.Mutex // guards all; held for map work only
	all map[*view]*follower
}

func (f *followers) add(one *follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = map[*view]*follower{}
	}
	f.all[one.view] = one
}

func (f *followers) remove(v *view) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.all, v)
}

// due returns those that are to be asked again, by tenant; who waits for
// longest comes first.
func (f *followers) due(now time.Time) map[string][]*follower {
	f.mu.Lock()
	defer f.mu.Unlock()
	due := map[string][]*follower{}
	for _, one := range f.all {
		if at := one.space.ContactsAt(); at != one.at {
			one.at, one.until, one.owed = at, now.Add(textLag), true
		}
		if one.owed || !now.After(one.until) {
			due[one.find.tenant] = append(due[one.find.tenant], one)
		}
	}
	for _, list := range due {
		slices.SortFunc(list, func(a, b *follower) int { return a.asked.Compare(b.asked) })
	}
	return due
}

// follow asks the live searches again when contacts change, until ctx ends.
func (s *Server) follow(ctx context.Context) {
	tick := time.NewTicker(s.cfg.SearchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.searchAgain(ctx, now)
		}
	}
}

// searchShare is the part of SearchEvery that the searches of one tenant may
// take of each round. What is left comes first in the next.
const searchShare = 4

// searchAgain asks the searches that are due, each once, as far as there is
// time.
func (s *Server) searchAgain(ctx context.Context, now time.Time) {
	for _, list := range s.searches.due(now) {
		s.searchFor(ctx, list, time.Now().Add(s.cfg.SearchEvery/searchShare))
	}
}

// searchFor asks the searches of one tenant in their order until the time is
// over. Those who search for what was asked already share the answer.
func (s *Server) searchFor(ctx context.Context, list []*follower, until time.Time) {
	found := map[search][]string{}
	for _, one := range list {
		ids, ok := found[one.find]
		now := time.Now()
		if !ok && (ctx.Err() != nil || len(found) > 0 && now.After(until)) {
			continue
		}
		if !ok {
			ids = s.search(one.find)
			found[one.find] = ids
		}
		one.owed, one.asked = false, now
		one.view.sub.Follow(ids)
	}
}

// search returns the ids of whom a search finds now.
func (s *Server) search(find search) []string {
	ids := s.cfg.Directory.Search(find.tenant, find.q, find.limit)
	return ids[:min(len(ids), find.limit)]
}

// newFollower keeps v in step with a search that was asked a moment ago.
func (s *Server) newFollower(v *view, find search) *follower {
	find.q = strings.Clone(find.q) // it outlives its message
	return &follower{view: v, space: s.cfg.Hub.Space(v.tenant), find: find}
}
