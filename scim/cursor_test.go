package scim

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestE4CursorsSayWhatTheyWereMadeFor(t *testing.T) {
	c := newCursors()
	now := time.Unix(1_000_000, 0)
	c.now = func() time.Time { return now }
	want := position{place{"s\xffkey", 1, "0190c2f1-0000-7000-8000-00000000abcd"}, 250, true}
	text := c.seal(scope{1}, want)
	if again := c.seal(scope{1}, want); again == text || strings.Contains(text, "key") {
		t.Errorf("cursors %s and %s", text, again)
	}
	got, err := c.open(scope{1}, text)
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	longest := c.seal(scope{1}, position{place{strings.Repeat("x", maxSortBytes+1), 1, want.id}, maxPage, false})
	if _, err := c.open(scope{1}, longest); err != nil || len(longest) > maxCursorBytes {
		t.Errorf("the longest cursor has %d bytes: %v", len(longest), err)
	}
	scimType := func(sc scope, text string) string {
		_, err := c.open(sc, text)
		e, _ := errors.AsType[*Error](err)
		return e.ScimType
	}
	for i := range len(text) {
		changed := []byte(text)
		if changed[i]++; scimType(scope{1}, string(changed)) != "invalidCursor" {
			t.Errorf("changed at %d it is good", i)
		}
		if scimType(scope{1}, text[:i]) != "invalidCursor" {
			t.Errorf("cut at %d it is good", i)
		}
	}
	if scimType(scope{2}, text) != "invalidCursor" || scimType(scope{1}, text+"A") != "invalidCursor" {
		t.Error("a cursor opens elsewhere")
	}
	now = now.Add(cursorTime)
	if _, err := c.open(scope{1}, text); err != nil {
		t.Errorf("after its time to the second: %v", err)
	}
	now = now.Add(time.Second)
	if scimType(scope{1}, text) != "expiredCursor" {
		t.Error("it does not expire")
	}
	if _, err := newCursors().open(scope{1}, text); err == nil {
		t.Error("a cursor opens in another process")
	}
}

func FuzzOpenCursor(f *testing.F) {
	c := newCursors()
	f.Add("")
	f.Add("AAAA")
	f.Add(c.seal(scope{}, position{place{"", 0, "0190c2f1-0000-7000-8000-00000000abcd"}, 1, false}))
	f.Add(strings.Repeat("_", 5000))
	f.Add("====")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := c.open(scope{9}, text)
		if e, ok := errors.AsType[*Error](err); !ok || e.ScimType != "invalidCursor" {
			t.Fatalf("%q opens: %v", text, err)
		}
	})
}
