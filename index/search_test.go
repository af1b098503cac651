package index

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func searchWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, memlog.New())
	w.tenant("a")
	ana := sample("u1", "d", "Ana Sample", "+44 20 7946 0018")
	ana.Department, ana.Emails = "Sales", []contact.Email{{Type: "home", Value: "x@example.org"}, {Type: "work", Value: "ana.s@example.com"}}
	bo := sample("u2", "d", "Bo Sample", "020 7946 0019")
	bo.Department = "sales"
	cy := sample("u3", "e", "Cy Ana", "4711")
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false), putDirectory("e", "DE", false), putUser(ana), putUser(bo), putUser(cy)}})
	if err := w.index.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSearchFiltersBeforeItCounts(t *testing.T) {
	w := searchWorld(t)
	for name, c := range map[string]struct {
		q    Search
		want []contact.ID
		more bool
	}{
		"directory":        {Search{Text: "ana", Limit: 1, Directory: "e"}, []contact.ID{"u3"}, false},
		"department":       {Search{Text: "sample", Limit: 9, Department: "SALES"}, []contact.ID{"u2", "u1"}, false},
		"accept":           {Search{Text: "sample", Limit: 1, Accept: func(e *Entry) bool { return e.ID == "u1" }}, []contact.ID{"u1"}, false},
		"more":             {Search{Text: "sample", Limit: 1}, []contact.ID{"u2"}, true},
		"digits":           {Search{Text: "+44 20 7946", Limit: 9}, []contact.ID{"u1", "u2"}, false},
		"digits, filtered": {Search{Text: "0207946", Limit: 9, Directory: "e"}, []contact.ID{}, false},
		"digits, more":     {Search{Text: "0207946", Limit: 1}, []contact.ID{"u1"}, true},
		"extension":        {Search{Text: "471", Limit: 9}, []contact.ID{"u3"}, false},
		"end of a number":  {Search{Text: "0019", Limit: 9}, []contact.ID{"u2"}, false},
		"number mode":      {Search{Text: "ana", Limit: 9, Mode: ModeNumber}, []contact.ID{}, false},
		"name mode":        {Search{Text: "0207946", Limit: 9, Mode: ModeName}, []contact.ID{}, false},
		"blank":            {Search{Text: "  ", Limit: 9}, []contact.ID{}, false},
	} {
		found, more, err := w.index.Search(t.Context(), "a", c.q)
		if err != nil {
			t.Fatal(err)
		}
		got := []contact.ID{}
		for _, f := range found {
			got = append(got, f.ID)
		}
		if d := cmp.Diff(c.want, got); d != "" || more != c.more {
			t.Errorf("%s: more=%t (-want +got):\n%s", name, more, d)
		}
	}
}

// +20 is Egypt, though numbers of London begin so without their country, however
// many there are.
func TestDigitsBehindAPlusBeginWithACountry(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	tx := stream.Tx{Puts: []stream.Put{
		putDirectory("d", "GB", false), putUser(sample("u1", "d", "Lon Don", "020 7946 0018")), putUser(sample("u2", "d", "Ca Iro", "+20 2 7946 0018")),
	}}
	for i := range 2 * trie.MaxLimit {
		tx.Puts = append(tx.Puts, putUser(sample(contact.ID(fmt.Sprint("l", i)), "d", "Lon Doner", fmt.Sprintf("020 2%03d %04d", i%1000, i))))
	}
	w.commit("a", tx)
	for query, want := range map[string]string{"+202": "u2", "+20 2 79": "u2", "+44 20 7946": "u1", "020794": "u1"} {
		found, _, err := w.index.Search(t.Context(), "a", Search{Text: query, Limit: 9, Mode: ModeNumber})
		if err != nil || len(found) != 1 || string(found[0].ID) != want {
			t.Errorf("%q finds %d people, %v; want %s alone", query, len(found), err, want)
		}
	}
}

func TestHighlightsLieInTheValueShown(t *testing.T) {
	w := searchWorld(t)
	for query, want := range map[string][]Highlight{
		"ana sam":    {{Field: "displayName", Start: 0, End: 3}, {Field: "displayName", Start: 4, End: 7}, {Field: "emails", Index: 1, Start: 0, End: 3}},
		"0207946001": {{Field: "numbers", Start: 4, End: 15}},
		"0018":       {{Field: "numbers", Start: 12, End: 16}},
	} {
		found, _, err := w.index.Search(t.Context(), "a", Search{Text: query, Limit: 1, Directory: "d"})
		if err != nil || len(found) != 1 {
			t.Fatalf("%q finds %d people, %v", query, len(found), err)
		}
		if d := cmp.Diff(want, found[0].Highlights); d != "" {
			t.Errorf("%q (-want +got):\n%s", query, d)
		}
	}
}

func TestAnOverlongSearchIsRefused(t *testing.T) {
	w := searchWorld(t)
	if _, _, err := w.index.Search(t.Context(), "a", Search{Text: strings.Repeat("x", text.MaxTextBytes+1), Limit: 1}); !errors.Is(err, text.ErrTooLong) {
		t.Errorf("a search of %d bytes: %v", text.MaxTextBytes+1, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := w.index.Search(ctx, "a", Search{Text: "dept:slaes", Limit: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("a search whose caller has gone: %v", err)
	}
}

func TestLookupDoesNotAllocateMuch(t *testing.T) {
	w := searchWorld(t)
	s := w.index.Snapshot("a")
	allocs := testing.AllocsPerRun(200, func() { s.Lookup(Caller{Number: "+442079460018"}) })
	if allocs > 12 {
		t.Errorf("a lookup of an E.164 number allocates %v times", allocs)
	}
}

func BenchmarkLookup(b *testing.B) {
	for name, number := range map[string]string{"e164": "+442079460018", "national": "020 7946 0018", "miss": "+442079460999"} {
		b.Run(name, func(b *testing.B) {
			s := benchSnapshot(b)
			for b.Loop() {
				s.Lookup(Caller{Number: number})
			}
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for name, query := range map[string]string{"one prefix": "nam", "two prefixes": "name fam", "digits": "0207946"} {
		b.Run(name, func(b *testing.B) {
			s := benchSnapshot(b)
			for b.Loop() {
				if _, more := s.searchNumber(Search{Text: query, Limit: 10}, nil); !more {
					s.searchNames(Search{Text: query, Limit: 10}, nil)
				}
			}
		})
	}
}
