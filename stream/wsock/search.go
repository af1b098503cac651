package wsock

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/ringdex/ringdex/stream/hub"
)

// A live search is a view of whom a search finds, now and later. Whom it finds
// can only change when a contact does; then it is asked again, and the view is
// told who came and who went. Asking is bounded by time and not by changes: a
// directory that is being provisioned costs each search two questions a
// second, and those who search for the same share the answer.

// textLag is for how long after a change a search may still find others: the
// text index follows behind.
const textLag = 2 * time.Second

// A follower keeps one view in step with its search.
type follower struct {
	view  *view
	space *hub.Space
	find  search

	at    uint64    // offset of the contacts' last change when it was asked; owned by Run's goroutine
	until time.Time // it is asked again until then; likewise
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

// due returns those that are to be asked again.
func (f *followers) due(now time.Time) []*follower {
	f.mu.Lock()
	defer f.mu.Unlock()
	var due []*follower
	for _, one := range f.all {
		if at := one.space.ContactsAt(); at != one.at {
			one.at, one.until = at, now.Add(textLag)
		}
		if !now.After(one.until) {
			due = append(due, one)
		}
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

// searchAgain asks each of the searches that are due once.
func (s *Server) searchAgain(ctx context.Context, now time.Time) {
	found := map[search][]string{}
	for _, one := range s.searches.due(now) {
		if ctx.Err() != nil {
			return
		}
		ids, ok := found[one.find]
		if !ok {
			ids = s.search(one.find)
			found[one.find] = ids
		}
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
