package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	maxHeaderBytes = 16 << 10
	maxBodyBytes   = 1 << 20
	maxBulkBytes   = 4 << 20 // of SCIM Bulk and of batches
)

// An edge is how long the server waits for a client. fasthttp by itself waits
// for ever.
type edge struct {
	read  time.Duration // for a whole request, from its first byte; also for the first byte of a connection
	write time.Duration // for the client to take an answer
	idle  time.Duration // between two requests of a connection
	drain time.Duration // for the rest of a body that is refused
	leave time.Duration // over which streams are closed, one after the other, when the server stops
	back  time.Duration // over which their clients are told to spread when they come back
}

func (e edge) withDefaults() edge {
	if e == (edge{}) {
		return edge{
			read: 8 * time.Second, write: 60 * time.Second, idle: 90 * time.Second, drain: time.Second, leave: 5 * time.Second,
			back: 30 * time.Second,
		}
	}
	return e
}

// newHTTPServer returns the one HTTP server that everything is served by.
func (s *Server) newHTTPServer(handle fasthttp.RequestHandler) *fasthttp.Server {
	e := s.cfg.edge
	return &fasthttp.Server{
		Handler:                      s.guard(handle),
		Name:                         "ringdex",
		ReadTimeout:                  e.read,
		WriteTimeout:                 e.write,
		IdleTimeout:                  e.idle,
		ReadBufferSize:               maxHeaderBytes, // a header must fit
		MaxRequestBodySize:           maxBulkBytes,
		StreamRequestBody:            true, // see receive
		DisablePreParseMultipartForm: true,
		NoDefaultContentType:         true,
		KeepHijackedConns:            true, // stream/wsock owns what it hijacks
		CloseOnShutdown:              true,
		SecureErrorLogMessage:        true,
		Logger:                       fasthttpLog{s.log},
		ErrorHandler:                 func(r *fasthttp.RequestCtx, err error) { s.refuseUnreadable(r, err, e.drain) },
	}
}

// refuseUnreadable answers what is not a request that a handler could see, and
// closes the connection.
func (s *Server) refuseUnreadable(r *fasthttp.RequestCtx, err error, drain time.Duration) {
	p := newProblem(http.StatusBadRequest, "malformed", "This is not an HTTP request that can be read.")
	switch {
	case isError[*fasthttp.ErrSmallBuffer](err):
		p = newProblem(http.StatusRequestHeaderFieldsTooLarge, "header-too-large", "The request line and header may have 16 KiB.")
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		p = newProblem(http.StatusRequestEntityTooLarge, "body-too-large",
			fmt.Sprintf("A body may have 1 MiB, that of a batch 4 MiB, and that of a SCIM Bulk request its maxPayloadSize (%d).", maxBulkBytes))
		discard(r, drain)
	case isTimeout(err):
		p = newProblem(http.StatusRequestTimeout, "timeout", "The request was not complete in time.")
	}
	s.refuse(r, p)
	r.SetConnectionClose()
}

// discard reads what a client is still sending, until it pauses. Closing a
// connection with unread bytes resets it, and the client would lose the answer.
func discard(r *fasthttp.RequestCtx, within time.Duration) {
	const pauses = 10 // of a tenth of the time
	c, buf := r.Conn(), make([]byte, 32<<10)
	for end := time.Now().Add(within); time.Now().Before(end); {
		if c.SetReadDeadline(time.Now().Add(within/pauses)) != nil {
			return
		}
		if _, err := c.Read(buf); err != nil {
			return // how it ends does not matter
		}
	}
}

// fasthttpLog takes fasthttp's own messages, which may quote what a client
// sent: that there was one is shown when debugging, its text never.
type fasthttpLog struct{ log *slog.Logger }

// Printf implements fasthttp.Logger.
func (l fasthttpLog) Printf(string, ...any) { l.log.Debug("connection refused or broken") }
