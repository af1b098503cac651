package pebblelog

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ringdex/ringdex/stream"
)

// begin returns the stored meta, or writes the first one into an empty store.
func (s *store) begin(cfg Config, last mark) (meta, error) {
	m, err := s.readMeta()
	if !errors.Is(err, pebble.ErrNotFound) {
		return m, err
	}
	empty, err := s.empty()
	if err != nil {
		return meta{}, err
	}
	if !empty || last.seq > 0 {
		return meta{}, fmt.Errorf("%w: nothing is left of %d transactions", stream.ErrCorrupt, last.seq)
	}
	// Pebble writes the first WAL of a new store in its oldest format, in which
	// a flipped bit reads as the end. From the second start on it does not.
	db := s.db
	s.db = nil
	if err := db.Close(); err != nil {
		return meta{}, storageError(err)
	}
	if s.db, err = pebble.Open(cfg.Dir, s.options(cfg)); err != nil {
		return meta{}, storageError(err)
	}
	return meta{}, storageError(s.db.Set([]byte(metaKey), new(meta).encode(), pebble.Sync))
}

// readMeta returns the stored meta, or pebble.ErrNotFound.
func (s *store) readMeta() (meta, error) {
	value, closer, err := s.db.Get([]byte(metaKey))
	if errors.Is(err, pebble.ErrNotFound) {
		return meta{}, err
	}
	if err != nil {
		return meta{}, storageError(err)
	}
	defer func() { _ = closer.Close() }() // gives back memory; it has no error to tell
	return decodeMeta(value)
}

// empty reports whether Pebble holds no key at all.
func (s *store) empty() (bool, error) {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return false, storageError(err)
	}
	empty := !it.First()
	return empty, storageError(it.Close())
}

// check holds the stored feed against m and against the last mark of HEAD. It
// finds what Pebble cannot see: a WAL file that is gone takes the newest
// transactions with it and leaves an older state that is whole in itself.
func (s *store) check(ctx context.Context, c *codec, m meta, last mark) error {
	if last.seq > m.applied {
		return fmt.Errorf("%w: the log ends at %d but had come to %d", stream.ErrCorrupt, m.applied, last.seq)
	}
	st := newState(s, c, m)
	defer func() { _ = st.release() }() // not the last use of the store
	return st.checkFeed(ctx, last)
}

// checkFeed follows the chain from the feed's base to its end, through the
// mark.
func (st *state) checkFeed(ctx context.Context, last mark) error {
	m := st.meta
	seen := func(seq stream.Seq, hash chain) error {
		if seq == last.seq && hash != last.hash {
			return fmt.Errorf("%w: HEAD names another transaction %d", stream.ErrCorrupt, seq)
		}
		return nil
	}
	if err := seen(m.base, m.baseHash); err != nil {
		return err
	}
	hash := m.baseHash
	err := st.feed(m.base, func(seq stream.Seq, body []byte, stored chain) (bool, error) {
		if seq%1024 == 0 && ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if hash = hash.next(seq, body); hash != stored {
			return false, fmt.Errorf("%w: feed record %d does not follow the one before", stream.ErrCorrupt, seq)
		}
		return true, seen(seq, hash)
	})
	if err == nil && hash != m.hash {
		err = fmt.Errorf("%w: the feed does not lead to the state at %d", stream.ErrCorrupt, m.applied)
	}
	return err
}
