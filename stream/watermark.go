package stream

import (
	"context"
	"sync"
)

// A Watermark is how far a follower of the log has come. Whoever answered a
// write waits on it, so that the next question already sees the write. The
// zero value stands at 0 and is ready to use; methods are safe for concurrent
// use.
type Watermark struct {
	mu    sync.Mutex // guards seq and moved; held for no longer than their use
	seq   Seq
	moved chan struct{} // closed and replaced by Advance; nil while nobody waits
}

// Advance moves the mark to seq and wakes those who waited for it. A mark
// never moves back.
func (w *Watermark) Advance(seq Seq) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if seq <= w.seq {
		return
	}
	w.seq = seq
	if w.moved != nil {
		close(w.moved)
		w.moved = nil
	}
}

// Load returns the mark.
func (w *Watermark) Load() Seq {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seq
}

// Wait returns nil once the mark has reached seq, or ctx's error.
func (w *Watermark) Wait(ctx context.Context, seq Seq) error {
	for {
		w.mu.Lock()
		if w.seq >= seq {
			w.mu.Unlock()
			return nil
		}
		if w.moved == nil {
			w.moved = make(chan struct{})
		}
		moved := w.moved
		w.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
