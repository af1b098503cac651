package graphsim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of getPresencesByUserId. Source: learn.microsoft.com/graph/api/
// cloudcommunications-getpresencesbyuserid.
const (
	maxIDs        = 650
	budget        = 1500
	budgetWindow  = 30 * time.Second
	maxBody       = 1 << 20
	throttleAfter = 5 * time.Second // Retry-After of who asks too often
)

// refuse answers as Graph does.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("request-id", "00000000-0000-0000-0000-000000000000")
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message, "innerError": map[string]string{}}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil { // maps of texts always marshal
		status, text = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client is gone
}

// admit looks at a request's token and at its tenant's budget. It returns false
// after it has refused.
func (s *Sim) admit(w http.ResponseWriter, r *http.Request) (*tenant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, t := s.bearer(r)
	if t == nil {
		refuse(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
		return nil, false
	}
	if !s.count(t) {
		s.stats.Throttled++
		w.Header().Set("Retry-After", strconv.Itoa(int(throttleAfter/time.Second)))
		refuse(w, http.StatusTooManyRequests, "TooManyRequests", "Too many requests")
		return nil, false
	}
	if s.faults.Status != 0 {
		if s.faults.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(s.faults.RetryAfter/time.Second)))
		}
		refuse(w, s.faults.Status, "UnknownError", "")
		return nil, false
	}
	if !token.reads || !t.permitted {
		refuse(w, http.StatusForbidden, "Forbidden", "Forbidden")
		return nil, false
	}
	return t, true
}

// bearer returns the token of a request and its tenant; nil if it is not good.
// The caller holds mu.
func (s *Sim) bearer(r *http.Request) (accessToken, *tenant) {
	text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, ok := s.tokens[text]
	t := s.tenants[token.tenant]
	if !ok || t == nil || token.era != t.era || token.signIn != s.signIns[token.account] || !s.clock().Before(token.expires) {
		return token, nil
	}
	return token, t
}

// count notes a request of a tenant and tells whether it is within the budget.
// What is refused counts as well. The caller holds mu.
func (s *Sim) count(t *tenant) bool {
	now := s.clock()
	t.requests = within(append(t.requests, now), budgetWindow)
	s.requests = within(append(s.requests, now), time.Second)
	s.stats.Presences++
	s.stats.AppBusy = max(s.stats.AppBusy, len(s.requests))
	s.stats.Busiest[t.ID] = max(s.stats.Busiest[t.ID], len(t.requests))
	return len(t.requests) <= budget
}

// within drops the moments that lie a window or more before the last.
func within(moments []time.Time, window time.Duration) []time.Time {
	last := moments[len(moments)-1]
	for last.Sub(moments[0]) >= window {
		moments = moments[1:]
	}
	return moments
}

// presences answers POST /communications/getPresencesByUserId.
func (s *Sim) presences(w http.ResponseWriter, r *http.Request) {
	t, ok := s.admit(w, r)
	if !ok {
		return
	}
	var body struct {
		IDs []string `json:"ids"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body) != nil || len(body.IDs) == 0 {
		refuse(w, http.StatusBadRequest, "BadRequest", "Unable to read JSON request payload.")
		return
	}
	if len(body.IDs) > maxIDs {
		refuse(w, http.StatusBadRequest, "BadRequest", "The number of user ids exceeds the limit of 650.")
		return
	}
	s.mu.Lock()
	f := s.faults
	s.stats.People += len(body.IDs)
	s.lastAsked = body.IDs
	list := s.list(t, body.IDs)
	s.mu.Unlock()
	if !delay(r, f) {
		return
	}
	text, err := json.Marshal(map[string]any{"@odata.context": graphAudience + "/v1.0/$metadata#Collection(microsoft.graph.presence)", "value": list})
	if err != nil {
		refuse(w, http.StatusInternalServerError, "UnknownError", "")
		return
	}
	if f.Truncated {
		text = text[:len(text)*2/3]
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // the client is gone
}

// delay waits as the knobs say. It returns false if the client has gone.
func delay(r *http.Request, f Faults) bool {
	if f.Silent {
		<-r.Context().Done()
		return false
	}
	if f.Slow == 0 {
		return true
	}
	timer := time.NewTimer(f.Slow)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// list returns the presences of those who are known, in any order. The caller
// holds mu.
func (s *Sim) list(t *tenant, ids []string) []map[string]any {
	list := []map[string]any{}
	for _, id := range ids {
		p, ok := t.people[strings.ToLower(id)]
		if !ok && !s.faults.UnknownListed {
			continue
		}
		if !ok {
			p = Presence{Availability: "PresenceUnknown", Activity: "PresenceUnknown"}
		}
		list = append(list, s.resource(strings.ToLower(id), p))
	}
	s.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// resource is a presence as Graph writes it. The caller holds mu.
func (s *Sim) resource(id string, p Presence) map[string]any {
	word := func(w string) string {
		switch {
		case s.faults.OddWords:
			return "Half" + w
		case s.faults.CamelCase && w != "":
			return strings.ToLower(w[:1]) + w[1:]
		}
		return w
	}
	out := map[string]any{
		"@odata.type": "#microsoft.graph.presence", "id": id, "availability": word(p.Availability), "activity": word(p.Activity),
		"outOfOfficeSettings": map[string]any{"isOutOfOffice": p.OutOfOffice, "message": nil}, "statusMessage": nil,
	}
	if p.StatusMessage != "" {
		out["statusMessage"] = map[string]any{"message": map[string]string{"content": p.StatusMessage, "contentType": "text"}}
	}
	if p.WorkLocation != "" {
		out["workLocation"] = map[string]any{"placeId": nil, "source": "manual", "workLocationType": p.WorkLocation}
	}
	if p.SequenceNumber != "" {
		out["sequenceNumber"] = p.SequenceNumber
	}
	return out
}

// onePresence answers for one person.
func (s *Sim) onePresence(w http.ResponseWriter, r *http.Request) {
	t, ok := s.admit(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	list := s.list(t, []string{r.PathValue("id")})
	s.mu.Unlock()
	if len(list) == 0 {
		refuse(w, http.StatusNotFound, "NotFound", "User not found.")
		return
	}
	writeJSON(w, http.StatusOK, list[0])
}
