package fold

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestStringFoldsWhatPeopleDoNotType(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"  Ana   SAMPLE ", "ana sample"},
		{"Łukasz Øster Đặng Straße Æsir Œuvre Þór Ibrahım ẞ", "lukasz oster dang strasse aesir oeuvre thor ibrahim ss"},
		{"İstanbul", "istanbul"},
		{"Ǿre", "ore"},
		{"Nguyễn Thị Ánh", "nguyen thi anh"},
		{"re\u0301sume\u0301", "resume"},
		{"\u0301\u0302", ""},
		{"Ａｎａ　１２", "ana 12"},
		{"O'Shea O’Shea O´Shea Oʼshea", "o shea o shea o shea o shea"},
		{"Jean-Luc Jean‑Luc Jean–Luc", "jean luc jean luc jean luc"},
		{"co\u00adop", "coop"},
		{"Παπαδόπουλος ΠΑΠΑΔΟΠΟΥΛΟΣ", "παπαδοπουλοσ παπαδοπουλοσ"},
		{"Семён АНДРЕЙ Київ", "семен андрей київ"},
		{"и\u0306", "й"},
		{"مُحَمَّد محـــمد أحمد فاطمة", "محمد محمد احمد فاطمه"},
		{"ی ک ى", "ي ك ي"},
		{"٤٢ ४२", "42 42"},
		{"王小明", "王小明"},
		{"Anna王さん", "anna 王さん"},
		{"ヤマダ ﾔﾏﾀﾞ やまだ", "やまだ やまだ やまだ"},
		{"김철수 \u1100\u1175\u11b7", "김철수 김"},
		{"अनिता", "अनिता"},
		{"R&D (C/O)", "r d c o"},
		{"x\xff\xfey", "x y"},
		{"½ ² Ⅷ ﬁ", "2 viii fi"},
	} {
		if got := String(c.in); got != c.want {
			t.Errorf("String(%q) = %q; want %q", c.in, got, c.want)
		}
	}
}

func TestWordsKeepTheirPlaceInTheText(t *testing.T) {
	got := Words(nil, "« O'Shea, Ju\u0308rgen 王小明")
	want := []Word{
		{Text: "o", Start: 2, End: 3},
		{Text: "shea", Start: 4, End: 8, Glued: true},
		{Text: "jurgen", Second: "juergen", Start: 10, End: 17},
		{Text: "王小明", Start: 18, End: 21, CJK: true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("words (-want +got):\n%s", d)
	}
}

func TestOnlyTightHyphensJoin(t *testing.T) {
	for text, want := range map[string]bool{
		"a-b": true, "a - b": false, "a- b": false, "a -b": false, "a--b": false, "a-.b": false, "a.-b": false,
	} {
		words := Words(nil, text)
		if len(words) != 2 || words[1].Glued != want {
			t.Errorf("Words(%q) = %+v; want two, glued %v", text, words, want)
		}
	}
}

func TestTokensCoverEveryWayOfTyping(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"O'Shea", []string{"oshea", "o", "shea"}},
		{"Jean-Luc Sample", []string{"jeanluc", "jean", "luc", "sample"}},
		{"Müller", []string{"mueller", "muller"}},
		{"Müller-Åse", []string{"muelleraase", "mullerase", "mueller", "muller", "aase", "ase"}},
		{"Øster", []string{"oester", "oster"}},
		{"王小明", []string{"王小明", "小明", "明"}},
		{"山田　太郎", []string{"山田太郎", "山田", "田", "太郎", "郎"}},
		{"山田, 太郎", []string{"山田", "田", "太郎", "郎"}},
	} {
		var got []string
		for _, token := range Tokens(nil, c.in) {
			got = append(got, token.Text)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("tokens of %q (-want +got):\n%s", c.in, d)
		}
	}
}

func TestExtentFindsTheOriginalLetters(t *testing.T) {
	for _, c := range []struct {
		in, token string
		n         int
		want      string
	}{
		{"Dr Jürgen", "jurgen", 2, "Jü"},
		{"Dr Jürgen", "juergen", 2, "Jü"},
		{"Dr Jürgen", "juergen", 3, "Jü"},
		{"Dr Ju\u0308rgen", "jurgen", 2, "Ju\u0308"},
		{"Dr Ju\u0308rgen", "jurgen", 6, "Ju\u0308rgen"},
		{"Große", "grosse", 4, "Groß"},
		{"Große", "grosse", 5, "Groß"},
		{"Mx O'Shea", "oshea", 3, "O'Sh"},
		{"(王小明)", "小明", len("小"), "小"},
		{"ﾔﾏﾀﾞさん", "ださん", len("ださ"), "ﾀﾞさ"},
		{"محـــمد", "محمد", len("محم"), "محـــم"},
	} {
		i := slices.IndexFunc(Tokens(nil, c.in), func(t Token) bool { return t.Text == c.token })
		if i < 0 {
			t.Errorf("%q has no token %q", c.in, c.token)
			continue
		}
		start, end := Tokens(nil, c.in)[i].Extent(c.in, c.n)
		if got := string([]rune(c.in)[start:end]); got != c.want {
			t.Errorf("%d bytes of %q in %q are %q; want %q", c.n, c.token, c.in, got, c.want)
		}
	}
}

func TestHostileTextIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"words": strings.Repeat("ab ", 10_000),
		"glued": strings.Repeat("ab-", 10_000),
		"long":  strings.Repeat("ä", 10_000),
		"cjk":   strings.Repeat("王", 10_000),
		"marks": "a" + strings.Repeat("\u0301", 10_000),
		"vowel": "क" + strings.Repeat("\u093f", 10_000),
	} {
		tokens := Tokens(nil, text)
		bytes := 0
		for _, token := range tokens {
			bytes += len(token.Text)
		}
		if len(tokens) > maxWords*(maxCJK+2) || bytes > 1<<18 {
			t.Errorf("%s: %d tokens of %d bytes", name, len(tokens), bytes)
		}
	}
}

func TestASCIINamesAllocateOnce(t *testing.T) {
	var f Folder
	var room [8]Word
	if n := testing.AllocsPerRun(100, func() { f.Words(room[:0], "Ana-Maria Sample") }); n > 1 {
		t.Errorf("Words allocates %v times; want 1 at most", n)
	}
}

func TestPlainIsWords(t *testing.T) {
	for _, text := range []string{"", " ", "jo", " jo  sm ", "jo 12", strings.Repeat("ab ", 200), strings.Repeat("x", 64), strings.Repeat("x", 64) + " y"} {
		got, ok := Plain(nil, text)
		if d := cmp.Diff(Words(nil, text), got); !ok || d != "" {
			t.Errorf("Plain(%q) = %v (-Words +Plain):\n%s", text, ok, d)
		}
	}
	for _, text := range []string{"Jo", "j\u0301", "o'shea", "a-b", "a\tb", "a.b", "é", "\xff", strings.Repeat("x", 65)} {
		if got, ok := Plain(nil, text); ok || len(got) > 0 {
			t.Errorf("Plain(%q) = %v; want refusal", text, got)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"O'Shea", "Müller-Lüdenscheidt", "王小明", "ﾔﾏﾀﾞ", "a\u0301\xff\u1100\u1161", "मि\u0301", "محـمد", "ŉ½", "A\u030a\u0301-", "\xe1\x840ᅡ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		runes := utf8.RuneCountInString(text)
		last := Word{}
		for _, w := range Words(nil, text) {
			if w.Start < last.Start || w.End < last.End || w.End <= w.Start || w.End > runes || w.Text == "" {
				t.Fatalf("word %+v after %+v in %d code points", w, last, runes)
			}
			last = w
		}
		if plain, ok := Plain(nil, text); ok && !slices.Equal(plain, Words(nil, text)) {
			t.Fatalf("Plain(%q) = %v", text, plain)
		}
		for _, token := range Tokens(nil, text) {
			for n := 1; n <= len(token.Text); n++ {
				start, end := token.Extent(text, n)
				if start < 0 || start >= end || end > runes {
					t.Fatalf("extent [%d, %d) of %d bytes of %+v in %d code points", start, end, n, token, runes)
				}
			}
		}
		if s := String(text); s != strings.Join(strings.Fields(s), " ") {
			t.Fatalf("String has loose spaces: %q", s)
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	for name, text := range map[string]string{"ascii": "Ana Maria Sample", "latin": "Jürgen Łukasiewicz", "cyrillic": "Анна Примерова", "han": "王小明"} {
		b.Run(name, func(b *testing.B) {
			var f Folder
			var words []Word
			var tokens []Token
			b.ReportAllocs()
			for b.Loop() {
				words = f.Words(words[:0], text)
				tokens = Expand(tokens[:0], words)
			}
		})
	}
}
