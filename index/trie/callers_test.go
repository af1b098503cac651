package trie

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	gocmp "github.com/google/go-cmp/cmp"
)

// ofEach returns what ExactBatch finds of each key.
func ofEach(n *Numbers, keys []Key) [][]Doc {
	docs, ends := n.ExactBatch(keys, []Doc{7}, []int{8})
	all, from := [][]Doc(nil), 1
	for _, end := range ends[1:] {
		all = append(all, append([]Doc(nil), docs[from:end]...))
		from = end
	}
	return all
}

// crowded returns callers in which all numbers are at home in few lines, so
// that most stand elsewhere or nowhere.
func crowded(t *testing.T) {
	t.Helper()
	usual := callersSeed
	callersSeed = callerSeed{0, 1 << 20} // what begins alike lives side by side
	t.Cleanup(func() { callersSeed = usual })
}

func TestCallersAgreeWithAScanThroughRandomChanges(t *testing.T) {
	for _, crowd := range []bool{false, true} {
		for size, steps := range map[int]int{1: 3000, 40: 12_000, 3000: 30_000} {
			t.Run(fmt.Sprintf("batches of %d, crowded %v", size, crowd), func(t *testing.T) {
				if crowd {
					crowded(t)
				}
				rng := rand.New(rand.NewPCG(40, uint64(size)))
				n, model := NewCallers(), numberModel{}
				k := newKeeper[*Numbers](t)
				for at := 0; at < steps; at += size {
					b := randomNumbers(rng, model, size)
					n = k.step(n.Apply(b))
					for _, p := range b.Remove {
						delete(model, p)
					}
					for _, p := range b.Add {
						model[p] = true
					}
					if rng.IntN(1+steps/size/20) != 0 {
						continue
					}
					var keys []Key
					for range 70 {
						keys = append(keys, key(t, randomDigits(rng, 3)))
					}
					want := model.ask(keys)
					if d := gocmp.Diff(want, askNumbers(n, keys)); d != "" {
						t.Fatalf("after %d changes (-scan +callers):\n%s", at, d)
					}
					if d := gocmp.Diff(want.Exact, ofEach(n, keys)); d != "" {
						t.Fatalf("in a batch after %d changes (-scan +callers):\n%s", at, d)
					}
				}
				k.end(n)
			})
		}
	}
}

func TestCallersFindEveryNumberOfMany(t *testing.T) {
	for _, crowd := range []bool{false, true} {
		t.Run(fmt.Sprintf("crowded %v", crowd), func(t *testing.T) {
			if crowd {
				crowded(t)
			}
			const count, sharing = 20_000, 700
			var b Batch[Key]
			all := key(t, "4930999")
			for i := range count {
				b.Add = append(b.Add, Posting[Key]{key(t, fmt.Sprintf("4930%07d", i*3)), Doc(i)})
				if i < sharing {
					b.Add = append(b.Add, Posting[Key]{all, Doc(i)})
				}
			}
			for _, n := range []*Numbers{NewCallers().Apply(b), merged(merged(NewCallers().Apply(Batch[Key]{Add: b.Add[:5000]})).Apply(b))} {
				for i := range count {
					if got := n.Exact(b.Add[0].Key, nil); !slices.Equal(got, []Doc{0}) {
						t.Fatalf("the first has %v", got)
					}
					if got := n.Exact(key(t, fmt.Sprintf("4930%07d", i*3)), nil); !slices.Equal(got, []Doc{Doc(i)}) {
						t.Fatalf("%d has %v", i, got)
					}
					if got := n.Exact(key(t, fmt.Sprintf("4930%07d", i*3+1)), nil); len(got) > 0 {
						t.Fatalf("nobody's number has %v", got)
					}
				}
				if got := n.Exact(all, nil); len(got) != sharing || !slices.IsSorted(got) {
					t.Errorf("the shared one has %d; want %d", len(got), sharing)
				}
				if got := n.Exact(0, nil); len(got) > 0 {
					t.Errorf("no number has %v", got)
				}
			}
		})
	}
}

func TestCallerLookupsDoNotAllocate(t *testing.T) {
	n := someCallers(5000, 3)
	keys := make([]Key, 100)
	for i := range keys {
		keys[i] = Key(n.p.layers[0].run.key(i * 7))
	}
	dst, ends := make([]Doc, 0, 500), make([]int, 0, 100)
	if allocs := testing.AllocsPerRun(100, func() {
		n.Exact(keys[3], dst)
		n.ExactBatch(keys, dst, ends)
	}); allocs != 0 {
		t.Errorf("%v allocations; want none", allocs)
	}
}

func TestALineIsWhatAProcessorReadsAtOnce(t *testing.T) {
	if size := unsafe.Sizeof(line{}); size != 64 {
		t.Errorf("%d bytes", size)
	}
}

// someCallers is someNumbers made for callers.
func someCallers(count, layers int) *Numbers { return numbersIn(NewCallers(), count, layers) }

// BenchmarkExactOfMillions asks for numbers of which none is in the cache.
func BenchmarkExactOfMillions(b *testing.B) {
	const count = 1_500_000
	for _, layers := range []int{1, 5} {
		sorted, called := someNumbers(count, layers), someCallers(count, layers)
		keys := make([]Key, 1<<19)
		for i := range keys {
			keys[i] = Key(sorted.p.layers[0].run.key(rand.IntN(sorted.p.layers[0].run.n)))
		}
		const part = 64
		dst, ends := make([]Doc, 0, 4*part), make([]int, 0, part)
		for name, n := range map[string]*Numbers{"sorted": sorted, "callers": called} {
			b.Run(fmt.Sprintf("%s, %d layers", name, layers), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					dst = n.Exact(keys[i%len(keys)], dst[:0])
				}
			})
		}
		b.Run(fmt.Sprintf("batch, %d layers", layers), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				from := i * part % len(keys)
				dst, ends = called.ExactBatch(keys[from:from+part], dst[:0], ends[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/part, "ns/number")
		})
	}
}

// BenchmarkFindOfMillions asks for strings of which none is in the cache.
func BenchmarkFindOfMillions(b *testing.B) {
	const count = 3_300_000
	rng := rand.New(rand.NewPCG(41, 41))
	batch := Batch[Hash]{Add: make([]Posting[Hash], count)}
	for i := range batch.Add {
		batch.Add[i] = Posting[Hash]{Hash(rng.Uint64()) & hashMask, Doc(i / 3)}
	}
	e := new(Exact).Apply(batch)
	var dst []Doc
	b.Run("find", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			dst = e.Find(batch.Add[i*7919%count].Key, dst[:0])
		}
	})
	r := e.p.layers[0].run
	b.ReportMetric(float64(8*len(r.words)+4*len(r.starts))/count, "B/posting")
}
