package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/stream"
)

// microsoft is the one provider of presence that gives consents.
const microsoft = "microsoft"

// A Consent is what the administrator of a Microsoft tenant allowed a
// directory: to read presence. It is kept after access was removed, as the
// record of that and of what remains at Microsoft's side.
type Consent struct {
	Tenant          string    `json:"-"`
	DirectoryID     string    `json:"-"`
	App             string    `json:"app,omitempty"` // name of the operator's app registration that it is for; "" is the one without a name
	MicrosoftTenant string    `json:"microsoftTenant"`
	GrantedBy       string    `json:"grantedBy"` // id of the admin key
	GrantedAt       time.Time `json:"grantedAt,omitzero"`
	Removed         bool      `json:"removed,omitempty"` // access was removed here
	RemovedAt       time.Time `json:"removedAt,omitzero"`
	Gone            bool      `json:"gone,omitempty"` // … and at Microsoft's side
	GoneAt          time.Time `json:"goneAt,omitzero"`
}

// consent is a Consent with the version of its record.
type consent struct {
	Consent
	version version
}

// putConsent enters a consent. Each time in it is that of the transaction that
// first said so. What a removed directory left behind is passed over.
func (s *state) putConsent(tenant, dir string, value []byte, at stream.Commit) error {
	if d, ok := s.directories[dir]; !ok || d.tenant != tenant {
		return nil
	}
	c := consent{version: at.Seq}
	if err := json.Unmarshal(value, &c.Consent); err != nil {
		return fmt.Errorf("%w: consent record: %w", stream.ErrCorrupt, err)
	}
	c.Tenant, c.DirectoryID = tenant, dir
	c.GrantedAt = first(c.GrantedAt, at.Time)
	if c.Removed {
		c.RemovedAt = first(c.RemovedAt, at.Time)
	}
	if c.Gone {
		c.GoneAt = first(c.GoneAt, at.Time)
	}
	s.consents[dir] = c
	return nil
}

// Consent returns what Microsoft allowed a directory, also if it was removed
// since. It returns ErrNotFound if there never was anything.
func (r *Registry) Consent(tenant, directoryID string) (Consent, error) {
	c, ok := r.state.Load().consents[directoryID]
	if !ok || c.Tenant != tenant {
		return Consent{}, fmt.Errorf("consent: %w", ErrNotFound)
	}
	return c.Consent, nil
}

// Consents lists the consents of all tenants, those among them that were
// removed, by directory.
func (r *Registry) Consents() []Consent {
	var list []Consent
	for c := range maps.Values(r.state.Load().consents) {
		list = append(list, c.Consent)
	}
	slices.SortFunc(list, func(a, b Consent) int { return cmp.Compare(a.DirectoryID, b.DirectoryID) })
	return list
}

// Granted is what an administrator of a Microsoft tenant allowed.
type Granted struct {
	App             string // see Consent
	MicrosoftTenant string
	By              string // id of the admin key
}

// GrantConsent keeps what the administrator of a Microsoft tenant allowed a
// directory, in place of what was there before. It returns ErrNotFound or
// ErrConflict.
func (r *Registry) GrantConsent(ctx context.Context, tenant, directoryID string, g Granted) error {
	for try := 1; ; try++ {
		_, version, err := r.directory(tenant, directoryID)
		if err != nil {
			return err
		}
		tx := stream.Tx{Checks: []stream.Check{{Key: contact.DirectoryKey(directoryID), Version: version}}}
		// Also that the consent is as it was, so that accounts that sign in at this
		// moment are noticed.
		s := r.state.Load()
		if k, old := contact.PresenceKey(directoryID, microsoft), s.consents[directoryID]; old.version > 0 {
			tx.Checks = append(tx.Checks, stream.Check{Key: k, Version: old.version})
		} else {
			tx.Absent = []string{k}
		}
		granted := Consent{Tenant: tenant, DirectoryID: directoryID, App: g.App, MicrosoftTenant: g.MicrosoftTenant, GrantedBy: g.By}
		tx.Deletes = s.endedBy(&granted)
		if err := r.storeConsent(ctx, granted, tx); !r.retry(ctx, err, try) {
			return err
		}
	}
}

// RemoveConsent ends what a directory was allowed. It is harmless where it was
// removed already. It returns ErrNotFound if there never was anything, or
// ErrConflict.
func (r *Registry) RemoveConsent(ctx context.Context, tenant, directoryID string) (Consent, error) {
	return r.changeConsent(ctx, tenant, directoryID, func(c *Consent) bool {
		changed := !c.Removed
		c.Removed = true
		return changed
	})
}

// ConsentGone keeps that what was removed here is gone at Microsoft's side as
// well.
func (r *Registry) ConsentGone(ctx context.Context, tenant, directoryID string) error {
	_, err := r.changeConsent(ctx, tenant, directoryID, func(c *Consent) bool {
		changed := c.Removed && !c.Gone
		c.Gone = c.Removed
		return changed
	})
	return err
}

// changeConsent lets change alter a consent, and stores it if that says so.
func (r *Registry) changeConsent(ctx context.Context, tenant, directoryID string, change func(*Consent) bool) (Consent, error) {
	for try := 1; ; try++ {
		s := r.state.Load()
		old, ok := s.consents[directoryID]
		if !ok || old.Tenant != tenant {
			return Consent{}, fmt.Errorf("consent: %w", ErrNotFound)
		}
		c := old.Consent
		if !change(&c) {
			return c, nil
		}
		tx := stream.Tx{Checks: []stream.Check{{Key: contact.PresenceKey(directoryID, microsoft), Version: old.version}}, Deletes: s.endedBy(&c)}
		err := r.storeConsent(ctx, c, tx)
		switch {
		case r.retry(ctx, err, try):
			continue
		case err != nil:
			return Consent{}, err
		}
		return r.Consent(tenant, directoryID)
	}
}

// storeConsent stores a consent with the rest of a transaction.
func (r *Registry) storeConsent(ctx context.Context, c Consent, tx stream.Tx) error {
	puts, err := encodePuts(object{contact.PresenceKey(c.DirectoryID, microsoft), c})
	if err != nil {
		return err
	}
	tx.Tenant, tx.Puts = c.Tenant, puts
	if _, err := r.commit(ctx, tx); err != nil {
		return fmt.Errorf("store consent: %w", err)
	}
	return nil
}

// HasAdminKey tells whether the id is that of an admin key of the tenant that
// is valid now.
func (r *Registry) HasAdminKey(tenant, id string) bool {
	if id == environmentKey {
		return tenant == DefaultTenant && r.operator != (key.Hash{})
	}
	c, ok := r.state.Load().credentials[id]
	return ok && c.tenant == tenant && c.Kind == key.Admin && !expired(c.ExpiresAt, r.now())
}
