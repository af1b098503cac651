package server

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzRoutes sends requests that are well-formed as HTTP, with the operator's
// key: whatever method, path and body say, it is not our fault.
func FuzzRoutes(f *testing.F) {
	s := newSite(f)
	v := newVictim(s)
	for _, rt := range s.srv.routes() {
		path, body := v.attempt(f, rt)
		f.Add(rt.method, path, body)
	}
	for _, seed := range [][3]string{
		{"GET", "/v1/lookup?number=%2B4420&region=%00&minSeq=18446744073709551615", ""},
		{"GET", "/v1/search?q=%22dept%3A(&limit=200&mode=number", ""},
		{"POST", "/v1/lookup:batch", "{\"numbers\":[\"\\ud800\",\"\\u0000\"]}"},
		{"PUT", "/v1/presence/x", `{"availability":"a","asOf":"9999-12-31T23:59:59Z","expiresIn":2592000}`},
		{"POST", "/v1/keys", `{"kind":"api","scopes":["lookup"],"expiresIn":1e15}`},
		{"OPTIONS", "*", ""},
		{"GET", "", ""},
		{"", "/", "x"},
		{"CONNECT", "a:1", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if method == http.MethodDelete && strings.HasPrefix(path, "/v1/keys") {
			return // the next request shall still have a key
		}
		r := s.handle(method, path, body)
		if status := r.Response.StatusCode(); status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable && status != http.StatusNotImplemented {
			t.Errorf("%s %q %q = %d: %s", method, path, body, status, r.Response.Body())
		}
	})
}

// A script is a connection whose client has said all it says.
type script struct {
	net.Conn // nil: what is not below is not called
	in       io.Reader
	out      bytes.Buffer
}

// The methods of net.Conn that a server uses.
func (c *script) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *script) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *script) Close() error                     { return nil }
func (c *script) SetDeadline(time.Time) error      { return nil }
func (c *script) SetReadDeadline(time.Time) error  { return nil }
func (c *script) SetWriteDeadline(time.Time) error { return nil }
func (c *script) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2)} }

func (c *script) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)} }

// FuzzWire sends any bytes, with KEY in place of the operator's key: each
// answer is one that HTTP can read, and none is our fault.
func FuzzWire(f *testing.F) {
	s := newSite(f)
	for _, seed := range []string{
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1/lookup?number=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\n\r\nGET /v1/search?q=a HTTP/1.0\r\n\r\n",
		"POST /v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: bearer KEY\r\nContent-Length: 2\r\n\r\n{}", "POST /scim/d/Users HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET /v1//x HTTP/1.1\r\n\r\n", "GET http://[::1/ HTTP/1.1\r\n\r\n", "\x00\xff\r\n\r\n",
		"POST /v1/calls HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n", "GET /" + strings.Repeat("a", 17<<10) + " HTTP/1.1\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bytes string) {
		if strings.Contains(strings.ToLower(bytes), "upgrade") {
			return // what follows an upgrade is not HTTP
		}
		c := &script{in: strings.NewReader(strings.ReplaceAll(bytes, "KEY", s.key))}
		_ = s.srv.http.ServeConn(c) // how it ends is the client's business
		for in := bufio.NewReader(&c.out); ; {
			if _, err := in.Peek(1); err != nil {
				return
			}
			resp, err := http.ReadResponse(in, &http.Request{Method: http.MethodGet})
			if err != nil {
				t.Fatalf("%q is answered with what is not HTTP: %v", bytes, err)
			}
			if resp.StatusCode == http.StatusInternalServerError {
				t.Errorf("%q is answered with %d", bytes, resp.StatusCode)
			}
			if strings.Contains(bytes, "HEAD") { // its answers have a length and no body
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
}
