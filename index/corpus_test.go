package index

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/trie"
)

// corpusSizes are the numbers of contacts that the benchmarks of the corpus
// are run with.
var corpusSizes = []int{corpus.Small, corpus.Medium}

// corpusNames returns what names are built of.
func corpusNames(size int) []trie.Entry {
	entries := make([]trie.Entry, 0, size)
	for c := range (corpus.Corpus{Size: size}).Contacts() {
		entries = append(entries, trie.Entry{Doc: trie.Doc(len(entries)), Fields: nameFields(&c)})
	}
	return entries
}

// distribution runs f with each index below n in turn and reports the median
// and the 99th percentile of the times it took, without what the clock takes.
func distribution(b *testing.B, n int, f func(i int)) {
	b.Helper()
	clock := time.Hour
	for range 1000 {
		start := time.Now()
		clock = min(clock, time.Since(start))
	}
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		f(i % n)
		times = append(times, time.Since(start)-clock)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
}

// heapInUse returns the bytes in use after a collection.
func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkCorpusNames(b *testing.B) {
	for _, size := range corpusSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			entries := corpusNames(size)
			var names *trie.Names
			b.Run("load", func(b *testing.B) {
				names = nil
				before := heapInUse()
				for b.Loop() {
					names = new(trie.Names).Apply(trie.NamesBatch{Add: entries})
				}
				b.ReportMetric(float64(heapInUse()-before)/float64(size), "B/contact")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/contact")
			})
			if names == nil {
				names = new(trie.Names).Apply(trie.NamesBatch{Add: entries})
			}
			for _, kind := range corpus.Kinds() {
				queries := corpus.Corpus{Size: size}.Searches(kind, 2000)
				b.Run(string(kind), func(b *testing.B) {
					var dst []trie.Hit
					distribution(b, len(queries), func(i int) {
						dst, _ = names.Search(trie.Query{Text: queries[i].Text, Limit: 10}, dst[:0])
					})
				})
			}
			runtime.KeepAlive(entries)
		})
	}
}
