// Package streamload measures the live stream: how many frames and updates a
// second reach a crowd of agents, how long a change takes to reach each of
// them, and what a connection that waits holds in memory.
//
// Three sides tell the same crowd: the hub and its edge, put together as in the
// server; a loop that writes the same bytes to bare sockets, which is the
// ceiling; and nats-server with its WebSocket. They alternate in one run. The
// agents look for marks in what arrives and parse nothing, and are in a process
// of their own unless the caller starts them elsewhere.
//
// "ringdex bench stream" calls it. Goroutines live no longer than Run.
package streamload

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// ErrConfig says that a Config cannot be used.
var ErrConfig = errors.New("benchmark configuration")

// A Config says what to measure. Zero fields have defaults.
type Config struct {
	Agents   int              // in the crowd; 1,000
	Crowd    int              // in the large one; 10,000, as far as the limit of open files allows; negative: none
	Contacts int              // that change together where updates are counted; 50
	Rounds   int              // of the sides in turn; 5
	Server   string           // URL of a server to measure in place of one in this process
	Key      string           // an admin key of that server
	Start    Starter          // nil: agents in this process
	Progress measure.Progress // nil tells nobody
}

func (cfg Config) withDefaults() (Config, error) {
	for _, field := range []struct {
		value *int
		or    int
		name  string
	}{{&cfg.Agents, 1000, "agents"}, {&cfg.Crowd, 10_000, "crowd"}, {&cfg.Contacts, 50, "contacts"}, {&cfg.Rounds, 5, "rounds"}} {
		if *field.value == 0 {
			*field.value = field.or
		}
		if *field.value < 0 && field.value != &cfg.Crowd {
			return cfg, fmt.Errorf("%w: %s must be positive", ErrConfig, field.name)
		}
	}
	return cfg, nil
}

// A Report is what was measured.
type Report struct {
	Bench    string           `json:"bench"` // "stream"
	Agents   int              `json:"agents"`
	Crowd    int              `json:"crowd"`    // agents of the large crowd that there was room for
	Contacts int              `json:"contacts"` // that changed together
	Server   string           `json:"server,omitempty"`
	Results  []measure.Result `json:"results"`
	Memory   *Memory          `json:"memory,omitempty"` // not of a server elsewhere
	Machine  measure.Machine  `json:"machine"`
}

// Memory is what connections hold that wait for news, each with one
// subscription.
type Memory struct {
	Connections   int     `json:"connections"`
	HeapBytes     float64 `json:"heapBytesPerConnection"`
	StackBytes    float64 `json:"stackBytesPerConnection"`
	ResidentBytes float64 `json:"residentBytesPerConnection"` // of the process; 0 where that is not known
	HeapGoal      float64 `json:"heapGoal"`
	ResidentGoal  float64 `json:"residentGoal"`
}

// The goals.
const (
	heapGoal      = 8 << 10
	residentGoal  = 16 << 10
	framesGoal    = 0.9 // of what the loop of raw writes does
	updatesGoal   = 2_000_000
	crowdP99Goal  = 250 // ms
	latencyRounds = 50
	latencyPause  = 120 * time.Millisecond // beyond the hub's 50 ms, so that a change waits for nobody
)

// A run is one call of Run.
type run struct {
	cfg    Config
	bench  measure.Bench
	agents *agents
	apart  bool // the agents have a process of their own
	report *Report
}

// Run measures. It returns ErrConfig, ctx's error, or the first failure that
// leaves nothing to report.
func Run(ctx context.Context, cfg Config) (_ *Report, err error) {
	cfg, err = cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &run{cfg: cfg, bench: measure.Bench{Progress: cfg.Progress}, report: &Report{
		Bench: "stream", Agents: cfg.Agents, Contacts: cfg.Contacts, Server: cfg.Server, Machine: measure.ThisMachine(time.Now(), ""),
	}}
	start := cfg.Start
	if r.apart = start != nil; !r.apart {
		start = inProcess
	}
	if r.agents, err = startAgents(ctx, start); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.agents.stop()) }()
	if cfg.Server != "" {
		return r.report, r.elsewhere(ctx)
	}
	r.report.Crowd = max(0, min(cfg.Crowd, r.room()))
	for _, phase := range []func(context.Context) error{r.idle, r.fanout, r.updates, r.latencies} {
		if err := phase(ctx); err != nil {
			return nil, err
		}
	}
	return r.report, nil
}

// room returns how large a crowd can be: a file each, on both sides.
func (r *run) room() int {
	files := openFiles() - spareFiles
	if r.apart {
		return files
	}
	return files / 2
}

// with runs do while n agents listen to a side.
func (r *run) with(s side, n int, do func() error) error {
	if err := r.agents.join(n, s.way()); err != nil {
		return err
	}
	return errors.Join(do(), r.agents.leave())
}

// phase is many rounds in which a side tells n agents of changes.
func (r *run) phase(name string, s side, n, contacts, rounds int) measure.Phase {
	return measure.Phase{Names: []string{name}, Ops: rounds, Workers: 1, Do: func(ctx context.Context, _, _ int) (time.Duration, error) {
		start := time.Now()
		err := r.agents.round(n*contacts, func() error { return s.tell(ctx, contacts) })
		return time.Since(start), err
	}}
}

// perUpdate turns results that count rounds into such that count what arrived.
// Latencies stay those of a whole round.
func perUpdate(result measure.Result, each int) measure.Result {
	result.PerSecond *= float64(each)
	result.Count *= int64(each)
	result.CPUMicros /= float64(each)
	result.Allocs /= float64(each)
	result.AllocBytes /= float64(each)
	return result
}

// quick is the hub's pause between two flushes where frames are counted: none,
// so that the pause is not what is measured.
const quick = time.Microsecond

// together is the hub's pause where many contacts change together: so short
// that it is hardly measured, and long enough that what is told in a row goes
// out in a frame, as with the server's own.
const together = 5 * time.Millisecond

// sides starts the three sides and runs do.
func (r *run) sides(ctx context.Context, contacts int, pause time.Duration, do func(own, ceiling, other side) error) (err error) {
	own, err := newRingdex(ctx, contacts, pause)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.close()) }()
	ceiling, err := newRaw(ctx, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ceiling.close()) }()
	other, err := newNATS(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.close()) }()
	for _, s := range []side{own, ceiling, other} {
		if err := r.agents.join(r.cfg.Agents, s.way()); err != nil {
			return err
		}
	}
	return errors.Join(do(own, ceiling, other), r.agents.leave())
}

// fanoutRounds is how many changes each side tells in each of the rounds.
const fanoutRounds = 200

// fanout counts frames of one change.
func (r *run) fanout(ctx context.Context) error {
	return r.sides(ctx, 1, quick, func(own, ceiling, other side) error {
		n := r.cfg.Agents
		ours, top, err := r.bench.Against(ctx, r.cfg.Rounds, r.phase("fanout", own, n, 1, fanoutRounds), r.phase("raw_write", ceiling, n, 1, fanoutRounds))
		if err != nil {
			return err
		}
		beside, nats, err := r.bench.Against(ctx, r.cfg.Rounds, r.phase("fanout_beside_nats", own, n, 1, fanoutRounds), r.phase("nats_websocket", other, n, 1, fanoutRounds))
		if err != nil {
			return err
		}
		results := []measure.Result{perUpdate(ours, n), perUpdate(top, n), perUpdate(beside, n), perUpdate(nats, n)}
		results[0].Goal = &measure.Goal{PerSecond: framesGoal * results[0].PerSecond / ours.Ratio.Times}
		r.report.Results = append(r.report.Results, results...)
		return nil
	})
}

// updates counts the changes that arrive when many contacts change together.
func (r *run) updates(ctx context.Context) error {
	return r.sides(ctx, r.cfg.Contacts, together, func(own, ceiling, other side) error {
		n, contacts, rounds := r.cfg.Agents, r.cfg.Contacts, fanoutRounds/4
		ours, top, err := r.bench.Against(ctx, r.cfg.Rounds, r.phase("updates", own, n, contacts, rounds), r.phase("raw_write_updates", ceiling, n, contacts, rounds))
		if err != nil {
			return err
		}
		beside, nats, err := r.bench.Against(ctx, r.cfg.Rounds, r.phase("updates_beside_nats", own, n, contacts, rounds/5), r.phase("nats_updates", other, n, contacts, rounds/5))
		if err != nil {
			return err
		}
		each := n * contacts
		results := []measure.Result{perUpdate(ours, each), perUpdate(top, each), perUpdate(beside, each), perUpdate(nats, each)}
		results[0].Goal = &measure.Goal{PerSecond: updatesGoal}
		r.report.Results = append(r.report.Results, results...)
		return nil
	})
}
