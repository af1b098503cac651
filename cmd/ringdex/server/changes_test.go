package server

import (
	"bufio"
	"encoding/json"
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
	open := func() (status int, lines *bufio.Scanner) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/v1/stream?directory="+f.id+"&ticket="+made.Ticket, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/event-stream")
		res, err := s.web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res.StatusCode, bufio.NewScanner(res.Body)
	}
	_, lines := open()
	next := func() (m streamclient.Message) {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &m); err != nil {
					t.Fatal(err)
				}
				return m
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return m
	}
	if m := next(); m.Type != "snapshot" || len(m.Data) != 1 {
		t.Errorf("told first %+v", m)
	}
	s.do("PUT", "/v1/presence/"+id, s.key, `{"availability":"busy"}`).want(t, http.StatusOK)
	if m := next(); m.Type != "changes" || len(m.Data) != 1 || m.Data[0].ID != id {
		t.Errorf("told then %+v", m)
	}
	if again, _ := open(); again != http.StatusUnauthorized {
		t.Errorf("the ticket opens a second stream: %d", again)
	}
}
