package memlog

import (
	"iter"
	"strings"
	"sync/atomic"

	"github.com/ringdex/ringdex/stream"
)

// A view is the state at one place: a root of the tree.
type view struct {
	root   *node
	seq    stream.Seq
	closed atomic.Bool
}

// Seq implements stream.View.
func (v *view) Seq() stream.Seq { return v.seq }

// Get implements stream.View.
func (v *view) Get(tenant, key string) (stream.Entry, error) {
	if v.closed.Load() {
		return stream.Entry{}, stream.ErrClosed
	}
	if !stream.ValidTenant(tenant) {
		return stream.Entry{}, stream.ErrNotFound
	}
	n := v.root.get(place(tenant, key))
	if n == nil {
		return stream.Entry{}, stream.ErrNotFound
	}
	return n.entry, nil
}

// Scan implements stream.View.
func (v *view) Scan(tenant, prefix, after string) iter.Seq2[stream.Entry, error] {
	return func(yield func(stream.Entry, error) bool) {
		if v.closed.Load() {
			yield(stream.Entry{}, stream.ErrClosed)
			return
		}
		if !stream.ValidTenant(tenant) {
			return
		}
		all := place(tenant, prefix)
		low := place(tenant, max(prefix, after))
		v.root.ascend(low, func(n *node) bool {
			if !strings.HasPrefix(n.place, all) {
				return false
			}
			if after != "" && n.entry.Key == after {
				return true
			}
			return yield(n.entry, nil)
		})
	}
}

// Close implements stream.View. A second Close returns nil.
func (v *view) Close() error {
	v.closed.Store(true)
	return nil
}
