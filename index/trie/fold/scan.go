package fold

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A letter is what one code point of the composed text folds to, with the code
// points [start, end) of the original text that it came from. Letters that
// came from the same code points, such as those of a ligature, share them.
type letter struct {
	class  class
	plain  string
	second string // the other spelling, equal to plain if there is none
	start  int
	end    int
}

// A scanner folds a text letter by letter. Code points that leave no trace,
// such as accents, are not letters; they belong to the one before them.
type scanner struct {
	rest string
	at   int    // code points before rest
	seg  string // what remains of a composed segment
	from int    // code points before the segment
}

// scan returns a scanner of text that begins at the code point start.
func scan(text string, start int) scanner {
	i := 0
	for n := start; n > 0 && i < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	return scanner{rest: text[i:], at: start}
}

// next returns the next letter, or false at the end.
func (s *scanner) next() (letter, bool) {
	for {
		var l letter
		switch {
		case s.seg != "":
			r, size := utf8.DecodeRuneInString(s.seg)
			s.seg = s.seg[size:]
			l = foldRune(r)
			l.start, l.end = s.from, s.at
		case s.rest == "":
			return letter{}, false
		default:
			var size int
			if size, l = one(s.rest); size == 0 {
				s.compose()
				continue
			}
			l.start, l.end = s.at, s.at+1
			s.rest = s.rest[size:]
			s.at++
		}
		if l.class != classNone {
			return l, true
		}
	}
}

// ascii returns the ASCII letters and digits that come next, as far as nothing
// combines with them, and steps over them. It is next for most of most names.
func (s *scanner) ascii() string {
	if s.seg != "" {
		return ""
	}
	n := 0
	for n < len(s.rest) && alphanumeric(s.rest[n]) {
		n++
	}
	if n > 0 && n < len(s.rest) && s.rest[n] >= utf8.RuneSelf {
		n--
	}
	run := s.rest[:n]
	s.rest = s.rest[n:]
	s.at += n
	return run
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= lower(c) && lower(c) <= 'z'
}

// lower is the lower-case form of an ASCII letter; digits have that bit set.
func lower(c byte) byte { return c | 0x20 }

// compose takes the code points at the beginning of rest that combine with
// each other into seg.
func (s *scanner) compose() {
	n := norm.NFKC.NextBoundaryInString(s.rest, true)
	if n <= 0 {
		_, n = utf8.DecodeRuneInString(s.rest)
	}
	s.from = s.at
	s.at += runeLen(s.rest[:n])
	s.seg = norm.NFKC.String(s.rest[:n])
	s.rest = s.rest[n:]
}

// one folds the first code point of s if it needs no normalisation and nothing
// after it combines with it. Otherwise the size it returns is 0.
func one(s string) (int, letter) {
	if s[0] < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		return 1, simple[s[0]]
	}
	r, size := utf8.DecodeRuneInString(s)
	if isGlue(r) {
		return size, letter{class: classGlue}
	}
	if !alone(r) {
		return 0, letter{}
	}
	if len(s) > size {
		if next, _ := utf8.DecodeRuneInString(s[size:]); !alone(next) {
			return 0, letter{}
		}
	}
	if r < simpleEnd {
		return size, simple[r]
	}
	return size, letter{class: classCJK, plain: s[:size], second: s[:size]}
}

// alone reports whether r is a code point that folds by itself and does not
// combine with the one before: a Latin, Greek or Cyrillic letter, or one of
// the common Chinese characters.
func alone(r rune) bool {
	if r >= simpleEnd {
		return in(r, 0x4e00, 0x9fff)
	}
	return !in(r, 0x300, 0x36f) && !in(r, 0x483, 0x489)
}
