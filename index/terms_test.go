package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func TestTheSearchBoxIsReadAsTermsAndWords(t *testing.T) {
	for s, want := range map[string]question{
		"":                          {},
		"ann b":                     {words: "ann b"},
		`dept:"field sales" ann`:    {words: "ann", clauses: []text.Clause{{Field: text.Department, Text: "field sales"}}},
		`ann group:"customer care"`: {words: "ann", terms: []term{{name: "group", text: "customer care"}}},
		"HAS:mobile Is:available":   {terms: []term{{name: "has", text: "mobile"}, {name: "is", text: "available"}}},
		"-title:trainee ann":        {words: "ann", terms: []term{{name: "title", text: "trainee", not: true}}},
		"-is:busy -group:b":         {terms: []term{{name: "is", text: "busy", not: true}, {name: "group", text: "b", not: true}}},
		"colour:red":                {words: "colour:red"},
		"-colour:red -ann":          {words: "-colour:red -ann"},
		"has: ann":                  {words: "ann"},
		`group:"not closed ann`:     {terms: []term{{name: "group", text: "not closed ann"}}},
		`"dept:sales is:away"`:      {words: "dept:sales is:away"},
		"sip:ana@example.com":       {words: "sip:ana@example.com"},
		"number:946":                {terms: []term{{name: "number", text: "946"}}},
	} {
		if d := cmp.Diff(want, readQuestion(s), cmp.AllowUnexported(question{}, term{})); d != "" {
			t.Errorf("%q (-want +got):\n%s", s, d)
		}
	}
}

func FuzzReadQuestion(f *testing.F) {
	for _, s := range []string{"", "ann", `dept:"a b" is:x`, `-has:"`, "::", `"" ""`, "-:", "has:\xff", "group:\u00a0x", "a:b:c is:d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := readQuestion(s)
		for _, one := range q.terms {
			if one.text == "" || !strings.Contains(strings.ToLower(s), one.name+":") {
				t.Errorf("%q has the term %+v", s, one)
			}
		}
		if again := readQuestion(q.words); len(again.terms) > 0 && !strings.Contains(s, `"`) {
			t.Errorf("%q leaves the words %q, in which there are terms", s, q.words)
		}
	})
}

func termWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, memlog.New())
	w.tenant("a")
	ana, bo, cy := sample("u1", "d", "Ana Stein", "+44 20 7946 0018"), sample("u2", "d", "Bo Stein", "020 7946 0019 x12"), sample("u3", "d", "Cy Łukasz", "4711")
	ana.Department, ana.Title, ana.Numbers[0].Type = "Field Sales", "Trainee", "mobile"
	bo.Department, bo.Title, bo.Emails, bo.Manager = "Field Support", "Head of Support", []contact.Email{{Value: "bo.s@example.com"}}, "u1"
	w.commit("a", stream.Tx{Puts: []stream.Put{
		putDirectory("d", "GB", false), putUser(ana), putUser(bo), putUser(cy), putUser(sample("u4", "d", "Di None", "")), putGroup("d", "g1", "Customer Care"), putGroup("d", "g2", "Émigrés"),
	}})
	w.commit("a", stream.Tx{Puts: []stream.Put{{Key: contact.MemberKey("d", "g1", "u1")}, {Key: contact.MemberKey("d", "g1", "u3")}, {Key: contact.MemberKey("d", "g2", "u2")}}})
	if err := w.index.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// Terms are exact at once; only clauses of fields forgive typing errors, when
// the text index has followed.
func TestTermsNarrowASearch(t *testing.T) {
	w := termWorld(t)
	is := func(e *Entry, word string) bool { return e.ID == "u2" && word == "busy" }
	for _, c := range []struct {
		text string
		want string
	}{
		{"dept:field", "Ana, Bo"},
		{"dept:sales", "Ana"},
		{"dept:salse", "Ana"},
		{"stein dept:supp", "Bo"},
		{"stein -dept:supp", "Ana"},
		{`title:"head support"`, "Bo"},
		{"stein title:sales", ""},
		{"-title:trainee", "Bo, Cy, Di"},
		{"group:care", "Ana, Cy"},
		{"group:emig", "Bo"},
		{"group:\"care customer\" stein", "Ana"},
		{"group:nobody", ""},
		{"has:mobile", "Ana"},
		{"has:number", "Ana, Bo, Cy"},
		{"-has:number", "Di"},
		{"has:email", "Bo"},
		{"has:extension", "Bo, Cy"},
		{"has:manager", "Bo"},
		{"has:pager", ""},
		{"is:busy", "Bo"},
		{"stein -is:busy", "Ana"},
		{"is:away", ""},
		{"number:7946", "Ana, Bo"},
		{"number:46001", "Ana, Bo"},
		{"number:46001 bo", "Bo"},
		{"number:none", ""},
		{"0207946 has:mobile", "Ana"},
		{"name:lukasz", "Cy"},
		{"email:bo.s@example.com", "Bo"},
		{"-", ""},
	} {
		found, more, err := w.index.Search(t.Context(), "a", Search{Text: c.text, Limit: 9, Is: is})
		if err != nil || more {
			t.Fatalf("%q: more=%t, %v", c.text, more, err)
		}
		names := []string{}
		for _, f := range found {
			first, _, _ := strings.Cut(f.Name(), " ")
			names = append(names, first)
		}
		slices.Sort(names)
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%q finds %q, want %q", c.text, got, c.want)
		}
	}
}

func TestHighlightsOfTermsAreOfTheirWords(t *testing.T) {
	w := termWorld(t)
	found, _, err := w.index.Search(t.Context(), "a", Search{Text: "ste dept:sal has:mobile", Limit: 9})
	if err != nil || len(found) != 1 {
		t.Fatalf("found %d, %v", len(found), err)
	}
	want := []Highlight{{Field: "displayName", Start: 4, End: 7}, {Field: "department", Start: 6, End: 9}}
	if d := cmp.Diff(want, found[0].Highlights); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestFiltersAloneListPeopleByName(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	tx := stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}}
	for i := range 300 {
		c := sample(contact.ID(fmt.Sprintf("u%03d", i)), "d", fmt.Sprintf("%c Name%03d", "aBcD"[i%4], (i*7919)%300), "4711")
		if i%3 == 0 {
			c.Numbers[0].Type = "mobile"
		}
		tx.Puts = append(tx.Puts, putUser(c))
	}
	w.commit("a", tx)
	everybody, _, err := w.index.Search(t.Context(), "a", Search{Text: "has:mobile", Limit: 1000})
	if err != nil || len(everybody) != 100 {
		t.Fatalf("%d people, %v", len(everybody), err)
	}
	if !slices.IsSortedFunc(everybody, func(a, b Found) int { return strings.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name())) }) {
		t.Error("they are not in order")
	}
	for _, limit := range []int{1, 7, 99, 100} {
		found, more, err := w.index.Search(t.Context(), "a", Search{Text: "has:mobile", Limit: limit})
		if err != nil || len(found) != limit || more != (limit < 100) {
			t.Fatalf("limit %d: %d people, more=%t, %v", limit, len(found), more, err)
		}
		for i := range found {
			if found[i].ID != everybody[i].ID {
				t.Errorf("limit %d: %s at %d, want %s", limit, found[i].ID, i, everybody[i].ID)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := w.index.Search(ctx, "a", Search{Text: "has:mobile", Limit: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("a scan whose caller has gone: %v", err)
	}
}
