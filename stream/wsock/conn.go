package wsock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/ringdex/ringdex/stream/hub"
)

// A conn is one connection. Its reader is the goroutine of serve.
//
// What a flush touches stands together, before what it does not: to a crowd,
// each line of memory more that is fetched counts.
type conn struct {
	srv  *Server
	form form         // set before serve
	gone atomic.Bool  // the socket is closed
	sent atomic.Int64 // when bytes went out last, by the server's clock, in Unix nanoseconds
	pump pump

	mu      sync.Mutex // guards the rest up to the blank line; never held across I/O or a call of the hub
	last    Code       // the code of the close frame that was queued; 0: open
	due     []*view    // those with news, each once, agents' first
	control [][]byte   // frames that go before everything else; at most maxControl
	views   []*view    // one of them, from the first subscription on, the client did not ask for
	closeBy time.Time  // when the socket is closed if the peer does not do it
	leaveAt time.Time  // when the connection ends because the server stops; zero: it does not
	pinged  time.Time

	raw   net.Conn        // the socket
	ws    *websocket.Conn // reads; set before serve; nil for events
	born  time.Time
	beat  time.Duration             // this connection's heartbeat
	who   atomic.Pointer[Principal] // nil until it is known
	heard atomic.Int64              // when bytes came in last, in Unix nanoseconds

	// Owned by the reader.
	early    []byte // read behind the handshake, before the socket's own bytes
	commands limiter
	pings    limiter
	input    limiter // bytes, whatever they are
	client   *hub.Client
	ids      int    // of all views
	session  string // the connection's name; empty before hello, and for events
	said     bool   // the agent has set its presence in it
}

// maxControl bounds the frames of a connection that wait before its views:
// answers to commands, pings. A client that sends and does not read fills it.
const maxControl = 64

func newConn(s *Server, raw net.Conn, early []byte) *conn {
	limitBuffer(raw, s.cfg.SendBuffer)
	limitSilence(raw, s.cfg.DeadAfter)
	most := s.cfg.MessageBytes + maxHeader // of a command
	c := &conn{
		srv:      s,
		raw:      raw,
		born:     time.Now(),
		beat:     s.cfg.Heartbeat*9/10 + random(s.cfg.Heartbeat/5),
		early:    early,
		commands: newLimiter(s.cfg.CommandsPerSecond, s.cfg.CommandBurst),
		pings:    newLimiter(s.cfg.CommandsPerSecond, s.cfg.CommandBurst),
		input:    newLimiter(s.cfg.CommandsPerSecond*most, s.cfg.CommandBurst*most),
	}
	c.heard.Store(c.born.UnixNano())
	c.sent.Store(c.born.UnixNano())
	c.pump.init(c)
	return c
}

// maxHeader is how long the header of a client's frame is at most.
const maxHeader = 14

// random returns a time below d, to keep clients from acting in step.
func random(d time.Duration) time.Duration { return rand.N(max(d, 1)) }

// principal returns who is at the other end, nil until that is known.
func (c *conn) principal() *Principal { return c.who.Load() }

// serve reads until the connection ends, and cleans up.
func (c *conn) serve(h handshake) {
	defer c.srv.conns.remove(c)
	c.pump.open()
	if c.ws.Subprotocol() == "" {
		c.close(CodeSubprotocol, "subprotocol "+Subprotocol+" is required")
	} else if h.with.token != "" && c.enter(h.with, h.who, h.revocations) {
		c.hello(0)
	}
	c.readAll()
	c.end()
}

// end cleans up when nothing is read any more.
func (c *conn) end() {
	c.linger()
	c.hangUp()
	if c.ws != nil {
		_ = c.ws.CloseNow() // the socket is closed; this lets go of the rest
	}
	c.pump.wait()
	c.mu.Lock()
	views, last := c.views, c.last
	c.views, c.due, c.control = nil, nil, nil
	c.mu.Unlock()
	for _, v := range views {
		c.drop(v)
	}
	if last == 0 {
		last = CodeAbnormal
	}
	c.endPresence(last)
	c.srv.cfg.Closed(last)
}

// readAll hands messages on until reading fails.
func (c *conn) readAll() {
	for {
		kind, r, err := c.ws.Reader(context.Background())
		if err == nil {
			err = c.readOne(kind, r)
		}
		if err != nil {
			c.readFailed(err)
			return
		}
	}
}

// readOne reads one message and does what it says. What comes while the
// connection is being closed is read and ignored.
func (c *conn) readOne(kind websocket.MessageType, r io.Reader) error {
	buf, ok := c.srv.messages.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	defer c.srv.messages.Put(buf)
	buf.Reset()
	if _, err := buf.ReadFrom(r); err != nil {
		return err
	}
	switch {
	case c.closing():
	case kind != websocket.MessageText:
		c.close(CodeUnsupported, "messages are JSON text")
	case !c.commands.allow(time.Now()):
		c.close(CodeTooMany, "too many messages")
	default:
		c.obey(buf.Bytes())
	}
	return nil
}

// readFailed notes why the connection ends, and tells the peer if it was the
// peer's doing.
func (c *conn) readFailed(err error) {
	code := Code(max(0, websocket.CloseStatus(err)))
	_, broken := errors.AsType[*net.OpError](err)
	switch {
	case code != 0: // coder/websocket has answered
		c.note(code)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.close(CodeTimeout, "no sign of life")
	case broken, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		c.note(CodeAbnormal)
	default:
		c.close(CodeProtocol, "not a WebSocket frame of a client")
	}
}

// linger reads on for a little after a close frame went out: closing a socket
// that still has bytes to read would destroy the frame on its way.
func (c *conn) linger() {
	if c.gone.Load() || !c.closing() {
		return
	}
	c.pump.endWriting()
	c.mu.Lock()
	by := c.closeBy
	c.mu.Unlock()
	if c.raw.SetReadDeadline(by) == nil {
		_, _ = io.Copy(io.Discard, c.raw) // how it ends does not matter
	}
}

// closing reports whether a close frame was queued.
func (c *conn) closing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last != 0
}

// note keeps code as the reason of the end, unless there is one.
func (c *conn) note(code Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == 0 {
		c.last, c.closeBy = code, time.Now()
	}
}

// send queues a frame before all views.
func (c *conn) send(frame []byte) {
	c.mu.Lock()
	full := len(c.control) >= maxControl
	if !full && c.last == 0 {
		c.control = append(c.control, frame)
	}
	c.mu.Unlock()
	if full {
		c.close(CodeOverloaded, "answers are not read")
		return
	}
	c.pump.run()
}

// close tells the peer that the connection ends. The first code counts. The
// peer has CloseWithin to answer.
func (c *conn) close(code Code, reason string) {
	c.sendClose(code, c.form.close(code, reason))
}

func (c *conn) sendClose(code Code, frame []byte) {
	c.mu.Lock()
	if c.last != 0 {
		c.mu.Unlock()
		return
	}
	c.last, c.closeBy = code, time.Now().Add(c.srv.cfg.CloseWithin)
	c.control = append(c.control, frame)
	c.mu.Unlock()
	c.pump.run()
}

// hangUp closes the socket; the reader then ends.
func (c *conn) hangUp() {
	if !c.gone.Swap(true) {
		_ = c.raw.Close() // there is nobody left to tell
	}
}

// Flush implements hub.Listener.
func (c *conn) Flush(due []*hub.Subscription) {
	c.mu.Lock()
	for _, sub := range due {
		if v, ok := sub.Tag().(*view); ok {
			c.mark(v)
		}
	}
	c.mu.Unlock()
	c.pump.run()
}

// mark notes that v has news, unless it was ended or has not begun. The caller
// holds mu.
func (c *conn) mark(v *view) {
	switch {
	case v.due, !v.begun:
		return
	case v.kind == hub.Agent:
		c.due = slices.Insert(c.due, 0, v)
	default:
		c.due = append(c.due, v)
	}
	v.due = true
}
