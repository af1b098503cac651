package pebblelog

import (
	"bytes"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ringdex/ringdex/stream"
)

// View implements stream.Log. It takes no lock. What a view shows is durable:
// Pebble shows a write before its fsync, so views read a snapshot that was
// taken after it.
func (l *Log) View() (stream.View, error) {
	st, err := l.present()
	if err != nil {
		return nil, err
	}
	return &view{log: l, state: st}, nil
}

// A view is one use of a state.
type view struct {
	log    *Log
	state  *state
	closed atomic.Bool
}

// Seq implements stream.View.
func (v *view) Seq() stream.Seq { return v.state.meta.applied }

// use keeps the state open while a method reads it, even if another goroutine
// closes the view meanwhile.
func (v *view) use() bool { return !v.closed.Load() && v.state.acquire() }

// done ends a use. The state's last user may be a reader, which has no place
// for an error in closing.
func (v *view) done() { _ = v.state.release() }

// Get implements stream.View. It returns ErrClosed after Close, and ErrCorrupt
// if the value is damaged, which stops the log.
func (v *view) Get(tenant, key string) (stream.Entry, error) {
	if !stream.ValidTenant(tenant) {
		return stream.Entry{}, stream.ErrNotFound
	}
	if !v.use() {
		return stream.Entry{}, stream.ErrClosed
	}
	defer v.done()
	e, err := v.state.get(tenant, key, v.log.filter.Load())
	if err == nil {
		v.log.familiar.put(stateKey(tenant, key), e.Seq, v.Seq())
	}
	return e, err
}

// get reads a key; f may be nil. Who wants to claim a name asks for it first, and
// to look for what is not there in every level of Pebble would take longest.
func (st *state) get(tenant, key string, f *filter) (stream.Entry, error) {
	var buf [128]byte // most keys fit, and then nothing is allocated
	full := appendStateKey(buf[:0], tenant, key)
	if f != nil && f.absentAt(st.meta.applied, full) {
		return stream.Entry{}, stream.ErrNotFound
	}
	stored, closer, err := st.snap.Get(full)
	if errors.Is(err, pebble.ErrNotFound) {
		return stream.Entry{}, stream.ErrNotFound
	}
	if err != nil {
		return stream.Entry{}, st.store.health.found(storageError(err))
	}
	e, err := st.codec.entry(key, stored)
	_ = closer.Close() // gives back memory; it has no error to tell
	return e, st.store.health.found(err)
}

// Scan implements stream.View. Errors are those of Get.
func (v *view) Scan(tenant, prefix, after string) iter.Seq2[stream.Entry, error] {
	return func(yield func(stream.Entry, error) bool) {
		if !stream.ValidTenant(tenant) {
			return
		}
		if !v.use() {
			yield(stream.Entry{}, stream.ErrClosed)
			return
		}
		defer v.done()
		if err := v.state.scan(tenant, prefix, after, func(e stream.Entry) bool { return yield(e, nil) }); err != nil {
			yield(stream.Entry{}, err)
		}
	}
}

// scan calls yield for each entry until it returns false.
func (st *state) scan(tenant, prefix, after string, yield func(stream.Entry) bool) error {
	low := appendStateKey(nil, tenant, prefix)
	high := prefixEnd(low)
	if after >= prefix && after != "" {
		low = append(appendStateKey(nil, tenant, after), 0) // the first key behind after
	}
	skip := len(tenant) + 2
	return st.ascend(low, high, func(key, stored []byte) (bool, error) {
		e, err := st.codec.entry(string(key[skip:]), stored)
		return err == nil && yield(e), err
	})
}

// ascend calls visit for what Pebble holds from low to before high, in order,
// until it returns false or an error. key and value are valid during the call.
func (st *state) ascend(low, high []byte, visit func(key, value []byte) (bool, error)) error {
	if bytes.Compare(low, high) >= 0 {
		return nil
	}
	it, err := st.snap.NewIter(&pebble.IterOptions{LowerBound: low, UpperBound: high})
	if err != nil {
		return st.store.health.found(storageError(err))
	}
	more := true
	for ok := it.First(); ok && more && err == nil; ok = it.Next() {
		var value []byte
		if value, err = it.ValueAndErr(); err != nil {
			err = storageError(err)
			break
		}
		more, err = visit(it.Key(), value)
	}
	if err == nil {
		err = storageError(it.Error())
	}
	_ = it.Close() // repeats Error
	return st.store.health.found(err)
}

// Close implements stream.View. A second Close returns nil.
func (v *view) Close() error {
	if v.closed.Swap(true) {
		return nil
	}
	return v.state.release()
}

func microTime(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
