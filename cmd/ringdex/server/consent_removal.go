package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/scim/directory"
)

// How often Microsoft is asked whether the application is gone there, after
// access was removed here: soon at first, then more and more rarely.
const (
	removalFirst = time.Minute
	removalLast  = time.Hour
)

// remains says what is left to do at Microsoft's side after access was removed
// here; "" when nothing is.
func (s *Server) remains(c directory.Consent) string {
	if c.Gone {
		return ""
	}
	if others := s.alsoUsing(c); len(others) > 0 {
		return "Nothing yet: other directories use the same access (" + strings.Join(others, ", ") + "). Remove theirs first if it is to end altogether."
	}
	return "Microsoft still lists the application. In the Microsoft Entra admin center of the tenant open Enterprise applications, find the application by its id, and choose Properties, then Delete."
}

// alsoUsing lists the ids of the directories of the same Ringdex tenant that
// have access to the same Microsoft tenant.
func (s *Server) alsoUsing(c directory.Consent) []string {
	var ids []string
	for _, o := range s.registry.Consents() {
		if o.Tenant == c.Tenant && footholdOf(o) == footholdOf(c) && !o.Removed {
			ids = append(ids, o.DirectoryID)
		}
	}
	return ids
}

// runRemovals looks, until ctx ends, whether what was removed here is gone at
// Microsoft's side as well.
func (s *Server) runRemovals(ctx context.Context) error {
	if len(s.microsoft) == 0 {
		return nil
	}
	tick := time.NewTicker(s.cfg.removalTick)
	defer tick.Stop()
	waiting := map[foothold]removal{}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-tick.C:
			removed := s.removed()
			maps.DeleteFunc(waiting, func(id foothold, _ removal) bool { return !slices.Contains(removed, id) })
			for _, id := range removed {
				w := waiting[id]
				if now.Before(w.due) {
					continue
				}
				w.pause = min(max(2*w.pause, removalFirst), removalLast)
				w.due = now.Add(w.pause)
				waiting[id] = w
				s.checkRemoval(ctx, id)
			}
		}
	}
}

// foothold is what an app has in a Microsoft tenant.
type foothold struct{ app, microsoftTenant string }

func footholdOf(c directory.Consent) foothold { return foothold{c.App, c.MicrosoftTenant} }

// A removal is when Microsoft is asked next about a foothold, and how long that
// was put off.
type removal struct {
	due   time.Time
	pause time.Duration
}

// removed lists the footholds that were removed, were not seen to be gone, and
// are not in use by another directory, whose polling shows it anyhow.
func (s *Server) removed() []foothold {
	var removed, used []foothold
	for _, c := range s.registry.Consents() {
		switch {
		case !c.Removed:
			used = append(used, footholdOf(c))
		case !c.Gone:
			removed = append(removed, footholdOf(c))
		}
	}
	slices.SortFunc(removed, func(a, b foothold) int {
		return cmp.Or(cmp.Compare(a.app, b.app), cmp.Compare(a.microsoftTenant, b.microsoftTenant))
	})
	return slices.DeleteFunc(slices.Compact(removed), func(f foothold) bool { return slices.Contains(used, f) })
}

// checkRemoval asks once whether Microsoft still has the application, and keeps
// that it has not.
func (s *Server) checkRemoval(ctx context.Context, f foothold) {
	m := s.microsoft[f.app]
	if m == nil {
		return // nobody can ask any more
	}
	_, err := m.client.Token(ctx, f.microsoftTenant)
	if fault, ok := errors.AsType[*teams.Fault](err); !ok || fault.State != teams.AccessRevoked {
		return // it is there, or that cannot be told now
	}
	for _, c := range s.registry.Consents() {
		if footholdOf(c) != f || !c.Removed || c.Gone {
			continue
		}
		if err := s.registry.ConsentGone(ctx, c.Tenant, c.DirectoryID); err != nil && ctx.Err() == nil {
			s.log.Warn("the end of a consent was not stored yet", "error", err)
		}
	}
}
