package filter

import (
	"fmt"
	"unicode/utf8"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A parser reads one text from left to right.
type parser struct {
	src      string
	pos      int // of the next byte
	t        *schema.Type
	opts     Options
	scimType schema.ScimType

	nodes   int
	depth   int
	groups  int               // the part of depth that is round brackets
	within  *schema.Attribute // whose elements a bracket is about; nil outside of brackets
	unknown error             // about the first name in a bracket that is no sub-attribute
}

func newParser(src string, t *schema.Type, opts Options, scimType schema.ScimType) *parser {
	return &parser{src: src, t: t, opts: opts, scimType: scimType}
}

// fail returns an error at the next character.
func (p *parser) fail(format string, args ...any) error {
	at := utf8.RuneCountInString(p.src[:p.pos]) + 1
	return &schema.Error{ScimType: p.scimType, Detail: fmt.Sprintf("character %d: ", at) + fmt.Sprintf(format, args...)}
}

// start refuses texts that need not be read and skips blanks.
func (p *parser) start() error {
	switch {
	case len(p.src) > MaxBytes:
		return p.fail("longer than %d bytes", MaxBytes)
	case !utf8.ValidString(p.src):
		return p.fail("not UTF-8")
	}
	p.space()
	return nil
}

func (p *parser) filter() (node, error) {
	if err := p.start(); err != nil {
		return nil, err
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.src) {
		return nil, p.fail("expected and, or, or the end of the filter")
	}
	return n, nil
}

func (p *parser) or() (node, error) { return p.chain("or", p.and) }

func (p *parser) and() (node, error) { return p.chain("and", p.term) }

// chain reads operands with an operator between them. A chain of n operands
// makes a tree n deep, which MaxNodes bounds.
func (p *parser) chain(operator string, operand func() (node, error)) (node, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for p.keyword(operator) {
		if err := p.count(); err != nil {
			return nil, err
		}
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = &junction{and: operator == "and", left: left, right: right}
	}
	return left, nil
}

// term reads a comparison, a value path, or a group, which not may precede.
func (p *parser) term() (node, error) {
	if err := p.count(); err != nil {
		return nil, err
	}
	if !p.keyword("not") {
		if p.peek() == '(' {
			return p.group()
		}
		return p.comparison()
	}
	if p.peek() != '(' {
		return nil, p.fail("expected ( behind not")
	}
	n, err := p.group()
	if err != nil {
		return nil, err
	}
	return &negation{of: n}, nil
}

func (p *parser) count() error {
	if p.nodes++; p.nodes > MaxNodes {
		return p.fail("more than %d terms", MaxNodes)
	}
	return nil
}

// enter steps over an opening bracket.
func (p *parser) enter() error {
	if p.depth++; p.depth > MaxDepth {
		return p.fail("nested deeper than %d levels", MaxDepth)
	}
	p.pos++
	p.space()
	return nil
}

// leave steps over the closing bracket.
func (p *parser) leave(closing byte) error {
	if p.peek() != closing {
		return p.fail("expected and, or, or %c", closing)
	}
	p.depth--
	p.pos++
	return nil
}

func (p *parser) group() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.groups++
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	p.groups--
	err = p.leave(')')
	p.space()
	return n, err
}

// bracket reads the filter of a value path. Blanks behind it are left, because
// a sub-attribute follows without any.
func (p *parser) bracket(within *schema.Attribute) (node, error) {
	if p.within != nil {
		return nil, p.fail("a value path cannot stand inside another")
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.within = within
	n, err := p.or()
	p.within = nil
	if err != nil {
		return nil, err
	}
	return n, p.leave(']')
}

// comparison reads "attribute operator operand", "attribute pr", or a value
// path, behind which a comparison of a sub-attribute may stand.
func (p *parser) comparison() (node, error) {
	name, err := p.attribute()
	if err != nil {
		return nil, err
	}
	ref, leaf, err := p.resolve(name)
	if err != nil {
		return nil, err
	}
	if p.peek() == '[' {
		return p.valuePath(ref, leaf)
	}
	p.space()
	return p.operation(ref, leaf)
}

// resolve finds the attribute that name means here. Neither ref nor leaf is set
// if there is none and that is no error.
func (p *parser) resolve(name string) (schema.Ref, *schema.Attribute, error) {
	if p.within != nil {
		leaf := element(p.within, name)
		if leaf == nil && p.unknown == nil {
			p.unknown = schema.UnknownSub(p.within, p.within.Name, name)
		}
		return schema.Ref{}, leaf, nil
	}
	ref, err := p.t.Resolve(name)
	switch {
	case err != nil:
		return schema.Ref{}, nil, nil //nolint:nilerr // an attribute without a value
	case ref.Attr == nil:
		return schema.Ref{}, nil, p.fail("expected the name of an attribute, not of a schema")
	}
	return ref, ref.Leaf(), nil
}

// element finds the sub-attribute that name means in a bracket behind a. An
// element that is no object is its own value.
func element(a *schema.Attribute, name string) *schema.Attribute {
	switch {
	case a.Type == schema.Any:
		return &schema.Attribute{Name: name, Type: schema.Any}
	case a.Type != schema.Complex && resource.EqualName(name, "value"):
		return a
	default:
		return a.SubAttribute(name)
	}
}

func (p *parser) valuePath(ref schema.Ref, leaf *schema.Attribute) (node, error) {
	switch {
	case leaf == nil:
		leaf = &schema.Attribute{Type: schema.Any}
	case ref.Sub != nil:
		return nil, p.fail("a filter follows an attribute, not a sub-attribute")
	}
	n, err := p.bracket(leaf)
	if err != nil {
		return nil, err
	}
	vp := &valuePath{ref: ref, attr: leaf, filter: n}
	if p.peek() == '.' && !p.opts.Strict {
		p.pos++
		p.within = leaf
		rest, err := p.comparison()
		p.within = nil
		if err != nil {
			return nil, err
		}
		vp.rest = rest
	}
	p.space()
	return vp, nil
}

// operation reads operator and operand.
func (p *parser) operation(ref schema.Ref, leaf *schema.Attribute) (node, error) {
	start := p.pos
	op, ok := operators[resource.LowerName(p.letters())]
	if !ok {
		p.pos = start
		return nil, p.fail("expected an operator: eq, ne, co, sw, ew, pr, gt, ge, lt or le")
	}
	c := &comparison{ref: ref, leaf: leaf, op: op}
	if op == opPr {
		p.space()
		return c, nil
	}
	p.space()
	start = p.pos
	raw, err := p.operand()
	if err != nil {
		return nil, err
	}
	end := p.pos
	if wrong := c.understand(raw, p.opts.Strict); wrong != "" {
		p.pos = start
		return nil, p.fail("%s", wrong)
	}
	p.pos = end
	p.space()
	return c, nil
}
