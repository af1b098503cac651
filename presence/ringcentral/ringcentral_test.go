package ringcentral

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/presence"
)

const secret = "a verification token"

func delivery(body string, headers ...string) presence.Delivery {
	return presence.Delivery{Body: []byte(body), Secret: secret, Header: func(name string) string {
		for i := 0; i < len(headers); i += 2 {
			if strings.EqualFold(headers[i], name) {
				return headers[i+1]
			}
		}
		return ""
	}}
}

// says is a notification of a change in account presence.
func says(fields string) string {
	return `{"uuid":"u1","event":"/restapi/v1.0/account/1/extension/400129284008/presence?detailedTelephonyState=true","timestamp":"2026-08-21T10:00:00.123Z",
		"subscriptionId":"s1","ownerId":"1","body":{"extensionId":400129284008,"sequence":42,` + fields + `}}`
}

func TestStatusBecomesAnUpdate(t *testing.T) {
	at := time.Date(2026, 8, 21, 10, 0, 0, 123e6, time.UTC)
	for fields, want := range map[string][2]string{
		`"telephonyStatus":"NoCall","presenceStatus":"Available","dndStatus":"TakeAllCalls"`:                {"available", ""},
		`"telephonyStatus":"CallConnected","presenceStatus":"Busy"`:                                         {"busy", "inACall"},
		`"telephonyStatus":"OnHold","presenceStatus":"Busy","meetingStatus":"Connected"`:                    {"busy", "inACall"},
		`"telephonyStatus":"Ringing","presenceStatus":"Available"`:                                          {"busy", "ringing"},
		`"telephonyStatus":"NoCall","presenceStatus":"Busy","meetingStatus":"Connected"`:                    {"busy", "inAMeeting"},
		`"telephonyStatus":"NoCall","presenceStatus":"Busy","dndStatus":"DoNotAcceptAnyCalls"`:              {"doNotDisturb", ""},
		`"telephonyStatus":"NoCall","presenceStatus":"Offline"`:                                             {"offline", ""},
		`"telephonyStatus":"NoCall","presenceStatus":"Levitating","dndStatus":"DoNotAcceptDepartmentCalls"`: {"Levitating", ""},
		`"telephonyStatus":"NoCall"`: {"unknown", ""},
	} {
		got, err := Source{}.Receive(delivery(says(fields), "Verification-Token", secret))
		if err != nil {
			t.Errorf("%s: %v", fields, err)
			continue
		}
		u := &presence.Update{
			Source: Name, Availability: presence.Availability(want[0]), Activity: presence.Activity(want[1]), SequenceNumber: "42", AsOf: at,
		}
		if diff := cmp.Diff([]presence.Notice{{ExternalID: "400129284008", Update: u}}, got.Notices); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fields, diff)
		}
	}
}

func TestRegistrationIsAnsweredAndSaysNothing(t *testing.T) {
	got, err := Source{}.Receive(delivery("", "Validation-Token", "abc-123"))
	if err != nil || got.Header != [2]string{"Validation-Token", "abc-123"} || got.Notices != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for _, odd := range []string{"a\r\nSet-Cookie: x", "a b", "é", strings.Repeat("x", maxToken+1)} {
		if _, err := (Source{}).Receive(delivery("", "Validation-Token", odd)); !errors.Is(err, presence.ErrMalformed) {
			t.Errorf("%q: %v", odd, err)
		}
	}
}

func TestOnlyWhoHasTheTokenIsBelieved(t *testing.T) {
	body := says(`"presenceStatus":"Busy"`)
	for _, headers := range [][]string{nil, {"Verification-Token", "wrong"}, {"Verification-Token", ""}, {"Validation-Token", "wrong"}, {"Authorization", secret}} {
		if got, err := (Source{}).Receive(delivery(body, headers...)); !errors.Is(err, presence.ErrForged) || got.Notices != nil {
			t.Errorf("%v: %+v, %v", headers, got, err)
		}
	}
	if got, err := (Source{}).Receive(delivery(body, "Validation-Token", secret)); err != nil || len(got.Notices) != 1 { // as older subscriptions send it
		t.Errorf("%+v, %v", got, err)
	}
	d := delivery(body)
	d.Secret = ""
	if _, err := (Source{}).Receive(d); !errors.Is(err, presence.ErrForged) {
		t.Errorf("without a secret: %v", err)
	}
}

func TestMalformedDeliveriesAreRefusedAndOthersIgnored(t *testing.T) {
	for _, body := range []string{`{`, `[]`, `7`, says(`"x":1`), `{"event":"/restapi/v1.0/account/1/presence","body":{"presenceStatus":"Busy"}}`, says(`"presenceStatus":"two words"`)} {
		if got, err := (Source{}).Receive(delivery(body, "Verification-Token", secret)); !errors.Is(err, presence.ErrMalformed) || got.Notices != nil {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	other := `{"event":"/restapi/v1.0/account/1/extension/2/message-store","body":{"extensionId":2}}`
	if got, err := (Source{}).Receive(delivery(other, "Verification-Token", secret)); err != nil || got.Notices != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzReceive(f *testing.F) {
	f.Add(says(`"presenceStatus":"Busy"`))
	f.Add(`{"event":"/presence","body":{"extensionId":"x","sequence":1e9,"presenceStatus":"\u0000"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := Source{}.Receive(delivery(body, "Verification-Token", secret))
		for _, n := range got.Notices {
			if err != nil || n.ExternalID == "" || n.Update.Validate() != nil {
				t.Errorf("%+v, %v", n, err)
			}
		}
	})
}
