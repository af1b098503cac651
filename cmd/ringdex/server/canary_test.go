package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/ringdex/ringdex/stream/streamclient"
)

// A capture is where a captured logger writes. Methods are safe for concurrent
// use.
type capture struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write implements io.Writer.
func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

// String returns what was written so far.
func (c *capture) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// mixedLoad sends a bit of everything that a server is sent in its life, right
// and wrong, with the canaries of isolation_test in all of it, and returns the
// secrets that were used.
func mixedLoad(s *site) []string {
	s.t.Helper()
	v := newVictim(s)
	secrets := []string{s.key, v.folder.token}
	_, key := s.apiKey(s.key, "lookup", "search", "stream")
	secrets = append(secrets, key)
	a := s.watch(key, directoryTopic(v.folder.id), streamclient.Topic{Kind: "search", Q: canaryWord}, agentTopic("*"))
	for _, rt := range s.srv.routes() {
		if rt.method == "DELETE" || rt.path == "/v1/stream" {
			continue
		}
		for _, k := range []string{s.key, v.folder.token, key, "", "rdx_admin_canarium", key[:len(key)-1]} {
			v.try(s, rt, k)
		}
	}
	client := v.folder.newClient(`{"label":"canarium"}`)
	access := s.token(client.ID, client.Secret, url.Values{}).accessToken(s.t)
	secrets = append(secrets, client.Secret, access)
	for _, wrong := range []url.Values{
		{"client_id": {client.ID}, "client_secret": {client.Secret + "canarium"}},
		{"client_id": {"canarium"}, "client_secret": {access}},
		{"grant_type": {"canarium"}},
		{"scope": {"canarium"}, "client_id": {client.ID}, "client_secret": {client.Secret}},
		assertionForm(client.ID, "canarium.canarium.canarium"),
	} {
		if got := s.token("", "", wrong); got.status < 400 || got.status >= 500 || containsAny(got.body, append(secrets, canaryWord)...) {
			s.t.Errorf("%v is answered %d: %s", wrong, got.status, got.body)
		}
	}
	user := "/Users/" + v.ids["contact"]
	for _, bad := range []struct{ method, path, body string }{
		{"POST", "/Users", `{"userName":"x","displayName":"canarium 2079460018"}`},                                  // taken
		{"POST", "/Users", `{"userName":"canarium", "phoneNumbers":"2079460018"`},                                   // cut short
		{"POST", "/Users", `{"schemas":["canarium"],"userName":7}`},                                                 // of the wrong type
		{"PATCH", user, `{"Operations":[{"op":"canarium","path":"2079460018"}]}`},                                   // no operation
		{"PATCH", user, `{"Operations":[{"op":"replace","path":"emails[value eq \"canarium","value":"canarium"}]}`}, // no path
		{"GET", "/Users?filter=" + `userName+resembles+%22canarium%22`, ""},                                         // no filter
		{"GET", "/Users/canarium", ""}, {"GET", "/canarium", ""}, {"DELETE", "/Groups/2079460018", ""},
	} {
		if got := v.folder.scim(bad.method, bad.path, bad.body); got.status < 400 || got.status >= 500 {
			s.t.Errorf("%s %s = %d: %s", bad.method, bad.path, got.status, got.body)
		}
	}
	for _, garbage := range []string{"GET /canarium HTTP/1.1\r\n2079460018\r\n\r\n", "canarium 2079460018\r\n\r\n", "GET /v1/lookup?number=2079460018 HTTP/1.1\r\nAuthorization: Bearer " + key} {
		w := s.dial()
		w.write(garbage)
		_ = w.Close()
	}
	s.do("POST", "/v1/calls", s.key, `{"callId":"canarium","state":"ringing","from":"+442079460018","agent":"canarium"}`).want(s.t, http.StatusOK)
	a.next("call")
	s.do("DELETE", "/v1/keys/"+v.ids["key"], s.key, "").want(s.t, http.StatusNoContent)
	v.folder.scim("DELETE", user, "").want(s.t, http.StatusNoContent)
	s.do("DELETE", "/v1/directories/"+v.folder.id, s.key, "").want(s.t, http.StatusNoContent)
	return secrets
}

func TestLogsAndMetricsCarryNobodysData(t *testing.T) {
	t.Parallel() // it waits for the most part
	logged := &capture{}
	log := slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	s := startSite(t, Config{Logger: log})
	secrets := mixedLoad(s)
	metrics := s.get("/metrics")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"the log": logged.String(), "/metrics": metrics} {
		lower := strings.ToLower(text)
		for _, canary := range append([]string{canaryWord, canaryNumber, "20 7946", "example.com", "rdx_"}, secrets...) {
			if at := strings.Index(lower, strings.ToLower(canary)); at >= 0 {
				t.Errorf("%s has %q: …%s…", where, canary, text[max(0, at-200):min(len(text), at+200)])
			}
		}
		if strings.Contains(text, "level=ERROR") {
			t.Errorf("%s tells of a fault:\n%s", where, text)
		}
	}
}

func TestMetricsHaveNoLabelsOfAClientsChoice(t *testing.T) {
	s := newSite(t)
	sent := func() {
		for i := range 50 {
			s.do("GET", fmt.Sprintf("/nowhere/%d", i), "", "")
			s.do(fmt.Sprintf("METHOD%c", 'A'+i%26), "/v1/keys", s.key, "")
			s.do("GET", fmt.Sprintf("/v1/contacts/c%d", i), s.key, "")
			s.do("GET", fmt.Sprintf("/scim/d%d/Users", i), s.key, "")
		}
		s.get("/v1/lookup?number=1")
		s.do("GET", "/v1/search", s.key, "").want(t, http.StatusBadRequest)
		s.get("/metrics") // counts itself in the next one
	}
	sent()
	series := func() int { return strings.Count(s.get("/metrics"), "\nringdex_") }
	before := series()
	sent()
	if after := series(); after != before {
		t.Errorf("%d series became %d", before, after)
	}
	text := s.get("/metrics")
	for _, want := range []string{
		`ringdex_requests_total{method="none",route="none",status="404"} 100`, `ringdex_requests_total{method="none",route="none",status="405"} 100`,
		`ringdex_requests_total{method="GET",route="/v1/search",status="400"} 2`, `ringdex_request_seconds_count{method="GET",route="/v1/lookup"} 2`,
		"ringdex_lookup_seconds_count 2", "ringdex_log_seq ", "ringdex_contacts 0", "ringdex_stream_connections 0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

func TestStreamClosesAreCountedByCode(t *testing.T) {
	s := newSite(t)
	id, key := s.apiKey(s.key, "stream")
	a := s.watch(key, agentTopic("a1"))
	if text := s.get("/metrics"); !strings.Contains(text, "ringdex_stream_connections 1") || !strings.Contains(text, `route="/v1/stream",status="101"} 1`) {
		t.Errorf("an open stream is not counted:\n%s", text)
	}
	s.do("DELETE", "/v1/keys/"+id, s.key, "").want(t, http.StatusNoContent)
	a.closeCode()
	await(t, "counting of the close", func() bool { return strings.Contains(s.get("/metrics"), `ringdex_stream_closes_total{code="4401"} 1`) })
}
