package server

import (
	"context"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream"
)

func (s *Server) healthRoutes() []route {
	return []route{
		{"GET", "/healthz", public, "", s.healthz},
		{"GET", "/readyz", public, "", s.readyz},
		{"GET", "/metrics", public, "", s.metrics.serve},
		{"GET", "/", public, "", s.welcome},
	}
}

// healthz says that the process answers.
func (s *Server) healthz(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	sendText(r, "ok\n")
	return nil
}

// readiness is the body of /readyz.
type readiness struct {
	Ready    bool       `json:"ready"`
	Log      string     `json:"log"` // "ok", or "failed": it takes no more writes
	Stopping bool       `json:"stopping"`
	Seq      stream.Seq `json:"seq"` // newest durable transaction
	Contacts int        `json:"contacts"`
	Numbers  int        `json:"numbers"`
}

// readyz says whether the server takes requests, part by part. While it answers
// at all, the index shows everything that was acknowledged.
func (s *Server) readyz(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	body := readiness{Log: "ok", Stopping: s.stopping.Load(), Seq: s.plog.Applied()}
	body.Contacts, body.Numbers = s.index.Counts()
	if s.plog.Err() != nil {
		body.Log = "failed"
	}
	body.Ready = body.Log == "ok" && !body.Stopping
	if !body.Ready {
		return writeJSON(r, http.StatusServiceUnavailable, body)
	}
	return writeJSON(r, http.StatusOK, body)
}

// welcome tells who opens the address in a browser that it is the right one.
func (s *Server) welcome(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	sendText(r, "This is Ringdex. Ask it with the command line: ringdex help\n")
	return nil
}

func sendText(r *fasthttp.RequestCtx, text string) {
	r.SetContentType("text/plain; charset=utf-8")
	r.SetBodyString(text)
}
