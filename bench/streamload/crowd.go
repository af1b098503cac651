package streamload

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// mark begins a time within an update, in 19 digits of Unix nanoseconds. An
// agent looks for marks and does not parse what is around them, so that all
// sides cost the agents the same.
const mark = "@@"

const markBytes = len(mark) + 19

// appendMark appends a mark of now.
func appendMark(dst []byte, now time.Time) []byte {
	return strconv.AppendInt(append(dst, mark...), now.UnixNano(), 10)
}

// A crowd is agents who listen. It is used by one goroutine; each agent has one
// of its own.
type crowd struct {
	conns []net.Conn
	wg    sync.WaitGroup

	seen   atomic.Int64 // marks
	target atomic.Int64 // when reached, full is told
	full   chan struct{}
	times  atomic.Pointer[measure.Collector] // nil: nobody wants to know
}

func newCrowd() *crowd {
	c := &crowd{full: make(chan struct{}, 1)}
	c.target.Store(-1)
	return c
}

// dialers is how many connections are made at the same time.
const dialers = 16

// A way is how an agent connects.
type way struct {
	Address string
	Path    string // of the handshake; empty for a bare socket
	Header  string // further lines of the handshake
	Hello   string // what to say, in a frame, when connected
	Binary  bool   // that frame is binary
	Ready   string // what the answer ends with
	Silent  bool   // these agents do not read once they are connected
}

// join lets n more agents connect.
func (c *crowd) join(ctx context.Context, n int, w *way) error {
	conns := make([]net.Conn, n)
	errs := make([]error, dialers)
	var wg sync.WaitGroup
	for d := range dialers {
		wg.Go(func() {
			for i := d; i < n && errs[d] == nil && ctx.Err() == nil; i += dialers {
				conns[i], errs[d] = w.dial(ctx)
			}
		})
	}
	wg.Wait()
	for i, conn := range conns {
		if conn == nil {
			continue
		}
		c.conns = append(c.conns, conn)
		if !w.Silent {
			c.wg.Go(func() { c.listen(conn, i) })
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// listen counts marks until the connection ends.
func (c *crowd) listen(conn net.Conn, worker int) {
	buf := make([]byte, 4<<10)
	kept := 0 // bytes at the beginning that may be part of a mark
	for {
		n, err := conn.Read(buf[kept:])
		if err != nil {
			return
		}
		rest := c.scan(buf[:kept+n], worker)
		kept = copy(buf, rest)
	}
}

// scan counts the marks of text, and returns what could be the beginning of
// another.
func (c *crowd) scan(text []byte, worker int) []byte {
	times, found := c.times.Load(), int64(0)
	var now int64
	for {
		i := bytes.Index(text, []byte(mark))
		if i < 0 {
			text = text[max(0, len(text)-len(mark)+1):]
			break
		}
		if text = text[i:]; len(text) < markBytes {
			break
		}
		found++
		if times != nil {
			if now == 0 {
				now = time.Now().UnixNano()
			}
			if at, err := strconv.ParseInt(string(text[len(mark):markBytes]), 10, 64); err == nil {
				times.Add(worker, time.Duration(now-at))
			}
		}
		text = text[markBytes:]
	}
	if target := c.target.Load(); found > 0 && c.seen.Add(found) >= target && target >= 0 && c.target.CompareAndSwap(target, -1) {
		c.full <- struct{}{}
	}
	return text
}

// expect begins to count to n.
func (c *crowd) expect(n int) {
	select {
	case <-c.full: // of an expectation that was given up
	default:
	}
	c.seen.Store(0)
	c.target.Store(int64(n))
}

// await returns when all that was expected has been seen.
func (c *crowd) await(ctx context.Context, within time.Duration) error {
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-c.full:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return fmt.Errorf("%d of %d updates arrived within %v", c.seen.Load(), c.target.Load(), within)
	}
}

// leave ends all connections.
func (c *crowd) leave() {
	for _, conn := range c.conns {
		if t, ok := conn.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // ports are few
		}
		_ = conn.Close()
	}
	c.wg.Wait()
	c.conns = nil
}

// dialTime bounds a handshake.
const dialTime = 30 * time.Second

// dial connects one agent and returns when it would hear of changes.
func (w *way) dial(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.Address)
	if err != nil {
		return nil, err
	}
	if w.Path != "" {
		err = errors.Join(conn.SetDeadline(time.Now().Add(dialTime)), w.shake(conn), conn.SetDeadline(time.Time{}))
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// shake upgrades a connection and says hello.
func (w *way) shake(conn net.Conn) error {
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	_, err := io.WriteString(conn, "GET "+w.Path+" HTTP/1.1\r\nHost: "+w.Address+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+base64.StdEncoding.EncodeToString(key)+"\r\n"+w.Header+"\r\n")
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(conn, 512)
	status, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	if want := "HTTP/1.1 " + strconv.Itoa(http.StatusSwitchingProtocols); len(status) < len(want) || status[:len(want)] != want {
		return fmt.Errorf("the server answers %q", status)
	}
	if _, err := conn.Write(frame(w.Hello, w.Binary)); err != nil {
		return err
	}
	return skipTo(in, w.Ready)
}

// skipTo reads until a text has come.
func skipTo(in *bufio.Reader, text string) error {
	matched := 0
	for matched < len(text) {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		switch b {
		case text[matched]:
			matched++
		case text[0]:
			matched = 1
		default:
			matched = 0
		}
	}
	return nil
}

// frame returns a client's frame, masked with zeros.
func frame(payload string, binaryFrame bool) []byte {
	op := byte(0x81)
	if binaryFrame {
		op = 0x82
	}
	out := []byte{op, 0x80 | 126}
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)))
	return append(append(out, 0, 0, 0, 0), payload...)
}
