package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/circle"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream/wsock"
)

// ownAgent is the word by which an agent's stream names its agent.
const ownAgent = "me"

// streamRoutes are what stands around the stream itself.
func (s *Server) streamRoutes() []route {
	return []route{
		{"GET", "/v1/changes", scoped, directory.ScopeStream, s.changes},
		{"POST", "/v1/stream/tickets", scoped, directory.ScopeStream, s.addTicket},
	}
}

// changes answers what is new after a position: the stream for those who come
// by from time to time.
func (s *Server) changes(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	s.live.Changes(r, p.Tenant)
	return nil
}

// ticketDraft says whose stream a ticket is to open.
type ticketDraft struct {
	Agent string `json:"agent"` // the id by which calls name the agent; empty for a program's
}

// addTicket gives out a ticket that opens one stream in place of the key: for
// pages, which cannot send a key with an EventSource and should not hold one.
// A ticket for an agent opens that agent's stream, which sees no other agent's
// calls, and on which the agent sets its own presence.
func (s *Server) addTicket(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body ticketDraft
	if len(r.PostBody()) > 0 {
		if err := readBody(r, &body); err != nil {
			return err
		}
	}
	if len(body.Agent) > circle.MaxAgentBytes || body.Agent == everyAgent || body.Agent == ownAgent {
		return fieldProblem("agent", "must be the id of one agent, with at most 256 bytes")
	}
	_, token, _ := strings.Cut(string(r.Request.Header.Peek(fasthttp.HeaderAuthorization)), " ")
	ticket, err := s.live.Ticket(p.Tenant, strings.TrimSpace(token), body.Agent)
	if err != nil {
		return laterProblem(http.StatusTooManyRequests, "too-many-requests", "Too many tickets wait to be used.", int(wsock.TicketLife.Seconds()))
	}
	r.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	return writeJSON(r, http.StatusCreated, struct {
		Ticket    string `json:"ticket"`
		ExpiresIn int    `json:"expiresIn"` // seconds
	}{ticket, int(wsock.TicketLife.Seconds())})
}
