package lookup

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/contact"
)

// colleague is a contact with everything that people usually have.
func colleague(i int) contact.Contact {
	return contact.Contact{
		ID: contact.ID(fmt.Sprintf("0198c5f0-0000-7000-8000-%012d", i)), ExternalID: fmt.Sprint("x-", i), UserName: fmt.Sprintf("p%d@example.com", i),
		DisplayName: fmt.Sprintf("Sample %d", i), GivenName: "Sample", FamilyName: fmt.Sprint(i), Title: "Agent", Department: "Sales", Company: "Example",
		Emails:  []contact.Email{{Type: "work", Value: fmt.Sprintf("p%d@example.com", i), Primary: true}},
		Numbers: []contact.Number{{Type: "work", Raw: fmt.Sprintf("020 7946 %04d", i)}, {Type: "mobile", Raw: fmt.Sprintf("07911 12%04d", i)}},
	}
}

func FuzzTextsSurvivePrinting(f *testing.F) {
	for _, s := range []string{"", "plain", `"quoted\"`, "\x00\x1f\x7f\n\r\t", "Zoë 花子 \u2028\u2029", "\xff\xfe", "\xe4\xb8", "<&>", strings.Repeat("é", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		printed := appendString(nil, s)
		var got string
		if err := json.Unmarshal(printed, &got); err != nil {
			t.Fatalf("%q is printed as %q: %v", s, printed, err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && got != want {
			t.Errorf("%q came back as %q", s, got)
		}
		if strings.ContainsAny(string(printed), "\x00\n\r\x1b\x7f") || !utf8.Valid(printed) {
			t.Errorf("%q is printed with control characters or broken: %q", s, printed)
		}
	})
}

func TestContactIsPrintedWholeAndForTheStreamWithoutPresence(t *testing.T) {
	s := newService(t, colleague(1))
	s.Presence = reachable("busy")
	id := string(colleague(1).ID)
	var card, match map[string]any
	text, ok := s.AppendContact([]byte{}, tenant, id)
	if !ok || json.Unmarshal(text, &card) != nil {
		t.Fatalf("AppendContact = %s, %v", text, ok)
	}
	if _, has := card["presence"]; has || card["displayName"] != "Sample 1" {
		t.Errorf("for the stream: %s", text)
	}
	text, _ = s.AppendIdentity(nil, tenant, index.Caller{Number: "+442079460001"})
	if err := json.Unmarshal(text, &match); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	best, _ := match["best"].(map[string]any)
	if state, _ := best["presence"].(map[string]any); state["availability"] != "busy" {
		t.Errorf("in an answer: %s", text)
	}
	for _, who := range []struct{ tenant, id string }{{tenant, "nobody"}, {"other", id}, {"", ""}} {
		if text, ok := s.AppendContact(nil, who.tenant, who.id); ok || len(text) > 0 {
			t.Errorf("AppendContact(%q, %q) = %s", who.tenant, who.id, text)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	people := make([]contact.Contact, 10_000)
	for i := range people {
		people[i] = colleague(i)
	}
	s := newService(b, people...)
	dst := make([]byte, 0, 4096)
	for name, number := range map[string]string{"match": "+442079461234", "none": "+14155550100", "national": "020 7946 1234"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = s.AppendIdentity(dst[:0], tenant, index.Caller{Number: number})
			}
		})
	}
}
