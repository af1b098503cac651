package schema

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringdex/ringdex/scim/resource"
)

// Limits of a schema that ParseSchema reads.
const (
	MaxURNBytes   = 150  // of an id
	MaxAttributes = 200  // of all attributes and sub-attributes together
	maxNameBytes  = 100  // of an attribute's or schema's name
	maxTextBytes  = 2000 // of a description
	maxListed     = 200  // canonical values, or reference types, of an attribute
	maxValueBytes = 200  // of each of those
)

// ParseSchema reads a Schema document (RFC 7643 section 7) as a service or an
// administrator writes it:
//
//	{"id":"urn:example:2.0:Badge","name":"Badge","attributes":[{"name":"serial","type":"string","required":true}]}
//
// Names of members and keywords are read in any case, and what is absent or
// null has the value that RFC 7643 section 2.2 gives it; references and binary
// values are case-exact unless the document says otherwise. "open": true, which
// is ours, keeps attributes that the schema does not define. Members that mean
// nothing here, such as schemas and meta, are passed over.
//
// It returns an *Error with ScimType InvalidValue, or TooMany beyond the limits,
// whose Path is the attribute: "badge.serial", or "attributes[2]" of one whose
// name says nothing. Refused are ids that are no URNs, names that RFC 7643
// section 2.1 does not allow, a name twice, a complex attribute within a complex
// one or without parts, and a required attribute that nobody could write.
func ParseSchema(doc resource.Value) (*Schema, error) {
	if doc.Kind() != resource.Object {
		return nil, &Error{ScimType: InvalidSyntax, Detail: "the schema must be a JSON object"}
	}
	p := &definition{}
	s := &Schema{
		ID:          p.text(doc, "", "id", MaxURNBytes),
		Name:        p.text(doc, "", "name", maxNameBytes),
		Description: p.text(doc, "", "description", maxTextBytes),
		Open:        p.flag(doc, "", "open", false),
	}
	if p.err == nil && !isURN(s.ID) {
		p.refuse("id", "must be a URN such as urn:example:params:scim:schemas:extension:badge:2.0:User")
	}
	if s.Name == "" {
		s.Name = s.ID[strings.LastIndexByte(s.ID, ':')+1:]
	}
	s.Attributes = p.attributes(doc, "", "attributes")
	if p.err == nil && len(s.Attributes) == 0 && !s.Open {
		p.refuse("attributes", "must be an array of at least one attribute")
	}
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

// isURN reports whether id is a URN of the characters that a path can hold.
func isURN(id string) bool {
	parts := strings.Split(id, ":")
	return len(parts) >= 3 && resource.EqualName(parts[0], "urn") && !slices.Contains(parts, "") &&
		resource.SafeName(id) == id && !strings.HasSuffix(id, ".")
}

// A definition is a Schema document while it is read. The first thing that is
// wrong stays in err, and reading goes on to no purpose but simplicity.
type definition struct {
	err   error
	count int // of attributes so far
}

func (p *definition) refuse(path, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{ScimType: InvalidValue, Path: path, Detail: fmt.Sprintf(format, args...)}
	}
}

// at returns the path and the beginning of the detail for a member of an
// attribute, or of the schema itself if attribute is empty.
func at(attribute, member string) (path, what string) {
	if attribute == "" {
		return member, ""
	}
	return attribute, member + " "
}

func (p *definition) text(v resource.Value, attribute, member string, maxBytes int) string {
	path, what := at(attribute, member)
	switch m := v.Get(member); {
	case m.IsNull():
		return ""
	case m.Kind() != resource.String:
		p.refuse(path, "%smust be a string", what)
	case len(m.Text()) > maxBytes:
		p.refuse(path, "%sis longer than %d bytes", what, maxBytes)
	case !utf8.ValidString(m.Text()) || strings.ContainsFunc(m.Text(), isControl):
		p.refuse(path, "%scontains a control character", what)
	default:
		return m.Text()
	}
	return ""
}

func isControl(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }

func (p *definition) flag(v resource.Value, attribute, member string, absent bool) bool {
	m := v.Get(member)
	if m.IsNull() {
		return absent
	}
	b, err := (&Conformer{}).boolean("", m)
	if err != nil {
		path, what := at(attribute, member)
		p.refuse(path, "%smust be true or false", what)
	}
	return b.Bool()
}

// texts reads an array of strings.
func (p *definition) texts(v resource.Value, attribute, member string) []string {
	m := v.Get(member)
	switch {
	case m.IsUnassigned():
		return nil
	case m.Kind() != resource.Array || m.Len() > maxListed:
		p.refuse(attribute, "%s must be an array of at most %d strings", member, maxListed)
		return nil
	}
	list := make([]string, 0, m.Len())
	for e := range m.Elems() {
		if e.Kind() != resource.String || e.Text() == "" || len(e.Text()) > maxValueBytes {
			p.refuse(attribute, "%s must be strings of 1 to %d bytes", member, maxValueBytes)
			return nil
		}
		list = append(list, e.Text())
	}
	return list
}

// keyword reads one of several words in any case. The first stands for none.
func keyword[T ~string](p *definition, v resource.Value, attribute, member string, words ...T) T {
	said := p.text(v, attribute, member, maxValueBytes)
	if said == "" {
		return words[0]
	}
	names := make([]string, len(words))
	for i, w := range words {
		if resource.EqualName(string(w), said) {
			return w
		}
		names[i] = string(w)
	}
	p.refuse(attribute, "%s must be one of %s", member, strings.Join(names, ", "))
	return words[0]
}

// attributes reads the attributes of the schema, or the parts of one of them.
func (p *definition) attributes(v resource.Value, parent, member string) []*Attribute {
	m := v.Get(member)
	switch {
	case m.IsUnassigned() || p.err != nil:
		return nil
	case m.Kind() != resource.Array:
		path, what := at(parent, member)
		p.refuse(path, "%smust be an array of attributes", what)
		return nil
	}
	if p.count += m.Len(); p.count > MaxAttributes {
		p.err = &Error{ScimType: TooMany, Path: "attributes", Detail: fmt.Sprintf("has more than %d attributes with their parts", MaxAttributes)}
		return nil
	}
	list := make([]*Attribute, 0, m.Len())
	seen := make(map[string]bool, m.Len())
	for e := range m.Elems() {
		a := p.attribute(e, parent, fmt.Sprintf("%s[%d]", member, len(list)))
		if p.err != nil {
			return nil
		}
		key := resource.LowerName(a.Name)
		if seen[key] {
			p.refuse(join(parent, a.Name), "is defined twice")
			return nil
		}
		seen[key] = true
		list = append(list, a)
	}
	return list
}

// join returns the path of a part.
func join(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}

// attribute reads one attribute. place is where it stands, for want of a name.
func (p *definition) attribute(v resource.Value, parent, place string) *Attribute {
	place = join(parent, place)
	if v.Kind() != resource.Object {
		p.refuse(place, "must be an object")
		return nil
	}
	name := p.text(v, place, "name", maxNameBytes)
	if p.err == nil && !isAttributeName(name) && (name != "$ref" || parent == "") {
		p.refuse(place, "name must be a letter followed by letters, digits, - and _")
	}
	path := join(parent, name)
	a := &Attribute{
		Name:            name,
		Type:            keyword(p, v, path, "type", String, Boolean, Decimal, Integer, DateTime, Binary, Reference, Complex),
		MultiValued:     p.flag(v, path, "multiValued", false),
		Description:     p.text(v, path, "description", maxTextBytes),
		Required:        p.flag(v, path, "required", false),
		CanonicalValues: p.texts(v, path, "canonicalValues"),
		Mutability:      keyword(p, v, path, "mutability", ReadWrite, ReadOnly, Immutable, WriteOnly),
		Returned:        keyword(p, v, path, "returned", ReturnedDefault, ReturnedAlways, ReturnedNever, ReturnedRequest),
		Uniqueness:      keyword(p, v, path, "uniqueness", UniqueNone, UniqueServer, UniqueGlobal),
		ReferenceTypes:  p.texts(v, path, "referenceTypes"),
	}
	a.CaseExact = p.flag(v, path, "caseExact", a.Type == Reference || a.Type == Binary)
	p.parts(v, a, parent, path)
	if p.err == nil && a.Required && !Writable(a) {
		p.refuse(path, "cannot be required: it is %s, so no client could give it a value", a.Mutability)
	}
	return a
}

// parts reads the sub-attributes of a complex attribute.
func (p *definition) parts(v resource.Value, a *Attribute, parent, path string) {
	subs := v.Get("subAttributes")
	switch {
	case p.err != nil:
	case a.Type != Complex && !subs.IsUnassigned():
		p.refuse(path, "has subAttributes, which only the type complex has")
	case a.Type != Complex:
	case parent != "":
		p.refuse(path, "cannot be complex within a complex attribute")
	case subs.IsUnassigned():
		p.refuse(path, "is complex and has no subAttributes")
	default:
		a.Sub = p.attributes(v, path, "subAttributes")
	}
}

// isAttributeName reports whether name is one by RFC 7643 section 2.1.
func isAttributeName(name string) bool {
	return resource.SafeName(name) == name && name[0] != '$' && !strings.ContainsAny(name, ".:")
}
