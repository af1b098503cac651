package wsock

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// unwrap takes a hijacked connection out of fasthttp's hands: the socket, and
// the bytes that were read behind the handshake. Reading with a deadline that
// is over yields what is buffered and never touches the socket; after that,
// fasthttp's buffer can go.
func unwrap(hijacked net.Conn) (raw net.Conn, early []byte) {
	raw = hijacked
	if u, ok := hijacked.(interface{ UnsafeConn() net.Conn }); ok {
		raw = u.UnsafeConn()
		if raw.SetReadDeadline(time.Unix(1, 0)) == nil {
			early = readBuffered(hijacked)
		}
		_ = raw.SetReadDeadline(time.Time{}) // a broken socket shows at the first read
	}
	return raw, early
}

func readBuffered(r io.Reader) []byte {
	var early []byte
	buf := make([]byte, 1024)
	for {
		n, err := r.Read(buf)
		early = append(early, buf[:n]...)
		if n == 0 || err != nil {
			return early
		}
	}
}

// limitBuffer makes the kernel hold no more than size bytes for a peer that
// does not read. By default it takes megabytes: minutes of old news, out of
// reach of conflation.
func limitBuffer(raw net.Conn, size int) {
	if b, ok := beneath(raw).(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = b.SetWriteBuffer(size) // without it slow readers are only staler
	}
}

// beneath returns the socket under TLS, or raw itself.
func beneath(raw net.Conn) net.Conn {
	if t, ok := raw.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return raw
}

// A wire is what coder/websocket takes for the socket. What it reads is the
// socket; what it writes goes through the connection's pump.
type wire struct {
	net.Conn // the socket
	conn     *conn
}

// Read reads from the socket. That nothing comes for DeadAfter is an error, and
// so is more than commands can be: frames, and blocks of compressed ones, may
// be empty, and coder/websocket reads on for as long as they come.
func (w *wire) Read(p []byte) (int, error) {
	c := w.conn
	if len(c.early) > 0 {
		n := copy(p, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	if err := w.SetReadDeadline(time.Now().Add(c.srv.cfg.DeadAfter)); err != nil {
		return 0, err
	}
	n, err := w.Conn.Read(p)
	if n > 0 {
		now := time.Now()
		c.heard.Store(now.UnixNano())
		if !c.input.allowMany(now, n) {
			c.close(CodeTooMany, "too much input")
			c.linger()
			return 0, errFlood
		}
	}
	return n, err
}

// errFlood: the peer sends more than it may.
var errFlood = errors.New("too much input")

// Write takes a control frame, which coder/websocket always flushes whole, and
// queues it. It never waits, so that the reader does not. A pong costs the
// server more than a ping the client: too many of them end the connection.
func (w *wire) Write(frame []byte) (int, error) {
	if len(frame) < 2 || len(frame) != 2+int(frame[1]) {
		return 0, errNotAFrame
	}
	switch {
	case frame[0] == finClose:
		w.conn.sendClose(closeCode(frame), bytes.Clone(frame))
	case !w.conn.pings.allow(time.Now()):
		w.conn.close(CodeTooMany, "too many pings")
	default:
		w.conn.send(bytes.Clone(frame))
	}
	return len(frame), nil
}

// errNotAFrame: coder/websocket wrote something else than one control frame.
var errNotAFrame = errors.New("not one whole control frame")

// Close closes the socket.
func (w *wire) Close() error {
	w.conn.hangUp()
	return nil
}

// A shim is the http.ResponseWriter that websocket.Accept is given. Under
// fasthttp's own adaptor its answer would never reach the client.
type shim struct {
	wire   *wire
	header http.Header
}

// Header implements http.ResponseWriter.
func (s *shim) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}

// WriteHeader sends the status line and the header. The pump does not run yet.
func (s *shim) WriteHeader(status int) {
	if status != http.StatusSwitchingProtocols {
		s.header.Set("Connection", "close")
	}
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status) + "\r\n")
	_ = s.header.Write(&b) // a Buffer takes everything
	b.WriteString("\r\n")
	_, _ = s.Write(b.Bytes()) // a broken socket shows at the first read
}

// Write sends bytes of a body, which only a refusal has.
func (s *shim) Write(p []byte) (int, error) {
	if err := s.wire.SetWriteDeadline(time.Now().Add(s.wire.conn.srv.cfg.StallAfter)); err != nil {
		return 0, err
	}
	n, err := s.wire.Conn.Write(p)
	return n, errors.Join(err, s.wire.SetWriteDeadline(time.Time{}))
}

// Hijack implements http.Hijacker. The buffers are small: messages are read
// through them, and only control frames are written.
func (s *shim) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return s.wire, bufio.NewReadWriter(bufio.NewReaderSize(s.wire, 1024), bufio.NewWriterSize(s.wire, 256)), nil
}
