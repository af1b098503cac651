package teams

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

func TestGraphsWordsBecomeAnUpdate(t *testing.T) {
	text := func(s string) *string { return &s }
	yes, no := true, false
	long := strings.Repeat("é", 600)
	for _, c := range []struct {
		in   string
		want presence.Update
	}{
		{
			`{"availability":"Busy","activity":"InACall"}`,
			presence.Update{Availability: "busy", Activity: "inACall", StatusMessage: text(""), OutOfOffice: &no, WorkLocation: text("")},
		},
		{
			`{"availability":"focusing","activity":"busy","sequenceNumber":"A0003","outOfOfficeSettings":{"isOutOfOffice":true},"workLocation":{"workLocationType":"remote"},
			"statusMessage":{"message":{"content":"  back\u0007 at 3\n","contentType":"text"}},"unknown":[1]}`,
			presence.Update{Availability: "focusing", Activity: "busy", SequenceNumber: "A0003", StatusMessage: text("back at 3"), OutOfOffice: &yes, WorkLocation: text("remote")},
		},
		{
			`{"availability":"Levitating","activity":"HalfAsleep","workLocation":{"workLocationType":"Unspecified"}}`,
			presence.Update{Availability: "Levitating", Activity: "HalfAsleep", StatusMessage: text(""), OutOfOffice: &no, WorkLocation: text("")},
		},
		{
			`{"availability":"Away","activity":"Away","statusMessage":{"message":{"content":"` + long + `"}}}`,
			presence.Update{Availability: "away", Activity: "away", StatusMessage: text(long[:presence.MaxMessageBytes]), OutOfOffice: &no, WorkLocation: text("")},
		},
		{
			`{"availability":"Away","activity":"Away","statusMessage":{"message":{"content":"<b>x</b>","contentType":"html"}}}`,
			presence.Update{Availability: "away", Activity: "away", StatusMessage: text(""), OutOfOffice: &no, WorkLocation: text("")},
		},
		{`{"availability":"two words","activity":"x"}`, presence.Update{Availability: presence.Unknown, Activity: presence.ActivityUnknown}},
		{`{}`, presence.Update{Availability: presence.Unknown, Activity: presence.ActivityUnknown}},
	} {
		var p Presence
		if err := json.Unmarshal([]byte(c.in), &p); err != nil {
			t.Fatal(err)
		}
		got := p.Update()
		got.Availability, got.Activity = presence.ParseAvailability(string(got.Availability)), presence.ParseActivity(string(got.Activity))
		c.want.Source = presence.SourceTeams
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.in, diff)
		}
	}
}

func FuzzUpdateIsAlwaysValid(f *testing.F) {
	f.Add(`{"availability":"Busy","activity":"InACall","statusMessage":{"message":{"content":"x"}}}`)
	f.Add(`{"availability":"\u0000","sequenceNumber":" ","workLocation":{"workLocationType":"\uFFFD"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var p Presence
		if json.Unmarshal([]byte(text), &p) != nil {
			return
		}
		u := p.Update()
		if err := u.Validate(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	})
}

func TestAnswerOfAnySpellingIsTakenIn(t *testing.T) {
	for _, f := range []graphsim.Faults{{}, {CamelCase: true}, {OddWords: true}, {UnknownListed: true}} {
		inWorld(t, cycle, func(w *world) {
			w.sim.SetFaults(f)
			w.connect("t1", "d1", 1)
			w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "DoNotDisturb", Activity: "Presenting", SequenceNumber: "2"})
			w.desk.watch("t1", "d1", 1, 2)
			pass(cycle)
			want := "doNotDisturb/presenting"
			if f.OddWords {
				want = "HalfDoNotDisturb/HalfPresenting"
			}
			w.shows("t1", "d1-1", want)
			if got := w.tracker.Get("t1", "d1-2"); got == nil || got.Availability != presence.Unknown {
				t.Errorf("who is not known to Graph is %+v", got)
			}
			w.sim.SetPresence(microsoftTenant(1), objectID(1), graphsim.Presence{Availability: "Away", Activity: "Away", SequenceNumber: "1"})
			pass(cycle)
			w.shows("t1", "d1-1", want) // old news
		})
	}
}

func TestOddPersonDoesNotKeepBackTheOthers(t *testing.T) {
	got, err := readPresences([]byte(`{"value":[{"id":"a","availability":"Busy"},{"id":"b","sequenceNumber":7},null,5,{"id":"c","availability":"Away","workLocation":[]}],"new":1}`))
	if diff := cmp.Diff([]Presence{{ID: "a", Availability: "Busy"}, {}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{``, `{`, `[]`, `{"value":null}`, `{"value":{}}`, `{"error":{}}`, "{\"value\":[{\"id\":\"a\"}"} {
		if got, err := readPresences([]byte(bad)); got != nil || faultOf(err).State != Degraded {
			t.Errorf("%s: %v, %v", bad, got, err)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "30": 30 * time.Second, "0": time.Second, "-5": time.Second, "99999999999999999999": 0, "9999999": time.Hour,
		"Fri, 21 Aug 2026 10:02:00 GMT": 2 * time.Minute, "Fri, 21 Aug 2026 09:00:00 GMT": time.Second,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestAppIsChecked(t *testing.T) {
	global, err := NamedCloud("")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		app  App
		want error
	}{
		{App{ClientID: "id", ClientSecret: "secret", Cloud: global}, nil},
		{App{ClientID: "id", ClientSecret: "", Cloud: global}, ErrNoApp},
		{App{ClientID: "", ClientSecret: "secret", Cloud: global}, ErrNoApp},
		{App{ClientID: "id", ClientSecret: "secret", Cloud: Cloud{"http://127.0.0.1:8", "http://localhost:8"}}, nil},
		{App{ClientID: "id", ClientSecret: "secret", Cloud: Cloud{"http://login.example.com", "https://graph.example.com"}}, ErrBadAddress},
		{App{ClientID: "id", ClientSecret: "secret", Cloud: Cloud{"https://login.example.com/x", "https://graph.example.com"}}, ErrBadAddress},
		{App{ClientID: "id", ClientSecret: "secret", Cloud: Cloud{"https://login.example.com", ""}}, ErrBadAddress},
	} {
		if err := c.app.Check(); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.app, err, c.want)
		}
	}
	for name, want := range map[string]error{"usgov": nil, "DoD": nil, "global": nil, "china": ErrNoPresence, "mars": ErrBadCloud} {
		if _, err := NamedCloud(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

func TestOnlyGUIDsAreObjectIDs(t *testing.T) {
	for in, want := range map[string]string{
		"FA8BF3DC-ECA7-46B7-BAD1-DB199B62AFC3": "fa8bf3dc-eca7-46b7-bad1-db199b62afc3",
		"fa8bf3dceca746b7bad1db199b62afc3":     "", "00u1a2b3c4d5e6f7g8h9": "", "": "", "fa8bf3dc-eca7-46b7-bad1-db199b62afcg": "",
		"fa8bf3dc_eca7-46b7-bad1-db199b62afc3": "", " a8bf3dc-eca7-46b7-bad1-db199b62afc3": "",
	} {
		if got, ok := NormalID(in); got != want || ok != (want != "") {
			t.Errorf("NormalID(%q) = %q, %t", in, got, ok)
		}
	}
}
