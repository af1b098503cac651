package schema

import (
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// A Projection chooses the attributes of an answer (RFC 7644 section 3.9).
// Make one with Type.Project; it is read-only and safe for concurrent use.
type Projection struct {
	t        *Type
	only     []Ref // if any, what is returned beside what always is
	excluded []Ref
	narrow   bool // attributes= was given, even if nothing in it is known
}

// Project reads the query parameters attributes and excludedAttributes, lists
// of attribute names with commas between them. Names are those of Resolve;
// unknown ones are passed over, and so are filters behind a name:
//
//	t.Project(`emails[type eq "work"],name.givenName`, "")
//
// Empty texts stand for absent parameters. Project returns an *Error with
// ScimType InvalidValue if both are given, which exclude each other.
func (t *Type) Project(attributes, excludedAttributes string) (Projection, error) {
	only, excluded := splitNames(attributes), splitNames(excludedAttributes)
	if len(only) > 0 && len(excluded) > 0 {
		return Projection{}, &Error{
			ScimType: InvalidValue, Path: "excludedAttributes", Detail: "cannot be given together with attributes",
		}
	}
	return Projection{t: t, only: t.refs(only), excluded: t.refs(excluded), narrow: len(only) > 0}, nil
}

func (t *Type) refs(names []string) []Ref {
	var refs []Ref
	for _, name := range names {
		if r, ok := t.lookup(name); ok {
			refs = append(refs, r)
		}
	}
	return refs
}

// splitNames cuts a list at its commas and takes filters out of it. A filter
// may hold commas of its own, and brackets inside quotes.
func splitNames(list string) []string {
	var names []string
	var name strings.Builder
	inFilter, inQuotes := false, false
	for _, c := range list + "," {
		switch {
		case inFilter:
			inQuotes = inQuotes != (c == '"')
			inFilter = inQuotes || c != ']'
		case c == '[':
			inFilter = true
		case c != ',':
			name.WriteRune(c)
		default:
			if n := strings.TrimSpace(name.String()); n != "" {
				names = append(names, n)
			}
			name.Reset()
		}
	}
	return names
}

// Wants reports whether the core attribute of that name, such as "members" or
// "groups", is part of an answer, so that the caller need not gather it if not.
func (p Projection) Wants(name string) bool {
	r, ok := p.t.lookup(name)
	return ok && r.Attr != nil && p.wants(r)
}

// Apply returns what is returned of v, a whole resource with its id and meta:
// "schemas" first, computed from what is there, then the attributes in v's
// order that were asked for or not excluded, always those that are always
// returned and never a password.
func (p Projection) Apply(v resource.Value) resource.Value {
	fields := make([]resource.Field, 1, v.Len()+1)
	schemas := []resource.Value{resource.OfString(p.t.Core.ID)}
	for name, m := range v.All() {
		r, ok := p.t.lookup(name)
		if !ok || r.Attr != nil && r.Attr.Name == "schemas" {
			continue
		}
		m, ok := p.part(r, m)
		if !ok {
			continue
		}
		if r.Attr == nil {
			schemas = append(schemas, resource.OfString(r.Schema.ID))
		}
		fields = append(fields, resource.Field{Name: name, Value: m})
	}
	fields[0] = resource.Field{Name: "schemas", Value: resource.OfArray(schemas...)}
	return resource.OfObject(fields...)
}

// Part returns what is returned of the value v of the core attribute of that
// name, or null for nothing: what Apply makes of a resource that has it.
func (p Projection) Part(name string, v resource.Value) resource.Value {
	r, err := p.t.Resolve(name)
	if err != nil || r.Attr == nil {
		return resource.Value{}
	}
	v, _ = p.part(r, v)
	return v
}

// part returns what is returned of one member of a resource.
func (p Projection) part(r Ref, m resource.Value) (resource.Value, bool) {
	if r.Attr == nil {
		m = p.extension(r, m)
		return m, m.Len() > 0
	}
	if !p.wants(r) {
		return resource.Value{}, false
	}
	return p.attribute(r, m)
}

func (p Projection) extension(r Ref, v resource.Value) resource.Value {
	fields := make([]resource.Field, 0, v.Len())
	for name, m := range v.All() {
		inner, ok := p.t.member(r, name)
		if !ok {
			continue
		}
		if m, ok := p.part(inner, m); ok {
			fields = append(fields, resource.Field{Name: name, Value: m})
		}
	}
	return resource.OfObject(fields...)
}

// attribute returns a wanted attribute with its wanted parts.
func (p Projection) attribute(r Ref, v resource.Value) (resource.Value, bool) {
	if len(r.Attr.Sub) == 0 || !p.divides(r) {
		return v, true
	}
	if v.Kind() != resource.Array {
		v = p.parts(r, v)
		return v, v.Len() > 0
	}
	elems := make([]resource.Value, 0, v.Len())
	for e := range v.Elems() {
		if e = p.parts(r, e); e.Len() > 0 {
			elems = append(elems, e)
		}
	}
	return resource.OfArray(elems...), len(elems) > 0
}

func (p Projection) parts(r Ref, v resource.Value) resource.Value {
	fields := make([]resource.Field, 0, v.Len())
	for name, m := range v.All() {
		r.Sub = r.Attr.SubAttribute(name)
		if r.Sub == nil || p.wants(r) {
			fields = append(fields, resource.Field{Name: name, Value: m})
		}
	}
	return resource.OfObject(fields...)
}

// divides reports whether some parts of an attribute may be returned and others
// not.
func (p Projection) divides(r Ref) bool {
	for _, s := range r.Attr.Sub {
		if s.Returned != "" && s.Returned != ReturnedDefault {
			return true
		}
	}
	return names(p.only, r, true) || names(p.excluded, r, true)
}

// names reports whether refs name a part of r's attribute, or r's attribute
// itself or its schema.
func names(refs []Ref, r Ref, part bool) bool {
	for _, n := range refs {
		if n.Schema != r.Schema || n.Attr == nil && part {
			continue
		}
		if n.Attr == nil || resource.EqualName(n.Attr.Name, r.Attr.Name) && (n.Sub != nil) == part {
			return true
		}
	}
	return false
}

// namesExactly reports whether refs name the part r.Sub.
func namesExactly(refs []Ref, r Ref) bool {
	for _, n := range refs {
		if n.Schema == r.Schema && n.Sub != nil && r.Sub != nil &&
			resource.EqualName(n.Attr.Name, r.Attr.Name) && resource.EqualName(n.Sub.Name, r.Sub.Name) {
			return true
		}
	}
	return false
}

// wants decides about one attribute, or part of a wanted one, by when it is
// returned and what was asked for.
func (p Projection) wants(r Ref) bool {
	switch r.Leaf().Returned {
	case ReturnedAlways:
		return true
	case ReturnedNever:
		return false
	case ReturnedRequest:
		return p.asks(r)
	default:
	}
	if p.narrow {
		return p.asks(r)
	}
	if r.Sub != nil {
		return !namesExactly(p.excluded, r)
	}
	return !names(p.excluded, r, false)
}

// asks reports whether attributes= names r, all of what r is part of, or, if r
// is an attribute, a part of it.
func (p Projection) asks(r Ref) bool {
	if r.Sub != nil {
		return namesExactly(p.only, r) || names(p.only, r, false)
	}
	return names(p.only, r, false) || names(p.only, r, true)
}

// Schemas returns the URNs of the schemas whose attributes v has, the core
// schema first: the value of v's "schemas" attribute.
func (t *Type) Schemas(v resource.Value) resource.Value {
	urns := []resource.Value{resource.OfString(t.Core.ID)}
	for _, e := range t.Extensions {
		if v.Get(e.Schema.ID).Len() > 0 {
			urns = append(urns, resource.OfString(e.Schema.ID))
		}
	}
	return resource.OfArray(urns...)
}
