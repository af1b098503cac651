package server

import (
	"bufio"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/stream/streamclient"
)

func TestChangesSinceAPosition(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	_, key := s.apiKey(s.key, "stream")
	ask := func(query string) (m streamclient.Message) {
		s.do("GET", "/v1/changes?"+query, key, "").want(t, http.StatusOK).decode(t, &m)
		return m
	}
	first := ask("fields=both&directory=" + f.id)
	if first.Type != "changes" || !first.Reset || len(first.Data) != 1 || !strings.Contains(string(first.Data[0].Contact), "Sample One") {
		t.Fatalf("at first %+v", first)
	}
	s.do("PUT", "/v1/presence/"+id, s.key, `{"availability":"busy"}`).want(t, http.StatusOK)
	m := ask("fields=both&directory=" + f.id + "&since=" + first.Position)
	if m.Reset || len(m.Data) != 1 || m.Data[0].Contact != nil || !strings.Contains(string(m.Data[0].Presence), `"busy"`) {
		t.Errorf("after a presence changed %+v", m)
	}
	if m := ask("ids=" + id + "&since=" + m.Position); len(m.Data)+len(m.Removed) != 0 {
		t.Errorf("when nothing changed %+v", m)
	}
	f.scim("DELETE", "/Users/"+id, "").want(t, http.StatusNoContent)
	if m := ask("directory=" + f.id + "&since=" + m.Position); len(m.Removed) != 1 || m.Removed[0] != id {
		t.Errorf("after a removal %+v", m)
	}
	s.do("GET", "/v1/changes", key, "").want(t, http.StatusBadRequest)
	if a := s.do("HEAD", "/v1/changes?directory="+f.id, key, "").want(t, http.StatusOK); a.body != "" {
		t.Errorf("HEAD has a body: %s", a.body)
	}
}

// TestPageWithATicketSeesWhatIsTold is the way of a browser's EventSource,
// which cannot send a key.
func TestPageWithATicketSeesWhatIsTold(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	_, key := s.apiKey(s.key, "stream")
	var made struct {
		Ticket    string
		ExpiresIn int
	}
	s.do("POST", "/v1/stream/tickets", key, "").want(t, http.StatusCreated).decode(t, &made)
	if made.ExpiresIn != 30 {
		t.Errorf("expires in %d", made.ExpiresIn)
	}
	lines, stop := iter.Pull(s.events("ticket="+made.Ticket+"&directory="+f.id, ""))
	t.Cleanup(stop)
	next := func() (m streamclient.Message) {
		for {
			line, ok := lines()
			if !ok {
				t.Fatal("the stream ended")
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				answer{body: data}.decode(t, &m)
				return m
			}
		}
	}
	if m := next(); m.Type != "snapshot" || len(m.Data) != 1 {
		t.Errorf("told first %+v", m)
	}
	s.do("PUT", "/v1/presence/"+id, s.key, `{"availability":"busy"}`).want(t, http.StatusOK)
	if m := next(); m.Type != "changes" || len(m.Data) != 1 || m.Data[0].ID != id {
		t.Errorf("told then %+v", m)
	}
	a, err := s.send("GET", "/v1/stream?directory="+f.id+"&ticket="+made.Ticket, http.Header{"Accept": {"text/event-stream"}}, "")
	if err != nil || a.status != http.StatusUnauthorized {
		t.Errorf("the ticket opens a second stream: %d, %v", a.status, err)
	}
}

// events opens a stream of events and returns its lines.
func (s *site) events(query, key string) iter.Seq[string] {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+"/v1/stream?"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := s.web.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("events: status %d", res.StatusCode)
	}
	return linesOf(res.Body)
}

// linesOf yields the lines of a body until it ends.
func linesOf(body io.Reader) iter.Seq[string] {
	return func(yield func(string) bool) {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() && yield(lines.Text()) {
		}
	}
}
