package phone

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func regions() []string { return slices.Sorted(maps.Keys(numbering().regions)) }

// randomDigits returns between low and high digits.
func randomDigits(r *rand.Rand, low, high int) string {
	b := make([]byte, low+r.IntN(high-low+1))
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

// near returns a number like one of the region's, most often a valid one: an
// example of the metadata with some of its last digits changed.
func near(r *rand.Rand, region string) string {
	kinds := []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.VOIP}
	example := phonenumbers.GetExampleNumberForType(region, kinds[r.IntN(len(kinds))])
	if example == nil {
		example = phonenumbers.GetExampleNumber(region)
	}
	nsn := []byte(phonenumbers.GetNationalSignificantNumber(example))
	for range r.IntN(4) {
		nsn[len(nsn)-1-r.IntN(min(4, len(nsn)))] = byte('0' + r.IntN(10))
	}
	if r.IntN(8) == 0 {
		nsn[0] = byte('0' + r.IntN(10))
	}
	return string(nsn)
}

// library is what libphonenumber makes of digits dialled in a region.
func library(digits, region string) (reading, bool) {
	var n phonenumbers.PhoneNumber
	if phonenumbers.ParseAndKeepRawInputToNumber(digits, region, &n) != nil {
		return reading{}, false
	}
	r := reading{e164: phonenumbers.Format(&n, phonenumbers.E164), valid: phonenumbers.IsValidNumber(&n)}
	switch n.GetCountryCodeSource() {
	case phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD:
		r.origin = originIDD
	case phonenumbers.PhoneNumber_FROM_NUMBER_WITHOUT_PLUS_SIGN:
		r.origin = originCode
	}
	return r, isPlain(r.e164)
}

// TestReadingIsTheLibrarys compares every short cut with libphonenumber.
func TestReadingIsTheLibrarys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := regions()
	for _, region := range all {
		p := planOf(region)
		for range 24 {
			other := all[r.IntN(len(all))]
			digits := []string{
				near(r, region),
				p.trunk + near(r, region),
				"0" + near(r, region),
				p.code + near(r, region),
				"00" + planOf(other).code + near(r, other),
				"011" + planOf(other).code + near(r, other),
				"00" + p.code + p.trunk + near(r, region),
				randomDigits(r, 7, 12),
			}[r.IntN(8)]
			want, wantOK := library(digits, region)
			got, _ := readIn(digits, p)
			if !wantOK && !got.valid {
				continue // too short, or nothing but zeros: no reading or one that is not valid
			}
			if got != want {
				t.Errorf("%s dialled in %s: %+v, library %+v", digits, region, got, want)
			}
		}
	}
}

func TestInternationalReadingIsTheLibrarys(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, region := range regions() {
		p := planOf(region)
		for range 16 {
			e164 := "+" + []string{
				p.code + near(r, region),
				p.code + p.trunk + near(r, region),
				p.code + "0" + near(r, region),
				p.code + randomDigits(r, 5, 11),
				strconv.Itoa(1+r.IntN(9)) + randomDigits(r, 6, 14),
			}[r.IntN(5)]
			if !isPlain(e164) {
				continue
			}
			var n phonenumbers.PhoneNumber
			if phonenumbers.ParseToNumber(e164, phonenumbers.UNKNOWN_REGION, &n) != nil {
				continue // an unassigned country code
			}
			want := phonenumbers.Format(&n, phonenumbers.E164)
			if !isPlain(want) {
				continue // too short without its trunk prefix
			}
			got := normalE164(e164)
			if got != want {
				t.Errorf("%s is %s, library %s", e164, got, want)
			}
			if valid := phonenumbers.IsValidNumber(&n); isValid(got) != valid {
				t.Errorf("isValid(%s) = %v, library %v", got, !valid, valid)
			}
		}
	}
}

func TestCountryCodesAreTheLibrarys(t *testing.T) {
	for code := range phonenumbers.GetSupportedCallingCodes() {
		text := strconv.Itoa(code)
		if got := callingCodeLen(text + "2345678"); got != len(text) {
			t.Errorf("country code %d is read as %d digits", code, got)
		}
	}
	for _, unassigned := range []string{"", "0", "999123456", "210", "x44"} {
		if got := callingCodeLen(unassigned); got != 0 {
			t.Errorf("%q has a country code of %d digits", unassigned, got)
		}
	}
}

func TestRegionsAreFoundInAnyCase(t *testing.T) {
	for region, want := range map[string]string{"GB": "GB", "gb": "GB", "UK": "GB", "uk": "GB", "us": "US"} {
		if p := planOf(region); p == nil || p.region != want {
			t.Errorf("plan of %q is %v", region, p)
		}
	}
	for _, region := range []string{"", "ZZ", "001", "Germany", "D"} {
		if p := planOf(region); p != nil {
			t.Errorf("there is a plan of %q", region)
		}
		if ValidRegion(region) {
			t.Errorf("%q is a valid region", region)
		}
	}
	for _, region := range regions() {
		if !ValidRegion(region) {
			t.Errorf("%q is no valid region", region)
		}
	}
}

func TestRegionAndDisplayTakeOnlyE164(t *testing.T) {
	for _, s := range []string{"", "+", "020 7946 0018", "+999123456789", "+44 20", "+0442079460018"} {
		if got := Display(s, ""); got != s {
			t.Errorf("Display(%q) = %q", s, got)
		}
		if got := RegionOf(s); got != "" {
			t.Errorf("RegionOf(%q) = %q", s, got)
		}
	}
	if got := RegionOf("+80012345678"); got != "001" {
		t.Errorf("region of an international toll-free number is %q", got)
	}
}
