package measure

import (
	"context"
	"slices"
	"time"
)

// A Brief is an operation of nanoseconds to microseconds, too short for the
// clock of a Phase, which is asked many questions on one goroutine.
type Brief struct {
	Name      string
	Questions int
	// Group is how many questions are timed together: 1 for operations that
	// take longer than reading the clock, so that the percentiles are over
	// questions; more for shorter ones, which must then differ little.
	Group int
	// Fresh is called before each group, outside of what is timed. nil for
	// nothing.
	Fresh func()
	// Ask asks question i, 0 to Questions-1.
	Ask func(i int)
}

// Times are what a question of a Brief took, in nanoseconds, without what the
// clock takes. P50, P99 and Mean are over questions, each the median of its
// rounds, so that a round in which the machine did something else does not
// count; of groups they are over groups. AnyP99 is over all times of all rounds.
type Times struct {
	P50, P99, Mean float64
	AnyP50, AnyP99 float64
}

// Briefly asks every question of every Brief in each of so many rounds and
// returns what they took, in the order of briefs. The briefs take turns, so
// that all meet the same disturbances. It returns ctx's error if ctx ends first.
func (b *Bench) Briefly(ctx context.Context, rounds int, briefs []Brief) ([]Times, error) {
	clock := clockCost()
	samples := make([][][]float64, len(briefs)) // by brief, group and round
	for i, brief := range briefs {
		samples[i] = make([][]float64, (brief.Questions+brief.Group-1)/brief.Group)
	}
	if b.Progress != nil {
		b.Progress.Begin("ask", rounds*len(briefs))
		defer b.Progress.End()
	}
	for round := range rounds {
		for i, brief := range briefs {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			brief.round(samples[i], clock)
			if b.Progress != nil {
				b.Progress.Set(round*len(briefs) + i + 1)
			}
		}
	}
	times := make([]Times, len(briefs))
	for i := range briefs {
		times[i] = timesOf(samples[i])
	}
	return times, nil
}

// round asks every question once and notes what a question of each group took.
func (q *Brief) round(samples [][]float64, clock time.Duration) {
	for g := range samples {
		if q.Fresh != nil {
			q.Fresh()
		}
		first, end := g*q.Group, min((g+1)*q.Group, q.Questions)
		start := time.Now()
		for i := first; i < end; i++ {
			q.Ask(i)
		}
		took := max(0, time.Since(start)-clock)
		samples[g] = append(samples[g], float64(took)/float64(end-first))
	}
}

// clockCost returns the least that reading the clock twice takes.
func clockCost() time.Duration {
	least := time.Hour
	for range 1000 {
		start := time.Now()
		least = min(least, time.Since(start))
	}
	return least
}

// timesOf adds up samples by group and round.
func timesOf(samples [][]float64) Times {
	var t Times
	var medians, all []float64
	for _, of := range samples {
		all = append(all, of...)
		m := Median(of)
		medians = append(medians, m)
		t.Mean += m / float64(len(samples))
	}
	slices.Sort(medians)
	slices.Sort(all)
	t.P50, t.P99 = quantile(medians, 50), quantile(medians, 99)
	t.AnyP50, t.AnyP99 = quantile(all, 50), quantile(all, 99)
	return t
}

// quantile returns the value below which so many in a hundred of sorted lie.
func quantile(sorted []float64, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}
