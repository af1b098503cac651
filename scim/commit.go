package scim

import (
	"context"
	"errors"
	"hash/maphash"

	"github.com/ringdex/ringdex/stream"
)

// commit applies tx while the directory is as the request found it, and
// returns when the answer may leave: durable, and visible to everybody.
func (r *request) commit(tx stream.Tx) (stream.Commit, error) {
	s := r.service
	tx.Tenant = r.tenant
	tx.Checks = append(tx.Checks, r.dirCheck)
	at, err := s.cfg.Log.Commit(r.ctx, tx)
	if err != nil {
		return at, err
	}
	r.wrote = true
	if err := s.cfg.Roster.Wait(r.ctx, at.Seq); err != nil {
		return at, err
	}
	return at, s.cfg.Index.Wait(r.ctx, r.tenant, at.Seq)
}

// attempts bounds how often a change is planned again because others changed
// the same thing meanwhile.
const attempts = 64

// A plan makes a transaction from what a view shows. It returns nil if there is
// nothing to change. It may be called several times.
type plan func(view stream.View) (*stream.Tx, error)

// errDirectoryChanged: the request was read by what the directory was.
var errDirectoryChanged = errors.New("the directory changed meanwhile")

func errCrowd() *Error { return errBusy("Too many others change this resource at the same time.") }

// change plans a transaction and commits it, again on a new view each time a
// precondition did not hold. It returns the zero Commit if there was nothing to
// change, and errDirectoryChanged if the directory did and the request has
// written nothing yet.
func (r *request) change(p plan) (stream.Commit, error) {
	at, err := r.changeOnce(p)
	conflict, ok := errors.AsType[*stream.ConflictError](err)
	if !ok {
		return at, err
	}
	if err := r.service.turns.take(r.ctx, conflict.Key); err != nil {
		return stream.Commit{}, err
	}
	defer r.service.turns.give(conflict.Key)
	for range attempts {
		if conflict.Key == r.dirCheck.Key {
			if !r.wrote {
				return stream.Commit{}, errDirectoryChanged
			}
			if err := r.loadDirectory(r.dir.ID); err != nil {
				return stream.Commit{}, err
			}
		}
		at, err = r.changeOnce(p)
		if conflict, ok = errors.AsType[*stream.ConflictError](err); !ok {
			return at, err
		}
	}
	return stream.Commit{}, errCrowd()
}

func (r *request) changeOnce(p plan) (stream.Commit, error) {
	view, err := r.service.cfg.Log.View()
	if err != nil {
		return stream.Commit{}, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	tx, err := p(view)
	if err != nil || tx == nil {
		return stream.Commit{}, err
	}
	return r.commit(*tx)
}

// turns lets those who lost a conflict try again one after the other, so that
// a crowd that changes one resource takes as many transactions as it has
// requests and not their square. Nothing depends on it but speed: what may
// happen is for the log to decide.
type turns struct {
	seed  maphash.Seed
	doors [64]chan struct{} // a key's door holds one token while somebody has the turn
}

func newTurns() *turns {
	t := &turns{seed: maphash.MakeSeed()}
	for i := range t.doors {
		t.doors[i] = make(chan struct{}, 1)
	}
	return t
}

// take waits for the turn of a key. The caller must give it back.
func (t *turns) take(ctx context.Context, key string) error {
	select {
	case t.door(key) <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *turns) give(key string) { <-t.door(key) }

func (t *turns) door(key string) chan struct{} {
	return t.doors[maphash.String(t.seed, key)%uint64(len(t.doors))]
}
