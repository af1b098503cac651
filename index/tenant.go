package index

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

const (
	// mergesMax is how many merges of a tenant go on at once: of each of its
	// structures a long one and a short one of what came meanwhile.
	mergesMax = 12
	feedLen   = 1024    // records that wait for a tenant before the follower does
	batchMax  = 512     // records applied before a snapshot is published
	loadBatch = 1 << 15 // users derived in parallel while loading
	loadBuild = 1 << 20 // users built at once while loading: more take less time, and several kilobytes each
)

// A tenant is the index of one tenant.
type tenant struct {
	id      string
	index   *Index
	feed    chan stream.Record
	applied stream.Watermark
	removed atomic.Bool
	current atomic.Pointer[Snapshot] // published by run, read by anyone
	builder *builder                 // owned by load, then by run
	telling telling                  // owned by load, then by run
	failed  bool                     // a record could not be applied; owned by run
	points  chan chan<- point        // who asks run where it is
	saved   *saved                   // the checkpoint; nil for none. Owned by load, then by save
	merges  int                      // that go on; owned by run
	merged  chan merging             // those that are done
}

func newTenant(id string, x *Index) *tenant {
	t := &tenant{id: id, index: x, feed: make(chan stream.Record, feedLen), merged: make(chan merging, mergesMax), points: make(chan chan<- point)}
	t.current.Store(emptySnapshot())
	t.builder = newBuilder(t)
	t.telling.done = make(chan struct{})
	return t
}

// run applies the tenant's records until ctx ends, and merges what they leave
// behind while it goes on with the next.
func (t *tenant) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.follow(ctx, g) })
	return g.Wait()
}

func (t *tenant) follow(ctx context.Context, merges *errgroup.Group) error {
	tell := time.NewTicker(tellEvery)
	defer tell.Stop()
	for {
		t.startMerges(ctx, merges)
		select {
		case <-tell.C:
			if t.tell() {
				tell.Stop()
			}
		case <-ctx.Done():
			return ctx.Err()
		case reply := <-t.points:
			reply <- t.point()
		case m := <-t.merged:
			t.merges--
			t.current.Store(t.builder.finish(m))
		case rec := <-t.feed:
			if err := t.applyFrom(rec); err != nil {
				t.failed = true
				return fmt.Errorf("index tenant: %w", err)
			}
		}
	}
}

// startMerges begins the merges that are due, as many as there may be.
func (t *tenant) startMerges(ctx context.Context, merges *errgroup.Group) {
	for _, m := range t.builder.merges(mergesMax - t.merges) {
		t.merges++
		merges.Go(func() error {
			if err := m.run(ctx); err != nil {
				return err
			}
			t.merged <- m // has room for all
			return nil
		})
	}
}

// applyFrom applies a record and those that wait behind it, and publishes.
func (t *tenant) applyFrom(rec stream.Record) error {
	for n := 1; ; n++ {
		if err := t.builder.apply(rec); err != nil {
			return err
		}
		if n == batchMax {
			break
		}
		select {
		case rec = <-t.feed:
			continue
		default:
		}
		break
	}
	t.publish(rec.Seq, t.index.cfg.Observe)
	return nil
}

// publish makes what the builder gathered visible, and tells observe of it
// before a write counts as visible: whoever asks the observer next must find
// what was acknowledged.
func (t *tenant) publish(seq stream.Seq, observe func(tenant string, changes []Change)) {
	next, changes := t.builder.build(seq)
	t.current.Store(next)
	if len(changes) > 0 {
		observe(t.id, changes)
	}
	t.applied.Advance(seq)
	for _, c := range changes {
		switch {
		case c.After == nil:
			t.index.text.Delete(t.id, string(c.ID))
		case c.texts:
			t.index.text.Put(t.id, c.After.document())
		}
	}
}

// load fills the tenant from a view: with everything, or with what a checkpoint
// does not have.
func (t *tenant) load(ctx context.Context, view stream.View, restored bool) error {
	kinds := []contact.Kind{contact.KindSite, contact.KindRange, contact.KindGroup}
	if !restored {
		t.builder, t.saved = newBuilder(t), nil // whatever was begun
		kinds = append([]contact.Kind{contact.KindDirectory, contact.KindMember}, kinds...)
	}
	for _, kind := range kinds {
		for e, err := range view.Scan(t.id, kind.Prefix(), "") {
			if err != nil {
				return err
			}
			if err := t.builder.change(stream.Change{Key: e.Key, Value: e.Value}, e.Seq); err != nil {
				return err
			}
		}
	}
	if !restored {
		if err := t.loadUsers(ctx, view, contact.KindUser.Prefix()); err != nil {
			return err
		}
	}
	t.current.Store(t.builder.buildAll(view.Seq()))
	t.applied.Advance(view.Seq())
	return nil
}

// loadUsers derives the users under a prefix on all cores and hands them to
// the builder in order.
func (t *tenant) loadUsers(ctx context.Context, view stream.View, prefix string) error {
	batch := make([]stored, 0, loadBatch)
	flush := func() error {
		list, err := t.derive(ctx, batch)
		if err != nil {
			return err
		}
		for _, d := range list {
			t.builder.put(d)
		}
		if batch = batch[:0]; len(t.builder.pending) >= t.index.cfg.loadBuild {
			t.builder.buildAll(view.Seq())
		}
		return nil
	}
	for e, err := range view.Scan(t.id, prefix, "") {
		if err != nil {
			return err
		}
		k, ok := contact.ParseKey(e.Key)
		if !ok {
			continue
		}
		if batch = append(batch, stored{k, e}); len(batch) == loadBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// stored is a user in the log.
type stored struct {
	key contact.Key
	stream.Entry
}

// derive derives stored users in parallel.
func (t *tenant) derive(ctx context.Context, batch []stored) ([]derived, error) {
	out := make([]derived, len(batch))
	workers := runtime.GOMAXPROCS(0)
	g, _ := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(batch); i += workers {
				d, err := t.builder.derive(batch[i].key, batch[i].Value, batch[i].Seq)
				if err != nil {
					return err
				}
				out[i] = d
			}
			return nil
		})
	}
	return out, g.Wait()
}
