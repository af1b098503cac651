package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

// The organisations at Microsoft's side: the first has an administrator and an
// employee, the second an administrator.
const (
	contoso  = "00000000-0000-4000-8000-000000000001"
	fabrikam = "00000000-0000-4000-8000-000000000002"

	contosoAdmin    = "bbbbbbbb-0000-4000-8000-000000000001"
	contosoEmployee = "bbbbbbbb-0000-4000-8000-000000000002"
	fabrikamAdmin   = "bbbbbbbb-0000-4000-8000-000000000003"
)

// object makes the Entra object id of a person.
func object(n int) string { return fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", n) }

// A teamsSite is a server whose Microsoft is a double.
type teamsSite struct {
	*site
	sim     *graphsim.Sim
	base    string       // the double's address
	browser *http.Client // follows no redirect
}

// app is the app registration that the double knows.
func (s *teamsSite) app() teams.App {
	return teams.App{ClientID: "canarium-app", ClientSecret: "canarium-secret", Cloud: teams.Cloud{Login: s.base, Graph: s.base}}
}

// startDouble starts a cloud of Microsoft that knows one app registration and
// the organisation contoso, and returns it with its address.
func startDouble(t *testing.T, clientID, clientSecret, contosoName string) (sim *graphsim.Sim, base string) {
	t.Helper()
	double := httptest.NewUnstartedServer(nil)
	base = "http://" + double.Listener.Addr().String()
	sim, err := graphsim.New(graphsim.Config{ClientID: clientID, ClientSecret: clientSecret, BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	double.Config.Handler = sim
	double.Start()
	t.Cleanup(double.Close)
	sim.AddTenant(graphsim.Tenant{ID: contoso, Name: contosoName, Accounts: []graphsim.Account{
		{ID: contosoAdmin, Name: "Ada Example", Roles: []string{graphsim.GlobalAdministrator}}, {ID: contosoEmployee, Name: "Alf Example"},
	}})
	return sim, base
}

func newTeamsSite(t *testing.T, cfg Config) *teamsSite {
	t.Helper()
	sim, base := startDouble(t, "canarium-app", "canarium-secret", "Contoso")
	sim.AddTenant(graphsim.Tenant{ID: fabrikam, Name: "Fabrikam", Accounts: []graphsim.Account{
		{ID: fabrikamAdmin, Name: "Bea Example", Roles: []string{graphsim.GlobalAdministrator}},
	}})
	cfg.Microsoft = (&teamsSite{base: base}).app()
	cfg.presenceCycle, cfg.removalTick = cmp.Or(cfg.presenceCycle, 20*time.Millisecond), 10*time.Millisecond
	s := &teamsSite{base: base, site: startSite(t, cfg), sim: sim, browser: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	sim.Register(s.url + CallbackPath)
	return s
}

// consent begins a consent and returns the address of the sign-in.
func (s *teamsSite) consent(key, directory string) string {
	s.t.Helper()
	var begun struct {
		URL       string
		ExpiresIn int
	}
	s.do("POST", "/v1/directories/"+directory+"/presence/consent", key, "").want(s.t, http.StatusOK).decode(s.t, &begun)
	if begun.ExpiresIn != 600 {
		s.t.Errorf("expires in %d seconds", begun.ExpiresIn)
	}
	return begun.URL
}

// browse gets an address, or posts the form there as an account, and returns
// the answer and where it sends the browser.
func (s *teamsSite) browse(address, account string) (a answer, next string) {
	s.t.Helper()
	var resp *http.Response
	var err error
	if account == "" {
		resp, err = s.browser.Get(address)
	} else {
		resp, err = s.browser.PostForm(address, url.Values{"account": {account}})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}, resp.Header.Get("Location")
}

// signIn does the first half: from the sign-in to the address of the consent.
func (s *teamsSite) signIn(key, directory, account string) string {
	s.t.Helper()
	_, back := s.browse(s.consent(key, directory), account)
	a, next := s.browse(back, "")
	a.want(s.t, http.StatusFound)
	return next
}

// connect goes all the way as an administrator would.
func (s *teamsSite) connect(key, directory, account string) {
	s.t.Helper()
	_, back := s.browse(s.signIn(key, directory, account), account)
	if a, _ := s.browse(back, ""); a.status != http.StatusOK || !strings.Contains(a.body, "Presence is connected") {
		s.t.Fatalf("the consent ended with %d: %s", a.status, a.body)
	}
}

// sync returns the presence sync of a directory; nil for null.
func (s *teamsSite) sync(key, directory string) *syncBody {
	s.t.Helper()
	var d struct{ PresenceSync *syncBody }
	s.do("GET", "/v1/directories/"+directory, key, "").want(s.t, http.StatusOK).decode(s.t, &d)
	return d.PresenceSync
}

func (s *teamsSite) awaitState(directory string, want teams.State) {
	s.t.Helper()
	await(s.t.(*testing.T), string(want), func() bool { b := s.sync(s.key, directory); return b != nil && b.State == want })
}

// teamsPerson is the body of a user whom Entra provisioned.
func teamsPerson(n int) string {
	text, err := json.Marshal(map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": fmt.Sprintf("p%d@example.com", n),
		"displayName": fmt.Sprintf("Person %d", n), "externalId": strings.ToUpper(object(n)),
	})
	if err != nil {
		return ""
	}
	return string(text)
}

func TestAdministratorConnectsAndRemovesPresence(t *testing.T) {
	dir := t.TempDir()
	s := newTeamsSite(t, Config{DataDir: dir})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	one, two := f.addUser(teamsPerson(1)), f.addUser(person("local@example.com", "Local", "+442079460001"))
	s.sim.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Busy", Activity: "InACall"})
	if b := s.sync(s.key, f.id); b != nil {
		t.Errorf("before the consent presence sync is %+v", b)
	}
	s.do("DELETE", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusNotFound)
	s.connect(s.key, f.id, contosoAdmin)
	s.awaitState(f.id, teams.Healthy)
	a := s.watch(s.key, directoryTopic(f.id))
	await(t, "presence of Teams", func() bool {
		return presences(t, s.get("/v1/presence?ids="+one+","+two)) == "busy by microsoftTeams, -"
	})
	await(t, "the change on the stream", func() bool { return strings.Contains(string(a.next("changes").Raw), "inACall") })

	var gone syncBody
	s.do("DELETE", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusOK).decode(t, &gone)
	if gone.State != teams.Removed || gone.Removal == nil || gone.Removal.ApplicationID != "canarium-app" || !strings.Contains(gone.Removal.Remains, "Enterprise applications") {
		t.Errorf("after the removal: %+v", gone)
	}
	if got := presences(t, s.get("/v1/presence?ids="+one)); got != "-" {
		t.Errorf("presence is still %s", got)
	}
	before := s.sim.Stats().Presences
	s.sim.Revoke(contoso) // the enterprise application is deleted
	s.do("DELETE", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusOK)
	if after := s.sim.Stats().Presences; after != before {
		t.Errorf("Graph was asked %d times after the removal", after-before)
	}
}

func TestRemovalIsSeenAtMicrosoftsSide(t *testing.T) {
	dir := t.TempDir()
	s := newTeamsSite(t, Config{DataDir: dir})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	sibling := s.newFolder(s.key, `{"name":"Branch","type":"entra"}`)
	s.connect(s.key, f.id, contosoAdmin)
	s.connect(s.key, sibling.id, contosoAdmin)
	var first syncBody
	s.do("DELETE", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusOK).decode(t, &first)
	if !strings.Contains(first.Removal.Remains, sibling.id) {
		t.Errorf("another directory has the same access, and what remains is %q", first.Removal.Remains)
	}
	s.sim.Revoke(contoso)
	s.do("DELETE", "/v1/directories/"+sibling.id+"/presence", s.key, "").want(t, http.StatusOK)
	for _, id := range []string{f.id, sibling.id} {
		await(t, "the end at Microsoft's side", func() bool { return s.sync(s.key, id).Removal.GoneAt != nil })
		if b := s.sync(s.key, id); b.Removal.Remains != "" || b.State != teams.Removed {
			t.Errorf("at the end: %+v", b.Removal)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	again := startSite(t, Config{DataDir: dir, AdminKey: s.key})
	var d struct{ PresenceSync *syncBody }
	again.do("GET", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusOK).decode(t, &d)
	if d.PresenceSync == nil || d.PresenceSync.Removal == nil || d.PresenceSync.Removal.GoneAt == nil {
		t.Errorf("after a restart: %+v", d.PresenceSync)
	}
}

func TestGrantSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	s := newTeamsSite(t, Config{DataDir: dir})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	s.connect(s.key, f.id, contosoAdmin)
	granted := s.sync(s.key, f.id).GrantedAt
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	again := newTeamsSite(t, Config{DataDir: dir, AdminKey: s.key})
	again.sim.Consent(contoso)
	again.awaitState(f.id, teams.Healthy)
	if b := again.sync(again.key, f.id); !b.GrantedAt.Equal(granted) || b.MicrosoftTenant != contoso {
		t.Errorf("after a restart: %+v", b)
	}
	again.do("DELETE", "/v1/directories/"+f.id, again.key, "").want(t, http.StatusNoContent)
	if list := again.srv.registry.Consents(); len(list) != 0 {
		t.Errorf("a removed directory leaves %+v", list)
	}
}

func TestRevocationIsShownAndTheOtherTenantIsNotTouched(t *testing.T) {
	s := newTeamsSite(t, Config{})
	_, second := s.newTenant("Second")
	ours, theirs := s.newFolder(s.key, `{"name":"Ours","type":"entra"}`), s.newFolder(second, `{"name":"Theirs","type":"entra"}`)
	s.connect(s.key, ours.id, contosoAdmin)
	s.connect(second, theirs.id, fabrikamAdmin)
	one, other := ours.addUser(teamsPerson(1)), theirs.addUser(teamsPerson(1))
	s.sim.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
	s.sim.SetPresence(fabrikam, object(1), graphsim.Presence{Availability: "Away", Activity: "Away"})
	await(t, "both presences", func() bool {
		a, b := s.get("/v1/presence?ids="+one), s.do("GET", "/v1/presence?ids="+other, second, "").want(t, http.StatusOK).body
		return presences(t, a) == "busy by microsoftTeams" && presences(t, b) == "away by microsoftTeams"
	})
	s.sim.Revoke(contoso)
	s.awaitState(ours.id, teams.AccessRevoked)
	for _, want := range []string{`{state="accessRevoked"} 1`, `{state="healthy"} 1`, `{state="removed"} 0`} {
		if text := s.get("/metrics"); !strings.Contains(text, "ringdex_presence_sync_directories"+want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if b := s.sync(second, theirs.id); b.State != teams.Healthy {
		t.Errorf("the other tenant's directory is %s", b.State)
	}
	s.connect(s.key, ours.id, contosoAdmin) // allows it again
	s.awaitState(ours.id, teams.Healthy)
}

func TestConnectingAnotherMicrosoftTenantForgetsTheFirst(t *testing.T) {
	s := newTeamsSite(t, Config{})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	one := f.addUser(teamsPerson(1))
	s.sim.SetPresence(contoso, object(1), graphsim.Presence{Availability: "Busy", Activity: "Busy"})
	s.connect(s.key, f.id, contosoAdmin)
	await(t, "presence", func() bool { return presences(t, s.get("/v1/presence?ids="+one)) == "busy by microsoftTeams" })
	s.connect(s.key, f.id, fabrikamAdmin)
	await(t, "the other answer", func() bool { return presences(t, s.get("/v1/presence?ids="+one)) == "unknown by microsoftTeams" })
	if b := s.sync(s.key, f.id); b.MicrosoftTenant != fabrikam {
		t.Errorf("connected to %s", b.MicrosoftTenant)
	}
}

// wantPage fails the test unless an address shows a page that refuses.
func (s *teamsSite) wantPage(address, text string) {
	s.t.Helper()
	a, _ := s.browse(address, "")
	if a.status != http.StatusForbidden || !strings.Contains(a.body, text) || strings.Contains(a.body, "canarium") {
		s.t.Errorf("the page is %d: %s; want %q", a.status, a.body, text)
	}
	if h := a.header; h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Referrer-Policy") != "no-referrer" {
		s.t.Errorf("the page has %v", h)
	}
}

func TestTenantCannotBeSwappedAtTheCallback(t *testing.T) {
	s := newTeamsSite(t, Config{})
	victimID, victim := s.newTenant("Victim")
	theirs := s.newFolder(victim, `{"name":"Theirs","type":"entra"}`)
	s.connect(victim, theirs.id, fabrikamAdmin) // fabrikam has consented, for its own directory
	mine := s.newFolder(s.key, `{"name":"Mine","type":"entra"}`)

	_, back := s.browse(s.signIn(s.key, mine.id, contosoAdmin), contosoAdmin)
	s.wantPage(strings.Replace(back, contoso, fabrikam, 1), "Another organisation")
	s.wantPage(back, "used already") // even as it was meant

	begun, err := url.Parse(s.consent(s.key, mine.id))
	if err != nil {
		t.Fatal(err)
	}
	forged := s.url + CallbackPath + "?admin_consent=True&tenant=" + fabrikam + "&state="
	s.wantPage(forged+begun.Query().Get("state"), "did not confirm")
	s.wantPage(forged+"made-up", "not known here")
	_, back = s.browse(s.consent(s.key, mine.id), contosoEmployee)
	s.wantPage(back, "administrator")
	if b := s.sync(s.key, mine.id); b != nil {
		t.Errorf("it was connected: %+v", b)
	}
	if c, err := s.srv.registry.Consent(victimID, theirs.id); err != nil || c.MicrosoftTenant != fabrikam {
		t.Errorf("the victim's consent is %+v, %v", c, err)
	}
}

func TestConsentEndsWithTheKeyAndTheDirectoryItWasBegunWith(t *testing.T) {
	s := newTeamsSite(t, Config{})
	f := s.newFolder(s.key, `{"name":"Head office","type":"entra"}`)
	var k struct{ ID, Key string }
	s.do("POST", "/v1/keys", s.key, `{"kind":"admin"}`).want(t, http.StatusCreated).decode(t, &k)
	next := s.signIn(k.Key, f.id, contosoAdmin)
	s.do("DELETE", "/v1/keys/"+k.ID, s.key, "").want(t, http.StatusNoContent)
	_, back := s.browse(next, contosoAdmin)
	s.wantPage(back, "is gone")
	next = s.signIn(s.key, f.id, contosoAdmin)
	s.do("DELETE", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusNoContent)
	_, back = s.browse(next, contosoAdmin)
	s.wantPage(back, "is gone")
	_, other := s.newTenant("Second")
	g := s.newFolder(s.key, `{"name":"Branch"}`)
	s.do("POST", "/v1/directories/"+g.id+"/presence/consent", other, "").want(t, http.StatusNotFound)
	s.do("DELETE", "/v1/directories/"+g.id+"/presence", other, "").want(t, http.StatusNotFound)
}

func TestServerWithoutAnAppSaysSo(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	a := s.do("POST", "/v1/directories/"+f.id+"/presence/consent", s.key, "").want(t, http.StatusConflict)
	if !strings.Contains(a.body, "--microsoft-client-id") {
		t.Errorf("it says %s", a.body)
	}
	s.do("GET", "/v1/directories/"+f.id+"/presence", s.key, "").want(t, http.StatusNotFound)
	if _, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), Microsoft: teams.App{ClientID: "x"}}); err == nil {
		t.Error("half an app is taken")
	}
}

func TestConsentLeavesNoSecretInTheLog(t *testing.T) {
	logged := &capture{}
	s := newTeamsSite(t, Config{Logger: slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	f := s.newFolder(s.key, `{"name":"canarium","type":"entra"}`)
	f.addUser(teamsPerson(1))
	s.connect(s.key, f.id, contosoAdmin)
	s.awaitState(f.id, teams.Healthy)
	s.sim.Revoke(contoso)
	s.sim.SetFaults(graphsim.Faults{TokenError: 7000215})
	s.get("/v1/presence?ids=" + f.addUser(teamsPerson(2)))
	s.awaitState(f.id, teams.CredentialProblem)
	_, back := s.browse(s.consent(s.key, f.id), contosoAdmin)
	s.browse(back, "")
	metrics := s.get("/metrics")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"canarium", "eyJ", "code=", "example.com", "AADSTS"} {
		if strings.Contains(logged.String(), secret) || strings.Contains(metrics, secret) {
			t.Errorf("the log or the metrics have %q:\n%s", secret, logged.String())
		}
	}
	if !strings.Contains(logged.String(), "state=healthy") {
		t.Errorf("the log does not tell of the sync:\n%s", logged.String())
	}
}
