package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

const hookSecret = "canarium-webhook-secret"

// hooked makes a directory with a person whom RingCentral and Zoom know, and
// webhooks of both.
func hooked(s *site) (f folder, person string) {
	s.t.Helper()
	f = s.newFolder(s.key, `{"name":"Head office"}`)
	person = f.addUser(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"one@example.com","displayName":"One",
		"urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User":{"externalIds":[{"authority":"ringcentral","value":"400"},{"authority":"zoomphone","value":"z1"}]}}`)
	for _, vendor := range []string{"ringcentral", "zoom"} {
		s.do("PUT", "/v1/directories/"+f.id+"/webhooks/"+vendor, s.key, `{"secret":"`+hookSecret+`"}`).want(s.t, http.StatusOK)
	}
	return f, person
}

// ringcentral sends a delivery of RingCentral.
func (f folder) ringcentral(body string, headers ...string) answer {
	f.site.t.Helper()
	return f.deliver("ringcentral", body, headers...)
}

// zoom sends a delivery that Zoom signed with a secret.
func (f folder) zoom(body, secret string) answer {
	f.site.t.Helper()
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("v0:" + stamp + ":" + body))
	return f.deliver("zoom", body, "x-zm-request-timestamp", stamp, "x-zm-signature", "v0="+hex.EncodeToString(h.Sum(nil)))
}

func (f folder) deliver(vendor, body string, headers ...string) answer {
	f.site.t.Helper()
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	a, err := f.site.send("POST", "/v1/webhooks/"+vendor+"/"+f.id, h, body)
	if err != nil {
		f.site.t.Fatal(err)
	}
	return a
}

func ringcentralBody(sequence int, extension, status string) string {
	return fmt.Sprintf(`{"event":"/restapi/v1.0/account/1/extension/%s/presence","timestamp":"2026-08-21T10:00:00Z","body":{"extensionId":%s,"sequence":%d,"presenceStatus":%q}}`,
		extension, extension, sequence, status)
}

func TestVendorsTellOfPeopleByTheirExternalIDs(t *testing.T) {
	s := newSite(t)
	f, one := hooked(s)
	is := func(want string) {
		t.Helper()
		if got := presences(t, s.get("/v1/presence?ids="+one)); got != want {
			t.Errorf("presence is %s, want %s", got, want)
		}
	}
	if a := f.ringcentral("", "Validation-Token", "t-1").want(t, http.StatusOK); a.header.Get("Validation-Token") != "t-1" || a.body != "" {
		t.Errorf("the registration is answered with %v %q", a.header, a.body)
	}
	// The book of external ids follows the log: the first delivery may come early.
	await(t, "the person", func() bool {
		f.ringcentral(ringcentralBody(5, "400", "Busy"), "Verification-Token", hookSecret).want(t, http.StatusOK)
		return presences(t, s.get("/v1/presence?ids="+one)) == "busy by ringCentral"
	})
	f.ringcentral(ringcentralBody(4, "400", "Available"), "Verification-Token", hookSecret).want(t, http.StatusOK)
	is("busy by ringCentral") // old news
	f.ringcentral(ringcentralBody(6, "400", "Offline"), "Verification-Token", hookSecret).want(t, http.StatusOK)
	is("offline by ringCentral")
	f.ringcentral(ringcentralBody(7, "401", "Busy"), "Verification-Token", hookSecret).want(t, http.StatusOK) // nobody here
	is("offline by ringCentral")

	if a := f.zoom(`{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}`, hookSecret).want(t, http.StatusOK); !strings.Contains(a.body, `"encryptedToken"`) || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("the check is answered with %v %s", a.header, a.body)
	}
	f.zoom(`{"event":"phone.callee_answered","payload":{"object":{"call_id":"c1","callee":{"user_id":"z1"}}}}`, hookSecret).want(t, http.StatusOK)
	is("busy by call")
	f.zoom(`{"event":"phone.callee_ended","payload":{"object":{"call_id":"c1","callee":{"user_id":"z1"}}}}`, hookSecret).want(t, http.StatusOK)
	is("offline by ringCentral")
	f.zoom(`{"event":"user.presence_status_updated","payload":{"object":{"id":"z1","presence_status":"Do_Not_Disturb"}}}`, hookSecret).want(t, http.StatusOK)
	is("doNotDisturb by zoomPhone")
	list := s.get("/v1/directories/" + f.id + "/webhooks")
	if strings.Contains(list, "canarium") || strings.Count(list, `"lastDeliveryAt":"`) != 2 || !strings.Contains(list, s.url+"/v1/webhooks/zoom/"+f.id) {
		t.Errorf("webhooks are shown as %s", list)
	}
}

func TestForgedDeliveriesChangeNothing(t *testing.T) {
	s := newSite(t)
	f, one := hooked(s)
	busy := ringcentralBody(1, "400", "Busy")
	zoomBusy := `{"event":"user.presence_status_updated","payload":{"object":{"id":"z1","presence_status":"Do_Not_Disturb"}}}`
	await(t, "the person", func() bool { return len(s.srv.identities.Find(f.id, "zoomphone", "z1")) == 1 })
	bare := s.newFolder(s.key, `{"name":"Without"}`)
	for name, a := range map[string]answer{
		"no token": f.ringcentral(busy), "a wrong token": f.ringcentral(busy, "Verification-Token", "wrong"),
		"a wrong signature": f.zoom(zoomBusy, "wrong"), "no signature": f.deliver("zoom", zoomBusy),
		"no webhook": bare.ringcentral(busy, "Verification-Token", hookSecret), "no vendor": f.deliver("dialpad", busy, "Verification-Token", hookSecret),
		"a registration of nobody's": bare.ringcentral("", "Validation-Token", "x"), "microsoft": f.deliver("microsoft", busy),
	} {
		if a.status != http.StatusUnauthorized || a.header.Get("Validation-Token") != "" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	f.ringcentral(`{`, "Verification-Token", hookSecret).want(t, http.StatusBadRequest)
	f.ringcentral(strings.Repeat(" ", maxDelivery+1), "Verification-Token", hookSecret).want(t, http.StatusRequestEntityTooLarge)
	s.do("DELETE", "/v1/directories/"+f.id+"/webhooks/ringcentral", s.key, "").want(t, http.StatusNoContent)
	f.ringcentral(busy, "Verification-Token", hookSecret).want(t, http.StatusUnauthorized)
	s.do("DELETE", "/v1/directories/"+f.id+"/webhooks/ringcentral", s.key, "").want(t, http.StatusNotFound)
	if got := presences(t, s.get("/v1/presence?ids="+one)); got != "-" {
		t.Errorf("presence is %s", got)
	}
}

func TestWebhooksBelongToTheirTenant(t *testing.T) {
	s := newSite(t)
	f, _ := hooked(s)
	_, other := s.newTenant("Second")
	path := "/v1/directories/" + f.id + "/webhooks"
	s.do("GET", path, other, "").want(t, http.StatusNotFound)
	s.do("PUT", path+"/zoom", other, `{"secret":"another-secret-of-16"}`).want(t, http.StatusNotFound)
	s.do("DELETE", path+"/zoom", other, "").want(t, http.StatusNotFound)
	f.zoom(`{"event":"meeting.started"}`, hookSecret).want(t, http.StatusOK)
	for _, bad := range []string{`{}`, `{"secret":"short"}`, `{"secret":"with spaces in it, yes"}`, `{"secret":7}`, `{"secret":"` + strings.Repeat("x", 257) + `"}`} {
		s.do("PUT", path+"/zoom", s.key, bad).want(t, http.StatusBadRequest)
	}
	s.do("PUT", path+"/dialpad", s.key, `{"secret":"`+hookSecret+`"}`).want(t, http.StatusNotFound)
	s.do("PUT", path+"/microsoft", s.key, `{"secret":"`+hookSecret+`"}`).want(t, http.StatusNotFound)
	s.do("DELETE", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusNoContent)
	f.zoom(`{"event":"meeting.started"}`, hookSecret).want(t, http.StatusUnauthorized)
}

func TestOktasPeopleAreFoundAtMicrosoftByTheirTeamsID(t *testing.T) {
	s := newTeamsSite(t, Config{})
	f := s.newFolder(s.key, `{"name":"Okta","type":"okta"}`)
	id := f.addUser(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"one@example.com","externalId":"00u1",
		"urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User":{"externalIds":[{"authority":"microsoftteams","value":"` + object(1) + `"}]}}`)
	s.connect(s.key, f.id, contosoAdmin)
	await(t, "the person at Microsoft", func() bool {
		s.get("/v1/presence?ids=" + id)
		asked := s.sim.LastAsked()
		return len(asked) == 1 && asked[0] == object(1)
	})
}
