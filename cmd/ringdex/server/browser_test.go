package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringdex/ringdex/scim/directory"
)

// browserTime bounds a page's whole run.
const browserTime = 3 * time.Minute

// browser returns the Chromium of this machine. The tests that need one do not
// go on without it: "make tools" installs it.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("RINGDEX_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium here; make tools installs it, and RINGDEX_CHROMIUM names another")
	return ""
}

// visit opens a page in a headless browser and returns when done is closed.
func visit(t *testing.T, url string, done <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), browserTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser(t), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-extensions", "--user-data-dir="+t.TempDir(), "--enable-logging=stderr", url)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-ctx.Done():
		t.Error("the page did not come to its end")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if t.Failed() {
		for line := range strings.Lines(said.String()) {
			if strings.Contains(line, "CONSOLE") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
}

// A stage is what a page plays on: a server behind a cable, and what the page
// may ask to happen to it.
type stage struct {
	t      *testing.T
	cable  *cable
	data   string
	origin string
	folder folder
	done   chan struct{}

	contract *contract

	mu     sync.Mutex // guards all below: requests come from several pages' fetches
	site   *site
	people []string
	added  int
	keys   map[string]string // id by key
	report []string
}

// ServeHTTP serves the page and does what it asks for.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what, ask := strings.CutPrefix(r.URL.Path, "/do/")
	if !ask {
		s.serveFile(w, r)
		return
	}
	var order struct {
		ID, Availability, Name, CallID, State, Key, Error string
		Down                                              bool
		Seconds                                           int
		Messages                                          []json.RawMessage
	}
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer any = struct{}{}
	switch what {
	case "config":
		answer = map[string]any{
			"module": "http://" + s.cable.Addr().String() + "/client/ringdex.js", "url": "http://" + s.cable.Addr().String() + "/v1/stream",
			"key": s.site.key, "directory": s.folder.id, "people": s.people,
		}
	case "presence":
		s.site.do("PUT", "/v1/presence/"+order.ID, s.site.key, fmt.Sprintf(`{"availability":%q}`, order.Availability)).want(s.t, http.StatusOK)
	case "add":
		s.add(order.Name)
	case "call":
		s.site.do("POST", "/v1/calls", s.site.key, fmt.Sprintf(`{"callId":%q,"state":%q,"from":"+442079460018","agent":"a1"}`, order.CallID, order.State)).want(s.t, http.StatusOK)
	case "sync":
		e := syncEvent{DirectoryID: order.ID, State: syncState(order.State), Detail: "as the page asked"}
		s.site.srv.tellSyncOf(directory.DefaultTenant, e, e.State == syncOff)
	case "cut":
		s.cable.cut(order.Down)
	case "up":
		s.cable.up()
	case "restart":
		s.restart()
	case "key":
		id, key := s.site.apiKey(s.site.key, "stream")
		s.keys[key] = id
		answer = map[string]string{"key": key}
	case "revoke":
		s.site.do("DELETE", "/v1/keys/"+s.keys[order.Key], s.site.key, "").want(s.t, http.StatusNoContent)
	case "ticket":
		draft := ""
		if order.ID != "" {
			draft = fmt.Sprintf(`{"agent":%q}`, order.ID)
		}
		answer = json.RawMessage(s.site.do("POST", "/v1/stream/tickets", s.site.key, draft).want(s.t, http.StatusCreated).body)
	case "storm":
		s.storm(time.Duration(order.Seconds) * time.Second)
	case "truth":
		answer = s.truth()
	case "messages":
		for _, m := range order.Messages {
			if err := s.contract.check(m); err != nil {
				s.t.Errorf("told %v", err)
			}
		}
	case "report":
		s.report = append(s.report, order.Name)
		if order.Error != "" {
			s.t.Errorf("%s: %s", order.Name, order.Error)
		}
	case "done":
		close(s.done)
	default:
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *stage) serveFile(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><title>test</title><script type="module" src="/client.js"></script>`)
		return
	}
	http.ServeFileFS(w, r, os.DirFS("testdata/browser"), strings.TrimPrefix(r.URL.Path, "/"))
}

func (s *stage) add(name string) {
	s.added++
	id := s.folder.addUser(person(fmt.Sprint("user", s.added), name, fmt.Sprintf("020 7946 %04d", s.added)))
	s.people = append(s.people, id)
}

// restart ends the server and starts another on its folder and its port.
func (s *stage) restart() {
	if err := s.site.stop(); err != nil {
		s.t.Errorf("stop: %v", err)
	}
	key := s.site.key
	s.site = startSite(s.t, Config{DataDir: s.data, Listen: strings.TrimPrefix(s.site.url, "http://"), Origins: []string{s.origin}})
	s.site.key = key
	s.folder.site = s.site
}

// storm changes people at random while the cable is cut and the server
// restarted.
func (s *stage) storm(d time.Duration) {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := []string{"available", "busy", "away", "offline"}
	restarted := false
	for end := time.Now().Add(d); time.Now().Before(end); {
		switch n := rnd.IntN(40); {
		case n == 0:
			s.cable.cut(false)
		case n < 4:
			s.add("Sample Storm")
		case n < 6 && len(s.people) > 4:
			last := len(s.people) - 1
			s.folder.scim("DELETE", "/Users/"+s.people[last], "").want(s.t, http.StatusNoContent)
			s.people = s.people[:last]
		case n < 7 && !restarted && time.Until(end) < d/2:
			restarted = true
			s.restart()
		default:
			id := s.people[rnd.IntN(len(s.people))]
			s.site.do("PUT", "/v1/presence/"+id, s.site.key, fmt.Sprintf(`{"availability":%q}`, words[rnd.IntN(len(words))])).want(s.t, http.StatusOK)
		}
	}
}

// truth is what a view of the directory must show: presence and contact by id,
// in the order of ids.
func (s *stage) truth() map[string][2]json.RawMessage {
	var now struct {
		Data []struct {
			ID                string
			Presence, Contact json.RawMessage
		}
	}
	s.site.do("GET", "/v1/changes?fields=both&directory="+s.folder.id, s.site.key, "").want(s.t, http.StatusOK).decode(s.t, &now)
	truth := map[string][2]json.RawMessage{}
	for _, e := range now.Data {
		truth[e.ID] = [2]json.RawMessage{e.Presence, e.Contact}
	}
	return truth
}

// TestClientInABrowser plays the cases of testdata/browser/client.js in a real
// browser, on a page of another origin.
func TestClientInABrowser(t *testing.T) {
	s := &stage{t: t, data: t.TempDir(), done: make(chan struct{}), keys: map[string]string{}}
	page := httptest.NewServer(s)
	t.Cleanup(page.Close)
	s.origin = page.URL
	s.site = startSite(t, Config{DataDir: s.data, Origins: []string{page.URL}})
	s.cable = newCable(t, strings.TrimPrefix(s.site.url, "http://"), 0)
	s.contract = readContract(t, string(s.site.srv.contract()))
	s.folder = s.site.newFolder(s.site.key, `{"name":"Head office","defaultRegion":"GB"}`)
	s.add("Sample One")
	s.add("Sample Two")
	visit(t, page.URL, s.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.report) != 13 {
		t.Errorf("%d cases were played: %q", len(s.report), s.report)
	}
}

func TestClientIsServedWithItsTypes(t *testing.T) {
	s := newSite(t)
	js := s.do("GET", "/client/ringdex.js", "", "").want(t, http.StatusOK)
	types := s.do("GET", "/client/ringdex.d.ts", "", "").want(t, http.StatusOK)
	if !strings.HasPrefix(js.header.Get("Content-Type"), "text/javascript") || js.header.Get("Access-Control-Allow-Origin") != "*" || js.header.Get("Etag") == types.header.Get("Etag") {
		t.Errorf("headers %v", js.header)
	}
	for _, name := range []string{"connect", "Stream", "View", "Backoff", "StreamError"} {
		if !strings.Contains(js.body, "export function "+name) && !strings.Contains(js.body, "export class "+name) {
			t.Errorf("the module does not export %s", name)
		}
		if !strings.Contains(types.body, "export function "+name) && !strings.Contains(types.body, "export class "+name) {
			t.Errorf("the types do not know %s", name)
		}
	}
	again, err := s.send("GET", "/client/ringdex.js", http.Header{"If-None-Match": {js.header.Get("Etag")}}, "")
	if err != nil || again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("asked again: %d %q, %v", again.status, again.body, err)
	}
}
