package pebblelog

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/dict"
	"github.com/klauspost/compress/zstd"
)

func TestUsersAreStoredInLessThanHalfTheirSize(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	raw, stored := 0, 0
	for _, v := range sampleUsers(1000) {
		b := c.encode(v)
		raw, stored = raw+len(v), stored+len(b)
		if got, err := c.value(b); err != nil || !bytes.Equal(got, v) {
			t.Fatalf("a user came back changed: %v", err)
		}
	}
	if stored > raw/2 {
		t.Errorf("%d bytes are stored as %d", raw, stored)
	}
}

func TestSmallAndRandomValuesGainOnlyAHeader(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	s := newSampler(5)
	for n := range 300 {
		v := make([]byte, n)
		for i := range v {
			v[i] = byte(s.rng.Uint32())
		}
		b := c.encode(v)
		if len(b) > valueHeaderBytes+n {
			t.Errorf("%d bytes are stored as %d", n, len(b))
		}
		if got, err := c.value(b); err != nil || !bytes.Equal(got, v) {
			t.Errorf("%d bytes came back changed: %v", n, err)
		}
	}
}

// BenchmarkEncoding measures what can be done with a person's value: store it
// as it is, S2 with a dictionary (in use), zstd with and without one.
//
//	go test -run '^$' -bench Encoding -benchtime 0.3s ./stream/pebblelog
func BenchmarkEncoding(b *testing.B) {
	values := sampleUsers(1000)
	c, err := newCodec()
	if err != nil {
		b.Fatal(err)
	}
	trained, err := dict.BuildZstdDict(trainingSamples(), dict.Options{
		MaxDictSize: 8 << 10, HashBytes: 6, ZstdDictID: 1, ZstdDictCompat: true, ZstdLevel: zstd.SpeedFastest,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("raw", func(b *testing.B) {
		benchmarkEncoding(b, values, func(v []byte) []byte { return bytes.Clone(v) }, func(v []byte) ([]byte, error) { return bytes.Clone(v), nil })
	})
	b.Run("s2-dictionary", func(b *testing.B) { benchmarkEncoding(b, values, c.encode, c.value) })
	b.Run("zstd", func(b *testing.B) { benchmarkZstd(b, values, nil) })
	b.Run("zstd-dictionary", func(b *testing.B) { benchmarkZstd(b, values, trained) })
}

func benchmarkZstd(b *testing.B, values [][]byte, dictionary []byte) {
	encode := []zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(64 << 10)}
	decode := []zstd.DOption{zstd.WithDecoderLowmem(true)}
	if dictionary != nil {
		encode = append(encode, zstd.WithEncoderDict(dictionary))
		decode = append(decode, zstd.WithDecoderDicts(dictionary))
	}
	e, err := zstd.NewWriter(nil, encode...)
	if err != nil {
		b.Fatal(err)
	}
	d, err := zstd.NewReader(nil, decode...)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	benchmarkEncoding(b, values,
		func(v []byte) []byte { return e.EncodeAll(v, make([]byte, 0, len(v))) },
		func(v []byte) ([]byte, error) { return d.DecodeAll(v, make([]byte, 0, 2*len(values[0]))) })
}

func benchmarkEncoding(b *testing.B, values [][]byte, encode func([]byte) []byte, decode func([]byte) ([]byte, error)) {
	stored, raw, total := make([][]byte, len(values)), 0, 0
	for i, v := range values {
		stored[i] = encode(v)
		raw, total = raw+len(v), total+len(stored[i])
	}
	b.Run("encode", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			encode(values[i%len(values)])
		}
		b.ReportMetric(float64(raw)/float64(len(values)), "rawB")
		b.ReportMetric(float64(total)/float64(len(values)), "storedB")
	})
	b.Run("decode", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := decode(stored[i%len(stored)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
