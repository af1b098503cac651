package pebblelog

import (
	"errors"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ringdex/ringdex/stream"
)

// A sighting is what a committer has found out about its keys before it
// queued: the version of each as of one durable state. Committers read in
// parallel what the applier would have to read alone.
type sighting struct {
	at       stream.Seq   // the state's place
	versions []stream.Seq // by index of the key; 0 for a key that does not exist
}

// sight finds out the versions of p's keys: reads those of keys that may exist,
// unless one was read not long ago.
func (l *Log) sight(p *pending) error {
	st, err := l.present()
	if err != nil {
		return err
	}
	defer func() { _ = st.release() }() // has no error while the log holds its own use
	p.seen = sighting{at: st.meta.applied, versions: make([]stream.Seq, len(p.ends))}
	f := l.filter.Load() // not before the state: it knows of everything that the state shows
	var known map[string]stream.Seq
	for i := range p.ends {
		key := p.key(i)
		if f != nil && f.absent(key) {
			continue
		}
		if p.seen.familiar(&l.familiar, i, key) {
			continue
		}
		v, ok := known[key] // a key is checked and then put
		if !ok {
			if v, err = readVersion(st.snap, key); err != nil {
				return l.health.found(err)
			}
			if known == nil {
				known = make(map[string]stream.Seq, len(p.ends)-i)
			}
			known[key] = v
			if i >= len(p.tx.Puts)+len(p.tx.Deletes) {
				l.familiar.put(key, v, st.meta.applied)
			}
		}
		p.seen.versions[i] = v
	}
	return nil
}

// familiar takes the version of the i-th key from what was read before, if it
// was. The sighting is then no newer than that.
func (s *sighting) familiar(from *familiar, i int, key string) bool {
	k := from.get(key)
	if k == nil {
		return false
	}
	s.versions[i], s.at = k.version, min(s.at, k.at)
	return true
}

// A familiar holds versions of keys that are likely to be asked for again: what
// was read in a view, which a change of it comes behind, and what was checked, as
// a directory is by everything that is written in it. What it holds is as of a
// place; a sighting that makes use of it is as of that place as well, and the
// applier brings it up to date. So nothing is ever taken out when a key is
// written: what is too old to be brought up to date is read anew.
type familiar struct {
	floor atomic.Uint64 // the recent's; moved by the applier
	slots [familiarKeys]atomic.Pointer[familiarKey]
}

const familiarKeys = 4096 // some hundred kilobytes

// A familiarKey never changes.
type familiarKey struct {
	key     string
	version stream.Seq
	at      stream.Seq // the place as of which it has that version
}

func (f *familiar) slot(key string) *atomic.Pointer[familiarKey] {
	return &f.slots[checksum([]byte(key))%familiarKeys]
}

// get returns what is known of a key, nil if that is nothing or too old.
func (f *familiar) get(key string) *familiarKey {
	if k := f.slot(key).Load(); k != nil && k.key == key && f.isNew(k) {
		return k
	}
	return nil
}

// put notes the version of a key as of a place. Another key may lose its slot.
func (f *familiar) put(key string, version, at stream.Seq) {
	if k := (&familiarKey{key, version, at}); f.isNew(k) {
		f.slot(key).Store(k)
	}
}

func (f *familiar) isNew(k *familiarKey) bool { return uint64(k.at) >= f.floor.Load() }

// readVersion returns the version of a state key, 0 if it does not exist.
func readVersion(from pebble.Reader, key string) (stream.Seq, error) {
	var buf [128]byte // most keys fit, and then nothing is allocated
	stored, closer, err := from.Get(append(buf[:0], key...))
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, storageError(err)
	}
	defer func() { _ = closer.Close() }() // gives back memory; it has no error to tell
	return storedSeq(stored)
}

// recentKeys is how many keys each half of a recent holds before it ages.
const recentKeys = 16384 // some megabytes

// A recent holds the versions of the keys that were written lately, so that a
// sighting made not long ago can be brought up to date without reading. It
// covers every transaction behind floor, in two halves, the elder of which is
// dropped when the younger is full. It belongs to the applier.
type recent struct {
	limit int                   // keys in a half
	young map[string]stream.Seq // written behind split; 0 for a deleted key
	old   map[string]stream.Seq // written behind floor, up to split
	floor stream.Seq
	split stream.Seq
}

func newRecent(limit int, applied stream.Seq) recent {
	return recent{limit: limit, young: make(map[string]stream.Seq), old: make(map[string]stream.Seq), floor: applied, split: applied}
}

// wrote notes that a key has the version v since now.
func (r *recent) wrote(key string, v stream.Seq) { r.young[key] = v }

// version returns the version of a key that was written behind floor.
func (r *recent) version(key string) (stream.Seq, bool) {
	v, ok := r.young[key]
	if !ok {
		v, ok = r.old[key]
	}
	return v, ok
}

// age makes room. applied is the place up to which writes were noted.
func (r *recent) age(applied stream.Seq) {
	if len(r.young) < r.limit {
		return
	}
	r.young, r.old = r.old, r.young
	clear(r.young)
	r.floor, r.split = r.split, applied
}
