package text

import (
	"errors"
	"testing"
	"unicode/utf8"
)

func FuzzSearch(f *testing.F) {
	for _, s := range []string{
		"", "a", "jonh dept:\"field sales\"", "title:", "dept:\"", "::", "o'shea", "山田", "qualitätssicherungsbeauftrgate",
		"\u0301\u0301", "\xff\xfe", "ﷺﷺﷺ", "a\u200fb", "email:ana.mueller@example.com", "12345678", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	} {
		f.Add(s)
	}
	x := open(f, Config{})
	m := model{}
	for _, d := range append(staff(), people(60, 6)...) {
		m[d.ID] = d
		x.Put("t", d)
	}
	settle(f, x)
	f.Fuzz(func(t *testing.T, s string) {
		q := ParseQuery(s)
		got, err := x.Search(t.Context(), "t", q)
		if err != nil {
			if !errors.Is(err, ErrTooLong) {
				t.Fatalf("Search = %v", err)
			}
			return
		}
		want, err := m.search(q)
		if err != nil {
			t.Fatalf("model: %v", err)
		}
		if len(got) != len(want) {
			t.Fatalf("Search finds %d, the model %d", len(got), len(want))
		}
		for i := range got {
			if got[i].ID != want[i].ID || got[i].Score != want[i].Score {
				t.Errorf("hit %d is %+v, want %+v", i, got[i], want[i])
			}
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "Łukasz MÜLLER", "か\u3099", "İ", "\u0301a", "\xffä", "ﬁ٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, folded := range spellings(s) {
			for c := range chunks(folded) {
				if len(c.words) == 0 {
					t.Fatalf("a chunk of %q has no words", s)
				}
				for _, w := range c.words {
					if w == "" || utf8.RuneCountInString(w) > maxWord {
						t.Errorf("%q has the word %q", s, w)
					}
					if again := splitWords(fold(w)); len(again) == 0 {
						t.Errorf("folding %q again leaves nothing", w)
					}
				}
			}
		}
	})
}
