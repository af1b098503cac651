package server

import (
	"maps"
	"sync"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/presence/teams"
)

// readTime is for how long somebody counts as watched after a request for
// their presence: a program that polls every minute or so sees it current.
const readTime = 90 * time.Second

// maxReaders bounds the contacts of a tenant that are watched by requests.
const maxReaders = 100_000

// teamsAuthority is what SCIM calls Teams in externalIds.
const teamsAuthority = "microsoftteams"

// presenceDesk shows the server to what polls for presence with one app.
type presenceDesk struct {
	server *Server
	app    string // its name
}

// Grants implements teams.Desk.
func (d presenceDesk) Grants() []teams.Grant {
	var list []teams.Grant
	for _, c := range d.server.registry.Consents() {
		if !c.Removed && c.App == d.app {
			list = append(list, teams.Grant{Tenant: c.Tenant, Directory: c.DirectoryID, MicrosoftTenant: c.MicrosoftTenant, At: c.GrantedAt})
		}
	}
	return list
}

// Watched implements teams.Desk. A contact is found at Microsoft by its
// externalId, which Entra provisions as the object id, or by the external id
// that another provider gave it for Teams.
func (d presenceDesk) Watched(tenant string) []teams.Contact {
	snapshot := d.server.index.Snapshot(tenant)
	ids := append(d.server.hub.Space(tenant).Watched(), d.server.readers.recent(tenant, time.Now())...)
	list := make([]teams.Contact, 0, len(ids))
	for _, id := range ids {
		e, err := snapshot.Contact(contact.ID(id))
		if err != nil {
			continue // it is gone
		}
		object, ok := teams.NormalID(e.ExternalID)
		if named := d.server.identities.Of(e.DirectoryID, e.ID, teamsAuthority); named != "" {
			object, ok = teams.NormalID(named)
		}
		if ok {
			list = append(list, teams.Contact{ID: id, Directory: e.DirectoryID, ObjectID: object})
		}
	}
	return list
}

// readers remember whose presence was asked for without a stream. Methods are
// safe for concurrent use.
type readers struct {
	mu   sync.Mutex // guards last; held for map work only
	last map[string]map[string]time.Time
}

// note says that somebody asked for the presence of contacts that exist.
func (r *readers) note(tenant string, ids []string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[string]map[string]time.Time{}
	}
	seen := r.last[tenant]
	if seen == nil {
		seen = map[string]time.Time{}
		r.last[tenant] = seen
	}
	if len(seen) >= maxReaders {
		maps.DeleteFunc(seen, func(_ string, at time.Time) bool { return now.Sub(at) > readTime })
	}
	for _, id := range ids {
		if _, ok := seen[id]; ok || len(seen) < maxReaders {
			seen[id] = now
		}
	}
}

// recent lists who was asked for lately, and forgets the others.
func (r *readers) recent(tenant string, now time.Time) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for id, at := range r.last[tenant] {
		if now.Sub(at) > readTime {
			delete(r.last[tenant], id)
			continue
		}
		ids = append(ids, id)
	}
	return ids
}
