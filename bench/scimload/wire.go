package scimload

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	answerTime     = 60 * time.Second // Entra waits no longer
	staleAfter     = 20 * time.Second // a connection unused for longer may be closed already
	maxAnswerBytes = 256 << 20        // a group of a million members
)

// An endpoint is where requests go, and what all of them carry.
type endpoint struct {
	address string // "127.0.0.1:8080"
	tls     *tls.Config
	path    string // what all paths begin with: "/scim/d1"
	head    string // header lines of every request
}

// A wire is one connection that is kept alive. It belongs to one goroutine at a
// time; interrupt alone may be called from any.
type wire struct {
	to    *endpoint
	read  *bufio.Reader
	out   []byte
	resp  fasthttp.Response
	used  time.Time // last
	until time.Time // deadline of conn

	mu   sync.Mutex // guards conn and cut; held for no longer than their use
	conn net.Conn   // nil before the first request and after a failure
	cut  bool       // nothing is dialled any more
}

func newWire(to *endpoint) *wire { return &wire{to: to, read: bufio.NewReaderSize(nil, 16<<10)} }

// A call is one request. target stands behind the endpoint's path: "/Users".
type call struct {
	method, target string
	body           []byte // nil for none
}

// An answer is valid until the wire's next request.
type answer struct {
	status int
	body   []byte
	header *fasthttp.ResponseHeader
}

// errInterrupted ends requests that are cut off.
var errInterrupted = errors.New("interrupted")

// do sends a request and reads the answer. The time begins when the request is
// written and ends when the answer has been read. After an error the next
// request dials again.
func (w *wire) do(ctx context.Context, c call) (answer, time.Duration, error) {
	w.compose(c)
	start := time.Now()
	conn, err := w.ready(ctx, start)
	if err != nil {
		return answer{}, 0, err
	}
	start = time.Now() // dialling is not the request's
	if _, err = conn.Write(w.out); err == nil {
		err = w.resp.ReadLimitBody(w.read, maxAnswerBytes)
	}
	w.used = time.Now()
	if err != nil {
		w.drop()
		return answer{}, 0, fmt.Errorf("%s: %w", c.method, err)
	}
	if w.resp.ConnectionClose() {
		w.drop()
	}
	return answer{status: w.resp.StatusCode(), body: w.resp.Body(), header: &w.resp.Header}, w.used.Sub(start), nil
}

// compose writes the request into out, to be sent at once.
func (w *wire) compose(c call) {
	b := append(w.out[:0], c.method...)
	b = append(b, ' ')
	b = append(b, w.to.path...)
	b = append(b, c.target...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = append(b, w.to.head...)
	if c.body != nil {
		b = append(b, "Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(c.body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	w.out = append(b, c.body...)
}

// ready returns a connection that has time left.
func (w *wire) ready(ctx context.Context, now time.Time) (net.Conn, error) {
	w.mu.Lock()
	conn, cut := w.conn, w.cut
	w.mu.Unlock()
	switch {
	case cut:
		return nil, errInterrupted
	case conn != nil && now.Sub(w.used) < staleAfter:
		if w.until.Sub(now) > answerTime {
			return conn, nil
		}
	case conn != nil:
		w.drop()
		fallthrough
	default:
		var err error
		if conn, err = w.dial(ctx); err != nil {
			return nil, err
		}
	}
	w.until = now.Add(2 * answerTime) // set now and then: it is not free
	return conn, conn.SetDeadline(w.until)
}

func (w *wire) dial(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, "tcp", w.to.address)
	if err != nil {
		return nil, err
	}
	if w.to.tls != nil {
		conn = tls.Client(conn, w.to.tls)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, errors.Join(errInterrupted, conn.Close())
	}
	w.conn = conn
	w.read.Reset(conn)
	return conn, nil
}

// drop closes the connection.
func (w *wire) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// interrupt ends the request under way and all later ones.
func (w *wire) interrupt() {
	w.mu.Lock()
	w.cut = true
	w.mu.Unlock()
	w.drop()
}

func closeAll(wires []*wire) {
	for _, w := range wires {
		w.drop()
	}
}

func interruptAll(wires []*wire) {
	for _, w := range wires {
		w.interrupt()
	}
}

// want sends a request whose answer must have a status.
func (w *wire) want(ctx context.Context, c call, status int) (answer, time.Duration, error) {
	a, took, err := w.do(ctx, c)
	if err == nil && a.status != status {
		err = refusal(c.method, a)
	}
	return a, took, err
}

// attempts bounds how often a write is sent that the server could not decide.
const attempts = 10

// persist sends a write until the server decides it, as an identity provider
// does: 503 says to come back, and a write that was undecided may have been
// applied. The time is that of all attempts, and again tells whether there was
// more than one.
func (w *wire) persist(ctx context.Context, c call) (a answer, took time.Duration, again bool, err error) {
	start := time.Now()
	for n := 1; ; n++ {
		a, took, err = w.do(ctx, c)
		if err != nil || a.status != http.StatusServiceUnavailable || n == attempts {
			break
		}
		again = true
		select {
		case <-time.After(retryAfter(a)):
		case <-ctx.Done():
			return a, 0, again, ctx.Err()
		}
	}
	if again {
		took = time.Since(start)
	}
	return a, took, again, err
}

// retryAfter returns how long the server wants to be left alone; a second if it
// does not say.
func retryAfter(a answer) time.Duration {
	n, err := strconv.Atoi(string(a.header.Peek(fasthttp.HeaderRetryAfter)))
	if err != nil || n < 1 || n > 60 {
		n = 1
	}
	return time.Duration(n) * time.Second
}

// refusal says what was answered instead of what was wanted. What the server
// says may repeat what it was sent and stays out.
func refusal(method string, a answer) error {
	if a.status == http.StatusTooManyRequests {
		return fmt.Errorf("%s was answered with status 429: the server limits how many requests a key may send (--key-rate)", method)
	}
	return fmt.Errorf("%s was answered with status %d", method, a.status)
}
