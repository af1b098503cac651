package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/stream"
)

// changeTries is how often a change is planned again because its record was
// written in between, as it is when the last use is stored.
const changeTries = 5

// AddClient makes an OAuth client of a directory. Unless the draft has a
// federation, the client gets a first secret, which is returned in the clear
// and never again. It returns ErrNotFound or a *FieldError.
func (r *Registry) AddClient(ctx context.Context, tenant, directoryID string, d ClientDraft) (Client, key.Key, error) {
	_, version, err := r.directory(tenant, directoryID)
	if err != nil {
		return Client{}, key.Key{}, err
	}
	c, err := d.make(directoryID, r.now())
	if err != nil {
		return Client{}, key.Key{}, err
	}
	if len(r.clientsOf(tenant, directoryID)) >= maxClients {
		return Client{}, key.Key{}, &FieldError{"clients", fmt.Sprintf("of a directory may be %d; remove one first", maxClients)}
	}
	var secret key.Key
	if c.Federation == nil {
		secret = key.New(key.Client)
		c.Secrets = []Secret{{ID: secret.ID, Hash: secret.Hash(), ExpiresAt: d.SecretExpires}}
	}
	puts, err := encodePuts(object{contact.ClientKey(directoryID, c.ID), c})
	if err != nil {
		return Client{}, key.Key{}, err
	}
	_, err = r.commit(ctx, stream.Tx{
		Tenant: tenant, Checks: []stream.Check{{Key: contact.DirectoryKey(directoryID), Version: version}},
		Absent: []string{puts[0].Key}, Puts: puts,
	})
	if err != nil {
		return Client{}, key.Key{}, fmt.Errorf("add client: %w", err)
	}
	made, err := r.Client(tenant, directoryID, c.ID)
	return made, secret, err
}

// Clients lists the OAuth clients of a directory, oldest first.
func (r *Registry) Clients(tenant, directoryID string) ([]Client, error) {
	if _, _, err := r.directory(tenant, directoryID); err != nil {
		return nil, err
	}
	var list []Client
	for _, c := range r.clientsOf(tenant, directoryID) {
		list = append(list, c.shown())
	}
	return list, nil
}

// Client returns one OAuth client of a directory, or ErrNotFound.
func (r *Registry) Client(tenant, directoryID, id string) (Client, error) {
	c, err := r.client(tenant, directoryID, id)
	if err != nil {
		return Client{}, err
	}
	return c.shown(), nil
}

func (r *Registry) client(tenant, directoryID, id string) (*client, error) {
	c, ok := r.state.Load().clients[id]
	if !ok || c.tenant != tenant || c.DirectoryID != directoryID {
		return nil, fmt.Errorf("client: %w", ErrNotFound)
	}
	return c, nil
}

// RemoveClient ends an OAuth client with its secrets and access tokens at once.
func (r *Registry) RemoveClient(ctx context.Context, tenant, directoryID, id string) error {
	if _, err := r.client(tenant, directoryID, id); err != nil {
		return err
	}
	tx := stream.Tx{Tenant: tenant, Deletes: []string{contact.ClientKey(directoryID, id)}}
	r.deleteTokens(&tx, func(c *credential) bool { return c.ClientID == id })
	if _, err := r.commit(ctx, tx); err != nil {
		return fmt.Errorf("remove client: %w", err)
	}
	return nil
}

// AddSecret makes a further secret of a client, so that one can replace the
// other without a gap. It is returned in the clear and never again.
func (r *Registry) AddSecret(ctx context.Context, tenant, directoryID, id string, expires time.Time) (Secret, key.Key, error) {
	if err := checkSecretLife(expires, r.now()); err != nil {
		return Secret{}, key.Key{}, err
	}
	k := key.New(key.Client)
	c, err := r.changeClient(ctx, tenant, directoryID, id, func(c *Client, _ *stream.Tx) error {
		switch {
		case c.Federation != nil:
			return &FieldError{"client", "signs in with assertions and has no secrets"}
		case len(c.Secrets) >= maxSecrets:
			return &FieldError{"secrets", fmt.Sprintf("of a client may be %d; remove one first", maxSecrets)}
		}
		c.Secrets = append(c.Secrets, Secret{ID: k.ID, Hash: k.Hash(), ExpiresAt: expires})
		return nil
	})
	if err != nil {
		return Secret{}, key.Key{}, err
	}
	i := slices.IndexFunc(c.Secrets, func(s Secret) bool { return s.ID == k.ID })
	if i < 0 { // it was removed already
		return Secret{}, key.Key{}, ErrConflict
	}
	return c.Secrets[i], k, nil
}

// RemoveSecret ends a secret of a client, and the access tokens that were got
// with it, at once.
func (r *Registry) RemoveSecret(ctx context.Context, tenant, directoryID, id, secretID string) error {
	_, err := r.changeClient(ctx, tenant, directoryID, id, func(c *Client, tx *stream.Tx) error {
		i := slices.IndexFunc(c.Secrets, func(s Secret) bool { return s.ID == secretID })
		if i < 0 {
			return fmt.Errorf("secret: %w", ErrNotFound)
		}
		c.Secrets = slices.Delete(c.Secrets, i, i+1)
		r.deleteTokens(tx, func(t *credential) bool { return t.ClientID == id && t.SecretID == secretID })
		return nil
	})
	return err
}

// A ClientChange is what an administrator says of a client to change; nil
// leaves a field as it is. Issuer and subject cannot change: another one is
// another client.
type ClientChange struct {
	Label     *string
	Keys      json.RawMessage // replace where the issuer's keys were
	KeysURI   *string
	LocalKeys bool // as in ClientDraft
}

// ChangeClient changes a client's label, or where the keys of its issuer are.
func (r *Registry) ChangeClient(ctx context.Context, tenant, directoryID, id string, ch ClientChange) (Client, error) {
	return r.changeClient(ctx, tenant, directoryID, id, func(c *Client, _ *stream.Tx) error {
		if ch.Label != nil {
			c.Label = *ch.Label
			if err := checkLabel(c.Label, time.Time{}, time.Time{}); err != nil {
				return err
			}
		}
		if ch.Keys == nil && ch.KeysURI == nil {
			return nil
		}
		if c.Federation == nil {
			return &FieldError{"federation", "is for clients that sign in with assertions; this one has secrets"}
		}
		c.Federation.Keys, c.Federation.KeysURI = ch.Keys, ""
		if ch.KeysURI != nil {
			c.Federation.KeysURI = *ch.KeysURI
		}
		return c.Federation.completeKeys(ch.LocalKeys)
	})
}

// changeClient lets change alter a copy of a client, and stores it. change may
// add deletions to the transaction.
func (r *Registry) changeClient(
	ctx context.Context, tenant, directoryID, id string, change func(*Client, *stream.Tx) error,
) (Client, error) {
	for try := 1; ; try++ {
		now, err := r.client(tenant, directoryID, id)
		if err != nil {
			return Client{}, err
		}
		c, k := now.shown(), contact.ClientKey(directoryID, id)
		tx := stream.Tx{Tenant: tenant, Checks: []stream.Check{{Key: k, Version: now.version}}}
		if err := change(&c, &tx); err != nil {
			return Client{}, err
		}
		if tx.Puts, err = encodePuts(object{k, c}); err != nil {
			return Client{}, err
		}
		_, err = r.commit(ctx, tx)
		switch {
		case r.retry(ctx, err, try):
			continue
		case err != nil:
			return Client{}, fmt.Errorf("change client: %w", err)
		}
		return r.Client(tenant, directoryID, id)
	}
}

// retry tells whether a change that failed with err is to be planned again, and
// waits until the registry shows what came in between.
func (r *Registry) retry(ctx context.Context, err error, try int) bool {
	return errors.Is(err, ErrConflict) && try < changeTries && r.applied.Wait(ctx, r.log.Applied()) == nil
}

// deleteTokens adds to tx the end of the access tokens for which want holds.
// One that is made at this moment is not among them; it opens nothing, since
// what it comes from is gone.
func (r *Registry) deleteTokens(tx *stream.Tx, want func(*credential) bool) {
	for _, c := range r.credentials(tx.Tenant, want) {
		tx.Deletes = append(tx.Deletes, contact.CredentialKey(c.ID))
	}
}
