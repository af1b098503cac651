package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringdex/ringdex/stream/streamclient"
	"github.com/ringdex/ringdex/stream/streamclient/streamtest"
)

const twoDirectories = `{"directories":[{"id":"d1","name":"Head office"},{"id":"d2","name":"Branch"}]}`

// What watch subscribes to in a tenant of two directories.
const (
	subscribeHead   = `{"type":"subscribe","id":1,"sub":"watch-1","topic":{"kind":"directory","directoryId":"d1"},"fields":"both"}`
	subscribeBranch = `{"type":"subscribe","id":2,"sub":"watch-2","topic":{"kind":"directory","directoryId":"d2"},"fields":"both"}`
	subscribeCalls  = `{"type":"subscribe","id":3,"sub":"watch-3","topic":{"kind":"agent","agentId":"*"},"fields":"both"}`
)

// A screen collects what a command prints, and calls done once that contains
// the text it waits for.
type screen struct {
	mu   sync.Mutex // guards all below
	text bytes.Buffer
	want string
	done func()
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if s.done != nil && strings.Contains(s.text.String(), s.want) {
		s.done()
	}
	return len(p), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// watchUntil runs watch against a script until stdout contains want, then
// presses Ctrl-C. It returns the session as a golden file shows it.
func watchUntil(t *testing.T, want string, args []string, script ...streamtest.Connection) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/v1/stream", streamtest.New(t, "rdx_admin_sample", script...))
	mux.HandleFunc("/v1/directories", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(twoDirectories))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	t.Setenv("RINGDEX_SERVER", server.URL)
	t.Setenv("RINGDEX_KEY", "rdx_admin_sample")

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, errOut := &screen{want: want}, &screen{}
	if want != "" {
		out.done = cancel
	}
	a := testApp()
	// Attempts follow each other at once, and the notes say 0s.
	a.watchBackoff = streamclient.Backoff{Base: time.Microsecond, Cap: time.Microsecond}
	code := run(ctx, a, append([]string{"watch"}, args...), strings.NewReader(""), out, errOut)
	if !strings.Contains(out.String(), want) {
		t.Errorf("ended without %q", want)
	}
	session := "$ ringdex watch " + strings.Join(args, " ") + "\n" + out.String() + "--- stderr\n" + errOut.String()
	if code != exitOK {
		session += "--- failed\n"
	}
	return strings.ReplaceAll(session, server.URL, "http://SERVER")
}

func TestWatchPrintsWhatChangesAndResumes(t *testing.T) {
	session := watchUntil(
		t, "still here", nil,
		streamtest.Connection{
			streamtest.Hello("e1"),
			streamtest.Expect(subscribeHead),
			streamtest.Expect(subscribeBranch),
			streamtest.Expect(subscribeCalls),
			streamtest.Send(`{"type":"snapshot","sub":"watch-1","reset":true,"more":true,"data":[{"id":"c1","contact":{"id":"c1","displayName":"Ann Example","title":"Agent"},"presence":{"availability":"available","activity":"Available"}}]}`),
			streamtest.Send(`{"type":"snapshot","sub":"watch-1","position":"e1:7","data":[{"id":"c2","contact":{"id":"c2","displayName":"例 太郎"},"presence":null}]}`),
			streamtest.Send(`{"type":"snapshot","sub":"watch-2","reset":true,"position":"e1:7","data":[]}`),
			streamtest.Send(`{"type":"changes","sub":"watch-1","position":"e1:8","data":[{"id":"c1","presence":{"availability":"busy","activity":"inACall"}},{"id":"c2","presence":{"availability":"away","activity":"Away","stale":true}}]}`),
			streamtest.Send(`{"type":"contacts","sub":"watch-2","position":"e1:9","created":[{"id":"c3","userName":"ben","presence":{"availability":"offline"}}],"updated":[],"deleted":[]}`),
			streamtest.Send(`{"type":"contacts","sub":"watch-1","position":"e1:10","updated":[{"id":"c1","displayName":"Ann Sample","title":"Lead","numbers":[{"raw":"4711"}]}]}`),
			streamtest.Send(`{"type":"call","callId":"k1","state":"ringing","direction":"inbound","agentId":"c1","from":"+493012345","to":"+4989123","match":{"status":"match","candidates":[{"contact":{"displayName":"Cem Example","department":"Support","company":"Example Ltd"}}]}}`),
			streamtest.Send(`{"type":"call","callId":"k2","state":"ringing","from":"+4930999","to":"4711","match":{"status":"ambiguous","candidates":[{"contact":{"displayName":"Ann"}},{"contact":{"displayName":"Ben"}}]}}`),
			streamtest.Send(`{"type":"call","callId":"k2","state":"ended","from":"","to":"4711","match":{"status":"anonymous","candidates":[]}}`),
			streamtest.Send(`{"type":"call","callId":"k3","state":"connected","from":"+493012345678","to":"4711","match":{"status":"range","display":"~ Example GmbH"}}`),
			streamtest.Send(`{"type":"presence.sync","directoryId":"d2","state":"ok","detail":""}`),
			streamtest.Send(`{"type":"presence.sync","directoryId":"d1","state":"degraded","detail":"Microsoft asks for fewer requests."}`),
			streamtest.Send(`{"type":"of.tomorrow","sub":"watch-1"}`),
			streamtest.Send(`{"type":"reconnect","afterMs":0,"reason":"restart"}`),
			streamtest.Close(1012, "restart"),
		},
		streamtest.Connection{
			streamtest.Hello("e1"),
			streamtest.Expect(strings.Replace(subscribeHead, "}", "},\"since\":\"e1:10\"", 1)),
			streamtest.Expect(strings.Replace(subscribeBranch, "}", "},\"since\":\"e1:9\"", 1)),
			streamtest.Expect(subscribeCalls),
			streamtest.Send(`{"type":"presence.sync","directoryId":"d2","state":"revoked","detail":""}`),
			streamtest.Send(`{"type":"presence.sync","directoryId":"d1","state":"degraded","detail":"Microsoft asks for fewer requests."}`),
			streamtest.Send(`{"type":"presence.sync","directoryId":"d9","state":"off","detail":""}`),
			streamtest.Send(`{"type":"changes","sub":"watch-1","position":"e1:11","data":[{"id":"c1","presence":{"availability":"available"}}],"removed":["c2"]}`),
			streamtest.Send(`{"type":"snapshot","sub":"watch-2","reset":true,"position":"e1:12","data":[{"id":"c3","contact":{"id":"c3","displayName":"still here"},"presence":null}]}`),
			streamtest.AwaitClose(),
		},
	)
	golden(t, "watch.txt", session)
}

func TestWatchJSONIsTheStreamItself(t *testing.T) {
	session := watchUntil(
		t, "k1", []string{"--json", "--search", "ann", "--contact", "c1,c2", "--agent", "c9"},
		streamtest.Connection{
			streamtest.Hello("e1"),
			streamtest.Expect(`{"type":"subscribe","id":1,"sub":"watch-1","topic":{"kind":"contacts","ids":["c1","c2"]},"fields":"both"}`),
			streamtest.Expect(`{"type":"subscribe","id":2,"sub":"watch-2","topic":{"kind":"search","q":"ann","live":true},"fields":"both"}`),
			streamtest.Expect(`{"type":"subscribe","id":3,"sub":"watch-3","topic":{"kind":"agent","agentId":"c9"},"fields":"both"}`),
			streamtest.Send(`{"type":"snapshot", "sub":"watch-1","reset":true,"position":"e1:7","data":[]}`),
			streamtest.Send(`{"type":"ping"}`),
			streamtest.Expect(`{"type":"pong"}`),
			streamtest.Send(`{"type":"call","callId":"k1"}`),
			streamtest.AwaitClose(),
		},
	)
	golden(t, "watch_json.txt", session)
}

func TestWatchGoesOnWithWhatIsLeft(t *testing.T) {
	session := watchUntil(
		t, "Ann", nil,
		streamtest.Connection{
			streamtest.Hello("e1"),
			streamtest.Expect(subscribeHead),
			streamtest.Expect(subscribeBranch),
			streamtest.Expect(subscribeCalls),
			streamtest.Send(`{"type":"error","id":3,"sub":"watch-3","error":{"title":"Unknown agent","status":404}}`),
			streamtest.Send(`{"type":"error","id":2,"sub":"watch-2","error":{"title":"Forbidden","status":403,"detail":"not yours"}}`),
			streamtest.Send(`{"type":"error","error":{"title":"Slow down","status":429}}`),
			streamtest.Send(`{"type":"snapshot","sub":"watch-1","reset":true,"position":"e1:7","data":[]}`),
			streamtest.Send(`{"type":"contacts","sub":"watch-1","position":"e1:8","created":[{"id":"c1","displayName":"Ann"}]}`),
			streamtest.AwaitClose(),
		},
	)
	golden(t, "watch_left.txt", session)
}

func TestWatchFailsWhenNothingIsLeft(t *testing.T) {
	session := watchUntil(
		t, "", []string{"--directory", "branch"},
		streamtest.Connection{
			streamtest.Hello("e1"),
			streamtest.Expect(`{"type":"subscribe","id":1,"sub":"watch-1","topic":{"kind":"directory","directoryId":"d2"},"fields":"both"}`),
			streamtest.Send(`{"type":"error","id":1,"sub":"watch-1","error":{"title":"Forbidden","status":403,"detail":"needs the scope stream","field":"topic"}}`),
		},
	)
	golden(t, "watch_refused.txt", session)
}

func TestWatchSaysWhyItMayNotStart(t *testing.T) {
	f := newFakeServer(t)
	t.Setenv("RINGDEX_SERVER", f.URL)
	var b strings.Builder
	for _, c := range []struct {
		args    []string
		replies replies
	}{
		{nil, replies{"GET /v1/directories": problem(403, "Forbidden", "needs an admin key", "")}},
		{[]string{"--contact", "c1"}, replies{"GET /v1/stream": problem(401, "Unauthorized", "unknown or revoked key", "")}},
		{[]string{"--contact", "c1"}, replies{"GET /v1/stream": problem(403, "Forbidden", "needs the scope stream", "")}},
		{[]string{"--contact", "c1"}, replies{"GET /v1/stream": problem(404, "Not found", "", "")}},
		{[]string{"--contact", "c1", "--server", "http://127.0.0.1:1"}, nil},
		{[]string{"everything"}, nil},
	} {
		f.replies = c.replies
		_, stderr, code := runCommand(t, "", append([]string{"watch"}, c.args...)...)
		b.WriteString("$ ringdex watch " + strings.Join(c.args, " ") + "\n" + stderr + "\n")
		if code == exitOK {
			t.Errorf("watch %v succeeded", c.args)
		}
	}
	golden(t, "watch_errors.txt", b.String())
}
