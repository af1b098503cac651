package pebblelog

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ringdex/ringdex/stream"
)

// A group is what shares one batch and one fsync. Beyond maxGroup transactions
// or maxGroupBytes a new one begins.
const (
	maxGroup      = 1024
	maxGroupBytes = 8 << 20
	queueLength   = maxGroup
	gatherTurns   = 3
)

// headEvery is how often HEAD is forced to disk: how much a WAL file may take
// with it unseen if it is deleted right after a power cut.
const headEvery = time.Second

// An applier is the one goroutine that writes. It owns every field and the
// store's HEAD; nobody else writes to Pebble.
type applier struct {
	log     *Log
	meta    meta // as of the newest transaction that is durable or in the batch
	recent  recent
	filling *filling // nil: none
	gauge   gauge
	group   []*pending
	results []outcome       // of group, by index
	fresh   []stream.Record // what the group adds to the feed
	scratch []byte          // a feed record while it is made
	trim    stream.Seq      // the next place at which the stored feed is cut
}

// run is the applier's goroutine. Once it decides nothing more, readers go on
// until the log is closed.
func (a *applier) run() {
	l := a.log
	if err := a.work(); err != nil {
		l.health.stop(storageError(err))
		l.ring.end(l.health.err())
	}
	close(l.exited)
	<-l.closing
	l.endErr = a.giveUp()
	close(l.ended)
}

// work applies groups until the log is closed, or cannot go on.
func (a *applier) work() error {
	tick := time.NewTicker(headEvery)
	defer tick.Stop()
	for {
		var err error
		select {
		case p := <-a.log.queue:
			a.gather(p)
			err = a.apply()
		case <-tick.C:
			err = a.log.store.head.sync()
		case <-a.log.health.stopped:
			err = a.log.health.err()
		case <-a.log.closing:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// giveUp releases HEAD, the present state and the store. Views keep theirs.
func (a *applier) giveUp() error {
	if a.filling != nil {
		<-a.filling.done
	}
	err := errors.Join(a.log.store.head.close(), a.log.current.Swap(nil).release(), a.log.store.release())
	if err != nil {
		return fmt.Errorf("close log: %w", storageError(err))
	}
	return nil
}

// gather fills the group with first and what else is queued. A sync costs far
// more than a few turns of the scheduler, so committers that are about to queue
// get those; nobody waits longer for a group to fill, since the next one queues
// up while this one is written.
func (a *applier) gather(first *pending) {
	a.group = append(a.group[:0], first)
	size, turns := first.bytes(), 0
	for len(a.group) < maxGroup && size < maxGroupBytes {
		select {
		case p := <-a.log.queue:
			a.group = append(a.group, p)
			size += p.bytes()
		default:
			if turns == gatherTurns {
				return
			}
			turns++
			runtime.Gosched()
		}
	}
}

// apply decides the group in order, makes it durable, publishes it and answers
// its committers. After an error the log cannot go on.
func (a *applier) apply() error {
	if err := a.log.health.err(); err != nil {
		a.answerAll(outcome{err: err})
		return err
	}
	now := time.Now()
	if a.gauge.full(now) {
		a.answerAll(outcome{err: stream.ErrFull})
		return nil
	}
	a.begin(now)
	a.fill()
	batch := a.log.store.db.NewBatch()
	before := a.meta.applied
	err := a.decide(batch)
	if err == nil && a.meta.applied != before {
		err = a.commit(batch)
	}
	if err != nil {
		// The group may or may not be on disk, and nothing of it was shown.
		a.log.health.stop(storageError(err))
		a.answerAll(outcome{err: a.log.health.err()})
		return err
	}
	_ = batch.Close() // gives back memory; it has no error to tell
	headErr := a.publish(a.meta.applied != before)
	a.answer()
	return headErr
}

// begin resets what belongs to one group and moves the clock, which never
// runs backwards.
func (a *applier) begin(now time.Time) {
	a.recent.age(a.meta.applied)
	a.log.familiar.floor.Store(uint64(a.recent.floor))
	a.fresh = a.fresh[:0]
	a.results = append(a.results[:0], make([]outcome, len(a.group))...)
	a.meta.clock = max(a.meta.clock, now.UnixMicro())
}

// commit makes the batch durable. Pebble panics where it cannot open another
// WAL file; that must stop the log and not the process.
func (a *applier) commit(batch *pebble.Batch) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("storage panicked while writing")
			if cause, ok := r.(error); ok {
				err = fmt.Errorf("storage panicked while writing: %w", &diskError{cause})
			}
		}
	}()
	if err := a.cutFeed(batch); err != nil {
		return err
	}
	if err := batch.Set([]byte(metaKey), a.meta.encode(), nil); err != nil {
		return err
	}
	opts := pebble.Sync
	if a.log.cfg.noSync {
		opts = pebble.NoSync
	}
	if err := batch.Commit(opts); err != nil {
		return err
	}
	return a.log.health.err() // where Pebble reports a failed WAL write
}

// cutFeed lets the stored feed begin later, once an eighth more than it should
// keep has piled up.
func (a *applier) cutFeed(batch *pebble.Batch) error {
	if a.meta.applied < a.trim {
		return nil
	}
	keep := stream.Seq(a.log.cfg.FeedRecords)
	a.trim = a.meta.applied + keep/8 + 1
	if a.meta.applied <= a.meta.base+keep {
		return nil
	}
	// The new base is durable already unless the group is larger than the feed.
	base := a.meta.applied - keep
	value, closer, err := a.log.store.db.Get(feedKey(base))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, hash, err := splitRecord(value)
	_ = closer.Close() // gives back memory; it has no error to tell
	if err != nil {
		return err
	}
	first := a.meta.base + 1
	a.meta.base, a.meta.baseHash = base, hash
	return batch.DeleteRange(feedKey(first), feedKey(base+1), nil)
}

// publish shows the group to readers, waiters and followers. The error is of
// HEAD: the group is durable, but the log must not go on without its check.
func (a *applier) publish(changed bool) error {
	if !changed {
		return nil
	}
	old := a.log.current.Swap(newState(a.log.store, a.log.codec, a.meta))
	err := old.release()
	a.log.ring.push(a.fresh)
	clear(a.fresh) // the ring decides how long records live
	return errors.Join(err, a.log.store.head.write(a.meta.applied, a.meta.hash))
}

// answer tells each committer of the group its own outcome.
func (a *applier) answer() {
	for i, p := range a.group {
		p.outcome <- a.results[i]
	}
	clear(a.group)
}

// answerAll tells every committer of the group the same.
func (a *applier) answerAll(o outcome) {
	for _, p := range a.group {
		p.outcome <- o
	}
	clear(a.group)
}
