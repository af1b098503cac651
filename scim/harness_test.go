package scim

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/scim/roster"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

const publicURL = "https://ringdex.example.com"

// A world is a service over HTTP on a listener in memory, with all that it
// stands on.
type world struct {
	log      stream.Log
	registry *directory.Registry
	gate     *directory.Gate
	index    *index.Index // nil if opened without
	journal  *journal.Journal
	service  *Service
	client   *http.Client
	listener *fasthttputil.InmemoryListener
	failures *failureLog
}

// worldConfig says what a world stands on. The zero value is a log in memory
// and the real index.
type worldConfig struct {
	log     stream.Log
	noIndex bool // nobody looks anything up
}

// prompt is an index that shows everything at once.
type prompt struct{}

func (prompt) Wait(context.Context, string, stream.Seq) error { return nil }

func newWorld(t testing.TB, cfg worldConfig) *world {
	t.Helper()
	w := &world{log: cfg.log, failures: &failureLog{}}
	if w.log == nil {
		w.log = memlog.New()
	}
	logger := slog.New(slog.NewTextHandler(w.failures, nil))
	var err error
	if w.registry, err = directory.Open(t.Context(), w.log, directory.Config{ValidRegion: phone.ValidRegion}); err != nil {
		t.Fatal(err)
	}
	people, err := roster.Open(w.log, []string{directory.DefaultTenant})
	if err != nil {
		t.Fatal(err)
	}
	runs := []func(context.Context) error{w.registry.Run, people.Run}
	var visible Index = prompt{}
	if !cfg.noIndex {
		if w.index, err = index.Open(t.Context(), w.log, index.Config{TextDir: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.index.Close() })
		visible, runs = w.index, append(runs, w.index.Run)
	}
	w.gate = &directory.Gate{Registry: w.registry}
	w.journal = journal.New(journal.Config{})
	w.service = New(Config{
		Journal: w.journal,
		Log:     w.log, Registry: w.registry, Gate: w.gate, Roster: people, Index: visible, PublicURL: publicURL, Logger: logger,
	})
	w.service.kept.after = 1 // so that small lists are kept as large ones are
	w.start(t, runs)
	return w
}

// start runs everything until the test ends.
func (w *world) start(t testing.TB, runs []func(context.Context) error) {
	t.Helper()
	w.listener = fasthttputil.NewInmemoryListener()
	server := &fasthttp.Server{Handler: w.handle, MaxRequestBodySize: 8 << 20, ReadBufferSize: 64 << 10, DisablePreParseMultipartForm: true, Logger: quiet{}}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, run := range runs {
		wg.Go(func() {
			if err := run(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, stream.ErrClosed) {
				t.Errorf("Run = %v", err)
			}
		})
	}
	wg.Go(func() {
		if err := server.Serve(w.listener); err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	transport := &http.Transport{
		DialContext:         func(context.Context, string, string) (net.Conn, error) { return w.listener.Dial() },
		MaxIdleConnsPerHost: 64,
		DisableCompression:  true,
	}
	w.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = w.listener.Close()
		cancel()
		wg.Wait()
		w.checkKeys(t)
		if text := w.failures.text(); text != "" {
			t.Errorf("the service logged failures of its own:\n%s", text)
		}
	})
}

// handle routes as the server does: by the path as it was sent.
func (w *world) handle(c *fasthttp.RequestCtx) {
	rest, ok := strings.CutPrefix(string(c.URI().PathOriginal()), "/scim/")
	if !ok {
		c.NotFound()
		return
	}
	dir, path, _ := strings.Cut(rest, "/")
	w.service.Serve(c, dir, path, "192.0.2.1")
}

// quiet drops what fasthttp says of connections that ended.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

// A failureLog keeps what the service logs, which it does for its own faults
// only.
type failureLog struct {
	mu   sync.Mutex // guards what
	what []string
}

func (l *failureLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.what = append(l.what, string(line))
	return len(line), nil
}

func (l *failureLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.what, "")
}

// clear forgets failures that a test brought about.
func (l *failureLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.what = nil
}
