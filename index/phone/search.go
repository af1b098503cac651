package phone

import "strings"

// minTyped is how many digits must be typed before a search for numbers says
// anything.
const minTyped = 3

// SearchDigits turns what somebody typed into the prefixes to look for among
// the strings of Number.Digits, likeliest first. region is where the person
// sits, or empty. It returns nil unless q is digits, at least three, and what
// people write between digits.
//
//	SearchDigits("020 7946", "GB") = "44207946", "0207946", "207946"
//	SearchDigits("0044 20", "DE")  = "4420", "004420"
//	SearchDigits("7946", "GB")     = "7946"
func SearchDigits(q, region string) []string {
	digits, plus := typedDigits(fold(q))
	if len(digits) < minTyped || len(digits) > maxDialled {
		return nil
	}
	if plus {
		return withoutTrunk(digits)
	}
	p := planOf(region)
	rest, idd := p.cutIDD(digits)
	if !idd {
		rest, idd = strings.CutPrefix(digits, "00")
	}
	switch {
	case idd && rest != "":
		return append(withoutTrunk(rest), digits)
	case p != nil && p.trunk != "" && p.trunk != p.code && strings.HasPrefix(digits, p.trunk):
		rest = digits[len(p.trunk):]
		return appendLong([]string{p.code + rest, digits}, rest)
	case digits[0] == '0':
		return appendLong([]string{digits}, digits[1:])
	}
	return []string{digits}
}

// TypedWhole tells whether what somebody typed is the beginning of a whole
// number: digits behind a plus. Of Number.Digits only the one with its country
// code is meant then: +202 is Cairo, and not London without its country.
func TypedWhole(q string) bool {
	digits, plus := typedDigits(fold(q))
	return plus && digits != ""
}

// appendLong appends a prefix without its country, unless so little is left of
// it that it says nothing.
func appendLong(dst []string, rest string) []string {
	if len(rest) < minTyped {
		return dst
	}
	return append(dst, rest)
}

// typedDigits returns the digits of what was typed and whether a plus stands
// before them. There are none if anything but separators stands between.
func typedDigits(s string) (digits string, plus bool) {
	s = strings.TrimLeft(s, " (")
	s, plus = strings.CutPrefix(s, "+")
	var buf [maxDialled + 1]byte
	kept := buf[:0]
	for i := range len(s) {
		switch {
		case !isDigit(s[i]) && !isSeparator(s[i]):
			return "", false
		case isDigit(s[i]) && len(kept) < len(buf):
			kept = append(kept, s[i])
		}
	}
	return string(kept), plus
}

// withoutTrunk returns digits that begin with a country code, and first without
// the zero that people write in brackets behind it: "+44 (0)20".
func withoutTrunk(digits string) []string {
	p := codePlan(digits)
	if p == nil || p.trunk != "0" || !strings.HasPrefix(digits[len(p.code):], "0") {
		return []string{digits}
	}
	return []string{p.code + digits[len(p.code)+1:], digits}
}
