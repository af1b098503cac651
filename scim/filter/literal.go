package filter

import (
	"time"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

type literalKind uint8

const (
	textLiteral literalKind = iota
	nullLiteral
	boolLiteral
	numberLiteral
	timeLiteral
)

// A literal is an operand, understood as its attribute's type.
type literal struct {
	kind   literalKind
	text   string // as written; "true" or "false" of a boolean
	folded string // as compared
	time   time.Time
}

// value returns the literal as a JSON value.
func (l literal) value() resource.Value {
	switch l.kind {
	case nullLiteral:
		return resource.Value{}
	case boolLiteral:
		return resource.OfBool(l.text == "true")
	case numberLiteral:
		return resource.OfNumber(l.text)
	default:
		return resource.OfString(l.text)
	}
}

// understand gives the operand the type of its attribute. It returns what is
// wrong, or "".
func (c *comparison) understand(raw operand, strict bool) string {
	c.target()
	c.lit = literal{text: raw.text}
	if !raw.quoted && raw.text == "null" {
		c.lit.kind = nullLiteral
		if c.op != opEq && c.op != opNe {
			return "null can only be compared with eq and ne"
		}
		return ""
	}
	if c.leaf == nil {
		return ""
	}
	switch c.leaf.Type {
	case schema.Complex:
		return "the attribute has parts; name the one to compare"
	case schema.Boolean:
		return c.boolean(raw, strict)
	case schema.Integer, schema.Decimal:
		return c.decimal(raw, strict)
	case schema.DateTime:
		return c.dateTime(raw, strict)
	case schema.Any:
		c.untyped(raw)
		return ""
	case schema.Binary:
		if c.op.orders() {
			return "binary values have no order"
		}
	default:
	}
	if strict && !raw.quoted {
		return "expected a string in double quotes"
	}
	c.lit.folded = Fold(c.leaf, raw.text)
	return ""
}

// target makes a complex attribute stand for its value.
func (c *comparison) target() {
	if c.leaf == nil || c.leaf.Type != schema.Complex {
		return
	}
	if v := c.leaf.Value(); v != nil {
		c.leaf = v
		c.ref.Sub = v
	}
}

func (c *comparison) boolean(raw operand, strict bool) string {
	lower := resource.LowerName(raw.text)
	switch {
	case c.op != opEq && c.op != opNe:
		return "booleans can only be compared with eq and ne"
	case lower != "true" && lower != "false", strict && (raw.quoted || raw.text != lower):
		return "expected true or false"
	}
	c.lit.kind, c.lit.text = boolLiteral, lower
	return ""
}

func (c *comparison) decimal(raw operand, strict bool) string {
	switch {
	case c.op.matchesPart():
		return "numbers have no parts to compare"
	case strict && raw.quoted || !isNumber(raw.text):
		return "expected a number"
	}
	c.lit.kind = numberLiteral
	return ""
}

func (c *comparison) dateTime(raw operand, strict bool) string {
	if c.op.matchesPart() {
		c.lit.folded = Fold(c.leaf, raw.text)
		return ""
	}
	t, ok := schema.ParseDateTime(raw.text)
	if !ok || strict && !raw.quoted {
		return "expected a date and time such as 2011-05-13T04:42:34Z"
	}
	c.lit.kind, c.lit.time = timeLiteral, t
	return ""
}

// untyped prepares an operand for values whose type only they know.
func (c *comparison) untyped(raw operand) {
	c.lit.folded = schema.FoldName(raw.text)
	if raw.quoted {
		return
	}
	if isNumber(raw.text) {
		c.lit.kind = numberLiteral
	} else if lower := resource.LowerName(raw.text); lower == "true" || lower == "false" {
		c.lit.kind, c.lit.text = boolLiteral, lower
	}
}

// Fold returns text as values of a are compared, and sorted.
func Fold(a *schema.Attribute, text string) string {
	switch {
	case a.CaseExact:
		return text
	case a.Name == "userName":
		return schema.PrepareUserName(text)
	default:
		return schema.FoldName(text)
	}
}
