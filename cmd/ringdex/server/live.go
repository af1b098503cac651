package server

import (
	"context"
	"strings"
	"time"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/lookup"
	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream/hub"
	"github.com/ringdex/ringdex/stream/wsock"
)

// contactsChanged tells the stream, and presence, what the index shows now.
func (s *Server) contactsChanged(tenant string, changes []index.Change) {
	space := s.hub.Space(tenant)
	for _, c := range changes {
		if c.After == nil {
			s.tracker.Forget(tenant, string(c.ID))
			space.DeleteContact(string(c.ID))
			continue
		}
		putContact(space, c.After)
	}
}

// fillHub tells the stream of the contacts that were there at the start.
func (s *Server) fillHub() {
	for _, tenant := range s.tenantIDs() {
		space := s.hub.Space(tenant)
		for e := range s.index.Snapshot(tenant).All {
			putContact(space, e)
		}
	}
}

// putContact tells the stream of a contact, in strings of its own: those of an
// entry are pieces of a record, which they would keep in memory.
func putContact(space *hub.Space, e *index.Entry) {
	groups := make([]string, len(e.Groups))
	for i, g := range e.Groups {
		groups[i] = strings.Clone(string(g))
	}
	space.PutContact(strings.Clone(string(e.ID)), strings.Clone(e.DirectoryID), groups)
}

// presenceChanged tells the stream of a new state.
func (s *Server) presenceChanged(tenant, id string, state *presence.State) {
	space := s.hub.Space(tenant)
	if state == nil {
		space.RemovePresence(id)
		return
	}
	space.SetPresence(id, state.JSON())
}

// people answers presence whether a contact exists.
type people struct{ index *index.Index }

// Exists implements presence.People.
func (p people) Exists(tenant, id string) bool {
	_, err := p.index.Snapshot(tenant).Contact(contact.ID(id))
	return err == nil
}

// states shows presence beside contacts.
type states struct{ tracker *presence.Tracker }

// Fragment implements lookup.Presence.
func (p states) Fragment(tenant, id string) []byte {
	state := p.tracker.Get(tenant, id)
	if state == nil {
		return nil
	}
	return state.JSON()
}

// Availability implements lookup.Presence.
func (p states) Availability(tenant, id string) string {
	state := p.tracker.Get(tenant, id)
	if state == nil {
		return ""
	}
	return string(state.Availability)
}

// Activity implements lookup.Presence.
func (p states) Activity(tenant, id string) string {
	state := p.tracker.Get(tenant, id)
	if state == nil {
		return ""
	}
	return string(state.Activity)
}

// tokens tells the stream whom a key belongs to.
type tokens struct{ registry *directory.Registry }

// Authenticate implements wsock.Authenticator.
func (t tokens) Authenticate(_ context.Context, token string) (wsock.Principal, error) {
	p, err := t.registry.Authenticate(token)
	if err != nil {
		return wsock.Principal{}, err
	}
	w := wsock.Principal{Tenant: p.Tenant, KeyID: p.KeyID}
	if p.Can(directory.ScopeStream) {
		w.Scopes = append(w.Scopes, wsock.ScopeStream)
	}
	if p.Can(directory.ScopePresenceWrite) {
		w.Scopes = append(w.Scopes, wsock.ScopePresence)
	}
	return w, nil
}

// cards renders and finds contacts for the stream.
type cards struct{ lookup *lookup.Service }

// Contact implements wsock.Directory.
func (c cards) Contact(tenant, id string) ([]byte, bool) {
	return c.lookup.AppendContact(nil, tenant, id)
}

// searchTime bounds the search behind a subscription.
const searchTime = 2 * time.Second

// Search implements wsock.Directory.
func (c cards) Search(tenant, q string, limit int) []string {
	ctx, cancel := context.WithTimeout(context.Background(), searchTime)
	defer cancel()
	ids, err := c.lookup.IDs(ctx, tenant, q, limit)
	if err != nil {
		return nil
	}
	return ids
}

// expiryPeriod is how long a stream may outlive its key, and expiryWarning how
// long before it is told.
const (
	expiryPeriod  = time.Second
	expiryWarning = time.Minute
)

// runExpiry ends the streams of keys that have expired, until ctx ends. Those
// of revoked keys the registry reports at once.
func (s *Server) runExpiry(ctx context.Context) error {
	tick := time.NewTicker(expiryPeriod)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-tick.C:
			if s.live.Connections() > 0 {
				s.expire(last, now)
			}
			last = now
		}
	}
}

// expire does what became due for keys after from, until to.
func (s *Server) expire(from, to time.Time) {
	due := func(at time.Time) bool { return at.After(from) && !at.After(to) }
	for _, tenant := range s.tenantIDs() {
		for _, c := range s.registry.Keys(tenant) {
			switch {
			case c.ExpiresAt.IsZero():
			case due(c.ExpiresAt):
				s.live.Revoke(c.ID)
			case due(c.ExpiresAt.Add(-expiryWarning)):
				s.live.Warn(c.ID, expiryWarning)
			}
		}
	}
}
