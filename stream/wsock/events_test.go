package wsock

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A listener is a client of events.
type listener struct {
	t    testing.TB
	res  reply
	in   *bufio.Scanner
	last string // Last-Event-ID as an EventSource keeps it
}

// A told is one event: its text without the id.
type told struct {
	kind string
	msg  msg
}

// listen opens a stream of events that must be accepted.
func (r *rig) listen(t testing.TB, query, token, last string) *listener {
	t.Helper()
	res := r.ask(t, "/v1/stream?"+query, http.Header{"Accept": {"text/event-stream"}, "Authorization": {"Bearer " + token}, "Last-Event-Id": {last}})
	if res.status != http.StatusOK || res.header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(res.body)
		t.Fatalf("status %d %s: %s", res.status, res.header.Get("Content-Type"), body)
	}
	return &listener{t: t, res: res, in: bufio.NewScanner(res.body), last: last}
}

// A reply is the answer to a GET; its body is closed with the test.
type reply struct {
	status int
	header http.Header
	body   io.ReadCloser
}

// ask sends a GET. Headers without a value are left out.
func (r *rig) ask(t testing.TB, path string, header http.Header) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		if values[0] != "" && values[0] != "Bearer " {
			req.Header[name] = values
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return reply{res.StatusCode, res.Header, res.Body}
}

// next returns the next event, or false at the end of the stream.
func (l *listener) next() (told, bool) {
	l.t.Helper()
	var e told
	for l.in.Scan() {
		line := l.in.Text()
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && e.kind != "":
			return e, true
		case field == "id":
			l.last = value
		case field == "event":
			e.kind = value
		case field == "data":
			if err := json.Unmarshal([]byte(value), &e.msg); err != nil {
				l.t.Fatalf("data %q: %v", value, err)
			}
			e.msg.Text = value
		}
	}
	return e, false
}

func (l *listener) want(kind string) msg {
	l.t.Helper()
	e, ok := l.next()
	if !ok || e.kind != kind || e.msg.Type != kind {
		l.t.Fatalf("got event %q %s (%v), want %s", e.kind, e.msg.Text, l.in.Err(), kind)
	}
	return e.msg
}

func TestEventsTellWhatAWebSocketTells(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.PageEntries = 2 })
	for i := range 3 {
		r.put(fmt.Sprint("c", i), `{"n":1}`, "d1", "g1")
	}
	for query, entries := range map[string]int{
		"directory=d1": 3, "group=g1&fields=both": 3, "ids=c0,c2": 2, "q=n&limit=2": 2, "q=n&live=true": 3,
	} {
		l := r.listen(t, query, "key-1", "")
		n := 0
		for more := true; more; {
			m := l.want("snapshot")
			n, more = n+len(m.Data), *m.More
			if more && l.last != "" {
				t.Errorf("%s: a page before the last has id %q", query, l.last)
			}
		}
		if n != entries || l.last == "" {
			t.Errorf("%s: %d entries, then id %q", query, n, l.last)
		}
		r.presence("c0", `{"q":"`+query+`"}`)
		if m := l.want("changes"); m.Data[0].ID != "c0" || m.Position != l.last {
			t.Errorf("%s: told %s with id %s", query, m.Text, l.last)
		}
		_ = l.res.body.Close()
	}
	l := r.listen(t, "agent=a7", "key-1", "")
	l.want("snapshot")
	r.hub.Space("t1").Call("a7", "call-1", []byte(`{"callId":"call-1","state":"ringing"}`), false)
	if m := l.want("call"); m.CallID != "call-1" {
		t.Errorf("call %s", m.Text)
	}
}

func TestEventsResumeByTheirID(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{}`, "d1")
	r.put("c2", `{}`, "d1")
	l := r.listen(t, "directory=d1", "key-1", "")
	l.want("snapshot")
	_ = l.res.body.Close()
	r.presence("c2", `{"n":1}`)
	r.remove("c1")

	again := r.listen(t, "directory=d1&since=e1:1", "key-1", l.last) // the header is later than the query
	m := again.want("changes")
	if len(m.Data) != 1 || m.Data[0].ID != "c2" || !cmp.Equal(m.Removed, []string{"c1"}) {
		t.Errorf("resumed with %s", m.Text)
	}
	if m := r.listen(t, "directory=d1&since="+url.QueryEscape(l.last), "key-1", "").want("changes"); len(m.Data) != 1 {
		t.Errorf("resumed by query with %s", m.Text)
	}
	if m := r.listen(t, "directory=d1", "key-1", "nonsense").want("snapshot"); !m.Reset {
		t.Errorf("an unknown id gives %s", m.Text)
	}
}

func TestRefusedEvents(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.IDsPerSubscription = 2 })
	for _, tt := range []struct {
		query, token, origin string
		status               int
	}{
		{"directory=d1", "", "", 401},
		{"directory=d1", "nope", "", 401},
		{"directory=d1", "lookup", "", 403},
		{"directory=d1", "key-1", "https://evil.test", 403},
		{"directory=d1&ticket=nope", "", "", 401},
		{"", "key-1", "", 400},
		{"directory=d1&group=g1", "key-1", "", 400},
		{"directory=", "key-1", "", 400},
		{"ids=", "key-1", "", 400},
		{"ids=a,b,c", "key-1", "", 413},
		{"q=a&limit=x", "key-1", "", 400},
		{"q=a&limit=0", "key-1", "", 400},
		{"directory=d1&fields=all", "key-1", "", 400},
		{"directory=d1&since=x", "key-1", "", 400},
		{"agent=a2", "agent-1", "", 403},
	} {
		res := r.ask(t, "/v1/stream?"+tt.query, http.Header{
			"Accept": {"text/event-stream"}, "Authorization": {"Bearer " + tt.token}, "Origin": {tt.origin},
		})
		var p problem
		if err := json.NewDecoder(res.body).Decode(&p); err != nil || res.status != tt.status || p.Status != tt.status || strings.Contains(p.Detail, "topic.") {
			t.Errorf("%q with %q: %d %+v, %v; want %d", tt.query, tt.token, res.status, p, err, tt.status)
		}
	}
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestForeignPageThatIsAllowedMayReadEvents(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.Origins = []string{"https://console.test"} })
	res := r.ask(t, "/v1/stream?group=g", http.Header{
		"Accept": {"text/event-stream"}, "Authorization": {"Bearer key-1"}, "Origin": {"https://console.test"},
	})
	if got := res.header.Get("Access-Control-Allow-Origin"); res.status != 200 || got != "https://console.test" || res.header.Get("Vary") != "Origin" {
		t.Errorf("status %d, allowed origin %q, vary %q", res.status, got, res.header.Get("Vary"))
	}
}

func TestTicketOpensOneStreamOnce(t *testing.T) {
	r := newRig(t, nil)
	ticket, err := r.Ticket("t1", "key-1", "")
	if err != nil {
		t.Fatal(err)
	}
	l := r.listen(t, "group=g&ticket="+ticket, "", "")
	l.want("snapshot")
	if res := r.ask(t, "/v1/stream?group=g&ticket="+ticket, http.Header{"Accept": {"text/event-stream"}}); res.status != 401 {
		t.Errorf("used again: status %d", res.status)
	}
	revoked, err := r.Ticket("t1", "key-1", "")
	if err != nil {
		t.Fatal(err)
	}
	r.revoke("key-1")
	if res := r.ask(t, "/v1/stream?group=g&ticket="+revoked, http.Header{"Accept": {"text/event-stream"}}); res.status != 401 {
		t.Errorf("of a revoked key: status %d", res.status)
	}
}

func TestTicketsEndAndAreBounded(t *testing.T) {
	s := &Server{}
	first, err := s.Ticket("t1", "key-1", "")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Now().Add(TicketLife + time.Second)
	if _, ok := s.tickets.redeem(first, late); ok {
		t.Error("a ticket lives for ever")
	}
	for err == nil && len(s.tickets.waiting) <= maxTenantTickets {
		_, err = s.Ticket("t1", "key-1", "")
	}
	if !errors.Is(err, ErrTooManyTickets) || len(s.tickets.waiting) != maxTenantTickets {
		t.Errorf("%d tickets wait, %v", len(s.tickets.waiting), err)
	}
	for n := range 2 * maxTickets {
		if _, err = s.Ticket(fmt.Sprint("t", n%50), "key", ""); n < 49 && n != 1 && err != nil {
			t.Fatalf("tenant %d: %v", n, err)
		}
	}
	if !errors.Is(err, ErrTooManyTickets) || len(s.tickets.waiting) != maxTickets {
		t.Errorf("%d tickets of all wait, %v", len(s.tickets.waiting), err)
	}
	s.tickets.sweep(time.Now().Add(TicketLife + time.Second))
	if len(s.tickets.of) != 0 {
		t.Errorf("of nobody's tickets %v are counted", s.tickets.of)
	}
	if _, err := s.Ticket("t1", "key-1", ""); err != nil {
		t.Errorf("after they ended: %v", err)
	}
}

func TestRevokedKeyEndsItsEventsWithTheCode(t *testing.T) {
	r := newRig(t, nil)
	l := r.listen(t, "group=g", "key-1", "")
	l.want("snapshot")
	r.Revoke("k1")
	e, _ := l.next()
	if want := `{"type":"close","code":4401,"reason":"key revoked"}`; e.kind != "close" || e.msg.Text != want {
		t.Errorf("told %s %s, want %s", e.kind, e.msg.Text, want)
	}
	if e, ok := l.next(); ok || l.in.Err() != nil {
		t.Errorf("then %v %v, want the end of the body", e, l.in.Err())
	}
	eventually(t, "the connection is gone", func() bool { return r.Connections() == 0 })
	if got := r.codes(); len(got) != 1 || got[0] != CodeUnauthenticated {
		t.Errorf("counted %v", got)
	}
}

func TestShutdownTellsEventsWhenToComeBack(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.DrainFor = 20 * time.Millisecond })
	l := r.listen(t, "group=g", "key-1", "")
	l.want("snapshot")
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(t.Context()) }()
	if m := l.want("reconnect"); m.AfterMs == nil {
		t.Errorf("told %s", m.Text)
	}
	l.want("close")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestIdleEventsHaveAHeartbeatAndSilenceIsNoDeath(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.EventBeat, cfg.DeadAfter = 20*time.Millisecond, 50*time.Millisecond })
	r.put("c1", `{}`, "d1")
	l := r.listen(t, "directory=d1", "key-1", "")
	l.want("snapshot")
	beats := 0
	for beats < 5 && l.in.Scan() {
		if l.in.Text() == ": hb" {
			beats++
		}
	}
	r.presence("c1", `{}`)
	if m := l.want("changes"); beats != 5 || len(m.Data) != 1 {
		t.Errorf("%d heartbeats, then %s", beats, m.Text)
	}
}

func TestInputOfEventsEndsThem(t *testing.T) {
	r := newRig(t, nil)
	raw := dialRaw(t, r.addr, "GET /v1/stream?group=g HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nAuthorization: Bearer key-1\r\n\r\n")
	readUntil(t, raw, "snapshot")
	if _, err := io.WriteString(raw, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	readUntil(t, raw, `"code":4400`)
}
