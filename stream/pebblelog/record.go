package pebblelog

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/ringdex/ringdex/stream"
)

const chainBytes = 16

// A chain is the hash of a record and of all before it: SHA-256 over the
// previous chain, the record's place and its body, cut to 16 bytes.
type chain [chainBytes]byte

// next returns the chain behind c for a record.
func (c chain) next(seq stream.Seq, body []byte) chain {
	b := make([]byte, 0, 512) // most records fit, and then nothing is allocated
	b = append(b, c[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(seq))
	b = append(b, body...)
	sum := sha256.Sum256(b)
	return chain(sum[:chainBytes])
}

const flagDeleted = 1 << 0

// A record is one transaction as the stored feed holds it: what changed, but
// not the values, which the state has.
type record struct {
	micros  int64
	tenant  string
	changes []change
}

// A change is one key of a record. sum is the value's checksum, 0 if deleted.
type change struct {
	key     string
	deleted bool
	sum     uint32
}

// append appends the encoding of r, without its chain.
func (r *record) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(r.micros))
	dst = appendString(dst, r.tenant)
	dst = binary.AppendUvarint(dst, uint64(len(r.changes)))
	for _, c := range r.changes {
		var flags byte
		if c.deleted {
			flags |= flagDeleted
		}
		dst = append(dst, flags)
		dst = appendString(dst, c.key)
		if !c.deleted {
			dst = binary.BigEndian.AppendUint32(dst, c.sum)
		}
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// splitRecord cuts a stored record into its body and its chain.
func splitRecord(value []byte) ([]byte, chain, error) {
	if len(value) < chainBytes {
		return nil, chain{}, fmt.Errorf("%w: feed record of %d bytes", stream.ErrCorrupt, len(value))
	}
	n := len(value) - chainBytes
	return value[:n], chain(value[n:]), nil
}

// decodeRecord decodes what append wrote, and nothing else. body is not
// retained. It returns ErrCorrupt for anything that append does not write.
func decodeRecord(body []byte) (record, error) {
	d := decoder{rest: body}
	r := record{micros: int64(d.uvarint()), tenant: d.string()}
	n := d.uvarint()
	if n > uint64(len(d.rest))/2 { // a change takes two bytes at least
		d.bad = true
	}
	if n > 0 && !d.bad {
		r.changes = make([]change, 0, n)
	}
	for range n {
		if d.bad {
			break
		}
		c := change{deleted: d.byte()&flagDeleted != 0, key: d.string()}
		if !c.deleted {
			c.sum = d.uint32()
		}
		r.changes = append(r.changes, c)
	}
	if d.bad || len(d.rest) > 0 {
		return record{}, fmt.Errorf("%w: feed record", stream.ErrCorrupt)
	}
	return r, nil
}

// A decoder takes a record apart. After the first fault bad is set and every
// method returns zero.
type decoder struct {
	rest []byte
	bad  bool
}

// take returns the next n bytes.
func (d *decoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.rest)) {
		d.bad = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.take(uint64(n))
	return v
}

func (d *decoder) string() string { return string(d.take(d.uvarint())) }

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}
