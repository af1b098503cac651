package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

// newGov makes a second cloud of Microsoft, with an organisation that has the
// same id as one of the first and an app registration of its own.
func newGov(t *testing.T) (*graphsim.Sim, teams.App) {
	t.Helper()
	sim, base := startDouble(t, "gov-app", "gov-secret", "Contoso, government")
	return sim, teams.App{ClientID: "gov-app", ClientSecret: "gov-secret", Cloud: teams.Cloud{Login: base, Graph: base}}
}

// connectWith connects a directory by the app of a name.
func (s *teamsSite) connectWith(app, directory string) {
	s.t.Helper()
	var begun struct{ URL string }
	s.do("POST", "/v1/directories/"+directory+"/presence/consent", s.key, `{"app":"`+app+`"}`).want(s.t, http.StatusOK).decode(s.t, &begun)
	_, back := s.browse(begun.URL, contosoAdmin)
	_, next := s.browse(back, "")
	_, back = s.browse(next, contosoAdmin)
	if a, _ := s.browse(back, ""); a.status != http.StatusOK {
		s.t.Fatalf("the consent ended with %d: %s", a.status, a.body)
	}
}

func TestDirectoriesAreServedByTheAppTheyConsentedTo(t *testing.T) {
	t.Parallel() // it waits for subscriptions
	gov, app := newGov(t)
	dir := t.TempDir()
	s := newTeamsSite(t, Config{DataDir: dir, MicrosoftApps: map[string]teams.App{"gov": app}})
	gov.Register(s.url + CallbackPath)
	global, federal := s.newFolder(s.key, `{"name":"Global","type":"entra"}`), s.newFolder(s.key, `{"name":"Federal","type":"entra"}`)
	one, two := global.addUser(teamsPerson(1)), federal.addUser(teamsPerson(1))
	s.sim.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
	gov.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Away", Activity: "Away"})
	s.do("POST", "/v1/directories/"+global.id+"/presence/consent", s.key, `{"app":"mars"}`).want(t, http.StatusConflict)
	s.connect(s.key, global.id, contosoAdmin)
	s.connectWith("gov", federal.id)
	await(t, "presence of both clouds", func() bool {
		return presences(t, s.get("/v1/presence?ids="+one+","+two)) == "busy by microsoftTeams, away by microsoftTeams"
	})
	if b := s.sync(s.key, federal.id); b.App != "gov" || b.MicrosoftTenant != contoso {
		t.Errorf("the directory is %+v", b)
	}

	s.watch(s.key, directoryTopic(federal.id))
	await(t, "the poll", func() bool { return s.sync(s.key, federal.id).Watched == 1 })
	s.signInAccount(s.key, federal.id, contosoEmployee)
	s.awaitCovered(federal.id, 1)
	if len(s.sim.Subscriptions()) != 0 || len(gov.Subscriptions()) != 1 || s.sim.Stats().Refreshed != 0 {
		t.Errorf("%d and %d subscriptions; the other cloud was shown a token %d times", len(s.sim.Subscriptions()), len(gov.Subscriptions()), s.sim.Stats().Refreshed)
	}
	gov.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Offline", Activity: "Offline"})
	if gov.Deliver(t.Context()) != 1 {
		t.Error("the notification was not taken")
	}
	await(t, "the notification", func() bool {
		return strings.Contains(s.get("/metrics"), `ringdex_presence_notifications_total{outcome="applied"} 1`)
	})
	s.do("POST", notificationPath+"?app=mars", "", "{}").want(t, http.StatusNotFound)

	s.do("DELETE", "/v1/directories/"+federal.id+"/presence/accounts/"+contosoEmployee, s.key, "").want(t, http.StatusNoContent)
	await(t, "the end of the subscription", func() bool { return len(gov.Subscriptions()) == 0 })
	gov.Revoke(contoso) // before it is looked for
	var gone syncBody
	s.do("DELETE", "/v1/directories/"+federal.id+"/presence", s.key, "").want(t, http.StatusOK).decode(t, &gone)
	if gone.Removal.ApplicationID != "gov-app" || !strings.Contains(gone.Removal.Remains, "Enterprise") {
		t.Errorf("after the removal: %+v", gone.Removal)
	}
	await(t, "the end at Microsoft's side", func() bool { return s.sync(s.key, federal.id).Removal.GoneAt != nil })
	s.awaitState(global.id, teams.Healthy) // the same tenant id in the other cloud is in use still

	s.connectWith("gov", federal.id)
	<-time.After(100 * time.Millisecond) // ten looks at removals: the one before is forgotten
	gov.Revoke(contoso)
	for _, id := range []string{global.id, federal.id} {
		s.do("DELETE", "/v1/directories/"+id+"/presence", s.key, "").want(t, http.StatusOK)
	}
	await(t, "the end at Microsoft's side", func() bool { return s.sync(s.key, federal.id).Removal.GoneAt != nil })
	if b := s.sync(s.key, global.id); b.Removal.GoneAt != nil {
		t.Error("what is gone in one cloud is taken to be gone in the other")
	}
	s.connectWith("gov", federal.id)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.site = startSite(t, Config{DataDir: dir, Microsoft: s.app(), AdminKey: s.key}) // without the second app
	if b := s.sync(s.key, federal.id); b.State != teams.CredentialProblem || b.Notifications.State != "off" {
		t.Errorf("without its app the directory is %+v", b)
	}
}

// What was begun with one app is over when another is begun for the directory.
func TestConsentWithAnotherAppTakesThePlaceOfTheFirst(t *testing.T) {
	gov, app := newGov(t)
	s := newTeamsSite(t, Config{MicrosoftApps: map[string]teams.App{"gov": app}})
	gov.Register(s.url + CallbackPath)
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	_, back := s.browse(s.consent(s.key, f.id), contosoAdmin)
	s.connectWith("gov", f.id)
	s.wantPage(back, "not known here")
	s.signInAccount(s.key, f.id, contosoEmployee)
	if n := len(s.srv.registry.Accounts()); n != 1 {
		t.Fatalf("%d accounts", n)
	}
	s.connect(s.key, f.id, contosoAdmin) // by the other app, which the account did not sign in for
	if b := s.sync(s.key, f.id); b.App != "" || len(s.srv.registry.Accounts()) != 0 {
		t.Errorf("connected with %q, %d accounts", b.App, len(s.srv.registry.Accounts()))
	}
}

func TestAppsAreChecked(t *testing.T) {
	cloud, err := teams.NamedCloud("global")
	if err != nil {
		t.Fatal(err)
	}
	good := teams.App{ClientID: "id", ClientSecret: "secret", Cloud: cloud}
	other := good
	other.ClientID = "other"
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, ""},
		{Config{Microsoft: good}, ""},
		{Config{MicrosoftApps: map[string]teams.App{"one": good}}, ""},
		{Config{Microsoft: good, MicrosoftApps: map[string]teams.App{"one": other}}, ""},
		{Config{Microsoft: good, MicrosoftApps: map[string]teams.App{"one": good}}, "same registration"},
		{Config{MicrosoftApps: map[string]teams.App{"a/b": good}}, "small letters"},
		{Config{MicrosoftApps: map[string]teams.App{"one": {}}}, "one needs a client id"},
	} {
		apps, err := c.cfg.checkApps()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.cfg.MicrosoftApps, err, c.want)
		}
		for name, app := range apps {
			m := &microsoft{name: name, app: app}
			if a := m.addresses("https://ringdex.example.com"); a.Check(cloud) != nil {
				t.Errorf("%q is delivered to %+v", name, a)
			} else if u, err := url.Parse(a.Notifications); err != nil || u.Query().Get("app") != name || u.Path != notificationPath {
				t.Errorf("%q is delivered to %s", name, a.Notifications)
			}
		}
	}
}
