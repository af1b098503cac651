package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/scim/directory"
)

const (
	maxPresenceIDs   = 650 // as many as Graph takes in one call
	maxPresenceBatch = 5000
)

func (s *Server) presenceRoutes() []route {
	return []route{
		{"GET", "/v1/presence", scoped, directory.ScopePresenceRead, s.readPresence},
		{"PUT", "/v1/presence/{contact}", scoped, directory.ScopePresenceWrite, s.putPresence},
		{"DELETE", "/v1/presence/{contact}", scoped, directory.ScopePresenceWrite, s.clearPresence},
		{"PUT", "/v1/presence/{contact}/sessions/{session}", scoped, directory.ScopePresenceWrite, s.putSession},
		{"DELETE", "/v1/presence/{contact}/sessions/{session}", scoped, directory.ScopePresenceWrite, s.endSession},
		{"PUT", "/v1/presence/{contact}/preferred", scoped, directory.ScopePresenceWrite, s.putPreferred},
		{"DELETE", "/v1/presence/{contact}/preferred", scoped, directory.ScopePresenceWrite, s.clearPreferred},
		{"POST", "/v1/presence:batch", scoped, directory.ScopePresenceWrite, s.batchPresence},
	}
}

// contactPresence is one contact's presence; null if none is known.
type contactPresence struct {
	ID       string          `json:"id"`
	Presence *presence.State `json:"presence"`
}

func (s *Server) readPresence(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	arg := string(r.QueryArgs().Peek("ids"))
	if arg == "" {
		return fieldProblem("ids", "is required: contact ids separated by commas")
	}
	ids := strings.Split(arg, ",")
	if len(ids) > maxPresenceIDs {
		return fieldProblem("ids", fmt.Sprintf("has %d ids; %d are allowed", len(ids), maxPresenceIDs))
	}
	s.noteReaders(p.Tenant, ids)
	list := make([]contactPresence, 0, len(ids))
	for _, id := range ids {
		list = append(list, contactPresence{id, s.tracker.Get(p.Tenant, id)})
	}
	return writeJSON(r, http.StatusOK, map[string]any{"data": list})
}

// noteReaders lets what polls for presence know who is asked for.
func (s *Server) noteReaders(tenant string, ids []string) {
	if len(s.microsoft) > 0 {
		s.readers.note(tenant, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !s.people.Exists(tenant, id) }), time.Now())
	}
}

func (s *Server) putPresence(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return s.updatePresence(r, p, s.tracker.Set)
}

// putSession says how a person is by the word of one of the person's programs.
func (s *Server) putSession(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return s.updatePresence(r, p, func(tenant, id string, u presence.Update) (presence.Outcome, error) {
		return s.tracker.SetSession(tenant, id, param(r, "session"), u)
	})
}

// putPreferred says how a person wants to be seen.
func (s *Server) putPreferred(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return s.updatePresence(r, p, s.tracker.SetPreferred)
}

// updatePresence reads an update, lets set take it in and answers with what
// the contact's presence is now.
func (s *Server) updatePresence(
	r *fasthttp.RequestCtx, p directory.Principal, set func(tenant, id string, u presence.Update) (presence.Outcome, error),
) error {
	if !isJSON(r) {
		return newProblem(http.StatusUnsupportedMediaType, "content-type", "Send the body as application/json.")
	}
	u, err := presence.ParseUpdate(r.PostBody())
	if err != nil {
		return err
	}
	id := param(r, "contact")
	outcome, err := set(p.Tenant, id, u)
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, struct {
		contactPresence
		Outcome string `json:"outcome"`
	}{contactPresence{id, s.tracker.Get(p.Tenant, id)}, outcome.String()})
}

func (s *Server) clearPresence(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	source := cmp.Or(presence.Source(r.QueryArgs().Peek("source")), presence.SourceAPI)
	if source.Derived() {
		return fieldProblem("source", "must not be "+string(source)+", which Ringdex itself makes")
	}
	return s.dropPresence(r, p, func(tenant, id string) { s.tracker.Clear(tenant, id, source) })
}

// maxGrace is how long a session may linger after its end, in seconds.
const maxGrace = 300

// endSession ends a session, with ?grace=15 so many seconds later: a program
// that lost its connection may come back before anybody notices.
func (s *Server) endSession(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	grace := 0
	if arg := string(r.QueryArgs().Peek("grace")); arg != "" {
		var err error
		if grace, err = strconv.Atoi(arg); err != nil || grace < 0 || grace > maxGrace {
			return fieldProblem("grace", "must be seconds, from 0 to 300")
		}
	}
	return s.dropPresence(r, p, func(tenant, id string) {
		s.tracker.EndSession(tenant, id, param(r, "session"), time.Duration(grace)*time.Second)
	})
}

func (s *Server) clearPreferred(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return s.dropPresence(r, p, func(tenant, id string) { s.tracker.ClearPreferred(tenant, id) })
}

// dropPresence lets drop take something back of a contact that exists. What
// was not there is as good as taken back.
func (s *Server) dropPresence(r *fasthttp.RequestCtx, p directory.Principal, drop func(tenant, id string)) error {
	id := param(r, "contact")
	if !s.people.Exists(p.Tenant, id) {
		return presence.ErrUnknownContact
	}
	drop(p.Tenant, id)
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

// batchResult is what became of one update of a batch.
type batchResult struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`         // "changed", "unchanged", "oldNews" or "refused"
	Error   string `json:"error,omitempty"` // why it was refused
}

// batchPresence takes {"updates":[{"id":…,"availability":…},…]}. Each stands
// for itself: one that is refused does not keep back the others.
func (s *Server) batchPresence(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body struct {
		Updates []json.RawMessage `json:"updates"`
	}
	if err := readBody(r, &body); err != nil {
		return err
	}
	if len(body.Updates) == 0 || len(body.Updates) > maxPresenceBatch {
		return fieldProblem("updates", fmt.Sprintf("must have 1 to %d elements", maxPresenceBatch))
	}
	results := make([]batchResult, len(body.Updates))
	for i, raw := range body.Updates {
		results[i] = s.applyPresence(p.Tenant, raw)
	}
	return writeJSON(r, http.StatusOK, map[string]any{"results": results})
}

// applyPresence applies one update of a batch, which has an id beside the
// members of a single one.
func (s *Server) applyPresence(tenant string, raw json.RawMessage) batchResult {
	var members map[string]json.RawMessage
	var id string
	if json.Unmarshal(raw, &members) != nil || json.Unmarshal(members["id"], &id) != nil || id == "" {
		return batchResult{Outcome: "refused", Error: "id is required"}
	}
	delete(members, "id")
	rest, err := json.Marshal(members)
	if err != nil {
		return batchResult{ID: id, Outcome: "refused", Error: "is not a JSON object"}
	}
	u, err := presence.ParseUpdate(bytes.TrimSpace(rest))
	if err == nil {
		var outcome presence.Outcome
		if outcome, err = s.tracker.Set(tenant, id, u); err == nil {
			return batchResult{ID: id, Outcome: outcome.String()}
		}
	}
	return batchResult{ID: id, Outcome: "refused", Error: problemOf(err, s.log).Detail}
}
