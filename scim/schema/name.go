package schema

import (
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// PrepareUserName returns a userName as it is compared: two names are the same
// user name if they are prepared alike.
//
//	PrepareUserName("Ana.Sample@Example.com") = "ana.sample@example.com"
//
// That is the PRECIS profile UsernameCaseMapped (RFC 8265), as RFC 7644 section
// 5 asks. Identity providers also send names that the profile refuses, with
// blanks for instance. Those are prepared by its mappings alone (width, case,
// composition), so that they are unique like the others. It never fails and
// does not change what it returned.
func PrepareUserName(s string) string {
	if isPlain(s) {
		return strings.ToLower(s)
	}
	if prepared, err := precis.UsernameCaseMapped.String(s); err == nil {
		return prepared
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(width.Fold.String(s))))
}

// isPlain reports whether s is of visible ASCII characters, which the profile
// takes as they are but for their case.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// FoldName returns a text as it is compared where case does not matter, such as
// a displayName: in Unicode's case folding, composed.
//
//	FoldName("Straße") = FoldName("STRASSE") = "strasse"
func FoldName(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(s)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ParseDateTime returns the instant that an xsd:dateTime names, with any number
// of fractional digits, and whether s is one. Without a time zone it is UTC.
//
//	ParseDateTime("2021-09-23T19:35:41.8420572Z")
func ParseDateTime(s string) (time.Time, bool) {
	s = strings.ToUpper(s)
	if n := len(s) - len("+02:00"); n > 0 && s[n] == ' ' {
		s = s[:n] + "+" + s[n+1:] // a plus sign that nobody encoded in a query
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
