package text

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestSearchAgreesWithModel changes and deletes people of two tenants and after
// each round asks questions, most of them with words that exist, cut short or
// misspelt.
func TestSearchAgreesWithModel(t *testing.T) {
	x := open(t, Config{BatchSize: 40})
	r := rand.New(rand.NewPCG(7, 7))
	tenants := map[string]model{"one": {}, "two": {}}
	names := slices.Sorted(maps.Keys(tenants))
	for round := range 12 {
		for range 60 {
			tenant := pick(r, names)
			changeSomebody(x, tenant, tenants[tenant], r)
		}
		settle(t, x)
		for range 40 {
			tenant := pick(r, names)
			q := question(r, tenants[tenant])
			want, wantErr := tenants[tenant].search(q)
			got, err := x.Search(t.Context(), tenant, q)
			if (err != nil) != (wantErr != nil) {
				t.Fatalf("round %d: Search(%+v) = %v, want %v", round, q, err, wantErr)
			}
			same := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Hit{}, "Field", "Prefix")}
			if d := cmp.Diff(want, got, same); d != "" {
				t.Fatalf("round %d: Search(%s, %+v) (-want +got):\n%s", round, tenant, q, d)
			}
		}
	}
}

// changeSomebody puts a new or changed person, or deletes one. Ids are shared between
// tenants.
func changeSomebody(x *Index, tenant string, m model, r *rand.Rand) {
	doc := person(r.IntN(150), r)
	switch r.IntN(4) {
	case 0:
		doc.UserName = pick(r, givenNames) + "." + surname(r)
	case 1:
		doc.Emails = append(doc.Emails, surname(r)+"@work.example")
		doc.UserName = strings.ToUpper(pick(r, doc.Emails))
	}
	if r.IntN(5) == 0 {
		delete(m, doc.ID)
		x.Delete(tenant, doc.ID)
		return
	}
	m[doc.ID] = doc
	x.Put(tenant, doc)
}

// question asks for up to three words of some person.
func question(r *rand.Rand, m model) Query {
	doc := m[pick(r, slices.Sorted(maps.Keys(m)))]
	q := Query{Limit: 1 + r.IntN(30)}
	if r.IntN(4) == 0 {
		q.Directory = doc.Directory
	}
	for range 1 + r.IntN(3) {
		f := Field(r.IntN(len(fields)))
		from := f
		if f == AnyField {
			from = Name
		}
		words := strings.Fields(pick(r, doc.values(from)))
		w := spoil(r, pick(r, words))
		if f == AnyField {
			q.Text += w + " "
		} else {
			q.Clauses = append(q.Clauses, Clause{Field: f, Text: w})
		}
	}
	return q
}

// spoil returns a word as somebody in a hurry types it.
func spoil(r *rand.Rand, word string) string {
	runes := []rune(word)
	i := r.IntN(len(runes))
	switch r.IntN(6) {
	case 0:
		return string(runes[:i+1])
	case 1:
		return string(slices.Delete(runes, i, i+1))
	case 2:
		return string(slices.Insert(runes, i, 'e'))
	case 3:
		j := max(i-1, 0)
		runes[i], runes[j] = runes[j], runes[i]
		return string(runes)
	case 4:
		return fold(word)
	}
	return word
}

// TestQuestionsOfEveryKindFindSomething guards the model test against asking in
// vain only.
func TestQuestionsOfEveryKindFindSomething(t *testing.T) {
	m := model{}
	for _, d := range people(150, 3) {
		m[d.ID] = d
	}
	r := rand.New(rand.NewPCG(8, 8))
	found := map[string]int{}
	for range 400 {
		hits, err := m.search(question(r, m))
		if err != nil || len(hits) == 0 {
			continue
		}
		found[fmt.Sprintf("%d typos", hits[0].Typos)]++
	}
	for _, kind := range []string{"0 typos", "1 typos", "2 typos"} {
		if found[kind] < 5 {
			t.Errorf("%d of 400 questions find with %s", found[kind], kind)
		}
	}
}
