package presence

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseUpdate(t *testing.T) {
	u, err := ParseUpdate([]byte(` {"availability":"DoNotDisturb","activity":"PRESENTING","statusMessage":"back at 3","outOfOffice":true,
		"workLocation":"remote","source":"zoomPhone","sequenceNumber":"A7","asOf":"2026-08-21T10:00:00+02:00","expiresIn":3600}`))
	if err != nil {
		t.Fatal(err)
	}
	if u.Availability != DoNotDisturb || u.Activity != "presenting" || *u.StatusMessage != "back at 3" || !*u.OutOfOffice ||
		*u.WorkLocation != "remote" || u.Source != "zoomPhone" || u.SequenceNumber != "A7" ||
		!u.AsOf.Equal(time.Date(2026, 8, 21, 8, 0, 0, 0, time.UTC)) || u.ExpiresIn != time.Hour {
		t.Errorf("parsed %+v", u)
	}
	u, err = ParseUpdate([]byte(`{"availability":"On A Break?","activity":null}`))
	if err == nil {
		t.Errorf("a word with spaces was taken: %+v", u)
	}
	if u, err = ParseUpdate([]byte(`{"availability":"WrapUp"}`)); err != nil || u.Availability != "WrapUp" {
		t.Errorf("an unknown word: %+v, %v", u, err)
	}
}

func TestWordsKeepGraphsSpelling(t *testing.T) {
	for in, want := range map[string]Availability{
		"Available": "available", "BERIGHTBACK": "beRightBack", "donotdisturb": "doNotDisturb", "PresenceUnknown": "unknown",
		"unknown": "unknown", "BusyIdle": "busyIdle", "Lunch": "Lunch", "": "",
	} {
		if got := ParseAvailability(in); got != want {
			t.Errorf("ParseAvailability(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]Activity{"InAConferenceCall": "inAConferenceCall", "OffWork": "offWork", "Juggling": "Juggling"} {
		if got := ParseActivity(in); got != want {
			t.Errorf("ParseActivity(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUpdateErrorsNameTheField(t *testing.T) {
	long := strings.Repeat("x", 1025)
	for in, field := range map[string]string{
		``:                                      "",
		`{`:                                     "",
		`[]`:                                    "",
		`null`:                                  "",
		`"busy"`:                                "",
		"{\"availability\":\"\xff\"}":           "",
		`{}`:                                    "availability",
		`{"availability":""}`:                   "availability",
		`{"availability":null}`:                 "availability",
		`{"availability":7}`:                    "availability",
		`{"availability":"a b"}`:                "availability",
		`{"availability":"` + long + `"}`:       "availability",
		`{"availability":"busy","activity":[]}`: "activity",
		`{"availability":"busy","statusMessage":5}`:                   "statusMessage",
		`{"availability":"busy","statusMessage":"` + long + `"}`:      "statusMessage",
		`{"availability":"busy","statusMessage":"a\u0000b"}`:          "statusMessage",
		`{"availability":"busy","outOfOffice":"yes"}`:                 "outOfOffice",
		`{"availability":"busy","workLocation":"my house"}`:           "workLocation",
		`{"availability":"busy","source":"call"}`:                     "source",
		`{"availability":"busy","source":"\u001b[2J"}`:                "source",
		`{"availability":"busy","sequenceNumber":7}`:                  "sequenceNumber",
		`{"availability":"busy","asOf":"yesterday"}`:                  "asOf",
		`{"availability":"busy","asOf":"1899-01-01T00:00:00Z"}`:       "asOf",
		`{"availability":"busy","expiresIn":0}`:                       "expiresIn",
		`{"availability":"busy","expiresIn":-1}`:                      "expiresIn",
		`{"availability":"busy","expiresIn":1.5}`:                     "expiresIn",
		`{"availability":"busy","expiresIn":1e300}`:                   "expiresIn",
		`{"availability":"busy","expiresIn":"60"}`:                    "expiresIn",
		`{"availability":"busy","avalability":"busy"}`:                "avalability",
		`{"availability":"busy","Activity":"busy"}`:                   "Activity",
		`{"availability":"busy","` + strings.Repeat("y", 70) + `":1}`: "",
	} {
		u, err := ParseUpdate([]byte(in))
		wrong, ok := errors.AsType[*FieldError](err)
		if !ok || wrong.Field != field || wrong.Reason == "" {
			t.Errorf("ParseUpdate(%.80s) = %+v, %v; want an error of field %q", in, u, err, field)
		}
	}
}

func FuzzParseUpdate(f *testing.F) {
	f.Add([]byte(`{"availability":"Busy","activity":"InACall","statusMessage":"x","outOfOffice":true,"expiresIn":60}`))
	f.Add([]byte(`{"availability":"away","asOf":"2026-08-21T10:00:00Z","source":"hr","sequenceNumber":"1"}`))
	f.Add([]byte(`{"availability":null,"x":1}`))
	f.Add([]byte(`[`))
	tr := New(Config{People: everyone{}})
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := ParseUpdate(data)
		if err != nil {
			wrong, ok := errors.AsType[*FieldError](err)
			if !ok || wrong.Reason == "" || !utf8.ValidString(wrong.Error()) || len(wrong.Error()) > 200 {
				t.Errorf("%q: %v", data, err)
			}
			return
		}
		tr.Forget("t1", "c1")
		if got, err := tr.Set("t1", "c1", u); got != Changed || err != nil {
			t.Errorf("%q: parsed, but Set = %v, %v", data, got, err)
		}
		if text := tr.Get("t1", "c1").JSON(); string(text) == "null" {
			t.Errorf("%q: no JSON", data)
		}
	})
}
