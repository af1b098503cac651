package trie

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ringdex/ringdex/index/trie/flat"
)

// encoded is a structure that can be written.
type encoded interface{ Encode(*flat.Writer) }

func encode(t testing.TB, s encoded) []byte {
	t.Helper()
	var b bytes.Buffer
	w := flat.NewWriter(&b)
	s.Encode(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func reader(data []byte) *flat.Reader { return flat.NewReader(bytes.NewReader(data), int64(len(data))) }

// sameInside compares structures by all that they hold, but for a merge that is
// under way and for what is only a shelf.
func sameInside(a, b any) string {
	return gocmp.Diff(a, b, gocmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(layer[*book]{}, "held"), cmpopts.IgnoreFields(layer[*table]{}, "held"), cmpopts.IgnoreFields(layer[*hashes]{}, "held"),
		gocmp.Transformer("", func(s set) map[uint32]bool {
			members := map[uint32]bool{}
			s.since(&set{}, func(i uint32) { members[i] = true })
			return members
		}), cmpopts.IgnoreTypes(&sync.Pool{}))
}

// elsewhere runs f as if in another process, with other secrets.
func elsewhere(t *testing.T, f func()) {
	t.Helper()
	key, seed := processKey, callersSeed
	processKey, callersSeed = hashKey{1, 2}, callerSeed{3, 4}
	defer func() { processKey, callersSeed = key, seed }()
	f()
}

func TestNumbersComeBackAsTheyWere(t *testing.T) {
	for _, empty := range []*Numbers{{}, NewCallers()} {
		t.Run(fmt.Sprintf("callers %v", empty.called), func(t *testing.T) {
			rng, n, model := rand.New(rand.NewPCG(50, 50)), empty, numberModel{}
			for step := range 30 {
				if step%10 == 0 {
					n, _ = n.Merge() // which nobody finishes
				}
				b := randomNumbers(rng, model, 1+rng.IntN(150))
				n = n.Apply(b)
				for _, p := range b.Remove {
					delete(model, p)
				}
				for _, p := range b.Add {
					model[p] = true
				}
				if step%6 != 0 {
					continue
				}
				data := encode(t, n)
				elsewhere(t, func() {
					back, err := DecodeNumbers(reader(data))
					if err != nil {
						t.Fatal(err)
					}
					if d := sameInside(n, back); d != "" {
						t.Fatalf("(-then +now):\n%s", d)
					}
					more := randomNumbers(rng, model, 200)
					back = merged(back.Apply(more))
					after := numberModel{}
					for p := range model {
						after[p] = true
					}
					for _, p := range more.Remove {
						delete(after, p)
					}
					for _, p := range more.Add {
						after[p] = true
					}
					keys := []Key{key(t, "0"), key(t, "05"), key(t, "9"), key(t, "0599")}
					for p := range model {
						keys = append(keys, p.Key)
					}
					want := after.ask(keys)
					if d := gocmp.Diff(want, askNumbers(back, keys)); d != "" {
						t.Fatalf("after a change (-scan +numbers):\n%s", d)
					}
					if d := gocmp.Diff(want.Exact, ofEach(back, keys)); d != "" {
						t.Fatalf("after a change, in a batch (-scan +numbers):\n%s", d)
					}
				})
			}
		})
	}
}

func TestExactComesBackWithItsHashes(t *testing.T) {
	rng, e, model := rand.New(rand.NewPCG(51, 51)), new(Exact), hashModel{}
	text := func(i int) string { return fmt.Sprintf("sip:%d@example.com", i) }
	doc := func() Doc { return Doc(rng.IntN(1 << 22)) }
	for range 40 {
		e = e.Apply(model.change(rng, 1+rng.IntN(400), func() Hash { return e.HashOf(text(rng.IntN(900))) }, doc))
	}
	data := encode(t, e)
	elsewhere(t, func() {
		back, err := DecodeExact(reader(data))
		if err != nil {
			t.Fatal(err)
		}
		e.key = hashKey(back.key)
		if d := sameInside(e, back); d != "" {
			t.Fatalf("(-then +now):\n%s", d)
		}
		for range 20 {
			back = merged(back.Apply(model.change(rng, 1+rng.IntN(400), func() Hash { return back.HashOf(text(rng.IntN(900))) }, doc)))
		}
		for i := range 900 {
			h := back.HashOf(text(i))
			if d := gocmp.Diff(model[h], back.Find(h, nil), cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("%s (-scan +exact):\n%s", text(i), d)
			}
		}
		// What begins empty here has other hashes.
		if new(Exact).HashOf("a") == back.HashOf("a") || new(Exact).HashOf("a") != HashOf("a") {
			t.Error("hashes do not depend on the key")
		}
	})
}

func TestNamesComeBackAsTheyWere(t *testing.T) {
	s := newSampler(52)
	n, model := new(Names), nameModel{}
	for step := range 6 {
		if step == 3 {
			n, _ = n.Merge()
		}
		n = n.Apply(model.change(s, 700, 2500))
		data := encode(t, n)
		back, err := DecodeNames(reader(data))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encode(t, back), data) {
			t.Fatal("what came back is written differently")
		}
		if step%3 == 2 {
			if d := sameInside(n, back); d != "" {
				t.Fatalf("(-then +now):\n%s", d)
			}
			n = merged(back) // and go on with it
		}
		docs := model.docs()
		for range 10 {
			q := randomQuery(s, 2500)
			if d := gocmp.Diff(askReference(docs, q), ask(back, q)); d != "" {
				t.Fatalf("query %+v (-scan +search):\n%s", q, d)
			}
		}
	}
}

func TestEmptyStructuresComeBack(t *testing.T) {
	if n, err := DecodeNames(reader(encode(t, new(Names)))); err != nil || n.Len() != 0 {
		t.Error(err)
	}
	if n, err := DecodeNumbers(reader(encode(t, NewCallers()))); err != nil || n.Len() != 0 || !n.called {
		t.Error(err)
	}
	if e, err := DecodeExact(reader(encode(t, new(Exact)))); err != nil || e.Len() != 0 {
		t.Error(err)
	}
}

// decodeAny decodes data as whatever it may be and asks what comes of it.
func decodeAny(data []byte) error {
	switch n, err := DecodeNumbers(reader(data)); {
	case err == nil:
		for _, k := range []Key{1<<60 | 1, 5<<60 | 1, 5<<60 | 9<<56 | 2, 1<<63 - 1} {
			n.Exact(k, nil)
			n.ExactBatch([]Key{k, 7}, nil, nil)
			n.Prefix(k, 5, nil)
			n.Longest(k)
		}
		merged(n.Apply(Batch[Key]{Add: []Posting[Key]{{5<<60 | 1, 3}}}))
		return nil
	case !errors.Is(err, flat.ErrDamaged):
		return err
	}
	switch e, err := DecodeExact(reader(data)); {
	case err == nil:
		e.Find(e.HashOf("a"), nil)
		merged(e.Apply(Batch[Hash]{Add: []Posting[Hash]{{e.HashOf("a"), 3}}}))
		return nil
	case !errors.Is(err, flat.ErrDamaged):
		return err
	}
	_, err := DecodeNames(reader(data))
	return err
}

// samples are structures of all kinds as they are written.
func samples(t testing.TB) [][]byte {
	t.Helper()
	s := newSampler(53)
	names := new(Names).Apply(NamesBatch{Add: []Entry{s.entry(1), s.entry(2)}}).Apply(NamesBatch{Remove: []Doc{1}})
	numbers, called := numbersIn(new(Numbers), 20, 2), numbersIn(NewCallers(), 20, 2)
	called = called.Apply(Batch[Key]{Add: []Posting[Key]{{5<<60 | 1, 1}, {5<<60 | 1, 2}, {5<<60 | 1, 3}}})
	exact := new(Exact).Apply(Batch[Hash]{Add: []Posting[Hash]{{HashOf("a"), 1}, {HashOf("b"), 2}}}).Apply(Batch[Hash]{Remove: []Posting[Hash]{{HashOf("a"), 1}}})
	return [][]byte{encode(t, names), encode(t, numbers), encode(t, called), encode(t, exact)}
}

// Damage anywhere is an error, or harmless within the bounds of all arrays.
func TestDamageIsNoCrash(t *testing.T) {
	rng := rand.New(rand.NewPCG(54, 54))
	for _, data := range samples(t) {
		if err := decodeAny(data); err != nil {
			t.Fatal(err)
		}
		for i := range data {
			if err := decodeAny(data[:i]); !errors.Is(err, flat.ErrDamaged) {
				t.Fatalf("cut at %d: %v", i, err)
			}
			damaged := bytes.Clone(data)
			damaged[i] ^= byte(1 + rng.IntN(255))
			if err := decodeAny(damaged); err != nil && !errors.Is(err, flat.ErrDamaged) {
				t.Fatalf("damage at %d: %v", i, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := decodeAny(data); err != nil && !errors.Is(err, flat.ErrDamaged) {
			t.Error(err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for name, s := range map[string]encoded{"names": sampleNames(benchSize), "callers": someCallers(benchSize, 1)} {
		data := encode(b, s)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var err error
				if name == "names" {
					_, err = DecodeNames(reader(data))
				} else {
					_, err = DecodeNumbers(reader(data))
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(data))/benchSize, "B/doc")
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms")
		})
	}
}
