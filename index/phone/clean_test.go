package phone

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCleanTakesCallersApart(t *testing.T) {
	global := Caller{Class: ClassE164, E164: "+12015550123", Digits: "12015550123"}
	withExt := global
	withExt.Ext = "42"
	at := func(c Caller, user, host string) Caller {
		c.User, c.Host, c.AOR = user, host, user+"@"+host
		return c
	}
	verified := global
	verified.Attestation = "TN-Validation-Passed"
	london := Caller{Class: ClassNational, Digits: "02079460018"}
	for _, tc := range []struct {
		raw  string
		want Caller
	}{
		{"+12015550123", global},
		{"+1 (201) 555-0123", global},
		{"++1.201.555.0123", global},
		{"(+1) 201 555 0123", global},
		{"+1/201/555-0123", global},
		{"tel:+1-201-555-0123", global},
		{"TEL:+12015550123", global},
		{"tel://+12015550123", global},
		{"Tel.: +1 201 555 0123", global},
		{"mobile +1 201 555 0123", global},
		{"+1 201 555 0123 (home)", global},
		{"+1 201 555 0123/24", global},
		{"+1 201 555 0123 / +1 201 555 0124", global},
		{"+1 201 555 0123 or +1 201 555 0124", global},
		{"tel:+12015550123;isub=1411", global},
		{"tel:+12015550123;ext=42", withExt},
		{"+12015550123;ext=42", withExt},
		{"+1 201 555 0123 x42", withExt},
		{"+1 201 555 0123 ext. 42", withExt},
		{"+1 201 555 0123 Extension: 42", withExt},
		{"+1 201 555 0123 #42", withExt},
		{"+1 201 555 0123 int 42", withExt},
		{"+1 201 555 0123 anexo 42", withExt},
		{"+1 201 555 0123 \u0434\u043e\u0431. 42", withExt},
		{"+12015550123,,42#", withExt},
		{"+12015550123;42", withExt},
		{"+12015550123p42", withExt},
		{"+12015550123ww42", withExt},
		{"+1 201 555 0123 pin 42", withExt},
		{"+12015550123 x42/x43", withExt},
		{"tel:+12015550123;verstat=TN-Validation-Passed", verified},
		{"sip:+12015550123@gw.example.com;user=phone", at(global, "+12015550123", "gw.example.com")},
		{"sips:+12015550123@GW.Example.com:5061;transport=tls", at(global, "+12015550123", "gw.example.com")},
		{"\"A <b> \\\" c\" <sip:+12015550123@gw.example.com>;tag=9", at(global, "+12015550123", "gw.example.com")},
		{"<sip:+12015550123@gw.example.com>, <tel:+12015550199>", at(global, "+12015550123", "gw.example.com")},
		{"sip:%2B12015550123@h", at(global, "+12015550123", "h")},
		{"sip:%2b1%32015550123@h", at(global, "+12015550123", "h")},
		{"sip:100%@h", at(Caller{Class: ClassURI}, "100%", "h")},
		{"sip:100%zz@h", at(Caller{Class: ClassURI}, "100%zz", "h")},
		{"sip:+12015550123;verstat=TN-Validation-Passed@h;user=phone", at(verified, "+12015550123", "h")},
		{"sip:+12015550123;ext=42@h", at(withExt, "+12015550123", "h")},
		{"sip:+12015550123:secret@h?subject=x", at(global, "+12015550123", "h")},
		{"sip:+12015550123@[2001:db8::1]:5060", at(global, "+12015550123", "[2001:db8::1]")},
		{"+12015550123@gw.example.com", at(global, "+12015550123", "gw.example.com")},
		{"sip:+12015550123", global},
		{"tel:7042;phone-context=+1914555", Caller{Class: ClassE164, E164: "+19145557042", Digits: "19145557042", PhoneContext: "+1914555"}},
		{"tel:7042;phone-context=example.com", Caller{Class: ClassExtension, Digits: "7042", PhoneContext: "example.com"}},
		{"020 7946 0018", london},
		{"(020) 7946-0018", london},
		{"(0)20 7946 0018", london},
		{"*31#02079460018", london},
		{"#31#02079460018", london},
		{"**31#02079460018", london},
		{"*67 02079460018", london},
		{"*8202079460018", london},
		{"020 7946 0018/19", london},
		{"\u200e020\u00a07946\u20110018\u202c", london},
		{"\uff10\uff12\uff10\uff17\uff19\uff14\uff16\uff10\uff10\uff11\uff18", london},
		{"\u0660\u0662\u0660 \u0667\u0669\u0664\u0666 \u0660\u0660\u0661\u0668", london},
		{"020\x00 7946\x07 0018", london},
		{"+02079460018", london},
		{"+00442079460018", Caller{Class: ClassNational, Digits: "00442079460018"}},
		{"089/12345678", Caller{Class: ClassNational, Digits: "08912345678"}},
		{"034205/12345", Caller{Class: ClassNational, Digits: "03420512345"}},
		{"8~10 44 20 7946 0018", Caller{Class: ClassNational, Digits: "810442079460018"}},
		{"4711", Caller{Class: ClassExtension, Digits: "4711"}},
		{"x4711", Caller{Class: ClassExtension, Digits: "4711"}},
		{"Ext. 4711", Caller{Class: ClassExtension, Digits: "4711"}},
		{"sip:4711@pbx.example.com", at(Caller{Class: ClassExtension, Digits: "4711"}, "4711", "pbx.example.com")},
		{"sip:Ana%20S@Example.com", at(Caller{Class: ClassURI}, "Ana S", "example.com")},
		{"ana@example.com", at(Caller{Class: ClassURI}, "ana", "example.com")},
		{"*21#", Caller{Class: ClassService}},
		{"*21*4711#", Caller{Class: ClassService}},
		{"#100#", Caller{Class: ClassService}},
		{"*67", Caller{Class: ClassService}},
		{"ACME2000", Caller{Class: ClassRaw}},
		{"Info 24", Caller{Class: ClassRaw}},
		{"1-800-FLOWERS", Caller{Class: ClassRaw}},
		{"L0#04012345678", Caller{Class: ClassRaw}},
		{"020 7946 00x", Caller{Class: ClassRaw}},
		{"+1234", Caller{Class: ClassRaw, Digits: "1234"}},
		{"+1234567890123456", Caller{Class: ClassRaw, Digits: "1234567890123456"}},
		{strings.Repeat("9", 25), Caller{Class: ClassRaw, Digits: strings.Repeat("9", 25)}},
		{strings.Repeat("9", 26), Caller{Class: ClassRaw}},
		{"not a number", Caller{Class: ClassRaw}},
		{"sip:example.com", Caller{Class: ClassRaw}},
		{"anonymous@anonymous.invalid", Caller{Class: ClassAnonymous}},
		{"\"Anonymous\" <sip:c8oqz84zk7z@Anonymous.invalid>", Caller{Class: ClassAnonymous}},
		{"sip:anonymous@gw.example.com", Caller{Class: ClassAnonymous}},
		{"tel:unavailable", Caller{Class: ClassAnonymous}},
		{"RESTRICTED", Caller{Class: ClassAnonymous}},
		{" - ", Caller{Class: ClassAnonymous}},
		{"0", Caller{Class: ClassAnonymous}},
		{"", Caller{Class: ClassAnonymous}},
		{"<>", Caller{Class: ClassAnonymous}},
		{"\u200e\u200f", Caller{Class: ClassAnonymous}},
	} {
		got := Clean(tc.raw, "")
		if got.Raw != tc.raw {
			t.Errorf("Clean(%q) changed Raw to %q", tc.raw, got.Raw)
		}
		if d := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(Caller{}, "Raw", "Text")); d != "" {
			t.Errorf("Clean(%q) (-want +got):\n%s", tc.raw, d)
		}
	}
}

func TestPrivacyHidesEverything(t *testing.T) {
	for _, header := range []string{"id", "ID", "user", "header;critical", "none; id", "history, id", "critical"} {
		c := Clean("sip:+12015550123@h", header)
		if want := (Caller{Raw: c.Raw, Class: ClassAnonymous}); c != want {
			t.Errorf("privacy %q leaves %+v", header, c)
		}
	}
	for _, header := range []string{"", "none", "history", "identity", ";"} {
		if c := Clean("+12015550123", header); c.Class != ClassE164 {
			t.Errorf("privacy %q makes the caller %v", header, c.Class)
		}
	}
}

func TestEveryDecimalDigitIsRead(t *testing.T) {
	for _, table := range unicode.Nd.R16 {
		checkDigits(t, rune(table.Lo), rune(table.Hi), rune(table.Stride))
	}
	for _, table := range unicode.Nd.R32 {
		checkDigits(t, rune(table.Lo), rune(table.Hi), rune(table.Stride))
	}
}

// checkDigits holds what digitValue relies on: digits come in tens.
func checkDigits(t *testing.T, low, high, stride rune) {
	t.Helper()
	if stride != 1 || (high-low+1)%10 != 0 {
		t.Errorf("digits from %U to %U are not in tens", low, high)
	}
	for r := low; r <= high; r++ {
		if got, want := foldRune(r), '0'+(r-low)%10; got != want {
			t.Errorf("%U is read as %q, want %q", r, got, want)
		}
	}
}

func TestLongInputIsReadToItsLimit(t *testing.T) {
	for _, unit := range []string{"9", "+", "(", "%2B", "<", "\"", ";a=b", "\u0660", "x1", "*31#", "e\u0301", "\xff", "@", "/1"} {
		raw := strings.Repeat(unit, 10_000/len(unit))
		for _, s := range []string{raw, "+1201" + raw, "sip:" + raw + "@h", "<" + raw + ">"} {
			c := Clean(s, s)
			if c.Raw != s {
				t.Errorf("raw of %q… changed", s[:8])
			}
			for _, field := range []string{c.Text, c.Digits, c.Ext, c.User, c.Host, c.AOR, c.PhoneContext, c.Attestation} {
				if len(field) > 2*MaxCallerBytes || !utf8.ValidString(field) {
					t.Errorf("Clean(%q…) has a field of %d bytes", s[:8], len(field))
				}
			}
		}
	}
}

func TestPlainNumberIsCleanedWithoutAllocating(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Clean("+442079460018", "") }); n != 0 {
		t.Errorf("Clean allocates %v times", n)
	}
}
