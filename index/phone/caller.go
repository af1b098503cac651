package phone

import "strings"

// MaxCallerBytes is how much of a caller string or stored number is read. What
// lies behind is ignored.
const MaxCallerBytes = 512

// A Caller is a caller as a trunk or PBX showed it, taken apart. Its strings
// may alias the string it was made from.
type Caller struct {
	Raw          string // as given, whole
	Class        Class
	Text         string // the number's text cleaned up, with its tail: "+44 20 7946 0018 x12"
	E164         string // '+' and 7 to 15 digits if it was written with a plus; not checked any further
	Digits       string // the digits of the number without plus and extension
	Ext          string // digits dialled after the number
	User         string // the user part of a SIP URI, percent-decoded, without parameters
	Host         string // the host of a SIP URI in lower case, without port
	AOR          string // User@Host; empty unless both are there
	PhoneContext string // the phone-context of a local number (RFC 3966 section 5.1.5)
	Attestation  string // the verstat parameter: "TN-Validation-Passed" (3GPP TS 24.229)
}

// Clean takes apart what is known of a caller: a number in any form, a tel: or
// sip: URI, or the value of a From or P-Asserted-Identity header. privacy is
// the value of the call's Privacy header (RFC 3323), or empty; if it asks for
// privacy the caller is ClassAnonymous and nothing of it but Raw is kept. Clean
// looks at syntax only: no region and no metadata. It never fails.
//
//	Clean("\"Ana\" <sip:+12015550123@gw.example.com;user=phone>;tag=x", "") = {Class: ClassE164, E164: "+12015550123", …}
//	Clean("020 7946 0018 ext 12", "")                                     = {Class: ClassNational, Digits: "02079460018", Ext: "12", …}
//	Clean("Anonymous", "")                                                = {Class: ClassAnonymous, …}
func Clean(raw, privacy string) Caller {
	switch {
	case asksPrivacy(privacy):
		return Caller{Raw: raw, Class: ClassAnonymous}
	case isPlain(raw):
		return Caller{Raw: raw, Class: ClassE164, Text: raw, E164: raw, Digits: raw[1:]}
	}
	c := Caller{Raw: raw}
	text := c.unwrap(fold(raw))
	if c.Host == anonymousHost || isAnonymous(text) {
		return Caller{Raw: raw, Class: ClassAnonymous, Attestation: c.Attestation}
	}
	c.Text = cutPrivacyCodes(text)
	c.classify()
	return c
}

// IsPlain tells whether a caller is '+' and 7 to 15 digits and nothing else:
// what most trunks show, and all that Clean leaves as it is.
func IsPlain(s string) bool { return isPlain(s) }

// isPlain tells whether s is '+' and 7 to 15 digits and nothing else, which
// needs no cleaning.
func isPlain(s string) bool {
	return len(s) > minE164 && len(s) <= maxE164+1 && s[0] == '+' && s[1] != '0' && isDigits(s[1:])
}

// classify reads c.Text.
func (c *Caller) classify() {
	if strings.HasPrefix(c.Text, "*") || strings.HasPrefix(c.Text, "#") {
		c.Class = ClassService
		return
	}
	d, ok := readDialled(c.Text)
	if !ok {
		c.Ext = ""
		if c.AOR != "" {
			c.Class = ClassURI
		}
		return
	}
	if d.ext != "" {
		c.Ext = d.ext
	}
	c.number(d.number)
}

// number sets the fields that follow from the number's digits.
func (c *Caller) number(number string) {
	if prefix := c.PhoneContext; strings.HasPrefix(prefix, "+") && number[0] != '+' {
		if global, ok := readDialled(prefix); ok && global.ext == "" {
			number = global.number + number
		}
	}
	digits, plus := strings.CutPrefix(number, "+")
	c.Digits = digits
	switch {
	case plus && isPlain(number):
		c.Class, c.E164 = ClassE164, number
	case plus && digits[0] != '0', len(digits) > maxDialled:
		c.Class = ClassRaw // no country code begins with 0: "+0…" is a plus too many
	case len(digits) <= maxShort:
		c.Class = ClassExtension
	default:
		c.Class = ClassNational
	}
}

// anonymousHost is the host of a caller who asked for privacy (RFC 3323
// section 4.1.1.3).
const anonymousHost = "anonymous.invalid"

// isAnonymous tells whether a trunk or PBX writes text where it has no number.
func isAnonymous(text string) bool {
	switch strings.ToLower(text) {
	case "", "0", "-", "anonymous", "private", "restricted", "withheld", "blocked", "unavailable", "unknown",
		"anonymous caller", "caller withheld", "no caller id", "not available", "number withheld", "out of area",
		"private caller", "private number", "restricted number", "unknown caller", "unknown number", "withheld number":
		return true
	}
	return false
}

// asksPrivacy tells whether a Privacy header (RFC 3323 section 4.2, RFC 3325
// section 9.3) hides the caller's identity.
func asksPrivacy(header string) bool {
	if header == "" {
		return false
	}
	for value := range strings.FieldsFuncSeq(beginning(header), func(r rune) bool { return strings.ContainsRune(";, \t", r) }) {
		switch strings.ToLower(value) {
		case "id", "user", "header", "critical":
			return true
		}
	}
	return false
}
