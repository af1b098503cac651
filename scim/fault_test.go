package scim

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// A hookedLog lets a test step in between the plan and the commit of a
// resource.
type hookedLog struct {
	stream.Log
	hook atomic.Pointer[func() error] // taken by the next commit of a user or group
}

func (l *hookedLog) Commit(ctx context.Context, tx stream.Tx) (stream.Commit, error) {
	for _, p := range tx.Puts {
		if kind := contact.Kind(p.Key[0]); kind != contact.KindUser && kind != contact.KindGroup && kind != contact.KindMembers {
			continue
		}
		if hook := l.hook.Swap(nil); hook != nil {
			if err := (*hook)(); err != nil {
				return stream.Commit{}, err
			}
		}
		break
	}
	return l.Log.Commit(ctx, tx)
}

func hookedSite(t *testing.T, policies ...string) (*site, func(hook func() error)) {
	t.Helper()
	log := &hookedLog{Log: memlog.New()}
	s := newWorld(t, worldConfig{log: log}).site(t, policies...)
	return s, func(hook func() error) { log.hook.Store(&hook) }
}

func TestADirectoryRemovedDuringARequestTakesNothing(t *testing.T) {
	s, before := hookedSite(t)
	id := s.user("there", `"phoneNumbers":[{"value":"020 7946 0018"}]`)
	before(func() error {
		return s.w.registry.RemoveDirectory(t.Context(), directory.DefaultTenant, s.id)
	})
	if a := s.send("POST", "/Users", `{"userName":"late"}`); a.status != http.StatusUnauthorized {
		t.Errorf("%d %s", a.status, a.raw)
	}
	for _, r := range [][2]string{{"GET", "/Users/" + id}, {"GET", "/Schemas"}, {"DELETE", "/Users/" + id}} {
		if a := s.send(r[0], r[1], ""); a.status != http.StatusUnauthorized {
			t.Errorf("%v afterwards: %d", r, a.status)
		}
	}
	s.settle()
	if got := s.who("+442079460018"); len(got) != 0 {
		t.Errorf("still found: %v", got)
	}
}

func TestARevokedTokenEndsAtOnce(t *testing.T) {
	s := newSite(t)
	c, fresh, err := s.w.registry.AddToken(t.Context(), directory.DefaultTenant, s.id, "next", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rotated := *s
	rotated.token = fresh.Text()
	rotated.get("/Users")
	s.get("/Users") // both live side by side
	if err := s.w.registry.RevokeToken(t.Context(), directory.DefaultTenant, s.id, c.ID); err != nil {
		t.Fatal(err)
	}
	rotated.refused(http.StatusUnauthorized, "", "GET", "/Users", "")
	rotated.refused(http.StatusUnauthorized, "", "POST", "/Users", `{"userName":"a"}`)
	s.get("/Users")
}

// TestAPolicyThatChangesDuringARequestHolds refuses what was allowed when the
// request began.
func TestAPolicyThatChangesDuringARequestHolds(t *testing.T) {
	s, before := hookedSite(t)
	before(func() error { s.set("missingPhone=reject"); return nil })
	a := s.send("POST", "/Users", `{"userName":"a"}`)
	if a.status != http.StatusBadRequest {
		t.Errorf("%d %s", a.status, a.raw)
	}
	before(func() error { s.set("groups=updateOnly"); return nil })
	if a := s.send("POST", "/Groups", `{"displayName":"a"}`); a.status != http.StatusForbidden {
		t.Errorf("%d %s", a.status, a.raw)
	}
	is(t, "users", s.get("/Users").Get("totalResults"), "0")
	is(t, "groups", s.get("/Groups").Get("totalResults"), "0")
}

// TestARenameLosesAgainstACreate lets another take the name in between.
func TestARenameLosesAgainstACreate(t *testing.T) {
	s, before := hookedSite(t)
	id := s.user("old")
	before(func() error { s.user("new"); return nil })
	a := s.send("PATCH", "/Users/"+id, `{"Operations":[{"op":"replace","path":"userName","value":"NEW"}]}`)
	if a.status != http.StatusConflict || a.body.Get("scimType").Text() != "uniqueness" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	is(t, "userName", s.get("/Users/"+id).Get("userName"), `"old"`)
}

func TestAChangeOfWhatIsBeingDeletedIsNotFound(t *testing.T) {
	s, before := hookedSite(t)
	id := s.user("a")
	group := s.group("G")
	before(func() error { s.must(http.StatusNoContent, "DELETE", "/Users/"+id, ""); return nil })
	if a := s.send("PATCH", "/Users/"+id, `{"Operations":[{"op":"replace","path":"userName","value":"b"}]}`); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.raw)
	}
	before(func() error { s.must(http.StatusNoContent, "DELETE", "/Groups/"+group, ""); return nil })
	if a := s.send("PATCH", "/Groups/"+group, `{"Operations":[{"op":"add","path":"members","value":"m"}]}`); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

// TestAMemberWhoComesDuringAReplaceIsReplaced: the later request saw a list
// that changed under it, and plans again.
func TestAMemberWhoComesDuringAReplaceIsReplaced(t *testing.T) {
	s, before := hookedSite(t)
	group := s.group("G", "a")
	for _, r := range []struct{ method, body string }{
		{"PUT", `{"displayName":"G","members":[{"value":"c"}]}`},
		{"PATCH", `{"Operations":[{"op":"replace","path":"members","value":[{"value":"c"}]}]}`},
		{"PATCH", `{"Operations":[{"op":"remove","path":"members"},{"op":"add","path":"members","value":"c"}]}`},
		{"PATCH", `{"Operations":[{"op":"remove","path":"members[value ne \"c\"]"},{"op":"add","path":"members","value":"c"}]}`},
	} {
		s.patch("/Groups/"+group, `{"op":"replace","path":"members","value":"a"}`)
		before(func() error { s.patch("/Groups/"+group, `{"op":"add","path":"members","value":"b"}`); return nil })
		if a := s.send(r.method, "/Groups/"+group, r.body); a.status >= 300 {
			t.Errorf("%d %s", a.status, a.raw)
		}
		s.wantMembers(group, "c")
	}
}

// TestEveryFaultOfTheLogHasItsAnswer is the table from what the log says to
// what clients hear.
func TestEveryFaultOfTheLogHasItsAnswer(t *testing.T) {
	s, before := hookedSite(t)
	for _, c := range []struct {
		err    error
		status int
		again  bool // Retry-After
	}{
		{stream.ErrFull, http.StatusInsufficientStorage, true},
		{stream.ErrTooLarge, http.StatusRequestEntityTooLarge, false},
		{stream.ErrClosed, http.StatusServiceUnavailable, true},
		{context.Canceled, http.StatusServiceUnavailable, true},
		{context.DeadlineExceeded, http.StatusServiceUnavailable, true},
		{fmt.Errorf("commit: %w", stream.ErrFull), http.StatusInsufficientStorage, true},
	} {
		before(func() error { return c.err })
		a := s.do("POST", "/Users", `{"userName":"a"}`)
		if a.status != c.status || (a.header.Get("Retry-After") != "") != c.again {
			t.Errorf("%v: %d, Retry-After %q", c.err, a.status, a.header.Get("Retry-After"))
		}
	}
	s.user("a") // nothing stayed behind
}

// TestOurOwnFaultsTellTheLoggerOnly also shows that the harness would notice.
func TestOurOwnFaultsTellTheLoggerOnly(t *testing.T) {
	var log bytes.Buffer
	e := errorOf(fmt.Errorf("%w: inside", stream.ErrCorrupt), slog.New(slog.NewTextHandler(&log, nil)))
	if e.Status != http.StatusInternalServerError || strings.Contains(e.Detail, "inside") || !strings.Contains(log.String(), "inside") {
		t.Errorf("%d %q, logged %q", e.Status, e.Detail, log.String())
	}
}

func TestAClosedLogIsUnavailable(t *testing.T) {
	s := newWorld(t, worldConfig{noIndex: true}).site(t)
	id := s.user("a")
	if err := s.w.log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range [][3]string{
		{"GET", "/Users", ""},
		{"GET", "/Users/" + id, ""},
		{"POST", "/Users", `{"userName":"b"}`},
		{"DELETE", "/Users/" + id, ""},
		{"PATCH", "/Users/" + id, `{"Operations":[{"op":"replace","path":"title","value":"t"}]}`},
	} {
		if a := s.send(r[0], r[1], r[2]); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("%v: %d %s", r, a.status, a.raw)
		}
	}
}

// TestGuessersAreSlowedDownAndOthersNot is row A12 of the checklist, as is
// TestAKeyHasItsRate.
func TestGuessersAreSlowedDownAndOthersNot(t *testing.T) {
	s := newSite(t)
	guesser := *s
	guesser.token = otherToken()
	var last answer
	for range 30 {
		last = guesser.do("GET", "/Users", "")
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("a guesser gets %d", last.status)
	}
	s.must(http.StatusOK, "GET", "/Users", "")
}

func TestLastRequestIsKnown(t *testing.T) {
	s := newSite(t)
	if at := s.w.service.LastRequest(s.id); !at.IsZero() {
		t.Errorf("before any request: %v", at)
	}
	s.refused(http.StatusUnauthorized, "", "GET", "/Users", "", "Authorization: x")
	if at := s.w.service.LastRequest(s.id); !at.IsZero() {
		t.Errorf("after a refused one: %v", at)
	}
	s.get("/Users")
	if at := s.w.service.LastRequest(s.id); at.IsZero() {
		t.Error("after one it is not known")
	}
}

func TestAKeyHasItsRate(t *testing.T) {
	s := newSite(t)
	s.w.gate.PerSecond = 1
	var last answer
	for range 10 {
		last = s.do("GET", "/Users", "")
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", last.status, last.header.Get("Retry-After"))
	}
}
