package phone

import "strings"

// Parse reads a stored number, as dialled in region ("GB"; empty if not
// known). It never fails: Class says what raw is, and what cannot be read is
// kept as ClassRaw. Strings of the result may alias raw.
//
// A number with a plus is taken as it is, valid or not, because companies do
// have numbers that the metadata does not know. One without is read as dialled
// in region, and must be valid there; and else as an international number that
// lacks its plus or has another region's prefix. A string of up to six digits
// is an extension, unless it is a valid number in a country whose numbers are
// that short.
func Parse(raw, region string) Number {
	c := Clean(raw, "")
	n := Number{Raw: raw, Class: c.Class, Ext: c.Ext, URI: c.AOR, Local: c.Text}
	switch c.Class {
	case ClassE164:
		n.E164, n.Local = normalE164(c.E164), ""
	case ClassNational, ClassExtension:
		n.Local = c.Digits
		n.readLocal(planOf(region))
	case ClassRaw:
		n.readVanity(c.Text, planOf(region))
	case ClassAnonymous, ClassURI:
		n.Local = ""
	}
	return n
}

// readLocal reads n.Local, digits without a plus, as dialled in p's region.
func (n *Number) readLocal(p *plan) {
	if n.Class == ClassExtension && (p == nil || !p.small) {
		return
	}
	e164 := storedE164(n.Local, p)
	if e164 == "" {
		return
	}
	if n.Class == ClassNational {
		n.Local = "" // callers who show the same digits are read alike
	}
	n.Class, n.E164 = ClassE164, e164
}

// storedE164 returns what digits are as a number of a directory of p's region,
// or the empty string. It accepts what the ladder accepts from a caller, and
// last what is plausible though the metadata does not know it.
func storedE164(digits string, p *plan) (e164 string) {
	read, ok := readIn(digits, p)
	if ok && read.accepted(p) {
		return read.e164
	}
	if len(digits) <= maxShort {
		return ""
	}
	if old, ok := legacyMexican(digits, p); ok {
		return old.e164
	}
	for _, prefix := range iddPrefixes {
		if e164 = repairIDD(digits, prefix); e164 != "" {
			return e164
		}
	}
	if p == nil {
		return "" // without a region nothing tells a missing plus from a missing country code
	}
	if e164 = repairPlus(digits); e164 != "" {
		return e164
	}
	if ok && read.origin == originRegion && p.plausible(digits, read.e164) {
		return read.e164
	}
	return ""
}

// repairIDD reads digits that begin with an international prefix of some other
// region: "00442079460018" in the US. It returns the empty string unless that
// gives a valid number.
func repairIDD(digits, prefix string) string {
	rest, ok := strings.CutPrefix(digits, prefix)
	if !ok || len(rest) < minE164 || rest[0] == '0' {
		return ""
	}
	return repairPlus(rest)
}

// repairPlus reads digits as a country code and number that lack their plus. It
// returns the empty string unless that gives a valid number.
func repairPlus(digits string) string {
	e164 := "+" + digits
	if !isPlain(e164) {
		return ""
	}
	if e164 = normalE164(e164); !isValid(e164) {
		return ""
	}
	return e164
}

// readVanity reads a number that is spelled, "1-800-FLOWERS". It counts only if
// the metadata knows the number, and text in general is not one.
func (n *Number) readVanity(text string, p *plan) {
	start := strings.IndexAny(text, "+0123456789")
	if start != 0 || p == nil && text[0] != '+' || len(text) > 2*maxE164 {
		return
	}
	digits := make([]byte, 0, 2*maxE164)
	letters := 0
	for i := range len(text) {
		switch b := text[i]; {
		case isDigit(b) || b == '+' && i == 0:
			digits = append(digits, b)
		case 'a' <= b|0x20 && b|0x20 <= 'z':
			digits = append(digits, keypad[b|0x20-'a'])
			letters++
		case !isSeparator(b):
			return
		}
	}
	if letters < minVanity {
		return
	}
	if number := string(digits); number[0] == '+' {
		if isPlain(number) && isValid(number) {
			n.Class, n.E164, n.Ext, n.Local = ClassE164, number, "", ""
		}
	} else if r, ok := readIn(number, p); ok && r.valid {
		n.Class, n.E164, n.Ext, n.Local = ClassE164, r.e164, "", ""
	}
}

// keypad holds the digit of each letter (ITU-T E.161).
const keypad = "22233344455566677778889999"

// minVanity is how many letters make a spelled number, as in libphonenumber.
const minVanity = 3
