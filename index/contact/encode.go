package contact

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrMalformed is returned when a stored record cannot be decoded. Such a
// record was not written by this package.
var ErrMalformed = errors.New("malformed contact record")

// formatUser and formatGroup are the first bytes of the encodings. A change of
// layout takes a new number; old numbers stay readable.
const (
	formatUser  = 1
	formatGroup = 1
)

const (
	flagActive  = 1 << 0
	flagPrimary = 1 << 0
)

// AppendUser appends the encoding of u to dst: a compact header that the index
// reads without touching the body, then the body to the end.
func AppendUser(dst []byte, u *User) []byte {
	dst = append(dst, formatUser)
	dst = binary.AppendUvarint(dst, created(u.Created))
	dst = AppendHeader(dst, &u.Contact)
	return append(dst, u.Body...)
}

// AppendHeader appends to dst the part of the encoding of a user that holds the
// contact: what Header finds again, and DecodeHeader reads.
func AppendHeader(dst []byte, c *Contact) []byte {
	var flags byte
	if c.Active {
		flags |= flagActive
	}
	dst = append(dst, flags)
	for _, s := range c.strings() {
		dst = appendString(dst, *s)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.Emails)))
	for _, e := range c.Emails {
		dst = appendTyped(dst, e.Type, e.Value, e.Primary)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.Numbers)))
	for _, n := range c.Numbers {
		dst = appendTyped(dst, n.Type, n.Raw, n.Primary)
	}
	return dst
}

// textFields is how many text fields an encoded user begins with.
const textFields = 14

// strings lists the text fields in the order of the encoding.
func (c *Contact) strings() [textFields]*string {
	return [textFields]*string{
		(*string)(&c.ID), &c.DirectoryID, &c.ExternalID, &c.UserName, &c.DisplayName, &c.Formatted, &c.GivenName, &c.MiddleName,
		&c.FamilyName, &c.NickName, &c.Title, &c.Department, &c.Company, &c.Manager,
	}
}

// DecodeUser decodes what AppendUser wrote. Body aliases value; everything
// else is copied, all strings in one piece. It returns ErrMalformed for anything
// else.
func DecodeUser(value []byte) (User, error) {
	createdAt, header, body, err := split(value)
	if err != nil {
		return User{}, err
	}
	u := User{Created: createdAt, Body: body}
	return u, DecodeHeader(string(header), &u.Contact)
}

// DecodeHeader decodes what AppendHeader wrote into c, whatever c held. The
// strings are pieces of header; the memory of c's lists is used again. It
// returns ErrMalformed for anything else, and c is then of no use.
func DecodeHeader(header string, c *Contact) error {
	r := reader[string]{rest: header}
	c.Active = r.byte()&flagActive != 0
	for _, s := range c.strings() {
		*s = r.text()
	}
	c.Emails = c.Emails[:0]
	for range r.count() {
		var e Email
		e.Primary, e.Type, e.Value = r.byte()&flagPrimary != 0, r.text(), r.text()
		c.Emails = append(c.Emails, e)
	}
	c.Numbers = c.Numbers[:0]
	for range r.count() {
		var n Number
		n.Primary, n.Type, n.Raw = r.byte()&flagPrimary != 0, r.text(), r.text()
		c.Numbers = append(c.Numbers, n)
	}
	if r.bad || len(r.rest) > 0 {
		return fmt.Errorf("%w: contact", ErrMalformed)
	}
	return nil
}

// HeaderOwner returns the first two fields of what AppendHeader wrote, as pieces
// of it: whose contact it is, and of which directory.
func HeaderOwner(header string) (id ID, directoryID string) {
	r := reader[string]{rest: header}
	r.byte()
	return ID(r.text()), r.text()
}

// HeaderActive tells of what AppendHeader wrote whether the contact is active.
func HeaderActive(header string) bool {
	r := reader[string]{rest: header}
	return r.byte()&flagActive != 0
}

// Header returns the part of an encoded user that DecodeHeader reads, without
// copying it. It returns ErrMalformed as DecodeUser does.
func Header(value []byte) ([]byte, error) {
	_, header, _, err := split(value)
	return header, err
}

// SplitUser returns what the SCIM side reads of an encoded user and passes over
// the rest, without copying anything. body aliases value. It returns
// ErrMalformed as DecodeUser does.
func SplitUser(value []byte) (createdAt time.Time, body []byte, err error) {
	createdAt, _, body, err = split(value)
	return createdAt, body, err
}

// split returns the parts of an encoded user.
func split(value []byte) (createdAt time.Time, header, body []byte, err error) {
	r := reader[[]byte]{rest: value}
	if f := r.byte(); f != formatUser {
		return time.Time{}, nil, nil, fmt.Errorf("%w: user format %d", ErrMalformed, f)
	}
	micros := r.uvarint()
	header = r.rest
	r.byte()
	for range textFields {
		r.skip()
	}
	for range 2 { // e-mail addresses, numbers
		for range r.count() {
			r.byte()
			r.skip()
			r.skip()
		}
	}
	if r.bad {
		return time.Time{}, nil, nil, fmt.Errorf("%w: user is cut short", ErrMalformed)
	}
	return time0(micros), header[:len(header)-len(r.rest)], r.rest, nil
}

// AppendGroup appends the encoding of g to dst.
func AppendGroup(dst []byte, g *Group) []byte {
	dst = append(dst, formatGroup)
	dst = binary.AppendUvarint(dst, created(g.Created))
	dst = appendString(dst, string(g.ID))
	dst = appendString(dst, g.DirectoryID)
	dst = appendString(dst, g.ExternalID)
	dst = appendString(dst, g.DisplayName)
	return append(dst, g.Body...)
}

// DecodeGroup decodes what AppendGroup wrote. Body aliases value.
func DecodeGroup(value []byte) (Group, error) {
	r := reader[[]byte]{rest: value}
	if f := r.byte(); f != formatGroup {
		return Group{}, fmt.Errorf("%w: group format %d", ErrMalformed, f)
	}
	g := Group{Created: time0(r.uvarint())}
	g.ID = ID(r.text())
	g.DirectoryID, g.ExternalID, g.DisplayName = r.text(), r.text(), r.text()
	if r.bad {
		return Group{}, fmt.Errorf("%w: group is cut short", ErrMalformed)
	}
	g.Body = r.rest
	return g, nil
}

// DecodeDirectory decodes the part of a directory's record that the index needs.
func DecodeDirectory(value []byte) (Directory, error) {
	var d Directory
	if err := json.Unmarshal(value, &d); err != nil {
		return Directory{}, fmt.Errorf("%w: directory: %w", ErrMalformed, err)
	}
	return d, nil
}

func created(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixMicro())
}

func time0(micros uint64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(micros)).UTC()
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendTyped(dst []byte, typ, value string, primary bool) []byte {
	var flags byte
	if primary {
		flags |= flagPrimary
	}
	dst = append(dst, flags)
	dst = appendString(dst, typ)
	return appendString(dst, value)
}

// A reader takes a record apart. After the first fault bad is set and every
// method returns zero. What it reads of a string are pieces of it.
type reader[T string | []byte] struct {
	rest T
	bad  bool
}

func (r *reader[T]) byte() byte {
	if r.bad || len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader[T]) uvarint() uint64 {
	v := uint64(0)
	for i := 0; !r.bad && i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		b := r.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *reader[T]) text() string { return string(r.skip()) }

// skip passes over a string and returns it.
func (r *reader[T]) skip() (s T) {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return s
	}
	s = r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

// count reads the length of a list; each element takes three bytes at least.
func (r *reader[T]) count() int {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.rest))/3 {
		r.bad = r.bad || n != 0
		return 0
	}
	return int(n)
}
