package index

import (
	"encoding/binary"
	"fmt"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
)

// A record is an entry as snapshots keep it: one string without pointers, so
// that millions of them take little memory and the garbage collector passes
// them over. Its layout is private to this process, or to the program that
// wrote it:
//
//	seq       8 bytes, little-endian
//	groups    their number, and each with its length
//	numbers   how many, and of each its mark and what was derived: class, E164, Ext, URI, Local
//	contact   as contact.AppendHeader writes it
//
// A record never changes. "" is none.
type record string

const (
	markAndClass = 2 // bytes
	derivedTexts = 4 // of a number
)

// A mark is what decides between the numbers of people, beside the number: the
// rank of its type, and whether it is primary.
type mark = byte

const (
	markRank    mark = 3
	markPrimary mark = 4
)

func markOf(n *contact.Number) mark {
	m := mark(typeRank(n.Type))
	if n.Primary {
		m |= markPrimary
	}
	return m
}

// newRecord derives the record of a contact of a directory with that region.
// header is what contact.DecodeHeader read c from.
func newRecord(c *contact.Contact, header []byte, region string, groups []contact.ID, seq stream.Seq) record {
	dst := make([]byte, 0, len(header)+40*(1+len(c.Numbers)+len(groups)))
	dst = appendGroups(dst, groups, seq)
	dst = binary.AppendUvarint(dst, uint64(len(c.Numbers)))
	for i := range c.Numbers {
		n := phone.Parse(c.Numbers[i].Raw, region)
		dst = append(dst, markOf(&c.Numbers[i]), byte(n.Class))
		for _, s := range [derivedTexts]string{n.E164, n.Ext, n.URI, n.Local} {
			dst = appendText(dst, s)
		}
	}
	return record(append(dst, header...))
}

// appendGroups begins a record.
func appendGroups(dst []byte, groups []contact.ID, seq stream.Seq) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(seq))
	dst = binary.AppendUvarint(dst, uint64(len(groups)))
	for _, id := range groups {
		dst = appendText(dst, string(id))
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// withGroups returns r with other groups.
func (r record) withGroups(groups []contact.ID, seq stream.Seq) record {
	rest := r.lasting()
	dst := make([]byte, 0, len(rest)+16+40*len(groups))
	return record(append(appendGroups(dst, groups, seq), rest...))
}

// lasting returns the part of r that does not depend on groups: the contact and
// what was derived from it. Two records of which it is equal are found by the
// same questions.
func (r record) lasting() string {
	in := reader{string(r)}
	in.seq()
	for range in.uvarint() {
		in.text()
	}
	return in.rest
}

// decode reads r into e, whatever e held. The strings are pieces of r; the
// memory of e's lists is used again.
func (r record) decode(e *Entry) {
	in := reader{string(r)}
	e.Seq = in.seq()
	e.Groups = e.Groups[:0]
	for range in.uvarint() {
		e.Groups = append(e.Groups, contact.ID(in.text()))
	}
	e.Parsed = e.Parsed[:0]
	for range in.uvarint() {
		_, n := in.number()
		e.Parsed = append(e.Parsed, n)
	}
	if err := contact.DecodeHeader(in.rest, &e.Contact); err != nil {
		panic(fmt.Sprintf("index: a record that this process wrote: %v", err))
	}
	for i := range e.Parsed {
		e.Parsed[i].Raw = e.Numbers[i].Raw
	}
}

// A sketch is what a question about numbers asks of a record, which stands at its
// beginning.
type sketch struct {
	id        contact.ID
	directory string
	active    bool
	numbers   []marked
}

// A marked is a number as it was understood, without Raw.
type marked struct {
	phone.Number
	mark mark
}

// sketch reads the beginning of r into s, whatever s held. The strings are pieces
// of r; the memory of s's list is used again.
func (r record) sketch(s *sketch) {
	in := reader{r.lasting()}
	s.numbers = s.numbers[:0]
	for range in.uvarint() {
		m, n := in.number()
		s.numbers = append(s.numbers, marked{n, m})
	}
	s.active = contact.HeaderActive(in.rest)
	s.id, s.directory = contact.HeaderOwner(in.rest)
}

// groups returns the groups of r, which is not "".
func (r record) groups() []contact.ID {
	in := reader{string(r)}
	in.seq()
	n := in.uvarint()
	if n == 0 {
		return nil
	}
	list := make([]contact.ID, n)
	for i := range list {
		list[i] = contact.ID(in.text())
	}
	return list
}

// owner returns whose record r is, which is not "".
func (r record) owner() (id contact.ID, directoryID string) {
	in := reader{r.lasting()}
	for range in.uvarint() {
		in.rest = in.rest[markAndClass:]
		for range derivedTexts {
			in.text()
		}
	}
	return contact.HeaderOwner(in.rest)
}

func (r record) id() contact.ID {
	id, _ := r.owner()
	return id
}

func (r record) directoryID() string {
	_, directory := r.owner()
	return directory
}

// A reader reads a record from its beginning. Records are this package's own:
// what does not fit is a fault of the program, and panics.
type reader struct{ rest string }

func (in *reader) seq() stream.Seq {
	var b [8]byte
	copy(b[:], in.rest[:8])
	in.rest = in.rest[8:]
	return stream.Seq(binary.LittleEndian.Uint64(b[:]))
}

func (in *reader) uvarint() uint64 {
	v := uint64(0)
	for i := 0; ; i++ {
		b := in.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			in.rest = in.rest[i+1:]
			return v
		}
	}
}

func (in *reader) number() (mark, phone.Number) {
	m, n := in.rest[0], phone.Number{Class: phone.Class(in.rest[1])}
	in.rest = in.rest[markAndClass:]
	n.E164, n.Ext, n.URI, n.Local = in.text(), in.text(), in.text(), in.text()
	return m, n
}

func (in *reader) text() string {
	n := in.uvarint()
	s := in.rest[:n]
	in.rest = in.rest[n:]
	return s
}
