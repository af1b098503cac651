package phone

import "strings"

// A variant is another number that reaches the same line.
type variant struct {
	e164 string
	name string // "mx1"
}

// Names of the equivalences, as in Answer.Variant.
const (
	variantMX1   = "mx1"   // Mexico until 2019: a 1 in front of mobile numbers called from abroad
	variantMX01  = "mx01"  // Mexico until 2019: 01 in front of numbers dialled inside the country
	variantMX044 = "mx044" // Mexico until 2019: 044 or 045 in front of mobile numbers dialled inside the country
	variantAR9   = "ar9"   // Argentina: a 9 in front of mobile numbers
	variantBR9   = "br9"   // Brazil since 2016: a 9 between area code and mobile number
	variantIT0   = "it0"   // Italy: the leading zero, which is part of the number, left away
	variantSM    = "sm"    // San Marino: by its own country code or by Italy's
	variantMigr  = "migr"  // a number of before a country's renumbering
)

// Digits of today's national numbers; of Argentina's and Brazil's without the 9.
const (
	mexicanNSN   = 10
	argentineNSN = 10
	brazilNSN    = 10
)

// variants appends to dst the numbers that are equivalent to e164 and returns
// the extended slice. The relation is symmetric, and e164 is not in it. The
// metadata is asked only in countries that have variants.
func variants(e164 string, dst []variant) []variant {
	p := codePlan(e164[1:])
	if p == nil {
		return dst
	}
	nsn := e164[1+len(p.code):]
	switch p.code {
	case "52":
		return mexican(nsn, dst)
	case "54":
		return argentine(nsn, dst)
	case "55":
		return brazilian(nsn, dst)
	case "39":
		dst = italian(e164, nsn, dst)
		if strings.HasPrefix(nsn, sanMarino) {
			dst = append(dst, variant{"+378" + nsn, variantSM})
		}
	case "378":
		if strings.HasPrefix(nsn, sanMarino) {
			dst = append(dst, variant{"+39" + nsn, variantSM})
		}
	}
	if !p.renumbered {
		return dst
	}
	return migrated(p.code, nsn, dst)
}

// sanMarino is San Marino's area code in the Italian network, which its own
// national numbers begin with too.
const sanMarino = "0549"

// mexicanPrefixes are what stood in front of Mexican numbers until August 2019:
// 1 behind the country code of mobile numbers, 01, 044 and 045 inside the
// country (IFT, Plan Técnico Fundamental de Numeración 2019). The empty prefix
// is today's form.
//
//nolint:gochecknoglobals // read-only table
var mexicanPrefixes = [...]struct{ digits, name string }{
	{"", ""}, {"1", variantMX1}, {"01", variantMX01}, {"044", variantMX044}, {"045", variantMX044},
}

func mexican(nsn string, dst []variant) []variant {
	for _, from := range mexicanPrefixes {
		base, ok := strings.CutPrefix(nsn, from.digits)
		if !ok || len(base) != mexicanNSN || base[0] == '0' {
			continue
		}
		for _, to := range mexicanPrefixes {
			if to.digits == from.digits {
				continue
			}
			// The form that is not today's gives the equivalence its name.
			dst = append(dst, variant{"+52" + to.digits + base, max(from.name, to.name)})
		}
		return dst
	}
	return dst
}

// legacyMexican reads digits as dialled in Mexico until 2019: "015512345678".
// It returns false if p is not Mexico's plan or the number behind the prefix is
// not valid.
func legacyMexican(digits string, p *plan) (variant, bool) {
	if p == nil || p.region != "MX" || !strings.HasPrefix(digits, "0") {
		return variant{}, false
	}
	for _, prefix := range mexicanPrefixes {
		base, ok := strings.CutPrefix(digits, prefix.digits)
		if ok && len(base) == mexicanNSN && isValid("+52"+base) {
			return variant{"+52" + base, prefix.name}, true
		}
	}
	return variant{}, false
}

// argentine adds or removes the 9 of mobile numbers. The 15 of numbers dialled
// inside the country is the library's business.
func argentine(nsn string, dst []variant) []variant {
	switch {
	case len(nsn) == argentineNSN+1 && nsn[0] == '9' && nsn[1] != '9':
		dst = append(dst, variant{"+54" + nsn[1:], variantAR9})
	case len(nsn) == argentineNSN && nsn[0] != '9':
		dst = append(dst, variant{"+549" + nsn, variantAR9})
	}
	return dst
}

// brazilian adds or removes the ninth digit of mobile numbers (Anatel,
// Resolução 553/2010). Numbers that began with 6 to 9 got it; those that begin
// with 2 to 5 are landlines and have nothing to do with a mobile number of the
// same digits.
func brazilian(nsn string, dst []variant) []variant {
	switch {
	case len(nsn) == brazilNSN && nsn[2] >= '6':
		dst = append(dst, variant{"+55" + nsn[:2] + "9" + nsn[2:], variantBR9})
	case len(nsn) == brazilNSN+1 && nsn[2] == '9' && nsn[3] >= '6':
		dst = append(dst, variant{"+55" + nsn[:2] + nsn[3:], variantBR9})
	}
	return dst
}

// italian adds or removes the leading zero of landlines, but only between a
// form that exists and one that does not: +39 0331 123456 and +39 331 123456
// are two lines.
func italian(e164, nsn string, dst []variant) []variant {
	switch other := "+390" + nsn; {
	case nsn != "" && nsn[0] != '0':
		if isPlain(other) && !isValid(e164) && isValid(other) {
			dst = append(dst, variant{other, variantIT0})
		}
	case len(nsn) > 1 && nsn[1] != '0':
		if other = "+39" + nsn[1:]; isPlain(other) && isValid(e164) && !isValid(other) {
			dst = append(dst, variant{other, variantIT0})
		}
	}
	return dst
}
