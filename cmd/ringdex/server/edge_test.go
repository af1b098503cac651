package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A wire is a connection on which a test writes bytes as it likes.
type wire struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
}

func (s *site) dial() *wire {
	s.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return &wire{s.t, c, bufio.NewReader(c)}
}

func (w *wire) write(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w.Conn, text); err != nil {
		w.t.Fatal(err)
	}
}

// read returns the next answer to a request with a method.
func (w *wire) read(method string) answer {
	w.t.Helper()
	resp, err := http.ReadResponse(w.in, &http.Request{Method: method})
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// wantClosed fails the test unless the server ends the connection.
func (w *wire) wantClosed() {
	w.t.Helper()
	rest, err := io.ReadAll(w.in)
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		w.t.Fatalf("the connection stays open; read %q", rest)
	}
	if len(rest) > 0 {
		w.t.Errorf("after its answer the server sent %q", rest)
	}
}

// wantProblem fails the test unless a is an error in the form of its path.
func wantProblem(t testing.TB, path string, a answer) {
	t.Helper()
	kind, status := "application/problem+json", any(float64(a.status))
	if strings.HasPrefix(path, "/scim/") {
		kind, status = "application/scim+json", http.StatusText(a.status)
	}
	if got := a.header.Get("Content-Type"); got != kind {
		t.Errorf("content type %q, want %q: %s", got, kind, a.body)
		return
	}
	var body map[string]any
	a.decode(t, &body)
	if kind == "application/scim+json" {
		if s, ok := body["status"].(string); !ok || len(s) != 3 {
			t.Errorf("SCIM errors carry the status as text: %s", a.body)
		}
		return
	}
	if body["status"] != status || body["type"] == "" || body["title"] == "" || body["detail"] == "" {
		t.Errorf("a problem has type, title, status and detail: %s", a.body)
	}
}

func TestAmbiguousFramingIsRefusedAndClosed(t *testing.T) {
	s := newSite(t)
	const chunked = "2\r\n{}\r\n0\r\n\r\n"
	for name, head := range map[string]string{
		"length and chunks":      "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
		"chunks and length":      "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunked,
		"length in other case":   "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n" + chunked,
		"two lengths":            "Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}",
		"length not a number":    "Content-Length: +2\r\n\r\n{}",
		"length negative":        "Content-Length: -2\r\n\r\n{}",
		"length in hex":          "Content-Length: 0x2\r\n\r\n{}",
		"unknown transfer code":  "Transfer-Encoding: xchunked\r\n\r\n" + chunked,
		"chunks twice":           "Transfer-Encoding: chunked, chunked\r\n\r\n" + chunked,
		"compressed chunks":      "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked,
		"blank before the colon": "Content-Length : 2\r\n\r\n{}",
		"chunk size not hex":     "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
	} {
		for _, path := range []string{"/v1/keys", "/scim/d1/Users"} {
			t.Run(name+path, func(t *testing.T) {
				w := s.dial()
				w.t = t
				w.write("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + head)
				if a := w.read("POST"); a.status != http.StatusBadRequest {
					t.Errorf("status %d: %s", a.status, a.body)
				}
				w.wantClosed()
			})
		}
	}
}

func TestPathWithTwoReadingsIsRefused(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{
		"//healthz", "/v1//lookup", "/v1/./lookup", "/v1/x/../lookup", "/..", "/v1/lookup/..", "/v1/lookup/.", "/v1/%2e%2e/healthz", "/v1/%2E%2e/healthz",
		"/v1/.%2e/x", "/v1%2flookup", "/v1%2Flookup", `/v1\lookup`, "/v1%5clookup", "/v1/x%00", "/v1/x%0d%0aX: y", "/v1/x%7f",
		"/scim/d1/../d2/Users", "/scim/d1//Users", "/scim/d1/Users/%2e%2e/Groups", `/scim/d1\Users`, "/scim/d1%2fUsers",
	} {
		t.Run(path, func(t *testing.T) {
			w := s.dial()
			w.t = t
			w.write("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.key + "\r\n\r\n")
			wantProblem(t, path, w.read("GET").want(t, http.StatusBadRequest))
			w.wantClosed()
		})
	}
}

func TestOversizedHeaderIsRefused(t *testing.T) {
	s := newSite(t)
	for name, request := range map[string]string{
		"header":      "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 17<<10) + "\r\n\r\n",
		"many":        "GET /healthz HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: 0123456789\r\n", 1000) + "\r\n",
		"request URI": "GET /v1/lookup?number=" + strings.Repeat("1", 17<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := s.dial()
			w.t = t
			w.write(request)
			wantProblem(t, "/", w.read("GET").want(t, http.StatusRequestHeaderFieldsTooLarge))
		})
	}
}

func TestOversizedBodyIsRefused(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	blanks := func(n int) string { return "{" + strings.Repeat(" ", n-2) + "}" }
	for _, c := range []struct {
		path, key string
		size      int
		want      int
	}{
		{"/v1/keys", s.key, 1 << 20, http.StatusBadRequest}, // as large as allowed: read, and refused for what it says
		{"/v1/keys", s.key, 1<<20 + 1, http.StatusRequestEntityTooLarge},
		{"/v1/keys", s.key, 8 << 20, http.StatusRequestEntityTooLarge},
		{"/v1/keys?x=/Bulk", s.key, 1<<20 + 1, http.StatusRequestEntityTooLarge},
		{"/v1/lookup:batch", s.key, 4 << 20, http.StatusBadRequest},
		{"/v1/lookup:batch", s.key, 4<<20 + 1, http.StatusRequestEntityTooLarge},
		{"/v1/presence:batch", s.key, 4 << 20, http.StatusBadRequest},
		{"/scim/" + f.id + "/Users", f.token, 1<<20 + 1, http.StatusRequestEntityTooLarge},
		{"/scim/" + f.id + "/Bulk", f.token, 4 << 20, http.StatusBadRequest},
		{"/scim/" + f.id + "/v2/bulk/", f.token, 4 << 20, http.StatusBadRequest},
		{"/scim/" + f.id + "/Bulk", f.token, 4<<20 + 1, http.StatusRequestEntityTooLarge},
	} {
		wantProblem(t, c.path, s.do("POST", c.path, c.key, blanks(c.size)).want(t, c.want))
	}
	s.get("/v1/keys") // it goes on
}

// TestD11OversizedBulkNamesItsLimit is row D11 of the SCIM checklist at the
// listener, which refuses such a body before the service sees it.
func TestD11OversizedBulkNamesItsLimit(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	a := s.do("POST", "/scim/"+f.id+"/Bulk", f.token, strings.Repeat(" ", 4<<20+1)).want(t, http.StatusRequestEntityTooLarge)
	if !strings.Contains(a.body, "maxPayloadSize (4194304)") {
		t.Errorf("the error does not name the limit: %s", a.body)
	}
}

func TestOversizedChunksAreRefused(t *testing.T) {
	s := newSite(t)
	req, err := http.NewRequest("POST", s.url+"/v1/keys", io.MultiReader(strings.NewReader("{"), strings.NewReader(strings.Repeat(" ", 2<<20))))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	resp, err := s.web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", resp.StatusCode)
	}
}

func TestBodyIsNotUnpacked(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	for path, key := range map[string]string{"/v1/keys": s.key, "/scim/" + f.id + "/Users": f.token} {
		header := http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}
		a, err := s.send("POST", path, header, "\x1f\x8b")
		if err != nil {
			t.Fatal(err)
		}
		wantProblem(t, path, a.want(t, http.StatusUnsupportedMediaType))
	}
}

// hasty is an edge that gives clients little time.
var hasty = edge{read: 300 * time.Millisecond, write: time.Second, idle: 400 * time.Millisecond, drain: 100 * time.Millisecond, leave: 100 * time.Millisecond}

func TestSlowClientsAreCutOff(t *testing.T) {
	s := startSite(t, Config{edge: hasty})
	for name, parts := range map[string][]string{
		"nothing at all":   {""},
		"header drop-wise": {"GET /healthz HTTP/1.1\r\n", "X-A: b\r\n", "X-"},
		"body drop-wise":   {"POST /v1/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", "{", " "},
		"second request":   {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /he"},
		"idle":             {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := s.dial()
			w.t = t
			ended := make(chan struct{})
			go func() { // a byte now and then, for as long as the server takes it
				defer close(ended)
				for _, p := range parts {
					_, _ = io.WriteString(w.Conn, p)
				}
				tick := time.NewTicker(50 * time.Millisecond)
				defer tick.Stop()
				for range tick.C {
					if name == "idle" || name == "nothing at all" {
						return
					}
					if _, err := io.WriteString(w.Conn, "x"); err != nil {
						return
					}
				}
			}()
			_, err := io.Copy(io.Discard, w.in) // until the server ends it
			if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
				t.Error("the connection is still open")
			}
			_ = w.Close()
			<-ended
		})
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	s := newSite(t)
	w := s.dial()
	auth := " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.key + "\r\n"
	w.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" +
		"POST /v1/keys" + auth + "Content-Length: 2\r\n\r\n{}" +
		"GET /v1/lookup?number=1" + auth + "\r\n" +
		"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
	for i, want := range []int{200, 400, 200, 404} {
		if a := w.read("GET"); a.status != want {
			t.Errorf("answer %d is %d, want %d: %s", i, a.status, want, a.body)
		}
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/healthz", "/readyz", "/", "/metrics", "/v1/directories", "/v1/lookup?number=1", "/v1/search?q=a"} {
		a := s.do("HEAD", path, s.key, "").want(t, http.StatusOK)
		if a.body != "" || a.header.Get("Content-Length") == "0" {
			t.Errorf("HEAD %s has body %q and length %s", path, a.body, a.header.Get("Content-Length"))
		}
	}
	s.do("HEAD", "/v1/directories", "", "").want(t, http.StatusUnauthorized)
}

func TestUnknownMethodsAndPaths(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	for _, c := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{"OPTIONS", "/v1/lookup", 405, "GET, HEAD"},
		{"DELETE", "/v1/lookup", 405, "GET, HEAD"},
		{"GET", "/v1/lookup:batch", 405, "POST"},
		{"BREW", "/v1/keys", 405, "GET, HEAD, POST"},
		{"TRACE", "/healthz", 405, "GET, HEAD"},
		{"PUT", "/v1/directories/x", 405, "DELETE, GET, HEAD, PATCH"},
		{"GET", "/v1/nowhere", 404, ""},
		{"GET", "/v1/lookup/", 404, ""},
		{"GET", "/V1/lookup", 404, ""},
		{"GET", "/v1/%6cookup", 404, ""},
		{"OPTIONS", "/scim/" + f.id + "/Users", 405, "DELETE, GET, PATCH, POST, PUT"},
		{"LINK", "/scim/" + f.id + "/Users", 405, "DELETE, GET, PATCH, POST, PUT"},
		{"HEAD", "/scim/" + f.id + "/Users", 405, "DELETE, GET, PATCH, POST, PUT"},
		{"GET", "/scim/" + f.id, 404, ""},
		{"GET", "/scim/", 404, ""},
	} {
		a := s.do(c.method, c.path, s.key, "")
		if a.status != c.want || a.header.Get("Allow") != c.allow {
			t.Errorf("%s %s = %d, Allow %q; want %d, %q", c.method, c.path, a.status, a.header.Get("Allow"), c.want, c.allow)
		}
		if c.method != "HEAD" {
			wantProblem(t, c.path, a)
		}
		if h := a.header.Get("Access-Control-Allow-Origin"); h != "" {
			t.Errorf("%s %s invites other origins: %q", c.method, c.path, h)
		}
	}
}

func TestGarbageIsRefusedAndClosed(t *testing.T) {
	s := newSite(t)
	for _, garbage := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not TLS\r\n\r\n", "\x00\x00\x00\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
		"GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n: empty\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", strings.Repeat("A", 100) + "\r\n\r\n",
	} {
		w := s.dial()
		w.write(garbage)
		if a := w.read("GET"); a.status < 400 || a.status == 500 {
			t.Errorf("%q is answered with %d: %s", garbage, a.status, a.body)
		}
		_ = w.Close()
	}
	s.get("/v1/keys")
}

func TestRepeatedBadKeysAreSlowedDown(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	for _, path := range []string{"/v1/keys", "/scim/" + f.id + "/Users"} {
		slowed := false
		for range 300 {
			a := s.do("GET", path, "not-a-key-of-this-server", "")
			if a.status == http.StatusUnauthorized {
				if a.header.Get("WWW-Authenticate") == "" {
					t.Fatal("a 401 says how to authenticate")
				}
				continue
			}
			wantProblem(t, path, a.want(t, http.StatusTooManyRequests))
			if after := a.header.Get("Retry-After"); strings.Trim(after, "0123456789") != "" || after == "" || after == "0" {
				t.Fatalf("Retry-After %q is no number of seconds", after)
			}
			slowed = true
			break
		}
		if !slowed {
			t.Errorf("%s: 300 bad keys in a row were never slowed down", path)
		}
	}
	s.get("/v1/keys") // a good key from the same address is not locked out
	f.scim("GET", "/Users", "").want(t, http.StatusOK)
}

func TestKeyThatAsksTooMuchIsSlowedDown(t *testing.T) {
	s := startSite(t, Config{KeyRate: 5, AdminKey: strings.Repeat("k", 32)})
	for range 100 {
		if a := s.do("GET", "/v1/keys", s.key, ""); a.status != http.StatusOK {
			wantProblem(t, "/v1/keys", a.want(t, http.StatusTooManyRequests))
			if a.header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After = %q, want 1", a.header.Get("Retry-After"))
			}
			return
		}
	}
	t.Error("100 requests at once were all let through")
}
