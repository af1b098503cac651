package indexload

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/pebblelog"
)

// A started is an index that was opened on the log as the server opens it.
type started struct {
	log   stream.Log
	index *index.Index
	open  time.Duration // of opening the index
	first time.Duration // until the first caller was answered
}

// start opens the log and the index, with or without what it keeps for a faster
// start, and asks the first question.
func (l *load) start(ctx context.Context, checkpoints bool) (*started, error) {
	begun := time.Now()
	log, err := pebblelog.Open(ctx, pebblelog.Config{Dir: l.logFolder()})
	if err != nil {
		return nil, err
	}
	opening := time.Now()
	cfg := index.Config{TextDir: filepath.Join(l.folder, "text")}
	if checkpoints {
		cfg.CheckpointDir = filepath.Join(l.folder, "index")
	}
	x, err := index.Open(ctx, log, cfg)
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	s := &started{log: log, index: x, open: time.Since(opening)}
	s.index.Snapshot(tenantID).Lookup(index.Caller{Number: "+442079460018"})
	s.first = time.Since(begun)
	if got := s.index.Snapshot(tenantID).Len(); got < l.corpus.Size*8/10 {
		return nil, errors.Join(fmt.Errorf("%w: the index holds %d of %d contacts", ErrWrong, got, l.corpus.Size), s.close())
	}
	return s, nil
}

func (s *started) close() error { return errors.Join(s.index.Close(), s.log.Close()) }

// rebuildRounds is how often the index is opened anew: less often where it
// takes long.
func (l *load) rebuildRounds() int {
	switch {
	case l.corpus.Size > corpus.Medium:
		return 1
	case l.corpus.Size > corpus.Small:
		return min(l.cfg.Rounds, 3)
	}
	return l.cfg.Rounds
}

// rebuild measures starts: of the index alone when everything is to be derived
// from the log, and of log and index until the first answer when there is a
// checkpoint, as there is unless the program is another.
func (l *load) rebuild(ctx context.Context) error {
	opens, _, err := l.starts(ctx, "rebuild", false, l.rebuildRounds())
	if err != nil {
		return err
	}
	if _, _, err := l.starts(ctx, "checkpoint", true, 1); err != nil {
		return err
	}
	_, firsts, err := l.starts(ctx, "cold start", true, l.cfg.Rounds)
	if err != nil {
		return err
	}
	goal := &Goal{P50: coldStartGoal * float64(l.corpus.Size) / corpus.Medium}
	l.report.Results = append(l.report.Results, seconds("rebuild", opens, nil), seconds("cold_start", firsts, goal))
	return nil
}

// starts starts and closes so many times and returns how many seconds the index
// took to open, and everything until the first answer.
func (l *load) starts(ctx context.Context, what string, checkpoints bool, rounds int) (opens, firsts []float64, err error) {
	set, end := l.step(what, rounds)
	defer end()
	for i := range rounds {
		s, err := l.start(ctx, checkpoints)
		if err != nil {
			return nil, nil, err
		}
		opens, firsts = append(opens, s.open.Seconds()), append(firsts, s.first.Seconds())
		if err := s.close(); err != nil {
			return nil, nil, err
		}
		set(i + 1)
	}
	return opens, firsts, nil
}

// coldStartGoal is how many seconds a million contacts may take until the
// first answer.
const coldStartGoal = 3

func seconds(name string, of []float64, goal *Goal) Result {
	m := measure.Median(of)
	sum := 0.0
	for _, s := range of {
		sum += s
	}
	return Result{Name: name, Unit: "s", P50: m, P99: slices.Max(of), Mean: sum / float64(len(of)), Goal: goal}
}

// measure opens the index once more and asks everything.
func (l *load) measure(ctx context.Context) (err error) {
	s, err := l.start(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	running, stop := context.WithCancel(ctx)
	g, running := errgroup.WithContext(running)
	g.Go(func() error { return s.index.Run(running) })
	defer func() {
		stop()
		if ended := g.Wait(); !errors.Is(ended, context.Canceled) {
			err = errors.Join(err, ended)
		}
	}()
	if err := l.followText(ctx, s.index); err != nil {
		return err
	}
	if err := l.memory(); err != nil {
		return err
	}
	return l.ask(ctx, s)
}

// followText measures how long the text index takes until it shows everything,
// while numbers and names answer.
func (l *load) followText(ctx context.Context, x *index.Index) error {
	set, end := l.step("text", 1)
	defer end()
	begun := time.Now()
	if err := x.Flush(ctx); err != nil {
		return err
	}
	set(1)
	l.report.Results = append(l.report.Results, seconds("text", []float64{time.Since(begun).Seconds()}, nil))
	return nil
}
