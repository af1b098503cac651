package dialplan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// A Store keeps the sites and ranges of all tenants in the log. A method that
// changes something returns when lookups show the change. Methods are safe for
// concurrent use: what may not be there twice is claimed by a key of the log,
// and not by a lock.
type Store struct {
	Log stream.Log
	// Visible waits until everybody shows a transaction of a tenant.
	Visible func(ctx context.Context, tenant string, seq stream.Seq) error
}

// Site returns a site, or ErrNotFound.
func (s *Store) Site(tenant, id string) (Site, error) {
	e, err := s.get(tenant, contact.SiteKey(id))
	if err != nil {
		return Site{}, err
	}
	return DecodeSite(e.Value)
}

// Sites lists a tenant's sites by id.
func (s *Store) Sites(tenant string) ([]Site, error) {
	return list(s, tenant, contact.KindSite, DecodeSite)
}

// PutSite makes or replaces a site and returns it as it is stored, and whether
// it is new. It returns a *FieldError, a *TakenError or ErrConflict.
func (s *Store) PutSite(ctx context.Context, tenant string, site Site) (stored Site, created bool, err error) {
	if err := site.normalise(); err != nil {
		return Site{}, false, err
	}
	value, err := json.Marshal(site)
	if err != nil {
		return Site{}, false, err
	}
	r := record{kind: contact.KindSite, id: site.ID, key: contact.SiteKey(site.ID), field: func(i int) string { return fmt.Sprintf("dids[%d]", i) }}
	created, err = s.put(ctx, tenant, r, value, site.DIDs)
	return site, created, err
}

// DeleteSite removes a site. It returns ErrNotFound or ErrConflict.
func (s *Store) DeleteSite(ctx context.Context, tenant, id string) error {
	return s.remove(ctx, tenant, record{kind: contact.KindSite, id: id, key: contact.SiteKey(id)})
}

// Range returns a range, or ErrNotFound.
func (s *Store) Range(tenant, id string) (Range, error) {
	e, err := s.get(tenant, contact.RangeKey(id))
	if err != nil {
		return Range{}, err
	}
	return DecodeRange(e.Value)
}

// Ranges lists a tenant's ranges by id.
func (s *Store) Ranges(tenant string) ([]Range, error) {
	return list(s, tenant, contact.KindRange, DecodeRange)
}

// PutRange makes or replaces a range and returns it as it is stored, and
// whether it is new. It returns a *FieldError, a *TakenError or ErrConflict.
func (s *Store) PutRange(ctx context.Context, tenant string, d RangeDraft) (stored Range, created bool, err error) {
	r, err := newRange(d)
	if err != nil {
		return Range{}, false, err
	}
	value, err := json.Marshal(r)
	if err != nil {
		return Range{}, false, err
	}
	rec := record{kind: contact.KindRange, id: r.ID, key: contact.RangeKey(r.ID), field: func(int) string { return "prefix" }}
	created, err = s.put(ctx, tenant, rec, value, []string{r.Prefix})
	return r, created, err
}

// DeleteRange removes a range. It returns ErrNotFound or ErrConflict.
func (s *Store) DeleteRange(ctx context.Context, tenant, id string) error {
	return s.remove(ctx, tenant, record{kind: contact.KindRange, id: id, key: contact.RangeKey(id)})
}

// A record names one site or range.
type record struct {
	kind  contact.Kind
	id    string
	key   string
	field func(i int) string // names the field of the i-th claim
}

// claims returns what a stored record claims.
func (r record) claims(value []byte) ([]string, error) {
	if r.kind == contact.KindSite {
		site, err := DecodeSite(value)
		return slices.Sorted(slices.Values(site.DIDs)), err
	}
	block, err := DecodeRange(value)
	return []string{block.Prefix}, err
}

func (s *Store) get(tenant, key string) (stream.Entry, error) {
	view, err := s.Log.View()
	if err != nil {
		return stream.Entry{}, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	e, err := view.Get(tenant, key)
	if errors.Is(err, stream.ErrNotFound) {
		return e, ErrNotFound
	}
	return e, err
}

func list[T any](s *Store, tenant string, kind contact.Kind, decode func([]byte) (T, error)) ([]T, error) {
	view, err := s.Log.View()
	if err != nil {
		return nil, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	all := []T{}
	for e, err := range view.Scan(tenant, kind.Prefix(), "") {
		if err != nil {
			return nil, err
		}
		one, err := decode(e.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// attempts is how often a change is tried again that met another change of the
// same record or of the same claims.
const attempts = 4

// put writes a record and what it claims.
func (s *Store) put(ctx context.Context, tenant string, r record, value []byte, claims []string) (created bool, err error) {
	for range attempts {
		old, err := s.get(tenant, r.key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return false, err
		}
		created = err != nil
		tx := stream.Tx{
			Tenant: tenant, Checks: []stream.Check{{Key: r.key, Version: old.Seq}}, Puts: []stream.Put{{Key: r.key, Value: value}},
		}
		if err := r.claim(&tx, old, slices.Sorted(slices.Values(claims))); err != nil {
			return false, err
		}
		if err := s.findTaken(tenant, r, tx.Absent, claims); err != nil {
			return false, err
		}
		if err := s.commit(ctx, tx); !errors.Is(err, ErrConflict) {
			return created, err
		}
	}
	return false, ErrConflict
}

// claim adds to tx the claims that the record gains and loses. claims are in
// ascending order.
func (r record) claim(tx *stream.Tx, old stream.Entry, claims []string) error {
	var had []string
	if old.Seq > 0 {
		var err error
		if had, err = r.claims(old.Value); err != nil {
			return err
		}
	}
	for _, c := range claims {
		if _, kept := slices.BinarySearch(had, c); !kept {
			key := contact.ClaimKey(r.kind, c)
			tx.Absent = append(tx.Absent, key)
			tx.Puts = append(tx.Puts, stream.Put{Key: key, Value: []byte(r.id)})
		}
	}
	for _, c := range had {
		if _, kept := slices.BinarySearch(claims, c); !kept {
			tx.Deletes = append(tx.Deletes, contact.ClaimKey(r.kind, c))
		}
	}
	return nil
}

// findTaken returns a *TakenError if somebody else has one of the claims. It
// serves the words of the refusal; that nobody claims them at the same time the
// log decides.
func (s *Store) findTaken(tenant string, r record, keys, claims []string) error {
	if len(keys) == 0 {
		return nil
	}
	view, err := s.Log.View()
	if err != nil {
		return err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	for _, key := range keys {
		e, err := view.Get(tenant, key)
		if errors.Is(err, stream.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		at := slices.IndexFunc(claims, func(c string) bool { return contact.ClaimKey(r.kind, c) == key })
		return &TakenError{Field: r.field(at), Owner: string(e.Value)}
	}
	return nil
}

func (s *Store) remove(ctx context.Context, tenant string, r record) error {
	old, err := s.get(tenant, r.key)
	if err != nil {
		return err
	}
	tx := stream.Tx{Tenant: tenant, Checks: []stream.Check{{Key: r.key, Version: old.Seq}}, Deletes: []string{r.key}}
	if err := r.claim(&tx, old, nil); err != nil {
		return err
	}
	return s.commit(ctx, tx)
}

func (s *Store) commit(ctx context.Context, tx stream.Tx) error {
	at, err := s.Log.Commit(ctx, tx)
	if errors.Is(err, stream.ErrConflict) {
		return ErrConflict
	}
	if err != nil {
		return err
	}
	return s.Visible(ctx, tx.Tenant, at.Seq)
}
