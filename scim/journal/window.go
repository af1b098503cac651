package journal

import "time"

const (
	bucketTime = 5 * time.Minute
	dayBuckets = int(24 * time.Hour / bucketTime)

	// cycleTime is how often Entra ID comes, apart from its first cycle.
	cycleTime = 40 * time.Minute
)

// A window counts operations as a provider counts them over the last day, in
// memory of a fixed size: the oldest five minutes make room for the newest. Its
// page guards it.
type window struct {
	buckets [dayBuckets]bucket // by time, round and round
}

type bucket struct {
	slot int64 // since the epoch, in units of bucketTime
	Ratio
	refused uint32
}

// A Ratio is how many operations there were and how many of them failed.
type Ratio struct {
	Operations uint32
	Failures   uint32
	References uint32 // the failures that are about members or a manager
}

// Share returns the part that failed, from 0 to 1.
func (r Ratio) Share() float64 {
	if r.Operations == 0 {
		return 0
	}
	return float64(r.Failures) / float64(r.Operations)
}

// at returns the bucket of a time.
func (w *window) at(t time.Time) *bucket {
	slot := t.Unix() / int64(bucketTime/time.Second)
	b := &w.buckets[uint64(slot)%uint64(dayBuckets)]
	if slot > b.slot {
		*b = bucket{slot: slot}
	}
	return b // a clock that was set back counts where it was
}

// count adds an event that ended at end. Reads that succeed are part of an
// operation and none of their own.
func (w *window) count(e *Event, end time.Time) {
	failed := e.counts()
	if e.Part || e.isRead() && !failed {
		return
	}
	b := w.at(end)
	if e.Attempts > 0 {
		b.Operations += uint32(min(e.Attempts, 1<<20))
		b.Failures += uint32(min(e.Failures, 1<<20))
		return
	}
	b.Operations++
	if failed {
		b.Failures++
		if e.isReference() {
			b.References++
		}
	}
}

func (w *window) refuse(at time.Time) { w.at(at).refused++ }

// over adds up what was counted within a time up to now.
func (w *window) over(within time.Duration, now time.Time) (sum Ratio, refused uint32) {
	unit := int64(bucketTime / time.Second)
	newest := now.Unix() / unit
	oldest := newest - int64(within/bucketTime) + 1
	for i := range w.buckets {
		b := &w.buckets[i]
		if b.slot < oldest || b.slot > newest {
			continue
		}
		sum.Operations += b.Operations
		sum.Failures += b.Failures
		sum.References += b.References
		refused += b.refused
	}
	return sum, refused
}
