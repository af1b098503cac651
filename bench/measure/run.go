package measure

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Phase is many operations of one kind, or of kinds that alternate so that
// they meet the same disturbances.
type Phase struct {
	Names   []string // operation i counts to Names[i%len(Names)]
	Ops     int
	Workers int           // at once; each calls Do for one operation after the other
	Within  time.Duration // start no operation later than this; 0 is no bound
	MayFail bool          // a result is wanted even if most operations fail
	// Do does operation op and returns how long the part took that counts. An
	// error says that it did not do what it was for. worker tells callers at
	// the same time apart, from 0 up.
	Do func(ctx context.Context, worker, op int) (time.Duration, error)
}

// Progress is told how far a benchmark has come, by one goroutine at a time.
type Progress interface {
	Begin(what string, total int)
	Set(done int)
	End()
}

// A Bench runs the phases of a benchmark. The zero value is ready to use.
type Bench struct {
	Progress   Progress // nil tells nobody
	ProfileDir string   // where each phase leaves a CPU profile, NAME.pprof; empty for none
}

// A phase that fails this often is given up while most of it fails.
const tooManyErrors = 500

// Run does a phase and returns a result for each of its names. It returns
// ctx's error if ctx ends first, and an error with the first failure if most
// operations failed and the phase may not.
func (b *Bench) Run(ctx context.Context, p Phase) ([]Result, error) {
	r := &run{Phase: p, recorders: make([][]*recorder, p.Workers)}
	stop, err := b.profile(p.Names[0])
	if err != nil {
		return nil, err
	}
	runtime.GC() // the garbage of the phase before is not this one's
	before := readUsage()
	b.watch(r, func() { r.all(ctx) })
	spent := readUsage().minus(before)
	if err := stop(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return r.results(spent)
}

// watch tells how far a run is while work goes on.
func (b *Bench) watch(r *run, work func()) {
	if b.Progress == nil {
		work()
		return
	}
	b.Progress.Begin(r.Names[0], r.Ops)
	defer b.Progress.End()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	tick := time.NewTicker(time.Second / 4)
	defer tick.Stop()
	for {
		select {
		case <-done:
			b.Progress.Set(int(r.done.Load()))
			return
		case <-tick.C:
			b.Progress.Set(int(r.done.Load()))
		}
	}
}

// profile begins a CPU profile of a phase and returns what ends it.
func (b *Bench) profile(name string) (stop func() error, err error) {
	if b.ProfileDir == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(filepath.Join(b.ProfileDir, name+".pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// A run is a phase while it goes on.
type run struct {
	Phase
	recorders [][]*recorder // by worker and name; each worker owns its own
	next      atomic.Int64  // operation to begin
	done      atomic.Int64  // operations that ended, well or not
	failed    atomic.Int64  // of them
	took      time.Duration
}

// all runs the workers until there is nothing left to do.
func (r *run) all(ctx context.Context) {
	start := time.Now()
	var wg sync.WaitGroup
	for w := range r.recorders {
		r.recorders[w] = make([]*recorder, len(r.Names))
		for i := range r.recorders[w] {
			r.recorders[w][i] = newRecorder()
		}
	}
	for w := range r.recorders {
		wg.Go(func() { r.work(ctx, w, start) })
	}
	wg.Wait()
	r.took = time.Since(start)
}

func (r *run) work(ctx context.Context, worker int, start time.Time) {
	for ctx.Err() == nil && !r.hopeless() {
		op := int(r.next.Add(1)) - 1
		if op >= r.Ops || r.Within > 0 && time.Since(start) > r.Within {
			return
		}
		took, err := r.Do(ctx, worker, op)
		if ctx.Err() != nil {
			return // its failure says nothing
		}
		r.recorders[worker][op%len(r.Names)].add(took, err)
		r.done.Add(1)
		if err != nil {
			r.failed.Add(1)
		}
	}
}

// hopeless tells whether going on would only fail more.
func (r *run) hopeless() bool {
	failed := r.failed.Load()
	return failed >= tooManyErrors && 2*failed > r.done.Load()
}

// results adds up what the workers took down.
func (r *run) results(spent usage) ([]Result, error) {
	out := make([]Result, len(r.Names))
	for i, name := range r.Names {
		sum := newRecorder()
		for _, of := range r.recorders {
			sum.merge(of[i])
		}
		if !r.MayFail && 2*sum.errors > sum.errors+sum.times.TotalCount() {
			return nil, fmt.Errorf("%s: %d of %d operations failed, the first: %w", name, sum.errors, sum.errors+sum.times.TotalCount(), sum.first)
		}
		out[i] = sum.result(name)
		r.rate(&out[i])
	}
	if len(out) == 1 && out[0].Count > 0 {
		n := float64(out[0].Count)
		out[0].CPUMicros = float64(spent.cpu.Microseconds()) / n
		out[0].Allocs, out[0].AllocBytes = float64(spent.allocs)/n, float64(spent.bytes)/n
	}
	return out, nil
}

// rate fills in the operations a second. Where kinds alternate, each has the
// rate that workers doing nothing else would have.
func (r *run) rate(result *Result) {
	switch {
	case len(r.Names) > 1 && result.Mean > 0:
		result.PerSecond = float64(r.Workers) * 1000 / result.Mean
	case len(r.Names) == 1 && r.took > 0:
		result.PerSecond = float64(result.Count) / r.took.Seconds()
	}
}

// Median returns the middle of values, which it sorts; 0 of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
