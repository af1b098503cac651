package wsock

import (
	"encoding/binary"
	"encoding/json"
)

// Frame opcodes with the FIN bit set (RFC 6455, section 5.2): what the server
// sends is never in pieces.
const (
	finText  = 0x81
	finClose = 0x88
)

// A form is how a connection takes messages.
type form uint8

// The forms.
const (
	plain    form = iota // a WebSocket frame each
	deflated             // likewise, and long ones compressed
	events               // server-sent events
)

// headroom is how many bytes a frame's header takes at most.
const headroom = 10

// newFrame returns a buffer for a frame's payload, with room for its header.
func newFrame(size int) []byte {
	return make([]byte, headroom, headroom+size)
}

// seal puts the header before the payload of a buffer that newFrame made, and
// returns the frame. A server's frames are not masked.
func seal(buf []byte, op byte) []byte {
	size := len(buf) - headroom
	switch {
	case size < 126:
		frame := buf[headroom-2:]
		frame[0], frame[1] = op, byte(size)
		return frame
	case size <= 0xffff:
		frame := buf[headroom-4:]
		frame[0], frame[1] = op, 126
		binary.BigEndian.PutUint16(frame[2:], uint16(size))
		return frame
	default:
		buf[0], buf[1] = op, 127
		binary.BigEndian.PutUint64(buf[2:], uint64(size))
		return buf
	}
}

// payloadOf returns the payload of a frame that seal made.
func payloadOf(frame []byte) []byte {
	switch frame[1] {
	case 126:
		return frame[4:]
	case 127:
		return frame[10:]
	}
	return frame[2:]
}

// textFrame returns payload as a frame.
func textFrame(payload string) []byte {
	return seal(append(newFrame(len(payload)), payload...), finText)
}

// closeFrame returns a close frame. reason has at most 123 bytes.
func closeFrame(code Code, reason string) []byte {
	buf := newFrame(2 + len(reason))
	buf = binary.BigEndian.AppendUint16(buf, uint16(code))
	return seal(append(buf, reason...), finClose)
}

// closeCode returns the code that a close frame carries, 1000 if none.
func closeCode(frame []byte) Code {
	if len(frame) < 4 {
		return CodeNormal
	}
	return Code(binary.BigEndian.Uint16(frame[2:]))
}

// appendText appends s as a JSON string. Ids seldom need escapes.
func appendText(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			quoted, err := json.Marshal(s)
			if err != nil { // a string always marshals
				return append(dst, `""`...)
			}
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
