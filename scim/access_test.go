package scim

import (
	"bytes"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/key"
)

func TestA2TheSchemeIsReadInAnyCaseAndWithBlanks(t *testing.T) {
	s := newSite(t)
	for _, header := range []string{"Bearer ", "bearer ", "BEARER   ", "bEaReR ", ""} { // the last is what is pasted without one
		s.must(http.StatusOK, "GET", "/Users", "", "Authorization: "+header+s.token)
	}
	for _, header := range []string{"Basic " + s.token, "Bearer", "Bearer " + s.token + "x", "Bearer " + s.token + " " + s.token} {
		s.refused(http.StatusUnauthorized, "", "GET", "/Users", "", "Authorization: "+header)
	}
}

// TestA3TokensAreLongLimitedAndKeptAsHashes reads the whole log for a token's
// text, and lets one expire.
func TestA3TokensAreLongLimitedAndKeptAsHashes(t *testing.T) {
	s := newSite(t)
	k, err := key.Parse(s.token)
	if err != nil || len(s.token) < 43 { // 256 bits in base64
		t.Fatalf("a token of %d characters: %v", len(s.token), err)
	}
	view, err := s.w.log.View()
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	secret := []byte(k.Text()[len(k.Text())-40:])
	for e, err := range view.Scan(directory.DefaultTenant, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(e.Value, secret) || bytes.Contains([]byte(e.Key), secret) {
			t.Errorf("the token stands under %.20q", e.Key)
		}
	}
	ends := time.Now().Add(50 * time.Millisecond)
	_, short, err := s.w.registry.AddToken(t.Context(), directory.DefaultTenant, s.id, "short", ends)
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Until(ends.Add(time.Millisecond)))
	s.refused(http.StatusUnauthorized, "", "GET", "/Users", "", "Authorization: Bearer "+short.Text())
	s.must(http.StatusOK, "GET", "/Users", "")
}

func TestA10AnotherTenantsIdsAreNobodys(t *testing.T) {
	w := newWorld(t, worldConfig{noIndex: true})
	mine, theirs := w.site(t), w.site(t)
	user, group := theirs.user("a"), theirs.group("G")
	for _, path := range []string{"/Users/" + user, "/Groups/" + group} {
		mine.refused(http.StatusNotFound, "", "GET", path, "")
		mine.refused(http.StatusNotFound, "", "DELETE", path, "")
		mine.refused(http.StatusNotFound, "", "PUT", path, `{"userName":"x","displayName":"x"}`)
		mine.refused(http.StatusNotFound, "", "PATCH", path, `{"Operations":[{"op":"add","path":"displayName","value":"x"}]}`)
	}
	if got := mine.found("/Users", `id eq "`+user+`"`); len(got) != 0 {
		t.Errorf("another directory's user is found")
	}
	mine.group("H", user)
	if got := theirs.get("/Users/" + user).Get("groups").Len(); got != 0 {
		t.Errorf("another directory's group has %d members here", got)
	}
	if mine.user("a") == user {
		t.Error("an id was given twice")
	}
}

func TestA12AKeyThatAsksTooMuchIsToldWhenToComeAgain(t *testing.T) {
	w := newWorld(t, worldConfig{noIndex: true})
	s, other := w.site(t), w.site(t)
	w.gate.PerSecond = 1
	var a answer
	for range 100 { // it takes two at once, and more when they come slowly
		if a = s.do("GET", "/Users", ""); a.status != http.StatusOK {
			break
		}
	}
	if a.status != http.StatusTooManyRequests {
		t.Fatalf("answered %d", a.status)
	}
	if n, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || n < 1 {
		t.Errorf("Retry-After is %q, not whole seconds", a.header.Get("Retry-After"))
	}
	other.must(http.StatusOK, "GET", "/Users", "")
}
