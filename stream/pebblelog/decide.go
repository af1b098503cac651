package pebblelog

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ringdex/ringdex/stream"
)

// decide evaluates each transaction against the state and those before it,
// and writes the ones that hold into batch.
func (a *applier) decide(batch *pebble.Batch) error {
	for i, p := range a.group {
		err := a.check(p)
		if err == nil {
			err = a.write(batch, p)
		}
		if _, ok := errors.AsType[*stream.ConflictError](err); ok {
			a.results[i] = outcome{err: err}
			continue
		}
		if err != nil {
			return err
		}
		a.results[i] = outcome{at: stream.Commit{Seq: a.meta.applied, Time: microTime(a.meta.clock)}}
	}
	return nil
}

// check returns a ConflictError if a precondition does not hold.
func (a *applier) check(p *pending) error {
	next := len(p.tx.Puts) + len(p.tx.Deletes)
	for _, c := range p.tx.Checks {
		v, err := a.version(p, next)
		if err != nil {
			return err
		}
		if v != c.Version {
			return &stream.ConflictError{Key: c.Key, Want: c.Version, Version: v}
		}
		next++
	}
	for _, key := range p.tx.Absent {
		v, err := a.version(p, next)
		if err != nil {
			return err
		}
		if v != 0 {
			return &stream.ConflictError{Key: key, Version: v}
		}
		next++
	}
	return nil
}

// version returns the version of p's i-th key as of the group so far. The
// committer's sighting holds unless the key was written since, or the sighting
// is older than what recent covers.
func (a *applier) version(p *pending, i int) (stream.Seq, error) {
	if v, ok := a.recent.version(p.key(i)); ok {
		return v, nil
	}
	if p.seen.at >= a.recent.floor {
		return p.seen.versions[i], nil
	}
	return readVersion(a.log.store.db, p.key(i))
}

// write puts one transaction into batch: its keys and its feed record.
func (a *applier) write(batch *pebble.Batch, p *pending) error {
	a.meta.applied++
	seq := a.meta.applied
	r := record{micros: a.meta.clock, tenant: p.tx.Tenant, changes: make([]change, 0, len(p.tx.Puts)+len(p.tx.Deletes))}
	for i, put := range p.tx.Puts {
		if err := a.put(batch, p, i); err != nil {
			return err
		}
		r.changes = append(r.changes, change{key: put.Key, sum: storedSum(p.values[i])})
	}
	for i, key := range p.tx.Deletes {
		if err := a.delete(batch, p, len(p.tx.Puts)+i); err != nil {
			return err
		}
		r.changes = append(r.changes, change{key: key, deleted: true})
	}
	a.fresh = append(a.fresh, liveRecord(&p.tx, stream.Commit{Seq: seq, Time: microTime(a.meta.clock)}))

	body := r.append(a.scratch[:0])
	a.meta.hash = a.meta.hash.next(seq, body)
	a.scratch = append(body, a.meta.hash[:]...)
	return batch.Set(feedKey(seq), a.scratch, nil)
}

// put sets p's i-th key to its i-th value.
func (a *applier) put(batch *pebble.Batch, p *pending, i int) error {
	v, err := a.version(p, i)
	if err != nil {
		return err
	}
	key, stored := p.key(i), p.values[i]
	if v == 0 {
		a.meta.keys++
		a.wrote(key)
	}
	a.recent.wrote(key, a.meta.applied)
	stamp(stored, a.meta.applied, a.meta.clock)
	op := batch.SetDeferred(len(key), len(stored))
	copy(op.Key, key)
	copy(op.Value, stored)
	return op.Finish()
}

// delete removes p's i-th key, if there is one.
func (a *applier) delete(batch *pebble.Batch, p *pending, i int) error {
	v, err := a.version(p, i)
	if err != nil || v == 0 {
		return err
	}
	a.meta.keys--
	key := p.key(i)
	a.recent.wrote(key, 0)
	op := batch.DeleteDeferred(len(key))
	copy(op.Key, key)
	return op.Finish()
}

// liveRecord returns tx as followers see it. It shares tx's keys and values.
func liveRecord(tx *stream.Tx, at stream.Commit) stream.Record {
	changes := make([]stream.Change, 0, len(tx.Puts)+len(tx.Deletes))
	for _, p := range tx.Puts {
		value := p.Value
		if value == nil {
			value = []byte{} // nil would read as a deletion
		}
		changes = append(changes, stream.Change{Key: p.Key, Value: value})
	}
	for _, key := range tx.Deletes {
		changes = append(changes, stream.Change{Key: key, Deleted: true})
	}
	return stream.Record{Commit: at, Tenant: tx.Tenant, Changes: changes}
}
