package server

import (
	"context"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
)

// batchPath is where many numbers are looked up at once.
const batchPath = "/v1/lookup:batch"

// askRoutes are the routes that ask the index, the stream, and SCIM.
func (s *Server) askRoutes() []route {
	routes := []route{
		{"GET", "/v1/lookup", scoped, directory.ScopeLookup, s.getLookup},
		{"POST", batchPath, scoped, directory.ScopeLookup, s.postLookups},
		{"GET", "/v1/search", scoped, directory.ScopeSearch, s.getSearch},
		{"GET", "/v1/contacts/{contact}", scoped, directory.ScopeSearch, s.getContact},
		{"GET", "/v1/stream", own, "", s.stream},
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		routes = append(routes, route{method, "/scim/{directory}/{path:*}", own, "", s.serveSCIM})
	}
	return routes
}

func (s *Server) getLookup(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return s.lookup.Lookup(ctx, r, p.Tenant)
}

func (s *Server) postLookups(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	if isLines(&r.Request.Header) {
		return s.lookup.Lines(r, p.Tenant, s.turns(r, p))
	}
	return s.lookup.Batch(r, p.Tenant)
}

func (s *Server) getSearch(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return s.lookup.Search(ctx, r, p.Tenant)
}

func (s *Server) getContact(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	return s.lookup.Contact(r, p.Tenant, param(r, "contact"))
}

func (s *Server) stream(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	s.live.Serve(r) //nolint:contextcheck // the connection outlives the request and its context
	return nil
}

func (s *Server) serveSCIM(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	s.scim.Serve(r, param(r, "directory"), param(r, "path"), sourceOf(r))
	return nil
}
