package index

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/ringdex/ringdex/index/checkpoint"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/trie"
	"github.com/ringdex/ringdex/stream"
)

// A checkpoint of a tenant is its snapshot at a place of the log, written while
// the next ones come, and read at a start instead of deriving everything anew:
//
//	state         savedState, as JSON
//	absent        the groups of members who have no record: directory, id, how many, each; texts as in a record
//	lengths       of the record of each document, 4 bytes
//	records 0 …   the records of blockDocs documents each, one behind the other
//	ids … keypad  the structures, as package trie encodes them
//
// What changed behind that place is read from the feed of the log. Groups,
// sites and ranges are few and read from the log as they are now.

const (
	checkpointSuffix = ".index"

	saveEvery   = 20 * time.Second // how often it is looked whether a tenant should be saved
	saveAfter   = 20_000           // transactions, or an eighth of the contacts if these are more
	saveAtLeast = time.Hour        // so that who was removed does not stay in a file for long
	blockDocs   = 16 * chunkLen    // documents whose records are one section
)

// savedState says what a checkpoint is of.
type savedState struct {
	Tenant      string              `json:"tenant"`
	Born        birth               `json:"born"`
	At          stream.Seq          `json:"at"`
	Seq         stream.Seq          `json:"seq"` // of the snapshot
	Directories []contact.Directory `json:"directories"`
}

// birth is when and where in the log a tenant was made: no other log has the
// same.
type birth struct {
	Seq  stream.Seq `json:"seq"`
	Time time.Time  `json:"time"`
}

// checkpointPath returns the file of a tenant, whose ids are fit for one.
func (x *Index) checkpointPath(tenant string) string {
	return filepath.Join(x.cfg.CheckpointDir, tenant+checkpointSuffix)
}

// save writes checkpoints while the index runs: of tenants that had to be
// derived at the start, and of those of which much has changed.
func (x *Index) save(ctx context.Context) {
	if x.cfg.CheckpointDir == "" {
		return
	}
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		for _, t := range x.all() {
			if !t.stale(x.dispatched.Load()) {
				continue
			}
			reply := make(chan point, 1)
			select {
			case t.points <- reply:
				x.saveOne(t, <-reply)
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// A saved is a checkpoint that there is: its place in the log, and when it was
// written or read.
type saved struct {
	at   stream.Seq
	when time.Time
}

// stale tells whether the tenant should be saved, when the log is at a place.
func (t *tenant) stale(at stream.Seq) bool {
	s := t.current.Load()
	return t.saved == nil || at-t.saved.at > stream.Seq(max(saveAfter, s.Len()/8)) || s.seq > t.saved.at && time.Since(t.saved.when) > saveAtLeast
}

// forget removes the checkpoint of a tenant that is gone.
func (x *Index) forget(tenant string) {
	if x.cfg.CheckpointDir == "" {
		return
	}
	if err := os.Remove(x.checkpointPath(tenant)); err != nil && !errors.Is(err, os.ErrNotExist) {
		x.cfg.Logger.Error("the checkpoint of a removed tenant stays until the next start", "error", err)
	}
}

// saveAll writes what changed since the last checkpoints. Run must have
// returned.
func (x *Index) saveAll() {
	if x.cfg.CheckpointDir == "" {
		return
	}
	for _, t := range x.all() {
		if p := t.point(); !t.failed && (t.saved == nil || p.at > t.saved.at) {
			x.saveOne(t, p)
		}
	}
}

// A point is a tenant at a place of the log: at, up to which it is complete.
type point struct {
	snapshot *Snapshot
	absent   map[member][]contact.ID
	at       stream.Seq
}

// point returns where the tenant is. It belongs to whoever owns the builder.
func (t *tenant) point() point {
	at := t.index.dispatched.Load() // what was handed over up to there waits in feed, or is applied
	s := t.current.Load()
	if len(t.feed) > 0 {
		at = 0
	}
	return point{s, maps.Clone(t.builder.absent), max(at, s.seq)}
}

// saveOne writes the checkpoint of a tenant. If it cannot, the one before
// stays, and the next start takes longer.
func (x *Index) saveOne(t *tenant, p point) {
	if t.removed.Load() {
		return
	}
	need := p.snapshot.savedBytes()
	if x.cfg.SpareBytes != nil && x.cfg.SpareBytes() < need {
		x.cfg.Logger.Warn("no checkpoint of the index, too little free disk: the next start will take longer", "needs_bytes", need)
		return
	}
	begun := time.Now()
	if err := t.write(x.checkpointPath(t.id), p); err != nil {
		x.cfg.Logger.Warn("no checkpoint of the index: the next start will take longer", "error", err)
		return
	}
	t.saved = &saved{p.at, begun}
	if t.removed.Load() {
		x.forget(t.id)
	}
	x.cfg.Logger.Debug("checkpoint of the index", "contacts", p.snapshot.Len(), "took", time.Since(begun))
}

// savedBytes is more than a checkpoint of s takes.
func (s *Snapshot) savedBytes() uint64 {
	n := uint64(0)
	for _, r := range s.entries.all {
		n += uint64(len(r))
	}
	return 1<<20 + 3*n
}

// write writes a checkpoint to a file.
func (t *tenant) write(path string, p point) error {
	state := savedState{Tenant: t.id, At: p.at, Seq: p.snapshot.seq}
	for _, d := range p.snapshot.directories {
		state.Directories = append(state.Directories, d)
	}
	var err error
	if state.Born, err = t.born(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	w, err := checkpoint.Create(path, t.index.program)
	if err != nil {
		return err
	}
	if err := writeSections(w, state, p); err != nil {
		return errors.Join(err, w.Discard())
	}
	return w.Finish()
}

// born returns when the tenant was made.
func (t *tenant) born() (birth, error) {
	view, err := t.index.log.View()
	if err != nil {
		return birth{}, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	return bornIn(view, t.id)
}

func bornIn(view stream.View, tenant string) (birth, error) {
	e, err := view.Get(contact.SystemTenant, contact.TenantKey(tenant))
	return birth{e.Seq, e.Time}, err
}

func writeSections(w *checkpoint.Writer, state savedState, p point) error {
	w.Begin("state")
	if err := json.NewEncoder(w).Encode(state); err != nil {
		return err
	}
	w.Begin("absent")
	if _, err := w.Write(encodeAbsent(p.absent)); err != nil {
		return err
	}
	if err := writeRecords(w, &p.snapshot.entries); err != nil {
		return err
	}
	for _, part := range p.snapshot.parts() {
		w.Begin(part.name)
		if err := part.encode(w); err != nil {
			return err
		}
	}
	return nil
}

// encodeAbsent encodes the groups of members who have no record.
func encodeAbsent(absent map[member][]contact.ID) []byte {
	var dst []byte
	for m, groups := range absent {
		dst = appendText(appendText(dst, m.dir), m.id)
		dst = binary.AppendUvarint(dst, uint64(len(groups)))
		for _, id := range groups {
			dst = appendText(dst, string(id))
		}
	}
	return dst
}

func writeRecords(w *checkpoint.Writer, t *table) error {
	w.Begin("lengths")
	var lengths [4 * chunkLen]byte
	for _, c := range t.chunks {
		for i, r := range c {
			binary.LittleEndian.PutUint32(lengths[4*i:], uint32(len(r)))
		}
		if _, err := w.Write(lengths[:]); err != nil {
			return err
		}
	}
	for doc := trie.Doc(0); doc < t.len(); doc++ {
		if doc%blockDocs == 0 {
			w.Begin(blockName(doc))
		}
		if _, err := io.WriteString(w, string(t.at(doc))); err != nil {
			return err
		}
	}
	return nil
}

func blockName(doc trie.Doc) string { return fmt.Sprintf("records %d", doc/blockDocs) }
