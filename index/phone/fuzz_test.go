package phone

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are what trunks, people and attackers write.
var seeds = [...]string{
	"", "0", "-", "+", "#", "*", "<", ">", "@", "sip:", "tel:;", "+442079460018", "020 7946 0018 x12", "sip:+12015550123@gw.example.com;user=phone",
	"\"A <b>\" <sip:%2B1201@h>;tag=1", "tel:7042;phone-context=+1914555", "*31#020", "L0#04012345678", "0,02079460018", "+1 2015550123 pin 4444",
	"1-800-FLOWERS", "089/12345678/9", "\u0660\u0662\u0660", "\uff0b\uff14\uff14", "anonymous@anonymous.invalid", "+39 (0)6 12345678", "015512345678",
	"\xff\xfe", "%", "%4", "%00%ff", "x", "ext", "12or34", "+1 or", "9999999999999999999999999999",
}

// checkE164 fails unless s is empty or '+' and 7 to 15 digits.
func checkE164(t *testing.T, s string) {
	t.Helper()
	if s != "" && !isPlain(s) {
		t.Errorf("%q is no E.164 number", s)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "")
	}
	f.Add("+442079460018", "id;critical")
	f.Fuzz(func(t *testing.T, raw, privacy string) {
		c := Clean(raw, privacy)
		checkE164(t, c.E164)
		if c.Raw != raw || (c.Class == ClassE164) != (c.E164 != "") || c.E164 != "" && c.E164[1:] != c.Digits {
			t.Errorf("%+v", c)
		}
		if c.Digits != "" && !isDigits(c.Digits) || c.Ext != "" && !isDigits(c.Ext) || len(c.Ext) > maxExt || len(c.Digits) > 3*MaxCallerBytes {
			t.Errorf("%+v", c)
		}
		for _, s := range []string{c.Text, c.User, c.Host, c.AOR, c.PhoneContext, c.Attestation} {
			if len(s) > 3*MaxCallerBytes || utf8.ValidString(raw) && !utf8.ValidString(s) {
				t.Errorf("%q in %+v", s, c)
			}
		}
		checkCleanedStays(t, c)
	})
}

// checkCleanedStays holds that the text of a number, cleaned, is that number.
func checkCleanedStays(t *testing.T, c Caller) {
	t.Helper()
	if c.PhoneContext != "" || c.AOR != "" || c.Class != ClassE164 && c.Class != ClassNational && c.Class != ClassExtension {
		return
	}
	written := c.Digits
	if c.E164 != "" {
		written = c.E164
	}
	if c.Ext != "" {
		written += ";ext=" + c.Ext
	}
	again := Clean(written, "")
	if c.Digits == "0" {
		return // an extension in this place, nothing by itself
	}
	if again.Class != c.Class || again.E164 != c.E164 || again.Digits != c.Digits || again.Ext != c.Ext {
		t.Errorf("%q is %+v; written as %q it is %+v", c.Raw, c, written, again)
	}
}

func FuzzParse(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, populated[i%len(populated)])
	}
	f.Add("712345", "AD")
	f.Fuzz(func(t *testing.T, raw, region string) {
		n := Parse(raw, region)
		checkE164(t, n.E164)
		if n.Raw != raw || (n.Class == ClassE164) != (n.E164 != "") || n.Ext != "" && !isDigits(n.Ext) || len(n.Local) > 3*MaxCallerBytes {
			t.Errorf("%+v", n)
		}
		keys := n.Keys(nil)
		for i, k := range keys {
			if k.Text == "" || k.Space == 0 || k.Space == SpaceNSN && len(k.Text) < minNSN {
				t.Errorf("key %+v of %+v", k, n)
			}
			for _, other := range keys[:i] {
				if k == other {
					t.Errorf("key %+v twice in %+v", k, n)
				}
			}
		}
		for _, d := range n.Digits(nil) {
			if !isDigits(d) {
				t.Errorf("digits %q of %+v", d, n)
			}
		}
		if again := Parse(n.E164, region); n.E164 != "" && again.E164 != n.E164 {
			t.Errorf("%s is read again as %+v", n.E164, again)
		}
		if !utf8.ValidString(n.Display()) && utf8.ValidString(raw) {
			t.Errorf("%+v is shown as %q", n, n.Display())
		}
	})
}

func FuzzMatch(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, seeds[(i*7)%len(seeds)], populated[i%len(populated)], "201", "9", 4)
	}
	f.Fuzz(func(t *testing.T, stored, raw, region, area, access string, length int) {
		ctx := Context{Region: region, AreaCode: area, ExtensionLength: length, AccessCodes: []string{access}, SuffixDigits: length}
		b := newBook(region, stored)
		b.ranges = []Range{{Prefix: "+49"}}
		finder := suffixBook{rangeBook{b}}
		c := Clean(raw, "")
		a := Explain(c, ctx, finder)
		checkE164(t, a.E164)
		if (a.Status == StatusMatch) != (len(a.Candidates) == 1) || a.Status == StatusAmbiguous || len(a.Trace) > 64 {
			t.Errorf("%+v", a)
		}
		if a.Status == StatusMatch {
			checkMatch(t, &b.numbers[0], &a)
		}
		var again Answer
		Match(c, ctx, finder, &again)
		a.Trace, again.Candidates, again.Trace = nil, append([]Hit{}, again.Candidates...), nil
		a.Candidates = append([]Hit{}, a.Candidates...)
		if !reflect.DeepEqual(a, again) {
			t.Errorf("Explain says %+v, Match %+v", a, again)
		}
	})
}

// checkMatch holds what is true of every match.
func checkMatch(t *testing.T, n *Number, a *Answer) {
	t.Helper()
	if a.Ext != "" && n.Ext != "" && a.Ext != n.Ext {
		t.Errorf("extensions %s and %s match: %+v", a.Ext, n.Ext, a)
	}
	if n.Class == ClassAnonymous {
		t.Errorf("a placeholder matches: %+v", a)
	}
	switch a.Rung {
	case RungE164, RungE164Ext, RungNational, RungIDDRepair, RungPlusRepair, RungAccessStrip, RungLocalArea:
		if a.E164 != n.E164 {
			t.Errorf("%s matches %s on %v", a.E164, n.E164, a.Rung)
		}
	case RungSuffix:
		if !strings.HasSuffix(n.E164, a.Trace[len(a.Trace)-1].Form) {
			t.Errorf("suffix: %+v", a)
		}
	}
}

func FuzzSearchDigits(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, populated[i%len(populated)])
	}
	f.Fuzz(func(t *testing.T, typed, region string) {
		prefixes := SearchDigits(typed, region)
		if len(prefixes) > 3 {
			t.Errorf("%q", prefixes)
		}
		for i, p := range prefixes {
			if !isDigits(p) || len(p) > maxDialled+3 {
				t.Errorf("prefix %q of %q", p, typed)
			}
			for _, other := range prefixes[:i] {
				if other == p {
					t.Errorf("%q twice in %q", p, prefixes)
				}
			}
		}
	})
}
