package wsock

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/valyala/fasthttp"
)

// Serve answers GET /v1/stream: with events if that is what the client accepts,
// else with a WebSocket. What is not acceptable is refused through
// Config.Refuse; the rest becomes a connection after Serve has returned.
// Nothing of ctx is kept.
func (s *Server) Serve(ctx *fasthttp.RequestCtx) {
	if ctx.IsGet() && acceptsEvents(ctx.Request.Header.Peek("Accept")) && !hasToken(ctx.Request.Header.Peek("Upgrade"), "websocket") {
		s.serveEvents(ctx)
		return
	}
	if !s.checkUpgrade(ctx) || !s.checkRoom(ctx) {
		return
	}
	h := handshake{
		key:        string(ctx.Request.Header.Peek("Sec-WebSocket-Key")),
		protocols:  string(bytes.Join(ctx.Request.Header.PeekAll("Sec-WebSocket-Protocol"), []byte(","))),
		extensions: string(bytes.Join(ctx.Request.Header.PeekAll("Sec-WebSocket-Extensions"), []byte(","))),
	}
	if !s.checkToken(ctx, &h) {
		return
	}
	ctx.SetStatusCode(http.StatusSwitchingProtocols)
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(c net.Conn) { s.adopt(c, h) })
}

// A handshake is what a connection needs of its request, copied.
type handshake struct {
	key        string
	protocols  string
	extensions string

	with        credential // of the Authorization header, or the ticket's; empty if there was none
	who         *Principal // whose it is
	revocations int64      // how many there had been when that was asked
}

// checkUpgrade refuses what is not a WebSocket handshake by RFC 6455, section
// 4.2.1, and what comes from a foreign page.
func (s *Server) checkUpgrade(ctx *fasthttp.RequestCtx) bool {
	head := &ctx.Request.Header
	key, keyErr := base64.StdEncoding.AppendDecode(nil, head.Peek("Sec-WebSocket-Key"))
	switch {
	case !ctx.IsGet():
		s.cfg.Refuse(ctx, http.StatusMethodNotAllowed, "method-not-allowed", "The stream is opened with GET.")
		ctx.Response.Header.Set("Allow", http.MethodGet)
	case !hasToken(head.Peek("Upgrade"), "websocket"), !hasToken(head.Peek("Connection"), "upgrade"), !head.IsHTTP11():
		s.cfg.Refuse(ctx, http.StatusUpgradeRequired, "upgrade-required", "Open the stream as a WebSocket with subprotocol "+Subprotocol+", or accept text/event-stream.")
		ctx.Response.Header.Set("Upgrade", "websocket")
	case string(head.Peek("Sec-WebSocket-Version")) != "13":
		s.cfg.Refuse(ctx, http.StatusUpgradeRequired, "upgrade-required", "Sec-WebSocket-Version must be 13.")
		ctx.Response.Header.Set("Sec-WebSocket-Version", "13")
		ctx.Response.Header.Set("Upgrade", "websocket")
	case keyErr != nil || len(key) != 16:
		s.cfg.Refuse(ctx, http.StatusBadRequest, "invalid-handshake", "Sec-WebSocket-Key must be 16 bytes in base64.")
	case !s.OriginAllowed(string(head.Peek("Origin")), string(ctx.Host())):
		s.cfg.Refuse(ctx, http.StatusForbidden, "forbidden", "This origin may not open the stream.")
	default:
		return true
	}
	return false
}

// checkRoom refuses when the server stops, is full, or is overrun.
func (s *Server) checkRoom(ctx *fasthttp.RequestCtx) bool {
	n, open := s.conns.state()
	wait := 0
	switch {
	case !open:
		wait = 5
		s.cfg.Refuse(ctx, http.StatusServiceUnavailable, "stopping", "The server is stopping.")
	case n >= s.cfg.Connections:
		wait = 30
		s.cfg.Refuse(ctx, http.StatusServiceUnavailable, "overloaded", "There are too many connections.")
	case !s.accepts.allow(time.Now()):
		wait = 1
		s.cfg.Refuse(ctx, http.StatusServiceUnavailable, "overloaded", "Too many connect at the same moment.")
	default:
		return true
	}
	ctx.Response.Header.Set("Retry-After", strconv.Itoa(wait))
	return false
}

// checkToken refuses a token in the request that does not open the stream. A
// browser cannot send one here; its connect message carries it.
func (s *Server) checkToken(ctx *fasthttp.RequestCtx, h *handshake) bool {
	header, ticket := string(ctx.Request.Header.Peek("Authorization")), string(ctx.QueryArgs().Peek("ticket"))
	scheme, token, _ := strings.Cut(header, " ")
	h.with.token = strings.TrimSpace(token)
	switch {
	case header == "" && ticket == "":
		return true
	case header == "":
		var ok bool
		if h.with, ok = s.tickets.redeem(ticket, time.Now()); !ok {
			s.cfg.Refuse(ctx, http.StatusUnauthorized, "unauthenticated", "The ticket is unknown, used or too old; get another.")
			return false
		}
	case !strings.EqualFold(scheme, "Bearer"):
		s.cfg.Refuse(ctx, http.StatusUnauthorized, "unauthenticated", "Send the token as: Authorization: Bearer TOKEN")
		return false
	}
	h.revocations = s.conns.revocations.Load()
	who, err := s.authenticate(h.with)
	switch {
	case err != nil:
		s.cfg.Refuse(ctx, http.StatusUnauthorized, "unauthenticated", "The token is unknown, expired or revoked.")
	case !who.Can(ScopeStream):
		s.cfg.Refuse(ctx, http.StatusForbidden, "forbidden", "The token lacks the scope stream.")
	case s.conns.crowded(&who, s.cfg.ConnectionsPerAgent):
		s.cfg.Refuse(ctx, http.StatusTooManyRequests, "too-many-connections", "There are too many connections of this agent.")
		ctx.Response.Header.Set("Retry-After", "30")
	default:
		h.who = &who
		return true
	}
	return false
}

// OriginAllowed reports whether a page of origin may open the stream of a server
// that it asks for as host. A client that is no page has no origin and may.
func (s *Server) OriginAllowed(origin, host string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(strings.ToLower(origin))
	if err != nil || u.Host == "" {
		return false
	}
	if strings.EqualFold(u.Host, host) {
		return true
	}
	return slices.ContainsFunc(s.cfg.Origins, func(pattern string) bool {
		target := u.Host
		if strings.Contains(pattern, "://") {
			target = u.Scheme + "://" + u.Host
		}
		ok, err := path.Match(strings.ToLower(pattern), target)
		return err == nil && ok
	})
}

// acceptsEvents reports whether an Accept header names server-sent events.
func acceptsEvents(accept []byte) bool {
	for part := range strings.SplitSeq(string(accept), ",") {
		media, _, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(media), "text/event-stream") {
			return true
		}
	}
	return false
}

// hasToken reports whether a comma-separated header has a token, in any case.
func hasToken(header []byte, token string) bool {
	for part := range strings.SplitSeq(string(header), ",") {
		if strings.EqualFold(strings.TrimSpace(part), token) {
			return true
		}
	}
	return false
}

// adopt makes a hijacked connection one of ours and starts its goroutine.
func (s *Server) adopt(hijacked net.Conn, h handshake) {
	raw, early := unwrap(hijacked)
	c := newConn(s, raw, early)
	if !s.conns.add(c, s.cfg.Connections) {
		_ = raw.Close()
		return
	}
	if err := c.accept(h); err != nil {
		c.hangUp()
		s.conns.remove(c)
		return
	}
	go c.serve(h)
}

// accept answers the handshake. From here on coder/websocket reads. It is given
// a request with just what it needs; the rest was checked.
func (c *conn) accept(h handshake) error {
	header := http.Header{}
	header.Set("Connection", "Upgrade")
	header.Set("Upgrade", "websocket")
	header.Set("Sec-WebSocket-Version", "13")
	header.Set("Sec-WebSocket-Key", h.key)
	header.Set("Sec-WebSocket-Protocol", h.protocols)
	header.Set("Sec-WebSocket-Extensions", h.extensions)
	r := (&http.Request{
		Method: http.MethodGet, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
	}).WithContext(context.Background())
	answer := &shim{wire: &wire{Conn: c.raw, conn: c}}
	ws, err := websocket.Accept(answer, r, &websocket.AcceptOptions{
		Subprotocols:       []string{Subprotocol},
		InsecureSkipVerify: true, // the origin was checked
		CompressionMode:    websocket.CompressionNoContextTakeover,
	})
	if err != nil {
		return err
	}
	if answer.header.Get("Sec-WebSocket-Extensions") != "" {
		c.form = deflated
	}
	ws.SetReadLimit(int64(c.srv.cfg.MessageBytes))
	c.ws = ws
	return nil
}
