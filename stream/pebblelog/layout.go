package pebblelog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/ringdex/ringdex/stream"
)

// The keys in Pebble:
//
//	f seq           the feed record of a transaction; seq is big-endian
//	m               meta: how far the log has come
//	s tenant 0 key  the newest value of a key; tenants contain no zero byte
const (
	feedPrefix  = 'f'
	metaKey     = "m"
	statePrefix = 's'
)

// formatVersion is the number of the layout in meta and HEAD. A release reads
// its own and every lower one.
const formatVersion = 1

// castagnoli is the polynomial of every checksum here.
var castagnoli = crc32.MakeTable(crc32.Castagnoli) //nolint:gochecknoglobals // read-only table

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// feedKey returns the key of the record at seq.
func feedKey(seq stream.Seq) []byte {
	return binary.BigEndian.AppendUint64([]byte{feedPrefix}, uint64(seq))
}

// parseFeedKey returns the place of a record, or false for any other key.
func parseFeedKey(key []byte) (stream.Seq, bool) {
	if len(key) != 9 || key[0] != feedPrefix {
		return 0, false
	}
	return stream.Seq(binary.BigEndian.Uint64(key[1:])), true
}

// appendStateKey appends the key under which a tenant's key is stored.
func appendStateKey(dst []byte, tenant, key string) []byte {
	dst = append(dst, statePrefix)
	dst = append(dst, tenant...)
	dst = append(dst, 0)
	return append(dst, key...)
}

// stateKey returns the key under which a tenant's key is stored.
func stateKey(tenant, key string) string { return string(rune(statePrefix)) + tenant + "\x00" + key }

// prefixEnd returns the first key behind all that begin with prefix. prefix
// begins with statePrefix and so always has one.
func prefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] != 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// A meta is how far the log has come: one value, written with every group.
type meta struct {
	applied  stream.Seq // newest transaction
	hash     chain      // its record's
	keys     uint64     // keys that exist, of all tenants
	clock    int64      // time of the newest transaction, in microseconds since 1970
	base     stream.Seq // the feed begins behind this place
	baseHash chain      // that record's, the first link for those kept
}

const metaBytes = 4 + 8 + chainBytes + 8 + 8 + 8 + chainBytes + 4

// encode returns m as it is stored: format, fields, checksum.
func (m *meta) encode() []byte {
	dst := make([]byte, 0, metaBytes)
	dst = binary.BigEndian.AppendUint32(dst, formatVersion)
	dst = binary.BigEndian.AppendUint64(dst, uint64(m.applied))
	dst = append(dst, m.hash[:]...)
	dst = binary.BigEndian.AppendUint64(dst, m.keys)
	dst = binary.BigEndian.AppendUint64(dst, uint64(m.clock))
	dst = binary.BigEndian.AppendUint64(dst, uint64(m.base))
	dst = append(dst, m.baseHash[:]...)
	return binary.BigEndian.AppendUint32(dst, checksum(dst))
}

// decodeMeta decodes what encode wrote. The format comes first, so that a
// newer layout is told from a damaged one.
func decodeMeta(b []byte) (meta, error) {
	if len(b) >= 4 {
		if f := binary.BigEndian.Uint32(b); f > formatVersion {
			return meta{}, fmt.Errorf("%w: format %d, this release reads %d", stream.ErrNewerFormat, f, formatVersion)
		}
	}
	if len(b) != metaBytes || binary.BigEndian.Uint32(b) != formatVersion ||
		binary.BigEndian.Uint32(b[metaBytes-4:]) != checksum(b[:metaBytes-4]) {
		return meta{}, fmt.Errorf("%w: meta record", stream.ErrCorrupt)
	}
	m := meta{applied: stream.Seq(binary.BigEndian.Uint64(b[4:]))}
	b = b[12:]
	b = b[copy(m.hash[:], b):]
	m.keys = binary.BigEndian.Uint64(b)
	m.clock = int64(binary.BigEndian.Uint64(b[8:]))
	m.base = stream.Seq(binary.BigEndian.Uint64(b[16:]))
	copy(m.baseHash[:], b[24:])
	return m, nil
}
