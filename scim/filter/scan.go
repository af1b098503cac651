package filter

import (
	"strings"
	"unicode"

	"github.com/ringdex/ringdex/scim/resource"
)

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) space() {
	p.pos = len(p.src) - len(strings.TrimLeftFunc(p.src[p.pos:], unicode.IsSpace))
}

// name reads as much as can be a name, which may be nothing.
func (p *parser) name() string {
	start := p.pos
	for p.pos < len(p.src) && isNameByte(p.src[p.pos]) {
		p.pos++
	}
	return p.src[start:p.pos]
}

func isNameByte(c byte) bool {
	return isLetter(c) || '0' <= c && c <= '9' || strings.IndexByte("$-_.:/#", c) >= 0
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func (p *parser) letters() string {
	start := p.pos
	for isLetter(p.peek()) {
		p.pos++
	}
	return p.src[start:p.pos]
}

// keyword steps over a word in any case, and the blanks behind it, if it is
// next and ends there.
func (p *parser) keyword(word string) bool {
	rest := p.src[p.pos:]
	if len(rest) < len(word) || !resource.EqualName(rest[:len(word)], word) {
		return false
	}
	if len(rest) > len(word) && isNameByte(rest[len(word)]) {
		return false
	}
	p.pos += len(word)
	p.space()
	return true
}

// attribute reads the name of an attribute with or without a URN.
func (p *parser) attribute() (string, error) {
	name := p.name()
	if name == "" {
		return "", p.fail("expected the name of an attribute")
	}
	if strings.IndexByte(".:", name[len(name)-1]) >= 0 {
		return "", p.fail("expected a name behind %c", name[len(name)-1])
	}
	return name, nil
}
