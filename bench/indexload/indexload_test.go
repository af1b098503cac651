package indexload

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/phone"
)

func small(folder string) Config { return Config{Contacts: 1000, Rounds: 1, Folder: folder} }

var steps = []string{"rebuild", "cold_start", "text"}

var questions = []string{
	"exact", "exact_batch", "prefix_number", "range", "ladder_e164", "ladder_batch", "ladder_national",
	"prefix_1", "prefix_2", "prefix_3", "prefix_5", "prefix_pair", "typo_1", "typo_2",
}

// TestEveryKindOfQuestionIsAsked runs everything on a small corpus: all have
// times, and all of them found somebody.
func TestEveryKindOfQuestionIsAsked(t *testing.T) {
	// So few contacts take so little that the usual sample may hold none of it.
	usual := runtime.MemProfileRate
	runtime.MemProfileRate = 2 << 10
	t.Cleanup(func() { runtime.MemProfileRate = usual })
	folder := t.TempDir()
	r, err := Run(t.Context(), small(folder))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, result := range r.Results {
		names = append(names, result.Name)
		if result.P50 < 0 || result.P99 < result.P50 || result.Mean <= 0 {
			t.Errorf("%+v", result)
		}
		if result.Unit == "ns" && (result.Questions == 0 || result.Answers == 0 || result.Busy == nil || result.Busy.Ratio <= 0) {
			t.Errorf("%+v, busy %+v", result, result.Busy)
		}
	}
	if d := cmp.Diff(append(steps, questions...), names); d != "" {
		t.Errorf("results (-want +got):\n%s", d)
	}
	if r.Ingest.Commits == 0 || r.Ingest.PerSecond <= 0 {
		t.Errorf("ingest %+v", r.Ingest)
	}
	if m := r.Memory; m.Index < 20 || m.Index != m.Heap["index"] || m.Process < m.Index {
		t.Errorf("memory %+v", m)
	}
	nothingIn(t, folder)
}

func nothingIn(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("%s is left behind", entry.Name())
	}
}

// A tripwire is progress that ends ctx when a step is under way.
type tripwire struct {
	step  string
	trip  context.CancelFunc
	begun bool
}

func (w *tripwire) Begin(what string, _ int) {
	if what == w.step {
		w.begun = true
		w.trip()
	}
}
func (w *tripwire) Set(int) {}
func (w *tripwire) End()    {}

func TestInterruptionLeavesNothingBehind(t *testing.T) {
	for _, step := range []string{"fill", "rebuild", "text", "ask"} {
		t.Run(step, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := small(t.TempDir())
			wire := &tripwire{step: step, trip: cancel}
			cfg.Progress = wire
			r, err := Run(ctx, cfg)
			if r != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("Run = %v, %v; want no report and %v", r, err, context.Canceled)
			}
			if !wire.begun {
				t.Errorf("step %s never began", step)
			}
			nothingIn(t, cfg.Folder)
		})
	}
}

// TestWrongAnswersHaveNoFigures asks an index of other people.
func TestWrongAnswersHaveNoFigures(t *testing.T) {
	l := &load{cfg: small(""), folder: t.TempDir(), corpus: corpus.Corpus{Size: 1000}, report: &Report{}}
	if err := l.fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := l.start(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	if err := newAsker(s.index, l.corpus, l.ranges).verify(l.corpus); err != nil {
		t.Errorf("the right answers: %v", err)
	}
	others := corpus.Corpus{Size: 1000, Seed: 1}
	a := newAsker(s.index, others, declaredRanges(others))
	for name, check := range map[string]func() error{"lookups": a.verifyLookups, "prefixes": a.verifyPrefixes, "ranges": a.verifyRanges, "searches": func() error { return a.verifySearches(others) }} {
		if err := check(); !errors.Is(err, ErrWrong) {
			t.Errorf("%s of other people: %v", name, err)
		}
	}
	for _, k := range a.kinds() {
		if k.Name == "exact" {
			k.Questions, k.Ask = 1, func(int) { a.snapshot.Lookup(index.Caller{Context: phone.Context{}}) }
			if n := a.count(k); n != 0 {
				t.Errorf("%d answers to nothing", n)
			}
		}
	}
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	for _, cfg := range []Config{{Contacts: 10}, {Contacts: 1 << 30}, {Rounds: -1}} {
		if r, err := Run(t.Context(), cfg); r != nil || !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v, %v", cfg, r, err)
		}
	}
}
