package trie

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

// benchSize is the number of documents of the benchmarks.
const benchSize = 100_000

// report runs f with each index below n in turn and reports the median and the
// 99th percentile of the times it took.
func report(b *testing.B, n int, f func(i int)) {
	b.Helper()
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		f(i % n)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
}

// churn changes documents one at a time, so that there are as many layers as
// in a directory that is in use.
func churn(n *Names, count int) *Names {
	s := newSampler(16)
	s.suffixes = 16
	for range count {
		n = merged(n.Apply(NamesBatch{Add: []Entry{s.entry(Doc(s.rng.IntN(n.Len())))}}))
	}
	return n
}

func BenchmarkSearch(b *testing.B) {
	base := sampleNames(benchSize)
	for layers, n := range map[string]*Names{"loaded": base, "in use": churn(base, 3000)} {
		for _, c := range []struct {
			name  string
			width []int // letters typed of given and family name; 0 all, -1 none
			typos int
			opt   func(*Query)
		}{
			{name: "1 letter", width: []int{1, -1}},
			{name: "2 letters", width: []int{2, -1}},
			{name: "3 letters", width: []int{-1, 3}},
			{name: "whole name", width: []int{0, 0}},
			{name: "two prefixes", width: []int{2, 2}},
			{name: "two letters apart", width: []int{1, 1}},
			{name: "typo", width: []int{-1, 0}, typos: 1},
			{name: "two typos", width: []int{0, 0}, typos: 2},
			{name: "1 letter accepted", width: []int{1, -1}, opt: func(q *Query) { q.Accept = func(d Doc) bool { return d%100 == 0 } }},
			{name: "1 letter of fields", width: []int{1, -1}, opt: func(q *Query) { q.Fields = KindsOf(Display) }},
			{name: "2 letters boosted", width: []int{2, -1}, opt: func(q *Query) { q.Boost = someBoosts(200) }},
		} {
			queries := benchQueries(c.width, c.typos)
			for i := range queries {
				if c.opt != nil {
					c.opt(&queries[i])
				}
			}
			b.Run(fmt.Sprintf("%s, %s", c.name, layers), func(b *testing.B) {
				var dst []Hit
				report(b, len(queries), func(i int) { dst, _ = n.Search(queries[i], dst[:0]) })
			})
		}
	}
}

func someBoosts(n int) map[Doc]int {
	rng, m := rand.New(rand.NewPCG(6, 6)), map[Doc]int{}
	for range n {
		m[Doc(rng.IntN(benchSize))] = 1
	}
	return m
}

// benchQueries makes what is typed for people drawn from the same names.
func benchQueries(width []int, typos int) []Query {
	s := newSampler(17)
	s.suffixes = 16
	var list []Query
	for range 500 {
		text := ""
		for i, names := range [][]string{givenNames, familyNames} {
			w := []rune(s.name(names))
			for range typos {
				w = s.slip(w)
			}
			if width[i] >= 0 {
				n := len(w)
				if width[i] > 0 {
					n = min(n, width[i])
				}
				text += string(w[:n]) + " "
			}
		}
		list = append(list, Query{Text: text, Limit: 10})
	}
	return list
}

// BenchmarkApplyOne changes documents one at a time, with merges beside it.
func BenchmarkApplyOne(b *testing.B) {
	n := sampleNames(benchSize)
	s := newSampler(18)
	s.suffixes = 16
	done, running := make(chan *Merge[*Names], 8), 0
	worst := time.Duration(0)
	report(b, 1, func(int) {
		start := time.Now()
		n = n.Apply(NamesBatch{Add: []Entry{s.entry(Doc(s.rng.IntN(benchSize)))}})
		worst = max(worst, time.Since(start))
		select {
		case m := <-done:
			n, running = m.Finish(n), running-1
		default:
		}
		next, m := n.Merge()
		if m == nil || running == cap(done) {
			return
		}
		n, running = next, running+1
		go func() {
			_ = m.Run(b.Context())
			done <- m
		}()
	})
	b.ReportMetric(float64(len(n.layers)), "layers")
	b.ReportMetric(float64(worst.Microseconds()), "max-µs")
}

func BenchmarkLoad(b *testing.B) {
	s := newSampler(19)
	s.suffixes = 16
	batch := NamesBatch{}
	for i := range benchSize {
		batch.Add = append(batch.Add, s.entry(Doc(i)))
	}
	var n *Names
	before := heap()
	for b.Loop() {
		n = new(Names).Apply(batch)
	}
	b.ReportMetric(float64(heap()-before)/benchSize, "B/doc")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchSize, "ns/doc")
	runtime.KeepAlive(n)
	runtime.KeepAlive(batch)
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkMatch(b *testing.B) {
	s := newSampler(20)
	fields := s.entry(1).Fields
	for b.Loop() {
		Match(fields, "jo sm", 0)
	}
}

func BenchmarkNumbers(b *testing.B) {
	for _, layers := range []int{1, 4} {
		n := someNumbers(benchSize, layers)
		var keys []Key
		for range 1000 {
			t := n.p.layers[0].run
			keys = append(keys, Key(t.key(rand.IntN(t.n))))
		}
		var dst []Doc
		for name, f := range map[string]func(k Key){
			"exact":   func(k Key) { dst = n.Exact(k, dst[:0]) },
			"prefix":  func(k Key) { dst, _ = n.Prefix(k.cut(5), 10, dst[:0]) },
			"longest": func(k Key) { n.Longest(k) },
		} {
			b.Run(fmt.Sprintf("%s, %d layers", name, layers), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					f(keys[i%len(keys)])
				}
			})
		}
	}
}

func BenchmarkNumbersApplyOne(b *testing.B) {
	n := someNumbers(benchSize, 1)
	rng := rand.New(rand.NewPCG(7, 7))
	for b.Loop() {
		k, _ := Pack(fmt.Sprintf("44%d%08d", 20+rng.IntN(30), rng.IntN(1e8)))
		n = n.Apply(Batch[Key]{Add: []Posting[Key]{{k, Doc(rng.IntN(benchSize))}}})
	}
}
