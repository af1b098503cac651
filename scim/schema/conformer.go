package schema

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// A Conformer brings single values into the shape in which they are stored. The
// zero Conformer is ready to use; it is not safe for concurrent use.
type Conformer struct {
	Policy

	// Hints are about what was passed over, the first fifty of them.
	Hints []Hint
}

// Value returns v as the value of a: an array if a has several values, made of
// a single value if need be, else one value, taken out of an array of one.
// Null stands for unassigned, which is what null, [], an object or an array
// with nothing in it, and an empty string in place of anything but a string
// come to. path names a in errors.
func (c *Conformer) Value(a *Attribute, path string, v resource.Value) (resource.Value, error) {
	switch {
	case v.IsUnassigned() || a.Type == Any:
		return unassigned(v), nil
	case a.MultiValued:
		return c.elements(a, path, v)
	case v.Kind() != resource.Array:
		return c.Element(a, path, v)
	case v.Len() == 1:
		return c.Element(a, path, v.At(0))
	}
	return resource.Value{}, &Error{ScimType: InvalidValue, Path: path, Detail: "has one value, not several"}
}

// unassigned returns null for an empty array, and v for everything else.
func unassigned(v resource.Value) resource.Value {
	if v.IsUnassigned() {
		return resource.Value{}
	}
	return v
}

func (c *Conformer) elements(a *Attribute, path string, v resource.Value) (resource.Value, error) {
	if v.Kind() != resource.Array {
		v = resource.OfArray(v)
	}
	if !a.Detached && v.Len() > a.Limit() {
		return resource.Value{}, tooManyElements(a, path)
	}
	elems := make([]resource.Value, 0, v.Len())
	for e := range v.Elems() {
		e, err := c.Element(a, path, e)
		if err != nil {
			return resource.Value{}, err
		}
		if !e.IsNull() {
			elems = append(elems, e)
		}
	}
	if a.Detached {
		return unassigned(resource.OfArray(elems...)), nil
	}
	return unassigned(resource.OfArray(Merge(a, nil, elems)...)), nil
}

// Element returns v as one value of a, which may have several. Null stands for
// unassigned, as in Value; an element whose sub-attribute value is null or empty
// is unassigned too, whatever else it says.
func (c *Conformer) Element(a *Attribute, path string, v resource.Value) (resource.Value, error) {
	switch {
	case v.IsUnassigned() || a.Type == Any:
		return unassigned(v), nil
	case a.Type == Complex:
		return c.object(a, path, v)
	case a.is(String) && v.Kind() == resource.String:
		return v, nil
	case v.Kind() == resource.String && v.Text() == "":
		return resource.Value{}, nil
	case a.Type == Boolean:
		return c.boolean(path, v)
	case !fits(a, v):
		return resource.Value{}, &Error{ScimType: InvalidValue, Path: path, Detail: "must be " + expectations[a.Type]}
	}
	return v, nil
}

//nolint:gochecknoglobals // read-only table
var expectations = map[DataType]string{
	"": "a string", String: "a string", Reference: "a string", Binary: "a string in base64",
	DateTime: "a string such as 2011-05-13T04:42:34Z", Integer: "a whole number", Decimal: "a number",
}

func fits(a *Attribute, v resource.Value) bool {
	switch a.Type {
	case Integer:
		return v.Kind() == resource.Number && !strings.ContainsAny(v.Text(), ".eE")
	case Decimal:
		return v.Kind() == resource.Number
	case DateTime:
		_, ok := ParseDateTime(v.Text())
		return v.Kind() == resource.String && ok
	default:
		return v.Kind() == resource.String
	}
}

func (c *Conformer) boolean(path string, v resource.Value) (resource.Value, error) {
	switch {
	case v.Kind() == resource.Boolean:
		return v, nil
	case v.Kind() != resource.String || c.RejectStringBooleans:
	case resource.EqualName(v.Text(), "true"):
		return resource.OfBool(true), nil
	case resource.EqualName(v.Text(), "false"):
		return resource.OfBool(false), nil
	}
	return resource.Value{}, &Error{ScimType: InvalidValue, Path: path, Detail: "must be true or false"}
}

func (c *Conformer) object(a *Attribute, path string, v resource.Value) (resource.Value, error) {
	if v.Kind() != resource.Object {
		return c.bare(a, path, v)
	}
	fields := make([]resource.Field, 0, v.Len())
	for name, m := range v.All() {
		s := a.SubAttribute(name)
		switch {
		case s == nil && c.silent(m):
			continue
		case s == nil:
			if err := c.unknown(UnknownSub(a, path, name), m); err != nil {
				return resource.Value{}, err
			}
			continue
		case s.Name == "value" && IsBlank(m):
			return resource.Value{}, nil
		case !Writable(s):
			continue
		}
		m, err := c.Value(s, path+"."+s.Name, m)
		if err != nil {
			return resource.Value{}, err
		}
		if !m.IsNull() {
			fields = append(fields, resource.Field{Name: s.Name, Value: m})
		}
	}
	if len(fields) == 0 {
		return resource.Value{}, nil
	}
	return resource.OfObject(fields...), nil
}

// bare reads a string in place of an object as its value.
func (c *Conformer) bare(a *Attribute, path string, v resource.Value) (resource.Value, error) {
	s := a.Value()
	if v.Kind() == resource.String && v.Text() == "" {
		return resource.Value{}, nil
	}
	if s == nil || v.Kind() != resource.String {
		return resource.Value{}, &Error{ScimType: InvalidValue, Path: path, Detail: "must be an object"}
	}
	return resource.OfObject(resource.Field{Name: s.Name, Value: v}), nil
}

// unknown passes over an unknown attribute with a hint, or returns err as an
// error about a body. Nothing is said about an attribute without a value.
func (c *Conformer) unknown(err error, v resource.Value) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	if c.RejectUnknown {
		return &Error{ScimType: InvalidSyntax, Path: e.Path, Detail: e.Detail, Err: e.Err}
	}
	if !v.IsUnassigned() {
		c.hint(e.Path, "ignored: "+e.Detail)
	}
	return nil
}

// silent reports whether nothing would be said about an unknown attribute with
// the value v, so that what it could be need not be found out.
func (c *Conformer) silent(v resource.Value) bool {
	return !c.RejectUnknown && (v.IsUnassigned() || len(c.Hints) >= maxHints)
}

func (c *Conformer) hint(path, detail string) {
	if len(c.Hints) < maxHints {
		c.Hints = append(c.Hints, Hint{Path: path, Detail: detail})
	}
}

// UnknownSub returns the error about a name that is no sub-attribute of a, which
// wraps ErrUnknownAttribute. path names a.
func UnknownSub(a *Attribute, path, name string) *Error {
	e := &Error{
		ScimType: InvalidPath, Path: path + "." + resource.SafeName(name), Err: ErrUnknownAttribute,
		Detail: "is not a part of " + a.Name,
	}
	if meant := nearest(name, a.Sub); meant != "" {
		e.Detail += fmt.Sprintf("; did you mean %s?", meant)
	}
	return e
}
