package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// An Extension is a schema that adds attributes to a resource type.
type Extension struct {
	Schema   *Schema
	Required bool
}

// A Type is a kind of resource: a core schema and the extensions that its
// resources may have. Make one with NewType.
type Type struct {
	Name        string // "User"
	Endpoint    string // "/Users"
	Description string
	Core        *Schema
	Extensions  []Extension

	// Aliases map misspelled core attribute names, in lower case, to what was
	// meant: "phonenumberss" to "phoneNumbers".
	Aliases map[string]string

	urns []urn // every URN that leads to one of the schemas, longest first
}

type urn struct {
	text   string
	schema *Schema
}

// NewType completes t, which is copied: URNs are ordered for Resolve. Schemas
// are shared with t and must not change from then on.
func NewType(t Type) *Type {
	t.urns = nil
	t.addURNs(t.Core)
	for _, e := range t.Extensions {
		t.addURNs(e.Schema)
	}
	slices.SortStableFunc(t.urns, func(a, b urn) int { return cmp.Compare(len(b.text), len(a.text)) })
	return &t
}

func (t *Type) addURNs(s *Schema) {
	for _, text := range append([]string{s.ID}, s.Aliases...) {
		t.urns = append(t.urns, urn{text, s})
	}
}

// Extension returns the extension schema with that id, or nil. The core schema
// is none.
func (t *Type) Extension(id string) *Schema {
	for _, e := range t.Extensions {
		if resource.EqualName(e.Schema.ID, id) {
			return e.Schema
		}
	}
	return nil
}

// A Ref names a schema of a type, one of its attributes or one of that
// attribute's sub-attributes. Refs are made by Type.Resolve.
type Ref struct {
	Schema *Schema
	Attr   *Attribute // nil if the schema as a whole is meant
	Sub    *Attribute // nil if the attribute as a whole is meant

	extension bool
}

// InExtension reports whether the attribute belongs to an extension, whose
// attributes stand in an object under the schema's URN.
func (r Ref) InExtension() bool { return r.extension }

// Leaf returns the sub-attribute, or the attribute if none is named, or nil.
func (r Ref) Leaf() *Attribute {
	if r.Sub != nil {
		return r.Sub
	}
	return r.Attr
}

// String returns the name as schemas spell it: "name.givenName",
// "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department".
// Names that an open extension took over from a client are shown only if they
// are safe to show.
func (r Ref) String() string {
	if r.Schema == nil {
		return ""
	}
	var parts []string
	if r.extension || r.Attr == nil {
		parts = append(parts, r.Schema.ID)
	}
	if r.Attr != nil {
		name := resource.SafeName(r.Attr.Name)
		if r.Sub != nil {
			name += "." + resource.SafeName(r.Sub.Name)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ":")
}

// Resolve finds what a name means, in any case:
//
//	userName, name.givenName                 core attributes, with and without the core URN before them
//	URN:department, URN.department           extension attributes; URN:manager.value their sub-attributes
//	URN                                      a schema as a whole
//	department                               an extension's attribute, if the core has none of that name
//
// URN is the id of one of the type's schemas or another spelling in use for it
// (SCIM 1.x, a colon left out); the longest that fits is meant, because ids have
// dots and colons of their own. An attribute that an open extension does not
// define is of type Any. Resolve returns an *Error that wraps
// ErrUnknownAttribute and has ScimType InvalidPath for a name without meaning.
func (t *Type) Resolve(name string) (Ref, error) {
	r, ok := t.lookup(name)
	if ok {
		return r, nil
	}
	if s, rest, qualified := t.cutURN(name); qualified && s == t.Core {
		name = rest
	}
	return Ref{}, t.unknown(name)
}

// lookup is Resolve without a reason for what is unknown, which takes longer to
// find than an attribute.
func (t *Type) lookup(name string) (Ref, bool) {
	if s, rest, ok := t.cutURN(name); ok {
		if rest == "" {
			return Ref{Schema: s, extension: s != t.Core}, true
		}
		return t.within(s, rest)
	}
	if r, ok := find(t.Core, name); ok {
		return r, true
	}
	if r, ok := find(common(), name); ok {
		r.Schema = t.Core
		return r, true
	}
	if r, ok := t.alias(name); ok {
		return r, true
	}
	for _, e := range t.Extensions {
		if r, ok := find(e.Schema, name); ok {
			r.extension = true
			return r, true
		}
	}
	return Ref{}, false
}

// alias resolves the name of a core attribute that is misspelled in a known way.
func (t *Type) alias(name string) (Ref, bool) {
	head, tail, dotted := strings.Cut(name, ".")
	meant, ok := t.Aliases[resource.LowerName(head)]
	if !ok {
		return Ref{}, false
	}
	if dotted {
		meant += "." + tail
	}
	return find(t.Core, meant)
}

// cutURN splits name behind the longest URN that it begins with.
func (t *Type) cutURN(name string) (s *Schema, rest string, ok bool) {
	if !isQualified(name) {
		return nil, "", false
	}
	for _, u := range t.urns {
		n := len(u.text)
		switch {
		case len(name) < n || !resource.EqualName(name[:n], u.text):
		case len(name) == n:
			return u.schema, "", true
		case name[n] == ':' || name[n] == '.':
			return u.schema, name[n+1:], true
		}
	}
	return nil, "", false
}

// isQualified reports whether name begins with a URN: attribute names have no
// colon.
func isQualified(name string) bool { return strings.Contains(name, ":") }

// within resolves what follows a schema's URN.
func (t *Type) within(s *Schema, name string) (Ref, bool) {
	extension := s != t.Core
	r, ok := find(s, name)
	if !ok && !extension {
		if r, ok = find(common(), name); ok {
			r.Schema = s
		} else {
			r, ok = t.alias(name)
		}
	}
	if !ok && s.Open && extension {
		r, ok = inBag(s, name)
	}
	r.extension = extension
	return r, ok
}

// find resolves "attribute" or "attribute.sub" in one schema.
func find(s *Schema, name string) (Ref, bool) {
	head, tail, dotted := strings.Cut(name, ".")
	a := s.Attribute(head)
	if a == nil {
		return Ref{}, false
	}
	if !dotted {
		return Ref{Schema: s, Attr: a}, true
	}
	sub := a.SubAttribute(tail)
	return Ref{Schema: s, Attr: a, Sub: sub}, sub != nil
}

// inBag names an attribute that an open schema does not define.
func inBag(s *Schema, name string) (Ref, bool) {
	head, tail, dotted := strings.Cut(name, ".")
	if head == "" || s.Attribute(head) != nil || dotted && tail == "" {
		return Ref{}, false
	}
	r := Ref{Schema: s, Attr: &Attribute{Name: head, Type: Any}}
	if dotted {
		r.Sub = &Attribute{Name: tail, Type: Any}
	}
	return r, true
}

func (t *Type) unknown(name string) *Error {
	e := &Error{
		ScimType: InvalidPath, Path: resource.SafeName(name), Err: ErrUnknownAttribute,
		Detail: fmt.Sprintf("is not an attribute of %s", t.Name),
	}
	if meant := t.suggest(name); meant != "" {
		e.Detail += fmt.Sprintf("; did you mean %s?", meant)
	}
	return e
}
