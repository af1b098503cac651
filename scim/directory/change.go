package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/stream"
)

// directoryIDLen gives 79 random bits.
const directoryIDLen = 16

// AddDirectory makes a directory of the tenant with a first SCIM token, which
// is returned in the clear and never again. It returns a *FieldError if the
// draft is refused.
func (r *Registry) AddDirectory(ctx context.Context, tenant string, dr Draft) (Directory, key.Key, error) {
	if _, ok := r.state.Load().tenants[tenant]; !ok {
		return Directory{}, key.Key{}, fmt.Errorf("tenant: %w", ErrNotFound)
	}
	d, err := newDirectory(key.NewID(directoryIDLen), dr, r.cfg.ValidRegion)
	if err != nil {
		return Directory{}, key.Key{}, err
	}
	token := key.New(key.SCIM)
	c := Credential{ID: token.ID, Kind: key.SCIM, Hash: token.Hash(), DirectoryID: d.ID}
	puts, err := encodePuts(
		object{contact.DirectoryKey(d.ID), newRecord(d)},
		object{contact.CredentialKey(c.ID), c},
	)
	if err != nil {
		return Directory{}, key.Key{}, err
	}
	at, err := r.commit(ctx, stream.Tx{Tenant: tenant, Absent: []string{contact.DirectoryKey(d.ID)}, Puts: puts})
	if err != nil {
		return Directory{}, key.Key{}, fmt.Errorf("add directory: %w", err)
	}
	d.CreatedAt = at.Time
	return d, token, nil
}

// Directory returns one directory of the tenant, or ErrNotFound.
func (r *Registry) Directory(tenant, id string) (Directory, error) {
	d, _, err := r.directory(tenant, id)
	return d, err
}

// DirectoryVersion returns a directory with the version of its record. A
// transaction that checks the version under contact.DirectoryKey happens only
// while the directory exists and has these policies.
func (r *Registry) DirectoryVersion(tenant, id string) (Directory, stream.Seq, error) {
	return r.directory(tenant, id)
}

func (r *Registry) directory(tenant, id string) (Directory, stream.Seq, error) {
	d, ok := r.state.Load().directories[id]
	if !ok || d.tenant != tenant {
		return Directory{}, 0, fmt.Errorf("directory: %w", ErrNotFound)
	}
	return d.Directory, d.version, nil
}

// Owner returns the tenant that a directory belongs to, if there is one.
func (r *Registry) Owner(directoryID string) (tenant string, ok bool) {
	d, ok := r.state.Load().directories[directoryID]
	return d.tenant, ok
}

// Directories lists the tenant's directories, oldest first.
func (r *Registry) Directories(tenant string) []Directory {
	var list []Directory
	for _, d := range r.state.Load().directories {
		if d.tenant == tenant {
			list = append(list, d.Directory)
		}
	}
	slices.SortFunc(list, func(a, b Directory) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// ChangeDirectory applies a draft to a directory. The type cannot change. It
// returns ErrNotFound, ErrConflict or a *FieldError.
func (r *Registry) ChangeDirectory(ctx context.Context, tenant, id string, dr Draft) (Directory, error) {
	d, version, err := r.directory(tenant, id)
	if err != nil {
		return Directory{}, err
	}
	if dr.Type != nil && *dr.Type != d.Type {
		return Directory{}, &FieldError{"type", "cannot be changed; add another directory"}
	}
	changed := d
	if err := dr.apply(&changed, r.cfg.ValidRegion); err != nil {
		return Directory{}, err
	}
	if changed.equal(d) {
		return d, nil
	}
	k := contact.DirectoryKey(id)
	puts, err := encodePuts(object{k, newRecord(changed)})
	if err != nil {
		return Directory{}, err
	}
	if _, err := r.commit(ctx, stream.Tx{Tenant: tenant, Checks: []stream.Check{{Key: k, Version: version}}, Puts: puts}); err != nil {
		return Directory{}, fmt.Errorf("change directory: %w", err)
	}
	return changed, nil
}

// RemoveDirectory removes a directory. Its tokens and contacts are gone when
// it returns; what the log holds of them is deleted soon after, also across a
// restart.
func (r *Registry) RemoveDirectory(ctx context.Context, tenant, id string) error {
	_, version, err := r.directory(tenant, id)
	if err != nil {
		return err
	}
	k := contact.DirectoryKey(id)
	tx := stream.Tx{
		Tenant: tenant, Checks: []stream.Check{{Key: k, Version: version}},
		Puts: []stream.Put{{Key: contact.RemovedKey(id)}}, Deletes: []string{k},
	}
	for _, c := range r.credentials(tenant, func(c *credential) bool { return c.DirectoryID == id }) {
		tx.Deletes = append(tx.Deletes, contact.CredentialKey(c.ID))
	}
	for _, c := range r.clientsOf(tenant, id) {
		tx.Deletes = append(tx.Deletes, contact.ClientKey(id, c.ID))
	}
	if _, err := r.commit(ctx, tx); err != nil {
		return fmt.Errorf("remove directory: %w", err)
	}
	return nil
}

// AddToken makes a further SCIM token of a directory. The token is returned in
// the clear and never again.
func (r *Registry) AddToken(ctx context.Context, tenant, id, label string, expires time.Time) (Credential, key.Key, error) {
	_, version, err := r.directory(tenant, id)
	if err != nil {
		return Credential{}, key.Key{}, err
	}
	if err := checkLabel(label, expires, r.now()); err != nil {
		return Credential{}, key.Key{}, err
	}
	check := stream.Check{Key: contact.DirectoryKey(id), Version: version}
	return r.addCredential(ctx, tenant, Credential{Kind: key.SCIM, Label: label, DirectoryID: id, ExpiresAt: expires}, check)
}

// Tokens lists the SCIM tokens of a directory that were made by hand, oldest
// first. Access tokens of its OAuth clients are nobody's to keep.
func (r *Registry) Tokens(tenant, id string) ([]Credential, error) {
	if _, _, err := r.directory(tenant, id); err != nil {
		return nil, err
	}
	return r.credentials(tenant, func(c *credential) bool { return c.isToken(id) }), nil
}

// RevokeToken ends a SCIM token of a directory at once.
func (r *Registry) RevokeToken(ctx context.Context, tenant, directoryID, tokenID string) error {
	return r.revoke(ctx, tenant, tokenID, func(c *credential) bool { return c.isToken(directoryID) })
}

// AddKey makes an API or admin key of the tenant. The key is returned in the
// clear and never again.
func (r *Registry) AddKey(ctx context.Context, tenant string, d KeyDraft) (Credential, key.Key, error) {
	if err := d.check(r.now()); err != nil {
		return Credential{}, key.Key{}, err
	}
	if d.Operator && tenant != DefaultTenant {
		return Credential{}, key.Key{}, fmt.Errorf("an operator's key of another tenant: %w", ErrForbidden)
	}
	c := Credential{Kind: d.Kind, Label: d.Label, Scopes: slices.Clone(d.Scopes), ExpiresAt: d.ExpiresAt, Operator: d.Operator}
	return r.addCredential(ctx, tenant, c)
}

// Keys lists the tenant's API and admin keys, oldest first.
func (r *Registry) Keys(tenant string) []Credential {
	return r.credentials(tenant, func(c *credential) bool { return c.Kind != key.SCIM })
}

// RevokeKey ends an API or admin key at once. The last admin key of a tenant
// stays, with ErrForbidden, and so does the last key of the operator, unless
// the one that was configured remains.
func (r *Registry) RevokeKey(ctx context.Context, tenant, id string) error {
	configured := tenant == DefaultTenant && r.operator != (key.Hash{})
	admins := r.credentials(tenant, func(c *credential) bool { return c.Kind == key.Admin })
	if len(admins) == 1 && admins[0].ID == id && !configured {
		return fmt.Errorf("the last admin key: %w", ErrForbidden)
	}
	operators := slices.DeleteFunc(admins, func(c Credential) bool { return !c.Operator })
	if len(operators) == 1 && operators[0].ID == id && !configured {
		return fmt.Errorf("the operator's last key: %w", ErrForbidden)
	}
	return r.revoke(ctx, tenant, id, func(c *credential) bool { return c.Kind != key.SCIM })
}

// FirstKey makes the operator's admin key if the default tenant has none and
// no key was configured. Otherwise it returns false.
func (r *Registry) FirstKey(ctx context.Context) (key.Key, bool, error) {
	admins := r.credentials(DefaultTenant, func(c *credential) bool { return c.Kind == key.Admin })
	if len(admins) > 0 || r.operator != (key.Hash{}) {
		return key.Key{}, false, nil
	}
	_, k, err := r.addCredential(ctx, DefaultTenant, Credential{Kind: key.Admin, Label: "first admin key", Operator: true})
	return k, err == nil, err
}

func (r *Registry) addCredential(ctx context.Context, tenant string, c Credential, checks ...stream.Check) (Credential, key.Key, error) {
	k := key.New(c.Kind)
	c.ID, c.Hash = k.ID, k.Hash()
	puts, err := encodePuts(object{contact.CredentialKey(c.ID), c})
	if err != nil {
		return Credential{}, key.Key{}, err
	}
	at, err := r.commit(ctx, stream.Tx{Tenant: tenant, Checks: checks, Absent: []string{puts[0].Key}, Puts: puts})
	if err != nil {
		return Credential{}, key.Key{}, fmt.Errorf("add %s key: %w", c.Kind, err)
	}
	c.CreatedAt = at.Time
	return c, k, nil
}

// revoke deletes a credential of the tenant for which may holds.
func (r *Registry) revoke(ctx context.Context, tenant, id string, may func(*credential) bool) error {
	c, ok := r.state.Load().credentials[id]
	if !ok || c.tenant != tenant || !may(c) {
		return fmt.Errorf("key: %w", ErrNotFound)
	}
	if _, err := r.commit(ctx, stream.Tx{Tenant: tenant, Deletes: []string{contact.CredentialKey(id)}}); err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	return nil
}

// credentials lists those of a tenant for which want holds, oldest first.
func (r *Registry) credentials(tenant string, want func(*credential) bool) []Credential {
	var list []Credential
	for _, c := range r.state.Load().credentials {
		if c.tenant != tenant || !want(c) {
			continue
		}
		shown := c.Credential
		shown.LastUsedAt = lastUse(c.usedAt)
		list = append(list, shown)
	}
	slices.SortFunc(list, func(a, b Credential) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// AddTenant makes a tenant and its first admin key.
func (r *Registry) AddTenant(ctx context.Context, name string) (Tenant, key.Key, error) {
	name = strings.TrimSpace(name)
	if err := checkText("name", name, maxNameRunes); err != nil {
		return Tenant{}, key.Key{}, err
	}
	t := Tenant{ID: key.NewID(directoryIDLen), Name: name}
	puts, err := encodePuts(object{contact.TenantKey(t.ID), t})
	if err != nil {
		return Tenant{}, key.Key{}, err
	}
	at, err := r.commit(ctx, stream.Tx{Tenant: contact.SystemTenant, Absent: []string{puts[0].Key}, Puts: puts})
	if err != nil {
		return Tenant{}, key.Key{}, fmt.Errorf("add tenant: %w", err)
	}
	t.CreatedAt = at.Time
	_, k, err := r.addCredential(ctx, t.ID, Credential{Kind: key.Admin, Label: "first admin key"})
	return t, k, err
}

// RemoveTenant removes a tenant with all it owns. The default tenant stays:
// ErrForbidden.
func (r *Registry) RemoveTenant(ctx context.Context, id string) error {
	if id == DefaultTenant {
		return fmt.Errorf("the default tenant: %w", ErrForbidden)
	}
	if _, ok := r.state.Load().tenants[id]; !ok {
		return fmt.Errorf("tenant: %w", ErrNotFound)
	}
	_, err := r.commit(ctx, stream.Tx{
		Tenant:  contact.SystemTenant,
		Puts:    []stream.Put{{Key: contact.RemovedKey(id)}},
		Deletes: []string{contact.TenantKey(id)},
	})
	if err != nil {
		return fmt.Errorf("remove tenant: %w", err)
	}
	return nil
}

// object is a key with what is to be stored under it as JSON.
type object struct {
	key   string
	value any
}

func encodePuts(objects ...object) ([]stream.Put, error) {
	puts := make([]stream.Put, 0, len(objects))
	for _, o := range objects {
		value, err := json.Marshal(o.value)
		if err != nil {
			return nil, errors.Join(errors.New("encode record"), err)
		}
		puts = append(puts, stream.Put{Key: o.key, Value: value})
	}
	return puts, nil
}
