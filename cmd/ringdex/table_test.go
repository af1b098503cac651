package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWidthIsCountedInCells(t *testing.T) {
	for text, want := range map[string]int{
		"":           0,
		"Ann":        3,
		"Zoë":        3,
		"Zoe\u0308":  3, // a combining diaeresis
		"例 太郎":       7,
		"ｱﾝ":         2, // half-width katakana
		"ＡＢ":         4, // full-width Latin
		"Αλέξης":     6,
		"Ольга":      5,
		"نور":        3,
		"a\u200db":   2, // a joiner that only formats
		"\U0001f600": 2,
		"\u4e00\xff": 3, // a broken byte takes the cell of its replacement
	} {
		if got := cellWidth(text); got != want {
			t.Errorf("cellWidth(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestPrintableKeepsTextAndDisarmsControls(t *testing.T) {
	for text, want := range map[string]string{
		"Zoë 例 نور\u200c": "Zoë 例 نور\u200c",
		"a\x1b[2Jb":       "a\ufffd[2Jb",
		"a\r\nb\tc":       "a\ufffd\ufffdb\ufffdc",
		"\u202eabc\u2066": "\ufffdabc\ufffd",
		"\u009b31m":       "\ufffd31m",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestStyledTableAlignsLikeAPlainOne(t *testing.T) {
	render := func(styled bool) string {
		tb := table{heads: []string{"NAME", "PRESENCE", "ID"}, styles: []func(string) string{nil, presenceColour, dim}, styled: styled}
		tb.add("例 太郎", "busy, inACall", "c1")
		tb.add("Ann Example", "", "c2")
		tb.add("Ben", "available", "")
		tb.add("Cem", "away (stale)", "c4")
		var out strings.Builder
		if err := tb.write(&out, "> "); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	plain := render(false)
	want := `> NAME         PRESENCE       ID
> 例 太郎      busy, inACall  c1
> Ann Example                 c2
> Ben          available
> Cem          away (stale)   c4
`
	if diff := cmp.Diff(want, plain); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	styled := render(true)
	for _, style := range []string{bold("NAME"), red("busy, inACall"), green("available"), yellow("away (stale)"), dim("c1")} {
		if !strings.Contains(styled, style) {
			t.Errorf("no %q in\n%s", style, styled)
		}
	}
	codes := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "")
	if diff := cmp.Diff(plain, codes.Replace(styled)); diff != "" {
		t.Errorf("without its colours the table differs (-plain +styled):\n%s", diff)
	}
}

func TestOnlyATerminalIsColoured(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if a := testApp(); a.styled(file) || a.styled(&strings.Builder{}) {
		t.Error("a file is coloured")
	}
}

func TestColourCanBeRefused(t *testing.T) {
	for _, c := range []struct {
		noColor, term string
		flag, want    bool
	}{
		{"", "xterm", false, true},
		{"", "xterm", true, false},
		{"1", "xterm", false, false},
		{"", "dumb", false, false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		a := testApp()
		a.noColor = c.flag
		if got := a.colourWanted(); got != c.want {
			t.Errorf("%+v: colour %v", c, got)
		}
	}
}
