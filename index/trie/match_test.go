package trie

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// marked returns the fields with what is highlighted in brackets.
func marked(fields []Field, list []Highlight) string {
	var out []string
	for i, f := range fields {
		s, at := "", 0
		runes := []rune(f.Text)
		for _, h := range list {
			if h.Field == i {
				s += string(runes[at:h.Start]) + "[" + string(runes[h.Start:h.End]) + "]"
				at = h.End
			}
		}
		out = append(out, s+string(runes[at:]))
	}
	return strings.Join(out, " | ")
}

func TestHighlightsShowWhatWasHit(t *testing.T) {
	for _, c := range []struct {
		query  string
		fields []Field
		want   string
	}{
		{"jo sm", []Field{{Display, "John Smith"}, {Email, "john.smith"}}, "[Jo]hn [Sm]ith | [jo]hn.[sm]ith"},
		{"john", []Field{{Display, "Dr. John Johnson"}}, "Dr. [John] [John]son"},
		{"mue", []Field{{Display, "Jürgen Müller"}}, "Jürgen [Mü]ller"},
		{"mul", []Field{{Display, "Jürgen Mu\u0308ller"}}, "Jürgen [Mu\u0308l]ler"},
		{"gros", []Field{{Display, "Ana Groß"}}, "Ana [Groß]"},
		{"oshe", []Field{{Display, "Ana O'Shea"}}, "Ana [O'She]a"},
		{"o'she", []Field{{Display, "Ana O'Shea"}}, "Ana [O]'[She]a"},
		{"小", []Field{{Display, "王小明"}}, "王[小]明"},
		{"as", []Field{{Display, "Bo Cy"}, {Given, "Åse"}, {Family, "Łee"}}, "Bo Cy | [Ås]e | Łee"},
		{"al", []Field{{Display, "Bo"}, {Given, "Åse"}, {Family, "Łee"}}, "Bo | [Å]se | [Ł]ee"},
		{"jms", []Field{{Display, "Jo-Mae Sample"}}, "[J]o-[M]ae [S]ample"},
		{"smtih", []Field{{Display, "John Smithers"}}, "John [Smith]ers"},
		{"bill", []Field{{Display, "William Sample"}, {Given, "William"}}, "[William] Sample | [William]"},
		{"meyer", []Field{{Display, "Katharina Maier"}}, "Katharina [Maier]"},
		{"xiao", []Field{{Display, "王小明"}}, "王[小]明"},
		{"wangxm", []Field{{Display, "王小明"}}, "王小明"},
		{"wxm", []Field{{Display, "王小明"}}, "[王小明]"},
		{"yuko", []Field{{Display, "さとう ゆうこ"}}, "さとう [ゆうこ]"},
		{"sales jo", []Field{{Display, "John Doe"}, {Department, "Sales"}}, "[Jo]hn Doe | [Sales]"},
		{"x", []Field{{Display, "John Doe"}}, "John Doe"},
	} {
		if got := marked(c.fields, Highlights(c.fields, c.query, 0, nil)); got != c.want {
			t.Errorf("%q in %q; want %q", c.query, got, c.want)
		}
	}
}

// checkHighlights holds the highlights of a document to what they promise.
func checkHighlights(t *testing.T, fields []Field, query string) {
	t.Helper()
	_, ok := Match(fields, query, 0)
	list := Highlights(fields, query, 0, nil)
	if ok != (len(list) > 0) {
		t.Fatalf("%q in %q: match %v, highlights %v", query, fields, ok, list)
	}
	last := Highlight{Field: -1}
	for _, h := range list {
		if h.Start < 0 || h.Start >= h.End || h.End > utf8.RuneCountInString(fields[h.Field].Text) {
			t.Fatalf("%q in %q: %v is outside the text", query, fields, h)
		}
		if h.Field < last.Field || h.Field == last.Field && h.Start < last.End {
			t.Fatalf("%q in %q: %v after %v", query, fields, h, last)
		}
		last = h
	}
}

func TestHighlightsLieInsideTheText(t *testing.T) {
	s := newSampler(15)
	for i := range 1000 {
		checkHighlights(t, s.entry(Doc(i)).Fields, s.query())
	}
}
