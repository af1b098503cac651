package fold

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A class says what a code point does to the word around it.
type class uint8

const (
	classNone   class = iota // leaves no trace: accents, tatweel, zero-width characters
	classBreak               // separates words
	classBlank               // separates words, but CJK ones are also read as one
	classGlue                // separates words that are also read as one
	classLetter              // letter or digit
	classCJK                 // a character of a script without spaces
	classMark                // a vowel sign of an Indic script and its like: part of a word, never its first letter
)

// simpleEnd is behind the Latin, Greek and Cyrillic letters.
const simpleEnd = 0x530

// simple is the folding of each code point below simpleEnd, which spares these
// scripts the cost of normalisation.
var simple = foldSimple() //nolint:gochecknoglobals // read-only table

func foldSimple() [simpleEnd]letter {
	var table [simpleEnd]letter
	for r := range rune(simpleEnd) {
		if isGlue(r) {
			table[r] = letter{class: classGlue}
			continue
		}
		composed := norm.NFKC.String(string(r))
		if utf8.RuneCountInString(composed) == 1 {
			first, _ := utf8.DecodeRuneInString(composed)
			table[r] = foldRune(first)
			continue
		}
		// A sign such as ½ or ĳ: the letters it stands for, or a break.
		table[r] = letter{class: classBreak}
		var text string
		for _, c := range composed {
			l := foldRune(c)
			if l.class != classLetter {
				text = ""
				break
			}
			text += l.plain
		}
		if text != "" {
			table[r] = letter{class: classLetter, plain: text, second: text}
		}
	}
	return table
}

// foldRune folds a code point of composed text.
func foldRune(r rune) letter {
	r = unicode.ToLower(r)
	if isGlue(r) {
		return letter{class: classGlue}
	}
	if plain, second := special(r); plain != "" {
		return letter{class: classLetter, plain: plain, second: second}
	}
	switch {
	case dropped(r):
		return letter{}
	case unicode.IsMark(r):
		s := string(r)
		return letter{class: classMark, plain: s, second: s}
	case unicode.IsDigit(r):
		s := string(digit(r))
		return letter{class: classLetter, plain: s, second: s}
	case isCJK(r):
		s := string(hiragana(r))
		return letter{class: classCJK, plain: s, second: s}
	case unicode.IsLetter(r), unicode.IsNumber(r):
		s := base(r)
		return letter{class: classLetter, plain: s, second: s}
	case unicode.IsSpace(r):
		return letter{class: classBlank}
	}
	return letter{class: classBreak}
}

// special returns the folding of lower-case letters that decomposition does not
// simplify, or not as people type them, and the second spelling of those that
// have two; "" for other code points.
func special(r rune) (plain, second string) {
	switch r {
	case 'ä':
		return "a", "ae"
	case 'ö', 'ø':
		return "o", "oe"
	case 'ü':
		return "u", "ue"
	case 'å':
		return "a", "aa"
	}
	s := specialOne(r)
	return s, s
}

func specialOne(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ', 'ǽ', 'ǣ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'þ':
		return "th"
	case 'ð', 'đ', 'ɖ', 'ɗ':
		return "d"
	case 'ł', 'ƚ':
		return "l"
	case 'ı', 'ɨ':
		return "i"
	case 'ħ':
		return "h"
	case 'ŧ':
		return "t"
	case 'ŋ', 'ɲ':
		return "n"
	case 'ƒ':
		return "f"
	case 'ƶ':
		return "z"
	case 'ə', 'ǝ':
		return "e"
	case 'ς':
		return "σ"
	case 'й', 'ї', 'ў': // letters of their own, although they decompose
		return string(r)
	case 'ى', 'ی': // alef maksura and Persian yeh are written for yeh
		return "ي"
	case 'ک': // Persian kaf
		return "ك"
	case 'ة': // teh marbuta is written for heh
		return "ه"
	}
	return ""
}

// isGlue reports whether r is a hyphen or an apostrophe. It is asked about
// code points as they were written: composing turns ´ into a space and an
// accent.
func isGlue(r rune) bool {
	switch r {
	case '-', '‐', '‑', '–', '\'', '’', '‘', '`', '´', 'ʼ', 'ʻ', '′', '‵':
		return true
	}
	return false
}

// dropped reports whether r leaves no trace: the accents of Latin, Greek and
// Cyrillic, Hebrew and Arabic vowel signs, tatweel, and characters without width.
func dropped(r rune) bool {
	switch {
	case r < 0x80:
		return false
	case unicode.Is(unicode.Cf, r):
		return true
	case r == 0x640, r == 0x670:
		return true
	case in(r, 0x300, 0x36f), in(r, 0x1ab0, 0x1aff), in(r, 0x1dc0, 0x1dff), in(r, 0x20d0, 0x20ff), in(r, 0xfe20, 0xfe2f):
		return true
	case in(r, 0x483, 0x489): // Church Slavonic
		return true
	case in(r, 0x591, 0x5bd), r == 0x5bf, r == 0x5c1, r == 0x5c2, r == 0x5c4, r == 0x5c5, r == 0x5c7:
		return true
	case in(r, 0x610, 0x61a), in(r, 0x64b, 0x65f), in(r, 0x6d6, 0x6dc), in(r, 0x6df, 0x6e4), in(r, 0x6e7, 0x6ed):
		return true
	}
	return in(r, 0xfe00, 0xfe0f) || in(r, 0xe0100, 0xe01ef) // variation selectors
}

func in(r, first, last rune) bool { return first <= r && r <= last }

// isCJK reports whether r belongs to a script whose names are written without
// spaces between their parts.
func isCJK(r rune) bool {
	if r < 0x1100 {
		return false
	}
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}

// hiragana returns the hiragana of a katakana, and any other code point as it is.
func hiragana(r rune) rune {
	if in(r, 'ァ', 'ヶ') {
		return r - 'ァ' + 'ぁ'
	}
	return r
}

// digit returns the ASCII digit of the same value. Each script's digits stand
// together, from zero up.
func digit(r rune) rune {
	if r < 0x80 {
		return r
	}
	value := rune(0)
	for value < 9 && unicode.IsDigit(r-value-1) {
		value++
	}
	return '0' + value
}

// base returns r without its accents.
func base(r rune) string {
	if r < 0x80 {
		return string(r)
	}
	var room, kept [32]byte
	out := kept[:0]
	for _, c := range string(norm.NFKD.AppendString(room[:0], string(r))) {
		if dropped(c) {
			continue
		}
		if s := specialOne(c); s != "" {
			out = append(out, s...)
			continue
		}
		out = utf8.AppendRune(out, c)
	}
	return string(out)
}
