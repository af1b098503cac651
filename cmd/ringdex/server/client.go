package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // the client's files
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
)

// The client of the stream for pages, its types, and what travels between them
// and the server.
var (
	//go:embed client/ringdex.js
	clientModule []byte
	//go:embed client/ringdex.d.ts
	clientTypes []byte
	//go:embed asyncapi.json
	streamContract []byte
)

func (s *Server) browserRoutes() []route {
	return []route{
		{"GET", "/client/ringdex.js", public, "", asset(clientModule, "text/javascript; charset=utf-8")},
		{"GET", "/client/ringdex.d.ts", public, "", asset(clientTypes, "text/plain; charset=utf-8")},
		{"GET", "/asyncapi.json", public, "", asset(s.contract(), "application/json")},
	}
}

// contract describes the stream in the form of AsyncAPI 3, at this server's
// address.
func (s *Server) contract() []byte {
	scheme, host, _ := strings.Cut(s.cfg.PublicURL, "://")
	host, _, _ = strings.Cut(host, "/")
	text := bytes.Replace(streamContract, []byte(`"HOST"`), []byte(strconv.Quote(host)), 1)
	return bytes.Replace(text, []byte(`"PROTOCOL"`), []byte(strconv.Quote(strings.Replace(scheme, "http", "ws", 1))), 1)
}

// asset answers with a file that any page may import. It is asked for anew each
// time, by its hash, so that no page runs the client of an older server.
func asset(body []byte, media string) handler {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
		h := &r.Response.Header
		h.Set(fasthttp.HeaderETag, tag)
		h.Set(fasthttp.HeaderCacheControl, "no-cache")
		h.Set(fasthttp.HeaderAccessControlAllowOrigin, "*")
		h.Set(fasthttp.HeaderXContentTypeOptions, "nosniff")
		if string(r.Request.Header.Peek(fasthttp.HeaderIfNoneMatch)) == tag {
			r.SetStatusCode(http.StatusNotModified)
			return nil
		}
		r.SetContentType(media)
		r.SetBody(body)
		return nil
	}
}
