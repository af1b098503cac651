package wsock

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// ScopePresence is the scope that an agent needs to set its own presence.
const ScopePresence = "presence:write"

// Agents takes in what agents say of themselves. It must be safe for
// concurrent use and return soon.
type Agents interface {
	// SetPresence takes in how an agent is by the word of one connection,
	// session, in place of what that said before. It returns a *Refusal.
	SetPresence(tenant, agent, session string, p OwnPresence) error
	// EndPresence takes back, after a grace in which nobody notices, what the
	// agent said in a session.
	EndPresence(tenant, agent, session string, grace time.Duration)
}

// An OwnPresence is how an agent is by its own word.
type OwnPresence struct {
	Availability  string
	Activity      string        // empty: the same word
	StatusMessage *string       // nil: the agent does not say
	ExpiresIn     time.Duration // 0: until the session ends
}

// A Refusal is why a command cannot be obeyed, as the client is told.
type Refusal struct {
	Status int    // of HTTP
	Kind   string // "invalid-field", …
	Field  string // of the command; may be empty
	Detail string // reads on after the field's name, if there is one
}

// Error returns the detail.
func (r *Refusal) Error() string { return r.Detail }

// A nullable is a text that may be null, which is something else than absent.
type nullable struct {
	given bool
	text  *string
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *nullable) UnmarshalJSON(text []byte) error {
	n.given = true
	return json.Unmarshal(text, &n.text)
}

// checkOwn returns what is wrong with presence.set by itself.
func (cmd *command) checkOwn() *problem {
	const longest = 30 * 24 * 3600
	switch {
	case !cmd.Availability.given:
		return invalid("availability", "is required; null takes back what was set")
	case cmd.ExpiresIn != nil && (*cmd.ExpiresIn < 1 || *cmd.ExpiresIn > longest):
		return invalid("expiresIn", "must be a whole number of seconds from 1")
	}
	return nil
}

// setPresence lets an agent say how it is, or take that back. What it says
// lasts as long as the connection, and counts together with what it says
// elsewhere.
func (c *conn) setPresence(cmd *command) {
	if p := c.trySetPresence(cmd); p != nil {
		c.fail(cmd, p)
		return
	}
	c.ack(cmd)
}

func (c *conn) trySetPresence(cmd *command) *problem {
	who, agents := c.principal(), c.srv.cfg.Agents
	switch {
	case who.Agent == "" || agents == nil:
		return newProblem(http.StatusForbidden, "forbidden", "", "This stream is no agent's. Open it with a ticket for an agent, or set presence by HTTP.")
	case !who.Can(ScopePresence):
		return newProblem(http.StatusForbidden, "forbidden", "", "The token lacks the scope "+ScopePresence+".")
	case cmd.Availability.text == nil:
		c.takeBack(0)
		return nil
	}
	own := OwnPresence{Availability: *cmd.Availability.text, Activity: cmd.Activity, StatusMessage: cmd.StatusMessage}
	if cmd.ExpiresIn != nil {
		own.ExpiresIn = time.Duration(*cmd.ExpiresIn) * time.Second
	}
	if err := agents.SetPresence(who.Tenant, who.Agent, c.session, own); err != nil {
		if r, ok := errors.AsType[*Refusal](err); ok {
			return newProblem(r.Status, r.Kind, r.Field, r.Detail)
		}
		return newProblem(http.StatusInternalServerError, "internal", "", "Presence could not be set.")
	}
	c.said = true
	return nil
}

// takeBack ends what the agent said in this connection.
func (c *conn) takeBack(grace time.Duration) {
	if c.said {
		c.said = false
		who := c.principal()
		c.srv.cfg.Agents.EndPresence(who.Tenant, who.Agent, c.session, grace)
	}
}

// endPresence ends it with the connection: at once if the agent said goodbye,
// else later, for it may be back in a moment.
func (c *conn) endPresence(last Code) {
	grace := c.srv.cfg.PresenceGrace
	if last == Code(websocket.StatusNormalClosure) {
		grace = 0
	}
	c.takeBack(grace)
}
