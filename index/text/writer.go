package text

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	bleve "github.com/blevesearch/bleve_index_api"
)

// maxUnpersisted is how many batches may be searchable but not yet on disk. It
// bounds the segments that a search reads, and the memory they take.
const maxUnpersisted = 8

// stallAfter is how long the disk may keep the writer waiting before the
// operator is told.
const stallAfter = 10 * time.Second

// Run writes what Put and Delete noted until ctx ends or Close is called, and
// returns when it has stopped: nil then, an error if Bleve could not write,
// ErrRunning if Run was called before, ErrClosed after Close.
//
// A change is searchable within a second of Put as long as fewer than 5,000
// documents a second are put; in a larger load, when its turn has come.
func (x *Index) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := x.start(cancel); err != nil {
		return err
	}
	defer close(x.stopped)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-x.wake:
		}
		for x.gather(ctx) {
			if err := x.writeNext(ctx); err != nil {
				return fmt.Errorf("write text index: %w", err)
			}
		}
	}
}

// gather lets the change that waits longest be FlushEvery old, so that others
// join it, unless a whole batch waits or somebody is in a hurry. It does so
// before every batch: to write whatever came while the last one was written
// makes ever smaller batches of a steady load, and each is a segment that is
// merged again. It returns false if nothing waits or ctx ends.
func (x *Index) gather(ctx context.Context) bool {
	waiting, since := x.backlog.waits()
	if waiting == 0 {
		return false
	}
	left := x.cfg.FlushEvery - time.Since(since)
	if left <= 0 || waiting >= x.cfg.BatchSize {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.hurry:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// writeNext writes a batch of what waits, once the disk has room for it.
func (x *Index) writeNext(ctx context.Context) error {
	if !x.awaitDisk(ctx) {
		return nil
	}
	if err := x.write(x.backlog.take(x.cfg.BatchSize)); err != nil {
		return err
	}
	x.backlog.settle()
	return nil
}

// awaitDisk takes one of the places for unpersisted batches. It returns false
// if ctx ends first.
func (x *Index) awaitDisk(ctx context.Context) bool {
	timer := time.NewTimer(stallAfter)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case x.unpersisted <- struct{}{}:
			return true
		case <-timer.C:
			x.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "text index waits for its disk", slog.String("dir", x.dir))
		case <-ctx.Done():
		}
	}
	return false
}

// write makes changes searchable. Its place among the unpersisted batches is
// given back when Bleve has them on disk.
func (x *Index) write(changes []change) error {
	batch := bleve.NewBatch()
	for i := range changes {
		c := &changes[i]
		if c.doc == nil {
			batch.Delete(string(c.tag) + c.id)
			continue
		}
		batch.Update(bleveDocument(c.tag, c.doc))
	}
	batch.SetPersistedCallback(func(error) { <-x.unpersisted })
	return x.engine.Batch(batch)
}

// Flush returns when everything put or deleted before the call is searchable.
// It returns ctx's error if ctx ends first, and ErrClosed when Run has ended or
// the index is closed before all was written. Before Run it waits.
func (x *Index) Flush(ctx context.Context) error {
	place := x.backlog.end()
	for {
		ok, moved := x.backlog.settled(place)
		if ok {
			return nil
		}
		poke(x.hurry)
		select {
		case <-moved:
		case <-x.stopped:
			if ok, _ := x.backlog.settled(place); ok {
				return nil
			}
			return ErrClosed
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// poke fills a channel of one place, so that its reader looks again.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
