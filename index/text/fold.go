package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold returns s as it is compared: compatible forms and letters of either case
// alike, without the accents that people leave out.
//
//	fold("Łukasz MÜLLER") = "lukasz muller"
//
// Accents of Latin, Greek, Cyrillic, Arabic and Hebrew letters go. Marks of
// other scripts stay, because there they are vowels or make another letter (が).
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	accents := true // the marks that follow are accents of the last letter
	for _, r := range norm.NFKD.String(s) {
		if unicode.IsMark(r) {
			if !accents {
				b.WriteRune(r)
			}
			continue
		}
		accents = r < utf8.RuneSelf || !unicode.IsLetter(r) || unicode.In(r, accentedScripts...)
		writeFolded(&b, r)
	}
	return norm.NFC.String(b.String())
}

// accentedScripts are those whose letters are read without their marks, too.
//
//nolint:gochecknoglobals // read-only table
var accentedScripts = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew}

func writeFolded(b *strings.Builder, r rune) {
	r = unicode.ToLower(r)
	if s, ok := foldedLetters[r]; ok {
		b.WriteString(s)
		return
	}
	if r >= utf8.RuneSelf && unicode.IsDigit(r) {
		r = asciiDigit(r)
	}
	b.WriteRune(r)
}

// foldedLetters are lower-case letters that decomposition leaves whole although
// people type another for them.
//
//nolint:gochecknoglobals // read-only table
var foldedLetters = map[rune]string{
	'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ı': "i", 'ĸ': "k",
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ς': "σ",
	'ى': "ي", 'ی': "ي", 'ک': "ك", 'ـ': "",
	'ʼ': "'", 'ʻ': "'", 'ʹ': "'", 'ʾ': "'", 'ʿ': "'", // letters to Unicode, apostrophes to people
}

// asciiDigit returns the ASCII digit of the same value. Unicode keeps the ten
// digits of a script together, zero first.
func asciiDigit(r rune) rune {
	zero := r
	for zero > r-9 && unicode.IsDigit(zero-1) {
		zero--
	}
	return '0' + r - zero
}

// umlauts are written with two letters where the keyboard lacks them.
//
//nolint:gochecknoglobals // read-only table
var umlauts = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe", "å", "aa",
	"Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "Ø", "Oe", "Å", "Aa",
)

// spellings returns the one or two folded forms of s: without accents and, if it
// has any, with umlauts written out.
//
//	spellings("Müller") = {"muller", "mueller"}
func spellings(s string) []string {
	plain := fold(s)
	if isASCII(s) {
		return []string{plain}
	}
	composed := norm.NFC.String(s)
	if spelt := umlauts.Replace(composed); spelt != composed {
		return []string{plain, fold(spelt)}
	}
	return []string{plain}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
