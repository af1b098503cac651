package server

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
	"github.com/ringdex/ringdex/scim/directory"
)

// signInAccount lets an account sign in for a directory, in a browser.
func (s *teamsSite) signInAccount(key, directory, account string) answer {
	s.t.Helper()
	var begun struct{ URL string }
	s.do("POST", "/v1/directories/"+directory+"/presence/accounts", key, "").want(s.t, http.StatusOK).decode(s.t, &begun)
	_, back := s.browse(begun.URL, account)
	a, _ := s.browse(back, "")
	return a
}

// covered waits until Graph tells of so many people of a directory.
func (s *teamsSite) awaitCovered(directory string, n int) {
	s.t.Helper()
	await(s.t.(*testing.T), "a subscription", func() bool {
		b := s.sync(s.key, directory).Notifications
		return b != nil && len(b.Accounts) == 1 && b.Accounts[0].Covers == n && b.Accounts[0].State == teams.Healthy
	})
}

func TestAccountSignsInAndGraphTells(t *testing.T) {
	t.Parallel() // it waits for a round of the poll
	dir := t.TempDir()
	s := newTeamsSite(t, Config{DataDir: dir, presenceCycle: 2 * time.Second})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	one := f.addUser(teamsPerson(1))
	s.do("POST", "/v1/directories/"+f.id+"/presence/accounts", s.key, "").want(t, http.StatusConflict)
	s.connect(s.key, f.id, contosoAdmin)
	if b := s.sync(s.key, f.id).Notifications; b == nil || b.State != "off" || !strings.Contains(b.Detail, "signed in") {
		t.Errorf("before an account signed in: %+v", b)
	}
	s.watch(s.key, directoryTopic(f.id))
	await(t, "the poll", func() bool { return s.sync(s.key, f.id).Watched == 1 })
	if a := s.signInAccount(s.key, f.id, contosoEmployee); a.status != http.StatusOK || !strings.Contains(a.body, "The account is signed in") {
		t.Fatalf("the sign-in ended with %d: %s", a.status, a.body)
	}
	s.awaitCovered(f.id, 1)
	s.sim.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Busy", Activity: "InACall"})
	if s.sim.Deliver(t.Context()) != 1 {
		t.Fatal("the notification was not taken")
	}
	await(t, "presence", func() bool { return presences(t, s.get("/v1/presence?ids="+one)) == "busy by microsoftTeams" })
	await(t, "the count", func() bool {
		return strings.Contains(s.get("/metrics"), `ringdex_presence_notifications_total{outcome="applied"} 1`)
	})
	if b := s.sync(s.key, f.id).Notifications; b.Accounts[0].LastNotificationAt == nil || b.Accounts[0].ID != contosoEmployee || b.Accounts[0].ExpiresAt == nil {
		t.Errorf("the account is %+v", b.Accounts[0])
	}
	var begun struct{ URL string }
	s.sim.Consent(fabrikam)
	s.do("POST", "/v1/directories/"+f.id+"/presence/accounts", s.key, "").want(t, http.StatusOK).decode(t, &begun)
	_, back := s.browse(strings.Replace(begun.URL, contoso, "organizations", 1), fabrikamAdmin)
	s.wantPage(back, "of another organisation")

	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(s.sim.Subscriptions()); n != 0 {
		t.Errorf("%d subscriptions live after the stop", n)
	}
	s.site = startSite(t, Config{DataDir: dir, Microsoft: s.app(), presenceCycle: 20 * time.Millisecond, AdminKey: s.key})
	s.watch(s.key, directoryTopic(f.id))
	s.awaitCovered(f.id, 1) // with what was kept
	var subs []graphsim.Subscribed
	await(t, "the subscription", func() bool { subs = s.sim.Subscriptions(); return len(subs) == 1 })
	if subs[0].Account != contosoEmployee || len(subs[0].ClientState) < 40 {
		t.Errorf("the subscription is %+v", subs[0])
	}
}

func TestAccountIsRemovedWithItsSubscription(t *testing.T) {
	t.Parallel() // it waits for the subscriber to look again
	s := newTeamsSite(t, Config{})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	f.addUser(teamsPerson(1))
	s.connect(s.key, f.id, contosoAdmin)
	s.watch(s.key, directoryTopic(f.id))
	_, foreign := s.newTenant("Second")
	path := "/v1/directories/" + f.id + "/presence/accounts"
	for round, remove := range []func(){
		func() {
			s.do("DELETE", path+"/"+contosoEmployee, foreign, "").want(t, http.StatusNotFound)
			s.do("POST", path, foreign, "").want(t, http.StatusNotFound)
			s.do("DELETE", path+"/"+contosoEmployee, s.key, "").want(t, http.StatusNoContent)
			s.do("DELETE", path+"/"+contosoEmployee, s.key, "").want(t, http.StatusNotFound)
		},
		func() {
			s.do("DELETE", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusOK)
			if b := s.sync(s.key, f.id); b.Notifications != nil {
				t.Errorf("after the removal: %+v", b.Notifications)
			}
			s.do("POST", path, s.key, "").want(t, http.StatusConflict)
		},
	} {
		await(t, "the poll", func() bool { return s.sync(s.key, f.id).Watched == 1 })
		s.signInAccount(s.key, f.id, contosoEmployee)
		s.awaitCovered(f.id, 1)
		remove()
		await(t, "the end of the subscription", func() bool { return len(s.sim.Subscriptions()) == 0 })
		if n := len(s.srv.registry.Accounts()); n != 0 {
			t.Errorf("round %d: %d accounts are kept", round, n)
		}
	}
}

func TestSignInThatEndedShows(t *testing.T) {
	s := newTeamsSite(t, Config{})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	s.connect(s.key, f.id, contosoAdmin)
	s.sim.SetFaults(graphsim.Faults{RefreshError: 50173})
	s.signInAccount(s.key, f.id, contosoEmployee)
	await(t, "the state", func() bool {
		b := s.sync(s.key, f.id).Notifications
		return b.State == "on" && b.Accounts[0].State == teams.SignInEnded && strings.Contains(b.Accounts[0].Detail, "sign in again")
	})
	s.awaitState(f.id, teams.Healthy) // the poll is none the worse
	s.sim.SetFaults(graphsim.Faults{})
	s.signInAccount(s.key, f.id, contosoEmployee)
	await(t, "the state", func() bool { return s.sync(s.key, f.id).Notifications.Accounts[0].State == teams.Healthy })
}

func TestAddressForNotificationsAnswersItsCheckAndTellsForgersNothing(t *testing.T) {
	s := newTeamsSite(t, Config{})
	for _, path := range []string{notificationPath, lifecyclePath} {
		a := s.do("POST", path+"?validationToken=Validation%3A+a%2Bb+%3Cb%3E+Request-Id%3A%208c2d", "", "").want(t, http.StatusOK)
		if a.body != "Validation: a+b &lt;b&gt; Request-Id: 8c2d" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the check is answered %q, %v", a.body, a.header)
		}
		s.do("POST", path+"?validationToken=", "", "").want(t, http.StatusBadRequest)
		s.do("POST", path+"?validationToken="+strings.Repeat("x", 5000), "", "").want(t, http.StatusBadRequest)
		for _, body := range []string{"", "canarium", `{"value":[]}`, `{"value":[{"subscriptionId":"x","clientState":"y"}]}`, strings.Repeat("[", maxBodyBytes)} {
			if a := s.do("POST", path, "", body).want(t, http.StatusAccepted); a.body != "" {
				t.Errorf("%.40q is answered %s", body, a.body)
			}
		}
		s.do("POST", path, "", strings.Repeat(" ", maxBodyBytes+1)).want(t, http.StatusRequestEntityTooLarge)
		s.do("GET", path, "", "").want(t, http.StatusMethodNotAllowed)
	}
}

func TestNotificationsAreOffWithoutAPublicAddress(t *testing.T) {
	cloud, err := teams.NamedCloud("global")
	if err != nil {
		t.Fatal(err)
	}
	s := startSite(t, Config{Microsoft: teams.App{ClientID: "app", ClientSecret: "secret", Cloud: cloud}})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	if err := s.srv.registry.GrantConsent(t.Context(), directory.DefaultTenant, f.id, directory.Granted{MicrosoftTenant: contoso, By: "k"}); err != nil {
		t.Fatal(err)
	}
	a := s.do("POST", "/v1/directories/"+f.id+"/presence/accounts", s.key, "").want(t, http.StatusConflict)
	if !strings.Contains(a.body, "--public-url") {
		t.Errorf("it says %s", a.body)
	}
	s.do("POST", notificationPath+"?validationToken=x", "", "").want(t, http.StatusNotFound)
	if b := s.srv.microsoft[""].notifications(f.id); b.State != "off" || !strings.Contains(b.Detail, "--public-url") {
		t.Errorf("it is %+v", b)
	}
}

func TestAccountsLeaveNoSecretInTheLogOrAnAnswer(t *testing.T) {
	logged := &capture{}
	s := newTeamsSite(t, Config{Logger: slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	f := s.newFolder(s.key, `{"name":"canarium","type":"entra"}`)
	f.addUser(teamsPerson(1))
	s.connect(s.key, f.id, contosoAdmin)
	s.watch(s.key, directoryTopic(f.id))
	await(t, "the poll", func() bool { return s.sync(s.key, f.id).Watched == 1 })
	page := s.signInAccount(s.key, f.id, contosoEmployee)
	s.awaitCovered(f.id, 1)
	accounts, subs := s.srv.registry.Accounts(), s.sim.Subscriptions()
	if len(accounts) != 1 || accounts[0].RefreshToken == "" || len(subs) != 1 {
		t.Fatalf("%d accounts, %d subscriptions", len(accounts), len(subs))
	}
	s.sim.SetFaults(graphsim.Faults{Sending: graphsim.Sending{ClientState: "wrong"}})
	s.sim.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
	s.sim.Deliver(t.Context())
	shown := s.do("GET", "/v1/directories/"+f.id+"/presence", s.key, "").body + s.get("/metrics") + page.body
	s.do("DELETE", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusOK)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"canarium", "eyJ", accounts[0].RefreshToken, subs[0].ClientState, "code=", contosoEmployee} {
		if strings.Contains(logged.String(), secret) || secret != contosoEmployee && strings.Contains(shown, secret) {
			t.Errorf("%q stands in the log, or in an answer:\n%s\n%s", secret, logged.String(), shown)
		}
	}
}
