package measure

import (
	"context"
	"errors"
	"time"
)

// Against measures a phase beside a yardstick in rounds that alternate, so that
// both meet the same disturbances, and returns their results: rates are medians
// of the rounds, latencies of all rounds together, and the ratio is the median
// of the rounds' ratios. Each phase has one name, and its Do is called with
// operations 0 to rounds*Ops-1.
func (b *Bench) Against(ctx context.Context, rounds int, subject, yardstick Phase) (Result, Result, error) {
	s, y := series{phase: subject}, series{phase: yardstick}
	ratios := make([]float64, 0, rounds)
	for round := range rounds {
		err := errors.Join(y.round(ctx, b, round), s.round(ctx, b, round))
		if err != nil {
			return Result{}, Result{}, err
		}
		ratios = append(ratios, s.rates[round]/y.rates[round])
	}
	result, of := s.result(), y.result()
	result.Ratio = &Ratio{Of: of.Name, Times: Median(ratios)}
	return result, of, nil
}

// A series is the rounds of one phase.
type series struct {
	phase Phase
	rates []float64 // by round
	sum   *recorder
	spent usage
}

// round does the next round.
func (s *series) round(ctx context.Context, b *Bench, round int) error {
	p := s.phase
	p.Do = func(ctx context.Context, worker, op int) (time.Duration, error) {
		return s.phase.Do(ctx, worker, op+round*s.phase.Ops)
	}
	r := &run{Phase: p, recorders: make([][]*recorder, p.Workers)}
	before := readUsage()
	b.watch(r, func() { r.all(ctx) })
	s.spent = s.spent.plus(readUsage().minus(before))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	results, err := r.results(usage{})
	if err != nil {
		return err
	}
	if s.sum == nil {
		s.sum = newRecorder()
	}
	for _, of := range r.recorders {
		s.sum.merge(of[0])
	}
	s.rates = append(s.rates, results[0].PerSecond)
	return nil
}

// result adds up the rounds.
func (s *series) result() Result {
	out := s.sum.result(s.phase.Names[0])
	out.PerSecond = Median(append([]float64(nil), s.rates...))
	if n := float64(out.Count); n > 0 {
		out.CPUMicros = float64(s.spent.cpu.Microseconds()) / n
		out.Allocs, out.AllocBytes = float64(s.spent.allocs)/n, float64(s.spent.bytes)/n
	}
	return out
}
