package people

import (
	"bytes"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const sampleSize = 10_000

// TestPeopleAreTheSameEveryTime pins the first people in a readable file and
// all others by a hash: whoever changes them changes every recorded figure.
func TestPeopleAreTheSameEveryTime(t *testing.T) {
	var got bytes.Buffer
	h := fnv.New64a()
	for p := range Generate(1, sampleSize) {
		line := fmt.Sprintf("%+v\n", p)
		_, _ = h.Write([]byte(line))
		if p.Ordinal%40 < 2 && p.Ordinal < 1000 {
			fmt.Fprintf(&got, "%d %s | %s | %s | %s | %s | %s | %s\n",
				p.Ordinal, p.Country, p.DisplayName, p.UserPrincipalName, p.JobTitle, p.Department, p.CompanyName, p.ID)
			for _, ph := range p.Phones {
				fmt.Fprintf(&got, "    %s: %q is %q ext %q in %q\n", ph.Type, ph.Value, ph.E164, ph.Ext, ph.Region)
			}
		}
	}
	fmt.Fprintf(&got, "hash of %d people: %016x\n", sampleSize, h.Sum64())
	path := filepath.Join("testdata", "people.txt")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("people changed (-want +got):\n%s", d)
	}
}

func TestAnyPersonCanBeMadeAlone(t *testing.T) {
	c := Company{Seed: 7, Home: "GB"}
	for p := range c.People(200) {
		if d := cmp.Diff(p, c.Person(p.Ordinal)); d != "" {
			t.Fatal(d)
		}
	}
	if d := cmp.Diff(c.Person(3), Company{Seed: 8, Home: "GB"}.Person(3)); d == "" {
		t.Error("another seed gives the same person")
	}
}

func TestIdentifiersAreUnique(t *testing.T) {
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	okta := regexp.MustCompile(`^00u[0-9A-Za-z]{17}$`)
	mail := regexp.MustCompile(`^[a-z.]+[0-9]+@(mail\.)?example\.(com|org|net)$`)
	seen := map[string]bool{}
	for p := range Generate(2, 50_000) {
		for _, id := range []string{p.ID, OktaID(p.ID), p.UserPrincipalName, p.EmployeeID} {
			if seen[id] {
				t.Fatalf("%q stands twice", id)
			}
			seen[id] = true
		}
		if !guid.MatchString(p.ID) || !okta.MatchString(OktaID(p.ID)) {
			t.Errorf("ids %q, %q", p.ID, OktaID(p.ID))
		}
		if !mail.MatchString(p.UserPrincipalName) || (p.Mail != "" && !mail.MatchString(p.Mail)) {
			t.Errorf("userPrincipalName %q, mail %q", p.UserPrincipalName, p.Mail)
		}
		if p.Ordinal > 0 && !seen[p.Manager] {
			t.Errorf("manager %q of %d does not come before", p.Manager, p.Ordinal)
		}
	}
}

func TestTenThousandPeopleHaveEverything(t *testing.T) {
	scripts, regions, kinds := map[Script]int{}, map[string]int{}, map[string]int{}
	for p := range Generate(3, sampleSize) {
		scripts[p.Script]++
		for _, ph := range p.Phones {
			kinds[kindOf(ph)]++
			if ph.E164 != "" {
				regions[p.Country]++
			}
		}
		if len(p.Phones) == 0 {
			kinds["no number"]++
		}
		if !p.Active {
			kinds["inactive"]++
		}
		if p.Mail == "" {
			kinds["no mail"]++
		}
	}
	for _, s := range Scripts() {
		if scripts[s] < sampleSize/200 {
			t.Errorf("%d people in script %s", scripts[s], s)
		}
	}
	for _, r := range Regions() {
		if regions[r] < sampleSize/200 {
			t.Errorf("%d numbers of %s", regions[r], r)
		}
	}
	for _, k := range []string{
		"E.164", "tel:", "(0)", "brackets", "dots", "hyphens", "IDD", "national", "extension only", "with extension", "no number at all",
		"no number", "inactive", "no mail",
	} {
		if kinds[k] < sampleSize/200 {
			t.Errorf("%d of kind %q", kinds[k], k)
		}
	}
	if len(Regions()) < 12 {
		t.Errorf("%d countries, want a dozen", len(Regions()))
	}
}

func kindOf(ph Phone) string {
	switch v := ph.Value; {
	case ph.E164 == "" && ph.Ext == v:
		return "extension only"
	case ph.E164 == "":
		return "no number at all"
	case ph.Ext != "":
		return "with extension"
	case v == ph.E164:
		return "E.164"
	case strings.HasPrefix(v, "tel:"):
		return "tel:"
	case strings.Contains(v, "(0)"):
		return "(0)"
	case strings.Contains(v, "("):
		return "brackets"
	case strings.Contains(v, "."):
		return "dots"
	case strings.HasPrefix(v, "00"):
		return "IDD"
	case ph.Region != "":
		return "national"
	case strings.Contains(v, "-"):
		return "hyphens"
	}
	return "international"
}

// TestValuesHoldTheDigitsOfTheirE164 reads back what was written, by digits
// alone.
func TestValuesHoldTheDigitsOfTheirE164(t *testing.T) {
	e164 := regexp.MustCompile(`^\+[0-9]{7,15}$`)
	for _, c := range []Company{{Seed: 4}, {Seed: 4, Spread: true}, {Seed: 4, Home: "US"}} {
		for p := range c.People(sampleSize) {
			for _, ph := range p.Phones {
				if ph.E164 == "" {
					continue
				}
				if !e164.MatchString(ph.E164) {
					t.Fatalf("%q is not E.164", ph.E164)
				}
				if !holdsNumber(ph, regionOf(p.Country)) {
					t.Fatalf("%q is not %s extension %q", ph.Value, ph.E164, ph.Ext)
				}
			}
		}
	}
}

func holdsNumber(ph Phone, c *country) bool {
	var found strings.Builder
	for _, r := range strings.ReplaceAll(ph.Value, "(0)", "") {
		if unicode.IsDigit(r) {
			found.WriteRune(r)
		}
	}
	number := strings.TrimSuffix(found.String(), ph.Ext)
	digits := ph.E164[1:]
	subscriber := strings.TrimPrefix(digits, c.code)
	if ph.Region == "" {
		return number == digits
	}
	return number == c.trunk+subscriber || number == subscriber || number == c.idd+digits
}

func TestNumbersElsewhereSayTheirCountry(t *testing.T) {
	home := 0
	for p := range (Company{Seed: 5, Home: "GB"}).People(sampleSize) {
		if p.Country == "GB" {
			home++
		}
		for _, ph := range p.Phones {
			if ph.Region != "" && ph.Region != "GB" {
				t.Fatalf("a number has to be read in %s", ph.Region)
			}
		}
		if d := cmp.Diff(p.Expected("GB"), allNumbers(p)); d != "" {
			t.Fatal(d)
		}
	}
	if home < sampleSize/2 || home == sampleSize {
		t.Errorf("%d of %d work at home", home, sampleSize)
	}
}

func allNumbers(p Person) []string {
	var all []string
	for _, ph := range p.Phones {
		if ph.E164 != "" && !slices.Contains(all, ph.E164) {
			all = append(all, ph.E164)
		}
	}
	return all
}

// TestSpreadLinesAreNobodyElses: ordinals far apart, as in ten million people.
func TestSpreadLinesAreNobodyElses(t *testing.T) {
	for i := range countries {
		c := &countries[i]
		const people = 10_000_000
		if n := capacity(c.wideDirect) / 10 * 9; n < 2*people {
			t.Errorf("%s has %d direct lines for two of each of %d people", c.region, n, people)
		}
		if n := capacity(c.wideMobile); n < people {
			t.Errorf("%s has %d mobile numbers for %d people", c.region, n, people)
		}
		seen := map[string]bool{}
		for slot := 0; slot < 2*people; slot += 1_009 {
			n := c.directLine(slot, true).e164()
			if seen[n] || strings.HasSuffix(n, "0") {
				t.Fatalf("%s: slot %d has %s", c.region, slot, n)
			}
			seen[n] = true
		}
		if n := c.switchboard(3, true).e164(); !strings.HasSuffix(n, "0") {
			t.Errorf("%s: switchboard %s", c.region, n)
		}
	}
}

func TestEveryNumberOfABlockIsReached(t *testing.T) {
	c := country{code: "99", direct: []block{{areas: []string{"1", "2", "3"}, local: "5xx"}, {areas: []string{"7"}, local: "1x"}}}
	seen := map[string]bool{}
	for slot := range capacity(c.direct) / 10 * 9 {
		seen[c.directLine(slot, false).e164()] = true
	}
	for site := range capacity(c.direct) / 10 {
		seen[c.switchboard(site, false).e164()] = true
	}
	if len(seen) != 310 {
		t.Errorf("%d numbers of 310", len(seen))
	}
}

func TestSetPhoneReplacesAndRemoves(t *testing.T) {
	work, mobile := Phone{Type: "work", Value: "1"}, Phone{Type: "mobile", Value: "2"}
	p := Person{Phones: []Phone{work, mobile}}
	before := p.Phones
	p.SetPhone(Phone{Type: "work", Value: "3"})
	p.SetPhone(Phone{Type: "home", Value: "4"})
	p.SetPhone(Phone{Type: "mobile"})
	if d := cmp.Diff([]Phone{{Type: "work", Value: "3"}, {Type: "home", Value: "4"}}, p.Phones); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Phone{work, mobile}, before); d != "" {
		t.Errorf("the old slice changed: %s", d)
	}
	if got, ok := p.Phone("home"); !ok || got.Value != "4" {
		t.Errorf("Phone(home) = %+v, %v", got, ok)
	}
	if got, ok := p.Phone("mobile"); ok {
		t.Errorf("Phone(mobile) = %+v", got)
	}
}

func TestOktaIDRefusesWhatIsNoGUID(t *testing.T) {
	for _, s := range []string{"", "00u1", "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4eg", "0A21F0F2-8D2A-4F8E-BF98-7363C4AED4EF"} {
		if got := OktaID(s); got != "" {
			t.Errorf("OktaID(%q) = %q", s, got)
		}
	}
}

func TestRomaniseLeavesNoLetterOut(t *testing.T) {
	for _, l := range latin {
		for _, list := range [][]string{l.women, l.men, l.family, l.familyOfWomen, l.stems, l.endings} {
			for _, n := range list {
				want := 0
				for _, r := range n {
					if unicode.IsLetter(r) {
						want++
					}
				}
				if got := len(letters(romanise(n))); got < want {
					t.Errorf("%q becomes %q", n, romanise(n))
				}
			}
		}
	}
	for in, want := range map[string]string{"Größmann": "Grossmann", "Łucja": "Lucja", "Þórdís": "Thordis", "Işık": "Isik", "Đặng": "Dang", "Bœuf": "Boeuf"} {
		if got := romanise(in); got != want {
			t.Errorf("romanise(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkPerson(b *testing.B) {
	c := Company{Seed: 1}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c.Person(i)
		i++
	}
}
