package index

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/contact"
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

// corpusBuilder returns a builder whose snapshot has the contacts of a corpus.
func corpusBuilder(size int) *builder {
	b := newBuilder(nil)
	b.directories = map[string]contact.Directory{corpus.DirectoryID: {ID: corpus.DirectoryID, DefaultRegion: corpus.Region}}
	for c := range (corpus.Corpus{Size: size}).Contacts() {
		b.put(derivedOf(&c))
	}
	b.build(1)
	return b
}

// derivedOf is what the index derives from a contact of the corpus.
func derivedOf(c *contact.Contact) derived {
	return derived{
		member: member{corpus.DirectoryID, string(c.ID)},
		record: newRecord(c, contact.AppendHeader(nil, c), corpus.Region, nil, 1),
	}
}

// BenchmarkCorpusNumbers asks for numbers of a corpus: whole, as keys of the
// ladder, and by their first five to nine digits.
func BenchmarkCorpusNumbers(b *testing.B) {
	for _, size := range corpusSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := corpusBuilder(size).base
			var all postings
			n := 0
			for e := range s.All {
				if n++; n%(size/2000) == 0 {
					e.postings(0, s, &all)
				}
			}
			rand.New(rand.NewPCG(41, 41)).Shuffle(len(all.whole), func(i, j int) { all.whole[i], all.whole[j] = all.whole[j], all.whole[i] })
			prefix := func(i int) trie.Key {
				digits := all.whole[i].Key.String()
				k, _ := trie.Pack(digits[:min(len(digits), 5+i%5)])
				return k
			}
			dst := make([]trie.Doc, 0, 64)
			b.Run("exact", func(b *testing.B) {
				distribution(b, len(all.whole), func(i int) { dst = s.whole.Exact(all.whole[i].Key, dst[:0]) })
			})
			b.Run("key", func(b *testing.B) {
				distribution(b, len(all.keys), func(i int) { dst = s.keys.Find(all.keys[i].Key, dst[:0]) })
			})
			b.Run("prefix", func(b *testing.B) {
				distribution(b, len(all.whole), func(i int) { dst, _ = s.whole.Prefix(prefix(i), 10, dst[:0]) })
			})
			runtime.KeepAlive(s)
		})
	}
}

// BenchmarkCorpusSize reports the bytes a contact of each structure.
func BenchmarkCorpusSize(b *testing.B) {
	for _, size := range corpusSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			builder := corpusBuilder(size)
			s := builder.base
			builder.base, builder.pending = nil, nil
			for b.Loop() {
				s.Len()
			}
			for _, part := range []struct {
				name string
				drop func()
			}{
				{"names", func() { s.names = nil }},
				{"ids", func() { s.ids = nil }},
				{"keys", func() { s.keys = nil }},
				{"whole", func() { s.whole = nil }},
				{"digits", func() { s.digits = nil }},
				{"tails", func() { s.tails = nil }},
				{"keypad", func() { s.keypad = nil }},
				{"contacts", func() { s.entries = table{} }},
			} {
				before := heapInUse()
				part.drop()
				b.ReportMetric(float64(before-heapInUse())/float64(size), part.name+"-B")
			}
			runtime.KeepAlive(s)
		})
	}
}

// BenchmarkCorpusIngest adds contacts to a corpus as a tenant does, so many at
// once, with merges beside it.
func BenchmarkCorpusIngest(b *testing.B) {
	for _, size := range corpusSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			builder, next := corpusBuilder(size), size
			for _, batch := range []int{1, 16, 128} {
				b.Run(fmt.Sprint(batch), func(b *testing.B) { next = ingest(b, builder, next, batch) })
			}
		})
	}
}

func ingest(b *testing.B, builder *builder, next, batch int) int {
	done, running := make(chan merging, mergesMax), 0
	var longest, spent time.Duration
	n := 0
	for b.Loop() {
		people := make([]derived, batch)
		for i := range people {
			c := (corpus.Corpus{Size: next + 1}).Contact(next)
			people[i] = derivedOf(&c)
			next++
		}
		start := time.Now()
		for _, d := range people {
			builder.put(d)
		}
		builder.build(1)
		select {
		case m := <-done:
			builder.finish(m)
			running--
		default:
		}
		for _, m := range builder.merges(mergesMax - running) {
			running++
			go func() {
				_ = m.run(b.Context())
				done <- m
			}()
		}
		took := time.Since(start)
		longest, spent, n = max(longest, took), spent+took, n+batch
	}
	for ; running > 0; running-- {
		builder.finish(<-done)
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(n), "ns/contact")
	b.ReportMetric(float64(longest.Microseconds()), "max-µs")
	return next
}
