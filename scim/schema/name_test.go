package schema

import (
	"testing"
	"time"

	"golang.org/x/text/secure/precis"
)

func TestUserNamesAreComparedAsPRECISAsks(t *testing.T) {
	for name, want := range map[string]string{
		"Ana.Sample@Example.com": "ana.sample@example.com",
		"ÅNGSTRÖM@x":             "ångström@x",
		"A\u030angstro\u0308m":   "ångström",
		"ａｎａ":                    "ana",
		"ΑΝΑ":                    "ανα",
		"":                       "",
		// What the profile refuses is prepared all the same.
		"Ana Sample":   "ana sample",
		" A ":          " a ",
		"AzureAD\\Ana": "azuread\\ana",
		"ª":            "ª",
		"Ⅳ":            "ⅳ",
		"A\u200dB":     "a\u200db",
	} {
		if got := PrepareUserName(name); got != want {
			t.Errorf("PrepareUserName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPlainUserNamesNeedNoProfile(t *testing.T) {
	for c := byte('!'); c < 0x7f; c++ {
		s := "x" + string(c) + "Y"
		want, err := precis.UsernameCaseMapped.String(s)
		if got := PrepareUserName(s); err != nil || got != want {
			t.Errorf("PrepareUserName(%q) = %q, the profile %q, %v", s, got, want, err)
		}
	}
}

func TestFoldedNamesAreEqualWithoutCase(t *testing.T) {
	for _, pair := range [][2]string{
		{"Straße", "STRASSE"}, {"Sales", "sALES"}, {"Ångström", "A\u030aNGSTRO\u0308M"}, {"ΣΊΣΥΦΟΣ", "σίσυφος"}, {"İ", "i̇"},
	} {
		if FoldName(pair[0]) != FoldName(pair[1]) {
			t.Errorf("%q folds to %q, %q to %q", pair[0], FoldName(pair[0]), pair[1], FoldName(pair[1]))
		}
	}
	if FoldName("Sales ") == FoldName("Sales") {
		t.Error("a blank was lost")
	}
}

func FuzzPreparedNamesStay(f *testing.F) {
	for _, s := range []string{"Ana", "ǅ", "ﬃ", "İI", "ſ", "\u0345Α", "ϒ\u0301", "ｶﾞ", "ＡＢ Ｃ", "ΑΣ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := PrepareUserName(s)
		if twice := PrepareUserName(once); twice != once {
			t.Errorf("PrepareUserName(%q) = %q, and that becomes %q", s, once, twice)
		}
		once = FoldName(s)
		if twice := FoldName(once); twice != once {
			t.Errorf("FoldName(%q) = %q, and that becomes %q", s, once, twice)
		}
	})
}

func TestDateTimesWithAnyFractionAndZone(t *testing.T) {
	want := time.Date(2021, 9, 23, 19, 35, 41, 842057200, time.UTC)
	for _, s := range []string{"2021-09-23T19:35:41.8420572Z", "2021-09-23T21:35:41.842057200+02:00", "2021-09-23T21:35:41.8420572 02:00", "2021-09-23t19:35:41.8420572z", "2021-09-23T19:35:41.8420572"} {
		if got, ok := ParseDateTime(s); !ok || !got.Equal(want) {
			t.Errorf("ParseDateTime(%s) = %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "2021-09-23", "2021-13-23T19:35:41Z", "yesterday", "2021-09-23T19:35:41+2"} {
		if got, ok := ParseDateTime(s); ok {
			t.Errorf("ParseDateTime(%s) = %v", s, got)
		}
	}
}
