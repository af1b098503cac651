package schema

import (
	"fmt"
	"slices"

	"github.com/ringdex/ringdex/scim/resource"
)

// Check returns an *Error if v, a tree in the shape that Conform returns, lacks
// a required attribute, has more than one primary element in an attribute, or
// holds more than MaxElements.
func (t *Type) Check(v resource.Value) error {
	if err := checkSchema(t.Core, "", v); err != nil {
		return err
	}
	for _, e := range t.Extensions {
		held, ok := v.Lookup(e.Schema.ID)
		switch {
		case ok && held.Len() > MaxElements:
			return &Error{ScimType: TooMany, Path: e.Schema.ID, Detail: fmt.Sprintf("has more than %d attributes", MaxElements)}
		case !ok && !e.Required:
			continue
		}
		if err := checkSchema(e.Schema, e.Schema.ID+":", held); err != nil {
			return err
		}
		if !ok {
			return &Error{ScimType: InvalidValue, Path: e.Schema.ID, Detail: "is required"}
		}
	}
	return nil
}

func checkSchema(s *Schema, prefix string, v resource.Value) error {
	for _, a := range s.Attributes {
		m, ok := v.Lookup(a.Name)
		switch {
		case a.Required && (!ok || IsBlank(m)):
			return &Error{ScimType: InvalidValue, Path: prefix + a.Name, Detail: "is required"}
		case !ok || a.Detached || !a.is(Complex):
			continue
		}
		if err := checkComplex(a, prefix+a.Name, m); err != nil {
			return err
		}
	}
	return nil
}

func checkComplex(a *Attribute, path string, v resource.Value) error {
	if !a.MultiValued {
		return checkRequired(a, path, v)
	}
	if v.Len() > a.Limit() {
		return tooManyElements(a, path)
	}
	primaries := 0
	for e := range v.Elems() {
		if err := checkRequired(a, path, e); err != nil {
			return err
		}
		if e.Get("primary").Bool() {
			primaries++
		}
	}
	if primaries > 1 {
		return &Error{ScimType: InvalidValue, Path: path + ".primary", Detail: "is true for more than one element"}
	}
	return nil
}

func tooManyElements(a *Attribute, path string) error {
	return &Error{ScimType: TooMany, Path: path, Detail: fmt.Sprintf("has more than %d elements", a.Limit())}
}

func checkRequired(a *Attribute, path string, v resource.Value) error {
	for _, s := range a.Sub {
		if s.Required && IsBlank(v.Get(s.Name)) {
			return &Error{ScimType: InvalidValue, Path: path + "." + s.Name, Detail: "is required"}
		}
	}
	return nil
}

// IsBlank reports whether v is null, an empty array or an empty string, with
// which clients clear an attribute.
func IsBlank(v resource.Value) bool {
	return v.IsUnassigned() || v.Kind() == resource.String && v.Text() == ""
}

// CheckImmutable returns an *Error with ScimType NotMutable if an immutable
// attribute, or a part of a single-valued one, has a value in before and
// another or none in after. Both are trees in the shape that Conform returns.
func (t *Type) CheckImmutable(before, after resource.Value) error {
	if err := sameImmutable(t.Core.Attributes, "", before, after); err != nil {
		return err
	}
	for _, e := range t.Extensions {
		if err := sameImmutable(e.Schema.Attributes, e.Schema.ID+":", before.Get(e.Schema.ID), after.Get(e.Schema.ID)); err != nil {
			return err
		}
	}
	return nil
}

func sameImmutable(attributes []*Attribute, prefix string, before, after resource.Value) error {
	for _, a := range attributes {
		old, ok := before.Lookup(a.Name)
		if !ok || a.Detached {
			continue
		}
		now := after.Get(a.Name)
		if a.Mutability == Immutable && !old.Equal(now) {
			return &Error{ScimType: NotMutable, Path: prefix + a.Name, Detail: "cannot be changed once it is set"}
		}
		if a.MultiValued || !slices.ContainsFunc(a.Sub, func(s *Attribute) bool { return s.Mutability == Immutable }) {
			continue
		}
		if err := sameImmutable(a.Sub, prefix+a.Name+".", old, now); err != nil {
			return err
		}
	}
	return nil
}
