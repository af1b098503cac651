package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// nameCells is how much room a line of watch gives a name before what happened.
const nameCells = 24

// changeLines says what became of one person: nothing, one line, or two when
// presence and data changed at once.
func changeLines(c streamclient.Change) []string {
	before, after := personOf(c.Before), personOf(c.After)
	switch {
	case c.Before == nil && !after.known:
		return nil // who it is follows
	case c.Before == nil, c.After != nil && !before.known && after.known:
		text := "added"
		if state := presenceText(after.presence); state != "" {
			text += ", " + state
		}
		return []string{after.line(c.ID, text)}
	case c.After == nil:
		return []string{before.line(c.ID, "removed")}
	}
	var texts []string
	if was, is := presenceWord(before.presence), presenceWord(after.presence); was != is {
		texts = append(texts, after.line(c.ID, was+" → "+is))
	}
	if data := dataChange(&before.contact, &after.contact); data != "" {
		texts = append(texts, after.line(c.ID, data))
	}
	return texts
}

// A person is what the lines need of an entry.
type person struct {
	known    bool // the contact itself has come, and not only its presence
	contact  client.Contact
	presence *client.Presence
}

// personOf decodes an entry. What does not decode is left out: the line then
// says less, and --json still shows all of it.
func personOf(e *streamclient.Entry) person {
	var p person
	if e == nil {
		return p
	}
	if len(e.Contact) > 0 {
		p.known = json.Unmarshal(e.Contact, &p.contact) == nil && p.contact.ID != ""
	}
	p.presence = p.contact.Presence
	if len(e.Presence) > 0 {
		p.presence = nil
		_ = json.Unmarshal(e.Presence, &p.presence)
	}
	return p
}

// line begins with the person's name, or with the id where no name is known.
func (p person) line(id, text string) string {
	name := p.contact.Name()
	if name == "" {
		name = id
	}
	return pad(printable(name), nameCells) + columnGap + printable(text)
}

// presenceWord is presenceText with a word for not knowing.
func presenceWord(p *client.Presence) string {
	if text := presenceText(p); text != "" {
		return text
	}
	return "no presence"
}

// dataChange says which of a person's data changed: "title: Agent → Lead".
func dataChange(before, after *client.Contact) string {
	var parts []string
	for _, f := range []struct{ name, was, is string }{
		{"name", before.Name(), after.Name()},
		{"title", before.Title, after.Title},
		{"department", before.Department, after.Department},
		{"company", before.Company, after.Company},
		{"numbers", numbersOf(before), numbersOf(after)},
	} {
		if f.was != f.is {
			parts = append(parts, fmt.Sprintf("%s: %s → %s", f.name, cmp.Or(f.was, "none"), cmp.Or(f.is, "none")))
		}
	}
	return strings.Join(parts, "; ")
}

// A call is a call as the stream tells it.
type call struct {
	State   string              `json:"state"` // "ringing", "connected" or "ended"
	AgentID string              `json:"agentId"`
	From    string              `json:"from"`
	To      string              `json:"to"`
	Match   client.LookupResult `json:"match"` // who is at the far end
}

// callLine says what a call does: "call ringing  +44… → 4711 for Bo Doe: Ann
// Example". nameOf returns the name of a contact, or its id.
func callLine(raw json.RawMessage, nameOf func(id string) string) string {
	var c call
	if json.Unmarshal(raw, &c) != nil {
		return ""
	}
	text := fmt.Sprintf("%s → %s", cmp.Or(c.From, "withheld"), cmp.Or(c.To, "unknown"))
	if c.AgentID != "" {
		text += " for " + nameOf(c.AgentID)
	}
	return pad("call "+printable(c.State), nameCells) + columnGap + printable(text+farEnd(&c.Match))
}

// farEnd names whom the number at the far end fits; several are all named,
// because nothing here guesses.
func farEnd(r *client.LookupResult) string {
	if r.Status == client.StatusRange {
		return ": " + r.Display
	}
	switch len(r.Candidates) {
	case 0:
		return ""
	case 1:
		who := &r.Candidates[0].Contact
		if position := positionOf(who); position != "" {
			return ": " + who.Name() + " (" + position + ")"
		}
		return ": " + who.Name()
	}
	names := make([]string, len(r.Candidates))
	for i := range r.Candidates {
		names[i] = r.Candidates[i].Contact.Name()
	}
	return ": " + strings.Join(names, " or ")
}

// syncLine says how the presence of a directory is kept current: "presence of
// directory Head office: revoked. The Microsoft tenant …".
func syncLine(s streamclient.Sync, directory string) string {
	text := fmt.Sprintf("presence of %s: %s", directory, s.State)
	if s.Detail != "" {
		text += ". " + s.Detail
	}
	return printable(text)
}
