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
	var flags byte
	if u.Active {
		flags |= flagActive
	}
	dst = append(dst, flags)
	for _, s := range u.strings() {
		dst = appendString(dst, *s)
	}
	dst = binary.AppendUvarint(dst, uint64(len(u.Emails)))
	for _, e := range u.Emails {
		dst = appendTyped(dst, e.Type, e.Value, e.Primary)
	}
	dst = binary.AppendUvarint(dst, uint64(len(u.Numbers)))
	for _, n := range u.Numbers {
		dst = appendTyped(dst, n.Type, n.Raw, n.Primary)
	}
	return append(dst, u.Body...)
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
	_, body, err := SplitUser(value)
	if err != nil {
		return User{}, err
	}
	var u User
	header := value[:len(value)-len(body)]
	r := reader{rest: header, text: string(header)}
	r.byte()
	u.Created = time0(r.uvarint())
	u.Active = r.byte()&flagActive != 0
	for _, s := range u.strings() {
		*s = r.string()
	}
	if n := r.count(); n > 0 {
		u.Emails = make([]Email, n)
		for i := range u.Emails {
			e := &u.Emails[i]
			e.Type, e.Value, e.Primary = r.typed()
		}
	}
	if n := r.count(); n > 0 {
		u.Numbers = make([]Number, n)
		for i := range u.Numbers {
			m := &u.Numbers[i]
			m.Type, m.Raw, m.Primary = r.typed()
		}
	}
	u.Body = body
	return u, nil
}

// SplitUser returns what the SCIM side reads of an encoded user and passes over
// the rest, without copying anything. body aliases value. It returns
// ErrMalformed as DecodeUser does.
func SplitUser(value []byte) (createdAt time.Time, body []byte, err error) {
	r := reader{rest: value}
	if f := r.byte(); f != formatUser {
		return time.Time{}, nil, fmt.Errorf("%w: user format %d", ErrMalformed, f)
	}
	micros := r.uvarint()
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
		return time.Time{}, nil, fmt.Errorf("%w: user is cut short", ErrMalformed)
	}
	return time0(micros), r.rest, nil
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
	r := reader{rest: value}
	if f := r.byte(); f != formatGroup {
		return Group{}, fmt.Errorf("%w: group format %d", ErrMalformed, f)
	}
	g := Group{Created: time0(r.uvarint())}
	g.ID = ID(r.string())
	g.DirectoryID, g.ExternalID, g.DisplayName = r.string(), r.string(), r.string()
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
// method returns zero.
type reader struct {
	rest []byte
	text string // a copy of the whole, of which strings are pieces; empty to copy each
	bad  bool
}

func (r *reader) byte() byte {
	if r.bad || len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.bad || n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) string() string {
	s := r.skip()
	if r.text == "" {
		return string(s)
	}
	end := len(r.text) - len(r.rest)
	return r.text[end-len(s) : end]
}

// skip passes over a string and returns its bytes.
func (r *reader) skip() []byte {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

// count reads the length of a list; each element takes three bytes at least.
func (r *reader) count() int {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.rest))/3 {
		r.bad = r.bad || n != 0
		return 0
	}
	return int(n)
}

func (r *reader) typed() (typ, value string, primary bool) {
	primary = r.byte()&flagPrimary != 0
	return r.string(), r.string(), primary
}
