package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

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
	list := make([]contactPresence, 0, len(ids))
	for _, id := range ids {
		list = append(list, contactPresence{id, s.tracker.Get(p.Tenant, id)})
	}
	return writeJSON(r, http.StatusOK, map[string]any{"data": list})
}

func (s *Server) putPresence(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	if !isJSON(r) {
		return newProblem(http.StatusUnsupportedMediaType, "content-type", "Send the body as application/json.")
	}
	u, err := presence.ParseUpdate(r.PostBody())
	if err != nil {
		return err
	}
	id := param(r, "contact")
	outcome, err := s.tracker.Set(p.Tenant, id, u)
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, struct {
		contactPresence
		Outcome string `json:"outcome"`
	}{contactPresence{id, s.tracker.Get(p.Tenant, id)}, outcome.String()})
}

func (s *Server) clearPresence(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	source := presence.Source(r.QueryArgs().Peek("source"))
	switch source {
	case "":
		source = presence.SourceAPI
	case presence.SourceCall:
		return fieldProblem("source", "must not be call, which only calls set and clear")
	}
	id := param(r, "contact")
	if !s.people.Exists(p.Tenant, id) {
		return presence.ErrUnknownContact
	}
	s.tracker.Clear(p.Tenant, id, source)
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
