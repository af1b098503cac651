package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// nextSync returns what the agent is told next of how a directory fares.
func (a *agent) nextSync(directory string, want syncState) streamclient.Message {
	a.t.Helper()
	return a.until(func(m streamclient.Message) bool {
		return m.Type == "presence.sync" && m.DirectoryID == directory && m.State == string(want)
	})
}

func TestAgentsSeeWhetherPresenceIsCurrent(t *testing.T) {
	s := newTeamsSite(t, Config{})
	_, second := s.newTenant("Second")
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	theirs := s.newFolder(second, `{"name":"Theirs","type":"entra"}`)
	one := f.addUser(teamsPerson(1))
	s.sim.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Busy", Activity: "InACall"})
	_, key := s.apiKey(s.key, "stream", "presence:read")
	a, others := s.site.connect(key, directoryTopic(f.id)), s.watch(second, directoryTopic(theirs.id))

	s.connect(s.key, f.id, contosoAdmin)
	a.nextSync(f.id, syncOK)
	await(t, "the presence", func() bool { return s.own(one) == "busy by microsoftTeams" })

	s.sim.SetFaults(graphsim.Faults{Status: http.StatusServiceUnavailable})
	a.nextSync(f.id, syncDegraded)
	s.sim.SetFaults(graphsim.Faults{})
	a.nextSync(f.id, syncOK)

	s.sim.Revoke(contoso)
	began := time.Now()
	m := a.nextSync(f.id, syncRevoked)
	// The cycle of this server is 20 ms; the rest is the machine's.
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("revocation was told after %v", took)
	}
	if containsAny(string(m.Raw), "canarium", contoso) || m.Detail == "" {
		t.Errorf("told %s", m.Raw)
	}
	late := s.site.connect(key, directoryTopic(f.id))
	late.nextSync(f.id, syncRevoked)

	s.do("DELETE", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusOK)
	a.nextSync(f.id, syncRemoved)
	if got := presences(t, s.do("GET", "/v1/presence?ids="+one, key, "").want(t, http.StatusOK).body); got != "-" {
		t.Errorf("removed, and presence is still %s", got)
	}
	polled := s.do("GET", "/v1/changes?directory="+f.id, key, "").want(t, http.StatusOK).body
	if want := `"presenceSync":[{"directoryId":"` + f.id + `","state":"removed","detail":"Access was removed here."}]`; !strings.Contains(polled, want) {
		t.Errorf("polled %s", polled)
	}
	s.do("DELETE", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusNoContent)
	a.nextSync(f.id, syncOff)
	for len(others.told) > 0 {
		if m := <-others.told; m.Type == "presence.sync" {
			t.Errorf("another tenant was told %s", m.Raw)
		}
	}
}

func TestServerWithoutAnAppTellsThatSyncIsOff(t *testing.T) {
	dir := t.TempDir()
	s := newTeamsSite(t, Config{DataDir: dir})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	s.connect(s.key, f.id, contosoAdmin)
	s.awaitState(f.id, teams.Healthy)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	again := startSite(t, Config{DataDir: dir, AdminKey: s.key})
	a := again.connect(again.key, directoryTopic(f.id))
	if m := a.nextSync(f.id, syncOff); m.Detail == "" {
		t.Errorf("told %s", m.Raw)
	}
}

func TestStatesOfSyncAsAgentsSeeThem(t *testing.T) {
	with, without := &Server{microsoft: microsofts{"": {}}}, &Server{}
	for _, c := range []struct {
		s    *Server
		from teams.State
		want syncState
	}{
		{with, teams.Starting, syncDegraded},
		{with, teams.Healthy, syncOK},
		{with, teams.Degraded, syncDegraded},
		{with, teams.CredentialProblem, syncDegraded},
		{with, teams.PermissionMissing, syncRevoked},
		{with, teams.AccessRevoked, syncRevoked},
		{with, teams.Removed, syncRemoved},
		{without, teams.Removed, syncRemoved},
		{without, teams.CredentialProblem, syncOff},
	} {
		if got := c.s.event("d1", &syncBody{State: c.from}).State; got != c.want {
			t.Errorf("%s is told as %s, want %s", c.from, got, c.want)
		}
	}
	if len(syncStates()) != 7 {
		t.Error("there is a state that this test does not know")
	}
}
