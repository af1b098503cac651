package lookup

import (
	"strconv"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/phone"
)

// A printer writes answers as JSON, straight into bytes: an answer takes less
// time than reflection over it would.
type printer struct {
	service  *Service
	tenant   string
	snapshot *index.Snapshot
	out      []byte
}

// printer returns a printer that appends to dst.
func (s *Service) printer(tenant string, snapshot *index.Snapshot, dst []byte) *printer {
	return &printer{service: s, tenant: tenant, snapshot: snapshot, out: dst}
}

func (p *printer) raw(s string) { p.out = append(p.out, s...) }

func (p *printer) comma(i int) {
	if i > 0 {
		p.out = append(p.out, ',')
	}
}

// member writes a name that needs no escaping, and a string.
func (p *printer) member(name, value string) {
	p.raw(name)
	p.out = appendString(p.out, value)
}

func (p *printer) orNull(name, value string) {
	p.raw(name)
	if value == "" {
		p.raw("null")
		return
	}
	p.out = appendString(p.out, value)
}

// contact writes a contact as all of the interface shows it.
func (p *printer) contact(e *index.Entry) {
	p.card(e)
	p.raw(`,"presence":`)
	p.presence(e)
	p.raw("}")
}

// card begins a contact's object with everything but its presence.
func (p *printer) card(e *index.Entry) {
	p.member(`{"id":`, string(e.ID))
	p.member(`,"directoryId":`, e.DirectoryID)
	p.member(`,"externalId":`, e.ExternalID)
	p.member(`,"userName":`, e.UserName)
	p.member(`,"displayName":`, e.Name())
	p.member(`,"givenName":`, e.GivenName)
	p.member(`,"familyName":`, e.FamilyName)
	p.member(`,"title":`, e.Title)
	p.member(`,"department":`, e.Department)
	p.member(`,"company":`, e.Company)
	p.raw(`,"emails":[`)
	for i, m := range e.Emails {
		p.comma(i)
		p.member(`{"type":`, m.Type)
		p.member(`,"value":`, m.Value)
		p.raw("}")
	}
	p.raw(`],"numbers":[`)
	for i := range e.Parsed {
		p.comma(i)
		p.number(e, i)
	}
	p.raw(`],"groups":[`)
	p.groups(e)
	p.orNull(`],"manager":`, e.Manager)
	p.raw(`,"active":`)
	p.out = strconv.AppendBool(p.out, e.Active)
}

func (p *printer) number(e *index.Entry, slot int) {
	n := &e.Parsed[slot]
	p.member(`{"type":`, e.Numbers[slot].Type)
	p.member(`,"raw":`, n.Raw)
	p.orNull(`,"e164":`, n.E164)
	p.orNull(`,"ext":`, n.Ext)
	p.member(`,"display":`, e.Display(slot))
	p.raw("}")
}

func (p *printer) groups(e *index.Entry) {
	n := 0
	for _, id := range e.Groups {
		g, err := p.snapshot.Group(id)
		if err != nil {
			continue
		}
		p.comma(n)
		p.member(`{"id":`, string(g.ID))
		p.member(`,"displayName":`, g.DisplayName)
		p.raw("}")
		n++
	}
}

func (p *printer) presence(e *index.Entry) {
	if f := p.service.Presence.Fragment(p.tenant, string(e.ID)); f != nil {
		p.out = append(p.out, f...)
		return
	}
	p.raw("null")
}

// identity writes the answer to a lookup.
func (p *printer) identity(raw string, id *index.Identity) {
	p.member(`{"query":{"raw":`, raw)
	p.member(`,"class":`, id.Class.String())
	p.orNull(`,"e164":`, id.E164)
	p.orNull(`,"ext":`, id.Ext)
	p.orNull(`,"attestation":`, id.Attestation)
	p.member(`},"status":`, id.Status.String())
	p.orNull(`,"rung":`, id.Rung.String())
	p.orNull(`,"variant":`, id.Variant)
	p.member(`,"reason":`, id.Reason)
	p.confidence(id.Confidence)
	p.raw(`,"best":`)
	var best []byte // printed once: writing numbers as people read them takes time
	if id.Status == phone.StatusMatch {
		start := len(p.out)
		p.contact(id.Entry(0))
		best = p.out[start:]
	} else {
		p.raw("null")
	}
	p.raw(`,"candidates":[`)
	for i, c := range id.Candidates {
		p.comma(i)
		p.raw(`{"contact":`)
		if i == 0 && best != nil {
			p.out = append(p.out, best...)
		} else {
			p.contact(id.Entry(i))
		}
		p.raw(`,"number":`)
		p.number(id.Entry(i), c.Slot)
		p.member(`,"rung":`, id.Rung.String())
		p.member(`,"reason":`, id.Reason)
		p.confidence(id.Confidence)
		p.raw("}")
	}
	p.raw(`],"people":`)
	p.out = strconv.AppendInt(p.out, int64(id.People), 10)
	if id.Status == phone.StatusRange {
		p.block(&id.Range)
	}
	p.member(`,"display":`, display(raw, id))
	if id.Trace != nil {
		p.explain(id)
	}
	p.raw(`,"seq":`)
	p.out = strconv.AppendUint(p.out, uint64(p.snapshot.Seq()), 10)
	p.raw("}")
}

// short writes as much of the answer to a lookup as a list of calls shows.
func (p *printer) short(id *index.Identity) {
	p.raw(`{"status":"`)
	p.raw(id.Status.String())
	p.raw(`","rung":"`)
	p.raw(id.Rung.String())
	p.raw(`","e164":"`)
	p.raw(id.E164)
	p.raw(`","people":`)
	p.out = strconv.AppendInt(p.out, int64(id.People), 10)
	switch id.Status {
	case phone.StatusMatch:
		p.member(`,"id":`, id.Candidates[0].ID)
		p.member(`,"name":`, id.Entry(0).Name())
	case phone.StatusRange:
		p.member(`,"range":`, id.Range.Label)
	}
	p.raw(`,"seq":`)
	p.out = strconv.AppendUint(p.out, uint64(p.snapshot.Seq()), 10)
	p.raw("}")
}

// confidence writes hundredths as a JSON number from 0 to 1, null for none.
func (p *printer) confidence(hundredths int) {
	p.raw(`,"confidence":`)
	switch hundredths {
	case 0:
		p.raw("null")
		return
	case 100:
		p.raw("1")
		return
	}
	p.raw("0.")
	p.out = append(p.out, '0'+byte(hundredths/10), '0'+byte(hundredths%10))
}

func (p *printer) block(r *phone.Range) {
	p.member(`,"range":{"id":`, r.ID)
	p.member(`,"prefix":`, r.Prefix)
	p.member(`,"label":`, r.Label)
	p.raw("}")
}

// explain writes how a number was read and every rung that was tried.
func (p *printer) explain(id *index.Identity) {
	p.orNull(`,"context":{"region":`, id.Region)
	p.orNull(`,"regionFrom":`, string(id.Origin))
	p.raw(`},"trace":[`)
	for i, s := range id.Trace {
		p.comma(i)
		p.member(`{"rung":`, s.Rung.String())
		p.member(`,"outcome":`, s.Outcome.String())
		p.orNull(`,"region":`, s.Region)
		p.orNull(`,"form":`, s.Form)
		p.raw(`,"hits":`)
		p.out = strconv.AppendInt(p.out, int64(s.Hits), 10)
		p.orNull(`,"note":`, s.Note)
		p.raw("}")
	}
	p.raw("]")
}

// display returns what a phone should show of a caller: the one person's name,
// else the number as people write it. It is never a word like "Unknown".
func display(raw string, id *index.Identity) string {
	switch {
	case id.Status == phone.StatusMatch:
		return id.Entry(0).Name()
	case id.Status == phone.StatusAnonymous:
		return "Number withheld"
	case id.Status == phone.StatusRange:
		return "~ " + id.Range.Label
	case id.E164 != "":
		return phone.Display(id.E164, id.Ext)
	}
	return raw
}

// found writes the answer to a search, from the offset on.
func (p *printer) found(list []index.Found, offset int, more bool) {
	p.raw(`{"hits":[`)
	for i, f := range list[min(offset, len(list)):] {
		p.comma(i)
		p.raw(`{"contact":`)
		p.contact(f.Entry)
		p.member(`,"score":{"tier":`, f.Tier)
		p.raw(`,"typos":`)
		p.out = strconv.AppendInt(p.out, int64(f.Typos), 10)
		p.member(`,"field":`, f.Field)
		p.raw(`,"position":`)
		p.out = strconv.AppendInt(p.out, int64(f.Position), 10)
		p.raw(`},"highlights":[`)
		for j, h := range f.Highlights {
			p.comma(j)
			p.highlight(h)
		}
		p.raw(`],"presence":`)
		p.presence(f.Entry)
		p.raw("}")
	}
	p.raw(`],"more":`)
	p.out = strconv.AppendBool(p.out, more)
	if !more {
		p.raw(`,"total":`)
		p.out = strconv.AppendInt(p.out, int64(len(list)), 10)
	}
	p.raw(`,"seq":`)
	p.out = strconv.AppendUint(p.out, uint64(p.snapshot.Seq()), 10)
	p.raw("}")
}

func (p *printer) highlight(h index.Highlight) {
	p.member(`{"field":`, h.Field)
	if h.Field == "emails" || h.Field == "numbers" {
		p.raw(`,"index":`)
		p.out = strconv.AppendInt(p.out, int64(h.Index), 10)
	}
	p.raw(`,"start":`)
	p.out = strconv.AppendInt(p.out, int64(h.Start), 10)
	p.raw(`,"end":`)
	p.out = strconv.AppendInt(p.out, int64(h.End), 10)
	p.raw("}")
}

// appendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, "\ufffd"...)
			} else {
				dst = append(dst, s[i:i+size]...)
			}
			i += size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
		i++
	}
	return append(dst, '"')
}
