package phone

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseReadsStoredNumbers(t *testing.T) {
	e164 := func(number string) Number { return Number{Class: ClassE164, E164: number} }
	london := e164("+442079460018")
	for _, tc := range []struct {
		raw, region string
		want        Number
	}{
		{"+442079460018", "", london},
		{"+44 (0)20 7946 0018", "DE", london},
		{"+44 20 7946 0018", "US", london},
		{"020 7946 0018", "GB", london},
		{"(020) 79460018", "uk", london},
		{"0044 20 7946 0018", "DE", london},
		{"0044 20 7946 0018", "US", london},
		{"0044 20 7946 0018", "", london},
		{"011 44 20 7946 0018", "US", london},
		{"011 44 20 7946 0018", "FR", london},
		{"442079460018", "GB", london},
		{"442079460018", "US", london},
		{"tel:+44-20-7946-0018", "", london},
		{"020 7946 0018/19", "GB", london},
		{"020 7946 0018 mobile", "GB", london},
		{"020 7946 0018 ext 12", "GB", Number{Class: ClassE164, E164: "+442079460018", Ext: "12"}},
		{"sip:+442079460018@Gw.example.com", "", Number{Class: ClassE164, E164: "+442079460018", URI: "+442079460018@gw.example.com"}},
		{"1-800-FLOWERS", "US", e164("+18003569377")},
		{"+1 800 FLOWERS", "", e164("+18003569377")},
		{"+39 (0)6 12345678", "", e164("+390612345678")},
		{"06 12345678", "IT", e164("+390612345678")},
		{"8 (495) 123-45-67", "RU", e164("+74951234567")},
		{"011 15-2345-6789", "AR", e164("+5491123456789")},
		{"01 55 1234 5678", "MX", e164("+525512345678")},
		{"044 55 1234 5678", "MX", e164("+525512345678")},
		// Valid or not, a number with its country code is that number.
		{"+1 700 555 4141", "DE", e164("+17005554141")},
		{"700 555 4141", "US", e164("+17005554141")},
		{"07700 900123", "GB", e164("+447700900123")}, // reserved for fiction
		{"5550123", "US", Number{Class: ClassNational, Local: "5550123"}},
		{"+999 123 456 789", "DE", e164("+999123456789")},
		// Short strings are extensions, but for countries whose numbers are short.
		{"1234", "US", Number{Class: ClassExtension, Local: "1234"}},
		{"x1234", "US", Number{Class: ClassExtension, Local: "1234"}},
		{"12345", "DE", Number{Class: ClassExtension, Local: "12345"}},
		{"112", "", Number{Class: ClassExtension, Local: "112"}},
		{"712345", "AD", Number{Class: ClassE164, E164: "+376712345", Local: "712345"}},
		{"712345", "FR", Number{Class: ClassExtension, Local: "712345"}},
		{"sip:4711@pbx.example.com", "DE", Number{Class: ClassExtension, Local: "4711", URI: "4711@pbx.example.com"}},
		// What cannot be told stays as digits.
		{"2015550123", "", Number{Class: ClassNational, Local: "2015550123"}},
		{"442079460018", "", Number{Class: ClassNational, Local: "442079460018"}},
		{"555 0123", "US", Number{Class: ClassNational, Local: "5550123"}},
		{"12345678", "DE", Number{Class: ClassNational, Local: "12345678"}},
		{"sip:Ana@Example.com", "", Number{Class: ClassURI, URI: "Ana@example.com"}},
		{"ana@example.com", "GB", Number{Class: ClassURI, URI: "ana@example.com"}},
		{"*21#", "GB", Number{Class: ClassService, Local: "*21#"}},
		{"ACME2000", "GB", Number{Class: ClassRaw, Local: "ACME2000"}},
		{"+1234", "US", Number{Class: ClassRaw, Local: "+1234"}},
		{"123 Main Street", "US", Number{Class: ClassRaw, Local: "123 Main Street"}},
		{"unknown", "US", Number{Class: ClassAnonymous}},
		{"-", "US", Number{Class: ClassAnonymous}},
		{"", "", Number{Class: ClassAnonymous}},
	} {
		got := Parse(tc.raw, tc.region)
		if got.Raw != tc.raw {
			t.Errorf("Parse(%q) changed Raw to %q", tc.raw, got.Raw)
		}
		if d := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(Number{}, "Raw")); d != "" {
			t.Errorf("Parse(%q, %q) (-want +got):\n%s", tc.raw, tc.region, d)
		}
	}
}

func TestKeysAreWhatTheLadderAsksFor(t *testing.T) {
	for _, tc := range []struct {
		raw, region string
		want        []Key
	}{
		{"+442079460018", "", []Key{{Space: SpaceE164, Text: "+442079460018"}, {Space: SpaceNSN, Text: "2079460018"}}},
		{"+442079460018 x12", "", []Key{
			{Space: SpaceE164, Text: "+442079460018", Ext: "12"},
			{Space: SpaceTrunk, Text: "+442079460018"},
			{Space: SpaceNSN, Text: "2079460018"},
			{Space: SpaceExtension, Text: "12"},
		}},
		{"4711", "DE", []Key{{Space: SpaceExtension, Text: "4711"}, {Space: SpaceRaw, Text: "4711"}}},
		{"5550123", "US", []Key{{Space: SpaceExtension, Text: "5550123"}, {Space: SpaceRaw, Text: "5550123"}}},
		{"+3761234567", "", []Key{{Space: SpaceE164, Text: "+3761234567"}}}, // seven digits without country
		{"+999123456789", "", []Key{{Space: SpaceE164, Text: "+999123456789"}}},
		{"ana@Example.com", "", []Key{{Space: SpaceURI, Text: "ana@example.com"}}},
		{"*21#", "", []Key{{Space: SpaceRaw, Text: "*21#"}}},
		{"withheld", "", nil},
	} {
		n := Parse(tc.raw, tc.region)
		if d := cmp.Diff(tc.want, n.Keys(nil)); d != "" {
			t.Errorf("keys of %q (-want +got):\n%s", tc.raw, d)
		}
	}
}

func TestDigitsAreWhatPeopleType(t *testing.T) {
	for _, tc := range []struct {
		raw, region string
		want        []string
	}{
		{"+12015550123 x42", "", []string{"12015550123", "2015550123", "5550123", "42"}},
		{"020 7946 0018", "GB", []string{"442079460018", "2079460018"}},
		{"+390612345678", "", []string{"390612345678", "0612345678"}},
		{"+999123456789", "", []string{"999123456789"}},
		{"4711", "DE", []string{"4711"}},
		{"2015550123", "", []string{"2015550123"}},
		{"ACME2000", "", nil},
		{"ana@example.com", "", nil},
		{"unknown", "", nil},
	} {
		n := Parse(tc.raw, tc.region)
		if d := cmp.Diff(tc.want, n.Digits(nil)); d != "" {
			t.Errorf("digits of %q (-want +got):\n%s", tc.raw, d)
		}
	}
}

func TestNumberIsShownInternationally(t *testing.T) {
	for _, tc := range []struct{ raw, region, display, home string }{
		{"020 7946 0018", "GB", "+44 20 7946 0018", "GB"},
		{"+1 204 555 0123", "", "+1 204-555-0123", "CA"},
		{"+1 201 555 0123 x42", "", "+1 201-555-0123 ext. 42", "US"},
		{"+17005554141", "", "+1 700-555-4141", ""},
		{"+999123456789", "", "+999123456789", ""},
		{"4711", "DE", "4711", ""},
		{"sip:ana@example.com", "", "sip:ana@example.com", ""},
	} {
		n := Parse(tc.raw, tc.region)
		if n.Display() != tc.display || n.Region() != tc.home {
			t.Errorf("%q is shown as %q of %q, want %q of %q", tc.raw, n.Display(), n.Region(), tc.display, tc.home)
		}
	}
}

// TestParseDoesNotDependOnFormatting holds that whatever people put between the
// digits makes no difference.
func TestParseDoesNotDependOnFormatting(t *testing.T) {
	for _, digits := range []string{"+442079460018", "02079460018", "0044207946001", "+12015550123", "2015550123", "4711", "12345678"} {
		want := Parse(digits, "GB")
		for _, sep := range []string{" ", "-", ".", "\u2011", "\u00a0", "\u200b", ") ", " (", "  ", "\t"} {
			for i := 2; i < len(digits); i++ {
				raw := digits[:i] + sep + digits[i:]
				got := Parse(raw, "GB")
				got.Raw = digits
				if got != want {
					t.Errorf("Parse(%q) = %+v, want %+v", raw, got, want)
				}
			}
		}
	}
}

func TestKeysHaveNoDoubles(t *testing.T) {
	for _, raw := range []string{"+3761234567 x12", "712345", "sip:712345@h;x", "5550123 x5550123", "+442079460018 x442079460018"} {
		n := Parse(raw, "AD")
		keys := n.Keys(nil)
		slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Text+string(rune(a.Space)), b.Text+string(rune(b.Space))) })
		if len(slices.Compact(keys)) != len(n.Keys(nil)) || len(keys) > 6 {
			t.Errorf("keys of %q: %v", raw, keys)
		}
		digits := n.Digits(nil)
		slices.Sort(digits)
		if len(slices.Compact(digits)) != len(n.Digits(nil)) || len(n.Digits(nil)) > 4 {
			t.Errorf("digits of %q: %v", raw, n.Digits(nil))
		}
	}
}
