package main

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/presence/teams"
)

func TestPresenceCommands(t *testing.T) {
	const (
		path    = "/v1/directories/d3k9/presence"
		tenant  = `"microsoftTenant":"00000000-0000-4000-8000-000000000001","grantedAt":"2026-08-01T09:00:00Z"`
		healthy = `{"state":"healthy","detail":"","since":"2026-08-01T09:00:05Z","lastSuccessAt":"2026-08-21T10:00:00Z","watched":1204,` + tenant + `,"removal":null}`
		revoked = `{"state":"accessRevoked","detail":"The Microsoft tenant no longer has the application (AADSTS700016). An administrator there must allow it again.","since":"2026-08-21T09:00:00Z","lastSuccessAt":null,"watched":0,` + tenant + `,"removal":null}`
		removed = `{"state":"removed","detail":"Access was removed here.","since":"2026-08-21T09:00:00Z","lastSuccessAt":null,"watched":0,` + tenant + `,"removal":{"removedAt":"2026-08-21T09:00:00Z","applicationId":"11111111-0000-4000-8000-000000000001","goneAt":null,"remains":"Microsoft still lists the application."}}`
		gone    = `{"state":"removed","detail":"Access was removed here.","since":"2026-08-21T09:00:00Z","lastSuccessAt":null,"watched":0,` + tenant + `,"removal":{"removedAt":"2026-08-21T09:00:00Z","applicationId":"11111111-0000-4000-8000-000000000001","goneAt":"2026-08-21T10:00:00Z","remains":""}}`
	)
	runSteps(
		t, "presence",
		step{args: "presence connect Head~office", replies: listed(replies{"POST " + path + "/consent": {body: `{"url":"https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?client_id=11111111-0000-4000-8000-000000000001","expiresIn":600}`}})},
		step{args: "presence connect d3k9 --app gov --json", replies: listed(replies{"POST " + path + "/consent": {body: `{"url":"https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize","expiresIn":600}`}})},
		step{args: "presence connect d3k9", replies: listed(replies{"POST " + path + "/consent": problem(409, "Conflict", "This server has no Microsoft application.", "")})},
		step{args: "presence connect"},
		step{args: "presence status Head~office", replies: listed(replies{"GET " + path: {body: healthy}})},
		step{args: "presence status d3k9", replies: listed(replies{"GET " + path: {body: revoked}})},
		step{args: "presence status d3k9 --json", replies: listed(replies{"GET " + path: {body: gone}})},
		step{args: "presence status d3k9", replies: listed(nil)},
		step{args: "presence remove d3k9", replies: listed(replies{"DELETE " + path: {body: removed}})},
		step{args: "presence status d3k9", replies: listed(replies{"GET " + path: {body: gone}})},
		step{args: "presence remove d3k9", replies: listed(nil)},
		step{args: "presence frob"},
	)
}

func TestPresenceAccountCommands(t *testing.T) {
	const (
		path    = "/v1/directories/d3k9/presence"
		account = "0d0e0000-0000-4000-8000-00000000000c"
		begin   = `{"state":"healthy","detail":"","since":"2026-08-01T09:00:05Z","lastSuccessAt":"2026-08-21T10:00:00Z","watched":1204,"microsoftTenant":"00000000-0000-4000-8000-000000000001","grantedAt":"2026-08-01T09:00:00Z","removal":null,"notifications":`
		good    = `{"id":"` + account + `","state":"healthy","detail":"","since":"2026-08-01T09:00:05Z","signedInAt":"2026-08-01T09:00:00Z","covers":650,"expiresAt":"2026-08-21T10:30:00Z","lastNotificationAt":"2026-08-21T10:00:00Z"}`
		ended   = `{"id":"0d0e0000-0000-4000-8000-00000000000d","state":"signInEnded","detail":"Microsoft ended the sign-in of the account (AADSTS50173). It must sign in again.","since":"2026-08-01T09:00:05Z","signedInAt":"2026-08-01T09:00:00Z","covers":0,"expiresAt":null,"lastNotificationAt":null}`
		off     = begin + `{"state":"off","detail":"No account of the Microsoft tenant is signed in for notifications. Presence is polled.","accounts":[]}}`
		on      = begin + `{"state":"on","detail":"","accounts":[` + good + `,` + ended + `]}}`
	)
	runSteps(
		t, "presence_account",
		step{args: "presence account add Head~office", replies: listed(replies{"POST " + path + "/accounts": {body: `{"url":"https://login.microsoftonline.com/x/oauth2/v2.0/authorize","expiresIn":600}`}})},
		step{args: "presence account add d3k9 --json", replies: listed(replies{"POST " + path + "/accounts": {body: `{"url":"https://login.microsoftonline.com/x/oauth2/v2.0/authorize","expiresIn":600}`}})},
		step{args: "presence account add d3k9", replies: listed(replies{"POST " + path + "/accounts": problem(409, "Conflict", "Microsoft delivers notifications to a public https address only.", "")})},
		step{args: "presence account list Head~office", replies: listed(replies{"GET " + path: {body: on}})},
		step{args: "presence account list d3k9", replies: listed(replies{"GET " + path: {body: off}})},
		step{args: "presence account list d3k9", replies: listed(nil)},
		step{args: "presence account remove d3k9 " + account, replies: listed(replies{"DELETE " + path + "/accounts/" + account: {status: 204}})},
		step{args: "presence account remove d3k9 " + account, replies: listed(nil)},
		step{args: "presence account remove d3k9"},
		step{args: "presence status d3k9", replies: listed(replies{"GET " + path: {body: on}})},
		step{args: "presence status d3k9", replies: listed(replies{"GET " + path: {body: off}})},
	)
}

func TestPresenceWebhookCommands(t *testing.T) {
	const (
		path = "/v1/directories/d3k9/webhooks"
		zoom = `{"vendor":"zoom","url":"https://ringdex.example.com/v1/webhooks/zoom/d3k9","setAt":"2026-08-01T09:00:00Z","lastDeliveryAt":"2026-08-21T10:00:00Z"}`
		ring = `{"vendor":"ringcentral","url":"https://ringdex.example.com/v1/webhooks/ringcentral/d3k9","setAt":"2026-08-01T09:00:00Z","lastDeliveryAt":null}`
	)
	runSteps(
		t, "presence_webhook",
		step{args: "presence webhook set Head~office zoom --secret sixteen-letters-1", replies: listed(replies{"PUT " + path + "/zoom": {body: zoom}})},
		step{args: "presence webhook set d3k9 zoom --secret sixteen-letters-1 --json", replies: listed(replies{"PUT " + path + "/zoom": {body: zoom}})},
		step{args: "presence webhook set d3k9 zoom --secret short", replies: listed(replies{"PUT " + path + "/zoom": problem(400, "Bad Request", "secret must be 16 to 256 letters", "secret")})},
		step{args: "presence webhook set d3k9 zoom", replies: listed(nil)},
		step{args: "presence webhook set d3k9", replies: listed(nil)},
		step{args: "presence webhook list Head~office", replies: listed(replies{"GET " + path: {body: `{"webhooks":[` + ring + "," + zoom + `]}`}})},
		step{args: "presence webhook list d3k9", replies: listed(replies{"GET " + path: {body: `{"webhooks":[]}`}})},
		step{args: "presence webhook list d3k9 --json", replies: listed(replies{"GET " + path: {body: `{"webhooks":[]}`}})},
		step{args: "presence webhook remove d3k9 zoom", replies: listed(replies{"DELETE " + path + "/zoom": {status: 204}})},
		step{args: "presence webhook remove d3k9 zoom", replies: listed(nil)},
	)
}

// A page is what a browser shows.
type page struct {
	url    string
	status int
	text   string
}

// shown reads the answer that a browser ends on.
func shown(t *testing.T, resp *http.Response, err error) page {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{resp.Request.URL.String(), resp.StatusCode, string(text)}
}

// press presses the button that has a label.
func (p page) press(t *testing.T, label string) page {
	t.Helper()
	button := regexp.MustCompile(`<button name="account" value="([^"]*)">` + label).FindStringSubmatch(p.text)
	if button == nil {
		t.Fatalf("the page has no button %q:\n%s", label, p.text)
	}
	resp, err := http.PostForm(p.url, url.Values{"account": {button[1]}})
	return shown(t, resp, err)
}

func TestDemosConsentIsClickedThrough(t *testing.T) {
	said := startDemo(t, 20)
	resp, err := http.Get(regexp.MustCompile(`\n  (http://\S+authorize\S+)`).FindStringSubmatch(said)[1])
	end := shown(t, resp, err).press(t, "Ada Example").press(t, "Accept as Ada Example")
	if end.status != http.StatusOK || !strings.Contains(end.text, "Presence is connected") {
		t.Fatalf("the consent ended with %d: %s", end.status, end.text)
	}
	tick, patience := time.NewTicker(20*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for {
		code, got := command(t, []string{"presence", "status", "Entra demo"})
		if code == exitOK && strings.Contains(got, "healthy") {
			break
		}
		select {
		case <-tick.C:
		case <-patience:
			t.Fatalf("presence did not become healthy: %s", got)
		}
	}
	code, said := command(t, []string{"presence", "account", "add", "Entra demo"})
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	resp, err = http.Get(regexp.MustCompile(`\n(http://\S+authorize\S+)`).FindStringSubmatch(said)[1])
	if end := shown(t, resp, err).press(t, "Presence account"); end.status != http.StatusOK || !strings.Contains(end.text, "The account is signed in") {
		t.Fatalf("the sign-in ended with %d: %s", end.status, end.text)
	}
	if code, got := command(t, []string{"presence", "account", "list", "Entra demo"}); code != exitOK || !strings.Contains(got, demoAccount) {
		t.Errorf("exit code %d: %s", code, got)
	}
	if code, got := command(t, []string{"presence", "remove", "Entra demo"}); code != exitOK || !strings.Contains(got, "remains") {
		t.Errorf("exit code %d: %s", code, got)
	}
}

func TestFurtherMicrosoftAppsAreSetByFlags(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := microsoftFlags{more: []string{
		"name=gov,client-id=id,client-secret=@" + secret + ",cloud=usgov", " name = lab , client-id=id2,client-secret=x,login-url=http://127.0.0.1:7,graph-url=http://127.0.0.1:8,publisher-id=p",
	}}
	got, err := f.apps()
	want := map[string]teams.App{
		"gov": {ClientID: "id", ClientSecret: "hush", Cloud: teams.Cloud{Login: "https://login.microsoftonline.us", Graph: "https://graph.microsoft.us"}},
		"lab": {ClientID: "id2", ClientSecret: "x", Cloud: teams.Cloud{Login: "http://127.0.0.1:7", Graph: "http://127.0.0.1:8"}, Publisher: "p"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for text, want := range map[string]string{
		"":                                    "must look like",
		"canarium":                            "must look like",
		"name=gov,secret=canarium":            "must look like",
		"client-id=id,client-secret=canarium": "name of its own",
		"name=gov":                            "client id",
		"name=gov,client-id=id":               "client secret",
		"name=gov,client-id=id,client-secret=canarium,cloud=china": "no presence",
		"name=gov,client-id=id,client-secret=@canarium-file":       "canarium-file",
	} {
		f := microsoftFlags{more: []string{text}}
		if _, err := f.apps(); err == nil || !strings.Contains(err.Error(), want) || want != "canarium-file" && strings.Contains(err.Error(), "canarium") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMicrosoftAppIsSetByFlags(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags microsoftFlags
		want  teams.App
		err   string
	}{
		{microsoftFlags{cloud: "global"}, teams.App{}, ""},
		{
			microsoftFlags{clientID: "id", clientSecret: "@" + secret, cloud: "usgov"},
			teams.App{ClientID: "id", ClientSecret: "hush", Cloud: teams.Cloud{Login: "https://login.microsoftonline.us", Graph: "https://graph.microsoft.us"}},
			"",
		},
		{
			microsoftFlags{clientID: "id", clientSecret: "hush", cloud: "global", login: "http://127.0.0.1:7", graph: "http://127.0.0.1:8"},
			teams.App{ClientID: "id", ClientSecret: "hush", Cloud: teams.Cloud{Login: "http://127.0.0.1:7", Graph: "http://127.0.0.1:8"}},
			"",
		},
		{microsoftFlags{clientID: "id", cloud: "global"}, teams.App{}, "needs a client id, and a client secret"},
		{microsoftFlags{clientID: "id", clientSecret: "hush", cloud: "china"}, teams.App{}, "has no presence"},
		{microsoftFlags{clientID: "id", clientSecret: "hush", cloud: "global", graph: "http://graph.example.com"}, teams.App{}, "addresses such as"},
		{microsoftFlags{clientID: "id", clientSecret: "hush", certificate: secret, cloud: "global"}, teams.App{}, "must be PEM"},
		{microsoftFlags{clientID: "id", certificate: secret + "x", cloud: "global"}, teams.App{}, "--microsoft-certificate"},
		{microsoftFlags{clientID: "id", clientSecret: "@" + secret + "x", cloud: "global"}, teams.App{}, "--microsoft-client-secret"},
	} {
		got, err := c.flags.app()
		if c.err == "" && (err != nil || got != c.want) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%+v: %+v, %v", c.flags, got, err)
		}
	}
}
