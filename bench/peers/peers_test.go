package peers

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/measure"
)

var update = flag.Bool("update", false, "write golden files")

var small = corpus.Corpus{Size: 1000}

// A reader reads through all people for each question. spoil changes its
// answers.
type reader struct {
	people []Person
	spoil  func([]string) []string
}

func (r *reader) Fill(_ context.Context, people []Person) error { r.people = people; return nil }
func (r *reader) Close() error                                  { return nil }

func (r *reader) Ask(_ context.Context, q Question) ([]string, error) {
	var ids []string
	for i := range r.people {
		if r.fits(&r.people[i], q) && (q.Kind == Exact || len(ids) < Limit) {
			ids = append(ids, r.people[i].ID)
		}
	}
	if r.spoil != nil {
		ids = r.spoil(ids)
	}
	return ids, nil
}

func (r *reader) fits(p *Person, q Question) bool {
	begins := func(prefix string) bool {
		return slices.ContainsFunc(p.Words, func(w string) bool { return strings.HasPrefix(w, prefix) })
	}
	switch q.Kind {
	case Exact:
		return slices.Contains(p.Numbers, q.Text)
	case PrefixNumber:
		return slices.ContainsFunc(p.Numbers, func(n string) bool { return strings.HasPrefix(n[1:], q.Text) })
	case PrefixPair:
		a, b, _ := strings.Cut(q.Text, " ")
		return begins(a) && begins(b)
	}
	return begins(q.Text)
}

// AskMany implements Batcher.
func (r *reader) AskMany(ctx context.Context, numbers []string) (int, error) {
	found := 0
	for _, n := range numbers {
		if ids, _ := r.Ask(ctx, Question{Kind: Exact, Text: n}); len(ids) > 0 {
			found++
		}
	}
	return found, nil
}

func TestSidesAreMeasuredBesideRingdex(t *testing.T) {
	people := People(small)
	set := Questions(small, people, 200)
	sides := []Side{
		{Name: "ours", Version: "1", Kinds: []Kind{Exact, ExactMany, PrefixNumber, Prefix3, PrefixPair}, Peer: &reader{}, Against: "ours"},
		{Name: "theirs", Kinds: []Kind{Exact}, Peer: &reader{}, Against: "ours"},
	}
	rows, err := Run(t.Context(), &measure.Bench{}, sides, people, set, 2)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := rows[0], rows[1]
	if len(ours.Cells) != 5 || len(theirs.Cells) != 1 {
		t.Fatalf("%d and %d kinds", len(ours.Cells), len(theirs.Cells))
	}
	for kind, c := range ours.Cells {
		if c.P50 <= 0 || c.P99 < c.P50 || c.PerSecond <= 0 || c.Found == 0 || c.Ratio != 1 {
			t.Errorf("%s: %+v", kind, c)
		}
	}
	if c := theirs.Cells[Exact]; c.Ratio != c.P50/ours.Cells[Exact].P50 || c.Found != ours.Cells[Exact].Found {
		t.Errorf("theirs: %+v beside %+v", c, ours.Cells[Exact])
	}
}

func TestWrongAnswersHaveNoFigures(t *testing.T) {
	people := People(small)
	set := Questions(small, people, 100)
	for name, spoil := range map[string]func([]string) []string{
		"nobody":        func([]string) []string { return nil },
		"one too few":   func(ids []string) []string { return ids[:max(len(ids)-1, 0)] },
		"somebody else": func(ids []string) []string { return append(ids, people[0].ID) },
	} {
		side := Side{Name: "theirs", Kinds: []Kind{Exact}, Peer: &reader{spoil: spoil}}
		if rows, err := Run(t.Context(), &measure.Bench{}, []Side{side}, people, set, 1); rows != nil || !errors.Is(err, ErrWrong) {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
	}
	idle := Side{Name: "theirs", Kinds: []Kind{Prefix3}, Peer: &reader{spoil: func([]string) []string { return nil }}}
	if _, err := Run(t.Context(), &measure.Bench{}, []Side{idle}, people, set, 1); !errors.Is(err, ErrWrong) {
		t.Errorf("a side that finds nobody: %v", err)
	}
}

// TestQuestionsKnowWhoIsRight compares with a walk over all people.
func TestQuestionsKnowWhoIsRight(t *testing.T) {
	people := People(small)
	set := Questions(small, people, 300)
	r := &reader{people: people}
	more, misses := 0, 0
	for _, kind := range []Kind{Exact, PrefixNumber} {
		for _, q := range set[kind] {
			all := Question{Kind: kind, Text: q.Text}
			got, err := r.Ask(t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			if len(q.Want) == Limit && kind == PrefixNumber {
				more++
				continue
			}
			if d := cmp.Diff(q.Want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", kind, d)
			}
			if got == nil {
				misses++
			}
		}
	}
	if misses < 20 || more == 0 {
		t.Errorf("%d questions find nobody and %d more than are shown; some of each are wanted", misses, more)
	}
}

func TestTable(t *testing.T) {
	r := Report{
		Command: "make bench-peers N=100000", Contacts: 100_000, Rounds: 5,
		Machine: measure.Machine{Cores: 2, OS: "linux", Arch: "amd64", Go: "go1.26.8", Date: time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC)},
		Rows: []Row{
			{Side: "ringdex, in process", Against: "ringdex, in process", FillSeconds: 4.21, Cells: map[Kind]Cell{Exact: {P50: 312, Ratio: 1}, Prefix3: {P50: 1200, Ratio: 1}}},
			{Side: "other", Version: "3.1", Against: "ringdex, in process", FillSeconds: 12, Cells: map[Kind]Cell{Exact: {P50: 22_100, Ratio: 70.83}, Typo1: {P50: 4_200_000}}},
		},
	}
	var out strings.Builder
	for _, markdown := range []bool{false, true} {
		if err := r.Print(&out, markdown); err != nil {
			t.Fatal(err)
		}
		out.WriteString("\n")
	}
	path := filepath.Join("testdata", "table.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("the table differs; -update writes it (-want +got):\n%s", d)
	}
}
