package scim

import (
	"io"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
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
	parts []part // whose making has not ended

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

// partsOf returns the parts of a group: v, which has no members, and behind its
// attributes the members.
func partsOf(v resource.Value, group contact.ID) []part {
	text := v.Append(nil)
	text = append(text[:len(text)-1], `,"members":[`...) // v has an id at least
	return []part{{text: text}, {group: group}, {text: []byte("]}")}}
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
	page, last, err := f.r.memberPage(f.view, p.group, f.after)
	if err != nil {
		return err
	}
	f.made = f.spare[:0]
	for m := range f.r.shown.Part("members", resource.OfArray(page...)).Elems() {
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

// memberPage returns at most membersHeld members of a group from behind a key,
// and the key of the last of them, or "" if there are no more.
func (r *request) memberPage(view stream.View, group contact.ID, after string) (page []resource.Value, last string, err error) {
	for e, err := range view.Scan(r.tenant, contact.MemberPrefix(r.dir.ID, group), after) {
		if err != nil {
			return nil, "", err
		}
		if len(page) == membersHeld {
			return page, last, nil
		}
		m, err := r.member(e)
		if err != nil {
			return nil, "", err
		}
		page, last = append(page, m), e.Key
	}
	return page, "", nil
}
