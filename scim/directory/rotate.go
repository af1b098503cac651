package directory

import (
	"context"
	"fmt"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/stream"
)

// maxOverlap is how long tokens may outlive the one that replaces them.
const maxOverlap = 366 * 24 * time.Hour

// RotateToken makes a further SCIM token of a directory, like AddToken, and in
// the same transaction lets the tokens that exist end after overlap. Those that
// would end sooner anyway do. An overlap of 0 ends them at once.
func (r *Registry) RotateToken(
	ctx context.Context, tenant, id, label string, expires time.Time, overlap time.Duration,
) (Credential, key.Key, error) {
	if overlap < 0 || overlap > maxOverlap {
		return Credential{}, key.Key{}, &FieldError{"overlap", "must be seconds, from 0 to a year"}
	}
	if err := checkLabel(label, expires, r.now()); err != nil {
		return Credential{}, key.Key{}, err
	}
	for try := 1; ; try++ {
		_, version, err := r.directory(tenant, id)
		if err != nil {
			return Credential{}, key.Key{}, err
		}
		k := key.New(key.SCIM)
		c := Credential{ID: k.ID, Kind: key.SCIM, Hash: k.Hash(), Label: label, DirectoryID: id, ExpiresAt: expires}
		tx := stream.Tx{
			Tenant: tenant, Absent: []string{contact.CredentialKey(k.ID)},
			Checks: []stream.Check{{Key: contact.DirectoryKey(id), Version: version}},
		}
		if err := r.endTokens(&tx, id, overlap, object{contact.CredentialKey(k.ID), c}); err != nil {
			return Credential{}, key.Key{}, err
		}
		at, err := r.commit(ctx, tx)
		switch {
		case r.retry(ctx, err, try):
			continue
		case err != nil:
			return Credential{}, key.Key{}, fmt.Errorf("rotate token: %w", err)
		}
		c.CreatedAt = at.Time
		return c, k, nil
	}
}

// endTokens adds to tx the new token and the end, after overlap, of those that
// the directory has.
func (r *Registry) endTokens(tx *stream.Tx, id string, overlap time.Duration, fresh object) error {
	puts := []object{fresh}
	end := r.now().Add(overlap).UTC().Truncate(time.Second)
	for _, old := range r.state.Load().credentials {
		if old.tenant != tx.Tenant || !old.isToken(id) {
			continue
		}
		k := contact.CredentialKey(old.ID)
		switch {
		case overlap == 0:
			tx.Deletes = append(tx.Deletes, k)
		case old.ExpiresAt.IsZero() || old.ExpiresAt.After(end):
			ending := old.Credential
			ending.ExpiresAt, ending.LastUsedAt = end, lastUse(old.usedAt)
			tx.Checks = append(tx.Checks, stream.Check{Key: k, Version: old.version})
			puts = append(puts, object{k, ending})
		}
	}
	var err error
	tx.Puts, err = encodePuts(puts...)
	return err
}
