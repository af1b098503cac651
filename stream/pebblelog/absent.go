package pebblelog

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"

	"github.com/ringdex/ringdex/stream"
)

// A filter knows keys that were never written: a Bloom filter, whose bits of one
// key lie within one cache line. Most keys of a transaction are new, and without
// it each of them would be looked for in every level of Pebble.
//
// Bits are added by the applier, and by the goroutine that fills a new filter;
// everybody reads them, without a lock.
type filter struct {
	seed     maphash.Seed
	lines    []filterLine
	capacity uint64     // keys beyond which a larger one is due
	since    stream.Seq // it knows nothing of keys that were deleted before
}

// filterLine is as long as a cache line.
type filterLine [8]uint64

const (
	filterBits    = 12      // a key; about one absent key in two hundred is looked for in vain
	filterProbes  = 6       // bits that are set for a key
	minFilterKeys = 1 << 20 // of the first filter: 1.5 MiB
	filterGrowth  = 4       // of a new filter's capacity over the keys that are there
)

func newFilter(keys uint64) *filter {
	capacity := max(keys*filterGrowth, minFilterKeys)
	return &filter{seed: maphash.MakeSeed(), lines: make([]filterLine, capacity*filterBits/512+1), capacity: capacity}
}

// place returns the line of a key and the hash that chooses its bits.
func (f *filter) place(h uint64) (*filterLine, uint64) {
	at, _ := bits.Mul64(h, uint64(len(f.lines)))
	return &f.lines[at], h * 0x9e3779b97f4a7c15 // at took the upper bits of h
}

// add notes that a key may exist from now on.
func (f *filter) add(key string) {
	line, h := f.place(maphash.String(f.seed, key))
	for range filterProbes {
		atomic.OrUint64(&line[h>>61], 1<<(h>>55&63))
		h = bits.RotateLeft64(h, 9)
	}
}

// absent tells that a key was never written. It errs on the other side only.
func (f *filter) absent(key string) bool { return f.hasNot(maphash.String(f.seed, key)) }

// absentAt tells that a key is not in the state at a place.
func (f *filter) absentAt(at stream.Seq, key []byte) bool {
	return at >= f.since && f.hasNot(maphash.Bytes(f.seed, key))
}

func (f *filter) hasNot(hash uint64) bool {
	line, h := f.place(hash)
	for range filterProbes {
		if atomic.LoadUint64(&line[h>>61])>>(h>>55&63)&1 == 0 {
			return true
		}
		h = bits.RotateLeft64(h, 9)
	}
	return false
}

// A filling is a filter on its way. The applier owns it, and adds to it what is
// written behind the state that it is filled from.
type filling struct {
	filter *filter
	done   chan struct{} // closed when the goroutine has ended
}

// fill starts to fill a new filter from the present state if there is none, or
// the one that is in use has become too full to be of use. A log that nobody
// writes to needs none.
func (a *applier) fill() {
	l := a.log
	f := l.filter.Load()
	if a.filling != nil {
		select {
		case <-a.filling.done:
			a.filling = nil
		default:
			return
		}
	}
	if f != nil && a.meta.keys <= f.capacity {
		return
	}
	st, err := l.present()
	if err != nil {
		return
	}
	a.filling = &filling{filter: newFilter(st.meta.keys), done: make(chan struct{})}
	a.filling.filter.since = st.meta.applied
	go l.fillFrom(st, a.filling)
}

// fillFrom adds the keys of a state, which it releases, to a new filter, and
// puts that into use.
func (l *Log) fillFrom(st *state, f *filling) {
	defer close(f.done)
	defer func() { _ = st.release() }() // has no error while the log holds its own use
	n, closing := 0, false
	err := st.ascend([]byte{statePrefix}, []byte{statePrefix + 1}, func(key, _ []byte) (bool, error) {
		if n++; n%1024 == 0 {
			select {
			case <-l.closing:
				closing = true
			default:
			}
		}
		f.filter.add(string(key))
		return !closing, nil
	})
	if err == nil && !closing {
		l.filter.Store(f.filter)
	}
}

// wrote notes that a key exists, in every filter.
func (a *applier) wrote(key string) {
	if f := a.log.filter.Load(); f != nil {
		f.add(key)
	}
	if a.filling != nil {
		a.filling.filter.add(key)
	}
}
