package index

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/stream"
)

// An Entry is a contact with what the index derived from it. Entries are shared
// and never change; a changed contact is a new Entry.
type Entry struct {
	*contact.Contact
	Parsed []phone.Number // parallel to Contact.Numbers
	Groups []contact.ID   // in ascending order
	Seq    stream.Seq     // of the last change of the contact or its groups

	displays atomic.Pointer[[]string] // parallel to Parsed; nil until one is asked for
}

// newEntry derives an entry from a contact of a directory with that region.
func newEntry(c *contact.Contact, region string, groups []contact.ID, seq stream.Seq) *Entry {
	e := &Entry{Contact: c, Groups: groups, Seq: seq}
	if len(c.Numbers) > 0 {
		e.Parsed = make([]phone.Number, len(c.Numbers))
		for i, n := range c.Numbers {
			e.Parsed[i] = phone.Parse(n.Raw, region)
		}
	}
	return e
}

// Display returns a number of the contact as people write it. Formatting takes
// longer than all the rest of a lookup, so it is done once for each contact that
// is ever shown; goroutines that race get the same texts.
func (e *Entry) Display(slot int) string {
	if texts := e.displays.Load(); texts != nil {
		return (*texts)[slot]
	}
	texts := make([]string, len(e.Parsed))
	for i := range texts {
		texts[i] = e.Parsed[i].Display()
	}
	e.displays.Store(&texts)
	return texts[slot]
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

// withGroups returns e with other groups.
func (e *Entry) withGroups(groups []contact.ID, seq stream.Seq) *Entry {
	next := &Entry{Contact: e.Contact, Parsed: e.Parsed, Groups: groups, Seq: seq}
	next.displays.Store(e.displays.Load())
	return next
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
		ID: string(e.ID), Directory: e.DirectoryID, Name: allNames(e.Contact),
		Title: e.Title, Department: e.Department, Company: e.Company, UserName: e.UserName,
	}
	for _, m := range e.Emails {
		d.Emails = append(d.Emails, m.Value)
	}
	return d
}

// keyHash is the place of a phone key in the exact index: the space apart from
// the text, so that an extension never meets a raw number of the same digits.
func keyHash(k phone.Key) trie.Hash {
	var buf [64]byte
	text := append(buf[:0], byte(k.Space))
	text = append(text, k.Text...)
	text = append(text, 0)
	text = append(text, k.Ext...)
	return trie.HashOf(string(text))
}

// tail returns the digits whose end a person may type: those of the E.164
// form, or of an extension.
func tail(n *phone.Number) string {
	if n.E164 != "" {
		return n.E164[1:]
	}
	return n.Ext
}
