package server

import (
	"context"
	"errors"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/circle"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/scim/directory"
)

const (
	maxCallIDBytes = 256
	maxCallerBytes = 1024
)

// everyAgent is the agent under which the stream shows all calls of a tenant.
const everyAgent = "*"

func (s *Server) callRoutes() []route {
	return []route{{"POST", "/v1/calls", scoped, directory.ScopeCallsWrite, s.postCall}}
}

// callBody is the body of POST /v1/calls.
type callBody struct {
	CallID    string `json:"callId"`
	State     string `json:"state"` // "ringing", "connected" or "ended"
	Direction string `json:"direction"`
	From      string `json:"from"`
	To        string `json:"to"`
	Agent     string `json:"agent"`
	Privacy   string `json:"privacy"` // the call's Privacy header
	Region    string `json:"region"`
	Site      string `json:"site"` // whose number plan the far end is read in; the own end's by itself
}

func (b *callBody) check() error {
	switch {
	case b.CallID == "" || len(b.CallID) > maxCallIDBytes:
		return fieldProblem("callId", "is required, with at most 256 bytes")
	case b.Agent == "" || len(b.Agent) > circle.MaxAgentBytes:
		return fieldProblem("agent", "is required: the id of the agent, with at most 256 bytes")
	case b.Agent == everyAgent:
		return fieldProblem("agent", "must be one agent; * stands for all who are watched")
	case len(b.From) > maxCallerBytes:
		return fieldProblem("from", "must have at most 1024 bytes")
	case len(b.To) > maxCallerBytes:
		return fieldProblem("to", "must have at most 1024 bytes")
	case len(b.Privacy) > maxCallerBytes:
		return fieldProblem("privacy", "must have at most 1024 bytes")
	case b.State != "ringing" && b.State != "connected" && b.State != "ended":
		return fieldProblem("state", "must be ringing, connected or ended")
	}
	switch b.Direction {
	case "":
		b.Direction = "inbound"
	case "inbound", "outbound":
	default:
		return fieldProblem("direction", "must be inbound or outbound")
	}
	if b.other() == "" && b.State != "ended" {
		return fieldProblem(b.otherField(), "is required")
	}
	return nil
}

func (b *callBody) otherField() string {
	if b.Direction == "outbound" {
		return "to"
	}
	return "from"
}

// hideCaller drops a caller's number if the caller asked for that (RFC 3323):
// an agent must not see what the other end of the line would not.
func (b *callBody) hideCaller() {
	if b.Direction == "inbound" && b.Privacy != "" && phone.Clean(b.From, b.Privacy).Class == phone.ClassAnonymous {
		b.From = "anonymous"
	}
}

// other returns the number at the far end.
func (b *callBody) other() string {
	if b.Direction == "outbound" {
		return b.To
	}
	return b.From
}

// own returns the number at the near end: one of the tenant's, as far as the
// PBX tells it.
func (b *callBody) own() string {
	if b.Direction == "outbound" {
		return b.From
	}
	return b.To
}

// postCall matches the far end of a call, pushes the call with the match to
// the agent and to those who watch all calls, and answers with the same match.
func (s *Server) postCall(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body callBody
	if err := readBody(r, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	body.hideCaller()
	context, origin, err := s.lookup.Context(p.Tenant, index.Place{Region: body.Region, Site: body.Site, DID: body.own()})
	if err != nil {
		return err
	}
	q := index.Caller{Number: body.other(), Privacy: body.Privacy, Context: context, Origin: origin}
	out, err := s.callMessage(p.Tenant, &body, q)
	if err != nil {
		return err
	}
	space, over := s.hub.Space(p.Tenant), body.State == "ended"
	space.Call(body.Agent, body.CallID, out, over)
	space.Call(everyAgent, body.Agent+"\x00"+body.CallID, out, over) // two agents may be rung by one call
	err = s.tracker.Call(p.Tenant, body.Agent, body.CallID, !over)
	if err != nil && !errors.Is(err, presence.ErrUnknownContact) { // an agent need not be a contact
		return err
	}
	r.SetContentType("application/json")
	r.SetBody(out)
	r.Response.AppendBodyString("\n") // out itself is shared with the stream
	return nil
}

// callMessage returns the call as the stream pushes it, with the answer to the
// lookup as a member.
func (s *Server) callMessage(tenant string, b *callBody, q index.Caller) ([]byte, error) {
	head, err := marshal(struct {
		CallID    string    `json:"callId"`
		State     string    `json:"state"`
		Direction string    `json:"direction"`
		AgentID   string    `json:"agentId"`
		From      string    `json:"from"`
		To        string    `json:"to"`
		At        time.Time `json:"at"`
	}{b.CallID, b.State, b.Direction, b.Agent, b.From, b.To, time.Now().UTC().Truncate(time.Millisecond)})
	if err != nil {
		return nil, err
	}
	out := append(head[:len(head)-1], `,"match":`...)
	out, who := s.lookup.AppendIdentity(out, tenant, q)
	if who != "" && b.Agent != "" && b.State == "connected" {
		s.circle.Calls.Note(tenant, b.Agent, who, time.Now())
	}
	return append(out, '}'), nil
}
