package scim

import (
	"cmp"
	"io"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// membersHeld is how many members of a group are held in memory at once. A
// longer list is read from the log while the answer is sent, so many at a time.
const membersHeld = 1000

// A flow is an answer with member lists that are too long to be held: JSON
// that is made as it is read. It reads from one view, which it closes.
type flow struct {
	r     *request
	view  stream.View
	shown schema.Projection // what of a group is answered
	parts []part            // whose making has not ended

	made   []byte // and not yet read
	spare  []byte // what made is the end of, for the next piece
	after  string // key of the last member of the first part that was made
	listed bool   // a member of the first part was made
}

// A part of an answer is text, or else the members of a group with commas
// between them.
type part struct {
	text  []byte
	group contact.ID
}

// parts returns what is shown as parts: the members of a group that are not in it
// stand behind its other attributes.
func (s shown) parts() []part {
	text := s.v.Append(nil)
	if s.rest == "" {
		return []part{{text: text}}
	}
	text = append(text[:len(text)-1], `,"members":[`...) // v has an id at least
	return []part{{text: text}, {group: s.rest}, {text: []byte("]}")}}
}

// partsOfList returns the parts of a list response, of which response is all but
// the resources.
func partsOfList(response resource.Value, list []shown) []part {
	const end = "]}" // of Resources, which come last, and of the response
	text := response.Append(nil)
	parts := []part{{text: text[:len(text)-len(end)]}}
	for i, s := range list {
		if i > 0 {
			parts = append(parts, part{text: []byte(",")})
		}
		parts = append(parts, s.parts()...)
	}
	return append(parts, part{text: []byte(end)})
}

// Read implements io.Reader.
func (f *flow) Read(p []byte) (int, error) {
	for len(f.made) == 0 {
		if len(f.parts) == 0 {
			return 0, io.EOF
		}
		if err := f.make(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.made)
	f.made = f.made[n:]
	return n, nil
}

// Close implements io.Closer.
func (f *flow) Close() error { return f.view.Close() }

// make makes the next piece: a text, or a page of members.
func (f *flow) make() error {
	p := f.parts[0]
	if p.group == "" {
		f.made, f.parts = p.text, f.parts[1:]
		return nil
	}
	page, last, err := f.r.memberPage(f.view, p.group, f.after, membersHeld)
	if err != nil {
		return err
	}
	f.made = f.spare[:0]
	for m := range f.shown.Part("members", resource.OfArray(page...)).Elems() {
		if f.listed {
			f.made = append(f.made, ',')
		}
		f.made, f.listed = m.Append(f.made), true
	}
	f.spare, f.after = f.made, last
	if last == "" {
		f.parts, f.listed = f.parts[1:], false
	}
	return nil
}

// memberPage returns at most n members of a group from behind a key, and the key
// of the last of them, or "" if there are no more.
func (r *request) memberPage(view stream.View, group contact.ID, after string, n int) (page []resource.Value, last string, err error) {
	for e, err := range view.Scan(r.tenant, contact.MemberPrefix(r.dir.ID, group), after) {
		if err != nil {
			return nil, "", err
		}
		if len(page) == n {
			return page, cmp.Or(last, after, contact.MemberPrefix(r.dir.ID, group)), nil
		}
		m, err := r.member(e)
		if err != nil {
			return nil, "", err
		}
		page, last = append(page, m), e.Key
	}
	return page, "", nil
}
