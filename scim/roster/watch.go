package roster

import (
	"context"
	"strings"

	"github.com/ringdex/ringdex/stream"
)

// watchedMax is how many directories are watched at once. Whoever asks for one
// more makes all others forgotten: they count as changed.
const watchedMax = 64

// Unchanged tells whether nothing in a directory was written behind since, up to
// the transaction at, which is not in the future of the log. It errs on the other
// side only: a directory is watched from the first question about it on.
func (r *Roster) Unchanged(ctx context.Context, dir string, since, at stream.Seq) (bool, error) {
	if err := r.applied.Wait(ctx, at); err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	last, ok := r.watched[dir]
	if !ok {
		if r.watched == nil || len(r.watched) >= watchedMax {
			r.watched = map[string]stream.Seq{}
		}
		last = r.seen
		r.watched[dir] = last
	}
	return last <= since, nil
}

// wrote notes that a key was written. The caller holds mu.
func (r *Roster) wrote(at stream.Seq, key string) {
	if len(r.watched) == 0 || len(key) < 2 {
		return
	}
	dir, _, _ := strings.Cut(key[2:], "/") // of every kind of key that has one
	if _, ok := r.watched[dir]; ok {
		r.watched[dir] = at
	}
}
