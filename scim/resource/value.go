// Package resource is the JSON tree of a SCIM resource: ordered, with the
// literals of numbers and the content of strings as the client sent them.
//
// It owns reading and printing such trees and changing them without disturbing
// who else holds one: a Value never changes, and Set and Delete return another
// that shares what stayed the same. It refuses JSON that means different things
// to different readers (names given twice, also in another case; broken UTF-8;
// lone surrogates) and JSON beyond the limits of its caller. It knows no
// schema. Packages schema, filter and patch work on its values and package scim
// reads bodies with it. It does no I/O, starts no goroutine, and everything in
// it is safe for concurrent use.
package resource

import (
	"iter"
	"strconv"
)

// A Kind is one of the six kinds of JSON value.
type Kind uint8

// The kinds. Null is the zero Kind.
const (
	Null Kind = iota
	Boolean
	Number
	String
	Array
	Object
)

// String returns the kind's name as JSON Schema writes it, such as "object".
func (k Kind) String() string {
	switch k {
	case Boolean:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	default:
		return "null"
	}
}

// A Value is one JSON value. The zero Value is null. Values are immutable and
// may be copied and shared freely. Value has no String method, so that no log
// line prints a person by accident: Append prints it on purpose.
type Value struct {
	kind  Kind
	text  string  // a String's content, a Number's literal, "true" of a Boolean
	items []Field // an Array's elements, unnamed, or an Object's members; never changed
}

// A Field is one member of an object.
type Field struct {
	Name  string
	Value Value
}

// OfString returns a string. Text that is not UTF-8 is printed with U+FFFD in
// place of what is broken.
func OfString(s string) Value { return Value{kind: String, text: s} }

// OfBool returns true or false.
func OfBool(b bool) Value {
	if b {
		return Value{kind: Boolean, text: "true"}
	}
	return Value{kind: Boolean}
}

// OfInt returns n as a number.
func OfInt(n int) Value { return Value{kind: Number, text: strconv.Itoa(n)} }

// OfNumber returns the number with the given literal, which must be one of
// JSON's and is not checked.
func OfNumber(literal string) Value { return Value{kind: Number, text: literal} }

// OfArray returns an array. elems is copied.
func OfArray(elems ...Value) Value {
	items := make([]Field, len(elems))
	for i, e := range elems {
		items[i].Value = e
	}
	return Value{kind: Array, items: items}
}

// OfObject returns an object with the fields in their order. Their names must
// differ, case apart. fields belongs to the object from then on.
func OfObject(fields ...Field) Value { return Value{kind: Object, items: fields} }

// Kind returns v's kind.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == Null }

// IsUnassigned reports whether v is null or an empty array, which RFC 7643
// section 2.5 holds equal to an attribute that is absent.
func (v Value) IsUnassigned() bool {
	return v.kind == Null || v.kind == Array && len(v.items) == 0
}

// Text returns the content of a string, or the literal of a number as it was
// sent ("1.50"), and "" for every other kind.
func (v Value) Text() string {
	if v.kind == String || v.kind == Number {
		return v.text
	}
	return ""
}

// Bool reports whether v is true.
func (v Value) Bool() bool { return v.kind == Boolean && v.text != "" }

// Len returns the number of elements of an array or members of an object, and
// 0 for every other kind.
func (v Value) Len() int { return len(v.items) }

// Elems yields the elements of an array in order, and nothing for every other
// kind.
func (v Value) Elems() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.kind != Array {
			return
		}
		for i := range v.items {
			if !yield(v.items[i].Value) {
				return
			}
		}
	}
}

// At returns element i of an array, counting from 0, or null if there is none.
func (v Value) At(i int) Value {
	if v.kind != Array || i < 0 || i >= len(v.items) {
		return Value{}
	}
	return v.items[i].Value
}
