package hub

import (
	"bytes"
	"slices"
)

// A SyncState is how the presence of one directory is kept current.
type SyncState struct {
	Directory string
	Fragment  []byte // a JSON object, as given to Space.SetSync; shared, read-only

	changed uint64 // offset of the last change
	over    bool   // the directory has no source any more: told to who looks on, not to who comes
}

// maxOver bounds the directories of a tenant that are remembered to have no
// source any more, for whoever has not been told yet.
const maxOver = 256

// SetSync says how the presence of a directory is kept current, and tells
// everybody who looks at anything of the tenant, the newest state once.
// fragment is a JSON object; the space keeps it and shares it with watchers, so
// the caller must not change it. over says that the directory has no source any
// more: whoever comes later is not told of it. What was said before already is
// no news.
func (s *Space) SetSync(directory string, fragment []byte, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[topicKey{kind: Sync}]
	i := -1
	if t != nil {
		i = slices.IndexFunc(t.syncs, func(c SyncState) bool { return c.Directory == directory })
	}
	switch {
	case i < 0 && over:
		return
	case i >= 0 && t.syncs[i].over == over && bytes.Equal(t.syncs[i].Fragment, fragment):
		return
	}
	s.offset++
	t = s.topic(topicKey{kind: Sync})
	if i >= 0 {
		t.syncs = slices.Delete(t.syncs, i, i+1)
	}
	t.syncs = append(t.syncs, SyncState{Directory: directory, Fragment: fragment, changed: s.offset, over: over})
	t.forgetOver()
	t.touch(Both)
}

// forgetOver drops the longest known of the directories that are over when
// there are too many of them.
func (t *topic) forgetOver() {
	over := 0
	for _, c := range t.syncs {
		if c.over {
			over++
		}
	}
	if over > maxOver {
		first := slices.IndexFunc(t.syncs, func(c SyncState) bool { return c.over })
		t.syncs = slices.Delete(t.syncs, first, first+1)
	}
}

// syncsAfter returns the states that changed after from; with reset, of each
// directory that has a source.
func (t *topic) syncsAfter(from uint64, reset bool) []SyncState {
	var out []SyncState
	for _, c := range t.syncs {
		if reset && !c.over || !reset && c.changed > from {
			out = append(out, c)
		}
	}
	return out
}

// addSyncs puts beside an answer for who polls how the presence of the
// tenant's directories is kept current, as far as that is new. The caller
// holds the space's lock, for reading at least.
func (s *Space) addSyncs(d *Delta, after Position) {
	t := s.topics[topicKey{kind: Sync}]
	if t == nil {
		return
	}
	d.Syncs = t.syncsAfter(after.Offset, d.Reset)
	d.To.Offset = max(d.To.Offset, t.rev.Load())
}
