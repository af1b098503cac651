package alias

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMetaphoneHearsNamesInTwoWays(t *testing.T) {
	for word, want := range map[string]string{
		"smith": "SM0 XMT", "schmidt": "XMT SMT", "thomas": "TMS TMS", "catherine": "K0RN KTRN", "kathryn": "K0RN KTRN",
		"maurice": "MRS MRS", "xavier": "SF SFR", "hugh": "H H", "laugh": "LF LF", "knight": "NT NT",
		"filipowicz": "FLPTS FLPFX", "cabrillo": "KPRL KPR", "michael": "MKL MXL", "wagner": "AKNR FKNR",
		"jose": "HS HS", "arnow": "ARN ARNF", "caesar": "SSR SSR", "edge": "AJ AJ", "bacci": "PX PX", "dumb": "TM TM", "sugar": "XKR SKR",
		"pneuma": "NM NM", "wright": "RT RT", "isle": "AL AL",
	} {
		first, second := metaphone(word)
		if got := string(first) + " " + string(second); got != want {
			t.Errorf("%s sounds %s; want %s", word, got, want)
		}
	}
}

func TestCologneCodes(t *testing.T) {
	for word, want := range map[string]string{
		"mueller": "657", "muller": "657", "luedenscheidt": "52682", "breschnew": "17863", "wikipedia": "3412",
		"heinz": "068", "classen": "4586", "meyer": "67", "maier": "67", "schmidt": "862", "philipp": "351", "xaver": "4837",
	} {
		if got := string(cologne(word)); got != want {
			t.Errorf("%s has the code %s; want %s", word, got, want)
		}
	}
}

func TestSlavicCodes(t *testing.T) {
	for word, want := range map[string][]string{
		"auerbach":      {"0975", "0974"},
		"moskowitz":     {"64574"},
		"lewinsky":      {"87645"},
		"peters":        {"7394", "734"},
		"szlamawicz":    {"48674"},
		"rosochowaciec": {"945745", "944755"},
	} {
		var got []string
		for _, digits := range slavic(word) {
			got = append(got, string(digits))
		}
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s has the codes %v; want %s among them", word, got, w)
			}
		}
	}
}

func TestWhatSoundsAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"smith", "schmidt", true},
		{"smith", "smyth", true},
		{"meyer", "mayer", true},
		{"maier", "meyer", true},
		{"catherine", "kathryn", true},
		{"philip", "filip", true},
		{"stephen", "steven", true},
		{"mueller", "muller", true},
		{"moskowitz", "moskovitz", true},
		{"schwartz", "shvarts", true},
		{"wojciech", "voitsekh", true},
		{"jackson", "jaxon", true},
		{"sample", "doe", false},
		{"anna", "otto", false},
		{"lee", "li", false},
		{"müller", "muller", false},
		{"john1", "john", false},
	} {
		if got := Alike(c.a, c.b); got != c.want {
			t.Errorf("Alike(%s, %s) = %v; want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestRomanSpellings(t *testing.T) {
	for word, want := range map[string][]string{
		"王小明":   {"wangxiaoming", "wxm"},
		"单田芳":   {"dantianfang", "shantianfang", "dtf", "stf"},
		"曾":     {"ceng", "zeng"},
		"やまだ":   {"yamada"},
		"たろう":   {"tarou", "taro"},
		"きょうこ":  {"kyouko", "kyoko"},
		"しゅんいち": {"shunichi"},
		"はっとり":  {"hattori"},
		"まっちゃ":  {"matcha"},
		"たろー":   {"taro"},
		"김철수":   {"gimcheolsu", "kimcheolsu", "gcs", "kcs"},
		"anna":  nil, "иван": nil, "": nil, "王ana": nil,
	} {
		if d := cmp.Diff(want, Roman(nil, word)); d != "" {
			t.Errorf("spellings of %s (-want +got):\n%s", word, d)
		}
	}
}

func TestRomanBytesCoverWhatWasTyped(t *testing.T) {
	for _, c := range []struct{ word, typed, want string }{
		{"小明", "x", "小"}, {"小明", "xiao", "小"}, {"小明", "xiaom", "小明"}, {"小明", "xm", "小明"}, {"やまだ", "ya", "や"}, {"やまだ", "yam", "やま"},
	} {
		if got := c.word[:RomanBytes(c.word, c.typed)]; got != c.want {
			t.Errorf("%q stands for %q of %q; want %q", c.typed, got, c.word, c.want)
		}
	}
}

func TestNicksGoBothWays(t *testing.T) {
	if !slices.Contains(Nicks("bill"), "william") || !slices.Contains(Nicks("william"), "bill") || Nicks("sample") != nil {
		t.Errorf("bill: %v; william: %v; sample: %v", Nicks("bill"), Nicks("william"), Nicks("sample"))
	}
	for name, others := range nicknames {
		for _, other := range others {
			if !slices.Contains(nicknames[other], name) {
				t.Errorf("%s leads to %s, but not back", name, other)
			}
		}
		if !isLatin(name) || strings.ToLower(name) != name {
			t.Errorf("%q is not folded", name)
		}
	}
}

func FuzzCodes(f *testing.F) {
	for _, s := range []string{"schtschukin", "zhdzh", "ghgh", "cc", "wicz", "jose", "王小明", "っゃ", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		codes := Codes(nil, word)
		if !slices.IsSorted(codes) || len(codes) > 3+slavicMost {
			t.Fatalf("codes of %q: %x", word, codes)
		}
		if len(codes) > 0 && !Alike(word, word) {
			t.Fatalf("%q does not sound like itself", word)
		}
		for _, s := range Roman(nil, word) {
			if !isLatin(s) {
				t.Fatalf("%q is spelt %q", word, s)
			}
		}
	})
}
