package server

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
)

// access says who may call a route.
type access uint8

const (
	public   access = iota // anybody
	scoped                 // admin keys, and API keys with the route's scope
	admin                  // admin keys
	operator               // the operator's admin key
	own                    // the handler authenticates by itself
)

// A handler answers a request that was let in. An error it returns is
// answered as a problem. ctx bounds how long it may wait; unlike r, which is a
// context as well, it does not end when the server begins to stop, so that a
// request under way is still answered.
type handler func(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error

// requestTime is how long a handler may wait for the log and the index.
const requestTime = 15 * time.Second

// A route is one line of the table that the router, the access control and
// the isolation test share.
type route struct {
	method string
	path   string // in the router's form: {name} stands for one segment
	access access
	scope  directory.Scope
	handle handler
}

// newRouter returns the handler of all routes. What has GET has HEAD as well,
// but for the routes that authenticate by themselves.
func (s *Server) newRouter(routes []route) fasthttp.RequestHandler {
	r := router.New()
	r.RedirectTrailingSlash = false
	r.RedirectFixedPath = false
	r.HandleOPTIONS = false
	r.NotFound = func(r *fasthttp.RequestCtx) {
		s.refuse(r, newProblem(http.StatusNotFound, "no-such-path", "There is no such path."))
	}
	r.MethodNotAllowed = s.refuseMethod
	for _, rt := range routes {
		handle := s.endpoint(rt)
		r.Handle(rt.method, rt.path, handle)
		if rt.method == http.MethodGet && rt.access != own {
			r.Handle(http.MethodHead, rt.path, handle)
		}
	}
	return r.Handler
}

// refuseMethod answers 405. The router lists OPTIONS among the methods of every
// path, which none has: pages of other origins have no business here.
func (s *Server) refuseMethod(r *fasthttp.RequestCtx) {
	var allowed []string
	for method := range strings.SplitSeq(string(r.Response.Header.Peek(fasthttp.HeaderAllow)), ", ") {
		if method != http.MethodOptions {
			allowed = append(allowed, method)
		}
	}
	list := strings.Join(allowed, ", ")
	r.Response.Header.Set(fasthttp.HeaderAllow, list)
	s.refuse(r, newProblem(http.StatusMethodNotAllowed, "method-not-allowed", "This path answers "+list+"."))
}

// endpoint wraps a route's handler with everything that all routes share.
func (s *Server) endpoint(rt route) fasthttp.RequestHandler {
	count := s.metrics.route(rt)
	return func(r *fasthttp.RequestCtx) {
		start := time.Now()
		if err := s.answer(r, rt); err != nil {
			problemOf(err, s.log).write(r)
		}
		count(r.Response.StatusCode(), time.Since(start))
	}
}

// answer lets the caller in and calls the route's handler.
func (s *Server) answer(r *fasthttp.RequestCtx, rt route) error {
	p, err := s.admit(r, rt)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r), requestTime)
	defer cancel()
	return rt.handle(ctx, r, p)
}

// admit authenticates the caller and checks that the route is for it.
func (s *Server) admit(r *fasthttp.RequestCtx, rt route) (directory.Principal, error) {
	if rt.access == public || rt.access == own {
		return directory.Principal{}, nil
	}
	p, err := s.gate.Admit(string(r.Request.Header.Peek(fasthttp.HeaderAuthorization)), sourceOf(r))
	if err != nil {
		return directory.Principal{}, err
	}
	switch {
	case rt.access == scoped && p.Can(rt.scope):
		return p, nil
	case rt.access == admin && p.IsAdmin():
		return p, nil
	case rt.access == operator && p.IsAdmin() && p.Operator:
		return p, nil
	case rt.access == scoped:
		return p, newProblem(http.StatusForbidden, "forbidden", "This key lacks the scope "+string(rt.scope)+".")
	case rt.access == operator:
		return p, newProblem(http.StatusForbidden, "forbidden", "This needs the operator's admin key.")
	}
	return p, newProblem(http.StatusForbidden, "forbidden", "This needs an admin key.")
}

// sourceOf returns the address a request came from, without its port.
func sourceOf(r *fasthttp.RequestCtx) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// param returns a segment of the path.
func param(r *fasthttp.RequestCtx, name string) string {
	text, _ := r.UserValue(name).(string)
	return strings.Clone(text)
}

// isJSON tells whether the body is declared as JSON, or not declared at all.
func isJSON(r *fasthttp.RequestCtx) bool {
	media, _, _ := bytes.Cut(r.Request.Header.ContentType(), []byte(";"))
	media = bytes.TrimSpace(media)
	return len(media) == 0 || bytes.EqualFold(media, []byte("application/json"))
}
