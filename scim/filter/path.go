package filter

import (
	"errors"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A Path names a part of a resource: a schema, an attribute, a sub-attribute,
// or those elements of an attribute that a filter means, whole or one
// sub-attribute of each.
//
//	userName    name.givenName    emails[type eq "work"]    emails[type eq "work"].value
type Path struct {
	schema.Ref
	Elements *Elements // nil if the path has no filter
}

// Elements means some elements of a multi-valued attribute.
type Elements struct {
	attr *schema.Attribute
	root node
}

// ParsePath reads a path into resources of type t (RFC 7644 section 3.5.2),
// with every spelling of names that Type.Resolve knows. It returns a
// *schema.Error with ScimType InvalidPath that says what is wrong, and at which
// character, counting from 1, if the text is no path. The error wraps
// schema.ErrUnknownAttribute if it is one and leads to an attribute that t does
// not have.
func ParsePath(src string, t *schema.Type, opts Options) (Path, error) {
	p := newParser(src, t, opts, schema.InvalidPath)
	return p.path()
}

// path reads attribute, optional filter, optional sub-attribute.
func (p *parser) path() (Path, error) {
	if err := p.start(); err != nil {
		return Path{}, err
	}
	name, err := p.attribute()
	if err != nil {
		return Path{}, err
	}
	ref, unknown := p.t.Resolve(name)
	if p.space(); p.peek() != '[' {
		return Path{Ref: ref}, p.pathEnd(unknown)
	}
	within := ref.Attr
	switch {
	case unknown != nil:
		within = &schema.Attribute{Type: schema.Any}
	case within == nil, ref.Sub != nil, !within.MultiValued && within.Type != schema.Any:
		return Path{}, p.fail("a filter follows only an attribute with several values")
	}
	root, err := p.bracket(within)
	if err != nil {
		return Path{}, err
	}
	if unknown == nil {
		unknown = p.unknown
	}
	path := Path{Ref: ref, Elements: &Elements{attr: within, root: root}}
	if p.peek() == '.' {
		p.pos++
		sub := p.name()
		if sub == "" {
			return Path{}, p.fail("expected the name of a sub-attribute")
		}
		if unknown == nil {
			path.Ref, unknown = p.t.Resolve(qualified(ref) + "." + sub)
		}
	}
	return path, p.pathEnd(unknown)
}

// pathEnd returns an error if text is left, or else what is known of the name.
func (p *parser) pathEnd(unknown error) error {
	if p.space(); p.pos < len(p.src) {
		return p.fail("expected the end of the path")
	}
	if e, ok := errors.AsType[*schema.Error](unknown); ok {
		return &schema.Error{ScimType: p.scimType, Path: e.Path, Detail: e.Detail, Err: e.Err}
	}
	return nil
}

// qualified returns the name by which Resolve finds exactly r's attribute.
func qualified(r schema.Ref) string { return r.Schema.ID + ":" + r.Attr.Name }

// Match reports whether e is one of the elements.
func (f *Elements) Match(e resource.Value) bool {
	return f.root.match(&scope{attr: f.attr, root: e})
}

// Model returns the element that the filter describes if it is nothing but
// comparisons with eq, joined by and: the object of what is compared.
//
//	[type eq "work" and primary eq "True"] describes {"type":"work","primary":true}
//
// Other filters describe none, nor do those that want two values of one
// sub-attribute, or an empty one.
func (f *Elements) Model() (resource.Value, bool) {
	var all []*comparison
	if !conjuncts(f.root, &all) {
		return resource.Value{}, false
	}
	model := resource.OfObject()
	for _, c := range all {
		v := c.lit.value()
		if c.op != opEq || c.leaf == nil || v.IsNull() || v.Equal(resource.OfString("")) {
			return resource.Value{}, false
		}
		if old, ok := model.Lookup(c.leaf.Name); ok && !old.Equal(v) {
			return resource.Value{}, false
		}
		model = model.Set(c.leaf.Name, v)
	}
	return model, true
}

// conjuncts gathers the comparisons that n joins by and. It reports false if n
// is made of anything else.
func conjuncts(n node, all *[]*comparison) bool {
	switch n := n.(type) {
	case *comparison:
		*all = append(*all, n)
		return true
	case *junction:
		return n.and && conjuncts(n.left, all) && conjuncts(n.right, all)
	default:
		return false
	}
}

// Values returns the values that the filter names if it is nothing but
// comparisons of value with eq, joined by or.
//
//	[value eq "a" or value eq "b"] names a, b
func (f *Elements) Values() ([]string, bool) {
	var values []string
	ok := valuesOf(f.root, &values)
	return values, ok
}

func valuesOf(n node, values *[]string) bool {
	switch n := n.(type) {
	case *comparison:
		if n.op != opEq || n.leaf == nil || n.leaf.Name != "value" || n.lit.kind == nullLiteral {
			return false
		}
		*values = append(*values, n.lit.text)
		return true
	case *junction:
		return !n.and && valuesOf(n.left, values) && valuesOf(n.right, values)
	default:
		return false
	}
}

// IsBlank reports whether a path is empty, which stands for no path.
func IsBlank(src string) bool { return strings.TrimSpace(src) == "" }
