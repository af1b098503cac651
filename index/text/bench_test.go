package text

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

const benchPeople = 50_000

// BenchmarkPut measures how fast a directory becomes searchable, and what
// processor time a person takes, all of Bleve's goroutines included.
func BenchmarkPut(b *testing.B) {
	docs := people(benchPeople, 1)
	before := processorTime(b)
	for b.Loop() {
		x := open(b, Config{})
		x.Put("t", docs...)
		settle(b, x)
	}
	n := float64(b.N * len(docs))
	b.ReportMetric(n/b.Elapsed().Seconds(), "docs/s")
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/n, "cpu-µs/doc")
}

// BenchmarkSearch measures questions on 50,000 people, while nothing is written
// and while 2,000 documents a second are.
func BenchmarkSearch(b *testing.B) {
	x := open(b, Config{})
	docs := people(benchPeople, 1)
	x.Put("t", docs...)
	settle(b, x)
	for _, load := range []int{0, 2000} {
		for _, q := range benchQueries {
			b.Run(fmt.Sprintf("writes=%d/%s", load, q.name), func(b *testing.B) {
				defer write(b, x, docs, load)()
				measure(b, x, q.query)
			})
		}
	}
}

var benchQueries = []struct {
	name  string
	query Query
}{
	{"word", Query{Text: "muller"}},
	{"two-words", Query{Text: "greta kowal"}},
	{"letter", Query{Text: "s"}},
	{"field", Query{Clauses: []Clause{{Department, "sales"}}}},
	{"typo-1", Query{Text: "greta kwoal"}},
	{"typo-2", Query{Text: "schmidtsno engineer"}},
	{"typo-field", Query{Clauses: []Clause{{Title, "acountant"}}}},
	{"nothing", Query{Text: "qqqqqqqq zzzzzzzz"}},
}

// measure reports the median and the 99th percentile of a question.
func measure(b *testing.B, x *Index, q Query) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := x.Search(b.Context(), "t", q); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// write puts perSecond changed documents a second until the returned function
// is called.
func write(b *testing.B, x *Index, docs []Document, perSecond int) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if perSecond == 0 {
			return
		}
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for range perSecond / 100 {
				x.Put("t", docs[rand.IntN(len(docs))])
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

// BenchmarkLag measures how old a change becomes before it is searchable, while
// documents of a directory of 50,000 change at a steady rate.
func BenchmarkLag(b *testing.B) {
	x := open(b, Config{})
	docs := people(benchPeople, 1)
	x.Put("t", docs...)
	settle(b, x)
	for _, load := range []int{200, 2000, 5000} {
		b.Run(fmt.Sprintf("writes=%d", load), func(b *testing.B) {
			defer write(b, x, docs, load)()
			var oldest time.Duration
			for b.Loop() {
				<-time.After(5 * time.Millisecond)
				oldest = max(oldest, x.Lag().Oldest)
			}
			b.ReportMetric(float64(oldest.Milliseconds()), "oldest-ms")
		})
	}
}

// BenchmarkTenants compares the ways to keep 50 tenants of 200 people apart, one
// index with the tenant in front of every term and an index for each, by what it
// takes until a change in every tenant is searchable.
func BenchmarkTenants(b *testing.B) {
	for _, separate := range []bool{false, true} {
		b.Run(fmt.Sprintf("separate=%v", separate), func(b *testing.B) { changeTenants(b, separate) })
	}
}

func changeTenants(b *testing.B, separate bool) {
	docs := people(200, 1)
	before := runtime.NumGoroutine()
	of := make([]*Index, 50)
	for i := range of {
		if i == 0 || separate {
			of[i] = open(b, Config{})
		} else {
			of[i] = of[0]
		}
		of[i].Put(fmt.Sprint(i), docs...)
	}
	for _, x := range of {
		settle(b, x)
	}
	for n := 0; b.Loop(); n++ {
		for i, x := range of {
			x.Put(fmt.Sprint(i), docs[n%len(docs)])
		}
		for _, x := range of {
			settle(b, x)
		}
	}
	b.ReportMetric(float64(runtime.NumGoroutine()-before), "goroutines")
}
