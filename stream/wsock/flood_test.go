package wsock

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestFloodsEndWithTheirCodeAndSlowNobody lets clients send without end what
// is no command, and so counts as none, and reads all answers.
func TestFloodsEndWithTheirCodeAndSlowNobody(t *testing.T) {
	const empty = "\x00\x00\x00\xff\xff" // a block of a compressed message
	floods := map[string]struct{ begin, more, extensions string }{
		"pings":                {more: masked(0x89, "")},
		"pongs":                {more: masked(0x8a, "")},
		"empty fragments":      {begin: masked(0x01, ""), more: masked(0x00, "")},
		"blanks in fragments":  {begin: masked(0x01, "{"), more: masked(0x00, strings.Repeat(" ", 100))},
		"empty blocks":         {begin: masked(0x41, empty), more: masked(0x00, strings.Repeat(empty, 20)), extensions: "Sec-WebSocket-Extensions: permessage-deflate\r\n"},
		"pings before connect": {more: masked(0x89, ""), extensions: "-"},
	}
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// With little allowed, so that a slow machine floods as well.
			r := newRig(t, func(cfg *Config) { cfg.MessageBytes, cfg.CommandBurst, cfg.CommandsPerSecond = 1024, 10, 5 })
			r.put("c1", `{}`, "d1")
			steady := r.open(t)
			steady.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
			steady.want("snapshot")
			head := strings.ReplaceAll(upgradeHeaders, "Authorization: bearer key-1\r\n", flood.extensions+"Authorization: bearer key-1\r\n")
			if flood.extensions == "-" {
				head = strings.ReplaceAll(upgradeHeaders, "Authorization: bearer key-1\r\n", "")
			}
			raw := dialRaw(t, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+head)
			readUntil(t, raw, "\r\n\r\n")
			if err := raw.SetReadDeadline(time.Time{}); err != nil {
				t.Fatal(err)
			}
			ended := make(chan []byte, 1)
			go func() { ended <- lastBytes(raw) }()
			go pour(raw, flood.begin, flood.more)
			worst := time.Duration(0)
			for n := 0; ; n++ {
				began := time.Now()
				r.presence("c1", fmt.Sprint(n))
				steady.want("changes")
				worst = max(worst, time.Since(began))
				select {
				case last := <-ended:
					want := CodeTooMany
					if name == "blanks in fragments" {
						want = CodeTooBig
					}
					if i := bytes.LastIndexByte(last, finClose); i < 0 || closeCode(last[i:]) != want {
						t.Errorf("it ended with %q, want code %d", last, want)
					}
					if worst > 5*time.Second {
						t.Errorf("another waited %v for a change", worst)
					}
					return
				default:
				}
			}
		})
	}
}

// lastBytes reads to the end and returns the last of what came.
func lastBytes(r io.Reader) []byte {
	var last []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		last = append(last, buf[:n]...)
		last = last[max(0, len(last)-256):]
		if err != nil {
			return last
		}
	}
}

// pour sends begin and then more, until the connection ends.
func pour(w net.Conn, begin, more string) {
	text := strings.Repeat(more, 1+(16<<10)/len(more))
	_, err := io.WriteString(w, begin)
	for err == nil {
		_, err = io.WriteString(w, text)
	}
}
