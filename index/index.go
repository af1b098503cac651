// Package index answers from memory: who has this number, who is meant by these
// words. It follows a stream.Log and derives everything from what the SCIM side
// wrote there; to the log it writes nothing. What it derived it keeps in a file for
// each tenant, from which the next start goes on (package checkpoint).
//
// Each tenant has an index of its own, and one goroutine that applies that
// tenant's records. It gathers the records that wait, builds the next Snapshot
// and publishes it; a Snapshot never changes afterwards, so any number of
// readers share it without a lock. Numbers and names are in the snapshot that a
// write waits for (Wait); the text index behind it follows within a second.
//
// What is derived: E.164 and extension of every number, under the region of the
// directory; the keys of the matching ladder (package phone); folded names
// (package trie); titles, departments, companies and addresses (package text).
// A number that cannot be parsed is kept as it is and found by it. A snapshot
// holds each contact as one string, a record; an Entry is read from it when it is
// asked for.
//
// Callers are index/lookup (HTTP), the server's live updates, and tests.
package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/index/checkpoint"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/text"
	"github.com/ringdex/ringdex/stream"
)

// ErrNotFound is returned for a contact or group that the tenant does not have.
var ErrNotFound = errors.New("no such contact")

// Config says how an Index is opened.
type Config struct {
	// TextDir is the folder of the text index, which is derived data and wiped
	// at Open; "" for a temporary one.
	TextDir string
	// CheckpointDir is the folder of the checkpoints that make a start fast: a
	// file for each tenant, derived data that may be deleted at any time. Files
	// there that are none are removed. "" for none.
	CheckpointDir string
	// SpareBytes returns how much the checkpoints may take of the disk; nil for
	// all of it.
	SpareBytes func() uint64
	// Observe is told what changed, after it is visible, in order for each
	// tenant. It runs on the tenant's goroutine and must not wait. nil for
	// nobody. What was there at Open is not reported.
	Observe func(tenant string, changes []Change)
	// Logger receives what the administrator of the machine should know.
	Logger *slog.Logger

	loadBuild int // users built at once while loading; 0 is loadBuild
}

// A Change is a contact that came, changed or left. Before is nil for one that
// came, After for one that left; both are shared and must not be changed.
type Change struct {
	ID            contact.ID
	Before, After *Entry

	texts bool // more than the groups changed
}

// An Index holds the contacts of all tenants. Methods are safe for concurrent
// use.
type Index struct {
	log  stream.Log
	cfg  Config
	text *text.Index

	program    checkpoint.Program // zero without checkpoints
	dispatched stream.Watermark   // how far records were handed to the tenants

	mu      sync.RWMutex // guards tenants; held for map work only
	tenants map[string]*tenant
}

// Open builds the index of every tenant from the log and returns when numbers
// and names can be asked for. The caller must Run it and then Close it.
func Open(ctx context.Context, log stream.Log, cfg Config) (*Index, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.loadBuild = cmp.Or(cfg.loadBuild, loadBuild)
	if cfg.Observe == nil {
		cfg.Observe = func(string, []Change) {}
	}
	words, err := text.Open(ctx, text.Config{Dir: cfg.TextDir, Logger: cfg.Logger})
	if err != nil {
		return nil, err
	}
	x := &Index{log: log, cfg: cfg, text: words, tenants: map[string]*tenant{}}
	if cfg.CheckpointDir != "" {
		if x.program, err = checkpoint.ThisProgram(); err != nil {
			cfg.Logger.Warn("no checkpoints of the index: starts will take longer", "error", err)
			x.cfg.CheckpointDir = ""
		}
	}
	if err := x.load(ctx); err != nil {
		return nil, errors.Join(err, words.Close())
	}
	return x, nil
}

// load reads all tenants from one view.
func (x *Index) load(ctx context.Context) error {
	view, err := x.log.View()
	if err != nil {
		return err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	ids := []string{}
	for e, err := range view.Scan(contact.SystemTenant, contact.KindTenant.Prefix(), "") {
		if err != nil {
			return fmt.Errorf("list tenants: %w", err)
		}
		if k, ok := contact.ParseKey(e.Key); ok {
			ids = append(ids, string(k.ID))
		}
	}
	restored := map[string]stream.Seq{}
	for _, id := range ids {
		t := newTenant(id, x)
		x.tenants[id] = t
		at, err := t.restore(ctx, view)
		if err == nil {
			restored[id] = at
		} else if !errors.Is(err, checkpoint.ErrNone) {
			x.cfg.Logger.Info("the index is derived anew from the log", "reason", err)
		}
	}
	if err := x.replay(ctx, restored, view.Seq()); err != nil && !errors.Is(err, stream.ErrTooOld) {
		return fmt.Errorf("replay the log: %w", err)
	} else if err != nil {
		clear(restored)
	}
	for _, id := range ids {
		_, known := restored[id]
		if err := x.tenants[id].load(ctx, view, known); err != nil {
			return fmt.Errorf("build the index: %w", err)
		}
	}
	x.dispatched.Advance(view.Seq())
	return x.sweep()
}

// Run keeps the index current until ctx ends or the log can no longer be
// followed, and returns why.
func (x *Index) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { x.runText(ctx); return nil })
	g.Go(func() error { x.save(ctx); return nil })
	for _, t := range x.all() {
		g.Go(func() error { return t.run(ctx) })
	}
	g.Go(func() error {
		return x.log.Follow(ctx, x.dispatched.Load(), func(rec stream.Record) error {
			return x.dispatch(ctx, g, rec)
		})
	})
	return g.Wait()
}

// runText keeps the text index current. If it fails, say because the disk is
// full, numbers and names go on without it.
func (x *Index) runText(ctx context.Context) {
	if err := x.text.Run(ctx); err != nil && ctx.Err() == nil {
		x.cfg.Logger.Error("the text index has stopped: typing errors and fields are not found until a restart", "error", err)
	}
}

// dispatch hands a record to its tenant. Only Run's follower calls it.
func (x *Index) dispatch(ctx context.Context, g *errgroup.Group, rec stream.Record) error {
	if rec.Tenant == contact.SystemTenant {
		x.dropTenants(rec)
		x.dispatched.Advance(rec.Seq)
		return nil
	}
	t, err := x.tenant(rec.Tenant)
	if err != nil {
		t = newTenant(rec.Tenant, x)
		x.mu.Lock()
		x.tenants[rec.Tenant] = t
		x.mu.Unlock()
		g.Go(func() error { return t.run(ctx) })
	}
	select {
	case t.feed <- rec:
	case <-ctx.Done():
		return ctx.Err()
	}
	x.dispatched.Advance(rec.Seq)
	return nil
}

// dropTenants empties the tenants that a record of the system tenant removes.
// Their keys are deleted from the log afterwards, record by record.
func (x *Index) dropTenants(rec stream.Record) {
	for _, c := range rec.Changes {
		k, ok := contact.ParseKey(c.Key)
		if !ok || !c.Deleted || k.Kind != contact.KindTenant {
			continue
		}
		if t, err := x.tenant(string(k.ID)); err == nil {
			t.removed.Store(true)
			x.forget(t.id)
		}
	}
}

func (x *Index) all() []*tenant {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]*tenant, 0, len(x.tenants))
	for _, t := range x.tenants {
		list = append(list, t)
	}
	return list
}

func (x *Index) tenant(id string) (*tenant, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	t, ok := x.tenants[id]
	if !ok {
		return nil, fmt.Errorf("tenant: %w", ErrNotFound)
	}
	return t, nil
}

// Snapshot returns the present contacts of a tenant. A tenant that has none,
// or does not exist, has an empty one.
func (x *Index) Snapshot(tenant string) *Snapshot {
	t, err := x.tenant(tenant)
	if err != nil || t.removed.Load() {
		return emptySnapshot()
	}
	return t.current.Load()
}

// Wait returns when the tenant's snapshots contain the transaction at seq,
// which must be one of that tenant's.
func (x *Index) Wait(ctx context.Context, tenant string, seq stream.Seq) error {
	if err := x.dispatched.Wait(ctx, seq); err != nil {
		return err
	}
	t, err := x.tenant(tenant)
	if err != nil {
		return nil //nolint:nilerr // a tenant without contacts has nothing to wait for
	}
	return t.applied.Wait(ctx, seq)
}

// Counts returns how many contacts all tenants have together, and how many
// numbers with digits.
func (x *Index) Counts() (contacts, numbers int) {
	for _, t := range x.all() {
		s := t.current.Load()
		contacts += s.Len()
		numbers += s.tails.Len() // one for each number, unlike digits
	}
	return contacts, numbers
}

// Close writes what is left for checkpoints and releases the text index. Run
// must have returned.
func (x *Index) Close() error {
	x.saveAll()
	return x.text.Close()
}
