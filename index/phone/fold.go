package phone

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold returns the beginning of s with digits of every script as ASCII digits,
// full-width characters as ASCII, dashes as '-', blanks as ' ', and without
// control and invisible formatting characters, such as the marks around a
// number in right-to-left text. Other letters stay as they are. The result is
// trimmed and valid UTF-8; it aliases s if nothing had to change.
func fold(s string) string {
	s = beginning(s)
	if isPrintable(s) {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r = foldRune(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// beginning cuts s to MaxCallerBytes, at a rune.
func beginning(s string) string {
	if len(s) <= MaxCallerBytes {
		return s
	}
	n := MaxCallerBytes
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// foldRune returns what stands for r, or -1 if r goes.
func foldRune(r rune) rune {
	switch {
	case r >= ' ' && r <= '~':
		return r
	case r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Zs, r):
		return ' '
	case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf):
		return -1
	case r >= '\uff01' && r <= '\uff5e': // full-width ASCII
		return r - '\uff01' + '!'
	case unicode.Is(unicode.Nd, r):
		return '0' + digitValue(r)
	case r == '\u2212' || r == '\u30fc' || unicode.Is(unicode.Pd, r): // minus, Japanese long mark
		return '-'
	case r == '\u2053' || r == '\u223c': // swung dash, tilde operator
		return '~'
	}
	return r
}

// digitValue returns the value of a decimal digit. Unicode keeps the digits of
// a script together and in order (chapter 4.6), so its place in the range is
// its value.
func digitValue(r rune) rune {
	if r <= unicode.MaxLatin1 {
		return r - '0'
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// isDigits tells whether s is ASCII digits and at least one.
func isDigits(s string) bool { return s != "" && digitRun(s) == len(s) }

// digitRun returns the length of the digits at the beginning of s.
func digitRun(s string) int {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return i
		}
	}
	return len(s)
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
