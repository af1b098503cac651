package pebblelog

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ringdex/ringdex/stream"
)

// A store is the open files: Pebble, its lock and HEAD. It is closed by the
// last of those who use it, which are the log and every state.
type store struct {
	db       *pebble.DB
	lock     *pebble.Lock
	head     *head // the applier's; closed before the store
	health   *health
	patience time.Duration
	refs     atomic.Int64
}

// release gives up one use. The last one closes Pebble and frees the lock.
func (s *store) release() error {
	if s.refs.Add(-1) > 0 {
		return nil
	}
	if s.health.err() == nil {
		return errors.Join(storageError(s.db.Close()), s.lock.Close())
	}
	return s.abandon()
}

// abandon closes what a failed write has left. Pebble may hold locks that it
// will never give back, so it gets a while and no more; the rest is left to
// the end of the process.
func (s *store) abandon() error {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		defer func() { _ = recover() }() // neither a panic nor an error tells more than the cause
		_ = s.db.Close()
		_ = s.lock.Close()
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(s.patience):
		return fmt.Errorf("storage did not close: %w", ErrUndecided)
	}
}

// A state is the log as of one durable transaction: what views read. It lives
// until the log has published the next one and the last view is closed.
// Everything but refs is fixed.
type state struct {
	store *store
	codec *codec
	snap  *pebble.Snapshot
	meta  meta
	refs  atomic.Int64
}

// newState takes the state that Pebble holds now, which must be as meta says
// and durable. The caller owns the first use of it.
func newState(s *store, c *codec, m meta) *state {
	s.refs.Add(1)
	st := &state{store: s, codec: c, snap: s.db.NewSnapshot(), meta: m}
	st.refs.Store(1)
	return st
}

// acquire takes one more use. It returns false if the last one is gone.
func (st *state) acquire() bool {
	for {
		n := st.refs.Load()
		if n == 0 {
			return false
		}
		if st.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release gives up one use. The last one lets Pebble drop old versions.
func (st *state) release() error {
	if st.refs.Add(-1) > 0 {
		return nil
	}
	return errors.Join(st.snap.Close(), st.store.release())
}

// present returns the newest durable state, which the caller must release.
func (l *Log) present() (*state, error) {
	for {
		st := l.current.Load()
		if st == nil {
			return nil, stream.ErrClosed
		}
		if st.acquire() {
			return st, nil
		}
		// A newer one was published in between.
	}
}
