package pebblelog

import (
	"context"
	"sync"

	"github.com/ringdex/ringdex/stream"
)

// maxRingBytes bounds the keys and values that a ring keeps alive.
const maxRingBytes = 32 << 20

// A ring holds the newest records for those who follow live, and wakes whoever
// waits for more. It keeps a fixed number of records and fewer if they are
// large; a follower that has fallen behind it reads the stored feed. Safe for
// concurrent use.
type ring struct {
	mu    sync.Mutex // guards what follows; held for memory work only
	slots []stream.Record
	first stream.Seq    // oldest record held; last+1 if none is
	last  stream.Seq    // newest durable record
	bytes int           // of the records held
	moved chan struct{} // closed and replaced by push and end; nil while nobody waits
	cause error         // why the log has ended
}

func newRing(size int, last stream.Seq) *ring {
	return &ring{slots: make([]stream.Record, size), first: last + 1, last: last}
}

func (r *ring) slot(seq stream.Seq) *stream.Record { return &r.slots[uint64(seq)%uint64(len(r.slots))] }

// push adds durable records, which follow the last one without a gap.
func (r *ring) push(records []stream.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range records {
		for r.first <= r.last && (int(r.last-r.first)+1 == len(r.slots) || r.bytes > maxRingBytes) {
			r.bytes -= recordBytes(r.slot(r.first))
			*r.slot(r.first) = stream.Record{}
			r.first++
		}
		*r.slot(rec.Seq) = rec
		r.last = rec.Seq
		r.bytes += recordBytes(&rec)
	}
	r.wake()
}

func recordBytes(r *stream.Record) int {
	n := len(r.Tenant)
	for _, c := range r.Changes {
		n += len(c.Key) + len(c.Value)
	}
	return n
}

// end makes every read and wait return cause from now on. Only the first cause
// counts.
func (r *ring) end(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil {
		r.cause = cause
	}
	r.wake()
}

// wake wakes those who wait. The caller holds mu.
func (r *ring) wake() {
	if r.moved != nil {
		close(r.moved)
		r.moved = nil
	}
}

// more returns a channel that closes when there is news. The caller holds mu.
func (r *ring) more() <-chan struct{} {
	if r.moved == nil {
		r.moved = make(chan struct{})
	}
	return r.moved
}

// read fills buf with the records behind after. If there are none it returns
// 0 and a channel that closes when there are. It returns behind when the ring
// no longer has the record after after.
func (r *ring) read(after stream.Seq, buf []stream.Record) (n int, behind bool, more <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.cause != nil:
		return 0, false, nil, r.cause
	case after >= r.last:
		return 0, false, r.more(), nil
	case after+1 < r.first:
		return 0, true, nil, nil
	}
	for seq := after + 1; seq <= r.last && n < len(buf); seq++ {
		buf[n] = *r.slot(seq)
		n++
	}
	return n, false, nil, nil
}

func (r *ring) applied() stream.Seq {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// wait returns when the record at seq is durable.
func (r *ring) wait(ctx context.Context, seq stream.Seq) error {
	for {
		r.mu.Lock()
		if r.last >= seq {
			r.mu.Unlock()
			return nil
		}
		if r.cause != nil {
			defer r.mu.Unlock()
			return r.cause
		}
		more := r.more()
		r.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
