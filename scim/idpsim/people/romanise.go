package people

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// romanise writes a Latin name with ASCII letters only, as it stands in a mail
// address: "Größmann" becomes "Grossmann", "Łucja" "Lucja". What has no such
// letter is left out.
func romanise(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		b.WriteString(undecomposed(r))
	}
	return b.String()
}

// undecomposed spells the letters that NFD leaves whole.
func undecomposed(r rune) string {
	upper := unicode.IsUpper(r)
	var s string
	switch unicode.ToLower(r) {
	case 'ß':
		s = "ss"
	case 'æ':
		s = "ae"
	case 'œ':
		s = "oe"
	case 'ø':
		s = "o"
	case 'ł':
		s = "l"
	case 'đ', 'ð':
		s = "d"
	case 'þ':
		s = "th"
	case 'ı':
		s = "i"
	}
	if upper && s != "" {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// letters keeps the ASCII letters of s, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		}
		return -1
	}, s)
}
