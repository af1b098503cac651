package phone

import (
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// A reading is one way to understand a string of digits.
type reading struct {
	e164   string
	origin origin
	valid  bool // the metadata knows the number
}

// An origin says where a reading's country code came from.
type origin uint8

const (
	originRegion origin = iota // the region in which the digits were dialled
	originIDD                  // an international prefix of that region
	originCode                 // the region's own country code, without plus or prefix
	originPlus                 // a plus sign
)

// readIn reads digits as dialled in p's region. It returns false if they are no
// possible number there.
func readIn(digits string, p *plan) (reading, bool) {
	if p == nil || len(digits) < 3 || len(digits) > maxDialled {
		return reading{}, false
	}
	rest, behindIDD := p.cutIDD(digits)
	if behindIDD && len(rest) <= maxE164 {
		return readBehindIDD(rest)
	}
	if nsn, ok := p.simpleNSN(digits); ok && !behindIDD {
		r := reading{e164: "+" + p.code + nsn, valid: true}
		return r, isPlain(r.e164)
	}
	var number phonenumbers.PhoneNumber
	if err := phonenumbers.ParseAndKeepRawInputToNumber(digits, p.region, &number); err != nil {
		return reading{}, false
	}
	r := reading{e164: appendE164(&number)}
	if !isPlain(r.e164) {
		return reading{}, false
	}
	switch number.GetCountryCodeSource() {
	case phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD:
		r.origin = originIDD
	case phonenumbers.PhoneNumber_FROM_NUMBER_WITHOUT_PLUS_SIGN:
		r.origin = originCode
	}
	r.valid = isValid(r.e164)
	return r, true
}

// readBehindIDD reads what stands behind an international prefix.
func readBehindIDD(digits string) (reading, bool) {
	e164 := "+" + digits
	if !isPlain(e164) || codePlan(digits) == nil {
		return reading{}, false
	}
	e164 = normalE164(e164)
	return reading{e164: e164, origin: originIDD, valid: isValid(e164)}, true
}

// accepted tells whether a reading in p's region is good enough to be the
// number: the country code was written, or the number is known. A number with
// the region's own country code need not be known if its length is right.
func (r *reading) accepted(p *plan) bool {
	return r.valid || r.origin == originIDD || r.origin == originCode && p.possible(r.e164)
}

// possible tells whether a number of p's country has the length of all its
// numbers. It says no where they differ in length, because there a wrong number
// has a possible length too.
func (p *plan) possible(e164 string) bool {
	return p.length != 0 && len(e164) == 1+len(p.code)+p.length
}

// plausible tells whether digits that were read as e164 in p's region, and that
// the metadata does not know, have the form of a whole national number: the
// right length where all numbers have one, or else a trunk prefix in front of a
// length that exists. Such are numbers reserved for fiction, 07700 900123, and
// those assigned since the metadata was made. It is enough to find somebody who
// has exactly that number, and not to conclude anything else.
func (p *plan) plausible(digits, e164 string) bool {
	if p.possible(e164) {
		return true
	}
	nsn := len(e164) - 1 - len(p.code)
	return p.trunk != "" && len(digits) > len(p.trunk) && digits[:len(p.trunk)] == p.trunk && nsn >= minE164 && p.lengths>>nsn&1 != 0
}

// normalE164 removes from an international number a trunk prefix that should
// not be there, "+4402079460018" = "+442079460018", and writes Argentine mobile
// numbers in one way. It does not ask the library when the metadata says that
// it would change nothing. e164 is '+' and 7 to 15 digits.
func normalE164(e164 string) string {
	p := codePlan(e164[1:])
	if p == nil || len(e164) <= 1+len(p.code) || !p.rewrites[e164[1+len(p.code)]-'0'] {
		return e164
	}
	var number phonenumbers.PhoneNumber
	if err := phonenumbers.ParseToNumber(e164, phonenumbers.UNKNOWN_REGION, &number); err != nil {
		return e164
	}
	if normal := appendE164(&number); isPlain(normal) {
		return normal
	}
	return e164
}

// appendE164 formats a library number without its extension.
func appendE164(n *phonenumbers.PhoneNumber) string {
	buf := make([]byte, 0, maxE164+8)
	buf = append(buf, '+')
	buf = strconv.AppendInt(buf, int64(n.GetCountryCode()), 10)
	if n.GetItalianLeadingZero() {
		for range min(n.GetNumberOfLeadingZeros(), maxE164) {
			buf = append(buf, '0')
		}
	}
	return string(strconv.AppendUint(buf, n.GetNationalNumber(), 10))
}

// Display returns an E.164 number as people write it, with its extension if it
// has one: "+44 20 7946 0018 x12". It is for showing only. What is not an E.164
// number comes back as it is.
func Display(e164, ext string) string {
	var number phonenumbers.PhoneNumber
	if !isPlain(e164) || phonenumbers.ParseToNumber(e164, phonenumbers.UNKNOWN_REGION, &number) != nil || appendE164(&number) != e164 {
		return e164
	}
	if ext != "" {
		number.Extension = &ext
	}
	return phonenumbers.Format(&number, phonenumbers.INTERNATIONAL)
}

// RegionOf returns the ISO 3166 code of the region of an E.164 number, "GB";
// "001" for a number of no country, such as +800; or the empty string if it
// cannot be told.
func RegionOf(e164 string) string {
	var number phonenumbers.PhoneNumber
	if !isPlain(e164) || phonenumbers.ParseToNumber(e164, phonenumbers.UNKNOWN_REGION, &number) != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(&number)
}
