package trie

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// lines returns the lines of a file of testdata without comments.
func lines(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

// goldenPeople reads the fixed corpus.
func goldenPeople(t *testing.T) []Entry {
	t.Helper()
	columns := []Kind{Display, Given, Family, Nick, Email, UserName, Title, Department, Company}
	var entries []Entry
	for i, line := range lines(t, "people.txt") {
		e := Entry{Doc: Doc(i)}
		for column, text := range strings.Split(line, "|") {
			if text = strings.TrimSpace(text); text != "" {
				e.Fields = append(e.Fields, Field{columns[column], text})
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// TestRankingIsPinned prints, for each query, the first hits with why they
// rank as they do and with what is highlighted.
func TestRankingIsPinned(t *testing.T) {
	entries := goldenPeople(t)
	n := new(Names).Apply(NamesBatch{Add: entries})
	var out strings.Builder
	for _, query := range lines(t, "queries.txt") {
		hits, more := n.Search(Query{Text: query, Limit: 6}, nil)
		fmt.Fprintf(&out, "? %s\n", query)
		for _, h := range hits {
			fields := entries[h.Doc].Fields
			list := Highlights(fields, query, 0, nil)
			var hit []string
			for i, f := range strings.Split(marked(fields, list), " | ") {
				if strings.Contains(f, "[") && (i == 0 || fields[i].Kind > Family) {
					hit = append(hit, f)
				}
			}
			fmt.Fprintf(&out, "  %-8v %d %-10v @%-2d %s: %s\n",
				h.Score.Tier, h.Score.Typos, h.Score.Field, h.Score.Position, fields[0].Text, strings.Join(hit, ", "))
		}
		if more {
			out.WriteString("  more\n")
		}
	}
	const golden = "testdata/ranking.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")); d != "" {
		t.Errorf("ranking changed (-golden +now); run with -update and review:\n%s", d)
	}
}
