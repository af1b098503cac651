package measure

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// steps is progress that notes what it was told.
type steps struct {
	began []string
	done  int
	ended int
}

func (s *steps) Begin(what string, _ int) { s.began = append(s.began, what) }
func (s *steps) Set(done int)             { s.done = done }
func (s *steps) End()                     { s.ended++ }

func TestEachOperationRunsOnceAndCounts(t *testing.T) {
	var mu sync.Mutex
	var ops []int
	p := &steps{}
	b := Bench{Progress: p}
	got, err := b.Run(t.Context(), Phase{Names: []string{"even", "odd"}, Ops: 101, Workers: 4, Do: func(_ context.Context, worker, op int) (time.Duration, error) {
		mu.Lock()
		defer mu.Unlock()
		if worker < 0 || worker > 3 {
			t.Errorf("worker %d", worker)
		}
		ops = append(ops, op)
		if op == 7 {
			return time.Hour, errors.New("seven")
		}
		return time.Duration(1+op%2) * time.Millisecond, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ops)
	for i, op := range ops {
		if i != op || len(ops) != 101 {
			t.Fatalf("operations %v", ops)
		}
	}
	even, odd := got[0], got[1]
	if even.Count != 51 || even.Errors != 0 || even.P50 < 0.99 || even.P50 > 1.01 || even.PerSecond < 3990 || even.PerSecond > 4010 {
		t.Errorf("even: %+v", even)
	}
	if odd.Count != 49 || odd.Errors != 1 || odd.Error != "seven" || odd.Max > 2.01 || odd.PerSecond < 1990 || odd.PerSecond > 2010 {
		t.Errorf("odd: %+v", odd)
	}
	if p.done != 101 || p.ended != 1 || !slices.Equal(p.began, []string{"even"}) {
		t.Errorf("progress %+v", p)
	}
}

func TestPhaseThatMostlyFailsHasNoResult(t *testing.T) {
	broken := errors.New("broken")
	calls := 0
	var b Bench
	_, err := b.Run(t.Context(), Phase{Names: []string{"create"}, Ops: 1_000_000, Workers: 1, Do: func(context.Context, int, int) (time.Duration, error) {
		calls++
		return 0, broken
	}})
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "create: 500 of 500 ") || calls != tooManyErrors {
		t.Errorf("after %d calls: %v", calls, err)
	}
}

func TestPhaseThatMayFailSaysHowOften(t *testing.T) {
	var b Bench
	got, err := b.Run(t.Context(), Phase{Names: []string{"find"}, Ops: 10, Workers: 2, MayFail: true, Do: func(_ context.Context, _, op int) (time.Duration, error) {
		if op > 0 {
			return 0, errors.New("too slow")
		}
		return time.Millisecond, nil
	}})
	if err != nil || got[0].Errors != 9 || got[0].Count != 1 || got[0].Error != "too slow" {
		t.Errorf("Run = %+v, %v", got, err)
	}
}

func TestInterruptedPhaseHasNoResult(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var b Bench
	got, err := b.Run(ctx, Phase{Names: []string{"create"}, Ops: 1000, Workers: 2, Do: func(_ context.Context, _, op int) (time.Duration, error) {
		if op == 10 {
			cancel()
		}
		return time.Millisecond, nil
	}})
	if got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, %v", got, err)
	}
}

func TestPhaseOutOfTimeReportsWhatItDid(t *testing.T) {
	var b Bench
	got, err := b.Run(t.Context(), Phase{
		Names: []string{"patch"}, Ops: 1_000_000_000, Workers: 2, Within: time.Millisecond,
		Do: func(context.Context, int, int) (time.Duration, error) { return time.Microsecond, nil },
	})
	if err != nil || got[0].Count == 0 || got[0].Count == 1_000_000_000 {
		t.Errorf("Run = %+v, %v", got, err)
	}
}

// TestRoundsAlternate holds Against to its order and to numbering operations
// on across rounds.
func TestRoundsAlternate(t *testing.T) {
	var order []string
	phase := func(name string, took time.Duration) Phase {
		return Phase{Names: []string{name}, Ops: 2, Workers: 1, Do: func(_ context.Context, _, op int) (time.Duration, error) {
			order = append(order, name+string(rune('0'+op)))
			return took, nil
		}}
	}
	var b Bench
	subject, yardstick, err := b.Against(t.Context(), 3, phase("log", 2*time.Millisecond), phase("pebble", time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	want := "pebble0 pebble1 log0 log1 pebble2 pebble3 log2 log3 pebble4 pebble5 log4 log5"
	if got := strings.Join(order, " "); got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	if subject.Count != 6 || yardstick.Count != 6 || subject.Ratio == nil || subject.Ratio.Of != "pebble" || subject.Ratio.Times <= 0 {
		t.Errorf("%+v beside %+v", subject, yardstick)
	}
}

func TestProfilesStandInTheirFolder(t *testing.T) {
	b := Bench{ProfileDir: t.TempDir()}
	_, err := b.Run(t.Context(), Phase{Names: []string{"create"}, Ops: 1, Workers: 1, Do: func(context.Context, int, int) (time.Duration, error) {
		return time.Millisecond, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(b.ProfileDir, "create.pprof")); err != nil || info.Size() == 0 {
		t.Errorf("profile: %v, %v", info, err)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := Median(c.of); got != c.want {
			t.Errorf("Median(%v) = %v, want %v", c.of, got, c.want)
		}
	}
}
