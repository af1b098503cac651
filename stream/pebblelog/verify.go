package pebblelog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/ringdex/ringdex/stream"
)

// Verify reads the whole log, as of one place, and returns ErrCorrupt if it is
// not what was written: every value decodes and has its checksum, keys are as
// many as were counted, the feed is a chain without a gap and agrees with the
// state. Finding damage stops the log. It reads everything from disk once; ctx
// ends it early.
func (l *Log) Verify(ctx context.Context) error {
	st, err := l.present()
	if err != nil {
		return fmt.Errorf("verify log: %w", err)
	}
	defer func() { _ = st.release() }() // has no error while the log holds its own use
	keys := uint64(0)
	err = st.eachValue(ctx, func(_, stored []byte) error {
		keys++
		if seq, err := storedSeq(stored); err != nil || seq > st.meta.applied {
			return fmt.Errorf("%w: a value from the future", stream.ErrCorrupt)
		}
		_, err := st.codec.value(stored)
		return err
	})
	if err == nil && keys != st.meta.keys {
		err = fmt.Errorf("%w: %d keys where %d were counted", stream.ErrCorrupt, keys, st.meta.keys)
	}
	if err == nil {
		err = st.checkFeed(ctx, mark{})
	}
	if err == nil {
		err = st.compareFeed(ctx)
	}
	if err != nil {
		return fmt.Errorf("verify log: %w", st.store.health.found(err))
	}
	return nil
}

// compareFeed holds the checksums of the feed against the state.
func (st *state) compareFeed(ctx context.Context) error {
	return st.feed(st.meta.base, func(seq stream.Seq, body []byte, _ chain) (bool, error) {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		r, err := decodeRecord(body)
		if err == nil {
			_, err = st.resolve(seq, r)
		}
		return true, err
	})
}

// StateHash returns a SHA-256 over every tenant, key, version, time and value,
// and over the log's place. Two logs have the same hash if and only if they
// answer every question the same. Use it to compare a backup or a replica with
// its source. ctx ends it early.
func (l *Log) StateHash(ctx context.Context) ([]byte, error) {
	st, err := l.present()
	if err != nil {
		return nil, fmt.Errorf("hash log: %w", err)
	}
	defer func() { _ = st.release() }() // has no error while the log holds its own use
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(st.meta.applied)))
	var buf []byte
	err = st.eachValue(ctx, func(key, stored []byte) error {
		if _, err := storedSeq(stored); err != nil {
			return err
		}
		value, err := st.codec.value(stored)
		if err != nil {
			return err
		}
		buf = binary.AppendUvarint(buf[:0], uint64(len(key)))
		buf = append(buf, key...)
		buf = append(buf, stored[seqOffset:sumOffset]...)
		buf = binary.AppendUvarint(buf, uint64(len(value)))
		h.Write(buf)
		h.Write(value)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("hash log: %w", st.store.health.found(err))
	}
	return h.Sum(nil), nil
}

// eachValue calls visit for every key and stored value of every tenant.
func (st *state) eachValue(ctx context.Context, visit func(key, stored []byte) error) error {
	return st.ascend([]byte{statePrefix}, []byte{statePrefix + 1}, func(key, stored []byte) (bool, error) {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		return true, visit(key, stored)
	})
}
