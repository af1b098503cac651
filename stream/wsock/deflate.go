package wsock

import (
	"bytes"

	"github.com/klauspost/compress/flate"
)

// deflateFrom is the length of the shortest frame that is worth compressing.
const deflateFrom = 512

// finDeflated is finText with the bit that says that the payload is compressed
// (RFC 7692, section 6).
const finDeflated = finText | 0x40

// A deflater compresses one payload after the other, each by itself: a result
// does not depend on what a connection was sent before, so that all of them
// share it.
type deflater struct {
	out bytes.Buffer
	w   *flate.Writer
}

func newDeflater() (*deflater, error) {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	return &deflater{w: w}, err
}

// payload returns p compressed, in a buffer as of newFrame, which the caller
// may keep.
func (d *deflater) payload(p []byte) ([]byte, error) {
	d.out.Reset()
	d.w.Reset(&d.out)
	if _, err := d.w.Write(p); err != nil {
		return nil, err
	}
	if err := d.w.Flush(); err != nil {
		return nil, err
	}
	// What a flush ends with is left out on the way (section 7.2.1).
	short := bytes.TrimSuffix(d.out.Bytes(), []byte{0, 0, 0xff, 0xff})
	return append(newFrame(len(short)), short...), nil
}

// deflate returns a text frame compressed, or frame itself if that is no
// shorter.
func (s *Server) deflate(frame []byte) []byte {
	d, ok := s.deflaters.Get().(*deflater)
	if !ok {
		var err error
		if d, err = newDeflater(); err != nil {
			return frame
		}
	}
	defer s.deflaters.Put(d)
	short, err := d.payload(payloadOf(frame))
	if err != nil || len(short) >= len(frame) {
		return frame
	}
	return seal(short, finDeflated)
}
