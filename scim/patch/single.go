package patch

import (
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// single applies the operation to an attribute with one value, or a part of it.
// For those add and replace are the same, but for add with null, which adds
// nothing.
func (a *applier) single(r schema.Ref, v resource.Value) error {
	switch {
	case a.op == Add && v.IsUnassigned():
		return nil
	case a.op == Remove || schema.IsBlank(v):
		return a.clear(r)
	case r.Sub == nil && r.Attr.Type == schema.Complex:
		return a.merge(r, v)
	}
	v, err := a.conform.Value(r.Leaf(), r.String(), v)
	switch {
	case err != nil:
		return err
	case v.IsNull():
		return a.clear(r)
	case r.Sub != nil:
		part := resource.OfObject(resource.Field{Name: r.Sub.Name, Value: v})
		return a.put(r, overlay(r.Attr, a.get(r), part))
	}
	return a.put(r, v)
}

// clear takes away an attribute or a part of it. A manager without its value is
// none.
func (a *applier) clear(r schema.Ref) error {
	if err := a.required(r.Leaf(), r); err != nil {
		return err
	}
	if r.Sub == nil || r.Sub == r.Attr.Value() {
		return a.put(r, resource.Value{})
	}
	return a.put(r, a.get(r).Delete(r.Sub.Name))
}

// merge sets those parts of a complex attribute that v has, and takes away those
// that v has as null or empty.
func (a *applier) merge(r schema.Ref, v resource.Value) error {
	parts, err := a.conform.Value(r.Attr, r.String(), v)
	if err != nil {
		return err
	}
	old := a.get(r)
	if v.Kind() == resource.Array {
		v = v.At(0)
	}
	for name, m := range v.All() {
		s := r.Attr.SubAttribute(name)
		if s == nil || !schema.Writable(s) || !schema.IsBlank(m) || a.op == Add && m.IsUnassigned() {
			continue
		}
		part := r
		part.Sub = s
		if err := a.required(s, part); err != nil {
			return err
		}
		if s == r.Attr.Value() {
			return a.put(r, resource.Value{})
		}
		old, parts = old.Delete(s.Name), parts.Delete(s.Name)
	}
	return a.put(r, overlay(r.Attr, old, parts))
}

// overlay returns old with the parts set. Where a new value takes the place of
// another, what was known about the other goes with it: a manager's name and
// URI.
func overlay(attr *schema.Attribute, old, parts resource.Value) resource.Value {
	if s := attr.Value(); s != nil && !attr.MultiValued {
		v, ok := parts.Lookup(s.Name)
		if ok && !old.Get(s.Name).Equal(v) {
			return parts
		}
	}
	for name, m := range parts.All() {
		old = with(old, name, m)
	}
	return old
}
