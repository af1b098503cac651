package indexload

import (
	"context"
	"fmt"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/bench/measure"
	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// How many different questions are asked of numbers and of names, at most: one
// for each contact and one for five. Numbers are so many that what they touch
// does not stay in the processor's caches.
const (
	numberQuestions = 30_000
	nameQuestions   = 2_000
)

// topTen is how many contacts a prefix shows.
const topTen = 10

// exactBatch is how many numbers are asked for at once.
const exactBatch = 64

// busyRounds is how often every question is asked under ingest.
const busyRounds = 3

// An asker asks all kinds of question of one snapshot after the other. It is
// for one goroutine.
type asker struct {
	index    *index.Index
	snapshot *index.Snapshot // the one that is asked
	matcher  *index.Matcher  // over it

	lookups  []corpus.Lookup
	exact    []trie.Key // what is 0 is no number in E.164
	e164     []string
	national []index.Caller
	prefixes []trie.Key
	ranges   []rangeQuestion
	searches map[corpus.Kind][]trie.Query

	docs    []trie.Doc // of the last answer
	ends    []int      // of each number of the last batch in docs
	hits    []trie.Hit // of the last answer
	answers int        // contacts found
}

func newAsker(x *index.Index, c corpus.Corpus, ranges []dialplan.Range) *asker {
	a := &asker{index: x, lookups: c.Lookups(min(c.Size, numberQuestions)), searches: map[corpus.Kind][]trie.Query{}}
	a.ranges = rangeQuestions(c, ranges, a.lookups)
	a.refresh()
	for i, l := range a.lookups {
		number, _ := trie.Pack(l.E164[1:])
		a.exact = append(a.exact, number)
		a.e164 = append(a.e164, l.E164)
		if l.Region != "" {
			a.national = append(a.national, index.Caller{Number: l.Number, Context: phone.Context{Region: l.Region}})
		}
		if k, ok := trie.Pack(l.E164[1:min(len(l.E164), 6+i%6)]); ok {
			a.prefixes = append(a.prefixes, k)
		}
	}
	for _, kind := range corpus.Kinds() {
		for _, s := range c.Searches(kind, min(c.Size/5, nameQuestions)) {
			a.searches[kind] = append(a.searches[kind], trie.Query{Text: s.Text, Limit: topTen})
		}
	}
	return a
}

// refresh turns to the newest snapshot.
func (a *asker) refresh() {
	if s := a.index.Snapshot(tenantID); s != a.snapshot {
		a.snapshot, a.matcher = s, s.Matcher()
	}
}

// A kind is one kind of question and what its answers are to take, in
// nanoseconds.
type kind struct {
	measure.Brief
	goal *Goal
}

// kinds lists everything that is asked.
func (a *asker) kinds() []kind {
	list := []kind{
		{a.brief("exact", len(a.exact), 16, a.askExact), &Goal{P50: 60}},
		{a.brief("exact_batch", len(a.exact), exactBatch, a.askExactBatch), &Goal{P50: 30}},
		{a.brief("prefix_number", len(a.prefixes), 16, a.askPrefix), &Goal{P50: 250}},
		{a.brief("range", len(a.ranges), 16, a.askRange), &Goal{P50: 60}},
		{a.brief("ladder_e164", len(a.e164), 16, func(i int) { a.lookup(index.Caller{Number: a.e164[i]}) }), &Goal{P50: 500}},
		{a.brief("ladder_batch", len(a.e164), index.WarmLen, a.askBatch), &Goal{P50: 200}},
		{a.brief("ladder_national", len(a.national), 1, func(i int) { a.lookup(a.national[i]) }), &Goal{P50: 15_000}},
	}
	goals := map[corpus.Kind]*Goal{
		corpus.Prefix1: {P50: 100, P99: 1000}, corpus.Prefix2: {P50: 100, P99: 1000}, corpus.Prefix3: {P50: 100, P99: 1000}, corpus.Prefix5: {P50: 100, P99: 1000},
		corpus.PrefixPair: {P50: 3000, P99: 50_000}, corpus.Typo1: {P50: 2000}, corpus.Typo2: {P50: 300_000},
	}
	for _, k := range corpus.Kinds() {
		queries := a.searches[k]
		list = append(list, kind{a.brief(string(k), len(queries), 1, func(i int) { a.search(queries[i]) }), goals[k]})
	}
	return list
}

func (a *asker) brief(name string, questions, group int, ask func(int)) measure.Brief {
	return measure.Brief{Name: name, Questions: questions, Group: group, Fresh: a.refresh, Ask: ask}
}

func (a *asker) askExact(i int) {
	a.docs = a.snapshot.Numbers().Exact(a.exact[i], a.docs[:0])
	a.answers += len(a.docs)
}

// askExactBatch asks for all numbers of a batch with the first of them.
func (a *asker) askExactBatch(i int) {
	if i%exactBatch == 0 {
		batch := a.exact[i:min(i+exactBatch, len(a.exact))]
		a.docs, a.ends = a.snapshot.Numbers().ExactBatch(batch, a.docs[:0], a.ends[:0])
		a.answers += len(a.docs)
	}
}

func (a *asker) askPrefix(i int) {
	a.docs, _ = a.snapshot.Numbers().Prefix(a.prefixes[i], topTen, a.docs[:0])
	a.answers += len(a.docs)
}

func (a *asker) askRange(i int) {
	if _, ok := a.snapshot.Range(a.ranges[i].number); ok {
		a.answers++
	}
}

func (a *asker) lookup(q index.Caller) { a.answers += len(a.matcher.Lookup(q).Candidates) }

// askBatch asks the ladder as a batch of numbers does.
func (a *asker) askBatch(i int) {
	if i%index.WarmLen == 0 {
		a.matcher.Warm(a.e164[i:min(i+index.WarmLen, len(a.e164))])
	}
	a.lookup(index.Caller{Number: a.e164[i]})
}

func (a *asker) search(q trie.Query) {
	a.hits, _ = a.snapshot.Names().Search(q, a.hits[:0])
	a.answers += len(a.hits)
}

// ask asks everything at rest and under ingest.
func (l *load) ask(ctx context.Context, s *started) error {
	_, end := l.step("questions", 1)
	a := newAsker(s.index, l.corpus, l.ranges)
	err := a.verify(l.corpus)
	end()
	if err != nil {
		return err
	}
	kinds := a.kinds()
	briefs := make([]measure.Brief, len(kinds))
	answers := make([]int, len(kinds))
	for i, k := range kinds {
		briefs[i] = k.Brief
		if answers[i] = a.count(k); answers[i] == 0 {
			return fmt.Errorf("%w: %s finds nobody", ErrWrong, k.Name)
		}
	}
	rest, err := l.bench.Briefly(ctx, l.cfg.Rounds, briefs)
	if err != nil {
		return err
	}
	busy, err := l.underIngest(ctx, s, briefs)
	if err != nil {
		return err
	}
	for i, k := range kinds {
		l.report.Results = append(l.report.Results, Result{
			Name: k.Name, Unit: "ns", P50: rest[i].P50, P99: rest[i].P99, Mean: rest[i].Mean,
			Questions: k.Questions, Answers: answers[i], Goal: k.goal,
			Busy: &Busy{P50: busy[i].AnyP50, P99: busy[i].AnyP99, Ratio: busy[i].AnyP99 / max(rest[i].AnyP99, 1)},
		})
	}
	return nil
}

// count asks every question of a kind once and returns how much was found.
func (a *asker) count(k kind) int {
	a.answers = 0
	for i := range k.Questions {
		k.Ask(i)
	}
	return a.answers
}
