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

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/bench/scimload"
)

// sampleReport is one of each row that the table can show.
func sampleReport() *scimload.Report {
	return &scimload.Report{
		Bench: "scim", Users: 100_000, Groups: 1000, Clients: 64,
		Results: []measure.Result{
			{
				Name: "log_commit", Unit: "ms", P50: 1.25, P99: 4.9, Max: 31.2, Mean: 1.3, PerSecond: 49_000, Count: 100_000, CPUMicros: 30.1,
				Goal: &measure.Goal{PerSecond: 50_000}, Ratio: &measure.Ratio{Of: "pebble_commit", Times: 0.5512},
			},
			{Name: "pebble_commit", Unit: "ms", P50: 0.7, P99: 2.25, Max: 20, Mean: 0.72, PerSecond: 88_901, Count: 100_000, CPUMicros: 14.02},
			{Name: "client_ceiling", Unit: "ms", P50: 0.9, P99: 3, Max: 8, Mean: 1, PerSecond: 70_000, Count: 100_000, CPUMicros: 24.9},
			{
				Name: "create", Unit: "ms", P50: 5.9, P99: 14.2, Max: 1206, Mean: 6, PerSecond: 9_700, Count: 99_999, Errors: 1, Error: "POST was answered with status 500",
				CPUMicros: 204.5, Goal: &measure.Goal{PerSecond: 15_000, P99: 5},
			},
			{Name: "member_add_largest", Unit: "ms", P50: 0.142, P99: 0.31, Max: 2.2, Mean: 0.15, PerSecond: 6_700, Count: 1000, Goal: &measure.Goal{P50: 1}},
		},
		Verified: scimload.Verified{Lookups: 1000, Users: 100_000, Groups: 100, Memberships: 240_122, Largest: 99_000},
		Machine: measure.Machine{
			Cores: 2, OS: "linux", Arch: "amd64", Go: "go1.26.8", Date: time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC), Commit: "0123abcd4567",
		},
	}
}

func TestBenchTable(t *testing.T) {
	var out strings.Builder
	a := testApp()
	if err := a.printSCIMBench(&out, sampleReport()); err != nil {
		t.Fatal(err)
	}
	elsewhere := sampleReport()
	elsewhere.Server, elsewhere.Results, elsewhere.Machine.Commit, elsewhere.Machine.InMemory = "https://ringdex.example.com", elsewhere.Results[3:], "", true
	fmt.Fprintln(&out)
	if err := a.printSCIMBench(&out, elsewhere); err != nil {
		t.Fatal(err)
	}
	golden(t, "bench_scim.txt", out.String())
}

// TestBenchJSONHasItsShape runs the smallest benchmark there is and keeps the
// names of what it prints, which scripts read.
func TestBenchJSONHasItsShape(t *testing.T) {
	folder := t.TempDir()
	out, errOut, code := runCommand(t, "", "bench", "scim", "--users", "100", "--groups", "2", "--clients", "4", "--folder", folder, "--json")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	var whole struct {
		Results []map[string]any `json:"results"`
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &whole); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out), &top); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", strings.Join(slices.Sorted(maps.Keys(top)), " "))
	for _, r := range whole.Results {
		for _, costs := range []string{"cpuMicros", "allocs", "allocBytes"} {
			delete(r, costs) // not every system tells
		}
		fmt.Fprintf(&b, "%v %v: %s\n", r["name"], r["unit"], strings.Join(slices.Sorted(maps.Keys(r)), " "))
	}
	golden(t, "bench_scim_json.txt", b.String())
	if !strings.Contains(errOut, "create: 100 of 100 in ") {
		t.Errorf("stderr does not say how far it is:\n%s", errOut)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%d files are left behind, %v", len(left), err)
	}
}

func TestBenchSaysWhatItCannotMeasure(t *testing.T) {
	runSteps(t, "bench_errors",
		step{args: "bench nothing"},
		step{args: "bench scim --users 5"},
		step{args: "bench scim --server http://127.0.0.1:1"},
		step{args: "bench scim --server ftp://127.0.0.1"},
	)
}

// TestBenchIgnoresTheServerOfTheEnvironment keeps a load off a server that was
// only named for questions.
func TestBenchIgnoresTheServerOfTheEnvironment(t *testing.T) {
	f := newFakeServer(t)
	t.Setenv("RINGDEX_SERVER", f.URL)
	if _, errOut, code := runCommand(t, "", "bench", "scim", "--users", "100", "--groups", "2", "--clients", "2", "--folder", t.TempDir()); code != exitOK {
		t.Errorf("exit %d: %s", code, errOut)
	}
	if len(f.asked) > 0 {
		t.Errorf("the server of the environment was asked %q", f.asked)
	}
}
