package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/oauth"
)

// metadataPath is where RFC 8414 puts the description of an authorization
// server: between the host and the path of its issuer, if that has one.
const metadataPath = "/.well-known/oauth-authorization-server"

func (s *Server) oauthRoutes() []route {
	routes := []route{
		{"POST", oauth.TokenPath, own, "", s.grantToken},
		{"GET", metadataPath, public, "", s.describeOAuth},
	}
	u, err := url.Parse(s.cfg.PublicURL)
	if err == nil && u.Path != "" && !strings.ContainsAny(u.Path, "{}") {
		routes = append(routes, route{"GET", metadataPath + u.Path, public, "", s.describeOAuth})
	}
	return routes
}

func (s *Server) describeOAuth(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	return writeJSON(r, http.StatusOK, oauth.Describe(s.cfg.PublicURL))
}

// tokenAnswer is an access token as RFC 6749 section 5.1 has it.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	Scope       string `json:"scope"`
}

// grantToken answers the token endpoint. Its errors have the form of RFC 6749
// section 5.2 and are no problems of RFC 9457.
func (s *Server) grantToken(ctx context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	r.Response.Header.Set("Cache-Control", "no-store")
	r.Response.Header.Set("Pragma", "no-cache")
	h := &r.Request.Header
	req, err := oauth.ParseRequest(string(h.ContentType()), string(h.Peek(fasthttp.HeaderAuthorization)), r.PostBody())
	if err != nil {
		return s.refuseToken(r, err)
	}
	token, err := s.granter.Grant(ctx, req, sourceOf(r))
	if err != nil {
		return s.refuseToken(r, err)
	}
	return writeJSON(r, http.StatusOK, tokenAnswer{
		AccessToken: token.Text(), TokenType: "Bearer", ExpiresIn: int(directory.AccessLifetime / time.Second), Scope: oauth.Scope,
	})
}

// tokenError is a refusal as RFC 6749 section 5.2 has it.
type tokenError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// refuseToken is the table from error to answer of the token endpoint. What
// OAuth has no code for keeps its status, with the nearest registered code.
func (s *Server) refuseToken(r *fasthttp.RequestCtx, err error) error {
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		if e.Status() == http.StatusUnauthorized {
			r.Response.Header.Set("WWW-Authenticate", `Basic realm="ringdex", charset="UTF-8"`)
		}
		return writeJSON(r, e.Status(), tokenError{string(e.Code), e.Description})
	}
	if errors.Is(err, oauth.ErrUnavailable) {
		err = laterProblem(http.StatusServiceUnavailable, "keys-unavailable", "The issuer's keys cannot be fetched at the moment.", 10)
	}
	p := problemOf(err, s.log)
	code := "server_error"
	switch p.Status {
	case http.StatusTooManyRequests:
		code = "slow_down"
	case http.StatusServiceUnavailable, http.StatusInsufficientStorage:
		code = "temporarily_unavailable"
	}
	if p.retryAfter > 0 {
		r.Response.Header.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	return writeJSON(r, p.Status, tokenError{code, p.Detail})
}
