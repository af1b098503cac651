package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ringdex/ringdex/scim/resource"
)

// An operand is the right-hand side of a comparison before its attribute gives
// it a type.
type operand struct {
	text   string
	quoted bool
}

// operand reads a JSON string or a word: true, false, null, a number, and unless
// strict any other word, which stands for a string.
func (p *parser) operand() (operand, error) {
	switch q, size := utf8.DecodeRuneInString(p.src[p.pos:]); {
	case p.pos == len(p.src):
		return operand{}, p.fail("expected a value")
	case q == '"':
		return p.quoted(q, size)
	case !p.opts.Strict && closers[q] != "":
		return p.quoted(q, size)
	}
	word := p.word()
	switch {
	case word == "":
		return operand{}, p.fail("expected a value")
	case p.opts.Strict && !isJSONWord(word):
		p.pos -= len(word)
		return operand{}, p.fail("expected a JSON value: a string in double quotes, a number, true, false or null")
	}
	return operand{text: word}, nil
}

// word reads up to a blank or the bracket that closes what the word stands in.
func (p *parser) word() string {
	start := p.pos
	for i, c := range p.src[start:] {
		if unicode.IsSpace(c) || c == ']' && p.within != nil || c == ')' && p.groups > 0 {
			p.pos = start + i
			return p.src[start:p.pos]
		}
	}
	p.pos = len(p.src)
	return p.src[start:]
}

func isJSONWord(word string) bool {
	return word == "true" || word == "false" || word == "null" || isNumber(word)
}

func isNumber(word string) bool {
	v, err := resource.Parse([]byte(word), resource.Limits{})
	return err == nil && v.Kind() == resource.Number && v.Text() == word
}

// closers has the quotes that open a string and those that may close it.
// Documents and word processors turn straight quotes into the others.
//
//nolint:gochecknoglobals // read-only table
var closers = map[rune]string{'"': `"`, '\'': `'`, '‘': `’'`, '’': `’'`, '‚': `‘’'`, '“': `”"`, '”': `”"`, '„': `“”"`}

// quoted reads a string. In double quotes it is JSON's; in others, which JSON
// has not, a backslash is nothing special. A string that is not closed ends with
// the bracket it stands in: documentation shows attributes like that. Without
// one the text was cut short, and what it meant nobody knows.
func (p *parser) quoted(q rune, size int) (operand, error) {
	body := p.src[p.pos+size:]
	end, width := closing(body, q)
	if end < 0 {
		end = strings.IndexByte(body, ']')
		if end < 0 || p.within == nil || p.opts.Strict {
			return operand{}, p.fail("the string is not closed")
		}
		end = len(strings.TrimRightFunc(body[:end], unicode.IsSpace))
	}
	text := body[:end]
	if q == '"' {
		plain, ok := unescape(text, p.opts.Strict)
		if !ok {
			return operand{}, p.fail("the string is not a JSON string")
		}
		text = plain
	}
	p.pos += size + end + width
	return operand{text: text, quoted: true}, nil
}

// closing returns where the string that q opened ends in body and how many bytes
// its closing quote has, or -1, 0 if it is left open. It is if the same opening
// quote comes again first.
func closing(body string, q rune) (end, width int) {
	escaped := false
	for i, c := range body {
		switch {
		case escaped:
			escaped = false
		case c == '\\' && q == '"':
			escaped = true
		case strings.ContainsRune(closers[q], c):
			return i, utf8.RuneLen(c)
		case c == q:
			return -1, 0
		}
	}
	return -1, 0
}

// unescape returns the content of a JSON string. Unless strict, backslashes that
// begin no escape stand for themselves, as in DOMAIN\user.
func unescape(s string, strict bool) (string, bool) {
	if strings.IndexByte(s, '\\') < 0 && !strict {
		return s, true
	}
	plain, err := resource.Parse([]byte(`"`+s+`"`), resource.Limits{})
	switch {
	case err == nil:
		return plain.Text(), true
	case strict:
		return "", false
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s), true
}
