package server

import (
	"sync"

	"github.com/ringdex/ringdex/presence/teams"
)

// A syncState is how the presence of a directory is kept current as agents see
// it. They need to know whether to believe what they see, and not whose turn
// it is.
type syncState string

// The states.
const (
	syncOK       syncState = "ok"       // presence is current
	syncDegraded syncState = "degraded" // it may be old, and is tried again without anybody's doing
	syncRevoked  syncState = "revoked"  // the source must be allowed again before it is current
	syncRemoved  syncState = "removed"  // access was removed here, and presence with it
	syncOff      syncState = "off"      // nothing is asked any more: the directory was removed, or the server's application
)

// syncEvent is the message presence.sync, but for its type.
type syncEvent struct {
	DirectoryID string    `json:"directoryId"`
	State       syncState `json:"state"`
	Detail      string    `json:"detail"` // in plain words; "" when all is well
}

// event says how a directory's sync is as agents see it.
func (s *Server) event(directoryID string, b *syncBody) syncEvent {
	e := syncEvent{DirectoryID: directoryID, State: syncDegraded, Detail: b.Detail}
	switch {
	case b.State == teams.Removed:
		e.State = syncRemoved
	case s.microsoft[b.App] == nil:
		e.State = syncOff
	case b.State == teams.Healthy:
		e.State = syncOK
	case b.State == teams.Starting:
		e.Detail = "Microsoft was not asked yet."
	case b.State == teams.PermissionMissing, b.State == teams.AccessRevoked:
		e.State = syncRevoked
	}
	return e
}

// syncTold is what the stream was told of the syncs of directories.
type syncTold struct {
	mu   sync.Mutex // guards told, and keeps one telling behind the other
	told map[string]tenantSync
}

// A tenantSync is the sync of a directory, and whose that is.
type tenantSync struct {
	tenant string
	event  syncEvent
}

// tellSync tells the stream how presence is kept current now, of every
// directory of which that has changed. Whoever changes it calls this
// afterwards.
func (s *Server) tellSync() {
	s.syncs.mu.Lock()
	defer s.syncs.mu.Unlock()
	now := make(map[string]tenantSync, len(s.syncs.told))
	for _, c := range s.registry.Consents() {
		b := s.presenceSync(c.Tenant, c.DirectoryID)
		if b == nil {
			continue // it was removed just now
		}
		is := tenantSync{c.Tenant, s.event(c.DirectoryID, b)}
		if now[c.DirectoryID] = is; is != s.syncs.told[c.DirectoryID] {
			s.tellSyncOf(is.tenant, is.event, false)
		}
	}
	for id, was := range s.syncs.told {
		if _, ok := now[id]; !ok {
			s.tellSyncOf(was.tenant, syncEvent{DirectoryID: id, State: syncOff, Detail: "The directory was removed."}, true)
		}
	}
	s.syncs.told = now
}

func (s *Server) tellSyncOf(tenant string, e syncEvent, over bool) {
	text, err := marshal(e)
	if err != nil { // three texts always marshal
		return
	}
	s.hub.Space(tenant).SetSync(e.DirectoryID, text, over)
}
