package pebblelog

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream"
)

func sampleRecord() record {
	return record{micros: 1_700_000_000_123_456, tenant: "default", changes: []change{
		{key: "u/d7/1", sum: 7}, {key: "n/d7/a", sum: 0}, {key: "x", deleted: true},
	}}
}

func TestRecordSurvivesEncoding(t *testing.T) {
	for _, r := range []record{{}, sampleRecord()} {
		got, err := decodeRecord(r.append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, got, cmp.AllowUnexported(record{}, change{})); d != "" {
			t.Errorf("record changed (-want +got):\n%s", d)
		}
	}
}

func TestCutRecordsAreCorrupt(t *testing.T) {
	r := sampleRecord()
	whole := r.append(nil)
	for i := range whole {
		if _, err := decodeRecord(whole[:i]); !errors.Is(err, stream.ErrCorrupt) {
			t.Errorf("record cut to %d of %d bytes: %v", i, len(whole), err)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	r := sampleRecord()
	f.Add(r.append(nil))
	f.Add([]byte{})
	f.Add([]byte{1, 1, 'a', 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := decodeRecord(body)
		if err != nil {
			if !errors.Is(err, stream.ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, err := decodeRecord(r.append(nil))
		if err != nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
		if d := cmp.Diff(r, again, cmp.AllowUnexported(record{}, change{})); d != "" {
			t.Error(d)
		}
	})
}

func FuzzDecodeValue(f *testing.F) {
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range [][]byte{nil, []byte("short"), newSampler(4).user()} {
		f.Add(c.encode(v))
	}
	f.Add(append([]byte{encodingS2}, bytes.Repeat([]byte{0xff}, 40)...))
	f.Fuzz(func(t *testing.T, stored []byte) {
		e, err := c.entry("k", stored)
		if err != nil {
			if !errors.Is(err, stream.ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, err := c.entry("k", c.encode(e.Value))
		if err != nil || !bytes.Equal(again.Value, e.Value) {
			t.Errorf("a decoded value does not survive: %v", err)
		}
	})
}

func FuzzDecodeMetaAndMark(f *testing.F) {
	m := meta{applied: 9, hash: chain{1}, keys: 3, clock: 4, base: 5, baseHash: chain{2}}
	k := mark{turn: 3, seq: 9, hash: chain{1}}
	f.Add(m.encode())
	f.Add(k.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := decodeMeta(b); err == nil && !bytes.Equal(m.encode(), b) {
			t.Errorf("meta %+v has two encodings", m)
		}
		if k, err := decodeMark(b); err == nil && !bytes.Equal(k.append(nil), b[:slotBytes]) {
			t.Errorf("mark %+v has two encodings", k)
		}
	})
}
