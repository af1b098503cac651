package server

import (
	"bytes"
	"net/http"
	"runtime/debug"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim"
)

// guard refuses what two readers could understand differently, before any
// handler sees it, and keeps a fault in one request from ending the others.
func (s *Server) guard(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(r *fasthttp.RequestCtx) {
		defer func() {
			if fault := recover(); fault != nil {
				// What it panicked with may quote a client: the stack says enough.
				s.log.Error("a request handler panicked", "stack", string(debug.Stack()))
				s.refuse(r, newProblem(http.StatusInternalServerError, "internal", ourFault))
			}
		}()
		if p := ambiguous(r); p != nil {
			s.refuse(r, p)
			r.SetConnectionClose()
			return
		}
		if err := receive(r); err != nil {
			s.refuseUnreadable(r, err, s.cfg.edge.drain)
			return
		}
		next(r)
		leaveUnread(r, s.cfg.edge.drain)
	}
}

// refuse answers a request that reached no route, in the form that clients of
// the path expect.
func (s *Server) refuse(r *fasthttp.RequestCtx, p *problem) {
	if bytes.HasPrefix(r.Request.Header.RequestURI(), []byte("/scim/")) {
		(&scim.Error{Status: p.Status, Detail: p.Detail}).Write(r)
	} else {
		p.write(r)
	}
	s.metrics.refused(p.Status)
}

// ambiguous returns the problem of a request whose framing or path could be
// read in two ways: by a proxy in front and by us.
func ambiguous(r *fasthttp.RequestCtx) *problem {
	h := &r.Request.Header
	if v := string(h.Protocol()); v != "HTTP/1.1" && v != "HTTP/1.0" {
		return newProblem(http.StatusHTTPVersionNotSupported, "http-version", "Only HTTP/1.1 is spoken here.")
	}
	if len(h.Peek(fasthttp.HeaderTransferEncoding)) > 0 && rawHeaderHas(h.RawHeaders(), "content-length") {
		return newProblem(http.StatusBadRequest, "malformed", "Content-Length and Transfer-Encoding exclude each other.")
	}
	if !canonicalPath(r.URI().PathOriginal()) {
		return newProblem(http.StatusBadRequest, "malformed", "The path contains '//', '.', '..', a backslash, an encoded separator or a control character.")
	}
	if enc := h.ContentEncoding(); len(enc) > 0 && !bytes.EqualFold(enc, []byte("identity")) {
		return newProblem(http.StatusUnsupportedMediaType, "content-encoding", "Send the body without Content-Encoding.")
	}
	return nil
}

// rawHeaderHas tells whether the header block has a line of that name, which
// is in lower case.
func rawHeaderHas(raw []byte, name string) bool {
	for line := range bytes.Lines(raw) {
		key, _, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(bytes.TrimSpace(key), []byte(name)) {
			return true
		}
	}
	return false
}

// canonicalPath tells whether every reader takes the path for the same one.
func canonicalPath(path []byte) bool {
	if isPlainPath(path) {
		return true
	}
	lower := bytes.ToLower(path)
	for _, bad := range []string{"//", `\`, "%2f", "%5c"} {
		if bytes.Contains(lower, []byte(bad)) {
			return false
		}
	}
	if bytes.ContainsFunc(lower, func(c rune) bool { return c <= ' ' || c == 0x7f }) || hasEncodedControl(lower) {
		return false
	}
	lower = bytes.ReplaceAll(lower, []byte("%2e"), []byte("."))
	for segment := range bytes.SplitSeq(lower, []byte("/")) {
		if s := string(segment); s == "." || s == ".." {
			return false
		}
	}
	return true
}

// isPlainPath tells of most paths, without a look at their parts, that nothing
// in them has two meanings.
func isPlainPath(path []byte) bool {
	last := byte(0)
	for _, c := range path {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == ':':
		case c == '/' && last != '/':
		default:
			return false
		}
		last = c
	}
	return true
}

// hasEncodedControl tells whether a path, in lower case, has an encoded control
// character.
func hasEncodedControl(path []byte) bool {
	for i := range path {
		rest := path[i:]
		if rest[0] == '%' && len(rest) > 2 && (rest[1] == '0' || rest[1] == '1' || rest[1] == '7' && rest[2] == 'f') {
			return true
		}
	}
	return false
}
