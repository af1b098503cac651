package resource

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// What Parse refuses although it is JSON. A *SyntaxError wraps them.
var (
	ErrTooLarge      = errors.New("more bytes than allowed")
	ErrTooDeep       = errors.New("nested deeper than allowed")
	ErrTooMany       = errors.New("more values than allowed")
	ErrDuplicateName = errors.New("the same name twice in one object")
)

// Limits bound what Parse reads. A zero field stands for its default.
type Limits struct {
	MaxBytes  int // of the whole text; default 16 MiB
	MaxDepth  int // of arrays and objects inside one another; default 16
	MaxFields int // members of one object; default 1,000
	MaxValues int // values of every kind in the whole text; default 2^20
}

func (l Limits) orDefault() Limits {
	return Limits{
		MaxBytes:  cmp.Or(l.MaxBytes, 16<<20),
		MaxDepth:  cmp.Or(l.MaxDepth, 16),
		MaxFields: cmp.Or(l.MaxFields, 1000),
		MaxValues: cmp.Or(l.MaxValues, 1<<20),
	}
}

// A SyntaxError says where a text stopped being the JSON that Parse reads. Its
// message holds nothing that the client sent but names that are attribute names.
type SyntaxError struct {
	Offset  int    // of the byte at or after which it is, counting from 0
	Pointer string // RFC 6901 pointer of the value it is in: "/emails/0"; "" at the root
	Reason  string // "ends too early"
	Err     error  // ErrTooLarge and its kind; nil for what is not JSON
}

// Error returns the reason and the place.
//
//	"JSON at byte 17 (/emails/0): ends too early"
func (e *SyntaxError) Error() string {
	if e.Pointer == "" {
		return fmt.Sprintf("JSON at byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("JSON at byte %d (%s): %s", e.Offset, e.Pointer, e.Reason)
}

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Parse reads one JSON value, which may follow a byte order mark. It refuses
// invalid UTF-8, lone surrogates, a name twice in one object (in any case),
// anything behind the value, and what is beyond the limits, with a
// *SyntaxError. data is not retained; the strings of the value share one copy
// of it.
func Parse(data []byte, limits Limits) (Value, error) {
	limits = limits.orDefault()
	if len(data) > limits.MaxBytes {
		return Value{}, &SyntaxError{Offset: limits.MaxBytes, Reason: ErrTooLarge.Error(), Err: ErrTooLarge}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	p := idle.Get().(*parser) //nolint:forcetypeassert // only these are in it
	defer p.rest()
	p.limits, p.text = limits, string(data)
	p.dec.Reset(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true))
	v, err := p.value(0)
	if err != nil {
		return Value{}, p.explain(err)
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Value{}, p.explain(errTrailing)
	}
	return v, nil
}

var errTrailing = errors.New("more text after the value")

// idle holds parsers between two texts, for their buffers.
var idle = sync.Pool{New: func() any { return new(parser) }} //nolint:gochecknoglobals // a pool is shared or none

// A parser reads one text at a time.
type parser struct {
	dec    jsontext.Decoder
	limits Limits
	text   string  // all of it
	values int     // read so far
	open   []Field // of the arrays and objects that have not ended, innermost last
}

// maxIdle is how many fields an idle parser has room for.
const maxIdle = 4096

// rest forgets the text and makes p available for another.
func (p *parser) rest() {
	if cap(p.open) > maxIdle {
		return
	}
	clear(p.open) // where reading stopped
	p.text, p.values, p.open = "", 0, p.open[:0]
	p.dec.Reset(bytes.NewReader(nil))
	idle.Put(p)
}

func (p *parser) value(depth int) (Value, error) {
	tok, err := p.dec.ReadToken()
	if err != nil {
		return Value{}, err
	}
	if p.values++; p.values > p.limits.MaxValues {
		return Value{}, ErrTooMany
	}
	switch tok.Kind() {
	case jsontext.KindTrue:
		return OfBool(true), nil
	case jsontext.KindFalse:
		return OfBool(false), nil
	case jsontext.KindNumber:
		return Value{kind: Number, text: tok.String()}, nil
	case jsontext.KindString:
		return OfString(p.content(tok)), nil
	case jsontext.KindBeginArray:
		return p.array(depth + 1)
	case jsontext.KindBeginObject:
		return p.object(depth + 1)
	default:
		return Value{}, nil
	}
}

// content returns the content of the string that was just read: the text
// between its quotes, unless there are escapes in it.
func (p *parser) content(tok jsontext.Token) string {
	end := int(p.dec.InputOffset()) - 1
	begin := strings.LastIndexByte(p.text[:end], '"') + 1
	content := p.text[begin:end]
	if begin > 1 && p.text[begin-2] == '\\' || strings.IndexByte(content, '\\') >= 0 {
		return tok.String()
	}
	return content
}

func (p *parser) array(depth int) (Value, error) {
	if depth > p.limits.MaxDepth {
		return Value{}, ErrTooDeep
	}
	first := len(p.open)
	for p.dec.PeekKind() != jsontext.KindEndArray {
		e, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		p.open = append(p.open, Field{Value: e})
	}
	_, err := p.dec.ReadToken()
	return Value{kind: Array, items: p.end(first)}, err
}

func (p *parser) object(depth int) (Value, error) {
	if depth > p.limits.MaxDepth {
		return Value{}, ErrTooDeep
	}
	first := len(p.open)
	var names nameSet
	for p.dec.PeekKind() != jsontext.KindEndObject {
		tok, err := p.dec.ReadToken()
		if err != nil {
			return Value{}, err
		}
		name := p.content(tok)
		switch members := p.open[first:]; {
		case len(members) >= p.limits.MaxFields:
			return Value{}, ErrTooMany
		case !names.add(Value{kind: Object, items: members}, name):
			return Value{}, ErrDuplicateName
		}
		m, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		p.open = append(p.open, Field{name, m})
	}
	_, err := p.dec.ReadToken()
	return Value{kind: Object, items: p.end(first)}, err
}

// end closes the innermost array or object, which begins at first among the
// open fields, and returns its own.
func (p *parser) end(first int) []Field {
	if len(p.open) == first {
		return nil
	}
	items := slices.Clone(p.open[first:])
	clear(p.open[first:])
	p.open = p.open[:first]
	return items
}

// A nameSet tells names of one object apart. Few are compared with each other;
// many go through a map, so that reading stays linear.
type nameSet map[string]struct{}

const fewNames = 24

// add reports whether name is new to v, whose members were added before.
func (s *nameSet) add(v Value, name string) bool {
	if len(v.items) < fewNames {
		return v.index(name) < 0
	}
	if *s == nil {
		*s = nameSet{}
		for i := range v.items {
			(*s)[LowerName(v.items[i].Name)] = struct{}{}
		}
	}
	key := LowerName(name)
	_, known := (*s)[key]
	(*s)[key] = struct{}{}
	return !known
}

// explain turns an error into a *SyntaxError that quotes nothing of the text.
func (p *parser) explain(err error) error {
	e := &SyntaxError{Offset: int(p.dec.InputOffset()), Reason: err.Error(), Pointer: safePointer(p.dec.StackPointer())}
	syntactic, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case errors.Is(err, ErrTooDeep), errors.Is(err, ErrTooMany), errors.Is(err, ErrDuplicateName):
		e.Err = err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Reason = "ends too early"
	case ok:
		e.Offset = int(syntactic.ByteOffset)
		e.Pointer = safePointer(syntactic.JSONPointer)
		e.Reason = reason(syntactic.Err)
	}
	return e
}

// reason returns what jsontext says is wrong. It quotes a single character, or
// the escape sequence, which is left out.
func reason(err error) string {
	text := err.Error()
	switch {
	case strings.HasPrefix(text, "invalid escape"):
		return "invalid escape sequence in a string"
	case strings.HasPrefix(text, "invalid surrogate"):
		return "lone surrogate in a string"
	}
	return text
}

// safePointer returns ptr with every part that is not an attribute name or an
// array index hidden.
func safePointer(ptr jsontext.Pointer) string {
	var b strings.Builder
	for part := range ptr.Tokens() {
		b.WriteByte('/')
		if !isIndex(part) {
			part = SafeName(part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// isIndex reports whether s can be an index, which has few digits here.
func isIndex(s string) bool {
	return s != "" && len(s) <= 6 && strings.Trim(s, "0123456789") == ""
}
