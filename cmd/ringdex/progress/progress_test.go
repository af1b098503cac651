package progress

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A clock that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestPlainLinesComeNowAndThen(t *testing.T) {
	var out strings.Builder
	c := &clock{time.Unix(0, 0)}
	m := New(&out, false)
	m.now = c.now
	m.Begin("create", 1000)
	for i := range 25 {
		c.at = c.at.Add(time.Second)
		m.Set((i + 1) * 40)
	}
	m.End()
	want := "create: 400 of 1000\ncreate: 800 of 1000\ncreate: 1000 of 1000 in 25s\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTerminalGetsABarThatGoesAway(t *testing.T) {
	var out strings.Builder
	m := New(&out, true)
	m.Begin("create", 10)
	m.Set(5)
	m.Set(12)
	m.End()
	if text := out.String(); !strings.Contains(text, "create") || strings.HasSuffix(strings.TrimRight(text, "\r\x1b[2K"), "\n") {
		t.Errorf("a terminal got %q", text)
	}
}
