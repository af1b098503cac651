package streamclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringdex/ringdex/stream/streamclient/streamtest"
)

// pipes is a network inside the process: a listener and a dialler joined by
// net.Pipe, so that time in a synctest bubble passes at once.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, errors.New("connection refused")
	}
}

// serve runs handler behind pipes and returns a configuration for it.
func serve(t *testing.T, handler http.Handler) Config {
	t.Helper()
	p := newPipes()
	var wg sync.WaitGroup // a bubble ends only after everything in it
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wg.Add(1)
		defer wg.Done()
		handler.ServeHTTP(w, r)
	})}
	wg.Go(func() { _ = server.Serve(p) })
	transport := &http.Transport{DialContext: p.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		wg.Wait()
	})
	return Config{
		URL:        "http://server/v1/stream",
		Token:      "secret",
		HTTPClient: &http.Client{Transport: transport},
		Subscriptions: []Subscription{
			{Sub: "list", Topic: Topic{Kind: "directory", DirectoryID: "d1"}, Fields: Both},
		},
	}
}

// A recorder is a Handler that writes down what it is told, one line each.
type recorder struct {
	lines   []string
	stop    func() // called when a line contains until
	until   string
	refuse  error // returned for the message of type refuseOn
	refused string
}

func (r *recorder) add(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.lines = append(r.lines, text)
	if r.until != "" && strings.Contains(text, r.until) {
		r.stop()
	}
}

func (r *recorder) Connected(h Hello) { r.add("connected %s", h.Epoch) }

func (r *recorder) Disconnected(err error, _ time.Duration) { r.add("disconnected: %v", err) }

func (r *recorder) Message(m Message, changes []Change) error {
	var texts []string
	for _, c := range changes {
		texts = append(texts, changeText(c))
	}
	r.add("%s", strings.TrimSpace(m.Type+" "+strings.Join(texts, " ")))
	if m.Type == r.refused {
		return r.refuse
	}
	return nil
}

func changeText(c Change) string {
	value := func(e *Entry) string {
		if e == nil {
			return "-"
		}
		return string(e.Presence) + string(e.Contact)
	}
	text := fmt.Sprintf("%s:%s>%s", c.ID, value(c.Before), value(c.After))
	if c.Initial {
		text += "!"
	}
	return text
}

// play runs a client against a script until the recorder sees a line that
// contains until, or the client ends by itself. It returns what was recorded,
// the client and Run's error.
func play(t *testing.T, until string, change func(*Config, *recorder), script ...streamtest.Connection) ([]string, *Client, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &recorder{until: until, stop: cancel}
	cfg := serve(t, streamtest.New(t, "secret", script...))
	if change != nil {
		change(&cfg, r)
	}
	c, err := New(cfg, r)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Run(ctx)
	return r.lines, c, err
}
