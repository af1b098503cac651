package index

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/index/checkpoint"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// restore fills the tenant from its checkpoint, as of the place it returns; what
// the view has behind that is still to be replayed. It returns an error of
// package checkpoint, or errPast, if there is none that fits the view; the
// tenant is then as it was.
func (t *tenant) restore(ctx context.Context, view stream.View) (stream.Seq, error) {
	if t.index.cfg.CheckpointDir == "" {
		return 0, checkpoint.ErrNone
	}
	r, err := checkpoint.Open(t.index.checkpointPath(t.id), t.index.program)
	if err != nil {
		return 0, err
	}
	defer r.Close() //nolint:errcheck // was only read
	state, err := t.readState(r, view)
	if err != nil {
		return 0, err
	}
	b := newBuilder(t)
	if err := b.restore(ctx, r, state); err != nil {
		return 0, err
	}
	t.builder = b
	t.saved = &saved{state.At, time.Now()}
	return state.At, nil
}

// errPast is returned for a checkpoint of another log, or of this one before it
// was put back to an earlier state.
var errPast = errors.New("checkpoint of another past")

func (t *tenant) readState(r *checkpoint.Reader, view stream.View) (savedState, error) {
	var state savedState
	text, err := r.Section("state")
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return state, fmt.Errorf("%w: %w", checkpoint.ErrDamaged, err)
	}
	born, err := bornIn(view, t.id)
	if err != nil {
		return state, err
	}
	if state.Tenant != t.id || state.Born.Seq != born.Seq || !state.Born.Time.Equal(born.Time) || state.At > view.Seq() {
		return state, errPast
	}
	return state, nil
}

// restore fills a new builder.
func (b *builder) restore(ctx context.Context, r *checkpoint.Reader, state savedState) error {
	text, err := r.Section("absent")
	if err != nil {
		return err
	}
	next := *b.base
	next.seq = state.Seq
	next.directories = map[string]contact.Directory{}
	for _, d := range state.Directories {
		next.directories[d.ID] = d
	}
	g, _ := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	g.Go(func() error { return next.entries.restore(r) })
	for _, part := range next.parts() {
		g.Go(func() error { return r.Read(part.name, part.decode) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	b.absent = decodeAbsent(string(text))
	b.next = next.entries.len()
	for doc := b.next; doc > 0; doc-- {
		if next.entries.at(doc-1) == "" {
			b.free = append(b.free, doc-1)
		}
	}
	b.base = &next
	return nil
}

// decodeAbsent decodes what encodeAbsent wrote, which its checksum vouches for.
func decodeAbsent(text string) map[member][]contact.ID {
	absent := map[member][]contact.ID{}
	for in := (reader{text}); in.rest != ""; {
		m := member{in.text(), in.text()}
		groups := make([]contact.ID, in.uvarint())
		for i := range groups {
			groups[i] = contact.ID(in.text())
		}
		absent[m] = groups
	}
	return absent
}

// restore fills an empty table.
func (t *table) restore(r *checkpoint.Reader) error {
	lengths, err := r.Section("lengths")
	if err != nil {
		return err
	}
	if len(lengths)%(4*chunkLen) != 0 {
		return fmt.Errorf("%w: lengths", checkpoint.ErrDamaged)
	}
	for len(lengths) > 0 {
		doc := t.len()
		block, err := r.Section(blockName(doc))
		if err != nil {
			return err
		}
		// Nobody changes the block, and the records are all that points to it.
		rest := unsafe.String(unsafe.SliceData(block), len(block))
		for ; len(lengths) > 0 && t.len() < doc+blockDocs; lengths = lengths[4*chunkLen:] {
			c := new(chunk)
			for i := range c {
				n := binary.LittleEndian.Uint32(lengths[4*i:])
				if int(n) > len(rest) {
					return fmt.Errorf("%w: %s is short", checkpoint.ErrDamaged, blockName(doc))
				}
				c[i], rest = record(rest[:n]), rest[n:]
			}
			t.chunks = append(t.chunks, c)
		}
	}
	return nil
}

// replay applies to restored tenants what the log has behind the places of their
// checkpoints, up to the view.
func (x *Index) replay(ctx context.Context, restored map[string]stream.Seq, until stream.Seq) error {
	from := until
	for _, at := range restored {
		from = min(from, at)
	}
	if from == until {
		return nil
	}
	caughtUp := errors.New("caught up")
	err := x.log.Follow(ctx, from, func(rec stream.Record) error {
		if at, ok := restored[rec.Tenant]; ok && rec.Seq > at && rec.Seq <= until {
			if err := x.tenants[rec.Tenant].replay(rec); err != nil {
				return err
			}
		}
		if rec.Seq >= until {
			return caughtUp
		}
		return nil
	})
	if errors.Is(err, caughtUp) {
		return nil
	}
	return err
}

// replay applies a record, and builds now and then so that changes that come
// together are built together.
func (t *tenant) replay(rec stream.Record) error {
	if err := t.builder.apply(rec); err != nil {
		return err
	}
	if len(t.builder.pending) >= batchMax {
		t.builder.buildAll(rec.Seq)
	}
	return nil
}

// sweep removes checkpoints of tenants that are gone, and what was not finished.
func (x *Index) sweep() error {
	if x.cfg.CheckpointDir == "" {
		return nil
	}
	list, err := os.ReadDir(x.cfg.CheckpointDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, file := range list {
		id, ok := strings.CutSuffix(file.Name(), checkpointSuffix)
		if _, known := x.tenants[id]; ok && known {
			continue
		}
		if err := os.Remove(filepath.Join(x.cfg.CheckpointDir, file.Name())); err != nil {
			return err
		}
	}
	return nil
}
