package pebblelog

import (
	_ "embed"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/ringdex/ringdex/stream"
)

// A stored value is a header and the data: one byte that says how the data is
// encoded, the place and time of the transaction that wrote it, and the
// checksum of the value before encoding.
const (
	valueHeaderBytes = 1 + 8 + 8 + 4
	seqOffset        = 1
	timeOffset       = 9
	sumOffset        = 17
)

// The encodings of data. A new dictionary takes a new number; the old ones
// stay readable.
const (
	encodingRaw = 0
	encodingS2  = 1 // S2 with dictionary1
)

// minCompressBytes is the size below which a value is stored as it is: claims
// and edges gain nothing.
const minCompressBytes = 96

// dictionary1 was trained by TestTrainDictionary and never changes: a better
// one takes the next number.
//
//go:embed dictionary1.s2
var dictionary1 []byte

// A codec turns values into what is stored and back. Safe for concurrent use.
type codec struct{ dictionary *s2.Dict }

func newCodec() (*codec, error) {
	d := s2.NewDict(dictionary1)
	if d == nil {
		return nil, fmt.Errorf("%w: embedded dictionary", stream.ErrCorrupt)
	}
	return &codec{dictionary: d}, nil
}

// encode returns value as it is stored, but for place and time, which the
// applier fills in with stamp. value is not retained.
func (c *codec) encode(value []byte) []byte {
	stored := make([]byte, valueHeaderBytes, valueHeaderBytes+s2.MaxEncodedLen(len(value)))
	binary.BigEndian.PutUint32(stored[sumOffset:], checksum(value))
	if len(value) >= minCompressBytes {
		room := stored[valueHeaderBytes:cap(stored)]
		if data := c.dictionary.Encode(room, value); len(data) < len(value) {
			stored[0] = encodingS2
			return append(stored, data...) // in place: data is at the start of room
		}
	}
	return append(stored, value...)
}

// stamp writes place and time into an encoded value.
func stamp(stored []byte, seq stream.Seq, micros int64) {
	binary.BigEndian.PutUint64(stored[seqOffset:], uint64(seq))
	binary.BigEndian.PutUint64(stored[timeOffset:], uint64(micros))
}

// storedSeq returns the place in a stored value, or ErrCorrupt if it is too
// short to have a header. The functions below take what it accepted.
func storedSeq(stored []byte) (stream.Seq, error) {
	if len(stored) < valueHeaderBytes {
		return 0, fmt.Errorf("%w: value of %d bytes", stream.ErrCorrupt, len(stored))
	}
	return stream.Seq(binary.BigEndian.Uint64(stored[seqOffset:])), nil
}

func storedSum(stored []byte) uint32 { return binary.BigEndian.Uint32(stored[sumOffset:]) }

// entry decodes the stored value of key. stored is not retained.
func (c *codec) entry(key string, stored []byte) (stream.Entry, error) {
	seq, err := storedSeq(stored)
	if err != nil {
		return stream.Entry{}, err
	}
	value, err := c.value(stored)
	if err != nil {
		return stream.Entry{}, err
	}
	at := stream.Commit{Seq: seq, Time: microTime(int64(binary.BigEndian.Uint64(stored[timeOffset:])))}
	return stream.Entry{Key: key, Value: value, Commit: at}, nil
}

// value decodes the data and holds it against the checksum.
func (c *codec) value(stored []byte) ([]byte, error) {
	data := stored[valueHeaderBytes:]
	var value []byte
	switch stored[0] {
	case encodingRaw:
		value = append([]byte{}, data...)
	case encodingS2:
		// The length is part of the data: a damaged one must not allocate.
		n, err := s2.DecodedLen(data)
		if err != nil || n > stream.MaxTxBytes {
			return nil, fmt.Errorf("%w: length of a compressed value", stream.ErrCorrupt)
		}
		if value, err = c.dictionary.Decode(make([]byte, n), data); err != nil {
			return nil, fmt.Errorf("%w: compressed value", stream.ErrCorrupt)
		}
	default:
		return nil, fmt.Errorf("%w: value encoding %d", stream.ErrCorrupt, stored[0])
	}
	if checksum(value) != storedSum(stored) {
		return nil, fmt.Errorf("%w: checksum of a value", stream.ErrCorrupt)
	}
	return value, nil
}
