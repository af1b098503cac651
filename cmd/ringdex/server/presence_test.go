package server

import (
	"net/http"
	"strings"
	"testing"
)

// presences returns the availabilities in an answer to GET /v1/presence, "-"
// for who has none.
func presences(t testing.TB, body string) string {
	t.Helper()
	var list struct {
		Data []struct {
			Presence *struct{ Availability, Source string }
		}
	}
	answer{body: body}.decode(t, &list)
	words := make([]string, len(list.Data))
	for i, d := range list.Data {
		words[i] = "-"
		if d.Presence != nil {
			words[i] = d.Presence.Availability + " by " + d.Presence.Source
		}
	}
	return strings.Join(words, ", ")
}

func TestPresenceIsReadInTheOrderAskedFor(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	one, two := f.addUser(person("one@example.com", "One", "+442079460001")), f.addUser(person("two@example.com", "Two", "+442079460002"))
	batch := `{"updates":[{"id":"` + one + `","availability":"Busy"},{"id":"nobody","availability":"busy"},{"id":"` + two + `"},{"id":"` + two + `","availability":"away","source":"call"}]}`
	var done struct {
		Results []struct{ Outcome, Error string }
	}
	s.do("POST", "/v1/presence:batch", s.key, batch).want(t, http.StatusOK).decode(t, &done)
	outcomes := []string{}
	for _, r := range done.Results {
		outcomes = append(outcomes, r.Outcome)
	}
	if got := strings.Join(outcomes, " "); got != "changed refused refused refused" {
		t.Errorf("outcomes %s: %+v", got, done)
	}
	if got := presences(t, s.get("/v1/presence?ids="+two+","+one+",nobody")); got != "-, busy by api, -" {
		t.Errorf("presence is %s", got)
	}
	s.get("/v1/presence?ids=" + strings.Repeat("x,", maxPresenceIDs-1) + one)
	s.do("GET", "/v1/presence?ids="+strings.Repeat("x,", maxPresenceIDs)+one, s.key, "").want(t, http.StatusBadRequest)
	s.do("GET", "/v1/presence", s.key, "").want(t, http.StatusBadRequest)
}

func TestPersonSpeaksInSessionsAndChoosesHowToBeSeen(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	id := f.addUser(person("one@example.com", "One", "+442079460001"))
	base := "/v1/presence/" + id
	steps := []struct{ method, path, body, want string }{
		{"PUT", base + "/sessions/desk", `{"availability":"Available","expiresIn":600}`, "available by agent"},
		{"PUT", base + "/sessions/tab", `{"availability":"busy","activity":"inAMeeting"}`, "busy by agent"},
		{"PUT", base + "/preferred", `{"availability":"away"}`, "away by preferred"},
		{"DELETE", base + "/preferred", "", "busy by agent"},
		{"DELETE", base + "/sessions/tab", "", "available by agent"},
		{"DELETE", base + "/sessions/tab", "", "available by agent"},
		{"DELETE", base + "/sessions/desk?grace=300", "", "available by agent"},
		{"DELETE", base + "/sessions/desk", "", "-"},
	}
	for _, step := range steps {
		if a := s.do(step.method, step.path, s.key, step.body); a.status >= 300 {
			t.Errorf("%s %s = %d: %s", step.method, step.path, a.status, a.body)
		}
		if got := presences(t, s.get("/v1/presence?ids="+id)); got != step.want {
			t.Errorf("after %s %s %s presence is %s, want %s", step.method, step.path, step.body, got, step.want)
		}
	}
	for _, bad := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", "/v1/presence/nobody/sessions/desk", `{"availability":"busy"}`, 404},
		{"PUT", base + "/sessions/desk", `{"availability":"busy","expiresIn":14401}`, 400},
		{"PUT", base + "/sessions/desk", `{"availability":"busy","source":"microsoftTeams"}`, 400},
		{"PUT", base + "/preferred", `{"availability":"busy","sequenceNumber":"7"}`, 400},
		{"DELETE", "/v1/presence/nobody/preferred", "", 404},
		{"DELETE", base + "?source=agent", "", 400},
		{"DELETE", base + "/sessions/desk?grace=301", "", 400},
		{"DELETE", base + "/sessions/desk?grace=soon", "", 400},
	} {
		s.do(bad.method, bad.path, s.key, bad.body).want(t, bad.status)
	}
	if got := presences(t, s.get("/v1/presence?ids="+id)); got != "-" {
		t.Errorf("a refused request left %s", got)
	}
}
