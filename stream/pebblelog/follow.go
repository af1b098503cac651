package pebblelog

import (
	"context"
	"errors"
	"fmt"

	"github.com/ringdex/ringdex/stream"
)

// How much of the feed a follower takes at once: live, by records; from disk,
// by records and by bytes of values.
const (
	liveRecords   = 64
	storedRecords = 512
	storedBytes   = 4 << 20
)

// Follow implements stream.Log. A follower that keeps up reads from memory; one
// that lies further back reads the stored feed in pieces, each from a state of
// its own, and joins the live ones behind it. It holds no state while apply
// runs, so a slow follower costs nothing. Follow returns ErrClosed, or what
// Err returns, once the log has ended.
func (l *Log) Follow(ctx context.Context, after stream.Seq, apply func(stream.Record) error) error {
	var buf [liveRecords]stream.Record
	for {
		n, behind, more, err := l.ring.read(after, buf[:])
		if err != nil {
			return err
		}
		records := buf[:n]
		if behind {
			if records, err = l.stored(after); err != nil {
				return err
			}
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
		if more == nil {
			continue
		}
		select {
		case <-more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// stored returns records behind after from the stored feed, at least one, with
// the values that the state still has.
func (l *Log) stored(after stream.Seq) ([]stream.Record, error) {
	st, err := l.present()
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.release() }() // has no error while the log holds its own use
	if after < st.meta.base {
		return nil, stream.ErrTooOld
	}
	var records []stream.Record
	size := 0
	err = st.feed(after, func(seq stream.Seq, body []byte, _ chain) (bool, error) {
		r, err := decodeRecord(body)
		if err != nil {
			return false, fmt.Errorf("feed record %d: %w", seq, err)
		}
		rec, err := st.resolve(seq, r)
		records = append(records, rec)
		size += recordBytes(&rec)
		return len(records) < storedRecords && size < storedBytes, err
	})
	return records, err
}

// feed calls visit for the body and the chain of the stored records behind
// after, until it returns false. They must follow each other without a gap up
// to the state's place. body is valid during the call.
func (st *state) feed(after stream.Seq, visit func(seq stream.Seq, body []byte, hash chain) (bool, error)) error {
	want := after + 1
	stopped := false
	err := st.ascend(feedKey(want), []byte{feedPrefix + 1}, func(key, value []byte) (bool, error) {
		seq, ok := parseFeedKey(key)
		if !ok || seq != want {
			return false, fmt.Errorf("%w: feed record %d is missing", stream.ErrCorrupt, want)
		}
		want++
		body, hash, err := splitRecord(value)
		if err != nil {
			return false, err
		}
		more, err := visit(seq, body, hash)
		stopped = !more
		return more, err
	})
	if err == nil && !stopped && want != st.meta.applied+1 {
		err = fmt.Errorf("%w: the feed ends at %d, the state at %d", stream.ErrCorrupt, want-1, st.meta.applied)
	}
	return st.store.health.found(err)
}

// resolve adds the values to a record. A change whose key was written again
// later is left out: the later record has it.
func (st *state) resolve(seq stream.Seq, r record) (stream.Record, error) {
	rec := stream.Record{Commit: stream.Commit{Seq: seq, Time: microTime(r.micros)}, Tenant: r.tenant}
	for _, c := range r.changes {
		e, err := st.get(r.tenant, c.key, nil)
		switch {
		case errors.Is(err, stream.ErrNotFound):
			if c.deleted {
				rec.Changes = append(rec.Changes, stream.Change{Key: c.key, Deleted: true})
			}
		case err != nil:
			return stream.Record{}, err
		case e.Seq > seq:
		case e.Seq < seq || c.deleted || checksum(e.Value) != c.sum:
			return stream.Record{}, fmt.Errorf("%w: feed and state differ at %d", stream.ErrCorrupt, seq)
		default:
			rec.Changes = append(rec.Changes, stream.Change{Key: c.key, Value: e.Value})
		}
	}
	return rec, nil
}
