package phone

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Contexts of the tests.
var (
	inGB    = Context{Region: "GB"}
	inUS    = Context{Region: "US"}
	inDE    = Context{Region: "DE"}
	nowhere = Context{}
)

func TestLadder(t *testing.T) {
	for _, tc := range []struct {
		stored, caller string
		ctx            Context
		want           string
	}{
		// The same number, however it is written.
		{"+442079460018", "+44 20 7946 0018", nowhere, "e164"},
		{"+442079460018", "+44 (0) 20 7946 0018", nowhere, "e164"},
		{"+442079460018", "00 44 20 7946 0018", inDE, "e164"},
		{"+442079460018", "010 44 20 7946 0018", Context{Region: "JP"}, "e164"},
		{"+442079460018", "8~10 44 20 7946 0018", Context{Region: "RU"}, "e164"},
		{"+442079460018", "00442079460018", inUS, "idd_repair"},
		{"+442079460018", "011442079460018", inGB, "idd_repair"},
		{"+442079460018", "810442079460018", inGB, "idd_repair"},
		{"+442079460018", "442079460018", inUS, "plus_repair"},
		{"+442079460018", "442079460018", nowhere, "plus_repair"},
		{"+442079460018", "sip:442079460018@h", inUS, "plus_repair"},
		{"+442079460018", "2079460018", inGB, "national"},
		{"+442079460018", "(020) 7946-0018", inGB, "national"},
		{"+14165550123", "4165550123", inUS, "national"}, // Canada dialled in the US
		{"+12015550123", "12015550123", inUS, "plus_repair"},
		{"+17005554141", "+17005554141", nowhere, "e164"}, // valid or not
		{"+17005554141", "7005554141", inUS, "national"},
		{"+74951234567", "84951234567", Context{Region: "RU"}, "national"},
		{"020 7946 0018", "+442079460018", inGB, "e164"},
		// The wrong country.
		{"+12015550123", "2015550123", inDE, "none"},
		{"+12015550123", "+2015550123", nowhere, "none"},
		{"+19012345678", "+819012345678", nowhere, "none"},
		{"+442079460018", "02079460018", Context{Region: "JP"}, "none"},
		// Extensions.
		{"+12015550123 x1", "+12015550123 x1", nowhere, "e164"},
		{"+12015550123 x1", "+12015550123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123,,,1", nowhere, "e164_ext"},
		{"+12015550123 x1", "tel:+12015550123;ext=2", nowhere, "none"},
		{"+12015550123 x1", "2015550123 x2", inUS, "none"},
		{"+12015550123 x1", "2015550123", inUS, "national"},
		{"+12015550123 x1", "2015550123 x2", inGB, "none"},
		// Internal numbers.
		{"1234", "1234", Context{ExtensionLength: 4}, "extension"},
		{"1234", "sip:1234@pbx", Context{ExtensionLength: 4}, "extension"},
		{"1234", "1234", Context{ExtensionLength: 3}, "raw"},
		{"+12015550123 x1234", "1234", Context{ExtensionLength: 4}, "extension"},
		{"+12015550123 x1234", "1234", nowhere, "none"},
		{"+4912345", "12345", inDE, "none"},
		{"+491234", "1234", inDE, "none"},
		{"+12015550123", "123", inUS, "none"},
		{"+12015550123", "0123", inUS, "none"},
		{"+376712345", "712345", Context{Region: "AD"}, "national"},
		{"712345", "712345", Context{Region: "AD", ExtensionLength: 6}, "extension"},
		// Text.
		{"*21#", "*21#", inGB, "raw"},
		{"*21#", "*22#", inGB, "none"},
		{"ACME2000", "ACME2000", inGB, "raw"},
		{"ACME2000", "acme2000", inGB, "none"},
		{"112", "112", inGB, "raw"},
		{"5550123", "555-0123", inUS, "raw"},
		// Addresses.
		{"sip:ana@example.com", "\"Ana\" <sip:ana@EXAMPLE.com:5060;user=ip>;tag=1", inGB, "uri"},
		{"ana@example.com", "sip:ben@example.com", inGB, "none"},
		{"sip:4711@pbx.example.com", "sip:4711@pbx.example.com", inGB, "uri"},
		{"sip:4711@pbx.example.com", "sip:4711@other.example.com", inGB, "raw"},
		// Outside lines.
		{"+12015550123", "912015550123", Context{Region: "US", AccessCodes: []string{"8", "9"}}, "access_strip"},
		{"+12015550123", "9 (201) 555-0123", Context{Region: "US", AccessCodes: []string{"9"}}, "access_strip"},
		{"+12015550123", "9+12015550123", Context{Region: "US", AccessCodes: []string{"9"}}, "access_strip"},
		{"+442079460018", "9011442079460018", Context{Region: "US", AccessCodes: []string{"9"}}, "access_strip"},
		{"+494012345678", "0,04012345678", Context{Region: "DE", AccessCodes: []string{"0,"}}, "access_strip"},
		{"+12015550123", "95550123", Context{Region: "US", AreaCode: "201", AccessCodes: []string{"9"}}, "access_strip"},
		{"+12015550123", "95550123", Context{Region: "US", AreaCode: "202", AccessCodes: []string{"9"}}, "none"},
		{"+493012345678", "012345678", Context{Region: "DE", AreaCode: "030", AccessCodes: []string{"0"}}, "access_strip"},
		{"+12015550123", "912015550123", inUS, "none"},
		{"+442079460018", "02079460018", Context{Region: "GB", AccessCodes: []string{"0", "02"}}, "national"},
		{"+12015550123 x1", "912015550123 x2", Context{Region: "US", AccessCodes: []string{"9"}}, "none"},
		// Subscriber numbers.
		{"+12015550123", "5550123", Context{Region: "US", AreaCode: "201"}, "local_area"},
		{"+12015550123", "5550123", inUS, "none"},
		{"+12015550123", "5550123", Context{Region: "US", AreaCode: "202"}, "none"},
		{"+4930901820", "901820", Context{Region: "DE", AreaCode: "030"}, "local_area"},
		{"+4930901820", "901820", Context{Region: "DE", AreaCode: "30"}, "local_area"},
		{"+4930901820", "901820", Context{Region: "DE", AreaCode: "x"}, "none"},
		// The only one with these digits.
		{"+12015550123", "2015550123", Context{Region: "FR"}, "nsn_unique"},
		{"+442079460018", "02079460018", nowhere, "nsn_unique"},
		{"+3761234567", "1234567", nowhere, "none"}, // too short to say anything
		// Equivalent numbers, both ways.
		{"+525512345678", "+5215512345678", nowhere, "variant:mx1"},
		{"+5215512345678", "+525512345678", nowhere, "variant:mx1"},
		{"+525512345678", "015512345678", Context{Region: "MX"}, "variant:mx01"},
		{"+525512345678", "044 55 1234 5678", Context{Region: "MX"}, "variant:mx044"},
		{"+5491123456789", "+541123456789", nowhere, "variant:ar9"},
		{"+541123456789", "+5491123456789", nowhere, "variant:ar9"},
		{"+5491123456789", "011 15-2345-6789", Context{Region: "AR"}, "national"},
		{"+5511987654321", "+551187654321", nowhere, "variant:br9"},
		{"+551187654321", "(11) 98765-4321", Context{Region: "BR"}, "variant:br9"},
		{"+551133334444", "+5511933334444", nowhere, "none"}, // a landline and a mobile number
		{"+5511933334444", "+551133334444", nowhere, "none"},
		{"+390612345678", "+39612345678", nowhere, "variant:it0"},
		{"+39612345678", "06 12345678", Context{Region: "IT"}, "variant:it0"},
		{"+390331123456", "+39331123456", nowhere, "none"}, // both exist
		{"+3780549886377", "+390549886377", nowhere, "variant:sm"},
		{"+390549886377", "+378 0549 886377", nowhere, "variant:sm"},
		{"+390549886377", "+378 886377", nowhere, "variant:sm"},
		{"+2290197123456", "+22997123456", nowhere, "variant:migr"},
		{"+22997123456", "+2290197123456", nowhere, "variant:migr"},
		{"+2250707123456", "+22507123456", nowhere, "variant:migr"},
		{"+966112345678", "+96612345678", nowhere, "variant:migr"},
		{"+84901234567", "+841201234567", nowhere, "none"},
		{"+84701234567", "+841201234567", nowhere, "variant:migr"},
		{"+63285551234", "+6325551234", nowhere, "variant:migr"},
		{"+5511987654321 x1", "+551187654321 x2", nowhere, "none"},
		{"+525512345678", "1234", Context{Region: "MX"}, "none"},
	} {
		a := ask(t, tc.caller, tc.ctx, newBook(tc.ctx.Region, tc.stored))
		if got := outcome(&a); got != tc.want {
			t.Errorf("stored %q, caller %q in %q: got %q, want %q", tc.stored, tc.caller, tc.ctx.Region, got, tc.want)
		}
		if (a.Status == StatusMatch) != (len(a.Candidates) == 1) || a.People != len(a.Candidates) || a.Reason == "" {
			t.Errorf("stored %q, caller %q: inconsistent answer %+v", tc.stored, tc.caller, a)
		}
	}
}

func TestAnonymousCallerIsNotLookedUp(t *testing.T) {
	for _, c := range []Caller{Clean("unknown", ""), Clean("+12015550123", "id"), Clean("sip:x@anonymous.invalid", "")} {
		var a Answer
		Match(c, inUS, mustNotFind{t}, &a)
		if a.Status != StatusAnonymous || a.Class != ClassAnonymous || a.E164 != "" {
			t.Errorf("caller %q: %+v", c.Raw, a)
		}
	}
}

// mustNotFind is a Finder that nobody may ask.
type mustNotFind struct{ t *testing.T }

func (f mustNotFind) Find(k Key, dst []Hit) []Hit {
	f.t.Errorf("asked for %+v", k)
	return dst
}

func TestAnswerTellsTheLikeliestNumber(t *testing.T) {
	for _, tc := range []struct {
		caller string
		ctx    Context
		class  Class
		e164   string
		ext    string
	}{
		{"020 7946 0018 x7", inGB, ClassE164, "+442079460018", "7"},
		{"+44 (0)20 7946 0018", nowhere, ClassE164, "+442079460018", ""},
		{"442079460018", inUS, ClassE164, "+442079460018", ""},
		{"912015550123", Context{Region: "US", AccessCodes: []string{"9"}}, ClassE164, "+12015550123", ""},
		{"5550123", Context{Region: "US", AreaCode: "201"}, ClassE164, "+12015550123", ""},
		{"015512345678", Context{Region: "MX"}, ClassE164, "+525512345678", ""},
		{"5550123", inUS, ClassNational, "", ""},
		{"1234", inDE, ClassExtension, "", ""},
		{"*21#", inDE, ClassService, "", ""},
		{"ana@example.com", inDE, ClassURI, "", ""},
	} {
		a := ask(t, tc.caller, tc.ctx, newBook(""))
		if a.Status != StatusNone || a.Class != tc.class || a.E164 != tc.e164 || a.Ext != tc.ext {
			t.Errorf("caller %q: %v %v %q ext %q, want %v %q ext %q", tc.caller, a.Status, a.Class, a.E164, a.Ext, tc.class, tc.e164, tc.ext)
		}
	}
}

func TestAmbiguityIsReportedInOrder(t *testing.T) {
	b := newBook("")
	for _, h := range []Hit{
		{Doc: 9, ID: "z", Directory: 1},
		{Doc: 1, ID: "d"},
		{Doc: 2, ID: "c"},
		{Doc: 3, ID: "x", Recent: 5},
		{Doc: 4, ID: "a", Inactive: true},
		{Doc: 5, ID: "y", Primary: true},
		{Doc: 6, ID: "b", TypeRank: 1},
	} {
		b.add(h, "+12015550123", "")
	}
	a := ask(t, "+12015550123", nowhere, b)
	var order []string
	for _, h := range a.Candidates {
		order = append(order, h.ID)
	}
	if got := strings.Join(order, ""); got != "yxcdabz" || a.Status != StatusAmbiguous || a.People != 7 {
		t.Errorf("order %q of %d people, %v", got, a.People, a.Status)
	}
}

func TestSamePersonTwiceIsOneMatch(t *testing.T) {
	b := newBook("")
	b.add(Hit{Doc: 1, Person: "p", ID: "b"}, "+12015550123", "")
	b.add(Hit{Doc: 2, Person: "p", ID: "a"}, "+12015550123", "")
	b.add(Hit{Doc: 2, Slot: 1, Person: "p", ID: "a"}, "+12015550123", "")
	a := ask(t, "+12015550123", nowhere, b)
	if a.Status != StatusMatch || a.Candidates[0].ID != "a" || a.Candidates[0].Slot != 0 {
		t.Errorf("got %v %+v", a.Status, a.Candidates)
	}
}

func TestSwitchboardNamesNobodyInParticular(t *testing.T) {
	b := newBook("")
	for i := range 3 * MaxCandidates {
		b.add(Hit{Doc: uint32(i), ID: fmt.Sprintf("%04d", 3*MaxCandidates-i)}, fmt.Sprintf("+12015550123 x%d", 100+i/2), "")
	}
	a := ask(t, "+12015550123", nowhere, b)
	if a.Status != StatusAmbiguous || a.Rung != RungE164Ext || a.People != 3*MaxCandidates || len(a.Candidates) != MaxCandidates {
		t.Errorf("%v on %v, %d people, %d named", a.Status, a.Rung, a.People, len(a.Candidates))
	}
	if !slices.IsSortedFunc(a.Candidates, func(x, y Hit) int { return cmp.Compare(x.ID, y.ID) }) {
		t.Error("candidates are not in order")
	}
	if a = ask(t, "+12015550123 x150", nowhere, b); a.People != 2 || a.Rung != RungE164 {
		t.Errorf("extension 150: %d people on %v", a.People, a.Rung)
	}
}

func TestEqualNationalNumbersOfTwoCountriesDecideNothing(t *testing.T) {
	a := ask(t, "2015550123", Context{Region: "FR"}, newBook("", "+12015550123", "+492015550123"))
	if a.Status != StatusNone || len(a.Candidates) != 0 {
		t.Errorf("got %v %+v", a.Status, a.Candidates)
	}
}

func TestRangesAndSuffixesComeLast(t *testing.T) {
	b := newBook("", "+493012345678", "+442079460018", "+12015550123")
	b.ranges = []Range{{Prefix: "+4930", Label: "Wide"}, {Prefix: "+493012345", Label: "Acme"}}
	f := suffixBook{rangeBook{b}}
	suffix := Context{Region: "DE", SuffixDigits: 5}
	for _, tc := range []struct {
		caller, want, label string
		ctx                 Context
	}{
		{"+493012345678", "e164", "", suffix},
		{"+493012345699", "range", "Acme", suffix},
		{"030 12345 699", "range", "Acme", suffix},
		{"+4930999999", "range", "Wide", suffix},
		{"+4989999999", "none", "", suffix},
		{"8812015550123", "suffix", "", Context{Region: "US", SuffixDigits: 5}}, // rubbish in front
		{"8812015550123", "none", "", inUS},                                     // off by default
		{"15550123", "none", "", suffix},                                        // never below nine digits
		{"+492015550123", "none", "", suffix},                                   // another country
	} {
		a := ask(t, tc.caller, tc.ctx, f)
		if got := outcome(&a); got != tc.want || a.Range.Label != tc.label {
			t.Errorf("caller %q: got %q %q, want %q %q", tc.caller, got, a.Range.Label, tc.want, tc.label)
		}
	}
}

func TestAnswerCanBeUsedAgain(t *testing.T) {
	b := newBook("GB", "+442079460018", "+442079460018", "+12015550123")
	var a Answer
	for range 2 {
		Match(Clean("+442079460018", ""), inGB, b, &a)
		if a.Status != StatusAmbiguous || a.People != 2 {
			t.Errorf("first: %+v", a)
		}
		Match(Clean("+5215512345678", ""), inGB, b, &a)
		if a.Status != StatusNone || len(a.Candidates) != 0 || a.People != 0 || a.Rung != RungNone {
			t.Errorf("second: %+v", a)
		}
		Match(Clean("withheld", ""), inGB, b, &a)
		if a.Status != StatusAnonymous || a.E164 != "" {
			t.Errorf("third: %+v", a)
		}
	}
}

func TestTraceShowsEachRungTried(t *testing.T) {
	a := Explain(Clean("020 7946 0018", ""), inGB, newBook("", "+442079460018"))
	var got []string
	for _, s := range a.Trace {
		got = append(got, fmt.Sprintf("%v %s %d", s.Rung, s.Form, s.Hits))
	}
	want := []string{"extension  0", "raw 02079460018 0", "national +442079460018 1"}
	if !slices.Equal(got, want) {
		t.Errorf("trace %q, want %q", got, want)
	}
}

func TestNumberWithPlusIsMatchedWithoutAllocating(t *testing.T) {
	b := newBook("GB", "+442079460018")
	a := Answer{Candidates: make([]Hit, 0, 4)}
	for _, caller := range []string{"+442079460018", "+442079460019"} {
		if n := testing.AllocsPerRun(100, func() { Match(Clean(caller, ""), inGB, b, &a) }); n != 0 {
			t.Errorf("caller %q: %v allocations", caller, n)
		}
	}
}

func TestNamesAreComplete(t *testing.T) {
	for r := RungNone; r <= RungSuffix; r++ {
		if s := r.String(); (s == "") != (r == RungNone) || (reasons[r] == "") != (r == RungNone) {
			t.Errorf("rung %d is %q, %q", r, s, reasons[r])
		}
	}
	for c := ClassRaw; c <= ClassAnonymous; c++ {
		if c.String() == "" || c.String() == "invalid" {
			t.Errorf("class %d has no name", c)
		}
	}
	for s := StatusNone; s <= StatusAnonymous; s++ {
		if s.String() == "" || s.String() == "invalid" {
			t.Errorf("status %d has no name", s)
		}
	}
	if Rung(99).String() != "invalid" || Class(99).String() != "invalid" || Status(99).String() != "invalid" {
		t.Error("unknown values have a name")
	}
}
