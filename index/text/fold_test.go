package text

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFoldComparesLettersAsPeopleTypeThem(t *testing.T) {
	for in, want := range map[string]string{
		"":              "",
		"Sales":         "sales",
		"ÅNGSTRÖM":      "angstrom",
		"Łukasz":        "lukasz",
		"Søren":         "soren",
		"Đorđe":         "dorde",
		"Groß":          "gross",
		"Æsir Œuvre":    "aesir oeuvre",
		"İstanbul ılık": "istanbul ilik",
		"Δημήτρης":      "δημητρησ",
		"ΔΗΜΉΤΡΗΣ":      "δημητρησ",
		"Пётр Чайка":    "петр чаика",
		"ＦＵＬＬ１２":        "full12",
		"٠١٢٣٤٥٦٧٨٩":    "0123456789",
		"e\u0301":       "e",
		"か\u3099":       "が",
		"مُحَمَّد":      "محمد",
		"हिन्दी":        "हिन्दी",
		"김철수":           "김철수",
		"ﬁn":            "fin",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
		if got := fold(fold(in)); got != want {
			t.Errorf("fold(fold(%q)) = %q, want %q", in, got, want)
		}
	}
}

func TestUmlautsHaveTwoSpellings(t *testing.T) {
	for in, want := range map[string][]string{
		"Müller":       {"muller", "mueller"},
		"Mu\u0308ller": {"muller", "mueller"},
		"Mueller":      {"mueller"},
		"Ådne":         {"adne", "aadne"},
		"René":         {"rene"},
	} {
		if d := cmp.Diff(want, spellings(in)); d != "" {
			t.Errorf("spellings(%q) (-want +got):\n%s", in, d)
		}
	}
}

func TestChunksAreSplitAndJoined(t *testing.T) {
	for in, want := range map[string][]chunk{
		"":                     nil,
		"- . \u0301":           nil,
		"ana sample":           {{words: []string{"ana"}, local: 1}, {words: []string{"sample"}, local: 1}},
		"o'shea":               {{words: []string{"o", "shea"}, local: 2, joined: "oshea"}},
		"jean-luc":             {{words: []string{"jean", "luc"}, local: 2, joined: "jeanluc"}},
		"r&d":                  {{words: []string{"r", "d"}, local: 2, joined: "rd"}},
		"a.sample@example.com": {{words: []string{"a", "sample", "example", "com"}, local: 2, joined: "asampleexamplecom"}},
		"山田 太郎":                {{words: []string{"山田"}, local: 1}, {words: []string{"太郎"}, local: 1}},
		"3f東京":                 {{words: []string{"3f", "東京"}, local: 2, joined: "3f東京"}},
	} {
		got := slices.Collect(chunks(in))
		if d := cmp.Diff(want, got, cmp.AllowUnexported(chunk{})); d != "" {
			t.Errorf("chunks(%q) (-want +got):\n%s", in, d)
		}
	}
}

func TestTailsBelongToScriptsWithoutSpaces(t *testing.T) {
	for in, want := range map[string][]string{
		"山田太郎":  {"田太郎", "太郎", "郎"},
		"郎":     nil,
		"smith": nil,
		"김철수":   {"철수", "수"},
	} {
		if d := cmp.Diff(want, slices.Collect(tails(in))); d != "" {
			t.Errorf("tails(%q) (-want +got):\n%s", in, d)
		}
	}
}

func TestBeginningsCountRunes(t *testing.T) {
	for _, c := range []struct {
		word string
		lo   int
		want []int
	}{
		{"abc", 1, []int{1, 2, 3}},
		{"abc", 3, []int{3}},
		{"ab", 3, nil},
		{"жук", 2, []int{4, 6}},
		{"abcdefghijklmnopq", 15, []int{15, 16}},
		{"abcdefghijklmnop", 15, []int{15, 16}},
	} {
		if d := cmp.Diff(c.want, slices.Collect(beginnings(c.word, c.lo, 16))); d != "" {
			t.Errorf("beginnings(%q, %d) (-want +got):\n%s", c.word, c.lo, d)
		}
	}
}

func TestCutKeepsRunesWhole(t *testing.T) {
	for _, s := range []string{"", "abc", "жжж", "a山b山"} {
		for n := range len(s) + 2 {
			if got := cut(s, n); !utf8.ValidString(got) || utf8.RuneCountInString(got) > n {
				t.Errorf("cut(%q, %d) = %q", s, n, got)
			}
			if got := cutBytes(s, n); !utf8.ValidString(got) || len(got) > n {
				t.Errorf("cutBytes(%q, %d) = %q", s, n, got)
			}
		}
	}
}

func TestNumbersAreNeverMisspelt(t *testing.T) {
	for word, want := range map[string]int{
		"abc": 0, "abcd": 1, "abcdefg": 1, "abcdefgh": 2, "жукжук": 1,
		"12345678": 0, "4711abcd": 0, "山田太郎山田太郎": 0,
	} {
		if got := typosAllowed(word); got != want {
			t.Errorf("typosAllowed(%q) = %d, want %d", word, got, want)
		}
	}
}
