package lookup

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/contact"
)

// unfold undoes the folding of RFC 6350 section 3.2 and takes a vCard apart
// into its lines. It fails the test if a line is too long or cut wrongly.
func unfold(t *testing.T, card []byte) []string {
	t.Helper()
	text := string(card)
	if !strings.HasSuffix(text, "\r\n") || !utf8.ValidString(text) {
		t.Fatalf("not a vCard: %q", text)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > cardLine || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line of %d bytes: %q", len(line), line)
		}
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n")
}

func TestLongLinesAreFoldedBetweenCharacters(t *testing.T) {
	for _, name := range []string{
		strings.Repeat("x", 71), strings.Repeat("x", 72), strings.Repeat("x", 73), strings.Repeat("x", 1000),
		strings.Repeat("é", 400), "x" + strings.Repeat("花", 300), strings.Repeat("👩‍👧", 90), strings.Repeat(" ", 300),
	} {
		e := &index.Entry{Contact: contact.Contact{ID: "u", DisplayName: name}}
		lines := unfold(t, vCard(e))
		if got := lines[3]; got != "FN:"+name {
			t.Errorf("unfolded to %q, want the name %q", got, name)
		}
	}
}

func TestNothingInAContactEndsItsLine(t *testing.T) {
	nasty := "a\r\nTEL:1\nb\rc;d,e\\f\x00\x07g\tend"
	e := &index.Entry{Contact: contact.Contact{
		ID: "u", DisplayName: nasty, FamilyName: nasty, GivenName: nasty, NickName: nasty, Title: nasty, Department: nasty, Company: nasty,
		Emails: []contact.Email{{Type: "work\r\nTEL:1", Value: nasty}},
	}}
	lines := unfold(t, vCard(e))
	const escaped = `a\nTEL:1\nb\nc\;d\,e\\fg` + "\tend"
	want := []string{
		"BEGIN:VCARD", "VERSION:4.0", "UID:urn:uuid:u", "FN:" + escaped, "N:" + escaped + ";" + escaped + ";;;", "NICKNAME:" + escaped,
		"ORG:" + escaped + ";" + escaped, "TITLE:" + escaped, "EMAIL:" + escaped, "END:VCARD",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("card is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func FuzzCardKeepsItsForm(f *testing.F) {
	f.Add("Sample One", "Sales")
	f.Add(strings.Repeat("\x80", 200), strings.Repeat("\xf0\x9f", 90))
	f.Add("\r\n \r\n", "\u0085\u2028")
	f.Fuzz(func(t *testing.T, name, title string) {
		e := &index.Entry{Contact: contact.Contact{ID: "u", DisplayName: name, UserName: "u", Title: title}}
		lines := unfold(t, vCard(e))
		want := 5
		if title != "" {
			want++
		}
		if len(lines) != want || !strings.HasPrefix(lines[3], "FN:") {
			t.Errorf("%d lines, want %d: %q", len(lines), want, lines)
		}
	})
}
