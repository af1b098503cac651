package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/peers"
	"github.com/ringdex/ringdex/bench/peers/indexpeer"
)

// TestEveryPeerAnswersAsRingdexDoes starts all of them and asks about numbers:
// who has one, and who has one that begins so.
func TestEveryPeerAnswersAsRingdexDoes(t *testing.T) {
	c := corpus.Corpus{Size: 1000}
	people := peers.People(c)
	set := peers.Questions(c, people, 100)
	sides, err := open(t.Context(), c)
	t.Cleanup(func() {
		for _, s := range sides {
			if err := s.Peer.Close(); err != nil {
				t.Errorf("close %s: %v", s.Name, err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ours := sides[slices.IndexFunc(sides, func(s peers.Side) bool { return s.Name == indexpeer.Name })]
	for _, s := range sides {
		if err := s.Peer.Fill(t.Context(), people); err != nil {
			t.Fatalf("fill %s: %v", s.Name, err)
		}
		if s.Name != indexpeer.Name && !strings.HasPrefix(s.Name, "ringdex") && s.Version == "" && !strings.HasPrefix(s.Name, "bleve") {
			t.Errorf("%s has no version", s.Name)
		}
	}
	for _, s := range sides {
		for _, kind := range []peers.Kind{peers.Exact, peers.PrefixNumber} {
			for _, q := range set[kind] {
				if d := cmp.Diff(sorted(t, ours, q), sorted(t, s, q)); d != "" && (kind == peers.Exact || len(q.Want) < peers.Limit) {
					t.Fatalf("%s answers %s differently (-ringdex +%s):\n%s", s.Name, kind, s.Name, d)
				}
			}
		}
		for _, kind := range s.Kinds {
			if kind != peers.ExactMany && !findsSome(t, s, set[kind]) {
				t.Errorf("%s finds nobody by %s", s.Name, kind)
			}
		}
	}
}

func sorted(t *testing.T, s peers.Side, q peers.Question) []string {
	t.Helper()
	ids, err := s.Peer.Ask(t.Context(), q)
	if err != nil {
		t.Fatalf("ask %s: %v", s.Name, err)
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		return nil
	}
	return ids
}

func findsSome(t *testing.T, s peers.Side, questions []peers.Question) bool {
	t.Helper()
	return slices.ContainsFunc(questions, func(q peers.Question) bool { return len(sorted(t, s, q)) > 0 })
}

func TestResultsAreKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "results")
	var out strings.Builder
	if err := run(t.Context(), &out, io.Discard, settings{contacts: 1000, questions: 200, rounds: 1, results: folder}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "peers-1000.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r peers.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	markdown, err := os.ReadFile(filepath.Join(folder, "peers-1000.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 8 || r.Contacts != 1000 || r.Machine.Cores == 0 {
		t.Errorf("%d sides, %d contacts", len(r.Rows), r.Contacts)
	}
	for _, row := range r.Rows {
		if len(row.Cells) < 3 || !strings.Contains(out.String(), row.Side) || !strings.Contains(string(markdown), row.Side) {
			t.Errorf("%s: %d kinds", row.Side, len(row.Cells))
		}
	}
	host, err := os.Hostname()
	if err != nil || strings.Contains(string(text), host) || strings.Contains(string(text), folder) {
		t.Errorf("the results name the machine: %v", err)
	}
}
