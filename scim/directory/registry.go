package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

type version = stream.Seq

// Config says how a Registry is opened.
type Config struct {
	// OperatorKey is an admin key of the operator's choice for the default
	// tenant, at least 32 characters; "" for none. It is not stored.
	OperatorKey string
	// ValidRegion tells whether a region ("GB") has a numbering plan. nil
	// accepts two capital letters.
	ValidRegion func(region string) bool
	// Visible waits until everybody else shows a transaction of a tenant, so
	// that a directory that was removed is gone from lookups when the removal
	// is answered. nil does not wait.
	Visible func(ctx context.Context, tenant string, seq stream.Seq) error
	// Revoked is called with the id of each key that ceased to be valid, after
	// it did. nil for nobody.
	Revoked func(keyID string)
	// Logger receives what the administrator of the machine should know.
	Logger *slog.Logger
}

// A Registry knows every tenant, directory and credential. Its methods are
// safe for concurrent use. What they return is the caller's own.
type Registry struct {
	log      stream.Log
	cfg      Config
	operator key.Hash
	now      func() time.Time

	state   atomic.Pointer[state] // published by follow, read by anyone, never changed after Store
	applied stream.Watermark
	sweep   chan struct{} // tells the sweeper that something was removed; holds one
}

// state is everything the registry knows, at one place of the log.
type state struct {
	tenants     map[string]Tenant
	directories map[string]directoryEntry // by directory id, over all tenants
	credentials map[string]*credential    // by key id, over all tenants
	clients     map[string]*client        // by client id, over all tenants
	consents    map[string]consent        // by directory id
	accounts    map[accountKey]account
	webhooks    map[webhookKey]webhook
	removed     map[removedKey]bool
	schemas     map[string][]schema.Registration // by directory id, by URN; the slices never change
	builtin     *schema.Set                      // what a directory without anything of its own knows
}

type directoryEntry struct {
	Directory
	tenant  string
	version version
	types   *schema.Set
}

// removedKey names a directory, or with tenant contact.SystemTenant a tenant,
// whose keys wait for deletion.
type removedKey struct{ tenant, id string }

// Open reads the registry from the log. In an empty log it makes the default
// tenant. The caller must then Run it.
func Open(ctx context.Context, log stream.Log, cfg Config) (*Registry, error) {
	r := &Registry{log: log, cfg: cfg, now: time.Now, sweep: make(chan struct{}, 1)}
	if r.cfg.ValidRegion == nil {
		r.cfg.ValidRegion = func(s string) bool { return len(s) == 2 && s >= "AA" && s <= "ZZ" }
	}
	if r.cfg.Logger == nil {
		r.cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.OperatorKey != "" {
		if len(cfg.OperatorKey) < 32 {
			return nil, &FieldError{"admin key", "must have at least 32 characters"}
		}
		r.operator = key.HashText(cfg.OperatorKey)
	}
	if err := ensureDefaultTenant(ctx, log); err != nil {
		return nil, err
	}
	if err := r.load(); err != nil {
		return nil, err
	}
	return r, nil
}

func ensureDefaultTenant(ctx context.Context, log stream.Log) error {
	value, err := json.Marshal(Tenant{ID: DefaultTenant, Name: "Default"})
	if err != nil {
		return err
	}
	k := contact.TenantKey(DefaultTenant)
	_, err = log.Commit(ctx, stream.Tx{
		Tenant: contact.SystemTenant,
		Absent: []string{k}, Puts: []stream.Put{{Key: k, Value: value}},
	})
	if err != nil && !errors.Is(err, stream.ErrConflict) {
		return fmt.Errorf("make the default tenant: %w", err)
	}
	return nil
}

// load builds the first state from a view of the log.
func (r *Registry) load() error {
	view, err := r.log.View()
	if err != nil {
		return err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	s := &state{
		tenants: map[string]Tenant{}, directories: map[string]directoryEntry{},
		credentials: map[string]*credential{}, clients: map[string]*client{}, removed: map[removedKey]bool{},
		consents: map[string]consent{}, accounts: map[accountKey]account{}, webhooks: map[webhookKey]webhook{},
		schemas: map[string][]schema.Registration{}, builtin: schema.Default(),
	}
	kinds := []contact.Kind{contact.KindTenant, contact.KindRemoved}
	if err := s.scan(view, contact.SystemTenant, kinds); err != nil {
		return err
	}
	kinds = []contact.Kind{contact.KindDirectory, contact.KindSchema, contact.KindCredential, contact.KindClient, contact.KindPresence, contact.KindRemoved}
	for tenant := range s.tenants {
		if err := s.scan(view, tenant, kinds); err != nil {
			return err
		}
	}
	r.state.Store(s)
	r.applied.Advance(view.Seq())
	return nil
}

func (s *state) scan(view stream.View, tenant string, kinds []contact.Kind) error {
	for _, kind := range kinds {
		for e, err := range view.Scan(tenant, kind.Prefix(), "") {
			if err != nil {
				return fmt.Errorf("read the registry: %w", err)
			}
			if err := s.put(tenant, e.Key, e.Value, e.Commit); err != nil {
				return err
			}
		}
	}
	return nil
}

// Run keeps the registry current until ctx ends or the log can no longer be
// followed, and returns why.
func (r *Registry) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.log.Follow(ctx, r.applied.Load(), r.apply) })
	g.Go(func() error { return r.runSweeper(ctx) })
	g.Go(func() error { return r.runUses(ctx) })
	return g.Wait()
}

// apply publishes the state after one record. Only Run's follower calls it.
func (r *Registry) apply(rec stream.Record) error {
	old := r.state.Load()
	if next := old.with(rec); next != nil {
		if err := next.change(rec); err != nil {
			return err
		}
		r.state.Store(next)
		r.announce(old, next)
	}
	r.applied.Advance(rec.Seq)
	return nil
}

// announce tells about the credentials that the new state lacks.
func (r *Registry) announce(old, next *state) {
	if len(next.removed) > 0 {
		select {
		case r.sweep <- struct{}{}:
		default:
		}
	}
	if r.cfg.Revoked == nil {
		return
	}
	for id := range old.credentials {
		if _, ok := next.credentials[id]; !ok {
			r.cfg.Revoked(id)
		}
	}
}

// with returns a copy of s to change, or nil if rec does not concern it:
// almost every record is about people.
func (s *state) with(rec stream.Record) *state {
	for _, c := range rec.Changes {
		switch contact.Kind(c.Key[0]) {
		case contact.KindDirectory, contact.KindCredential, contact.KindClient, contact.KindTenant, contact.KindRemoved, contact.KindSchema,
			contact.KindPresence:
			return &state{
				tenants: maps.Clone(s.tenants), directories: maps.Clone(s.directories),
				credentials: maps.Clone(s.credentials), clients: maps.Clone(s.clients), removed: maps.Clone(s.removed),
				consents: maps.Clone(s.consents), accounts: maps.Clone(s.accounts), webhooks: maps.Clone(s.webhooks), schemas: maps.Clone(s.schemas), builtin: s.builtin,
			}
		}
	}
	return nil
}

func (s *state) change(rec stream.Record) error {
	for _, c := range rec.Changes {
		if c.Deleted {
			s.remove(rec.Tenant, c.Key)
		} else if err := s.put(rec.Tenant, c.Key, c.Value, rec.Commit); err != nil {
			return err
		}
	}
	return nil
}

func (s *state) put(tenant, text string, value []byte, at stream.Commit) error {
	k, ok := contact.ParseKey(text)
	if !ok {
		return nil
	}
	switch k.Kind {
	case contact.KindTenant:
		var t Tenant
		if err := json.Unmarshal(value, &t); err != nil {
			return fmt.Errorf("%w: tenant record: %w", stream.ErrCorrupt, err)
		}
		t.CreatedAt = first(t.CreatedAt, at.Time)
		s.tenants[t.ID] = t
	case contact.KindDirectory:
		var d record
		if err := json.Unmarshal(value, &d); err != nil {
			return fmt.Errorf("%w: directory record: %w", stream.ErrCorrupt, err)
		}
		d.CreatedAt = first(d.CreatedAt, at.Time)
		d.Policies.complete(d.Type)
		s.putDirectory(directoryEntry{Directory: d.Directory, tenant: tenant, version: at.Seq})
	case contact.KindSchema:
		return s.putSchema(tenant, k.Dir, value)
	case contact.KindCredential:
		c := &credential{tenant: tenant, version: at.Seq, usedAt: new(atomic.Int64)}
		if err := json.Unmarshal(value, &c.Credential); err != nil {
			return fmt.Errorf("%w: credential record: %w", stream.ErrCorrupt, err)
		}
		c.CreatedAt = first(c.CreatedAt, at.Time)
		if old, ok := s.credentials[c.ID]; ok {
			c.usedAt = old.usedAt
		} else if !c.LastUsedAt.IsZero() {
			c.usedAt.Store(c.LastUsedAt.Unix() / 3600)
		}
		s.credentials[c.ID] = c
	case contact.KindClient:
		return s.putClient(tenant, value, at)
	case contact.KindPresence:
		if string(k.ID) == microsoft {
			return s.putConsent(tenant, k.Dir, value, at)
		}
		if id, ok := accountID(string(k.ID)); ok {
			return s.putAccount(tenant, k.Dir, id, value, at)
		}
		return s.putWebhook(tenant, k.Dir, string(k.ID), value, at)
	case contact.KindRemoved:
		s.removed[removedKey{tenant, k.Dir}] = true
		if tenant == contact.SystemTenant {
			s.dropTenant(k.Dir)
		}
	}
	return nil
}

func (s *state) remove(tenant, text string) {
	k, ok := contact.ParseKey(text)
	if !ok {
		return
	}
	switch k.Kind {
	case contact.KindTenant:
		delete(s.tenants, string(k.ID))
		s.dropTenant(string(k.ID))
	case contact.KindDirectory:
		delete(s.directories, k.Dir)
		delete(s.schemas, k.Dir)
		s.dropPresence(k.Dir)
	case contact.KindSchema:
		s.removeSchema(k.Dir, string(k.ID))
	case contact.KindCredential:
		delete(s.credentials, string(k.ID))
	case contact.KindClient:
		delete(s.clients, string(k.ID))
	case contact.KindPresence:
		s.removePresence(k.Dir, string(k.ID))
	case contact.KindRemoved:
		delete(s.removed, removedKey{tenant, k.Dir})
	}
}

// dropTenant forgets what a removed tenant owned, before its keys are gone.
func (s *state) dropTenant(id string) {
	for dir, d := range s.directories {
		if d.tenant == id {
			delete(s.directories, dir)
			delete(s.schemas, dir)
			s.dropPresence(dir)
		}
	}
	maps.DeleteFunc(s.credentials, func(_ string, c *credential) bool { return c.tenant == id })
	maps.DeleteFunc(s.clients, func(_ string, c *client) bool { return c.tenant == id })
}

func first(stored, applied time.Time) time.Time {
	if stored.IsZero() {
		return applied
	}
	return stored
}

// commit applies tx and waits until the registry, and everybody, shows it.
func (r *Registry) commit(ctx context.Context, tx stream.Tx) (stream.Commit, error) {
	c, err := r.log.Commit(ctx, tx)
	if errors.Is(err, stream.ErrConflict) {
		return c, ErrConflict
	}
	if err != nil {
		return c, err
	}
	if err := r.applied.Wait(ctx, c.Seq); err != nil || r.cfg.Visible == nil {
		return c, err
	}
	return c, r.cfg.Visible(ctx, tx.Tenant, c.Seq)
}

// Tenants lists all tenants, by id.
func (r *Registry) Tenants() []Tenant {
	return slices.SortedFunc(maps.Values(r.state.Load().tenants), func(a, b Tenant) int { return strings.Compare(a.ID, b.ID) })
}
