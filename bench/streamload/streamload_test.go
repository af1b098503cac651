package streamload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/cmd/ringdex/server"
)

func names(r *Report) []string {
	var list []string
	for _, result := range r.Results {
		list = append(list, result.Name)
	}
	return list
}

func TestEverySideReachesEveryAgent(t *testing.T) {
	r, err := Run(t.Context(), Config{Agents: 5, Crowd: 8, Contacts: 3, Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"fanout", "raw_write", "fanout_beside_nats", "nats_websocket", "updates", "raw_write_updates", "updates_beside_nats", "nats_updates",
		"fanout_latency", "fanout_latency_disturbed", "fanout_latency_crowd",
	}
	if diff := cmp.Diff(want, names(r)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	for _, result := range r.Results {
		if result.Count == 0 || result.Errors > 0 || result.P99 <= 0 {
			t.Errorf("%+v", result)
		}
	}
	// Who was told counts once for each agent, change and round.
	if got := r.Results[0].Count; got != 5*fanoutRounds {
		t.Errorf("fanout counts %d frames", got)
	}
	if got := r.Results[10].Count; got != 8*latencyRounds {
		t.Errorf("the crowd's latencies are %d", got)
	}
	if m := r.Memory; m == nil || m.Connections != 8 || m.HeapBytes <= 0 {
		t.Errorf("memory %+v", m)
	}
}

func TestServerElsewhereIsMeasuredAndLeftAsItWas(t *testing.T) {
	srv, err := server.Open(t.Context(), server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan server.Ready, 1), make(chan error, 1)
	go func() { ended <- srv.Run(ctx, func(r server.Ready) error { ready <- r; return nil }) }()
	at := <-ready
	r, err := Run(t.Context(), Config{Agents: 4, Contacts: 3, Server: at.URL, Key: at.FirstKey})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(r); !slices.Equal(got, []string{"fanout_latency", "updates"}) || r.Results[1].Count != 4*3*latencyRounds || r.Memory != nil {
		t.Errorf("results %q: %+v", got, r.Results)
	}
	if _, err := Run(t.Context(), Config{Server: at.URL, Key: "wrong"}); err == nil {
		t.Error("a wrong key measures")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestConfigThatMakesNoSense(t *testing.T) {
	for _, cfg := range []Config{{Agents: -1}, {Contacts: -1}, {Rounds: -1}} {
		if _, err := Run(t.Context(), cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestInterruptedRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, Config{Agents: 2, Crowd: -1}); !errors.Is(err, context.Canceled) && err == nil {
		t.Errorf("Run = %v", err)
	}
}

// TestMarksAreFoundHoweverTextIsCut feeds a text with marks in pieces of each
// size.
func TestMarksAreFoundHoweverTextIsCut(t *testing.T) {
	var text []byte
	for i := range 20 {
		text = append(appendMark(append(text, fmt.Sprintf(`{"@":"@%d`, i)...), time.Now()), `"}`...)
	}
	for size := 1; size <= len(text); size++ {
		c := newCrowd()
		var kept []byte
		for rest := text; len(rest) > 0; {
			n := min(size, len(rest))
			kept = slices.Clone(c.scan(append(kept, rest[:n]...), 0))
			rest = rest[n:]
			if len(kept) > markBytes {
				t.Fatalf("in pieces of %d: %d bytes are kept", size, len(kept))
			}
		}
		if got := c.seen.Load(); got != 20 {
			t.Fatalf("in pieces of %d: %d marks", size, got)
		}
	}
}
