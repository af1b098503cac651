package journal

import (
	"strings"
	"testing"
	"time"
)

// record adds so many writes of which so many failed.
func record(j *Journal, writes, failures int, at time.Time) {
	for i := range writes {
		e := created()
		if i < failures {
			e = refused()
		}
		e.Time = at
		j.Record("d1", e)
	}
}

func TestRiskIsToldLongBeforeQuarantine(t *testing.T) {
	for _, c := range []struct {
		ratio Ratio
		level Level
		text  string
	}{
		{Ratio{0, 0, 0}, LevelOK, "There were no writes in the last 40 minutes."},
		{Ratio{1, 0, 0}, LevelOK, "All of 1 write succeeded in the last 40 minutes."},
		{Ratio{1, 1, 0}, LevelOK, "1 of 1 write failed in the last 40 minutes."},
		{Ratio{4, 4, 0}, LevelOK, "4 of 4 writes failed"},
		{Ratio{100, 9, 0}, LevelOK, "9 of 100 writes failed"},
		{Ratio{100, 10, 0}, LevelWatch, "10 of 100 writes failed in the last 40 minutes; Entra ID stops provisioning at 40 %."},
		{Ratio{100, 12, 0}, LevelWatch, "12 of 100 writes failed in the last 40 minutes; Entra ID stops provisioning at 40 %."},
		{Ratio{100, 25, 0}, LevelWarning, "25 of 100"},
		{Ratio{100, 40, 0}, LevelWarning, "40 of 100"},
		{Ratio{300, 121, 0}, LevelDanger, "121 of 300 writes failed in the last 40 minutes; Entra ID stops provisioning at 40 % once 5,000 have failed."},
		{Ratio{12_000, 5000, 0}, LevelDanger, "5000 of 12000 writes failed in the last 40 minutes; at this Entra ID puts the job into quarantine"},
		{Ratio{200_000, 10_001, 0}, LevelWarning, "10001 of 200000"},
		{Ratio{900_000, 30_001, 0}, LevelDanger, "Entra ID stops provisioning at 40,000 failures"},
		{Ratio{900_000, 40_001, 0}, LevelDanger, "puts the job into quarantine"},
		{Ratio{900_000, 40_001, 40_001}, LevelOK, "40001 of 900000"},
		{Ratio{900_000, 60_001, 60_001}, LevelDanger, "puts the job into quarantine"},
	} {
		j := newJournal(Config{})
		j.page("d1").window.at(start).Ratio = c.ratio
		if r := j.Risk("d1"); r.Level != c.level || !strings.Contains(r.Text, c.text) {
			t.Errorf("%+v: %s, %q; want %s, %q", c.ratio, r.Level, r.Text, c.level, c.text)
		}
	}
}

func TestRiskForgetsAfterADay(t *testing.T) {
	now := start
	j := New(Config{Now: func() time.Time { return now }})
	record(j, 100, 30, start)
	for _, c := range []struct {
		after time.Duration
		level Level
		text  string
	}{
		{30 * time.Minute, LevelWarning, "in the last 40 minutes"},
		{50 * time.Minute, LevelWarning, "in the last day"},
		{23 * time.Hour, LevelWarning, "in the last day"},
		{24 * time.Hour, LevelOK, "There were no writes"},
		{1000 * time.Hour, LevelOK, "There were no writes"},
	} {
		now = start.Add(c.after)
		if r := j.Risk("d1"); r.Level != c.level || !strings.Contains(r.Text, c.text) {
			t.Errorf("after %v: %s, %q; want %s, %q", c.after, r.Level, r.Text, c.level, c.text)
		}
	}
	record(j, 10, 0, now)
	if r := j.Risk("d1"); r.Day != (Ratio{Operations: 10}) {
		t.Errorf("the day has %+v", r.Day)
	}
}

func TestOnlyWhatAProviderMindsCounts(t *testing.T) {
	for _, c := range []struct {
		e    Event
		want Ratio
	}{
		{Event{Method: "GET", Endpoint: "Users", Status: 200}, Ratio{}},
		{Event{Method: "GET", Endpoint: "Users", Status: 404}, Ratio{}},
		{Event{Method: "GET", Endpoint: "Users", Status: 400}, Ratio{1, 1, 0}},
		{Event{Method: "GET", Endpoint: "Users", Status: 503}, Ratio{1, 1, 0}},
		{Event{Method: "POST", Endpoint: "Users/.search", Status: 200}, Ratio{}},
		{Event{Method: "POST", Endpoint: "Users", Status: 201}, Ratio{1, 0, 0}},
		{Event{Method: "POST", Endpoint: "Users", Status: 409}, Ratio{1, 1, 0}},
		{Event{Method: "PUT", Endpoint: "Users", Status: 429}, Ratio{1, 1, 0}},
		{Event{Method: "PATCH", Endpoint: "Users", Status: 404}, Ratio{1, 1, 0}},
		{Event{Method: "DELETE", Endpoint: "Users", Status: 404}, Ratio{1, 0, 0}},
		{Event{Method: "DELETE", Endpoint: "Users", Status: 204}, Ratio{1, 0, 0}},
		{Event{Method: "PATCH", Endpoint: "Groups", Status: 400, Path: "members.value"}, Ratio{1, 1, 1}},
		{Event{Method: "PATCH", Endpoint: "Users", Status: 400, Path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"}, Ratio{1, 1, 1}},
		{Event{Method: "POST", Endpoint: "Bulk", Status: 200, Attempts: 10, Failures: 3}, Ratio{10, 3, 0}},
		{Event{Method: "POST", Endpoint: "Users", Status: 409, Part: true}, Ratio{}},
		{Event{Method: "POST", Endpoint: "Bulk", Status: 413}, Ratio{1, 1, 0}},
	} {
		j := newJournal(Config{})
		j.Record("d1", &c.e)
		if got := j.Risk("d1").Cycle; got != c.want {
			t.Errorf("%s %s %d: %+v, want %+v", c.e.Method, c.e.Endpoint, c.e.Status, got, c.want)
		}
	}
}

func TestAWrongTokenIsADangerUnlessOthersAreRight(t *testing.T) {
	now := start
	j := New(Config{Now: func() time.Time { return now }})
	want := func(level Level, text string) {
		t.Helper()
		if r := j.Risk("d1"); r.Level != level || !strings.Contains(r.Text, text) {
			t.Errorf("%s, %q; want %s, %q", r.Level, r.Text, level, text)
		}
	}
	j.Refused("d1")
	j.Refused("d1")
	want(LevelOK, "")
	j.Refused("d1")
	want(LevelDanger, "The last 3 requests had no valid token; Entra ID stops provisioning at once")
	j.Record("d1", created())
	want(LevelWatch, "3 requests in the last day had no valid token, while others did")
	now = now.Add(2 * time.Hour)
	for range 5 {
		j.Refused("d1")
	}
	want(LevelDanger, "The last 5 requests")
	now = now.Add(25 * time.Hour)
	want(LevelOK, "")
	if s := j.Summary("d1"); s.Refused != 8 || !s.LastRefused.Equal(start.Add(2*time.Hour)) || len(s.Reasons) > 0 {
		t.Errorf("%+v", s)
	}
}

func TestAdviceIsGivenForEveryKindOfFailure(t *testing.T) {
	for _, scimType := range []string{"invalidFilter", "invalidPath", "invalidSyntax", "invalidValue", "mutability", "noTarget", "tooMany", "uniqueness"} {
		if (&Event{Method: "PATCH", Status: 400, ScimType: scimType}).Advice() == "" {
			t.Errorf("nothing is said about %s", scimType)
		}
	}
	for _, status := range []int{403, 404, 405, 409, 412, 413, 429, 500, 501, 503, 507} {
		if (&Event{Method: "PATCH", Endpoint: "Users", Resource: someID, Status: status}).Advice() == "" {
			t.Errorf("nothing is said about status %d", status)
		}
	}
	for _, e := range []Event{{Method: "GET", Status: 200}, {Method: "GET", Resource: someID, Status: 404}, {Method: "POST", Status: 404}} {
		if text := e.Advice(); text != "" {
			t.Errorf("%s %d: %s", e.Method, e.Status, text)
		}
	}
}
