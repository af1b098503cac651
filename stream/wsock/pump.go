package wsock

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A pump writes what a connection has to send. Whoever has something to send
// runs it; whoever has the turn writes for all. While the socket is full the
// turn belongs to a goroutine that waits for it, so that no frame lands inside
// another and nobody else waits.
type pump struct {
	conn    *conn
	again   atomic.Bool // there may be more to write than the owner of the turn has seen
	blocked atomic.Bool // the turn's owner waits for the socket

	turn   sync.Mutex            // whoever holds it writes; guards all below
	socket syscall.RawConn       // nil if the connection has none, as with TLS
	try    func(fd uintptr) bool // writes part; made once, to save making it
	part   []byte                // what try is to write
	wrote  int
	err    error
}

// init makes the pump of c. The turn is taken until open.
func (p *pump) init(c *conn) {
	p.conn = c
	p.turn.Lock()
	p.try = func(fd uintptr) bool {
		p.wrote, p.err = writeNow(fd, p.part)
		return true
	}
	if sc, ok := c.raw.(syscall.Conn); ok {
		if socket, err := sc.SyscallConn(); err == nil {
			p.socket = socket
		}
	}
}

// open lets the pump write: the handshake is over.
func (p *pump) open() {
	p.turn.Unlock()
	p.run()
}

// run sees to it that what is due is written: here, or by whoever has the
// turn. It does not wait for the socket.
func (p *pump) run() {
	p.again.Store(true)
	for p.again.Load() && p.turn.TryLock() {
		p.again.Store(false)
		o, ok := p.conn.srv.outboxes.Get().(*outbox)
		if !ok {
			o = new(outbox)
		}
		if rest := p.drain(o); len(rest) > 0 {
			p.blocked.Store(true)
			go p.finish(o, rest)
			return
		}
		p.release(o)
		p.turn.Unlock()
	}
}

// drain writes what is due, and returns what the socket did not take.
func (p *pump) drain(o *outbox) []byte {
	for {
		out := p.conn.collect(o)
		if len(out) == 0 {
			return nil
		}
		n, err := p.writeSome(out)
		if err != nil {
			p.conn.hangUp()
			return nil
		}
		p.conn.sent.Store(p.conn.srv.clock.Load())
		if n < len(out) {
			return out[n:]
		}
	}
}

// writeSome writes as much of out as goes without waiting.
func (p *pump) writeSome(out []byte) (int, error) {
	if p.socket == nil {
		return 0, nil
	}
	p.part = out
	err := p.socket.Write(p.try)
	p.part = nil
	if err != nil {
		return 0, err
	}
	return p.wrote, p.err
}

// finish writes rest, waiting for the socket, and what has become due
// meanwhile, and passes the turn on when the socket takes everything again.
func (p *pump) finish(o *outbox, rest []byte) {
	for len(rest) > 0 {
		if err := p.writeAll(rest); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				p.conn.note(CodeTimeout)
			}
			p.conn.hangUp()
			break
		}
		p.conn.sent.Store(p.conn.srv.clock.Load())
		rest = p.drain(o)
	}
	p.release(o)
	p.blocked.Store(false)
	p.turn.Unlock()
	if p.again.Load() {
		p.run()
	}
}

// writeAll writes rest, giving up when the socket takes nothing for StallAfter.
func (p *pump) writeAll(rest []byte) error {
	raw := p.conn.raw
	const step = 16 << 10 // so that a slow reader that does get on is no stalled one
	for len(rest) > 0 {
		if err := raw.SetWriteDeadline(time.Now().Add(p.conn.srv.cfg.StallAfter)); err != nil {
			return err
		}
		n, err := raw.Write(rest[:min(step, len(rest))])
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	return raw.SetWriteDeadline(time.Time{})
}

// settle waits until what is due has been handed to the socket. Whoever has the
// turn is at it and does not wait for the peer, so that is a moment; a full
// socket, and a handshake that is not over, are not waited for beyond until.
func (p *pump) settle(until time.Time) {
	for !p.blocked.Load() && time.Now().Before(until) {
		if !p.again.Load() && p.turn.TryLock() {
			p.turn.Unlock()
			return
		}
		runtime.Gosched()
	}
}

// endWriting tells the peer that nothing follows, unless something is still on
// its way.
func (p *pump) endWriting() {
	w, ok := p.conn.raw.(interface{ CloseWrite() error })
	if !ok || !p.turn.TryLock() {
		return
	}
	defer p.turn.Unlock()
	_ = w.CloseWrite() // the socket is closed soon, either way
}

// wait returns when nobody writes. The socket is closed, so that is soon, and
// nobody will again.
func (p *pump) wait() {
	p.turn.Lock()
	defer p.turn.Unlock()
}

// An outbox is what one turn collects and writes.
type outbox struct {
	frames [][]byte
	views  []*view
	size   int // of frames
	joined []byte
}

// writeBytes is about how much is written at once. Beyond it, views wait for
// the next round, so that answers and calls get in between.
const writeBytes = 64 << 10

// release gives an outbox back, unless it has grown large.
func (p *pump) release(o *outbox) {
	o.reset()
	if cap(o.joined) <= 4*writeBytes {
		p.conn.srv.outboxes.Put(o)
	}
}

func (o *outbox) reset() {
	clear(o.frames)
	clear(o.views)
	o.frames, o.views, o.size = o.frames[:0], o.views[:0], 0
}

func (o *outbox) add(frame []byte) {
	o.frames = append(o.frames, frame)
	o.size += len(frame)
}

// bytes returns the frames as one piece. A single frame is not copied: it may
// be one that all share.
func (o *outbox) bytes() []byte {
	if len(o.frames) == 1 {
		return o.frames[0]
	}
	o.joined = o.joined[:0]
	for _, f := range o.frames {
		o.joined = append(o.joined, f...)
	}
	return o.joined
}

// collect returns what is due next, nothing if nothing is. Its caller has the
// turn.
func (c *conn) collect(o *outbox) []byte {
	o.reset()
	if c.gone.Load() {
		return nil
	}
	c.mu.Lock()
	for i, frame := range c.control {
		o.add(frame)
		c.control[i] = nil
	}
	c.control = c.control[:0]
	if c.last == 0 {
		c.takeDue(o)
	}
	c.mu.Unlock()
	for _, v := range o.views {
		if c.fill(o, v) {
			c.mu.Lock()
			c.mark(v)
			c.mu.Unlock()
		}
	}
	return o.bytes()
}

// takeDue moves the views that may tell their news into o. The caller holds mu.
func (c *conn) takeDue(o *outbox) {
	held := c.due[:0]
	for _, v := range c.due {
		if v.held {
			held = append(held, v)
			continue
		}
		v.due = false
		o.views = append(o.views, v)
	}
	clear(c.due[len(held):])
	c.due = held
}

// fill adds what v has to tell, and reports whether there is more.
func (c *conn) fill(o *outbox, v *view) bool {
	for o.size < writeBytes {
		frame := v.next(c.srv, c.form)
		if frame == nil {
			return false
		}
		o.add(frame)
	}
	return true
}
