package text

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ids asks and returns the ids of the hits, in order.
func ids(t *testing.T, x *Index, tenant string, q Query) []string {
	t.Helper()
	hits, err := x.Search(t.Context(), tenant, q)
	if err != nil {
		t.Fatalf("Search(%q) = %v", q.Text, err)
	}
	found := []string{}
	for _, h := range hits {
		found = append(found, h.ID)
	}
	return found
}

// staff is a small directory in which every question has a known answer.
func staff() []Document {
	return []Document{
		{ID: "ana", Directory: "d1", Name: "Ana Müller", Title: "Vice President", Department: "Field Sales", Company: "Example Telecom", Emails: []string{"ana.mueller@example.com", "am@example.org"}, UserName: "ana@idp.example"},
		{ID: "ben", Directory: "d1", Name: "Ben O'Shea", Title: "Sales Engineer", Department: "Customer Care", Company: "Example Telecom", Emails: []string{"ben@example.com"}, UserName: "ben@idp.example"},
		{ID: "cai", Directory: "d2", Name: "Jean-Luc Sales", Title: "Accountant", Department: "R&D", Company: "Sample Bank", Emails: []string{"jls@sample.example"}, UserName: "jls4711"},
		{ID: "dai", Directory: "d2", Name: "山田太郎", Title: "Engineer", Department: "IT", Company: "Sample Bank", UserName: "yamada"},
		{ID: "eve", Directory: "d2", Name: "Łucja Kowalska", Title: "Qualitätssicherungsbeauftragte", Department: "Quality", Company: "Muster GmbH", UserName: "lucja"},
	}
}

func TestSearchFindsWordsInTheirFields(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", staff()...)
	settle(t, x)
	for _, c := range []struct {
		rule  string
		query string
		want  []string
	}{
		{"names come before departments and titles", "sales", []string{"cai", "ana", "ben"}},
		{"a clause asks one field only", "dept:sales", []string{"ana"}},
		{"quotes hold the words of a clause together", `title:"president vice"`, []string{"ana"}},
		{"clauses and words must all be found", "company:example sales", []string{"ana", "ben"}},
		{"an unknown field is a word", "colour:sales", []string{}},
		{"words may be cut short, in any order", "mül ana", []string{"ana"}},
		{"accents are not needed", "lucja", []string{"eve"}},
		{"umlauts may be written out", "mueller", []string{"ana"}},
		{"umlauts may be left out", "muller", []string{"ana"}},
		{"apostrophes may be left out", "oshea", []string{"ben"}},
		{"apostrophes may be spaces", "o shea", []string{"ben"}},
		{"apostrophes may be typed", "o'shea", []string{"ben"}},
		{"hyphens may be left out", "jeanluc", []string{"cai"}},
		{"a name without spaces is found from any letter", "太郎", []string{"dai"}},
		{"a whole address is found", "email:ana.mueller@example.com", []string{"ana"}},
		{"every address is found", "am@example.org", []string{"ana"}},
		{"an address may be cut short", "email:ana.mue", []string{"ana"}},
		{"the domain is found in full", "email:sample.example", []string{"cai"}},
		{"user names are found", "user:jls4711", []string{"cai"}},
		{"a swap is one error", "kowlaska", []string{"eve"}},
		{"two errors are allowed from eight letters", "acuontant", []string{"cai"}},
		{"two errors are too many below", "bwn shaa", []string{}},
		{"the first letter is never wrong", "towalska", []string{}},
		{"a word that is being typed may hold an error", "kowaslk", []string{"eve"}},
		{"long words may be cut short anywhere", "qualitätssicherungsb", []string{"eve"}},
		{"long words may be misspelt", "qualitätssicherungsbeauftrgate", []string{"eve"}},
		{"numbers are never misspelt", "user:jls4712", []string{"cai"}},
		{"one letter finds names only", "k", []string{"eve"}},
		{"one letter finds whole words anywhere", "r&d", []string{"cai"}},
		{"short words are found in full", "it", []string{"dai"}},
		{"nothing is found for nothing", "", []string{}},
		{"marks without letters are nothing", "\u0301\u0302 - !", []string{}},
	} {
		if d := cmp.Diff(c.want, ids(t, x, "t", ParseQuery(c.query))); d != "" {
			t.Errorf("%s: %q (-want +got):\n%s", c.rule, c.query, d)
		}
	}
}

func TestHitTellsWhyItWasFound(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", staff()...)
	settle(t, x)
	for query, want := range map[string]Hit{
		"kowalska":       {ID: "eve", Field: Name},
		"kowal":          {ID: "eve", Field: Name, Prefix: true},
		"kowlaska":       {ID: "eve", Field: Name, Typos: 1},
		"acuontant":      {ID: "cai", Field: Title, Typos: 2},
		"muster kowlska": {ID: "eve", Field: Name, Typos: 1},
		"lucj muster":    {ID: "eve", Field: Name, Prefix: true},
		"dept:quality":   {ID: "eve", Field: Department},
	} {
		hits, err := x.Search(t.Context(), "t", ParseQuery(query))
		if err != nil || len(hits) != 1 {
			t.Errorf("Search(%q) = %+v, %v; want one hit", query, hits, err)
			continue
		}
		hits[0].Score = 0
		if d := cmp.Diff(want, hits[0]); d != "" {
			t.Errorf("Search(%q) (-want +got):\n%s", query, d)
		}
	}
}

func TestErrorsAreAssumedOnlyWhenNeeded(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", Document{ID: "1", Name: "Meyer"}, Document{ID: "2", Name: "Meier"}, Document{ID: "3", Name: "Meyerson"})
	settle(t, x)
	for limit, want := range map[int][]string{1: {"1"}, 2: {"1", "3"}, 3: {"1", "3", "2"}} {
		if d := cmp.Diff(want, ids(t, x, "t", Query{Text: "meyer", Limit: limit})); d != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, d)
		}
	}
}

func TestDirectoryFilters(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", staff()...)
	settle(t, x)
	for dir, want := range map[string][]string{"": {"cai", "ana", "ben"}, "d1": {"ana", "ben"}, "d2": {"cai"}, "d": {}, "D1": {}} {
		if d := cmp.Diff(want, ids(t, x, "t", Query{Text: "sales", Directory: dir})); d != "" {
			t.Errorf("directory %q (-want +got):\n%s", dir, d)
		}
	}
}

func TestReplacingADocumentReplacesAllItsTerms(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", staff()[0])
	settle(t, x)
	x.Put("t", Document{ID: "ana", Directory: "d9", Name: "Zoe Sample"})
	settle(t, x)
	for _, q := range []Query{{Text: "ana"}, {Text: "muller"}, {Text: "mueller"}, {Text: "president"}, {Text: "telecom"}, {Text: "sales"}, {Text: "am@example.org"}, {Text: "zoe", Directory: "d1"}} {
		if got := ids(t, x, "t", q); len(got) != 0 {
			t.Errorf("%q still finds %v", q.Text, got)
		}
	}
	if d := cmp.Diff([]string{"ana"}, ids(t, x, "t", Query{Text: "zoe", Directory: "d9"})); d != "" {
		t.Error(d)
	}
	x.Delete("t", "ana", "never was")
	settle(t, x)
	if got := ids(t, x, "t", Query{Text: "zoe"}); len(got) != 0 {
		t.Errorf("deleted document is found: %v", got)
	}
}

func TestTenantsNeverMeet(t *testing.T) {
	x := open(t, Config{})
	tenants := []string{"a", "aa", "b", "default", "0", "00000", "=", "a<a"}
	for i, tenant := range tenants {
		x.Put(tenant, Document{ID: "same", Directory: "dir", Name: "Common Name" + fmt.Sprint(i)}, Document{ID: "only-" + tenant, Name: "Common Person"})
	}
	settle(t, x)
	for i, tenant := range tenants {
		for _, text := range []string{"common", "c", "commno", "comm", "commonperson"} {
			for _, id := range ids(t, x, tenant, Query{Text: text, Limit: MaxLimit}) {
				if id != "same" && id != "only-"+tenant {
					t.Errorf("tenant %q finds %q", tenant, id)
				}
			}
		}
		if d := cmp.Diff([]string{"same"}, ids(t, x, tenant, Query{Text: fmt.Sprintf("name%d", i), Directory: "dir"})); d != "" {
			t.Errorf("tenant %q (-want +got):\n%s", tenant, d)
		}
	}
	x.Delete("a", "same")
	settle(t, x)
	if got := ids(t, x, "aa", Query{Text: "name1"}); len(got) != 1 {
		t.Errorf("deletion in one tenant left another with %v", got)
	}
	if got := ids(t, x, "nobody", Query{Text: "common"}); len(got) != 0 {
		t.Errorf("unknown tenant finds %v", got)
	}
}

func TestTagsAreEquallyLongAndDistinct(t *testing.T) {
	seen := map[tag]bool{}
	for n := range 10_000 {
		tag := newTag(n)
		if len(tag) != tagLen || seen[tag] {
			t.Fatalf("newTag(%d) = %q", n, tag)
		}
		seen[tag] = true
	}
}

func TestUnanswerableQuestionsAreErrors(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", staff()...)
	settle(t, x)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx   context.Context
		query Query
		want  error
	}{
		{t.Context(), Query{Text: strings.Repeat("a", MaxTextBytes+1)}, ErrTooLong},
		{t.Context(), Query{Text: strings.Repeat("a ", MaxWords+1)}, ErrTooLong},
		{t.Context(), Query{Text: strings.Repeat("word ", 1000)}, ErrTooLong},
		{t.Context(), Query{Text: strings.Repeat("a-", MaxWords+1)}, ErrTooLong},
		{t.Context(), Query{Clauses: []Clause{{Name, strings.Repeat("a", 10<<10)}}}, ErrTooLong},
		{t.Context(), Query{Clauses: []Clause{{AnyField, "a"}}}, ErrUnknownField},
		{t.Context(), Query{Clauses: []Clause{{Field(len(fields)), "a"}}}, ErrUnknownField},
		{cancelled, Query{Text: "sales"}, context.Canceled},
	} {
		if _, err := x.Search(c.ctx, "t", c.query); !errors.Is(err, c.want) {
			t.Errorf("Search of %d bytes and %d clauses = %v, want %v", len(c.query.Text), len(c.query.Clauses), err, c.want)
		}
	}
	for _, q := range []Query{
		{Text: strings.Repeat("a", MaxTextBytes)},
		{Text: strings.Repeat("\u0301", MaxTextBytes/2)},
		{Text: strings.Repeat("sales ", MaxWords)},
		{Text: strings.Repeat("ﷺ", MaxTextBytes/3)}, // each is 18 letters when decomposed
	} {
		if _, err := x.Search(t.Context(), "t", q); err != nil && !errors.Is(err, ErrTooLong) {
			t.Errorf("Search of %d bytes = %v", len(q.Text), err)
		}
	}
}

func TestLimitCutsTheSameAnswer(t *testing.T) {
	x := open(t, Config{})
	x.Put("t", people(1500, 5)...)
	settle(t, x)
	all := ids(t, x, "t", Query{Text: "engineer", Limit: MaxLimit + 5})
	if len(all) < 100 || len(all) > MaxLimit {
		t.Fatalf("%d hits", len(all))
	}
	for _, limit := range []int{-1, 0, 1, 7, 50} {
		want := all[:max(limit, 0)]
		if limit <= 0 {
			want = all[:DefaultLimit]
		}
		if d := cmp.Diff(want, ids(t, x, "t", Query{Text: "engineer", Limit: limit})); d != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, d)
		}
	}
}
