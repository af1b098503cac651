package pebblelog

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/ringdex/ringdex/stream"
)

// sampleTx returns the i-th create of a person: the value, two claims on its
// names, one precondition.
func sampleTx(i int, value []byte) stream.Tx {
	id := fmt.Sprintf("0190c2f1-0000-7000-8000-%012d", i)
	claim := "n/d7/sample.user" + strconv.Itoa(i) + "@example.com"
	return stream.Tx{Tenant: "default", Absent: []string{claim}, Puts: []stream.Put{
		{Key: "u/d7/" + id, Value: value}, {Key: claim, Value: []byte(id)}, {Key: "x/d7/u/00u" + strconv.Itoa(i) + "/" + id},
	}}
}

func sampleUsers(n int) [][]byte {
	s := newSampler(3)
	values := make([][]byte, n)
	for i := range values {
		values[i] = s.user()
	}
	return values
}

// eachCommit calls commit b.N times from the given number of goroutines.
func eachCommit(b *testing.B, committers int, commit func(i int)) {
	b.Helper()
	var next atomic.Int64
	b.SetParallelism(max(committers/runtime.GOMAXPROCS(0), 1))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			commit(int(next.Add(1)))
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkCommit measures durable creates beside Pebble's own synced commits
// of the same keys and stored values, which check and chain nothing. Compare
// within one run only: the disk sets the pace of both.
//
//	go test -run '^$' -bench 'Commit/64' -benchtime 1s -count 5 ./stream/pebblelog
func BenchmarkCommit(b *testing.B) {
	values := sampleUsers(1000)
	for _, committers := range []int{2, 16, 64, 256} {
		b.Run(fmt.Sprintf("%d/log", committers), func(b *testing.B) {
			l, err := Open(b.Context(), Config{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			eachCommit(b, committers, func(i int) {
				if _, err := l.Commit(context.Background(), sampleTx(i, values[i%len(values)])); err != nil {
					b.Error(err)
				}
			})
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("%d/pebble", committers), func(b *testing.B) { benchmarkPebble(b, committers, values) })
	}
}

func benchmarkPebble(b *testing.B, committers int, values [][]byte) {
	bare, err := OpenBare(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	stored := make([][]byte, len(values))
	for i, v := range values {
		stored[i] = bare.codec.encode(v)
	}
	eachCommit(b, committers, func(i int) {
		if err := bare.Commit(sampleTx(i, stored[i%len(stored)])); err != nil {
			b.Error(err)
		}
	})
	if err := bare.Close(); err != nil {
		b.Fatal(err)
	}
}
