package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream/wsock"
)

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

// addTicket gives out a ticket that opens one stream in place of the key: for
// pages, which cannot send a key with an EventSource and should not hold one.
func (s *Server) addTicket(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	_, token, _ := strings.Cut(string(r.Request.Header.Peek(fasthttp.HeaderAuthorization)), " ")
	ticket, err := s.live.Ticket(strings.TrimSpace(token))
	if err != nil {
		return laterProblem(http.StatusTooManyRequests, "too-many-requests", "Too many tickets wait to be used.", int(wsock.TicketLife.Seconds()))
	}
	r.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	return writeJSON(r, http.StatusCreated, struct {
		Ticket    string `json:"ticket"`
		ExpiresIn int    `json:"expiresIn"` // seconds
	}{ticket, int(wsock.TicketLife.Seconds())})
}
