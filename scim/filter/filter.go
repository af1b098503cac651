// Package filter is SCIM's language for choosing: the filters of RFC 7644
// section 3.4.2.2 that choose resources, and the paths of section 3.5.2 that
// choose parts of one.
//
// It owns reading both against a resource type, and deciding whether a resource
// matches. Names are resolved and literals understood once, when a filter is
// read; what does not fit its attribute is refused then. Unless it is told to be
// strict it reads what identity providers send and administrators paste:
// operands without quotes, with typographic quotes, or, in a value path, with an
// opening quote and no closing one. Filters beyond 4 KiB, 50 terms or 8 levels are refused, which
// bounds the time of everything here.
//
// Package patch uses paths, package scim both. It does no I/O and starts no
// goroutine; what it returns is read-only and safe for concurrent use.
package filter

import (
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// Limits of what Parse and ParsePath read.
const (
	MaxBytes = 4 << 10 // of the text
	MaxNodes = 50      // comparisons and logical operators
	MaxDepth = 8       // brackets inside one another
)

// Options tell how strictly a text is read.
type Options struct {
	// Strict refuses everything that RFC 7644's grammar does not have: operands
	// that are not JSON, attributes no schema knows.
	Strict bool
}

// A Filter decides which resources of one type are meant. The zero Filter
// means all.
type Filter struct {
	t    *schema.Type
	root node // nil in the zero Filter
}

// Parse reads a filter over resources of type t. An attribute that t does not
// have is one without a value (RFC 7644 section 3.4.2.1), so that one filter may
// be read for several types. It returns a *schema.Error with ScimType
// InvalidFilter that says what is wrong at which character, counting from 1,
// and quotes no operand.
func Parse(src string, t *schema.Type, opts Options) (Filter, error) {
	p := newParser(src, t, opts, schema.InvalidFilter)
	root, err := p.filter()
	if err != nil {
		return Filter{}, err
	}
	return Filter{t: t, root: root}, nil
}

// IsZero reports whether f is the zero Filter.
func (f Filter) IsZero() bool { return f.root == nil }

// An Outside gives the values of a core attribute that the tree does not hold,
// such as members or meta, as it would hold them, or null for none. If equal
// is not empty, elements whose value is another may be left out: a membership
// test need not gather all members.
type Outside func(attr *schema.Attribute, equal string) resource.Value

// Match reports whether the filter means v, a resource of the filter's type. An
// attribute that v does not have, id and meta too, is asked of outside, which may
// be nil.
//
// Strings are compared as their attribute's caseExact says, instants as
// instants. Of several values any may match, for ne too; ne also matches where
// there is no value at all.
func (f Filter) Match(v resource.Value, outside Outside) bool {
	if f.root == nil {
		return true
	}
	return f.root.match(&scope{t: f.t, root: v, outside: outside})
}

// Mentions reports whether the filter compares the attribute of that name, in
// any case, or a part of it.
func (f Filter) Mentions(name string) bool {
	if f.root == nil {
		return false
	}
	r, err := f.t.Resolve(name)
	return err == nil && r.Attr != nil && mentions(f.root, r)
}

func mentions(n node, r schema.Ref) bool {
	switch n := n.(type) {
	case *junction:
		return mentions(n.left, r) || mentions(n.right, r)
	case *negation:
		return mentions(n.of, r)
	case *valuePath:
		return sameAttribute(n.ref, r)
	case *comparison:
		return sameAttribute(n.ref, r)
	default:
		return false
	}
}

func sameAttribute(a, b schema.Ref) bool {
	return a.Schema == b.Schema && a.Attr != nil && b.Attr != nil && resource.EqualName(a.Attr.Name, b.Attr.Name)
}
