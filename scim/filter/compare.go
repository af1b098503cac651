package filter

import (
	"cmp"
	"iter"
	"strconv"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// An op is a comparison operator.
type op uint8

const (
	opEq op = iota
	opNe
	opCo
	opSw
	opEw
	opPr
	opGt
	opGe
	opLt
	opLe
)

//nolint:gochecknoglobals // read-only table
var operators = map[string]op{
	"eq": opEq, "ne": opNe, "co": opCo, "sw": opSw, "ew": opEw, "pr": opPr,
	"gt": opGt, "ge": opGe, "lt": opLt, "le": opLe,
}

// orders reports whether o asks which of two values comes first.
func (o op) orders() bool { return o >= opGt }

// matchesPart reports whether o asks about a part of a text.
func (o op) matchesPart() bool { return o == opCo || o == opSw || o == opEw }

// A comparison asks about one attribute. In a resource ref says where it is, in
// an element leaf does.
type comparison struct {
	ref  schema.Ref
	leaf *schema.Attribute // nil if there is no such attribute, which then has no value
	op   op
	lit  literal
}

func (c *comparison) match(s *scope) bool {
	if c.leaf == nil {
		return c.unmatched()
	}
	found := false
	for v := range c.values(s) {
		if v.IsUnassigned() || c.op == opPr && isEmpty(v) {
			continue
		}
		found = true
		if c.op == opPr || c.lit.kind != nullLiteral && c.compare(v) {
			return true
		}
	}
	if found {
		return c.lit.kind == nullLiteral && c.op == opNe
	}
	return c.unmatched()
}

// unmatched answers for an attribute that has no value.
func (c *comparison) unmatched() bool {
	switch c.op {
	case opEq:
		return c.lit.kind == nullLiteral
	case opNe:
		return c.lit.kind != nullLiteral
	default:
		return false
	}
}

func isEmpty(v resource.Value) bool {
	switch v.Kind() {
	case resource.String:
		return v.Text() == ""
	case resource.Array, resource.Object:
		return v.Len() == 0
	default:
		return v.IsNull()
	}
}

// equal returns the value that an element must have for c, or "" if c is about
// anything else.
func (c *comparison) equal() string {
	if c.op == opEq && c.leaf != nil && c.leaf.Name == "value" && c.lit.kind != nullLiteral {
		return c.lit.text
	}
	return ""
}

// values yields every value that is compared.
func (c *comparison) values(s *scope) iter.Seq[resource.Value] {
	return func(yield func(resource.Value) bool) {
		if s.attr != nil {
			c.inElement(s, yield)
			return
		}
		for e := range elements(s.attribute(c.ref, c.equal())) {
			if c.ref.Sub != nil {
				e = e.Get(c.ref.Sub.Name)
			}
			for v := range elements(e) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// inElement yields the values of a sub-attribute of one element, or the element
// itself if it is no object.
func (c *comparison) inElement(s *scope, yield func(resource.Value) bool) {
	v := s.root
	if s.root.Kind() == resource.Object {
		v = s.root.Get(c.leaf.Name)
	} else if c.leaf != s.attr && c.leaf.Name != "value" {
		return
	}
	elements(v)(yield)
}

// compare decides about one value.
func (c *comparison) compare(v resource.Value) bool {
	switch {
	case c.lit.kind == boolLiteral && v.Kind() == resource.Boolean:
		return c.op == opEq == (v.Bool() == (c.lit.text == "true")) && !c.op.orders() && !c.op.matchesPart()
	case c.lit.kind == numberLiteral && v.Kind() == resource.Number:
		return ordered(c.op, compareNumbers(v.Text(), c.lit.text))
	case c.lit.kind == timeLiteral:
		t, ok := schema.ParseDateTime(v.Text())
		return ordered(c.op, t.Compare(c.lit.time)) && ok || c.op == opNe && !ok
	case v.Kind() != resource.String:
		return c.op == opNe
	}
	return c.text(Fold(c.leaf, v.Text()))
}

// compareNumbers compares two JSON numbers, whole ones exactly and others as
// floating point does.
func compareNumbers(a, b string) int {
	i, errA := strconv.ParseInt(a, 10, 64)
	j, errB := strconv.ParseInt(b, 10, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(i, j)
	}
	x, _ := strconv.ParseFloat(a, 64) // beyond its range an infinity
	y, _ := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y)
}

func (c *comparison) text(folded string) bool {
	switch c.op {
	case opCo:
		return strings.Contains(folded, c.lit.folded)
	case opSw:
		return strings.HasPrefix(folded, c.lit.folded)
	case opEw:
		return strings.HasSuffix(folded, c.lit.folded)
	default:
		return ordered(c.op, strings.Compare(folded, c.lit.folded))
	}
}

// ordered decides from how a value compares with the operand.
func ordered(o op, order int) bool {
	switch o {
	case opEq:
		return order == 0
	case opNe:
		return order != 0
	case opGt:
		return order > 0
	case opGe:
		return order >= 0
	case opLt:
		return order < 0
	case opLe:
		return order <= 0
	default:
		return false
	}
}
