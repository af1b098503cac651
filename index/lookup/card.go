package lookup

import (
	"strings"

	"github.com/ringdex/ringdex/index"
)

// cardLine is how long a line of a vCard may be, in bytes (RFC 6350 section 3.2).
const cardLine = 75

// vCard returns a contact as a vCard 4.0 (RFC 6350).
func vCard(e *index.Entry) []byte {
	var c card
	c.line("BEGIN", "", "VCARD")
	c.line("VERSION", "", "4.0")
	c.line("UID", "", "urn:uuid:"+string(e.ID))
	c.line("FN", "", escapeCard(e.Name()))
	if e.FamilyName != "" || e.GivenName != "" {
		c.line("N", "", escapeCard(e.FamilyName)+";"+escapeCard(e.GivenName)+";"+escapeCard(e.MiddleName)+";;")
	}
	c.text("NICKNAME", e.NickName)
	switch {
	case e.Department != "":
		c.line("ORG", "", escapeCard(e.Company)+";"+escapeCard(e.Department))
	case e.Company != "":
		c.line("ORG", "", escapeCard(e.Company))
	}
	c.text("TITLE", e.Title)
	for _, m := range e.Emails {
		c.line("EMAIL", cardType(m.Type), escapeCard(m.Value))
	}
	for i := range e.Parsed {
		c.number(e, i)
	}
	c.line("END", "", "VCARD")
	return c.out
}

// cardType returns the TYPE parameter for a SCIM type, where vCard has one.
func cardType(scim string) string {
	switch scim = strings.ToLower(scim); scim {
	case "work", "home", "fax", "pager":
		return ";TYPE=" + scim
	case "mobile":
		return ";TYPE=cell"
	}
	return ""
}

// A card is a vCard while it is written.
type card struct{ out []byte }

// number writes a telephone number: as a tel: URI (RFC 3966) if it could be
// parsed, else as the text that was sent.
func (c *card) number(e *index.Entry, slot int) {
	n, kind := &e.Parsed[slot], cardType(e.Numbers[slot].Type)
	if n.E164 == "" {
		c.line("TEL", kind, escapeCard(n.Raw))
		return
	}
	uri := "tel:" + n.E164
	if n.Ext != "" {
		uri += ";ext=" + n.Ext
	}
	c.line("TEL", ";VALUE=uri"+kind, uri)
}

func (c *card) text(name, value string) {
	if value != "" {
		c.line(name, "", escapeCard(value))
	}
}

// line writes a content line, folded so that no line cuts a character. What
// it is given is valid UTF-8.
func (c *card) line(name, params, value string) {
	line := name + params + ":" + value
	for limit := cardLine; len(line) > limit; limit = cardLine - 1 {
		cut := limit
		for line[cut]&0xc0 == 0x80 {
			cut--
		}
		c.out = append(c.out, line[:cut]...)
		c.out = append(c.out, "\r\n "...)
		line = line[cut:]
	}
	c.out = append(c.out, line...)
	c.out = append(c.out, '\r', '\n')
}

// escapeCard escapes what separates values (RFC 6350 section 3.4) and drops
// the control characters that a vCard cannot hold.
func escapeCard(s string) string {
	s = cardEscapes.Replace(strings.ToValidUTF8(s, "\ufffd"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

//nolint:gochecknoglobals // read-only table
var cardEscapes = strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)
