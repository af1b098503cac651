package corpus

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/idpsim/people"
)

const testSize = 20_000

func TestContactsAreSortedUniqueAndTheSameEveryTime(t *testing.T) {
	c := Corpus{Size: 5_000}
	var last contact.ID
	seen := map[string]bool{}
	n := 0
	for got := range c.Contacts() {
		if got.ID <= last || len(got.ID) != 36 || got.ID[14] != '7' {
			t.Fatalf("id %q after %q", got.ID, last)
		}
		if seen[got.UserName] {
			t.Fatalf("userName of contact %d stands twice", n)
		}
		seen[got.UserName], last = true, got.ID
		if d := cmp.Diff(c.Contact(n), got); d != "" {
			t.Fatal(d)
		}
		n++
	}
	if n != c.Size {
		t.Errorf("%d contacts, want %d", n, c.Size)
	}
}

// TestLookupsNameExactlyTheHolders compares the answers with a walk over all
// contacts.
func TestLookupsNameExactlyTheHolders(t *testing.T) {
	c := Corpus{Size: testSize}
	plain, extended := map[string][]contact.ID{}, map[string][]contact.ID{}
	for p := range c.company().People(c.Size) {
		if !p.Active {
			continue
		}
		numbers := map[string]bool{}
		for _, ph := range p.Phones {
			if ph.E164 != "" {
				numbers[ph.E164] = numbers[ph.E164] || ph.Ext == ""
			}
		}
		for e164, bare := range numbers {
			if bare {
				plain[e164] = append(plain[e164], ID(p.Ordinal))
			} else {
				extended[e164] = append(extended[e164], ID(p.Ordinal))
			}
		}
	}
	misses, shared, written := 0, 0, 0
	for _, l := range c.Lookups(3_000) {
		want := plain[l.E164]
		if want == nil {
			want = extended[l.E164]
		}
		if d := cmp.Diff(want, l.Want); d != "" {
			t.Fatalf("a lookup has the wrong answer (-want +got):\n%s", d)
		}
		if l.Region != "" && l.Region != Region {
			t.Errorf("a number must be read in %q", l.Region)
		}
		misses += count(len(want) == 0)
		shared += count(len(want) > 1)
		written += count(l.Number != l.E164)
	}
	if misses < 400 || shared < 100 || written < 300 {
		t.Errorf("%d misses, %d shared numbers, %d as written; some of each are wanted", misses, shared, written)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestNoTwoSitesShareANumber(t *testing.T) {
	c := Corpus{Size: testSize}
	company := map[string]int{}
	for p := range c.company().People(c.Size) {
		for _, ph := range p.Phones {
			if ph.E164 == "" {
				continue
			}
			site := p.Ordinal / people.SiteSize
			if old, ok := company[ph.E164]; ok && old != site {
				t.Fatalf("sites %d and %d share a number", old, site)
			}
			company[ph.E164] = site
		}
	}
}

func TestSearchesFitTheirTarget(t *testing.T) {
	c := Corpus{Size: testSize}
	byID := map[contact.ID]contact.Contact{}
	for got := range c.Contacts() {
		byID[got.ID] = got
	}
	for _, kind := range Kinds() {
		for _, s := range c.Searches(kind, 200) {
			target, ok := byID[s.Target]
			if !ok || !target.Active {
				t.Fatalf("%s: no active target %s", kind, s.Target)
			}
			if !fits(s, target) {
				t.Errorf("%s: %q does not fit %q %q", kind, s.Text, target.GivenName, target.FamilyName)
			}
		}
	}
	if got := c.Searches("sideways", 5); got != nil {
		t.Errorf("an unknown kind has queries: %v", got)
	}
}

func fits(s Search, target contact.Contact) bool {
	given, family := strings.ToLower(target.GivenName), strings.ToLower(target.FamilyName)
	switch s.Kind {
	case PrefixPair:
		a, b, _ := strings.Cut(s.Text, " ")
		return strings.HasPrefix(given, a) && strings.HasPrefix(family, b)
	case Typo1, Typo2:
		typos := 1 + count(s.Kind == Typo2)
		return len(family) >= len(s.Text) && s.Text[0] == family[0] && differing(s.Text, family) == typos
	}
	return strings.HasPrefix(given, s.Text) || strings.HasPrefix(family, s.Text)
}

// differing counts the places in which a differs from the beginning of b.
func differing(a, b string) int {
	n := 0
	for i := range a {
		n += count(a[i] != b[i])
	}
	return n
}

func TestMoreQuestionsBeginWithTheSameOnes(t *testing.T) {
	c := Corpus{Size: 2_000}
	if d := cmp.Diff(c.Lookups(50), c.Lookups(80)[:50]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(c.Searches(Prefix3, 50), c.Searches(Prefix3, 80)[:50]); d != "" {
		t.Error(d)
	}
	other := Corpus{Size: 2_000, Seed: 1}
	same := slices.EqualFunc(c.Lookups(50), other.Lookups(50), func(a, b Lookup) bool { return a.E164 == b.E164 })
	if same {
		t.Error("another seed asks for the same numbers")
	}
}

func BenchmarkContact(b *testing.B) {
	c := Corpus{Size: Medium}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c.Contact(i % c.Size)
		i++
	}
}
