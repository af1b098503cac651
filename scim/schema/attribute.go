package schema

import (
	"cmp"

	"github.com/ringdex/ringdex/scim/resource"
)

// A DataType is the type of an attribute's values (RFC 7643 section 2.3).
type DataType string

// The data types, spelled as schemas print them. Any is ours: the type of an
// attribute that only an open extension holds, whose values are kept as they
// are. It is never printed.
const (
	String    DataType = "string"
	Boolean   DataType = "boolean"
	Decimal   DataType = "decimal"
	Integer   DataType = "integer"
	DateTime  DataType = "dateTime"
	Binary    DataType = "binary"
	Reference DataType = "reference"
	Complex   DataType = "complex"
	Any       DataType = "any"
)

// A Mutability says when an attribute may be written (RFC 7643 section 7).
type Mutability string

// The mutabilities. The empty one stands for ReadWrite.
const (
	ReadWrite Mutability = "readWrite"
	ReadOnly  Mutability = "readOnly"
	Immutable Mutability = "immutable"
	WriteOnly Mutability = "writeOnly"
)

// A Returned says when an attribute is part of an answer (RFC 7643 section 7).
type Returned string

// When attributes are returned. The empty one stands for ReturnedDefault.
const (
	ReturnedAlways  Returned = "always"
	ReturnedNever   Returned = "never"
	ReturnedDefault Returned = "default"
	ReturnedRequest Returned = "request"
)

// A Uniqueness says among which resources a value is unique.
type Uniqueness string

// The uniquenesses. The empty one stands for UniqueNone.
const (
	UniqueNone   Uniqueness = "none"
	UniqueServer Uniqueness = "server"
	UniqueGlobal Uniqueness = "global"
)

// An Attribute is the definition of an attribute or sub-attribute with the
// characteristics of RFC 7643 section 7. Attributes are shared and read-only.
type Attribute struct {
	Name            string
	Type            DataType // empty stands for String
	MultiValued     bool
	Description     string
	Required        bool
	CanonicalValues []string // suggestions: other values are accepted
	CaseExact       bool
	Mutability      Mutability
	Returned        Returned
	Uniqueness      Uniqueness
	ReferenceTypes  []string
	Sub             []*Attribute // of a Complex

	// Unlisted attributes are understood but not offered in /Schemas.
	Unlisted bool
	// MaxElements bounds the elements of a multi-valued attribute; 0 stands for
	// the package's MaxElements.
	MaxElements int
	// Detached attributes are not part of the stored tree and may have any
	// number of elements: a Group's members.
	Detached bool
}

// SubAttribute returns the sub-attribute of that name in any case, or nil.
func (a *Attribute) SubAttribute(name string) *Attribute {
	for _, s := range a.Sub {
		if resource.EqualName(s.Name, name) {
			return s
		}
	}
	return nil
}

// Value returns the sub-attribute "value" that stands for the whole of a
// complex attribute where a filter or a client names only the attribute, or
// nil.
func (a *Attribute) Value() *Attribute { return a.SubAttribute("value") }

// Limit returns how many elements a multi-valued attribute may have, but for
// Detached ones, which have no limit.
func (a *Attribute) Limit() int { return cmp.Or(a.MaxElements, MaxElements) }

func (a *Attribute) is(t DataType) bool {
	return a.Type == t || a.Type == "" && t == String
}

// textual reports whether values are JSON strings.
func (a *Attribute) textual() bool {
	switch a.Type {
	case "", String, Reference, Binary, DateTime:
		return true
	default:
		return false
	}
}

// A Schema is a named collection of attributes.
type Schema struct {
	ID          string // "urn:ietf:params:scim:schemas:core:2.0:User"
	Name        string // "User"
	Description string
	Attributes  []*Attribute

	// Aliases are other URNs that clients use for it.
	Aliases []string
	// Open schemas keep attributes that they do not define, as they were sent.
	Open bool
}

// Attribute returns the attribute of that name in any case, or nil.
func (s *Schema) Attribute(name string) *Attribute {
	for _, a := range s.Attributes {
		if resource.EqualName(a.Name, name) {
			return a
		}
	}
	return nil
}
