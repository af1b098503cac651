package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/scim/journal"
)

// last returns the newest event of the directory.
func (s *site) last() *journal.Event {
	s.t.Helper()
	events, _ := s.w.journal.Find(s.id, journal.Query{})
	if len(events) == 0 {
		s.t.Fatal("no event")
	}
	return events[0]
}

// TestTheProvisioningLogTellsWhatARequestDid follows a user and a group through
// requests, and reads what the log has of each.
func TestTheProvisioningLogTellsWhatARequestDid(t *testing.T) {
	s := newSite(t, "missingPhone=warn")
	tell := func() string {
		e := s.last()
		var said []string
		for _, c := range e.Changes {
			said = append(said, fmt.Sprintf("%s %s", c.Kind, c.Path))
		}
		for _, h := range e.Hints {
			said = append(said, "hint "+h.Path)
		}
		for _, op := range e.Operations {
			said = append(said, fmt.Sprintf("%s %s %s", op.Op, op.Path, strings.Join(op.Notes, "; ")))
		}
		return fmt.Sprintf("%s %s %d %s %s resend=%d: %s", e.Method, e.Endpoint, e.Status, e.Outcome(), e.Dialect, e.Resend, strings.Join(said, ", "))
	}
	want := func(text string) {
		t.Helper()
		if got := tell(); got != text {
			t.Errorf("the log says\n%s\nwant\n%s", got, text)
		}
	}
	user := s.user("ana@example.com", `"nickNamee":"A"`)
	want("POST Users 201 ok generic resend=1: added userName, hint nickNamee, hint phoneNumbers")
	if got := s.last().Resource; got != user {
		t.Errorf("resource %s, want %s", got, user)
	}
	s.patch("/Users/"+user, `{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"+44 20 7946 0018"}`)
	want(`PATCH Users 200 ok entra resend=0: added phoneNumbers[type eq "work"], ` +
		`add phoneNumbers[type eq "work"].value phoneNumbers.value: created the element that the filter describes`)
	s.patch("/Users/"+user, `{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"+44 20 7946 0018"}`)
	want(`PATCH Users 200 unchanged entra resend=0: add phoneNumbers[type eq "work"].value changed nothing`)
	s.refused(http.StatusBadRequest, "invalidValue", "PATCH", "/Users/"+user, `{"Operations":[{"op":"replace","path":"active","value":"perhaps"}]}`)
	if e := s.last(); e.Status != http.StatusBadRequest || e.Path != "active" || strings.Contains(e.Detail, "perhaps") || e.Detail == "" {
		t.Errorf("of what was refused the log says %+v", e)
	}
	group := s.group("G")
	s.patch("/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"`+user+`"},{"value":"later"}]}`)
	if c := s.last().Changes; len(c) != 1 || c[0].Count != 2 || c[0].Path != "members" {
		t.Errorf("of members that came the log says %+v", c)
	}
	s.found("/Users", `userName eq "ana@example.com"`)
	if f := s.last().Filter; f != `userName eq "…"` {
		t.Errorf("the log has the filter %s", f)
	}
	s.must(http.StatusNoContent, "DELETE", "/Users/"+user, "")
	if e := s.last(); e.Method != "DELETE" || e.Resource != user {
		t.Errorf("of the deletion the log says %+v", e)
	}
	s.must(http.StatusOK, "POST", "/Bulk", bulkBody(`{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"b"}},{"method":"DELETE","path":"/Users/none"}`))
	events, _ := s.w.journal.Find(s.id, journal.Query{})
	methods := map[string]bool{}
	for _, e := range events[:3] {
		methods[e.Method+" "+e.Endpoint] = true
	}
	if !methods["POST Bulk"] || !methods["POST Users"] || !methods["DELETE Users"] {
		t.Errorf("of a Bulk request the log has %v", methods)
	}
	s.refused(http.StatusUnauthorized, "", "GET", "/Users", "", "Authorization: Bearer no")
	if risk := s.w.journal.Risk(s.id); risk.Refused != 1 {
		t.Errorf("refused sign-ins: %+v", risk)
	}
}

// A Bulk request counts its operations, also those that were refused before they
// were begun, and they do not count again.
func TestABulkRequestCountsItsOperationsOnce(t *testing.T) {
	s := newSite(t)
	s.bulk(`{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"a"}},
		{"method":"POST","path":"/Users","bulkId":"b","data":{"userName":"b"}},
		{"method":"POST","path":"/Users","bulkId":"c","data":{"userName":"b"}},
		{"method":"PATCH","path":"/Users/7"}`)
	if got, want := s.w.journal.Risk(s.id).Cycle, (journal.Ratio{Operations: 4, Failures: 2}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	if e := s.last(); e.Endpoint != "Bulk" || e.Attempts != 4 || e.Failures != 2 || e.Outcome() != journal.Failed {
		t.Errorf("the request's event is %+v", e)
	}
}
