package wsock

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/klauspost/compress/flate"
)

// inflated returns the payload of a frame that was compressed.
func inflated(t *testing.T, frame []byte) string {
	t.Helper()
	in := io.MultiReader(bytes.NewReader(payloadOf(frame)), strings.NewReader("\x00\x00\xff\xff\x01\x00\x00\xff\xff"))
	text, err := io.ReadAll(flate.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDeflatedFrameHoldsTheMessage(t *testing.T) {
	s := &Server{}
	for _, n := range []int{1, 100, 1000, 70_000, 300_000} {
		text := strings.Repeat("presence ", n)
		frame := textFrame(text)
		short := s.deflate(frame)
		switch {
		case len(short) > len(frame):
			t.Errorf("%d bytes became %d", len(frame), len(short))
		case short[0] == finText: // not worth it
			if n > 1 {
				t.Errorf("%d bytes of repetition are sent plain", len(frame))
			}
		case inflated(t, short) != text:
			t.Errorf("%d bytes come back as others", len(frame))
		}
	}
}

// readFrame reads one frame of a server.
func readFrame(t *testing.T, in *bufio.Reader) []byte {
	t.Helper()
	head, err := in.Peek(4)
	if err != nil {
		t.Fatal(err)
	}
	size := 2 + int(head[1])
	if head[1] == 126 {
		size = 4 + int(binary.BigEndian.Uint16(head[2:]))
	}
	frame := make([]byte, size)
	if _, err := io.ReadFull(in, frame); err != nil {
		t.Fatal(err)
	}
	return frame
}

func TestLongFramesAreCompressedForThoseWhoAskOnly(t *testing.T) {
	r := newRig(t, nil)
	for i := range 100 {
		r.put(fmt.Sprint("c", i), `{}`, "d1")
	}
	size := func(extension string) int {
		raw := dialRaw(t, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+extension+upgradeHeaders)
		in := bufio.NewReader(raw)
		for line := ""; line != "\r\n"; {
			var err error
			if line, err = in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := io.WriteString(raw, masked(finText, `{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"directory","directoryId":"d1"}}`)); err != nil {
			t.Fatal(err)
		}
		var frame []byte
		for range 3 { // hello, the answer, the snapshot
			frame = readFrame(t, in)
		}
		return len(frame)
	}
	long, short := size(""), size("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
	if long < 2500 || short*3 > long {
		t.Errorf("snapshot takes %d bytes plain and %d compressed", long, short)
	}
	if odd := size("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n"); odd != long {
		t.Errorf("to one with a small window %d bytes are sent, want %d plain", odd, long)
	}
}

func TestCompressingClientSeesTheSame(t *testing.T) {
	r := newRig(t, nil)
	for i := range 100 {
		r.put(fmt.Sprint("c", i), `{"n":`+fmt.Sprint(i)+`}`, "d1")
	}
	p, _, err := r.tryDial(t, "key-1", func(o *websocket.DialOptions) {
		o.CompressionMode, o.CompressionThreshold = websocket.CompressionNoContextTakeover, 1
	})
	if err != nil {
		t.Fatal(err)
	}
	p.want("hello")
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, `,"fields":"both"`)
	if m := p.want("snapshot"); len(m.Data) != 100 {
		t.Errorf("snapshot of %d", len(m.Data))
	}
	for i := range 30 { // short and long frames in turn
		r.presence("c1", fmt.Sprintf(`{"n":%d,"pad":"%s"}`, i, strings.Repeat("x", i%2*2000)))
		if m := p.want("changes"); !strings.Contains(m.Text, fmt.Sprintf(`{"n":%d,`, i)) {
			t.Errorf("change %d: %.100s", i, m.Text)
		}
	}
}

// TestBombIsRefused holds the limit of messages to what they unfold to.
func TestBombIsRefused(t *testing.T) {
	r := newRig(t, nil)
	p, _, err := r.tryDial(t, "key-1", func(o *websocket.DialOptions) {
		o.CompressionMode, o.CompressionThreshold = websocket.CompressionNoContextTakeover, 1
	})
	if err != nil {
		t.Fatal(err)
	}
	p.want("hello")
	p.send(`{"type":"pong","x":"` + strings.Repeat("x", 10<<20) + `"}`)
	p.wantClose(CodeTooBig)
}
