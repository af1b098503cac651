package streamclient

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// A View is what a subscription knows: the present value of each member. It
// takes as much memory as those values; nothing of the past is kept.
//
// A snapshot that begins with a reset replaces the view, but not at once:
// members are marked, and those that no page of the snapshot names are removed
// with the last one. So a server that restarted and sends everything again
// causes no change where nothing changed.
type View struct {
	members  map[string]*member
	position string // of the last message that left the view complete; "" asks for a snapshot
	reset    uint64 // counts resets; a member of an older one is due to be removed
	partial  bool   // a snapshot is under way
	synced   bool   // a snapshot was complete once
}

type member struct {
	Entry
	reset uint64
}

// A Change is what one message did to one member of a view. Before is nil for
// a member that is new, After for one that is gone.
type Change struct {
	ID            string
	Before, After *Entry
	// Initial says that the change comes from a first snapshot and is news to
	// this client only.
	Initial bool
}

// Position is where the view stands, "epoch:offset"; empty before it was
// complete for the first time and during a reset.
func (v *View) Position() string { return v.position }

// Len returns the number of members.
func (v *View) Len() int { return len(v.members) }

// Get returns a member's present value, or false. The entry is a copy; the
// JSON in it is shared and must not be changed.
func (v *View) Get(id string) (Entry, bool) {
	if m := v.members[id]; m != nil {
		return m.Entry, true
	}
	return Entry{}, false
}

// Apply brings the view up to date with a message of its subscription and
// returns what that changed, in the message's order. A message that repeats
// what is known changes nothing. Messages of other types move the position only.
func (v *View) Apply(m Message) []Change {
	switch m.Type {
	case typeSnapshot:
		return v.snapshot(m)
	case typeChanges:
		return v.changes(m)
	case typeContacts:
		return v.contacts(m)
	}
	v.moveTo(m.Position) // a call, for one, is news of the topic but no member of it
	return nil
}

func (v *View) snapshot(m Message) []Change {
	initial := !v.synced
	if m.Reset || !v.partial {
		v.reset++
		v.partial = true
		v.position = ""
	}
	var changes []Change
	for _, e := range m.Data {
		changes = v.put(changes, e)
	}
	if !m.More {
		changes = v.sweep(changes)
		v.partial, v.synced = false, true
		v.moveTo(m.Position)
	}
	for i := range changes {
		changes[i].Initial = initial
	}
	return changes
}

// sweep removes the members that the snapshot just completed did not name, in
// the order of their ids.
func (v *View) sweep(changes []Change) []Change {
	for _, id := range slices.Sorted(maps.Keys(v.members)) {
		if v.members[id].reset != v.reset {
			changes = v.remove(changes, id)
		}
	}
	return changes
}

func (v *View) changes(m Message) []Change {
	var changes []Change
	for _, e := range m.Data {
		changes = v.merge(changes, e)
	}
	for _, id := range m.Removed {
		changes = v.remove(changes, id)
	}
	v.moveTo(m.Position)
	return changes
}

func (v *View) contacts(m Message) []Change {
	var changes []Change
	for _, raw := range slices.Concat(m.Created, m.Updated) {
		var head struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(raw, &head) == nil && head.ID != "" {
			changes = v.merge(changes, Entry{ID: head.ID, Contact: raw})
		}
	}
	for _, id := range m.Deleted {
		changes = v.remove(changes, id)
	}
	v.moveTo(m.Position)
	return changes
}

// moveTo notes the position of an applied message. While a snapshot is under
// way the view is not complete, whatever else arrives.
func (v *View) moveTo(position string) {
	if position != "" && !v.partial {
		v.position = position
	}
}

// merge sets those fields of a member that e has.
func (v *View) merge(changes []Change, e Entry) []Change {
	if known := v.members[e.ID]; known != nil {
		if e.Presence == nil {
			e.Presence = known.Presence
		}
		if e.Contact == nil {
			e.Contact = known.Contact
		}
	}
	return v.put(changes, e)
}

// put sets a member's whole value.
func (v *View) put(changes []Change, e Entry) []Change {
	if e.ID == "" {
		return changes
	}
	if v.members == nil {
		v.members = make(map[string]*member)
	}
	known := v.members[e.ID]
	if known == nil {
		v.members[e.ID] = &member{Entry: e, reset: v.reset}
		return append(changes, Change{ID: e.ID, After: &e})
	}
	known.reset = v.reset
	if bytes.Equal(known.Presence, e.Presence) && bytes.Equal(known.Contact, e.Contact) {
		return changes
	}
	before := known.Entry
	known.Entry = e
	return append(changes, Change{ID: e.ID, Before: &before, After: &e})
}

func (v *View) remove(changes []Change, id string) []Change {
	known := v.members[id]
	if known == nil {
		return changes
	}
	delete(v.members, id)
	before := known.Entry
	return append(changes, Change{ID: id, Before: &before})
}

// abandon is called when the connection is lost: a snapshot that was under way
// will be sent again from its beginning.
func (v *View) abandon() {
	v.partial = false
}
