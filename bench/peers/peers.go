// Package peers asks other systems what Ringdex is asked: the same people, the
// same questions, one client, in one run. It is what "make bench-peers" runs.
//
// It owns what is asked, what a right answer is and the table of what it took.
// Each system stands in a package of its own below, which knows its client
// library and how to start it; package compare puts them together. A system
// whose answers are not those of the corpus has no figures.
//
// One goroutine asks one question after the other, so that the times are those
// of an answer and not of a queue. All sides take turns in each round.
package peers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// A Peer is a system that holds people and answers questions about them. One
// goroutine uses it.
type Peer interface {
	// Fill puts people in. It is called once, with people in the order of their
	// ids, before the first question.
	Fill(ctx context.Context, people []Person) error
	// Ask returns the ids of whom a question finds: all holders of a number, and
	// Limit people otherwise, in any order.
	Ask(ctx context.Context, q Question) ([]string, error)
	// Close ends the peer and removes what it made.
	Close() error
}

// A Batcher is a Peer that takes many numbers at once.
type Batcher interface {
	// AskMany asks Exact for each text and returns how many of them lead to
	// somebody.
	AskMany(ctx context.Context, numbers []string) (found int, err error)
}

// A Side is a peer, or one way to ask it.
type Side struct {
	Name    string // "redis, unix socket"
	Version string // "7.0.15"
	Kinds   []Kind // what it is asked
	Peer    Peer
	// Against is the side of Ringdex that it is set against: over a connection
	// or in process.
	Against string
}

// ErrWrong says that a peer's answers were not those of the corpus.
var ErrWrong = errors.New("answers are wrong")

// batchLen is how many numbers are asked at once.
const batchLen = 100

// Run fills every side, holds its answers against the people, and measures.
// rounds is what the times are medians of. The sides stay open.
func Run(ctx context.Context, b *measure.Bench, sides []Side, people []Person, set QuestionSet, rounds int) ([]Row, error) {
	rows := make([]Row, len(sides))
	for i, s := range sides {
		rows[i] = Row{Side: s.Name, Version: s.Version, Against: s.Against, Cells: map[Kind]Cell{}}
		start := time.Now()
		if err := s.Peer.Fill(ctx, people); err != nil {
			return nil, fmt.Errorf("fill %s: %w", s.Name, err)
		}
		rows[i].FillSeconds = time.Since(start).Seconds()
		if err := s.Verify(ctx, set); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	a := &asking{set: set}
	for i := range sides {
		for _, kind := range sides[i].Kinds {
			a.add(ctx, &rows[i], &sides[i], kind)
		}
	}
	times, err := b.Briefly(ctx, rounds, a.briefs)
	if err := errors.Join(err, a.err); err != nil {
		return nil, err
	}
	for i, place := range a.places {
		if a.found[i] == 0 {
			return nil, fmt.Errorf("%w: %s found nobody (%s)", ErrWrong, place.row.Side, place.kind)
		}
		place.row.Cells[place.kind] = Cell{P50: times[i].P50, P99: times[i].P99, Mean: times[i].Mean, PerSecond: 1e9 / max(times[i].Mean, 1), Found: a.found[i] / rounds}
	}
	setRatios(rows)
	return rows, nil
}

// An asking is all that is asked, one entry of each slice for each kind of each
// side.
type asking struct {
	set    QuestionSet
	briefs []measure.Brief
	places []place
	found  []int
	err    error // the first
}

type place struct {
	row  *Row
	kind Kind
}

func (a *asking) add(ctx context.Context, row *Row, s *Side, kind Kind) {
	at := len(a.briefs)
	ask := func(i int) { a.ask(ctx, at, s, a.set[kind][i]) }
	brief := measure.Brief{Name: s.Name + " " + string(kind), Questions: len(a.set[kind]), Group: 1, Ask: ask}
	if kind == ExactMany {
		brief.Questions, brief.Group, brief.Ask = len(a.set[Exact])/batchLen*batchLen, batchLen, func(i int) { a.askMany(ctx, at, s, i) }
	}
	a.briefs = append(a.briefs, brief)
	a.places = append(a.places, place{row, kind})
	a.found = append(a.found, 0)
}

func (a *asking) ask(ctx context.Context, at int, s *Side, q Question) {
	ids, err := s.Peer.Ask(ctx, q)
	a.note(at, s, len(ids), err)
}

// askMany asks a batch when its first question is due.
func (a *asking) askMany(ctx context.Context, at int, s *Side, i int) {
	if i%batchLen != 0 {
		return
	}
	numbers := make([]string, batchLen)
	for j := range numbers {
		numbers[j] = a.set[Exact][i+j].Text
	}
	many, ok := s.Peer.(Batcher)
	if !ok {
		a.note(at, s, 0, errors.ErrUnsupported)
		return
	}
	found, err := many.AskMany(ctx, numbers)
	a.note(at, s, found, err)
}

func (a *asking) note(at int, s *Side, found int, err error) {
	a.found[at] += found
	if err != nil && a.err == nil {
		a.err = fmt.Errorf("ask %s: %w", s.Name, err)
	}
}

// Verify holds the side's answers to numbers against the people: exactly the
// holders of a number; of a prefix all who have it, or Limit people. A system
// that knows numbers without their country too may find more. It returns
// ErrWrong.
func (s *Side) Verify(ctx context.Context, set QuestionSet) error {
	for _, kind := range []Kind{Exact, PrefixNumber} {
		if !slices.Contains(s.Kinds, kind) {
			continue
		}
		for _, q := range set[kind] {
			got, err := s.Peer.Ask(ctx, q)
			if err != nil {
				return err
			}
			if !q.rightly(got) {
				return fmt.Errorf("%w: %s %s finds %d people, not %d", ErrWrong, kind, q.Text, len(got), len(q.Want))
			}
		}
	}
	return nil
}

// rightly tells whether an answer is right.
func (q *Question) rightly(got []string) bool {
	if q.Kind == Exact {
		return slices.Equal(slices.Sorted(slices.Values(got)), q.Want)
	}
	missing := func(id string) bool { return !slices.Contains(got, id) }
	return len(got) == Limit || !slices.ContainsFunc(q.Want, missing)
}

// words returns the words of a text in lower case.
func words(text string) []string { return strings.FieldsFunc(strings.ToLower(text), notLetter) }
