package wsock

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/stream/hub"
)

// A watch is what a connection of events looks at: the one view it has.
type watch struct {
	ref    topicRef
	topic  hub.Topic
	fields hub.Fields
	after  hub.Position
	origin string // of the page that asked, which may read the answer; empty if no other page did
}

// serveEvents answers GET /v1/stream with server-sent events: one topic, taken
// from the query, told in the messages that a WebSocket carries.
func (s *Server) serveEvents(ctx *fasthttp.RequestCtx) {
	if !s.checkEvents(ctx) || !s.checkRoom(ctx) {
		return
	}
	var h handshake
	if !s.checkToken(ctx, &h) {
		return
	}
	if h.who == nil {
		s.cfg.Refuse(ctx, http.StatusUnauthorized, "unauthenticated", "Send a token in the Authorization header, or a ticket.")
		return
	}
	w, p := s.parseWatch(ctx, h.who)
	if p != nil {
		s.cfg.Refuse(ctx, p.Status, strings.TrimPrefix(p.Type, problemPrefix), p.Detail)
		return
	}
	ctx.SetStatusCode(http.StatusOK)
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(c net.Conn) { s.adoptEvents(c, h, w) })
}

// checkEvents refuses what is not a request for events, and foreign pages.
func (s *Server) checkEvents(ctx *fasthttp.RequestCtx) bool {
	head := &ctx.Request.Header
	switch {
	case !head.IsHTTP11():
		s.cfg.Refuse(ctx, http.StatusUpgradeRequired, "upgrade-required", "Events are sent over HTTP/1.1.")
	case !s.OriginAllowed(string(head.Peek("Origin")), string(ctx.Host())):
		s.cfg.Refuse(ctx, http.StatusForbidden, "forbidden", "This origin may not open the stream.")
	default:
		return true
	}
	return false
}

// parseWatch reads what a request asks for. A position of the header is later
// than one of the query: whoever connects again repeats the query.
func (s *Server) parseWatch(ctx *fasthttp.RequestCtx, who *Principal) (watch, *problem) {
	w := watch{origin: string(ctx.Request.Header.Peek("Origin"))}
	q, p := parseQuery(ctx)
	if p != nil {
		return w, p
	}
	w.ref, w.fields, w.after = q.topic, q.fields, q.after
	if last := string(ctx.Request.Header.Peek("Last-Event-ID")); last != "" {
		w.after, _ = hub.ParsePosition(last) // what is none asks for everything
	}
	if n := len(w.ref.IDs); n > s.cfg.IDsPerSubscription {
		return w, tooManyIDs("ids")
	}
	if w.topic, p = s.resolve(&w.ref, who, s.cfg.IDsPerSubscription); p != nil {
		return w, p.inQuery()
	}
	return w, nil
}

// adoptEvents makes a hijacked connection one of ours and starts its
// goroutine.
func (s *Server) adoptEvents(hijacked net.Conn, h handshake, w watch) {
	raw, _ := unwrap(hijacked) // what was sent behind the request is not answered
	c := newConn(s, raw, nil)
	c.form, c.beat = events, s.cfg.EventBeat
	if !s.conns.add(c, s.cfg.Connections) {
		_ = raw.Close()
		return
	}
	go c.serveEvents(h, w)
}

// serveEvents sends the one view until the connection ends.
func (c *conn) serveEvents(h handshake, w watch) {
	defer c.srv.conns.remove(c)
	if err := c.writeHead(w.origin); err != nil {
		c.hangUp()
	}
	c.pump.open()
	if !c.gone.Load() && c.enter(h.with, h.who, h.revocations) {
		c.begin(c.newView("", &w.ref, w.topic, w.fields), w.topic, w.after)
	}
	c.discard()
	c.end()
}

// retryWithin is over how long clients of events are told to spread when they
// lose their connection.
const retryWithin = 5 * time.Second

// writeHead sends the answer's head and how long to wait before coming back.
// The pump does not run yet.
func (c *conn) writeHead(origin string) error {
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n" +
		"X-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nVary: Origin\r\n")
	if origin != "" {
		b.WriteString("Access-Control-Allow-Origin: " + origin + "\r\n")
	}
	b.WriteString("\r\n")
	wait := time.Second + random(retryWithin)
	b.Write(chunk([]byte("retry: " + number(wait.Milliseconds()) + "\n\n")))
	if err := c.raw.SetWriteDeadline(time.Now().Add(c.srv.cfg.StallAfter)); err != nil {
		return err
	}
	_, err := c.raw.Write(b.Bytes())
	return errors.Join(err, c.raw.SetWriteDeadline(time.Time{}))
}

// discard reads until the peer goes: it has nothing to say.
func (c *conn) discard() {
	buf := make([]byte, 256)
	for {
		n, err := c.raw.Read(buf)
		if n > 0 {
			c.close(CodeMisuse, "a stream of events takes no input")
			return
		}
		if err != nil {
			c.note(CodeAbnormal)
			return
		}
	}
}

// chunk returns text as a chunk of an HTTP body.
func chunk(text []byte) []byte {
	out := make([]byte, 0, len(text)+12)
	out = strconv.AppendInt(out, int64(len(text)), 16)
	out = append(out, "\r\n"...)
	out = append(out, text...)
	return append(out, "\r\n"...)
}

// event returns a message as a server-sent event. The position is its id, by
// which a client resumes; an event without one leaves the client where it was.
// A message holds no line break.
func event(kind string, at hub.Position, message []byte) []byte {
	text := make([]byte, 0, len(message)+96)
	if at != (hub.Position{}) {
		text = append(text, "id: "...)
		text = append(at.Append(text), '\n')
	}
	text = append(text, "event: "+kind+"\ndata: "...)
	text = append(text, message...)
	return chunk(append(text, "\n\n"...))
}

// beatEvent is the heartbeat: a comment.
//
//nolint:gochecknoglobals // read-only
var beatEvent = chunk([]byte(": hb\n\n"))

// closeEvent says why the stream ends, with the code that a WebSocket would be
// closed with, and ends the body.
func closeEvent(code Code, reason string) []byte {
	text, err := json.Marshal(struct {
		Type   string `json:"type"`
		Code   Code   `json:"code"`
		Reason string `json:"reason"`
	}{"close", code, reason})
	if err != nil { // texts and a number always marshal
		text = []byte("{}")
	}
	return append(event("close", hub.Position{}, text), "0\r\n\r\n"...)
}

// The frames that are not of a view, in the form of a connection.

func (f form) beat() []byte {
	if f == events {
		return beatEvent
	}
	return pingFrame
}

func (f form) close(code Code, reason string) []byte {
	if f == events {
		return closeEvent(code, reason)
	}
	return closeFrame(code, reason)
}

// reconnect tells when to come back.
func (f form) reconnect(after time.Duration) []byte {
	ms := number(after.Milliseconds())
	text := `{"type":"reconnect","afterMs":` + ms + `,"reason":"restart"}`
	if f == events {
		return append(chunk([]byte("retry: "+ms+"\n\n")), event("reconnect", hub.Position{}, []byte(text))...)
	}
	return textFrame(text)
}
