package trie

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// key packs digits that are known to be a number.
func key(t testing.TB, digits string) Key {
	t.Helper()
	k, ok := Pack(digits)
	if !ok {
		t.Fatalf("Pack(%q) refuses", digits)
	}
	return k
}

func TestPackRefusesWhatIsNoNumber(t *testing.T) {
	for _, s := range []string{"", "1234567890123456", "+44", "12a", "１２", "1 2", "/", ":"} {
		if k, ok := Pack(s); ok || k != 0 {
			t.Errorf("Pack(%q) = %x, %v; want refusal", s, uint64(k), ok)
		}
	}
}

func TestKeysBehaveAsTheirStrings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var list []string
	for range 300 {
		list = append(list, randomDigits(rng, 3))
	}
	for _, a := range list {
		k := key(t, a)
		if k.String() != a || k.Len() != len(a) {
			t.Fatalf("%q packs to %q of %d digits", a, k, k.Len())
		}
		if r := k.Reverse().Reverse(); r != k {
			t.Fatalf("%q reversed twice is %q", a, r)
		}
		for _, b := range list {
			if got, want := cmp.Compare(k, key(t, b)), strings.Compare(a, b); got != want {
				t.Fatalf("%q and %q compare %d; want %d", a, b, got, want)
			}
			if got, want := k.HasPrefix(key(t, b)), strings.HasPrefix(a, b); got != want {
				t.Fatalf("%q has prefix %q: %v", a, b, got)
			}
		}
	}
}

// randomDigits returns a number of 1 to 15 digits, of few different ones so
// that numbers meet.
func randomDigits(rng *rand.Rand, digits int) string {
	b := make([]byte, 1+rng.IntN(MaxDigits))
	for i := range b {
		b[i] = "059"[rng.IntN(digits)]
	}
	return string(b[:min(len(b), 1+rng.IntN(8))])
}

// A numberModel is Numbers as a set, and what Numbers should answer.
type numberModel map[Posting[Key]]bool

func (m numberModel) sorted() []Posting[Key] {
	var list []Posting[Key]
	for p := range m {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Posting[Key]) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Doc, b.Doc)) })
	return list
}

// A numberAnswers is what a Numbers answers to a set of questions.
type numberAnswers struct {
	Len     int
	Exact   [][]Doc
	Prefix  [][]Doc
	Total   []int
	Longest []string
}

func askNumbers(n *Numbers, keys []Key) numberAnswers {
	a := numberAnswers{Len: n.Len()}
	for _, k := range keys {
		a.Exact = append(a.Exact, n.Exact(k, nil))
		docs, total := n.Prefix(k, 5, nil)
		a.Prefix, a.Total = append(a.Prefix, docs), append(a.Total, total)
		longest, _ := n.Longest(k)
		a.Longest = append(a.Longest, longest.String())
	}
	return a
}

func (m numberModel) ask(keys []Key) numberAnswers {
	list := m.sorted()
	a := numberAnswers{Len: len(list)}
	for _, k := range keys {
		var exact, prefix []Doc
		total, longest := 0, ""
		for _, p := range list {
			if p.Key == k {
				exact = append(exact, p.Doc)
			}
			if strings.HasPrefix(p.Key.String(), k.String()) {
				total++
				if len(prefix) < 5 && !slices.Contains(prefix, p.Doc) {
					prefix = append(prefix, p.Doc)
				}
			}
			if s := p.Key.String(); strings.HasPrefix(k.String(), s) && len(s) > len(longest) {
				longest = s
			}
		}
		a.Exact, a.Prefix = append(a.Exact, exact), append(a.Prefix, prefix)
		a.Total, a.Longest = append(a.Total, total), append(a.Longest, longest)
	}
	return a
}

func TestNumbersAgreeWithAScanThroughRandomChanges(t *testing.T) {
	for size, steps := range map[int]int{1: 2000, 7: 6000, 100: 12_000, 3000: 12_000} {
		t.Run(fmt.Sprintf("batches of %d", size), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(2, uint64(size)))
			n, model := new(Numbers), numberModel{}
			type snapshot struct {
				n    *Numbers
				keys []Key
				want numberAnswers
			}
			var old []snapshot
			const checks = 12
			for done := 0; done < steps; done += size {
				b := randomNumbers(rng, model, size)
				n = n.Apply(b)
				for _, p := range b.Remove {
					delete(model, p)
				}
				for _, p := range b.Add {
					model[p] = true
				}
				if rng.IntN(1+steps/size/checks) != 0 {
					continue
				}
				var keys []Key
				for range 60 {
					keys = append(keys, key(t, randomDigits(rng, 3)))
				}
				want := model.ask(keys)
				if d := gocmp.Diff(want, askNumbers(n, keys)); d != "" {
					t.Fatalf("after %d changes (-scan +numbers):\n%s", done, d)
				}
				old = append(old, snapshot{n, keys, want})
			}
			for _, s := range old {
				if d := gocmp.Diff(s.want, askNumbers(s.n, s.keys)); d != "" {
					t.Fatalf("an old structure changed (-then +now):\n%s", d)
				}
			}
			if layers := len(merged(n).p.layers); layers > 24 {
				t.Errorf("%d layers", layers)
			}
		})
	}
}

// randomNumbers returns a batch that adds more than it removes, some of it
// twice, some of it without effect.
func randomNumbers(rng *rand.Rand, model numberModel, size int) Batch[Key] {
	var b Batch[Key]
	there := model.sorted()
	for range size {
		k, _ := Pack(randomDigits(rng, 3))
		p := Posting[Key]{k, Doc(rng.IntN(50))}
		switch {
		case rng.IntN(5) < 3 || len(there) == 0:
			b.Add = append(b.Add, p)
		case rng.IntN(4) == 0:
			b.Remove = append(b.Remove, p)
		default:
			b.Remove = append(b.Remove, there[rng.IntN(len(there))])
		}
	}
	if len(b.Remove) > 0 && rng.IntN(3) == 0 {
		b.Add = append(b.Add, b.Remove[0])
	}
	return b
}

func TestExactAgreesWithAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	e, model := new(Exact), map[string][]Doc{}
	for range 3000 {
		s, d := fmt.Sprintf("sip:%d@example.com", rng.IntN(200)), Doc(rng.IntN(30))
		p := []Posting[Hash]{{HashOf(s), d}}
		i, found := slices.BinarySearch(model[s], d)
		if rng.IntN(3) > 0 {
			e = e.Apply(Batch[Hash]{Add: p})
			if !found {
				model[s] = slices.Insert(model[s], i, d)
			}
			continue
		}
		e = e.Apply(Batch[Hash]{Remove: p})
		if found {
			model[s] = slices.Delete(model[s], i, i+1)
		}
	}
	total := 0
	for s, want := range model {
		total += len(want)
		if got := e.Find(HashOf(s), nil); !slices.Equal(got, want) {
			t.Errorf("%s has %v; want %v", s, got, want)
		}
	}
	if e.Len() != total {
		t.Errorf("%d postings; want %d", e.Len(), total)
	}
}

func TestExactFindsEachOfMany(t *testing.T) {
	var b Batch[Hash]
	const count, sharing = 20_000, 700
	for i := range count {
		b.Add = append(b.Add, Posting[Hash]{HashOf(fmt.Sprint(i)), Doc(i)})
		if i < sharing {
			b.Add = append(b.Add, Posting[Hash]{HashOf("switchboard"), Doc(i)})
		}
	}
	parts := new(Exact)
	for part := range slices.Chunk(b.Add, 1500) {
		parts = parts.Apply(Batch[Hash]{Add: part})
	}
	for _, e := range []*Exact{new(Exact).Apply(b), parts, merged(parts)} {
		for i := range count {
			if got := e.Find(HashOf(fmt.Sprint(i)), nil); !slices.Equal(got, []Doc{Doc(i)}) {
				t.Fatalf("%d has %v", i, got)
			}
			if got := e.Find(HashOf(fmt.Sprint(-1-i)), nil); len(got) > 0 {
				t.Fatalf("%d has %v", -1-i, got)
			}
		}
		if got := e.Find(HashOf("switchboard"), nil); len(got) != sharing || !slices.IsSorted(got) {
			t.Errorf("the shared one has %d; want %d", len(got), sharing)
		}
	}
}

func TestRemovedThenAddedInOneBatchStays(t *testing.T) {
	p := Posting[Key]{key(t, "4711"), 7}
	n := new(Numbers).Apply(Batch[Key]{Add: []Posting[Key]{p, p}})
	n = n.Apply(Batch[Key]{Remove: []Posting[Key]{p}, Add: []Posting[Key]{p}})
	if got := n.Exact(p.Key, nil); !slices.Equal(got, []Doc{7}) || n.Len() != 1 {
		t.Errorf("docs %v of %d postings; want [7] of 1", got, n.Len())
	}
}

func TestPrefixCountsNumbersAndListsDocumentsOnce(t *testing.T) {
	n := new(Numbers).Apply(Batch[Key]{Add: []Posting[Key]{{key(t, "4930"), 2}, {key(t, "4931"), 2}, {key(t, "4932"), 1}, {key(t, "50"), 3}}})
	docs, total := n.Prefix(key(t, "49"), 10, nil)
	if !slices.Equal(docs, []Doc{2, 1}) || total != 3 {
		t.Errorf("docs %v, total %d; want [2 1], 3", docs, total)
	}
}

func TestZeroKeyFindsNothing(t *testing.T) {
	n := new(Numbers).Apply(Batch[Key]{Add: []Posting[Key]{{key(t, "1"), 1}}})
	docs, total := n.Prefix(0, 10, nil)
	longest, ok := n.Longest(0)
	if len(docs) != 0 || total != 0 || ok || longest != 0 || len(n.Exact(0, nil)) != 0 {
		t.Errorf("found %v of %d, longest %q", docs, total, longest)
	}
}

func TestNumberLookupsDoNotAllocate(t *testing.T) {
	n := someNumbers(5000, 3)
	k, dst := n.p.layers[0].run.key(100), make([]Doc, 0, 64)
	if allocs := testing.AllocsPerRun(100, func() {
		n.Exact(Key(k), dst)
		n.Prefix(Key(k).cut(3), 10, dst)
		n.Longest(Key(k))
	}); allocs != 0 {
		t.Errorf("%v allocations; want none", allocs)
	}
}

// someNumbers returns clustered numbers of 12 digits in about so many layers.
func someNumbers(count, layers int) *Numbers { return numbersIn(new(Numbers), count, layers) }

// numbersIn adds them to an empty n.
func numbersIn(n *Numbers, count, layers int) *Numbers {
	rng := rand.New(rand.NewPCG(4, 4))
	for size := count; layers > 0; layers-- {
		var b Batch[Key]
		for range size {
			k, _ := Pack(fmt.Sprintf("44%d%08d", 20+rng.IntN(30), rng.IntN(1e8)))
			b.Add = append(b.Add, Posting[Key]{k, Doc(rng.IntN(count))})
		}
		n = n.Apply(b)
		size = max(1, size/20)
	}
	return n
}

func TestReadersNeedNoLockWhileNumbersChange(t *testing.T) {
	var published atomic.Pointer[Numbers]
	published.Store(someNumbers(500, 2))
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			k, _ := Pack("4425")
			for !done.Load() {
				n := published.Load()
				docs, total := n.Prefix(k, 10, nil)
				again, same := n.Prefix(k, 10, nil)
				if total != same || !slices.Equal(docs, again) {
					t.Error("a published structure changed")
					return
				}
			}
		})
	}
	rng, model := rand.New(rand.NewPCG(5, 5)), numberModel{}
	for range 300 {
		published.Store(published.Load().Apply(randomNumbers(rng, model, 20)))
	}
	done.Store(true)
	readers.Wait()
}

func FuzzNumbers(f *testing.F) {
	f.Add([]byte("4930 49 5 !49 493012"))
	f.Add([]byte("1 12 120 13 !12 1200 999999999999999"))
	f.Fuzz(func(t *testing.T, script []byte) {
		n, model := new(Numbers), numberModel{}
		var keys []Key
		for i, s := range strings.Fields(string(script)) {
			digits, removed := strings.CutPrefix(s, "!")
			k, ok := Pack(digits)
			if !ok {
				continue
			}
			keys = append(keys, k)
			p := Posting[Key]{k, Doc(i % 3)}
			if removed {
				p.Doc = 0
				n = n.Apply(Batch[Key]{Remove: []Posting[Key]{p}})
				delete(model, p)
				continue
			}
			n = n.Apply(Batch[Key]{Add: []Posting[Key]{p}})
			model[p] = true
		}
		if d := gocmp.Diff(model.ask(keys), askNumbers(n, keys)); d != "" {
			t.Errorf("(-scan +numbers):\n%s", d)
		}
	})
}
