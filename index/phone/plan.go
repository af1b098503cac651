package phone

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// A plan is what the metadata says of one region's numbers, as far as it is
// used outside libphonenumber itself.
type plan struct {
	region string
	code   string         // country calling code: "44"
	trunk  string         // national prefix: "0" in GB, "06" in HU; empty if there is none
	idd    *regexp.Regexp // the region's international prefixes, anchored; nil if there is none
	small  bool           // whole numbers of the region have no more than maxShort digits
	length int            // of all its national numbers; 0 if they differ
	// lengths has bit n if there are national numbers of n digits.
	lengths uint32

	renumbered bool // migrations has its country code

	sharing []*plan       // in the main plan of a country code: the plans of all its regions, the main one first
	rules   func() *rules // compiled at the first call

	// rewrites tells for each first digit of a national number behind the
	// country code whether libphonenumber might take it for a trunk prefix or
	// otherwise change the number.
	rewrites [10]bool
	// plainTrunk tells that a number that begins with trunk is rewritten by
	// taking it off and in no other way.
	plainTrunk bool
}

// plans holds all regions' plans.
type plans struct {
	regions map[string]*plan
	codes   [1000]*plan // by country calling code: the plan of its main region
}

// numbering returns the plans, made from the library's metadata at the first
// call, which takes some milliseconds.
//
//nolint:gochecknoglobals // read-only table
var numbering = sync.OnceValue(readPlans)

func readPlans() *plans {
	all := &plans{regions: make(map[string]*plan, 256)}
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		return all // cannot be: the library read the same data when it started
	}
	for _, m := range metadata.GetMetadata() {
		p := newPlan(m)
		code := int(m.GetCountryCode())
		if m.GetId() != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
			all.regions[p.region] = p
		}
		if phonenumbers.GetRegionCodeForCountryCode(code) == p.region && code < len(all.codes) {
			all.codes[code] = p
			p.sharing = append(p.sharing, p)
		}
	}
	for code, main := range all.codes {
		if main == nil {
			continue
		}
		for _, region := range phonenumbers.GetRegionCodesForCountryCode(code)[1:] {
			main.sharing = append(main.sharing, all.regions[region])
		}
	}
	return all
}

func newPlan(m *phonenumbers.PhoneMetadata) *plan {
	p := &plan{
		region:   m.GetId(),
		code:     strconv.Itoa(int(m.GetCountryCode())),
		trunk:    m.GetNationalPrefix(),
		rewrites: firstDigits(m.GetNationalPrefixForParsing()),
		rules:    rulesOf(m),
	}
	if prefix := m.GetInternationalPrefix(); prefix != "" {
		p.idd = regexp.MustCompile("^(?:" + prefix + ")")
	}
	example := len(m.GetFixedLine().GetExampleNumber())
	p.small = example > 0 && example <= maxShort
	lengths := m.GetGeneralDesc().GetPossibleLength()
	if len(lengths) == 1 {
		p.length = int(lengths[0])
	}
	for _, n := range lengths {
		if n > 0 && n <= maxE164 {
			p.lengths |= 1 << n
		}
	}
	p.renumbered = slices.ContainsFunc(migrations[:], func(m migration) bool { return m.code == p.code })
	p.plainTrunk = isPlainTrunk(p.trunk, m.GetNationalPrefixForParsing())
	return p
}

// isPlainTrunk tells whether pattern, the metadata's national prefix for
// parsing, is the trunk prefix and perhaps others that do not begin like it:
// "0", "0|180020".
func isPlainTrunk(trunk, pattern string) bool {
	first := true
	for alternative := range strings.SplitSeq(pattern, "|") {
		if !isDigits(alternative) || first != (alternative == trunk) || !first && alternative[0] == trunk[0] {
			return false
		}
		first = false
	}
	return !first
}

// firstDigits returns the digits with which a match of pattern can begin.
func firstDigits(pattern string) (digits [10]bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return [10]bool{true, true, true, true, true, true, true, true, true, true}
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return [10]bool{true, true, true, true, true, true, true, true, true, true}
	}
	seen := make([]bool, len(prog.Inst))
	todo := []uint32{uint32(prog.Start)}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		switch inst := &prog.Inst[at]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			todo = append(todo, inst.Out)
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			for d := range digits {
				digits[d] = digits[d] || inst.MatchRune(rune('0'+d))
			}
		}
	}
	return digits
}

// planOf returns the plan of a region, or nil if there is no such region. It
// takes "gb" and the frequent mistake "UK" as well.
func planOf(region string) *plan {
	all := numbering()
	if p := all.regions[region]; p != nil || region == "" {
		return p
	}
	region = strings.ToUpper(region)
	if region == "UK" {
		region = "GB"
	}
	return all.regions[region]
}

// codePlan returns the main plan of the country calling code with which digits
// begin, or nil if no such code is assigned. No code is the beginning of
// another.
func codePlan(digits string) *plan {
	all := numbering()
	code := 0
	for i := range min(3, len(digits)) {
		if !isDigit(digits[i]) {
			return nil
		}
		code = code*10 + int(digits[i]-'0')
		if p := all.codes[code]; p != nil && code != 0 {
			return p
		}
	}
	return nil
}

// callingCodeLen returns how many of the digits are the country calling code; 0
// if none is assigned.
func callingCodeLen(digits string) int {
	if p := codePlan(digits); p != nil {
		return len(p.code)
	}
	return 0
}

// iddPrefixes are the international prefixes in use, the usual ones first
// (ITU-T Operational Bulletin, "Dialling procedures").
//
//nolint:gochecknoglobals // read-only table
var iddPrefixes = [...]string{"00", "011", "0011", "010", "810", "119", "009", "000"}

// cutIDD removes the international prefix of p's region from digits.
func (p *plan) cutIDD(digits string) (rest string, ok bool) {
	if p == nil || p.idd == nil {
		return digits, false
	}
	if loc := p.idd.FindStringIndex(digits); loc != nil && !strings.HasPrefix(digits[loc[1]:], "0") {
		return digits[loc[1]:], true
	}
	return digits, false
}
