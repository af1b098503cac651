// Package memlog is a log that lives in memory and dies with the process. It
// is for tests of the packages that stand on stream.Log, and for whatever else
// need not survive.
//
// It owns the state as a persistent tree, so that a view is a pointer and costs
// nothing, and a bounded feed of full records. It refuses what every log
// refuses, and use of a closed view, so that a test finds what would fail on
// disk. It starts no goroutine: a transaction is applied by its committer
// under one lock, followers run on their callers.
package memlog

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ringdex/ringdex/stream"
)

// DefaultFeedRecords is how many records the feed of New reaches back.
const DefaultFeedRecords = 65536

// A Log is a stream.Log in memory. Make one with New.
type Log struct {
	keep int // records the feed keeps at least

	mu      sync.Mutex // guards what follows; held for memory work only
	root    *node      // the state; never changed, only replaced
	at      stream.Commit
	records []stream.Record // the feed, ending at at.Seq; appended to, replaced when trimmed
	moved   chan struct{}   // closed and replaced by every commit and by Close
	closed  bool
}

var _ stream.Log = (*Log)(nil)

// New returns an empty log whose feed reaches back DefaultFeedRecords.
func New() *Log { return NewBounded(DefaultFeedRecords) }

// NewBounded returns an empty log whose feed reaches back at least feedRecords
// records and at most a quarter more. Less than one counts as one.
func NewBounded(feedRecords int) *Log {
	return &Log{keep: max(feedRecords, 1), moved: make(chan struct{})}
}

// Commit implements stream.Log. It never waits.
func (l *Log) Commit(ctx context.Context, tx stream.Tx) (stream.Commit, error) {
	if ctx.Err() != nil {
		return stream.Commit{}, context.Cause(ctx)
	}
	if err := tx.Validate(); err != nil {
		return stream.Commit{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return stream.Commit{}, stream.ErrClosed
	}
	if err := l.check(&tx); err != nil {
		return stream.Commit{}, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if now.Before(l.at.Time) {
		now = l.at.Time
	}
	l.apply(&tx, stream.Commit{Seq: l.at.Seq + 1, Time: now})
	return l.at, nil
}

// check decides the preconditions. The caller holds mu.
func (l *Log) check(tx *stream.Tx) error {
	for _, c := range tx.Checks {
		if v := l.version(tx.Tenant, c.Key); v != c.Version {
			return &stream.ConflictError{Key: c.Key, Want: c.Version, Version: v}
		}
	}
	for _, key := range tx.Absent {
		if v := l.version(tx.Tenant, key); v != 0 {
			return &stream.ConflictError{Key: key, Version: v}
		}
	}
	return nil
}

func (l *Log) version(tenant, key string) stream.Seq {
	if n := l.root.get(place(tenant, key)); n != nil {
		return n.entry.Seq
	}
	return 0
}

// apply makes tx the log's newest transaction and wakes those who wait. The
// caller holds mu.
func (l *Log) apply(tx *stream.Tx, at stream.Commit) {
	record := stream.Record{Commit: at, Tenant: tx.Tenant, Changes: make([]stream.Change, 0, len(tx.Puts)+len(tx.Deletes))}
	for _, p := range tx.Puts {
		value := p.Value
		if value == nil {
			value = []byte{} // nil would read as a deletion
		}
		l.root = l.root.put(place(tx.Tenant, p.Key), stream.Entry{Key: p.Key, Value: value, Commit: at})
		record.Changes = append(record.Changes, stream.Change{Key: p.Key, Value: value})
	}
	for _, key := range tx.Deletes {
		l.root = l.root.remove(place(tx.Tenant, key))
		record.Changes = append(record.Changes, stream.Change{Key: key, Deleted: true})
	}
	if len(l.records) >= l.keep+l.keep/4 {
		// A new array: followers still read the old one.
		l.records = append(make([]stream.Record, 0, cap(l.records)), l.records[len(l.records)-l.keep+1:]...)
	}
	l.records = append(l.records, record)
	l.at = at
	l.wake()
}

// wake wakes every follower and waiter. The caller holds mu.
func (l *Log) wake() {
	close(l.moved)
	l.moved = make(chan struct{})
}

// View implements stream.Log.
func (l *Log) View() (stream.View, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, stream.ErrClosed
	}
	return &view{root: l.root, seq: l.at.Seq}, nil
}

// Follow implements stream.Log. Records are never conflated. It returns
// ErrClosed once the log is closed.
func (l *Log) Follow(ctx context.Context, after stream.Seq, apply func(stream.Record) error) error {
	for {
		records, moved, err := l.after(after)
		if err != nil {
			return err
		}
		for _, r := range records {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := apply(r); err != nil {
				return err
			}
			after = r.Seq
		}
		if len(records) > 0 {
			continue
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// after returns the records behind a place, which the caller must not change,
// and a channel that closes when there are more.
func (l *Log) after(seq stream.Seq) ([]stream.Record, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, stream.ErrClosed
	}
	if seq >= l.at.Seq {
		return nil, l.moved, nil
	}
	n := uint64(l.at.Seq - seq)
	if n > uint64(len(l.records)) {
		return nil, nil, stream.ErrTooOld
	}
	return l.records[len(l.records)-int(n):], l.moved, nil
}

// Wait implements stream.Log.
func (l *Log) Wait(ctx context.Context, seq stream.Seq) error {
	for {
		l.mu.Lock()
		applied, moved, closed := l.at.Seq, l.moved, l.closed
		l.mu.Unlock()
		if applied >= seq {
			return nil
		}
		if closed {
			return stream.ErrClosed
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Applied implements stream.Log.
func (l *Log) Applied() stream.Seq {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at.Seq
}

// Checkpoint returns errors.ErrUnsupported: there is nothing that could be
// opened again.
func (l *Log) Checkpoint(context.Context, string) error { return errors.ErrUnsupported }

// Close implements stream.Log. A second Close returns nil.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.wake()
	}
	return nil
}
