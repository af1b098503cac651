package resource

import (
	"iter"
	"slices"
	"strings"
)

// All yields the members of an object in order, and nothing for every other
// kind.
func (v Value) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.kind != Object {
			return
		}
		for i := range v.items {
			if !yield(v.items[i].Name, v.items[i].Value) {
				return
			}
		}
	}
}

// Lookup returns the member of that name, in any case, and whether there is
// one.
//
//	{"userName": "a"}.Lookup("USERNAME") = "a", true
func (v Value) Lookup(name string) (Value, bool) {
	if i := v.index(name); i >= 0 {
		return v.items[i].Value, true
	}
	return Value{}, false
}

// Get returns the member of that name, in any case, or null if there is none.
func (v Value) Get(name string) Value {
	m, _ := v.Lookup(name)
	return m
}

// Set returns an object like v in which the member name is m. A member of that
// name in any case keeps its place and takes the new spelling; else m becomes
// the last. Set on anything but an object returns an object of one member.
func (v Value) Set(name string, m Value) Value {
	if v.kind != Object {
		return OfObject(Field{name, m})
	}
	i := v.index(name)
	if i < 0 {
		items := make([]Field, len(v.items), len(v.items)+1)
		copy(items, v.items)
		return Value{kind: Object, items: append(items, Field{name, m})}
	}
	items := slices.Clone(v.items)
	items[i] = Field{name, m}
	return Value{kind: Object, items: items}
}

// Delete returns an object like v without the member of that name, in any
// case. It returns v if there is none.
func (v Value) Delete(name string) Value {
	i := v.index(name)
	if i < 0 {
		return v
	}
	items := make([]Field, 0, len(v.items)-1)
	items = append(items, v.items[:i]...)
	return Value{kind: Object, items: append(items, v.items[i+1:]...)}
}

// Sorted returns an object like v with its members in the order of their names,
// and v itself if it is no object.
func (v Value) Sorted() Value {
	if v.kind != Object {
		return v
	}
	items := slices.Clone(v.items)
	slices.SortFunc(items, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return Value{kind: Object, items: items}
}

// index returns the place of the member of that name, or -1. The spelling that
// was asked for is preferred only in that it is found faster: names differ by
// more than case.
func (v Value) index(name string) int {
	if v.kind != Object {
		return -1
	}
	for i := range v.items {
		if v.items[i].Name == name {
			return i
		}
	}
	for i := range v.items {
		if EqualName(v.items[i].Name, name) {
			return i
		}
	}
	return -1
}

// EqualName reports whether two attribute names, schema URNs or other keywords
// of SCIM are the same. Their ASCII letters are compared without case (RFC 7643
// section 2.1); other characters as they are, so that no letter of another
// script passes for a Latin one.
func EqualName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// LowerName returns name with its ASCII letters in lower case: names that are
// EqualName have the same LowerName.
func LowerName(name string) string {
	for i := range len(name) {
		if name[i] != lower(name[i]) {
			b := []byte(name)
			for ; i < len(b); i++ {
				b[i] = lower(b[i])
			}
			return string(b)
		}
	}
	return name
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// maxSafeName is longer than any attribute path in use.
const maxSafeName = 160

// SafeName returns name if it has the shape of an attribute name, path or URN,
// so that it may stand in an error or a log, and "(name)" otherwise: what a
// client writes where a name belongs may be anything, such as an e-mail address.
//
//	SafeName("urn:example:2.0:User:badge") = "urn:example:2.0:User:badge"
//	SafeName("a@example.com")              = "(name)"
func SafeName(name string) string {
	const hidden = "(name)"
	if name == "" || len(name) > maxSafeName {
		return hidden
	}
	if c := lower(name[0]); c != '$' && (c < 'a' || c > 'z') {
		return hidden
	}
	for i := range len(name) {
		switch c := lower(name[i]); {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '$', c == '-', c == '_', c == '.', c == ':':
		default:
			return hidden
		}
	}
	return name
}
