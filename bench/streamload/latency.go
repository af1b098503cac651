package streamload

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// idle measures what waiting connections hold.
func (r *run) idle(ctx context.Context) error {
	n := max(r.cfg.Agents, r.report.Crowd)
	own, err := newRingdex(ctx, 1, 0)
	if err != nil {
		return err
	}
	before := readMemory()
	err = r.with(own, n, func() error {
		after := readMemory()
		per := func(a, b uint64) float64 { return (float64(a) - float64(b)) / float64(n) }
		r.report.Memory = &Memory{
			Connections: n, HeapBytes: per(after.heap, before.heap), StackBytes: per(after.stack, before.stack),
			ResidentBytes: per(after.resident, before.resident), HeapGoal: heapGoal, ResidentGoal: residentGoal,
		}
		return nil
	})
	return errors.Join(err, own.close())
}

// memory is what this process holds, in bytes.
type memory struct{ heap, stack, resident uint64 }

func readMemory() memory {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{m.HeapAlloc, m.StackInuse, resident()}
}

// latencies measures from a change to each agent, with the hub as the server
// has it.
func (r *run) latencies(ctx context.Context) error {
	own, err := newRingdex(ctx, 1, 0)
	if err != nil {
		return err
	}
	defer func() { _ = own.close() }() // it says nothing that joining and leaving did not
	calm, err := r.latency(ctx, "fanout_latency", own, r.cfg.Agents, nil)
	if err != nil {
		return err
	}
	calm.Goal = &measure.Goal{P99: crowdP99Goal}
	rough, err := r.disturbed(ctx, own)
	if err != nil {
		return err
	}
	// A millisecond more is not twice as much where there was hardly any.
	rough.Goal = &measure.Goal{P99: 2 * max(calm.P99, 1)}
	r.report.Results = append(r.report.Results, calm, rough)
	if n := r.report.Crowd; n > r.cfg.Agents {
		large, err := r.latency(ctx, "fanout_latency_crowd", own, n, nil)
		if err != nil {
			return err
		}
		large.Goal = &measure.Goal{P99: crowdP99Goal}
		r.report.Results = append(r.report.Results, large)
	}
	return nil
}

// latency lets n agents be told of one change after the other, with a pause
// between them.
func (r *run) latency(ctx context.Context, name string, s side, n int, meanwhile func() error) (measure.Result, error) {
	result := measure.Result{}
	err := r.with(s, n, func() error {
		if meanwhile != nil {
			if err := meanwhile(); err != nil {
				return err
			}
		}
		var err error
		result, err = r.rounds(ctx, name, n, s)
		return err
	})
	return result, err
}

// rounds times how long each of n agents of a side waits for a change.
func (r *run) rounds(ctx context.Context, name string, n int, s side) (measure.Result, error) {
	if r.cfg.Progress != nil {
		r.cfg.Progress.Begin(name, latencyRounds)
		defer r.cfg.Progress.End()
	}
	if _, err := r.agents.tell(order{Do: "time"}); err != nil {
		return measure.Result{}, err
	}
	pause := time.NewTicker(latencyPause)
	defer pause.Stop()
	for round := range latencyRounds {
		if err := r.agents.round(n, func() error { return s.tell(ctx, 1) }); err != nil {
			return measure.Result{}, err
		}
		if r.cfg.Progress != nil {
			r.cfg.Progress.Set(round + 1)
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return measure.Result{}, ctx.Err()
		}
	}
	reply, err := r.agents.tell(order{Do: "times"})
	if err != nil {
		return measure.Result{}, err
	}
	reply.Times.Name = name
	return *reply.Times, nil
}

// herdEvery is how often a tenth as many peers as there are agents connect: a
// thousand a second by default, which is as many as a server lets in.
const herdEvery = 100 * time.Millisecond

// disturbed is latency while a tenth as many peers never read, and others come
// and go in a herd.
func (r *run) disturbed(ctx context.Context, s side) (measure.Result, error) {
	deaf := &crowd{}
	defer deaf.leave()
	silent := *s.way()
	silent.Silent = true
	herding, stop := context.WithCancel(ctx)
	defer stop()
	var herd sync.WaitGroup
	defer herd.Wait()
	defer stop()
	few := max(r.cfg.Agents/10, 1)
	return r.latency(ctx, "fanout_latency_disturbed", s, r.cfg.Agents, func() error {
		if err := deaf.join(ctx, few, &silent); err != nil {
			return err
		}
		herd.Go(func() {
			tick := time.NewTicker(herdEvery)
			defer tick.Stop()
			for herding.Err() == nil {
				comers := &crowd{}
				_ = comers.join(herding, few, &silent) // the end of the measurement ends it
				comers.leave()
				<-tick.C
			}
		})
		return nil
	})
}
