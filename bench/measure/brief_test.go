package measure

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEachQuestionIsAskedOnceARound(t *testing.T) {
	var asked []int
	fresh := 0
	p := &steps{}
	b := Bench{Progress: p}
	times, err := b.Briefly(t.Context(), 3, []Brief{
		{Name: "one", Questions: 2, Group: 1, Ask: func(i int) { asked = append(asked, i) }},
		{Name: "many", Questions: 5, Group: 4, Fresh: func() { fresh++ }, Ask: func(i int) { asked = append(asked, 10+i) }},
	})
	if err != nil || len(times) != 2 {
		t.Fatalf("Briefly = %v, %v", times, err)
	}
	round := []int{0, 1, 10, 11, 12, 13, 14}
	if d := cmp.Diff(slices.Concat(round, round, round), asked); d != "" {
		t.Error(d)
	}
	if fresh != 6 {
		t.Errorf("Fresh was called %d times for two groups in three rounds", fresh)
	}
	if p.done != 6 || p.ended != 1 {
		t.Errorf("progress %+v", p)
	}
}

func TestInterruptedBriefsHaveNoTimes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var b Bench
	times, err := b.Briefly(ctx, 5, []Brief{{Questions: 1, Group: 1, Ask: func(int) { cancel() }}})
	if times != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("Briefly = %v, %v", times, err)
	}
}

// A question that was slow in one round of five is a quick one; one that is
// slow in most is not.
func TestTimesAreMediansOfRounds(t *testing.T) {
	samples := make([][]float64, 100)
	for i := range samples {
		samples[i] = []float64{10, 10, 1000, 10, 10}
	}
	samples[99] = []float64{500, 500, 10, 500, 10}
	got := timesOf(samples)
	want := Times{P50: 10, P99: 500, Mean: 14.9, AnyP50: 10, AnyP99: 1000}
	got.Mean = float64(int(got.Mean*10+.5)) / 10
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
