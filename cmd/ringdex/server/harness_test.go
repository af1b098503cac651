package server

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// patience is how long a test waits for something that must happen. It is far
// more than anything takes, so that only a thing that never happens fails.
const patience = 20 * time.Second

// A site is a server that runs while a test does.
type site struct {
	t    testing.TB
	srv  *Server
	url  string
	key  string // the operator's admin key
	web  *http.Client
	stop func() error // ends Run and returns what it returned; may be called again
}

// newSite starts a server on a folder of its own.
func newSite(t testing.TB) *site {
	t.Helper()
	return startSite(t, Config{})
}

// startSite starts a server. It listens on a free port, and on an empty folder
// unless cfg names one.
func startSite(t testing.TB, cfg Config) *site {
	t.Helper()
	cfg.Listen = cmp.Or(cfg.Listen, "127.0.0.1:0")
	cfg.DataDir = cmp.Or(cfg.DataDir, t.TempDir())
	if cfg.edge == (edge{}) {
		cfg.edge = edge{}.withDefaults()
		cfg.edge.leave, cfg.edge.back = 100*time.Millisecond, 100*time.Millisecond
	}
	srv, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan Ready, 1), make(chan error, 1)
	go func() { ended <- srv.Run(ctx, func(r Ready) error { ready <- r; return nil }) }()
	s := &site{t: t, srv: srv, web: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		s.web.CloseIdleConnections()
		if err := s.stop(); err != nil {
			t.Errorf("Run = %v after a stop that was asked for", err)
		}
	})
	select {
	case r := <-ready:
		s.url, s.key = r.URL, cmp.Or(r.FirstKey, cfg.AdminKey)
	case err := <-ended:
		ended <- err
		t.Fatalf("Run = %v before it was ready", err)
	}
	return s
}

// An answer is what the server answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// decode reads an answer's JSON into v.
func (a answer) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("answer %d is not the JSON expected (%v): %s", a.status, err, a.body)
	}
}

// want fails the test unless the answer has a status.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// do sends a request with a key, which may be empty. A body is sent as JSON.
func (s *site) do(method, path, key, body string) answer {
	s.t.Helper()
	a, err := s.try(method, path, key, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// try is do for requests that may fail, and for other goroutines.
func (s *site) try(method, path, key, body string) (answer, error) {
	header := http.Header{}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	if key != "" {
		header.Set("Authorization", "Bearer "+key)
	}
	return s.send(method, path, header, body)
}

func (s *site) send(method, path string, header http.Header, body string) (answer, error) {
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header = header
	resp, err := s.web.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return answer{status: resp.StatusCode, header: resp.Header}, nil // the body is the connection
	}
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(text)}, err
}

// handle hands a request with the operator's key to the server without a
// socket: it returns as soon as the answer is decided.
func (s *site) handle(method, path, body string) *fasthttp.RequestCtx {
	var req fasthttp.Request
	req.Header.SetMethod(method)
	req.SetRequestURI(path)
	req.Header.Set("Authorization", "Bearer "+s.key)
	req.Header.SetContentType("application/json")
	req.SetBodyString(body)
	r := new(fasthttp.RequestCtx)
	r.Init(&req, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, nil)
	s.srv.http.Handler(r)
	return r
}

// get asks with the operator's key and wants 200.
func (s *site) get(path string) string {
	s.t.Helper()
	return s.do("GET", path, s.key, "").want(s.t, http.StatusOK).body
}

// A folder is a directory that a test made.
type folder struct {
	site  *site
	admin string // the key it was made with
	id    string
	token string
}

// newFolder makes a directory with an admin key.
func (s *site) newFolder(admin, body string) folder {
	s.t.Helper()
	var d struct {
		ID   string
		SCIM struct{ Token, BaseURL string }
	}
	s.do("POST", "/v1/directories", admin, body).want(s.t, http.StatusCreated).decode(s.t, &d)
	if want := s.url + "/scim/" + d.ID; d.SCIM.BaseURL != want {
		s.t.Errorf("baseUrl = %q, want %q", d.SCIM.BaseURL, want)
	}
	return folder{s, admin, d.ID, d.SCIM.Token}
}

// scim sends a SCIM request with the directory's token.
func (f folder) scim(method, path, body string) answer {
	f.site.t.Helper()
	return f.site.do(method, "/scim/"+f.id+path, f.token, body)
}

// addUser creates a user and returns the id.
func (f folder) addUser(body string) string {
	f.site.t.Helper()
	var u struct{ ID string }
	f.scim("POST", "/Users", body).want(f.site.t, http.StatusCreated).decode(f.site.t, &u)
	return u.ID
}

// person is the body of a user with a work number.
func person(userName, displayName, number string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"displayName":%q,
		"phoneNumbers":[{"type":"work","value":%q}]}`, userName, displayName, number)
}

// apiKey makes an API key with scopes.
func (s *site) apiKey(admin string, scopes ...string) (id, key string) {
	s.t.Helper()
	list, err := json.Marshal(scopes)
	if err != nil {
		s.t.Fatal(err)
	}
	var k struct{ ID, Key string }
	s.do("POST", "/v1/keys", admin, `{"kind":"api","scopes":`+string(list)+`}`).want(s.t, http.StatusCreated).decode(s.t, &k)
	return k.ID, k.Key
}

// newTenant makes a tenant and returns its admin key.
func (s *site) newTenant(name string) (id, admin string) {
	s.t.Helper()
	var made struct{ ID, AdminKey string }
	s.do("POST", "/v1/tenants", s.key, fmt.Sprintf(`{"name":%q}`, name)).want(s.t, http.StatusCreated).decode(s.t, &made)
	return made.ID, made.AdminKey
}

// names returns the display names in an answer to a lookup or search, in order.
func names(t testing.TB, body string) []string {
	t.Helper()
	type hit struct {
		Contact struct{ DisplayName string }
	}
	var found struct{ Candidates, Hits []hit }
	answer{body: body}.decode(t, &found)
	list := []string{}
	for _, h := range append(found.Candidates, found.Hits...) {
		list = append(list, h.Contact.DisplayName)
	}
	return list
}

// wantNames fails the test unless a question finds these people.
func (s *site) wantNames(path string, want ...string) {
	s.t.Helper()
	if diff := gocmp.Diff(append([]string{}, want...), names(s.t, s.get(path))); diff != "" {
		s.t.Errorf("GET %s (-want +got):\n%s", path, diff)
	}
}

// await polls until ok, for what is not told by anybody.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(2*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s did not happen", what)
		}
	}
}

// golden compares got with a file of testdata, or rewrites it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); if that is meant, run the test with -update:\n%s", path, diff)
	}
}

// containsAny tells whether text has one of the words.
func containsAny(text string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
