package wsock

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// upgradeHeaders are the rest of a handshake with a key, and its end.
const upgradeHeaders = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: other, contacts.v1.json\r\nAuthorization: bearer key-1\r\n\r\n"

// dialRaw opens a TCP connection and writes text to it.
func dialRaw(t testing.TB, addr, text string) net.Conn {
	t.Helper()
	raw, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	if _, err := io.WriteString(raw, text); err != nil {
		t.Fatal(err)
	}
	return raw
}

// readUntil reads until a text has come.
func readUntil(t testing.TB, r net.Conn, text string) string {
	t.Helper()
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(got.String(), text) {
		n, err := r.Read(buf)
		got.Write(buf[:n])
		if err != nil {
			t.Fatalf("waiting for %q, got %q: %v", text, got.String(), err)
		}
	}
	return got.String()
}

// masked returns a client's frame.
func masked(op byte, payload string) string {
	mask := []byte{1, 2, 3, 4}
	frame := []byte{op}
	switch {
	case len(payload) < 126:
		frame = append(frame, 0x80|byte(len(payload)))
	default:
		frame = append(frame, 0x80|126)
		frame = binary.BigEndian.AppendUint16(frame, uint16(len(payload)))
	}
	frame = append(frame, mask...)
	for i := range len(payload) {
		frame = append(frame, payload[i]^mask[i%4])
	}
	return string(frame)
}

func TestFramesBehindTheHandshakeAreNotLost(t *testing.T) {
	for _, reduce := range []bool{false, true} {
		r := newRigOn(t, nil, &fasthttp.Server{ReduceMemoryUsage: reduce})
		var pipelined strings.Builder
		pipelined.WriteString("GET /v1/stream HTTP/1.1\r\nHost: example.test\r\n" + upgradeHeaders)
		for _, sub := range []string{"first", "second"} {
			pad := strings.Repeat(" ", 1500)
			pipelined.WriteString(masked(finText, `{"type":"subscribe","id":1,"sub":"`+sub+`","topic":{"kind":"group","groupId":"g"}}`+pad))
		}
		got := readUntil(t, dialRaw(t, r.addr, pipelined.String()), `"sub":"second","reset"`)
		if !strings.HasPrefix(got, "HTTP/1.1 101 Switching Protocols\r\n") {
			t.Errorf("answer begins %q", got[:min(len(got), 60)])
		}
		for _, part := range []string{"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", `"type":"hello"`, `"sub":"first","reset"`} {
			if !strings.Contains(got, part) {
				t.Errorf("reduce %v: no %q in the answer", reduce, part)
			}
		}
	}
}

func TestBrokenFramesEndTheConnection(t *testing.T) {
	tests := []struct {
		name, frame string
		code        Code
	}{
		{"not masked", "\x81\x02{}", CodeProtocol},
		{"reserved bits", masked(0xf1, "{}"), CodeProtocol},
		{"unknown opcode", masked(0x83, "{}"), CodeProtocol},
		{"continuation of nothing", masked(0x80, "{}"), CodeProtocol},
		{"long ping", masked(0x89, strings.Repeat("x", 130)), CodeProtocol},
		{"close with one byte", masked(0x88, "x"), CodeProtocol},
		{"close with a reserved code", masked(0x88, "\x03\xed"), CodeProtocol},
		{"close without a code", masked(0x88, ""), CodeNormal},
		{"huge length", "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff1234" + strings.Repeat("x", 40000), CodeTooBig},
		{"negative length", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff1234", CodeProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			raw := dialRaw(t, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+upgradeHeaders)
			readUntil(t, raw, "messageBytes\":32768}}")
			if _, err := io.WriteString(raw, tt.frame); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(raw)
			if err != nil {
				t.Errorf("reading to the end: %v", err)
			}
			if len(answer) < 2 || answer[0] != finClose || len(answer) != 2+int(answer[1]) {
				t.Fatalf("answer %q is not one close frame", answer)
			}
			if got := closeCode(answer); got != tt.code {
				t.Errorf("closed with %d, want %d", got, tt.code)
			}
			r.stop()
			if got := r.codes(); len(got) != 1 || got[0] != tt.code {
				t.Errorf("server counted %v", got)
			}
		})
	}
}

func TestPingsAreAnsweredBetweenWholeFrames(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.CommandBurst = 1000 })
	raw := dialRaw(t, r.addr, "GET / HTTP/1.1\r\nHost: h\r\n"+upgradeHeaders)
	readUntil(t, raw, "}}")
	go func() {
		for i := range 50 {
			_, _ = io.WriteString(raw, masked(0x89, "ping"))
			_, _ = io.WriteString(raw, masked(finText, `{"type":"unsubscribe","id":`+number(int64(i+1))+`,"sub":"`+strings.Repeat("x", 60)+`"}`))
		}
		_, _ = io.WriteString(raw, masked(0x88, "\x03\xe8"))
	}()
	all, err := io.ReadAll(raw)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[byte]int{}
	for len(all) > 0 {
		op, size, header := all[0], int(all[1]), 2
		if size == 126 {
			size, header = int(binary.BigEndian.Uint16(all[2:])), 4
		}
		if body := all[header : header+size]; op == finText && !bytes.HasPrefix(body, []byte(`{"type":"error"`)) {
			t.Fatalf("frame %q", body)
		}
		counts[op]++
		all = all[header+size:]
	}
	if counts[0x8a] != 50 || counts[finText] != 50 || counts[finClose] != 1 {
		t.Errorf("frames by opcode: %v", counts)
	}
}
