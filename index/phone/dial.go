package phone

import (
	"strings"
	"unicode"
)

// maxDialled is the most digits that are taken for a number: an international
// prefix and carrier code in front of the longest E.164 number.
const maxDialled = 24

// maxExt is the most digits of an extension, as in libphonenumber.
const maxExt = 20

// A dialled string is text taken apart into what is dialled before the call is
// answered and what after.
type dialled struct {
	number string // "+442079460018" or "02079460018"; empty if there is none
	ext    string
}

// readDialled takes folded text apart. It returns false if the text is not a
// number: a service code, an alphanumeric sender, or nothing to dial.
func readDialled(s string) (dialled, bool) {
	start := strings.IndexAny(s, "+0123456789")
	if start < 0 {
		return dialled{}, false
	}
	label := s[:start]
	s = s[start:]
	if strings.ContainsFunc(label, unicode.IsLetter) {
		if isExtLabel(strings.TrimRight(label, " .:#=-")) {
			n := digitRun(s)
			return dialled{number: s[:n]}, n > 0 && n <= maxShort && strings.Trim(s[n:], " #.") == ""
		}
		if last := label[len(label)-1]; strings.IndexByte(" :.(/", last) < 0 {
			return dialled{}, false
		}
	} else if strings.ContainsAny(label, "*#") {
		return dialled{}, false
	}
	core, rest, gap, ok := readCore(s)
	if !ok {
		return dialled{}, false
	}
	whole := core[0] == '+' || len(core) > maxShort
	if label != "" && !whole && strings.ContainsFunc(label, unicode.IsLetter) {
		return dialled{}, false
	}
	ext, ok := readTail(rest, gap, whole)
	return dialled{number: core, ext: ext}, ok
}

// readCore reads the digits of a number and returns them with what follows and
// with the separators between them. s begins with a plus or a digit.
func readCore(s string) (core, rest, gap string, ok bool) {
	plus := s[0] == '+'
	if plus {
		s = strings.TrimLeft(s, "+ (")
	}
	var buf [maxDialled + 1]byte
	number := buf[:0]
	if plus {
		number = append(number, '+')
	}
	i, end := 0, 0 // end is behind the last digit
	for ; i < len(s) && (isDigit(s[i]) || isSeparator(s[i])); i++ {
		if s[i] == '/' && isWhole(number) && strings.ContainsAny(s[i:], "0123456789") {
			return string(number), "", "", true // another number, or the last digits of one
		}
		if !isDigit(s[i]) {
			continue
		}
		if len(number) == len(buf) {
			return "", "", "", false
		}
		number = append(number, s[i])
		end = i + 1
	}
	if end == 0 {
		return "", "", "", false
	}
	return string(number), s[i:], s[end:i], true
}

// isWhole tells whether number is long enough for a '/' behind it to begin
// another number. Behind fewer digits it separates the area code.
func isWhole(number []byte) bool {
	switch {
	case number[0] == '+':
		return len(number) > 9
	case len(number) > 1 && number[0] == '0' && number[1] == '0':
		return len(number) > 10
	}
	return len(number) > maxShort
}

func isSeparator(b byte) bool { return strings.IndexByte(" -.()/[]~", b) >= 0 }

// readTail reads what follows the digits of a number. gap is what stands
// between, and whole tells that the number is long enough to stand by itself.
// It returns false if the tail shows that this was no number.
func readTail(rest, gap string, whole bool) (ext string, ok bool) {
	if rest == "" {
		return "", true
	}
	if strings.IndexByte("*+_", rest[0]) >= 0 {
		return "", false
	}
	t := strings.TrimLeft(rest, " ,;#")
	apart := len(t) < len(rest) || strings.ContainsAny(gap, " (") || strings.IndexByte(`("'`, t[0]) >= 0
	n := strings.IndexFunc(t, notLetter)
	if n < 0 {
		n = len(t)
	}
	switch word := t[:n]; {
	case word == "":
	case isExtLabel(word):
		t = strings.TrimLeft(t[n:], " .:=-,#")
		if digitRun(t) == 0 {
			return "", apart // "ext." without digits, but not "020 7946 00x"
		}
	case strings.EqualFold(word, "or"):
		return "", apart
	default:
		return "", apart && whole // "020 7946 0018 mobile", but not "1-800-FLOWERS"
	}
	n = digitRun(t)
	return t[:min(n, maxExt)], n > 0 || whole || strings.Trim(t, " #)") == ""
}

// isExtLabel tells whether word announces digits that are dialled after the
// number: libphonenumber's labels, those of some national plans, and the pause
// characters of dial strings.
func isExtLabel(word string) bool {
	if strings.Trim(word, "pPwW") == "" {
		return word != ""
	}
	switch strings.ToLower(word) {
	case "x", "ext", "extn", "extension", "extensi\u00f3n", "extensio\u0301n", "xt", "xtn", "int", "intern", "interno",
		"anexo", "ramal", "wew", "tlf", "\u0434\u043e\u0431", "pin":
		return true
	}
	return false
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

// cutPrivacyCodes removes the codes that people dial to show or hide their own
// number: *31#, #31# and **31# of GSM (3GPP TS 22.030), *67 and *82 of North
// America.
func cutPrivacyCodes(s string) string {
	for range 3 {
		rest := s
		for _, code := range [...]string{"**31#", "*31#", "#31#", "*67", "*82"} {
			if r, ok := strings.CutPrefix(s, code); ok {
				rest = strings.TrimSpace(r)
				break
			}
		}
		if rest == s || rest == "" {
			return s
		}
		s = rest
	}
	return s
}
