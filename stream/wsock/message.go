package wsock

import (
	"strconv"

	"github.com/ringdex/ringdex/stream/hub"
)

// A message puts a delta into the protocol's messages, a page at a time.
//
// Only the last message of a delta carries its position, since only then has
// the client all of it: one that loses its connection in between asks again
// from where it was before.
type message struct {
	view  *view
	delta *hub.Delta
	cards *cards
	cfg   *Config
	form  form

	kind  string       // of the page being made
	place hub.Position // its position; zero if it has none
}

// page returns the message that begins at a place of the delta, in the form
// that is asked for, and the place of the next, done if there is none. Places count the
// delta's entries and then its removals: once for presence and, in a view of
// contacts beside presence, once more for those.
func (m *message) page(at int) hub.Page {
	d := m.delta
	total := len(d.Entries) + len(d.Removed)
	switch {
	case m.view.kind == hub.Agent:
		return m.agent(at)
	case m.view.kind == hub.Sync:
		return m.sync(at)
	case d.Reset:
		return m.snapshot(at)
	case m.view.fields == hub.Contact:
		return m.contacts(at, 0)
	case at > total, at == 0 && m.onlyContacts():
		return m.contacts(max(at-total-1, 0), total+1)
	}
	return m.changes(at, total)
}

// onlyContacts reports whether the delta has nothing for a changes message but
// something for a contacts message.
func (m *message) onlyContacts() bool {
	return len(m.delta.Removed) == 0 && !m.any(hub.NewPresence) && m.newContacts()
}

func (m *message) newContacts() bool {
	return m.view.fields&hub.Contact != 0 && (len(m.delta.Removed) > 0 || m.any(hub.NewContact))
}

func (m *message) any(news hub.News) bool {
	for i := range m.delta.Entries {
		if m.delta.Entries[i].News&news != 0 {
			return true
		}
	}
	return false
}

// open begins a message of a view.
func (m *message) open(kind string) []byte {
	m.kind, m.place = kind, hub.Position{}
	buf := append(newFrame(512), `{"type":"`...)
	buf = append(buf, kind...)
	buf = append(buf, `","sub":`...)
	return append(buf, m.view.quoted...)
}

func (m *message) position(buf []byte, p hub.Position) []byte {
	m.place = p
	buf = append(buf, `,"position":"`...)
	buf = p.Append(buf)
	return append(buf, '"')
}

// seal ends a message.
func (m *message) seal(buf []byte, next int) hub.Page {
	buf = append(buf, '}')
	if m.form == events {
		return hub.Page{Bytes: event(m.kind, m.place, buf[headroom:]), Next: next}
	}
	return hub.Page{Bytes: seal(buf, finText), Next: next}
}

// full reports whether a page of so many entries and bytes should end. One
// entry always fits.
func (m *message) full(entries, bytes int) bool {
	return entries > 0 && (entries >= m.cfg.PageEntries || bytes >= m.cfg.PageBytes)
}

// snapshot is a page of a whole state.
func (m *message) snapshot(at int) hub.Page {
	d := m.delta
	buf := m.open("snapshot")
	if at == 0 {
		buf = append(buf, `,"reset":true`...)
	}
	buf = append(buf, `,"data":[`...)
	first := at
	empty := true
	for ; at < len(d.Entries) && !m.full(at-first, len(buf)); at++ {
		buf, empty = m.entry(buf, &d.Entries[at], empty)
	}
	buf = append(buf, ']')
	if at < len(d.Entries) {
		return m.seal(append(buf, `,"more":true`...), at)
	}
	buf = m.position(buf, d.To)
	return m.seal(append(buf, `,"more":false`...), done)
}

// entry appends a contact of a snapshot with the fields of the view. A contact
// that is gone since is left out: its removal is on the way.
func (m *message) entry(buf []byte, e *hub.Entry, first bool) ([]byte, bool) {
	var card []byte
	if m.view.fields&hub.Contact != 0 {
		var ok bool
		if card, ok = m.cards.get(m.view.tenant, e.ID, e.Revision); !ok {
			return buf, first
		}
	}
	buf = comma(buf, first)
	buf = append(buf, `{"id":`...)
	buf = appendText(buf, e.ID)
	if m.view.fields&hub.Presence != 0 {
		buf = appendPresence(buf, e.Presence)
	}
	if card != nil {
		buf = append(buf, `,"contact":`...)
		buf = append(buf, card...)
	}
	return append(buf, '}'), false
}

func appendPresence(buf, presence []byte) []byte {
	buf = append(buf, `,"presence":`...)
	if presence == nil {
		return append(buf, "null"...)
	}
	return append(buf, presence...)
}

// changes is a page of presences that changed and of ids that left.
func (m *message) changes(at, total int) hub.Page {
	d := m.delta
	buf := append(m.open("changes"), `,"data":[`...)
	entries, none := 0, true
	for ; at < len(d.Entries) && !m.full(entries, len(buf)); at++ {
		e := &d.Entries[at]
		if e.News&hub.NewPresence == 0 {
			continue
		}
		buf = comma(buf, none)
		buf = append(buf, `{"id":`...)
		buf = appendText(buf, e.ID)
		buf = append(appendPresence(buf, e.Presence), '}')
		entries++
		none = false
	}
	buf = append(buf, ']')
	buf, at = m.removed(buf, `,"removed":[`, at, entries)
	switch {
	case at < total:
		return m.seal(buf, at)
	case m.newContacts():
		return m.seal(buf, total+1)
	}
	return m.seal(m.position(buf, d.To), done)
}

// removed appends the ids that left, as far as there is room, if at has come
// to them.
func (m *message) removed(buf []byte, key string, at, entries int) ([]byte, int) {
	first := at - len(m.delta.Entries)
	if first < 0 || first >= len(m.delta.Removed) || m.full(entries, len(buf)) {
		return buf, at
	}
	buf = append(buf, key...)
	for i, id := range m.delta.Removed[first:] {
		if m.full(entries+i, len(buf)) {
			break
		}
		buf = appendText(comma(buf, i == 0), id)
		at++
	}
	return append(buf, ']'), at
}

// contacts is a page of contacts that came, changed and left. Its places begin
// at base.
func (m *message) contacts(at, base int) hub.Page {
	d := m.delta
	var created, updated []byte
	entries := 0
	for ; at < len(d.Entries) && !m.full(entries, len(created)+len(updated)); at++ {
		e := &d.Entries[at]
		if e.News&hub.NewContact == 0 {
			continue
		}
		card, ok := m.cards.get(m.view.tenant, e.ID, e.Revision)
		if !ok {
			continue // its removal is on the way
		}
		entries++
		if e.News&hub.Joined != 0 {
			created = append(comma(created, created == nil), card...)
		} else {
			updated = append(comma(updated, updated == nil), card...)
		}
	}
	buf := m.open("contacts")
	buf = appendArray(buf, "created", created)
	buf = appendArray(buf, "updated", updated)
	buf, at = m.removed(buf, `,"deleted":[`, at, entries)
	if at < len(d.Entries)+len(d.Removed) {
		return m.seal(buf, base+at)
	}
	return m.seal(m.position(buf, d.To), done)
}

// appendArray appends a member whose elements are given, unless there are
// none.
func appendArray(buf []byte, key string, elements []byte) []byte {
	if elements == nil {
		return buf
	}
	buf = append(buf, `,"`...)
	buf = append(buf, key...)
	buf = append(buf, `":[`...)
	buf = append(buf, elements...)
	return append(buf, ']')
}

func comma(buf []byte, first bool) []byte {
	if first {
		return buf
	}
	return append(buf, ',')
}

// agent is a message of an agent's view. At place 0 is, when there is need of
// it, a snapshot that says that what the client had is void; call i is at
// place i+1, each with a position of its own.
func (m *message) agent(at int) hub.Page {
	d := m.delta
	if at == 0 && (d.Reset || len(d.Calls) == 0) {
		return m.agentState()
	}
	i := max(at, 1) - 1
	c := &d.Calls[i]
	next := i + 2
	if next > len(d.Calls) {
		next = done
	}
	buf := m.open("call")
	buf = m.position(buf, hub.Position{Epoch: d.To.Epoch, Offset: c.Offset})
	return m.seal(appendMembers(buf, c.Fragment), next)
}

// agentState is the first message of an agent's view. Its position is the one
// before the calls that follow.
func (m *message) agentState() hub.Page {
	d := m.delta
	to, next := d.To, done
	if len(d.Calls) > 0 {
		to.Offset, next = d.Calls[0].Offset-1, 1
	}
	buf := m.open("changes")
	if d.Reset {
		buf = append(m.open("snapshot"), `,"reset":true`...)
	}
	buf = m.position(append(buf, `,"data":[]`...), to)
	if d.Reset {
		buf = append(buf, `,"more":false`...)
	}
	return m.seal(buf, next)
}

// sync is the message of one directory. It is of no subscription and has no
// position: whoever comes back is told the newest state of each.
func (m *message) sync(at int) hub.Page {
	m.kind, m.place = syncKind, hub.Position{}
	next := at + 1
	if next >= len(m.delta.Syncs) {
		next = done
	}
	buf := append(newFrame(256), `{"type":"`+syncKind+`"`...)
	return m.seal(appendMembers(buf, m.delta.Syncs[at].Fragment), next)
}

// syncKind is the type of the message that tells how the presence of a
// directory is kept current.
const syncKind = "presence.sync"

// appendMembers appends the members of a JSON object, given with its braces,
// to an object under way.
func appendMembers(buf, object []byte) []byte {
	i, end := 0, len(object)
	for i < end && object[i] != '{' {
		i++
	}
	for end > i && object[end-1] != '}' {
		end--
	}
	if end-i <= 2 {
		return buf
	}
	buf = append(buf, ',')
	return append(buf, object[i+1:end-1]...)
}

// number is a JSON number.
func number(n int64) string { return strconv.FormatInt(n, 10) }
