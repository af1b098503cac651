package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/bench/indexload"
	"github.com/ringdex/ringdex/bench/measure"
)

func TestIndexBenchTable(t *testing.T) {
	r := &indexload.Report{
		Bench: "index", Contacts: 1_000_000, Rounds: 5,
		Results: []indexload.Result{
			{Name: "cold_start", Unit: "s", P50: 6.21, P99: 7.02, Mean: 6.4, Goal: &indexload.Goal{P50: 3}},
			{Name: "exact", Unit: "ns", P50: 48.2, P99: 90.1, Mean: 52, Questions: 30_000, Answers: 31_022, Goal: &indexload.Goal{P50: 60}, Busy: &indexload.Busy{P50: 60, P99: 180, Ratio: 2}},
			{Name: "prefix_pair", Unit: "ns", P50: 2810, P99: 1_204_000, Mean: 71_022, Questions: 2000, Answers: 15_002, Goal: &indexload.Goal{P50: 3000, P99: 50_000}, Busy: &indexload.Busy{P50: 3000, P99: 1_400_000, Ratio: 1.163}},
		},
		Memory:  indexload.Memory{Index: 412.6, Process: 1802, Goal: 100, Heap: map[string]float64{"index": 412.6, "contacts": 380, "text": 40.1, "other": 2}},
		Ingest:  indexload.Ingest{Commits: 20_000, PerSecond: 5210.2},
		Machine: measure.Machine{Cores: 2, OS: "linux", Arch: "amd64", Go: "go1.26.8", Date: time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC), Commit: "0123abcd4567"},
	}
	var out strings.Builder
	if err := testApp().printIndexBench(&out, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "bench_index.txt", out.String())
}

// TestIndexBenchJSONHasItsShape runs the smallest benchmark there is and keeps
// the names of what it prints, which scripts read.
func TestIndexBenchJSONHasItsShape(t *testing.T) {
	folder := t.TempDir()
	out, errOut, code := runCommand(t, "", "bench", "index", "--contacts", "1000", "--rounds", "1", "--folder", folder, "--json")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	var top map[string]json.RawMessage
	var whole struct {
		Results []map[string]any `json:"results"`
		Memory  map[string]any   `json:"memory"`
	}
	for _, into := range []any{&top, &whole} {
		if err := json.Unmarshal([]byte(out), into); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nmemory: %s\n", strings.Join(slices.Sorted(maps.Keys(top)), " "), strings.Join(slices.Sorted(maps.Keys(whole.Memory)), " "))
	for _, r := range whole.Results {
		fmt.Fprintf(&b, "%v %v: %s\n", r["name"], r["unit"], strings.Join(slices.Sorted(maps.Keys(r)), " "))
	}
	golden(t, "bench_index_json.txt", b.String())
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%d files are left behind, %v", len(left), err)
	}
}

func TestIndexBenchSaysWhatItCannotMeasure(t *testing.T) {
	runSteps(t, "bench_index_errors",
		step{args: "bench index --contacts 5"},
		step{args: "bench index --rounds -1"},
		step{args: "bench index everything"},
	)
}
