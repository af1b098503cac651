package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// A ledger notes what the server acknowledged.
type ledger struct {
	mu    sync.Mutex // guards names
	names []string
}

func (l *ledger) add(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names = append(l.names, name)
}

// create adds users under names of its own until a request fails, and reports
// answers that are neither a success nor the server's farewell.
func (f folder) create(t *testing.T, worker int, l *ledger, acknowledged *atomic.Int64) {
	for i := 0; ; i++ {
		name := fmt.Sprintf("w%dn%d", worker, i)
		a, err := f.site.try("POST", "/scim/"+f.id+"/Users", f.token, person(name, "Sample "+name, "020 7946 0018"))
		switch {
		case err != nil:
			return // the connection was closed: nothing was promised
		case a.status == http.StatusCreated:
			l.add(name)
			acknowledged.Add(1)
		case a.status == http.StatusServiceUnavailable:
			return
		default:
			t.Errorf("create = %d: %s", a.status, a.body)
			return
		}
	}
}

func TestStopUnderLoadLosesNothingAcknowledged(t *testing.T) {
	t.Parallel() // it waits for the most part
	dir := t.TempDir()
	s := startSite(t, Config{DataDir: dir})
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	a := s.watch(s.key, directoryTopic(f.id))
	go func() { // read on, so that nobody waits for this agent
		for range a.told {
			continue
		}
	}()
	var l ledger
	var acknowledged atomic.Int64
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() { f.create(t, w, &l, &acknowledged) })
	}
	wg.Go(func() { // administration waits for the log as well
		for {
			a, err := s.try("POST", "/v1/keys", s.key, `{"kind":"api","scopes":["lookup"]}`)
			if err != nil || a.status == http.StatusServiceUnavailable {
				return
			}
			if a.status != http.StatusCreated {
				t.Errorf("POST /v1/keys = %d: %s", a.status, a.body)
				return
			}
		}
	})
	await(t, "a hundred creates", func() bool { return acknowledged.Load() >= 100 })
	if err := s.stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	wg.Wait()
	select {
	case err := <-a.lost:
		if e, ok := errors.AsType[*streamclient.CloseError](err); !ok || e.Code != 1012 && e.Code != 1001 {
			t.Errorf("the stream was lost with %v, want 1012 or 1001", err)
		}
	case err := <-a.ended:
		t.Errorf("the stream ended for good with %v: this client would not come back", err)
	}

	again := startSite(t, Config{DataDir: dir})
	again.key, f.site = s.key, again
	known := map[string]bool{}
	for start := 1; ; {
		var list struct {
			TotalResults int
			Resources    []struct{ UserName string }
		}
		f.scim("GET", fmt.Sprintf("/Users?count=1000&startIndex=%d&attributes=userName", start), "").want(t, http.StatusOK).decode(t, &list)
		for _, u := range list.Resources {
			known[u.UserName] = true
		}
		if start += len(list.Resources); len(list.Resources) == 0 || start > list.TotalResults {
			break
		}
	}
	for _, name := range l.names {
		if !known[name] {
			t.Errorf("%s was acknowledged and is lost", name)
		}
	}
	if contacts, _ := again.srv.index.Counts(); contacts != len(known) {
		t.Errorf("the index has %d contacts, SCIM %d users", contacts, len(known))
	}
}

func TestRequestUnderWayIsAnsweredDuringAStop(t *testing.T) {
	s := newSite(t)
	started := make(chan struct{})
	http1 := s.srv.newHTTPServer(s.srv.endpoint(route{"GET", "/slow", public, "", func(ctx context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
		close(started)
		<-r.Done() // the stop has begun
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond): // an end of ctx would have arrived by now
		}
		sendText(r, "done")
		return nil
	}}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := http1.Serve(l); err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	wg.Go(func() {
		<-started
		if err := http1.Shutdown(); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
	})
	slow := &site{t: t, url: "http://" + l.Addr().String(), web: s.web}
	if a := slow.do("GET", "/slow", "", "").want(t, http.StatusOK); a.body != "done" {
		t.Errorf("answered %q", a.body)
	}
	wg.Wait()
}

func TestStopBeforeTheStartIsOverEnds(t *testing.T) {
	for range 30 { // with a key of the operator's own nothing delays the stop
		srv, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), AdminKey: strings.Repeat("k", 32)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := srv.Run(ctx, nil); err != nil {
			t.Fatalf("Run = %v", err)
		}
	}
}

func TestRunEndsWithTheErrorOfReady(t *testing.T) {
	want := errors.New("nobody reads what I print")
	srv, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Run(t.Context(), func(Ready) error { return want }); !errors.Is(err, want) {
		t.Errorf("Run = %v, want %v", err, want)
	}
}

func TestRunLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	s := startSite(t, Config{DataDir: dir})
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	f.addUser(person("p", "Sample One", "020 7946 0018"))
	s.get("/v1/search?q=sampel") // the text index, too
	address := strings.TrimPrefix(s.url, "http://")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.web.CloseIdleConnections()
	leftover := func() string {
		buf := make([]byte, 1<<20)
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if containsAny(stack, "ringdex/server.(", "stream/pebblelog", "stream/wsock", "stream/hub", "ringdex/index", "ringdex/scim", "fasthttp.(*Server)", "bleve", "pebble.(*DB)") &&
				!strings.Contains(stack, "testing.") {
				return stack
			}
		}
		return ""
	}
	await(t, "the end of every goroutine", func() bool { return leftover() == "" })
	again := startSite(t, Config{DataDir: dir, Listen: address}) // neither port nor folder is held
	again.key = s.key
	again.wantNames("/v1/search?q=sample", "Sample One")
}

func TestFolderServesOneAtATime(t *testing.T) {
	s := newSite(t)
	dir := s.srv.cfg.DataDir
	if _, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", DataDir: dir}); !errors.Is(err, stream.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("Open = %v, want that %s is taken", err, dir)
	}
	address := strings.TrimPrefix(s.url, "http://")
	if _, err := Open(t.Context(), Config{Listen: address, DataDir: t.TempDir()}); !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), address) {
		t.Errorf("Open = %v, want that %s is taken", err, address)
	}
	s.get("/v1/keys") // the first is not disturbed
}

func TestSettingsAreChecked(t *testing.T) {
	dir := t.TempDir()
	for name, cfg := range map[string]Config{
		"admin key": {AdminKey: "too short"}, "key rate": {KeyRate: -1}, "public URL": {PublicURL: "ringdex.example.com"},
		"public url": {PublicURL: "https://ringdex.example.com/?x=1"}, "origins": {Origins: []string{"[a-"}}, "port": {Listen: "127.0.0.1:999999"},
		"folder": {DataDir: filepath.Join("stop_test.go", "x")},
	} {
		if cfg.Listen == "" {
			cfg.Listen = "127.0.0.1:0"
		}
		if cfg.DataDir == "" {
			cfg.DataDir = dir
		}
		if srv, err := Open(t.Context(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
			_ = srv.close()
		}
	}
}

func TestOperatorsOwnKey(t *testing.T) {
	dir, own := t.TempDir(), strings.Repeat("operator-", 4)
	s := startSite(t, Config{DataDir: dir, AdminKey: own})
	if s.key != own {
		t.Errorf("a first key was made beside the operator's own")
	}
	s.newTenant("Second")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	without := startSite(t, Config{DataDir: dir}) // nothing of it was stored
	if without.key == "" || without.key == own {
		t.Errorf("first key is %q", without.key)
	}
	without.do("GET", "/v1/tenants", own, "").want(t, http.StatusUnauthorized)
	without.get("/v1/tenants")
}

func TestReadinessTellsOfAStop(t *testing.T) {
	s := newSite(t)
	if text := s.get("/readyz"); !strings.Contains(text, `"ready":true`) {
		t.Errorf("readyz = %s", text)
	}
	s.srv.stopping.Store(true)
	if a := s.do("GET", "/readyz", "", "").want(t, http.StatusServiceUnavailable); !strings.Contains(a.body, `"ready":false`) || !strings.Contains(a.body, `"stopping":true`) {
		t.Errorf("readyz = %s", a.body)
	}
}
