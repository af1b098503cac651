package phone

import (
	"slices"
	"strings"
	"testing"
)

// A ladderCase is one line of a named test: who is stored, who calls, what comes
// of it.
type ladderCase struct {
	stored, caller string
	ctx            Context
	want           string
}

// runLadder checks cases; more than one stored number is separated by '|'.
func runLadder(t *testing.T, cases []ladderCase) {
	t.Helper()
	for _, tc := range cases {
		b := newBook(tc.ctx.Region, strings.Split(tc.stored, "|")...)
		a := ask(t, tc.caller, tc.ctx, rangeBook{b})
		if got := outcome(&a); got != tc.want {
			t.Errorf("stored %q, caller %q in %+v: got %q, want %q\n%+v", tc.stored, tc.caller, tc.ctx, got, tc.want, Explain(Clean(tc.caller, ""), tc.ctx, rangeBook{b}).Trace)
		}
	}
}

func TestNumberReservedForFictionIsOneNumber(t *testing.T) {
	runLadder(t, []ladderCase{
		{"07700 900123", "+447700900123", inGB, "e164"},
		{"07700 900123", "07700 900123", inGB, "national"},
		{"+447700900123", "07700 900123", inGB, "national"},
		{"07700 900123|+44 7700 900123", "07700900123", inGB, "national ambiguous=2"},
		{"07700 900123", "07700 900124", inGB, "none"},
		{"07700 900123 x1", "07700 900123 x2", inGB, "none"},
		{"+17005554141", "7005554141", inUS, "national"},
		{"+17005554141", "700-555-4141 x3", inUS, "national"},
	})
}

func TestUnknownNumberConcludesNothing(t *testing.T) {
	runLadder(t, []ladderCase{
		{"+447700900123", "07700 900123", inDE, "none"},               // a German reading, whatever it is worth
		{"+447700900123", "7700900123", inGB, "nsn_unique"},           // no trunk prefix: not what is dialled
		{"+4412345", "12345", inGB, "none"},                           // no form of a whole number
		{"+15550123", "5550123", inUS, "none"},                        // a subscriber number is no whole one
		{"+5511887654321", "011 8765-4321 1", inDE, "none"},           // no variant of what is merely plausible
		{"+493012345678", "12345678", inDE, "none"},                   // digits at the end are not enough
		{"+447700900123", "17700900123", inGB, "none"},                // another first digit
		{"+447700900123", "+1 07700 900123", inGB, "none"},            // another country
		{"+447700900123", "07700 900 123 456 789", inGB, "none"},      // too long
		{"+390331123456", "331123456", Context{Region: "IT"}, "none"}, // valid as it is, and another line
	})
}

func TestDeclaredBlockHoldsNumbersThatTheMetadataDoesNotKnow(t *testing.T) {
	b := newBook("GB")
	b.ranges = []Range{{ID: "film", Prefix: "+447700900", Label: "Film studio"}}
	a := ask(t, "07700 900999", inGB, rangeBook{b})
	if a.Status != StatusRange || a.Range.Label != "Film studio" || a.E164 != "+447700900999" {
		t.Errorf("%+v", a)
	}
}

func TestRungURI(t *testing.T) {
	runLadder(t, []ladderCase{
		{"sip:ana@Example.COM", "sip:ana@example.com", nowhere, "uri"},
		{"sips:ana@example.com", "\"A\" <sip:ana@example.com:5061;transport=tls>", nowhere, "uri"},
		{"ana@example.com", "sip:Ana@example.com", nowhere, "none"}, // the user part has case (RFC 3261 section 19.1.4)
		{"sip:%61na@example.com", "sip:ana@example.com", nowhere, "uri"},
		{"sip:ana@example.com", "sip:ana@example.org", nowhere, "none"},
	})
}

func TestRungE164(t *testing.T) {
	runLadder(t, []ladderCase{
		{"+44 20 7946 0018", "+442079460018", inGB, "e164"},
		{"+442079460018", "+44 (0)20 7946 0018", inGB, "e164"},
		{"+442079460018", "+44-20-7946-0018", inDE, "e164"},
		{"+442079460018", "+44.20.7946.0018", inUS, "e164"},
		{"+442079460018", "++44 20 7946 0018", inUS, "e164"},
		{"+442079460018", "00442079460018", Context{Region: "FR"}, "e164"},
		{"+442079460018", "0011 44 20 7946 0018", Context{Region: "AU"}, "e164"},
		{"+442079460018", "0014 44 20 7946 0018", Context{Region: "BR"}, "e164"},
		{"+442079460018", "010 44 20 7946 0018", Context{Region: "JP"}, "e164"},
		{"+442079460018", "8~10 44 20 7946 0018", Context{Region: "RU"}, "e164"},
		{"+442079460018", "001 44 20 7946 0018", Context{Region: "SG"}, "e164"},
		{"+12015550123", "\u0661\u0662\u0660\u0661 +12015550123", nowhere, "none"},
		{"+12015550123", "+\u0661\u0662\u0660\u0661\u0665\u0665\u0665\u0660\u0661\u0662\u0663", nowhere, "e164"},
		{"+12015550123", "\uff0b\uff11\uff12\uff10\uff11\uff15\uff15\uff15\uff10\uff11\uff12\uff13", nowhere, "e164"},
		{"+12015550123", "sip:+12015550123;npdi;rn=+12015550000@gw.example.com;user=phone", nowhere, "e164"},
		{"+12015550123", "sip:+12015550123;verstat=TN-Validation-Passed@gw.example.com", nowhere, "e164"},
		{"+12015550123", "<tel:+1-201-555-0123;isub=1234>", nowhere, "e164"},
		{"+12015550123", "tel:555-0123;phone-context=+1201", nowhere, "e164"},
		{"+12015550123", "sip:+1%32%301555%30123@gw", nowhere, "e164"},
	})
}

func TestRungE164Ext(t *testing.T) {
	runLadder(t, []ladderCase{
		{"+12015550123 x1", "+12015550123 x1", nowhere, "e164"},
		{"+12015550123 x1", "+12015550123 ext. 01", nowhere, "none"}, // another extension
		{"+12015550123 x1", "+12015550123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123;ext=1", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123p123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123w123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123,,123#", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123 extn 123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123 extension 123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123 int 123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123 anexo 123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123 interno 123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123 wew 123", nowhere, "e164_ext"},
		{"+12015550123", "+12015550123 tlf 123", nowhere, "e164_ext"},
		{"+12015550123", "+1 2015550123 pin 4444", nowhere, "e164_ext"},
		{"+12015550123 x1|+12015550123 x2", "+12015550123", nowhere, "e164_ext ambiguous=2"},
		{"+12015550123 x1|+12015550123", "+12015550123", nowhere, "e164"},
	})
}

func TestRungExtension(t *testing.T) {
	four := Context{Region: "DE", ExtensionLength: 4}
	runLadder(t, []ladderCase{
		{"1234", "1234", four, "extension"},
		{"1234|+4930123456 x1234", "1234", four, "extension ambiguous=2"},
		{"x1234", "x1234", four, "extension"},
		{"1234", "sip:1234@10.0.0.1", four, "extension"},
		{"1234", "tel:1234;phone-context=example.com", four, "extension"},
		{"12345", "12345", four, "raw"}, // longer than the plan; still what is written there
		{"1234", "12345", four, "none"},
		{"+491234", "1234", four, "none"},
		{"+4930901234", "1234", four, "none"},
	})
}

func TestRungNational(t *testing.T) {
	runLadder(t, []ladderCase{
		{"+442079460018", "020 7946 0018", inGB, "national"},
		{"+442079460018", "2079460018", inGB, "national"},
		{"+12015550123", "(201) 555-0123", inUS, "national"},
		{"+12015550123", "201.555.0123 x1", inUS, "national"},
		{"+37060012345", "060012345", Context{Region: "LT"}, "national"},
		{"+37060012345", "860012345", Context{Region: "LT"}, "national"},
		{"+390612345678", "06 12345678", Context{Region: "IT"}, "national"},
		{"+3780549886377", "0549 886377", Context{Region: "SM"}, "national"},
		{"+5491123456789", "011 15-2345-6789", Context{Region: "AR"}, "national"},
		{"+74951234567", "8 (495) 123-45-67", Context{Region: "RU"}, "national"},
		{"+3612345678", "06 1 234 5678", Context{Region: "HU"}, "national"},
		{"+442079460018", "020 7946 0018", inUS, "nsn_unique"},
	})
}

func TestRungRepair(t *testing.T) {
	runLadder(t, []ladderCase{
		{"+442079460018", "00442079460018", inUS, "idd_repair"},
		{"+442079460018", "011442079460018", inDE, "idd_repair"},
		{"+442079460018", "0011442079460018", inGB, "idd_repair"},
		{"+442079460018", "810442079460018", inDE, "idd_repair"},
		{"+442079460018", "442079460018", inGB, "plus_repair"},
		{"+442079460018", "442079460018", inUS, "plus_repair"},
		{"+4930123456", "4930123456", inDE, "plus_repair"},
		{"+442079460018", "44 (0)20 7946 0018", inUS, "plus_repair"},
		{"+12015550123", "12015550123", inDE, "plus_repair"},
		{"+17005554141", "**31#17005554141", inUS, "plus_repair"},
		{"+17005554141", "#31#17005554141", inUS, "plus_repair"},
		{"+17005554141", "*67 1 700 555 4141", inUS, "plus_repair"},
	})
}

func TestRungNSNUnique(t *testing.T) {
	runLadder(t, []ladderCase{
		{"+12015550123", "2015550123", inDE, "none"}, // valid in Germany: nothing to repair
		{"+12015550123", "2015550123", Context{Region: "FR"}, "nsn_unique"},
		{"+12015550123|+522015550123", "2015550123", Context{Region: "FR"}, "none"},
		{"+12015550123|+12015550123", "2015550123", Context{Region: "FR"}, "none"}, // two people
		{"+12015550123", "+2015550123", nowhere, "none"},
		{"+3725551234", "5551234", inUS, "none"}, // below eight digits
	})
}

func TestRungRaw(t *testing.T) {
	runLadder(t, []ladderCase{
		{"*21#", "*21#", inGB, "raw"},
		{"*98", "*98", inUS, "raw"},
		{"#77", "*77", inUS, "none"},
		{"70070", "70070", inDE, "raw"},
		{"116117", "116117", inDE, "raw"},
		{"EXAMPLE", "EXAMPLE", inDE, "raw"},
		{"EXAMPLE", "example", inDE, "none"},
	})
}

func TestRangeIsNeverInferred(t *testing.T) {
	b := newBook("", "+12015550100")
	for _, caller := range []string{"+12015550199", "+1201555010", "+120155501000"} {
		if a := ask(t, caller, inUS, rangeBook{b}); a.Status != StatusNone {
			t.Errorf("%s is taken for the next number: %+v", caller, a)
		}
	}
	b.ranges = []Range{{Prefix: "+1201555", Label: "Acme"}}
	a := ask(t, "(201) 555-0199", inUS, rangeBook{b})
	if a.Status != StatusRange || len(a.Candidates) != 0 || a.Range.Label != "Acme" {
		t.Errorf("in the declared block: %+v", a)
	}
}

func TestMissIsNotAWord(t *testing.T) {
	for _, caller := range []string{"+12015550199", "12", "EXAMPLE", "*21#", "ana@example.com", "!!!"} {
		a := ask(t, caller, inUS, newBook(""))
		if a.Status != StatusNone || strings.Contains(strings.ToLower(a.Reason), "unknown") {
			t.Errorf("%q: %v, %q", caller, a.Status, a.Reason)
		}
	}
}

func TestWithheldFormsAreAnonymous(t *testing.T) {
	for _, caller := range []string{
		"anonymous", "Anonymous", "private", "restricted", "withheld", "blocked", "unavailable", "unknown", "Unknown Caller", "Private number", "", "0", "-", " ",
		"anonymous@anonymous.invalid", "sip:anonymous@anonymous.invalid", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
		"sip:+12015550123@anonymous.invalid", "<sip:unavailable@unknown.invalid>", "sip:restricted@gw.example.com", "tel:anonymous",
	} {
		if c := Clean(caller, ""); c.Class != ClassAnonymous {
			t.Errorf("%q is %v", caller, c.Class)
		}
	}
	for _, privacy := range []string{"id", "user", "header", "critical", "id;critical", "none, id"} {
		if c := Clean("+12015550123", privacy); c.Class != ClassAnonymous {
			t.Errorf("privacy %q: %v", privacy, c.Class)
		}
	}
	if c := Clean("+12015550123", "none"); c.Class != ClassE164 {
		t.Errorf("privacy none: %v", c.Class)
	}
}

func TestExplainNamesEveryRung(t *testing.T) {
	ctx := Context{Region: "GB", AreaCode: "20", ExtensionLength: 4, AccessCodes: []string{"9"}, SuffixDigits: 9}
	tried := map[Rung]bool{}
	for _, caller := range []string{"sip:07700900999@pbx.example.com", "+442079460018 x1", "79460018"} {
		a := Explain(Clean(caller, ""), ctx, suffixBook{rangeBook{newBook("")}})
		for _, s := range a.Trace {
			tried[s.Rung] = true
			if (s.Outcome == Skipped) && s.Note == "" || s.Outcome != Skipped && s.Form == "" {
				t.Errorf("%q: step %+v says nothing", caller, s)
			}
		}
	}
	for r := RungURI; r <= RungSuffix; r++ {
		if !tried[r] {
			t.Errorf("rung %v is in no explanation", r)
		}
	}
}

func TestHostileCallersAreReadInBoundedTime(t *testing.T) {
	for name, caller := range map[string]string{
		"ten kilobytes of digits": strings.Repeat("1", 10<<10),
		"a thousand plus signs":   strings.Repeat("+", 1000) + "442079460018",
		"control characters":      "\x00\x1b+44\x0720\x007946\r\n0018",
		"right-to-left marks":     "\u202e+44\u200f 20 7946\u200e 0018\u202c",
		"percent signs":           "sip:" + strings.Repeat("%25", 1000) + "@h",
		"brackets":                strings.Repeat("<", 1000) + "+442079460018" + strings.Repeat(">", 1000),
		"parameters":              "tel:+442079460018" + strings.Repeat(";ext=1", 1000),
		"quotes":                  strings.Repeat(`"\`, 1000) + "<sip:+442079460018@h>",
		"combining marks":         strings.Repeat("\u0301", 1000),
		"not UTF-8":               strings.Repeat("\xff\xc0", 1000) + "+442079460018",
	} {
		var a Answer
		Match(Clean(caller, ""), inGB, newBook("GB", "+442079460018"), &a)
		if a.Reason == "" || a.Class.String() == "invalid" {
			t.Errorf("%s: %+v", name, a)
		}
		if strings.HasPrefix(name, "right") || strings.HasPrefix(name, "control") {
			if a.Status != StatusMatch {
				t.Errorf("%s: %v", name, a.Status)
			}
		}
	}
}

func TestHasIsWhatKeysListed(t *testing.T) {
	raws := []string{
		"+442079460018", "+442079460018 x12", "020 7946 0018", "4711", "x4711", "712345", "12345678", "sip:ana@example.com", "sip:+12015550123@h", "*21#", "EXAMPLE",
		"unknown", "", "+376712345", "+68312345", "+999123456789", "07700 900123",
	}
	var numbers []Number
	var all []Key
	for _, raw := range raws {
		for _, region := range []string{"GB", "AD", ""} {
			n := Parse(raw, region)
			numbers = append(numbers, n)
			all = n.Keys(all)
		}
	}
	all = append(all, Key{}, Key{Space: SpaceRaw}, Key{Space: SpaceE164, Text: "+442079460018", Ext: "9"}, Key{Space: SpaceTrunk, Text: "+442079460018", Ext: "12"}, Key{Space: 99, Text: "4711"})
	for i := range numbers {
		n := &numbers[i]
		for _, k := range all {
			if got, want := n.Has(k), slices.Contains(n.Keys(nil), k); got != want {
				t.Errorf("%+v has %+v: %v, want %v", n, k, got, want)
			}
		}
	}
}
