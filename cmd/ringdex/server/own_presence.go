package server

import (
	"errors"
	"net/http"
	"time"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/stream/wsock"
)

// agentDesk takes in what agents say of themselves on the stream.
type agentDesk struct{ tracker *presence.Tracker }

// SetPresence implements wsock.Agents.
func (d agentDesk) SetPresence(tenant, agent, session string, p wsock.OwnPresence) error {
	_, err := d.tracker.HoldSession(tenant, agent, session, presence.Update{
		Availability: presence.Availability(p.Availability), Activity: presence.Activity(p.Activity),
		StatusMessage: p.StatusMessage, ExpiresIn: p.ExpiresIn,
	})
	if err == nil {
		return nil
	}
	refusal := &wsock.Refusal{Status: http.StatusInternalServerError, Kind: "internal", Detail: "Presence could not be set."}
	switch field, ok := errors.AsType[*presence.FieldError](err); {
	case ok:
		*refusal = wsock.Refusal{Status: http.StatusBadRequest, Kind: "invalid-field", Field: field.Field, Detail: field.Reason}
	case errors.Is(err, presence.ErrUnknownContact):
		*refusal = wsock.Refusal{Status: http.StatusNotFound, Kind: "unknown-contact", Detail: "The agent is no contact, and only contacts have a presence."}
	case errors.Is(err, presence.ErrTooManySessions):
		*refusal = wsock.Refusal{Status: http.StatusTooManyRequests, Kind: "too-many-sessions", Detail: "Too many programs of this agent have set its presence already."}
	}
	return refusal
}

// EndPresence implements wsock.Agents.
func (d agentDesk) EndPresence(tenant, agent, session string, grace time.Duration) {
	d.tracker.EndSession(tenant, agent, session, grace)
}
