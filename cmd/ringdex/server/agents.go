package server

import (
	"context"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
)

// agentRoutes are the routes of what agents choose for themselves. {agent} is
// what /v1/calls calls the agent.
func (s *Server) agentRoutes() []route {
	const favourites = "/v1/agents/{agent}/favourites"
	return []route{
		{"GET", favourites, scoped, directory.ScopeSearch, s.getFavourites},
		{"PUT", favourites, scoped, directory.ScopeSearch, s.putFavourites},
	}
}

// favouritesBody are ids of contacts, the dearest first.
type favouritesBody struct {
	Contacts []contact.ID `json:"contacts"`
}

func (s *Server) getFavourites(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	list, err := s.circle.Store.Favourites(p.Tenant, param(r, "agent"))
	if err != nil {
		return err
	}
	if list == nil {
		list = []contact.ID{}
	}
	return writeJSON(r, http.StatusOK, favouritesBody{list})
}

func (s *Server) putFavourites(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body favouritesBody
	if err := readBody(r, &body); err != nil {
		return err
	}
	if body.Contacts == nil {
		return fieldProblem("contacts", "is required; an empty list removes them all")
	}
	if err := s.circle.Store.SetFavourites(ctx, p.Tenant, param(r, "agent"), body.Contacts); err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, body)
}

// near returns the circle of an agent who searches.
func (s *Server) near(tenant, agent string) ([]contact.ID, error) {
	return s.circle.Ranks(tenant, agent, time.Now())
}
