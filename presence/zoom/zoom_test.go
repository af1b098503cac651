package zoom

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/presence"
)

const secret = "a secret token"

var now = time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC)

// delivery is a body that Zoom signed at a time with a secret.
func delivery(body, key string, at time.Time) presence.Delivery {
	stamp := strconv.FormatInt(at.Unix(), 10)
	signature := "v0=" + sign(key, "v0:"+stamp+":"+body)
	return presence.Delivery{Body: []byte(body), Secret: secret, At: now, Header: func(name string) string {
		switch strings.ToLower(name) {
		case "x-zm-request-timestamp":
			return stamp
		case "x-zm-signature":
			return signature
		}
		return ""
	}}
}

func TestStatusBecomesAnUpdate(t *testing.T) {
	for status, want := range map[string][2]string{
		"Available": {"available", "available"}, "Do_Not_Disturb": {"doNotDisturb", "doNotDisturb"}, "In_A_Zoom_Meeting": {"busy", "inAMeeting"},
		"In_Meeting": {"busy", "inAMeeting"}, "On_Phone_Call": {"busy", "inACall"}, "On_A_Call": {"busy", "inACall"}, "Presenting": {"doNotDisturb", "presenting"},
		"In_Calendar_Event": {"busy", "inACalendarEvent"}, "Away": {"away", "away"}, "Offline": {"offline", "offline"}, "Out_of_Office": {"away", "outOfOffice"},
		"Busy": {"busy", "busy"}, "Levi_Tating": {"Levi_Tating", "Levi_Tating"},
	} {
		body := `{"event":"user.presence_status_updated","event_ts":1787306400123,"payload":{"account_id":"a","object":{"id":"z1","email":"z@example.com","presence_status":"` + status + `"}}}`
		got, err := Source{}.Receive(delivery(body, secret, now))
		if err != nil {
			t.Errorf("%s: %v", status, err)
			continue
		}
		u := &presence.Update{
			Source: Name, Availability: presence.Availability(want[0]), Activity: presence.Activity(want[1]), AsOf: time.UnixMilli(1787306400123),
		}
		if diff := cmp.Diff([]presence.Notice{{ExternalID: "z1", Update: u}}, got.Notices); diff != "" {
			t.Errorf("%s (-want +got):\n%s", status, diff)
		}
	}
}

func TestStepsOfACallAreNotices(t *testing.T) {
	for event, want := range map[string][]presence.Notice{
		"phone.callee_ringing":     {{ExternalID: "callee", CallID: "zoom:c1", Live: true, At: time.UnixMilli(1787306400123)}},
		"phone.callee_answered":    {{ExternalID: "callee", CallID: "zoom:c1", Live: true, At: time.UnixMilli(1787306400123)}},
		"phone.caller_connected":   {{ExternalID: "caller", CallID: "zoom:c1", Live: true, At: time.UnixMilli(1787306400123)}},
		"phone.caller_ended":       {{ExternalID: "caller", CallID: "zoom:c1", At: time.UnixMilli(1787306400123)}},
		"phone.callee_missed":      {{ExternalID: "callee", CallID: "zoom:c1", At: time.UnixMilli(1787306400123)}},
		"phone.callee_mute":        nil,
		"phone.recording_started":  nil,
		"meeting.started":          nil,
		"phone.caller_of_tomorrow": nil,
	} {
		body := `{"event":"` + event + `","event_ts":1787306400123,"payload":{"object":{"call_id":"c1","caller":{"user_id":"caller"},"callee":{"user_id":"callee"}}}}`
		got, err := Source{}.Receive(delivery(body, secret, now))
		if diff := cmp.Diff(want, got.Notices); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", event, err, diff)
		}
	}
	outside := `{"event":"phone.caller_ringing","payload":{"object":{"call_id":"c1","caller":{"phone_number":"+442079460018"}}}}`
	if got, err := (Source{}).Receive(delivery(outside, secret, now)); err != nil || got.Notices != nil {
		t.Errorf("a caller outside: %+v, %v", got, err)
	}
}

func TestAddressIsValidatedForWhoSigns(t *testing.T) {
	body := `{"event":"endpoint.url_validation","event_ts":1787306400123,"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}`
	got, err := Source{}.Receive(delivery(body, secret, now))
	var answer map[string]string
	if err != nil || json.Unmarshal(got.Body, &answer) != nil || answer["plainToken"] != "qgg8vlvZRS6UYooatFL8Aw" || answer["encryptedToken"] != sign(secret, "qgg8vlvZRS6UYooatFL8Aw") {
		t.Errorf("%s, %v", got.Body, err)
	}
	// Nobody gets a signature here for a delivery of their own.
	forged := `{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1787306400:{}"}}`
	if got, err := (Source{}).Receive(delivery(forged, secret, now)); !errors.Is(err, presence.ErrMalformed) || got.Body != nil {
		t.Errorf("%s, %v", got.Body, err)
	}
	if got, err := (Source{}).Receive(delivery(body, "another secret", now)); !errors.Is(err, presence.ErrForged) || got.Body != nil {
		t.Errorf("%s, %v", got.Body, err)
	}
}

func TestForgedOldAndMalformedDeliveriesAreRefused(t *testing.T) {
	body := `{"event":"user.presence_status_updated","payload":{"object":{"id":"z1","presence_status":"Busy"}}}`
	tampered := delivery(body, secret, now)
	tampered.Body = []byte(strings.Replace(body, "z1", "z2", 1))
	unsigned := delivery(body, secret, now)
	unsigned.Header = func(string) string { return "" }
	keyless := delivery(body, "", now)
	keyless.Secret = ""
	for name, d := range map[string]presence.Delivery{
		"another secret": delivery(body, "x", now), "old": delivery(body, secret, now.Add(-6*time.Minute)), "ahead": delivery(body, secret, now.Add(6*time.Minute)),
		"tampered": tampered, "unsigned": unsigned, "without a secret": keyless,
	} {
		if got, err := (Source{}).Receive(d); !errors.Is(err, presence.ErrForged) || got.Notices != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, odd := range []string{`{`, `[]`, strings.Replace(body, "z1", "", 1), strings.Replace(body, "Busy", "two words", 1), `{"event":"phone.caller_ended","payload":{}}`, `{"event":"endpoint.url_validation","payload":{}}`} {
		if got, err := (Source{}).Receive(delivery(odd, secret, now)); !errors.Is(err, presence.ErrMalformed) || got.Notices != nil {
			t.Errorf("%s: %+v, %v", odd, got, err)
		}
	}
}

func FuzzReceive(f *testing.F) {
	f.Add(`{"event":"user.presence_status_updated","payload":{"object":{"id":"z1","presence_status":"Busy"}}}`)
	f.Add(`{"event":"phone.callee_ringing","payload":{"object":{"call_id":"c","callee":{"user_id":"u"}}}}`)
	f.Add(`{"event":"endpoint.url_validation","payload":{"plainToken":"x"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := Source{}.Receive(delivery(body, secret, now))
		for _, n := range got.Notices {
			if err != nil || n.ExternalID == "" || n.Update != nil && n.Update.Validate() != nil || n.Update == nil && n.CallID == "" {
				t.Errorf("%+v, %v", n, err)
			}
		}
	})
}
