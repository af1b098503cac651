package trie

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// The tests of merging against a scan are short by default. They are meant to
// be run now and then with a million changes and with seeds of the day:
//
//	go test ./index/trie -run WhileNamesMerge -operations 1000000 -seed 7 -timeout 1h
var (
	operations = flag.Int("operations", 12_000, "changes that the tests of merging against a scan make")
	modelSeed  = flag.Uint64("seed", 1, "seed of those changes")
)

// mergeable is a structure with merges.
type mergeable[S any] interface{ Merge() (S, *Merge[S]) }

// A keeper merges a structure in the background as its owner would.
type keeper[S mergeable[S]] struct {
	t       *testing.T
	rng     *rand.Rand
	running int
	done    chan *Merge[S]
	merges  int
}

func newKeeper[S mergeable[S]](t *testing.T) *keeper[S] {
	return &keeper[S]{t: t, rng: rand.New(rand.NewPCG(30, *modelSeed)), done: make(chan *Merge[S], 4)}
}

// step begins a merge, or finishes one, or neither.
func (k *keeper[S]) step(s S) S {
	if k.running == cap(k.done) || k.running > 0 && k.rng.IntN(3) == 0 {
		k.running--
		k.merges++
		return (<-k.done).Finish(s)
	}
	next, m := s.Merge()
	if m == nil {
		return s
	}
	k.running++
	go func() {
		if err := m.Run(k.t.Context()); err != nil {
			k.t.Error(err)
		}
		k.done <- m
	}()
	return next
}

// end finishes what is running and all that is due.
func (k *keeper[S]) end(s S) S {
	for ; k.running > 0; k.running-- {
		s = (<-k.done).Finish(s)
	}
	return merged(s)
}

// merged returns s with all merges done.
func merged[S mergeable[S]](s S) S {
	for {
		next, m := s.Merge()
		if m == nil {
			return s
		}
		if m.Run(context.Background()) == nil {
			s = m.Finish(next)
		}
	}
}

func TestNumbersAgreeWithAScanWhileTheyMerge(t *testing.T) {
	type view struct {
		n    *Numbers
		keys []Key
		want numberAnswers
	}
	var published atomic.Pointer[view]
	published.Store(&view{n: new(Numbers)})
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for !done.Load() {
				v := published.Load()
				if d := gocmp.Diff(v.want, askNumbers(v.n, v.keys)); d != "" {
					t.Errorf("(-scan +numbers):\n%s", d)
					return
				}
			}
		})
	}
	rng, k := rand.New(rand.NewPCG(31, *modelSeed)), newKeeper[*Numbers](t)
	n, model := new(Numbers), numberModel{}
	for at, size := 0, 0; at < *operations; at += size {
		size = 1 + rng.IntN(60)
		var b Batch[Key]
		for range size {
			key, _ := Pack(randomDigits(rng, 3))
			p := Posting[Key]{key, Doc(rng.IntN(200))}
			if rng.IntN(5) < 2 {
				b.Remove = append(b.Remove, p)
				delete(model, p)
			} else {
				b.Add = append(b.Add, p)
			}
		}
		for _, p := range b.Add {
			model[p] = true
		}
		n = k.step(n.Apply(b))
		if rng.IntN(100) == 0 {
			v := &view{n: n, keys: []Key{}}
			for range 20 {
				v.keys = append(v.keys, key(t, randomDigits(rng, 3)))
			}
			v.want = model.ask(v.keys)
			published.Store(v)
		}
	}
	done.Store(true)
	readers.Wait()
	n = k.end(n)
	if got := len(n.p.layers); got > 24 {
		t.Errorf("%d layers after all merges", got)
	}
	keys := []Key{key(t, "0"), key(t, "05"), key(t, "9")}
	if d := gocmp.Diff(model.ask(keys), askNumbers(n, keys)); d != "" {
		t.Errorf("in the end (-scan +numbers):\n%s", d)
	}
}

func TestSearchAgreesWithAScanWhileNamesMerge(t *testing.T) {
	type view struct {
		n    *Names
		q    Query
		want answer
	}
	views := make(chan view, 8)
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for v := range views {
				if d := gocmp.Diff(v.want, ask(v.n, v.q)); d != "" {
					t.Errorf("query %+v (-scan +search):\n%s", v.q, d)
				}
			}
		})
	}
	const docs = 2000
	s, k := newSampler(32+*modelSeed), newKeeper[*Names](t)
	n, model := new(Names), nameModel{}
	for at, size := 0, 0; at < *operations; at += size {
		size = 1 + s.rng.IntN(40)
		n = k.step(n.Apply(model.change(s, size, docs)))
		if s.rng.IntN(20) == 0 {
			q := randomQuery(s, docs)
			views <- view{n, q, askReference(model.docs(), q)}
		}
	}
	close(views)
	readers.Wait()
	if k.merges == 0 {
		t.Error("nothing was merged")
	}
	n = k.end(n)
	if n.Len() != len(model) || len(n.layers) > 16 {
		t.Errorf("%d documents in %d layers; want %d", n.Len(), len(n.layers), len(model))
	}
	for range 20 {
		q := randomQuery(s, docs)
		if d := gocmp.Diff(askReference(model.docs(), q), ask(n, q)); d != "" {
			t.Fatalf("in the end, query %+v (-scan +search):\n%s", q, d)
		}
	}
}

func TestAMergeThatIsGivenUpChangesNothing(t *testing.T) {
	s := newSampler(33)
	n, model := new(Names), nameModel{}
	for range 3 {
		n = n.Apply(model.change(s, 600, 5000))
	}
	held, m := n.Merge()
	if m == nil {
		t.Fatal("no merge is due")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
	held = held.Apply(model.change(s, 600, 5000))
	for range 20 {
		q := randomQuery(s, 5000)
		if d := gocmp.Diff(askReference(model.docs(), q), ask(held, q)); d != "" {
			t.Fatalf("query %+v (-scan +search):\n%s", q, d)
		}
	}
}

func TestWhatIsRemovedDuringAMergeIsGoneBehindIt(t *testing.T) {
	s := newSampler(34)
	n, model := new(Names), nameModel{}
	for range 3 {
		n = n.Apply(model.change(s, 600, 5000))
	}
	n, m := n.Merge()
	if err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var gone []Doc
	for _, d := range model.docs()[:100] {
		gone = append(gone, d.doc)
		delete(model, d.doc)
	}
	n = m.Finish(n.Apply(NamesBatch{Remove: gone}))
	if n.Len() != len(model) {
		t.Errorf("%d documents; want %d", n.Len(), len(model))
	}
	for _, d := range gone {
		if _, _, ok := n.find(d); ok {
			t.Errorf("document %d is back", d)
		}
	}
}

func TestSinceListsWhatCameLater(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 35))
	var now set
	for range 50 {
		then, had := now, []uint32{}
		var add, want, got []uint32
		then.since(new(set), func(i uint32) { had = append(had, i) })
		for range 1 + rng.IntN(20) {
			add = append(add, rng.Uint32N(3*pageBits))
		}
		slices.Sort(add)
		for _, i := range slices.Compact(slices.Clone(add)) {
			if !slices.Contains(had, i) {
				want = append(want, i)
			}
		}
		now = then.with(add)
		now.since(&then, func(i uint32) { got = append(got, i) })
		if !slices.Equal(got, want) {
			t.Fatalf("since lists %v; want %v", got, want)
		}
	}
}
