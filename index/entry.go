package index

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/stream"
)

// An Entry is a contact with what the index derived from it, read from a
// snapshot. Entries are shared and not changed, but for those that are read
// into again, which whoever hands them out says.
type Entry struct {
	contact.Contact
	Parsed []phone.Number // parallel to Contact.Numbers
	Groups []contact.ID   // in ascending order
	Seq    stream.Seq     // of the last change of the contact or its groups

	shown *shown
}

// newEntry returns an entry to read into. Most people have so little that all of
// it is one piece of memory.
func newEntry() *Entry {
	room := new(struct {
		entry   Entry
		emails  [1]contact.Email
		numbers [2]contact.Number
		parsed  [2]phone.Number
	})
	e := &room.entry
	e.Emails, e.Numbers, e.Parsed = room.emails[:0], room.numbers[:0], room.parsed[:0]
	return e
}

// Display returns a number of the contact as people write it.
func (e *Entry) Display(slot int) string { return e.shown.display(&e.Parsed[slot]) }

// shown keeps how numbers are written for people. Formatting takes longer than
// all the rest of a lookup, and the people who call are mostly the same.
// Goroutines that race make the same text. nil keeps nothing.
type shown struct {
	slots [shownSlots]atomic.Pointer[display]
	seed  maphash.Seed
}

// shownSlots is how many numbers are kept. Of two that share a slot the later
// one stays.
const shownSlots = 1 << 12

type display struct{ e164, ext, text string }

func newShown() *shown { return &shown{seed: maphash.MakeSeed()} }

func (s *shown) display(n *phone.Number) string {
	if s == nil || n.E164 == "" {
		return n.Display()
	}
	slot := &s.slots[maphash.String(s.seed, n.E164)%shownSlots]
	if d := slot.Load(); d != nil && d.e164 == n.E164 && d.ext == n.Ext {
		return d.text
	}
	d := &display{strings.Clone(n.E164), strings.Clone(n.Ext), n.Display()}
	slot.Store(d)
	return d.text
}

// nameFields lists the texts by which a contact is found while typing. They are
// the contact's own, and listed when needed: a list for everybody would be
// larger than the texts.
func nameFields(c *contact.Contact) []trie.Field {
	fields := make([]trie.Field, 0, 8)
	add := func(kind trie.Kind, text string) {
		if text != "" {
			fields = append(fields, trie.Field{Kind: kind, Text: text})
		}
	}
	add(trie.Display, c.Name())
	add(trie.Given, c.GivenName)
	add(trie.Family, c.FamilyName)
	add(trie.Nick, c.NickName)
	for _, m := range c.Emails {
		add(trie.Email, localPart(m.Value))
	}
	add(trie.UserName, localPart(c.UserName))
	add(trie.Title, c.Title)
	add(trie.Department, c.Department)
	add(trie.Company, c.Company)
	return fields
}

// localPart returns what stands before the @ of an address.
func localPart(address string) string {
	for i := range len(address) {
		if address[i] == '@' {
			return address[:i]
		}
	}
	return address
}

// InGroup tells whether the contact is a member of the group.
func (e *Entry) InGroup(id contact.ID) bool {
	_, ok := slices.BinarySearch(e.Groups, id)
	return ok
}

// allNames joins everything that a contact is called.
func allNames(c *contact.Contact) string {
	all := c.Name()
	for _, n := range []string{c.GivenName, c.FamilyName, c.NickName} {
		if n != "" && !strings.Contains(all, n) {
			all += " " + n
		}
	}
	return all
}

// document returns what the text index holds of e.
func (e *Entry) document() text.Document {
	d := text.Document{
		ID: string(e.ID), Directory: e.DirectoryID, Name: allNames(&e.Contact),
		Title: e.Title, Department: e.Department, Company: e.Company, UserName: e.UserName,
	}
	for _, m := range e.Emails {
		d.Emails = append(d.Emails, m.Value)
	}
	return d
}

// keyHash is the place of a phone key in the exact index: the space apart from
// the text, so that an extension never meets a raw number of the same digits.
func (s *Snapshot) keyHash(k phone.Key) trie.Hash {
	var buf [64]byte
	text := append(buf[:0], byte(k.Space))
	text = append(text, k.Text...)
	text = append(text, 0)
	text = append(text, k.Ext...)
	return s.keys.HashOf(string(text))
}

// idHash is the place of a contact in the index of ids.
func (s *Snapshot) idHash(id contact.ID) trie.Hash { return s.ids.HashOf(string(id)) }

// tail returns the digits whose end a person may type: those of the E.164
// form, or of an extension.
func tail(n *phone.Number) string {
	if n.E164 != "" {
		return n.E164[1:]
	}
	return n.Ext
}
