package pebblelog

import (
	"context"
	"strings"
	"time"

	"github.com/ringdex/ringdex/stream"
)

// A pending is a transaction on its way through the applier. Its committer
// prepares it and hands it over; the applier owns it until it sends outcome.
type pending struct {
	tx      stream.Tx
	keys    string       // the state keys of puts, deletes, checks and absent, in this order
	ends    []int        // where each of them ends in keys
	values  [][]byte     // of puts, as stored, not yet stamped
	seen    sighting     // of keys
	outcome chan outcome // holds one
}

// An outcome is what Commit returns.
type outcome struct {
	at  stream.Commit
	err error
}

// key returns the i-th state key, counted over puts, deletes, checks, absent.
func (p *pending) key(i int) string {
	if i == 0 {
		return p.keys[:p.ends[0]]
	}
	return p.keys[p.ends[i-1]:p.ends[i]]
}

// bytes returns about what p adds to a batch.
func (p *pending) bytes() int {
	n := len(p.keys)
	for _, v := range p.values {
		n += len(v)
	}
	return n
}

// prepare does the work for a transaction that needs no order: the keys, their
// versions of late, and the compression of the values.
func (l *Log) prepare(tx stream.Tx) (*pending, error) {
	n := len(tx.Puts) + len(tx.Deletes) + len(tx.Checks) + len(tx.Absent)
	p := &pending{tx: tx, ends: make([]int, 0, n), values: make([][]byte, len(tx.Puts)), outcome: make(chan outcome, 1)}
	var keys strings.Builder
	add := func(key string) {
		keys.WriteByte(statePrefix)
		keys.WriteString(tx.Tenant)
		keys.WriteByte(0)
		keys.WriteString(key)
		p.ends = append(p.ends, keys.Len())
	}
	for i, put := range tx.Puts {
		add(put.Key)
		p.values[i] = l.codec.encode(put.Value)
	}
	for _, key := range tx.Deletes {
		add(key)
	}
	for _, c := range tx.Checks {
		add(c.Key)
	}
	for _, key := range tx.Absent {
		add(key)
	}
	p.keys = keys.String()
	return p, l.sight(p)
}

// Commit implements stream.Log. It returns ErrUndecided when the disk gives no
// answer in five seconds, and what Err returns once the log has stopped; in
// both cases the transaction may or may not be applied. ErrConflict is
// answered no earlier than the transaction that stands in the way is durable.
func (l *Log) Commit(ctx context.Context, tx stream.Tx) (stream.Commit, error) {
	if ctx.Err() != nil {
		return stream.Commit{}, context.Cause(ctx)
	}
	if err := tx.Validate(); err != nil {
		return stream.Commit{}, err
	}
	p, err := l.prepare(tx)
	if err != nil {
		return stream.Commit{}, err
	}
	timer := time.NewTimer(l.cfg.patience)
	defer timer.Stop()
	select {
	case l.queue <- p:
	case <-l.exited:
		return stream.Commit{}, l.cause()
	case <-ctx.Done():
		return stream.Commit{}, context.Cause(ctx)
	case <-timer.C:
		return stream.Commit{}, ErrUndecided
	}
	select {
	case o := <-p.outcome:
		return o.at, o.err
	case <-l.exited:
		return l.lastWord(p)
	case <-ctx.Done():
		return stream.Commit{}, context.Cause(ctx)
	case <-timer.C:
		return stream.Commit{}, ErrUndecided
	}
}

// lastWord returns the outcome of a transaction that was queued when the
// applier ended. One that came too late for the applier was not applied.
func (l *Log) lastWord(p *pending) (stream.Commit, error) {
	select {
	case o := <-p.outcome:
		return o.at, o.err
	default:
		return stream.Commit{}, l.cause()
	}
}

// cause returns why the applier has ended.
func (l *Log) cause() error {
	if err := l.health.err(); err != nil {
		return err
	}
	return stream.ErrClosed
}
