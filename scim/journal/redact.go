package journal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// hidden stands for what a client wrote that must not be shown.
const hidden = "…"

// hiddenName stands where a name belongs and none is that a schema knows.
const hiddenName = "(name)"

// RedactFilter returns a filter over resources of type t without its operands.
//
//	RedactFilter(t, `username Eq "a@example.com" and active eq true`) =
//	  `userName eq "…" and active eq …`
//
// What it returns is made of the words of the language and of names that t
// resolves, and of nothing else that src has, whether or not src can be read as
// a filter. A nil t knows no name.
func RedactFilter(t *schema.Type, src string) string {
	return redact(t, src, false)
}

// RedactPath returns a PATCH path without the operands of its filter, but for
// booleans and for types that the schema suggests, by which elements are told
// apart. Attributes that t does not know are shown if they have the shape of a
// name, as errors and hints show them: they are what is wrong with a path.
// Nothing else that a client wrote is.
//
//	RedactPath(t, `phoneNumbers[type eq "work2"].value`) = `phoneNumbers[type eq "work2"].value`
//	RedactPath(t, `members[value eq "2819c223"]`)        = `members[value eq "…"]`
func RedactPath(t *schema.Type, src string) string {
	return redact(t, src, true)
}

// Explain returns what is to be said of the operations of a PATCH: each with its
// notes, the first twenty and of the others those that have any.
func Explain(t *schema.Type, ops []patch.Operation, notes []patch.Note) []Operation {
	const first = 20
	list := make([]Operation, 0, min(len(ops), first))
	for i, op := range ops {
		var said []string
		for len(notes) > 0 && notes[0].Operation <= i {
			said = append(said, noted(notes[0]))
			notes = notes[1:]
		}
		if len(list) < maxOperations && (i < first || said != nil) {
			list = append(list, Operation{Index: i, Op: string(op.Op), Path: pathOf(t, op), Notes: said})
		}
	}
	return list
}

func noted(n patch.Note) string {
	if n.Path == "" {
		return n.Detail
	}
	return n.Path + ": " + n.Detail
}

// pathOf returns the path of an operation, or without one the names that its
// value has.
func pathOf(t *schema.Type, op patch.Operation) string {
	if op.Path != "" {
		return RedactPath(t, op.Path)
	}
	var names []string
	for name := range op.Value.All() {
		const most = 10
		if len(names) == most {
			names = append(names, hidden)
			break
		}
		names = append(names, RedactPath(t, name))
	}
	return strings.Join(names, ", ")
}

const (
	maxRedacted = 4 << 10 // bytes of what is read
	maxTokens   = 200     // of what is shown
)

func redact(t *schema.Type, src string, isPath bool) string {
	if len(src) > maxRedacted {
		return "(too long to show)"
	}
	r := redactor{t: t, src: src, isPath: isPath, want: wantName}
	for r.tokens = 0; r.pos < len(r.src) && r.tokens < maxTokens; r.tokens++ {
		r.token()
	}
	if r.pos < len(r.src) {
		r.hide()
	}
	return strings.TrimRight(r.out.String(), " ")
}

// A want is what belongs next in a filter.
type want uint8

const (
	wantName want = iota
	wantOperator
	wantOperand
	wantJunction
)

// A redactor copies what it knows from src to out. It does not judge whether
// that makes a filter.
type redactor struct {
	t      *schema.Type
	src    string
	isPath bool
	pos    int
	tokens int
	want   want
	within *schema.Attribute // whose elements a bracket is about
	last   schema.Ref        // the name before a bracket
	leaf   *schema.Attribute // what the name at work means; nil if nothing
	out    strings.Builder
}

func (r *redactor) token() {
	c, size := utf8.DecodeRuneInString(r.src[r.pos:])
	switch {
	case unicode.IsSpace(c):
		r.pos += size
		r.blank()
	case c == '(' || c == ')':
		r.pos += size
		r.out.WriteByte(byte(c))
		if c == ')' {
			r.want = wantJunction
		}
	case c == '[':
		r.pos += size
		r.within, r.want = r.last.Attr, wantName
		if r.within == nil {
			r.within = unknownList
		}
		r.out.WriteByte('[')
	case c == ']':
		r.pos += size
		r.out.WriteByte(']')
		r.within, r.want = nil, wantJunction
		r.sub()
	case isQuote(c):
		r.quoted(c, size)
	default:
		r.word()
	}
}

// blank writes one blank between words.
func (r *redactor) blank() {
	if s := r.out.String(); s != "" && s[len(s)-1] != ' ' {
		r.out.WriteByte(' ')
	}
}

// hide writes the sign for what is not shown, once for all of it in a row.
func (r *redactor) hide() {
	if !strings.HasSuffix(strings.TrimRight(r.out.String(), " "), hidden) {
		r.out.WriteString(hidden)
	}
}

// isQuote tells whether c opens a string in some dialect.
func isQuote(c rune) bool { return strings.ContainsRune(`"'‘’“”`, c) }

// quoted steps over a string: up to a quote of its kind, or to its end.
func (r *redactor) quoted(q rune, size int) {
	body := r.src[r.pos+size:]
	closers := string(q)
	switch q {
	case '‘', '’':
		closers = `’'`
	case '“', '”':
		closers = `”"`
	}
	end, escaped := len(body), false
	for i, c := range body {
		if !escaped && strings.ContainsRune(closers, c) {
			end = i
			size += utf8.RuneLen(c)
			break
		}
		escaped = !escaped && c == '\\' && q == '"'
	}
	r.pos += size + end
	r.operand(body[:end], true)
}

// word steps over what no blank, bracket or quote interrupts.
func (r *redactor) word() {
	rest := r.src[r.pos:]
	n := strings.IndexFunc(rest, func(c rune) bool {
		return unicode.IsSpace(c) || strings.ContainsRune("()[]", c) || isQuote(c)
	})
	if n < 0 {
		n = len(rest)
	}
	r.pos += n
	word := rest[:n]
	lower := resource.LowerName(word)
	switch {
	case r.want == wantName && lower == "not", r.want == wantJunction && (lower == "and" || lower == "or"):
		r.out.WriteString(lower)
		r.want = wantName
	case r.want == wantName:
		r.name(word)
	case r.want == wantOperator && operators[lower]:
		r.out.WriteString(lower)
		r.want = wantOperand
		if lower == "pr" {
			r.want = wantJunction
		}
	case r.want == wantOperand:
		r.operand(word, false)
	default:
		r.hide()
	}
}

//nolint:gochecknoglobals // read-only table
var operators = map[string]bool{
	"eq": true, "ne": true, "co": true, "sw": true, "ew": true, "pr": true, "gt": true, "ge": true, "lt": true, "le": true,
}

// name writes the name of an attribute as schemas spell it.
func (r *redactor) name(word string) {
	r.want, r.leaf = wantOperator, nil
	if r.within != nil {
		r.part(word)
		return
	}
	r.last = schema.Ref{}
	if r.t == nil {
		r.out.WriteString(hiddenName)
		return
	}
	ref, err := r.t.Resolve(word)
	if err != nil {
		r.out.WriteString(r.unknown(word))
		return
	}
	r.last, r.leaf = ref, ref.Leaf()
	if !r.isFirst() && r.leaf != nil && r.leaf.Type == schema.Any { // a name of the client's own
		r.out.WriteString(ref.Schema.ID + ":" + hiddenName)
		return
	}
	r.out.WriteString(ref.String())
}

// unknown returns what is shown of a name that t does not know.
func (r *redactor) unknown(word string) string {
	if r.isFirst() {
		return resource.SafeName(word)
	}
	return hiddenName
}

// isFirst tells whether the name at work is what a path begins with.
func (r *redactor) isFirst() bool { return r.isPath && r.tokens == 0 }

// unknownList stands for an attribute that nobody knows and that has a filter
// behind it: it has the parts that lists have.
//
//nolint:gochecknoglobals // read-only table
var unknownList = &schema.Attribute{Sub: []*schema.Attribute{
	{Name: "value"},
	{Name: "display"},
	{Name: "type", CanonicalValues: []string{"work", "home", "mobile", "other", "fax", "pager"}},
	{Name: "primary", Type: schema.Boolean},
}}

// part writes the name of a sub-attribute of the elements at work.
func (r *redactor) part(word string) {
	if r.leaf = r.within.SubAttribute(word); r.leaf != nil {
		r.out.WriteString(r.leaf.Name)
		return
	}
	r.out.WriteString(hiddenName)
}

// sub writes the sub-attribute behind a bracket.
func (r *redactor) sub() {
	if r.pos >= len(r.src) || r.src[r.pos] != '.' {
		return
	}
	rest := r.src[r.pos+1:]
	n := strings.IndexFunc(rest, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("()[]", c) || isQuote(c) })
	if n < 0 {
		n = len(rest)
	}
	r.pos += 1 + n
	r.out.WriteByte('.')
	r.want, r.leaf = wantOperator, nil
	if r.within = r.last.Attr; r.within == nil {
		r.within = unknownList
	}
	r.part(rest[:n])
	r.within = nil
}

// operand writes a sign in place of an operand, or an operand that says nothing
// of anybody.
func (r *redactor) operand(text string, quoted bool) {
	shown := hidden
	if r.isPath && r.want == wantOperand && r.leaf != nil {
		lower := resource.LowerName(text)
		switch {
		case r.leaf.Type == schema.Boolean && (lower == "true" || lower == "false"),
			r.leaf.Name == "type" && isCanonical(r.leaf, text):
			shown = text
		}
	}
	r.want = wantJunction
	switch {
	case quoted:
		r.out.WriteString(`"` + shown + `"`)
	case shown == hidden:
		r.hide()
	default:
		r.out.WriteString(shown)
	}
}
