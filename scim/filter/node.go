package filter

import (
	"iter"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A node is a part of a filter that is true or false of a resource, or inside of
// a value path's bracket, of an element.
type node interface{ match(s *scope) bool }

// A scope is what nodes are asked about: a resource or an element.
type scope struct {
	root    resource.Value
	t       *schema.Type      // of a resource; nil for an element
	attr    *schema.Attribute // of an element; nil for a resource
	outside Outside
}

// A junction is two nodes joined by and, or by or.
type junction struct {
	and         bool
	left, right node
}

func (j *junction) match(s *scope) bool {
	if j.left.match(s) != j.and {
		return !j.and
	}
	return j.right.match(s)
}

type negation struct{ of node }

func (n *negation) match(s *scope) bool { return !n.of.match(s) }

// A valuePath is true if any element of an attribute is one the filter means,
// and the sub-attribute compared behind the bracket, if any, is as compared.
type valuePath struct {
	ref    schema.Ref // Attr is nil if nothing is known of the name
	attr   *schema.Attribute
	filter node
	rest   node // nil if nothing follows the bracket
}

func (vp *valuePath) match(s *scope) bool {
	if vp.ref.Attr == nil {
		return false
	}
	for e := range elements(s.attribute(vp.ref, vp.equal())) {
		in := &scope{attr: vp.attr, root: e}
		if vp.filter.match(in) && (vp.rest == nil || vp.rest.match(in)) {
			return true
		}
	}
	return false
}

// equal returns the one value that elements must have, or "".
func (vp *valuePath) equal() string {
	var all []*comparison
	if !conjuncts(vp.filter, &all) {
		return ""
	}
	for _, c := range all {
		if v := c.equal(); v != "" {
			return v
		}
	}
	return ""
}

// elements yields the elements of an array, or a single value.
func elements(v resource.Value) iter.Seq[resource.Value] {
	return func(yield func(resource.Value) bool) {
		switch v.Kind() {
		case resource.Null:
		case resource.Array:
			v.Elems()(yield)
		default:
			yield(v)
		}
	}
}

// attribute returns the value of a resource's attribute, or null. equal is
// passed to the outside.
func (s *scope) attribute(r schema.Ref, equal string) resource.Value {
	v := s.root
	if r.InExtension() {
		return v.Get(r.Schema.ID).Get(r.Attr.Name)
	}
	held, ok := v.Lookup(r.Attr.Name)
	switch {
	case ok:
		return held
	case r.Attr.Name == "schemas":
		return s.t.Schemas(v)
	case s.outside != nil:
		return s.outside(r.Attr, equal)
	}
	return resource.Value{}
}
