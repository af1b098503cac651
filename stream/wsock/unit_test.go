package wsock

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ringdex/ringdex/stream/hub"
)

func TestFrameHeaders(t *testing.T) {
	for size, header := range map[int]string{
		0:       "\x81\x00",
		125:     "\x81\x7d",
		126:     "\x81\x7e\x00\x7e",
		0xffff:  "\x81\x7e\xff\xff",
		0x1234f: "\x81\x7f\x00\x00\x00\x00\x00\x01\x23\x4f",
	} {
		body := strings.Repeat("x", size)
		if got := string(textFrame(body)); got != header+body {
			t.Errorf("frame of %d bytes begins %q", size, got[:min(len(got), 12)])
		}
	}
	if got := closeFrame(CodeTimeout, "late"); !bytes.Equal(got, []byte("\x88\x06\x11\x38late")) || closeCode(got) != CodeTimeout {
		t.Errorf("close frame %q", got)
	}
}

func TestLimiterAllowsABurstAndThenItsRate(t *testing.T) {
	l := newLimiter(10, 3)
	now := time.Unix(1000, 0)
	for i, step := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true},
		{0, true},
		{0, true},
		{0, false},
		{99 * time.Millisecond, false},
		{1 * time.Millisecond, true},
		{0, false},
		{time.Hour, true},
		{0, true},
		{0, true},
		{0, false},
	} {
		now = now.Add(step.after)
		if got := l.allow(now); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

func TestMembersOfAFragmentJoinTheMessage(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1}`:              `,"a":1`,
		" {\"a\":{\"b\":2}}\n": `,"a":{"b":2}`,
		`{}`:                   "",
		``:                     "",
		`null`:                 "",
	} {
		if got := string(appendMembers(nil, []byte(in))); got != want {
			t.Errorf("members of %q: %q, want %q", in, got, want)
		}
	}
}

func TestCoderMayOnlyWriteControlFrames(t *testing.T) {
	w := &wire{}
	for _, p := range []string{"", "\x8a", "\x8a\x05ping", "\x8a\x00\x8a\x00"} {
		if _, err := w.Write([]byte(p)); err == nil {
			t.Errorf("%q was taken for a frame", p)
		}
	}
}

// A frame that another subscription has made costs the next one nothing,
// compressed or not.
func TestSharedFramesAreNotMadeAgain(t *testing.T) {
	for _, f := range []form{plain, deflated, events} {
		h := hub.New(hub.Config{Shards: 1})
		space := h.Space("t1")
		space.PutContact("c1", "d1", nil)
		var views []*view
		s := &Server{cfg: Config{}.withDefaults()}
		for range 101 {
			v := &view{name: "s", quoted: []byte(`"s"`), kind: hub.Directory, fields: hub.Presence}
			v.sub = space.Attach(nil).Subscribe(hub.Topic{Kind: hub.Directory, ID: "d1"}, hub.Presence, hub.Position{})
			for v.next(s, f) != nil {
			}
			views = append(views, v)
		}
		space.SetPresence("c1", []byte(`{"pad":"`+strings.Repeat("x", deflateFrom)+`"}`))
		first := views[0].next(s, f)
		i := 0
		allocs := testing.AllocsPerRun(99, func() {
			i++
			if frame := views[i].next(s, f); &frame[0] != &first[0] {
				t.Fatal("a frame of its own")
			}
			if views[i].next(s, f) != nil {
				t.Fatal("a second frame")
			}
		})
		if allocs != 0 {
			t.Errorf("form %d: %v allocations for each view", f, allocs)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connect","id":1,"token":"x","client":{"name":"desk","version":"4.1"}}`,
		`{"type":"subscribe","id":3,"sub":"list","topic":{"kind":"contacts","ids":["c1","c2"]},"fields":["presence"],"since":"e7:1041"}`,
		`{"type":"subscribe","id":3,"sub":"list","topic":{"kind":"search","q":"ann","limit":50},"fields":"both"}`,
		`{"type":"subscribe","id":3,"sub":"list","topic":{"kind":"agent","agentId":"me"}}`,
		`{"type":"update","id":4,"sub":"list","add":["c9"],"remove":["c1"]}`,
		`{"type":"unsubscribe","id":5,"sub":"list"}`,
		`{"type":"presence.set","id":6,"availability":"busy","activity":"inACall","statusMessage":null,"expiresIn":3600}`,
		`{"type":"presence.set","id":7,"availability":null}`, `{"type":"presence.set","id":7,"availability":{}}`,
		`{"type":"pong"}`, `{}`, `[]`, `null`, `"`, "\xff", `{"id":99999999999999999999}`, `{"topic":{"limit":1e99}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		cmd, wrong, err := decode(text)
		switch {
		case err != nil:
			var object map[string]json.RawMessage
			if utf8.Valid(text) && json.Unmarshal(text, &object) == nil && object != nil {
				t.Errorf("%q is a JSON object and was refused as none", text)
			}
		case wrong != nil:
			if wrong.Field == "" || wrong.Status < 400 || strings.Contains(wrong.Detail, "\xff") {
				t.Errorf("%q: problem %+v", text, wrong)
			}
		case cmd.Type == "subscribe":
			if _, ok := cmd.fields(); !ok || cmd.id() < 1 || cmd.Sub == "" || cmd.Topic == nil {
				t.Errorf("%q was let through", text)
			}
		case cmd.Type != "connect" && cmd.Type != "pong" && cmd.id() < 1:
			t.Errorf("%q has no id and was let through", text)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "list", `"\`, "a\nb", "Ω", "\u2028", "<&>", "\x7f", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendText(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && got != want {
			t.Errorf("%q became %q", s, got)
		}
	})
}
