package phone

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// populated are the regions of the property tests; their numbers are not
// equivalent to each other.
var populated = [...]string{"GB", "US", "DE", "FR", "IT", "ES", "NL", "CH", "IN", "JP", "AU", "RU", "SG", "BR", "MX"}

// A subscriber is a valid number and the ways of writing it.
type subscriber struct {
	region, e164 string
	number       *phonenumbers.PhoneNumber
}

// population returns different valid numbers of the populated regions.
func population(r *rand.Rand, each int) []subscriber {
	var all []subscriber
	seen := map[string]bool{}
	for _, region := range populated {
		code := planOf(region).code
		for n := 0; n < each; {
			e164 := "+" + code + near(r, region)
			if seen[e164] || !isValid(e164) || RegionOf(e164) != region {
				continue
			}
			number, err := phonenumbers.Parse(e164, "")
			if err != nil {
				continue
			}
			seen[e164] = true
			n++
			all = append(all, subscriber{region, e164, number})
		}
	}
	return all
}

// international are ways to write a number that mean the same everywhere.
func (s subscriber) international() []string {
	digits := s.e164[1:]
	pretty := phonenumbers.Format(s.number, phonenumbers.INTERNATIONAL)
	ways := []string{
		s.e164, pretty,
		"+ " + pretty[1:],
		"(" + pretty + ")",
		strings.ReplaceAll(pretty, " ", "."),
		strings.ReplaceAll(pretty, " ", "\u00a0"),
		strings.ReplaceAll(pretty, " ", "-"),
		"\u202a" + pretty + "\u202c",
		fullWidth(s.e164),
		phonenumbers.Format(s.number, phonenumbers.RFC3966),
		"TEL:" + s.e164,
		"sip:" + s.e164 + "@gw.example.com;user=phone",
		"\"Some <One>\" <sip:" + s.e164 + "@gw.example.com:5060>;tag=1",
		"sip:%2B" + digits + "@h",
		"*31#" + s.e164,
		s.e164 + " mobile",
		"Tel. " + pretty,
	}
	if p := planOf(s.region); p.trunk == "0" && len(digits) < maxE164 {
		ways = append(ways, "+"+p.code+" (0) "+s.e164[1+len(p.code):])
	}
	return ways
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '\uff01' }, s)
}

// idds are international prefixes of some regions.
var idds = map[string]string{
	"GB": "00", "US": "011", "DE": "00", "FR": "00", "IT": "00", "ES": "00", "NL": "00", "CH": "00", "IN": "00", "JP": "010", "AU": "0011", "RU": "810",
	"SG": "001", "BR": "0014", "MX": "00",
}

func TestNumberIsFoundHoweverItIsWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	people := population(r, 12)
	b := newBook("")
	for i, s := range people {
		ways := s.international()
		b.add(Hit{Doc: uint32(i), ID: s.e164}, ways[r.IntN(len(ways))], populated[r.IntN(len(populated))])
	}
	expect := func(s subscriber, caller, region string, rungs ...Rung) {
		t.Helper()
		a := ask(t, caller, Context{Region: region}, b)
		if a.Status != StatusMatch || a.Candidates[0].ID != s.e164 || a.E164 != s.e164 {
			t.Errorf("%s called as %q in %s: %v on %q, %s", s.e164, caller, region, a.Status, a.Rung, a.E164)
			return
		}
		if !slices.Contains(rungs, a.Rung) {
			t.Errorf("%s called as %q in %s: found on %q", s.e164, caller, region, a.Rung)
		}
	}
	for _, s := range people {
		for _, caller := range s.international() {
			expect(s, caller, populated[r.IntN(len(populated))], RungE164, RungURI)
		}
		for region, idd := range idds {
			expect(s, idd+" "+s.e164[1:], region, RungE164)
		}
		national := phonenumbers.Format(s.number, phonenumbers.NATIONAL)
		expect(s, national, s.region, RungNational, RungPlusRepair)
		expect(s, fullWidth(strings.ReplaceAll(national, " ", "")), s.region, RungNational, RungPlusRepair)
		expect(s, s.e164[1:], "", RungPlusRepair)
	}
}

// TestNobodyIsTakenForAnother asks in every region for every number in every
// way, also in ways that make no sense there. Whoever is found must be a person
// whose number has the digits that were dialled at its end.
func TestNobodyIsTakenForAnother(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	people := population(r, 6)
	b := newBook("")
	for i, s := range people {
		b.add(Hit{Doc: uint32(i), ID: s.e164}, s.e164, "")
	}
	for _, s := range people {
		nsn := phonenumbers.GetNationalSignificantNumber(s.number)
		written := append(s.international(), s.e164[1:], nsn, "0"+nsn, "00"+s.e164[1:], "011"+s.e164[1:], nsn[1:], nsn[len(nsn)-7:], nsn[len(nsn)-6:])
		region := populated[r.IntN(len(populated))]
		for _, caller := range written {
			a := ask(t, caller, Context{Region: region, ExtensionLength: 4}, b)
			for _, h := range a.Candidates {
				if a.Rung != RungVariant && !strings.HasSuffix(h.ID, nsn) && !strings.HasSuffix(s.e164, h.ID[1+callingCodeLen(h.ID[1:]):]) {
					t.Errorf("%s called as %q in %s is taken for %s on %q", s.e164, caller, region, h.ID, a.Rung)
				}
			}
			if digits := Clean(caller, "").Digits; len(digits) < 8 && len(a.Candidates) > 0 && a.Rung != RungNational {
				t.Errorf("%q in %s matches on %q", caller, region, a.Rung)
			}
		}
	}
}

// TestCountryCodesNeverCross asks with every country's code before the same
// national digits.
func TestCountryCodesNeverCross(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		nsn := near(r, populated[r.IntN(len(populated))])
		a, b := planOf(populated[r.IntN(len(populated))]), planOf(populated[r.IntN(len(populated))])
		if a.code == b.code {
			continue
		}
		caller := "+" + b.code + nsn
		got := ask(t, caller, Context{Region: a.region}, newBook("", "+"+a.code+nsn))
		if got.Status != StatusNone {
			t.Errorf("+%s%s called as %s: %v on %q", a.code, nsn, caller, got.Status, got.Rung)
		}
	}
}

func TestDifferentExtensionsNeverMatch(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, s := range population(r, 4) {
		b := suffixBook{rangeBook{newBook("", s.e164+" x123")}}
		nsn := phonenumbers.GetNationalSignificantNumber(s.number)
		for _, caller := range []string{s.e164, s.e164[1:], "00" + s.e164[1:], nsn, "0" + nsn, "9" + s.e164[1:]} {
			for _, region := range []string{s.region, "", "US", "DE"} {
				ctx := Context{Region: region, AreaCode: "201", ExtensionLength: 4, AccessCodes: []string{"9"}, SuffixDigits: 9}
				if a := ask(t, caller+" ext. 124", ctx, b); a.Status != StatusNone {
					t.Errorf("%s x123 called as %q in %q: %v on %q", s.e164, caller+" ext. 124", region, a.Status, a.Rung)
				}
			}
		}
	}
}

// TestStoredAndCallerAreReadAlike stores what the other test calls with.
func TestStoredAndCallerAreReadAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for _, s := range population(r, 6) {
		p := planOf(s.region)
		ways := append(s.international(),
			phonenumbers.Format(s.number, phonenumbers.NATIONAL),
			idds[s.region]+s.e164[1:],
		)
		for _, raw := range ways {
			if n := Parse(raw, s.region); n.E164 != s.e164 || n.Region() != s.region || n.NSN() != s.e164[1+len(p.code):] {
				t.Errorf("%s stored as %q is read as %+v of %s", s.e164, raw, n, n.Region())
			}
		}
	}
}

// TestEveryStringFindsItself stores strings that mean something and strings
// that do not, and calls with the same string from the same region.
func TestEveryStringFindsItself(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	all := regions()
	for range 3000 {
		region := all[r.IntN(len(all))]
		p := planOf(region)
		raw := []string{
			near(r, region),
			p.trunk + near(r, region),
			"0" + near(r, region),
			"00" + randomDigits(r, 5, 12),
			randomDigits(r, 2, 16),
			"+" + randomDigits(r, 2, 16),
			"*" + randomDigits(r, 2, 5) + "#",
			"AB" + randomDigits(r, 2, 5),
		}[r.IntN(8)]
		a := ask(t, raw, Context{Region: region}, newBook(region, raw))
		if a.Status != StatusMatch {
			n := Parse(raw, region)
			t.Errorf("%q stored in %s as %+v does not find itself: %+v", raw, region, n, Explain(Clean(raw, ""), Context{Region: region}, newBook(region, raw)))
		}
	}
}

// TestWhatIsTypedIsAPrefixOfWhatIsStored types every number, in several ways,
// digit by digit.
func TestWhatIsTypedIsAPrefixOfWhatIsStored(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for _, s := range population(r, 6) {
		n := Parse(s.e164, "")
		stored := n.Digits(nil)
		ways := []string{
			s.e164, s.e164[1:],
			phonenumbers.Format(s.number, phonenumbers.INTERNATIONAL),
			phonenumbers.Format(s.number, phonenumbers.NATIONAL),
			n.NSN(),
			idds[s.region] + s.e164[1:],
		}
		for _, way := range ways {
			for i := range len(way) + 1 {
				typed := way[:i]
				prefixes := SearchDigits(typed, s.region)
				if digits := Clean(typed, "").Digits; len(digits) <= len(idds[s.region])+1 {
					continue // perhaps an international prefix that is not complete
				}
				if !anyPrefix(prefixes, stored) {
					t.Errorf("%q typed in %s looks for %q, stored is %q", typed, s.region, prefixes, stored)
				}
			}
		}
	}
}

func anyPrefix(prefixes, stored []string) bool {
	for _, p := range prefixes {
		for _, s := range stored {
			if strings.HasPrefix(s, p) {
				return true
			}
		}
	}
	return false
}

// TestEverythingIsSafeForConcurrentUse makes goroutines meet where tables are
// compiled at first use.
func TestEverythingIsSafeForConcurrentUse(t *testing.T) {
	b := newBook("", "+442079460018", "+12015550123")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(17, uint64(i)))
			var a Answer
			for _, region := range regions() {
				digits := planOf(region).trunk + near(r, region)
				n := Parse(digits, region)
				n.Region()
				n.Display()
				Match(Clean(digits, ""), Context{Region: region}, b, &a)
				SearchDigits(digits, region)
				if n.E164 != "" && n.Local == "" && a.E164 != n.E164 {
					t.Errorf("%q in %s is stored as %s and called as %s", digits, region, n.E164, a.E164)
				}
			}
		})
	}
	wg.Wait()
	if got := fmt.Sprint(Explain(Clean("020 7946 0018", ""), inGB, b).Rung); got != "national" {
		t.Errorf("rung %q", got)
	}
}
