package idpsim

import (
	"math/bits"
	"time"
)

// A Latency is how long the requests of one operation took, each from its
// first byte out to its last byte in. Quantiles are exact to an eighth.
type Latency struct {
	Count int
	Total time.Duration
	Max   time.Duration
	// buckets counts by microseconds: eight to each power of two.
	buckets [8 * 40]uint32
}

func (l *Latency) add(d time.Duration) {
	l.Count++
	l.Total += d
	l.Max = max(l.Max, d)
	l.buckets[bucket(d)]++
}

// Mean returns the arithmetic mean, or 0 without requests.
func (l *Latency) Mean() time.Duration {
	if l.Count == 0 {
		return 0
	}
	return l.Total / time.Duration(l.Count)
}

// Quantile returns a duration that the share q of the requests, 0 to 1, did
// not exceed, or 0 without requests.
func (l *Latency) Quantile(q float64) time.Duration {
	left := int(q * float64(l.Count))
	for i, n := range l.buckets {
		if left -= int(n); left < 0 {
			return min(upper(i), l.Max)
		}
	}
	return l.Max
}

func bucket(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	if us < 8 {
		return int(us)
	}
	shift := bits.Len64(us) - 4
	return min(8*(shift+1)+int(us>>shift&7), 8*40-1)
}

// upper is the end of a bucket.
func upper(i int) time.Duration {
	if i < 8 {
		return time.Duration(i+1) * time.Microsecond
	}
	return time.Duration(uint64(i%8+9)<<(i/8-1)) * time.Microsecond
}
