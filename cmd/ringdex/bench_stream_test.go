package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/bench/streamload"
)

func TestStreamBenchTable(t *testing.T) {
	r := &streamload.Report{
		Bench: "stream", Agents: 1000, Crowd: 10_000, Contacts: 50,
		Results: []measure.Result{
			{
				Name: "fanout", Unit: "ms", P50: 6.1, P99: 11, Max: 20, PerSecond: 140_000, Count: 1_000_000, CPUMicros: 11,
				Goal: &measure.Goal{PerSecond: 135_000}, Ratio: &measure.Ratio{Of: "raw_write", Times: 0.9333},
			},
			{Name: "raw_write", Unit: "ms", P50: 5.9, P99: 10, Max: 19, PerSecond: 150_000, Count: 1_000_000, CPUMicros: 10},
			{Name: "fanout_latency", Unit: "ms", P50: 3.1, P99: 12, Max: 25, Count: 50_000, Goal: &measure.Goal{P99: 250}},
		},
		Memory: &streamload.Memory{Connections: 10_000, HeapBytes: 4725, StackBytes: 8215, ResidentBytes: 17_458, HeapGoal: 8192, ResidentGoal: 16_384},
		Machine: measure.Machine{
			Cores: 2, OS: "linux", Arch: "amd64", Go: "go1.26.8", Date: time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC), Commit: "0123abcd4567",
		},
	}
	var out strings.Builder
	if err := testApp().printStreamBench(&out, r); err != nil {
		t.Fatal(err)
	}
	elsewhere := *r
	elsewhere.Server, elsewhere.Memory, elsewhere.Crowd, elsewhere.Results = "https://ringdex.example.com", nil, 0, r.Results[2:]
	fmt.Fprintln(&out)
	if err := testApp().printStreamBench(&out, &elsewhere); err != nil {
		t.Fatal(err)
	}
	golden(t, "bench_stream.txt", out.String())
}

// TestStreamBenchJSONHasItsShape runs the smallest benchmark there is and keeps
// the names of what it prints, which scripts read.
func TestStreamBenchJSONHasItsShape(t *testing.T) {
	out, errOut, code := runCommand(t, "", "bench", "stream", "--agents", "3", "--crowd", "4", "--contacts", "2", "--rounds", "1", "--json")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	var whole struct {
		Results []map[string]any `json:"results"`
		Memory  map[string]any   `json:"memory"`
	}
	if err := json.Unmarshal([]byte(out), &whole); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "memory: %s\n", strings.Join(slices.Sorted(maps.Keys(whole.Memory)), " "))
	for _, r := range whole.Results {
		for _, costs := range []string{"cpuMicros", "allocs", "allocBytes"} {
			delete(r, costs) // not every system tells
		}
		fmt.Fprintf(&b, "%v %v: %s\n", r["name"], r["unit"], strings.Join(slices.Sorted(maps.Keys(r)), " "))
	}
	golden(t, "bench_stream_json.txt", b.String())
}

func TestStreamBenchSaysWhatItCannotMeasure(t *testing.T) {
	runSteps(t, "bench_stream_errors",
		step{args: "bench stream --agents -5"},
		step{args: "bench stream --server http://127.0.0.1:1"},
		step{args: "bench stream more"},
	)
}
