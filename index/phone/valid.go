package phone

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// rules are the metadata's patterns of one region's national numbers. They
// decide as libphonenumber's IsValidNumberForRegion does, at a tenth of its
// cost, because they are compiled once.
type rules struct {
	leading *regexp.Regexp // the numbers of this region among those of its country code; nil if only kinds tell
	general kind
	kinds   []kind // landline, mobile, toll free and so on; a valid number is one of them
}

// A kind is one sort of numbers.
type kind struct {
	lengths uint32 // bit n: there are numbers of n digits; 0 if general tells
	pattern *regexp.Regexp
}

// rulesOf returns a function that compiles m's rules at its first call.
func rulesOf(m *phonenumbers.PhoneMetadata) func() *rules {
	return sync.OnceValue(func() *rules {
		r := new(rules)
		if lead := m.GetLeadingDigits(); lead != "" {
			r.leading = regexp.MustCompile("^(?:" + lead + ")")
		}
		r.general, _ = newKind(m.GetGeneralDesc())
		for _, desc := range []*phonenumbers.PhoneNumberDesc{
			m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(), m.GetVoip(),
			m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail(),
		} {
			if k, ok := newKind(desc); ok {
				r.kinds = append(r.kinds, k)
			}
		}
		return r
	})
}

// newKind returns false if the region has no numbers of this kind.
func newKind(desc *phonenumbers.PhoneNumberDesc) (kind, bool) {
	var k kind
	for _, n := range desc.GetPossibleLength() {
		if n < 0 {
			return kind{}, false
		}
		k.lengths |= 1 << n
	}
	pattern := desc.GetNationalNumberPattern()
	if pattern == "" {
		return kind{}, false
	}
	k.pattern = regexp.MustCompile("^(?:" + pattern + ")$")
	return k, true
}

func (k *kind) matches(nsn string) bool {
	if k.lengths != 0 && k.lengths>>len(nsn)&1 == 0 {
		return false
	}
	return k.pattern != nil && k.pattern.MatchString(nsn)
}

// knows tells whether nsn is a national number of p's region.
func (p *plan) knows(nsn string) bool {
	r := p.rules()
	return r.general.matches(nsn) && slices.ContainsFunc(r.kinds, func(k kind) bool { return k.matches(nsn) })
}

// isValid tells whether the metadata knows an E.164 number: in one of the
// regions that share its country code, such as Canada, the US and the
// Caribbean, or Great Britain and Jersey.
func isValid(e164 string) bool {
	main := codePlan(e164[1:])
	if main == nil {
		return false
	}
	nsn := e164[1+len(main.code):]
	for _, p := range main.sharing {
		lead := p.rules().leading
		if lead == nil && p.knows(nsn) {
			return true
		}
		if lead != nil && lead.MatchString(nsn) {
			return p.knows(nsn)
		}
	}
	return false
}

// simpleNSN returns the national number that digits are when dialled in p's
// region, in the frequent case that needs no more than taking off a trunk
// prefix and gives a number that the metadata knows. It returns false if
// libphonenumber must decide. digits have no international prefix.
func (p *plan) simpleNSN(digits string) (string, bool) {
	if strings.HasPrefix(digits, p.code) {
		return "", false
	}
	nsn := digits
	if p.rewrites[digits[0]-'0'] {
		rest, ok := strings.CutPrefix(digits, p.trunk)
		if !ok || !p.plainTrunk || p.trunk == "" {
			return "", false
		}
		nsn = rest
	}
	return nsn, p.knows(nsn)
}
