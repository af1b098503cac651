// Package indexload measures the index in process: numbers, names, the whole
// ladder, the memory that they take and how long they take to come back after
// a restart. It is what "ringdex bench index" runs.
//
// The contacts of package corpus are written to a log on disk, in a temporary
// folder that is removed in the end, and the index is opened on it as the
// server opens it. The same questions are asked of the index at rest and while
// writers change contacts as fast as the log takes it.
//
// Times of single answers are medians of rounds in which all kinds of question
// take turns. Names are asked one question at a time, and the percentiles are
// over questions. Numbers cost much the same each but less than reading the
// clock, so that sixteen different ones are timed together. Every question has
// an answer that the corpus knows or that must not be empty; before anything is
// timed the answers are counted, and Run returns ErrWrong and no figures if too
// few are right.
//
// Everything that it starts ends before Run returns, and what it made is
// removed, also after an interruption.
package indexload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/index/dialplan"
)

// Config says what to measure. The zero value is the benchmark whose figures
// are published: a million contacts.
type Config struct {
	Contacts int    // 0 is 1,000,000
	Seed     uint64 // of the corpus; 0 is that of the published figures
	Rounds   int    // that the times are medians of; 0 is 5

	Folder   string           // where the temporary folder is made; empty is the system's place
	Progress measure.Progress // nil tells nobody
}

// Limits of a Config: names of every length occur from a thousand contacts on.
const (
	minContacts, maxContacts = 1000, 20_000_000
	minRounds, maxRounds     = 1, 1000
)

// The errors of the package. Compare with errors.Is.
var (
	// ErrConfig says that a number of a Config is out of its limits.
	ErrConfig = errors.New("cannot be measured")
	// ErrWrong says that answers were not what they should be.
	ErrWrong = errors.New("answers are wrong")
)

func (c Config) withDefaults() (Config, error) {
	if c.Contacts == 0 {
		c.Contacts = corpus.Medium
	}
	if c.Rounds == 0 {
		c.Rounds = 5
	}
	if c.Contacts < minContacts || c.Contacts > maxContacts {
		return c, fmt.Errorf("%d contacts %w; it takes %d to %d", c.Contacts, ErrConfig, minContacts, maxContacts)
	}
	if c.Rounds < minRounds || c.Rounds > maxRounds {
		return c, fmt.Errorf("%d rounds %w; it takes %d to %d", c.Rounds, ErrConfig, minRounds, maxRounds)
	}
	return c, nil
}

// A Report is what Run found: the object that --json prints.
type Report struct {
	Bench    string          `json:"bench"` // "index"
	Contacts int             `json:"contacts"`
	Seed     uint64          `json:"seed"`
	Rounds   int             `json:"rounds"`
	Results  []Result        `json:"results"`
	Memory   Memory          `json:"memory"`
	Ingest   Ingest          `json:"ingest"`
	Machine  measure.Machine `json:"machine"`
}

// A Result is what one kind of question took, or one step, in Unit.
type Result struct {
	Name string  `json:"name"`
	Unit string  `json:"unit"` // "ns", or "s" of a step
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	Mean float64 `json:"mean"`
	// Questions is how many different ones were asked, and Answers how many
	// contacts, or ranges, they found together.
	Questions int   `json:"questions,omitempty"`
	Answers   int   `json:"answers,omitempty"`
	Goal      *Goal `json:"goal,omitempty"`
	// Busy is the same while contacts are changed.
	Busy *Busy `json:"busy,omitempty"`
}

// A Goal is what a result is to stay below, in its unit. 0 is no goal.
type Goal struct {
	P50 float64 `json:"p50,omitempty"`
	P99 float64 `json:"p99,omitempty"`
}

// Busy is what a kind of question took under full ingest. Ratio is the 99th
// percentile beside that at rest, both over all times and not over medians.
type Busy struct {
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
	Ratio float64 `json:"ratio"`
}

// Ingest is what the writers did while the questions were asked.
type Ingest struct {
	Commits   int     `json:"commits"`
	PerSecond float64 `json:"perSecond"`
}

// Run measures. If ctx ends it removes what it made and returns ctx's error.
// It returns ErrConfig for numbers out of their limits.
func Run(ctx context.Context, cfg Config) (report *Report, err error) {
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(cfg.Folder, "ringdex-bench-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err = errors.Join(err, os.RemoveAll(folder)); err != nil {
			report = nil
		}
	}()
	l := &load{
		cfg: cfg, folder: folder, corpus: corpus.Corpus{Size: cfg.Contacts, Seed: cfg.Seed}, bench: measure.Bench{Progress: cfg.Progress},
		report: &Report{Bench: "index", Contacts: cfg.Contacts, Seed: cfg.Seed, Rounds: cfg.Rounds, Machine: measure.ThisMachine(time.Now(), folder)},
	}
	if err := l.fill(ctx); err != nil {
		return nil, err
	}
	if err := l.rebuild(ctx); err != nil {
		return nil, err
	}
	return l.report, l.measure(ctx)
}

// A load is one run. Its steps follow each other, on one goroutine.
type load struct {
	cfg    Config
	folder string
	corpus corpus.Corpus
	bench  measure.Bench
	report *Report
	ranges []dialplan.Range // declared beside the contacts
}

func (l *load) logFolder() string { return filepath.Join(l.folder, "log") }

// step tells that work of so many parts begins; the function returned ends it.
func (l *load) step(what string, total int) (set func(int), end func()) {
	if l.cfg.Progress == nil {
		return func(int) {}, func() {}
	}
	l.cfg.Progress.Begin(what, total)
	return l.cfg.Progress.Set, l.cfg.Progress.End
}
