package server

import (
	"context"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/scim/directory"
)

// planRoutes are the routes of what a tenant declares about numbers.
func (s *Server) planRoutes() []route {
	return []route{
		{"GET", "/v1/sites", admin, "", s.listSites},
		{"GET", "/v1/sites/{site}", admin, "", s.getSite},
		{"PUT", "/v1/sites/{site}", admin, "", s.putSite},
		{"DELETE", "/v1/sites/{site}", admin, "", s.removeSite},
		{"GET", "/v1/ranges", admin, "", s.listRanges},
		{"GET", "/v1/ranges/{range}", admin, "", s.getRange},
		{"PUT", "/v1/ranges/{range}", admin, "", s.putRange},
		{"DELETE", "/v1/ranges/{range}", admin, "", s.removeRange},
	}
}

func (s *Server) listSites(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	list, err := s.plans.Sites(p.Tenant)
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, map[string]any{"sites": list})
}

func (s *Server) getSite(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	site, err := s.plans.Site(p.Tenant, param(r, "site"))
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, site)
}

func (s *Server) putSite(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body dialplan.Site
	if err := readBody(r, &body); err != nil {
		return err
	}
	if err := takeID(&body.ID, param(r, "site")); err != nil {
		return err
	}
	site, created, err := s.plans.PutSite(ctx, p.Tenant, body)
	if err != nil {
		return err
	}
	return writeJSON(r, putStatus(created), site)
}

func (s *Server) removeSite(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return noContent(r, s.plans.DeleteSite(ctx, p.Tenant, param(r, "site")))
}

func (s *Server) listRanges(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	list, err := s.plans.Ranges(p.Tenant)
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, map[string]any{"ranges": list})
}

func (s *Server) getRange(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	block, err := s.plans.Range(p.Tenant, param(r, "range"))
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, block)
}

func (s *Server) putRange(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body dialplan.RangeDraft
	if err := readBody(r, &body); err != nil {
		return err
	}
	if err := takeID(&body.ID, param(r, "range")); err != nil {
		return err
	}
	block, created, err := s.plans.PutRange(ctx, p.Tenant, body)
	if err != nil {
		return err
	}
	return writeJSON(r, putStatus(created), block)
}

func (s *Server) removeRange(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return noContent(r, s.plans.DeleteRange(ctx, p.Tenant, param(r, "range")))
}

// takeID gives a body the id of its path. A body that was read here before has
// it already.
func takeID(id *string, path string) error {
	if *id != "" && *id != path {
		return fieldProblem("id", "is not that of the path")
	}
	*id = path
	return nil
}

// putStatus tells whether a PUT made something.
func putStatus(created bool) int {
	if created {
		return http.StatusCreated
	}
	return http.StatusOK
}

// noContent answers 204 unless there was an error.
func noContent(r *fasthttp.RequestCtx, err error) error {
	if err == nil {
		r.SetStatusCode(http.StatusNoContent)
	}
	return err
}
