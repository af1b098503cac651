package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/lookup"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream"
)

// receive reads the body of a request before its handler sees it, within the
// limits of its path, and returns what was wrong. fasthttp hands over bodies as
// they arrive, because one kind of request may be longer than memory: a batch
// in lines, whose handler reads it by itself. For all others this keeps what
// they count on: the whole body at hand, its size bounded, and one time for the
// whole request.
func receive(r *fasthttp.RequestCtx) error {
	body := r.RequestBodyStream()
	if body == nil || takesLines(&r.Request.Header) {
		return nil
	}
	limit := bodyLimit(&r.Request.Header)
	length := r.Request.Header.ContentLength()
	if length > limit {
		return fasthttp.ErrBodyTooLarge
	}
	text, err := readAtMost(body, limit, length)
	if err != nil {
		return err
	}
	r.Request.SetBodyRaw(text)
	return nil
}

// readAtMost reads a body to its end. length is how long it says it is, or
// negative.
func readAtMost(body io.Reader, limit, length int) ([]byte, error) {
	if length >= 0 {
		text := make([]byte, length)
		if _, err := io.ReadFull(body, text); err != nil {
			return nil, err
		}
		return text, nil
	}
	text, err := io.ReadAll(io.LimitReader(body, int64(limit)+1))
	if err == nil && len(text) > limit {
		err = fasthttp.ErrBodyTooLarge
	}
	return text, err
}

// bodyLimit returns how long a body may be: large ones are allowed where they
// belong. The endpoints of SCIM are found in any case.
func bodyLimit(h *fasthttp.RequestHeader) int {
	path := bytes.ToLower(bytes.TrimSuffix(pathOf(h), []byte("/")))
	if bytes.HasSuffix(path, []byte("/bulk")) || bytes.HasSuffix(path, []byte(":batch")) {
		return maxBulkBytes
	}
	return maxBodyBytes
}

func pathOf(h *fasthttp.RequestHeader) []byte {
	path, _, _ := bytes.Cut(h.RequestURI(), []byte("?"))
	return path
}

// takesLines tells whether the body is for a handler that reads it by itself.
func takesLines(h *fasthttp.RequestHeader) bool {
	return h.IsPost() && string(pathOf(h)) == batchPath && isLines(h)
}

// isLines tells whether the body is declared as lines of JSON.
func isLines(h *fasthttp.RequestHeader) bool {
	media, _, _ := bytes.Cut(h.ContentType(), []byte(";"))
	media = bytes.TrimSpace(media)
	return bytes.EqualFold(media, []byte("application/x-ndjson")) || bytes.EqualFold(media, []byte("application/ndjson"))
}

// leaveUnread ends the connection after the answer if a part of the body was
// not read: what follows is no request.
func leaveUnread(r *fasthttp.RequestCtx, drain time.Duration) {
	if r.Request.IsBodyStream() && !r.Response.IsBodyStream() {
		discard(r, drain)
		r.SetConnectionClose()
	}
}

// errCutOff ends an answer in the middle, with the connection.
var errCutOff = errors.New("answer cut off")

// turns returns what a batch in lines calls before it reads or sends more. Each
// wait has a time limit of its own, and in between the server may stop and the
// key be revoked.
func (s *Server) turns(r *fasthttp.RequestCtx, p directory.Principal) lookup.Turn {
	streamed := r.Request.IsBodyStream()
	token := strings.Clone(string(r.Request.Header.Peek(fasthttp.HeaderAuthorization)))
	if at := strings.LastIndexByte(strings.TrimSpace(token), ' '); at >= 0 {
		token = strings.TrimSpace(token)[at+1:]
	}
	return func() error {
		if s.stopping.Load() {
			return fmt.Errorf("%w: %w", errCutOff, stream.ErrClosed)
		}
		if now, err := s.registry.Authenticate(token); err != nil || now.Tenant != p.Tenant {
			return fmt.Errorf("%w: %w", errCutOff, directory.ErrUnauthenticated)
		}
		if !streamed {
			return nil
		}
		now := time.Now()
		return errors.Join(r.Conn().SetReadDeadline(now.Add(s.cfg.edge.read)), r.Conn().SetWriteDeadline(now.Add(s.cfg.edge.write)))
	}
}
