package directory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/oauth"
	"github.com/ringdex/ringdex/stream"
)

const (
	// AccessLifetime is how long an access token is valid.
	AccessLifetime = time.Hour
	// maxAccessTokens is how many valid ones a client has. One more ends the
	// oldest.
	maxAccessTokens = 50
)

// errReplayed says that an assertion was used before.
var errReplayed = &oauth.Error{
	Code: oauth.InvalidClient, Description: "The assertion was used before; send another one.",
	Reason: "The assertion was used before: its jti, or without one what it says, is not new.",
}

// A proof is how a client proved who it is.
type proof struct {
	client    *client
	secretID  string      // "" if it showed an assertion
	assertion oauth.Proof // zero if it showed a secret
}

// used is the record of an assertion that must not be used again.
type used struct {
	Until time.Time `json:"until"`
}

// mint makes an access token for a client. It is a SCIM token that knows where
// it comes from, so that it survives a restart, is stored as a hash alone, and
// ends with its client, its secret and its directory. In the same transaction
// the client's expired tokens go, the oldest if there are too many, and an
// assertion is claimed, which the log grants once. It returns
// ErrUnauthenticated if what was proved is no longer so, or errReplayed.
func (r *Registry) mint(ctx context.Context, p proof) (key.Key, error) {
	for try := 1; ; try++ {
		c, ok := r.state.Load().clients[p.client.ID]
		if !ok || p.secretID != "" && c.secret(p.secretID) == nil || !c.Federation.equal(p.client.Federation) {
			return key.Key{}, ErrUnauthenticated
		}
		k := key.New(key.SCIM)
		tx, err := r.minting(c, k, p)
		if err != nil {
			return key.Key{}, err
		}
		_, err = r.commit(ctx, tx)
		switch {
		case err == nil:
			touch(c.used[""], r.now())
			if p.secretID != "" {
				touch(c.used[p.secretID], r.now())
			}
			return k, nil
		case !r.retry(ctx, err, try):
			return key.Key{}, fmt.Errorf("make an access token: %w", err)
		}
	}
}

// minting is the transaction of mint.
func (r *Registry) minting(c *client, k key.Key, p proof) (stream.Tx, error) {
	now := r.now()
	token := Credential{
		ID: k.ID, Kind: key.SCIM, Hash: k.Hash(), DirectoryID: c.DirectoryID, ClientID: c.ID, SecretID: p.secretID,
		ExpiresAt: now.Add(AccessLifetime).UTC(),
	}
	tx := stream.Tx{
		Tenant: c.tenant, Absent: []string{contact.CredentialKey(k.ID)},
		Checks: []stream.Check{{Key: contact.ClientKey(c.DirectoryID, c.ID), Version: c.version}},
	}
	puts := []object{{contact.CredentialKey(k.ID), token}}
	if p.assertion.ID != "" {
		claim := assertionKey(c, p.assertion.ID)
		version, err := r.unclaimed(c.tenant, claim, now)
		if err != nil {
			return tx, err
		}
		tx.Checks = append(tx.Checks, stream.Check{Key: claim, Version: version})
		puts = append(puts, object{claim, used{p.assertion.Until.UTC()}})
	}
	var err error
	tx.Puts, err = encodePuts(puts...)
	tx.Deletes = r.surplus(c, now)
	return tx, err
}

// assertionKey is the key that claims an assertion for one use. Its jti may be
// anything; a digest may stand in a key.
func assertionKey(c *client, jti string) string {
	sum := sha256.Sum256([]byte(jti))
	return contact.AssertionKey(c.DirectoryID, c.ID, hex.EncodeToString(sum[:16]))
}

// unclaimed returns the version that a claim must be at for an assertion to be
// used: 0 for none, or that of one which ended and was not swept yet.
func (r *Registry) unclaimed(tenant, claim string, now time.Time) (stream.Seq, error) {
	view, err := r.log.View()
	if err != nil {
		return 0, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	e, err := view.Get(tenant, claim)
	if errors.Is(err, stream.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if !ended(e.Value, now) {
		return 0, errReplayed
	}
	return e.Seq, nil
}

// ended tells whether the record of an assertion is of one that expired.
func ended(value []byte, now time.Time) bool {
	var u used
	return json.Unmarshal(value, &u) == nil && !now.Before(u.Until)
}

// surplus lists the keys of the client's tokens that expired, and of the oldest
// ones that leave no room for another.
func (r *Registry) surplus(c *client, now time.Time) []string {
	var keys []string
	live := r.credentials(c.tenant, func(t *credential) bool { return t.ClientID == c.ID })
	live = slices.DeleteFunc(live, func(t Credential) bool {
		if expired(t.ExpiresAt, now) {
			keys = append(keys, contact.CredentialKey(t.ID))
			return true
		}
		return false
	})
	for ; len(live) >= maxAccessTokens; live = live[1:] {
		keys = append(keys, contact.CredentialKey(live[0].ID))
	}
	return keys
}

// sweepAccess deletes access tokens and used assertions that ended, and tokens
// whose directory went while they were made.
func (r *Registry) sweepAccess(ctx context.Context) error {
	s, now := r.state.Load(), r.now()
	gone := map[string][]string{} // by tenant
	view, err := r.log.View()
	if err != nil {
		return err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	for _, c := range s.credentials {
		if c.ClientID != "" && expired(c.ExpiresAt, now) || c.DirectoryID != "" && isAbsent(view, c.tenant, contact.DirectoryKey(c.DirectoryID)) {
			gone[c.tenant] = append(gone[c.tenant], contact.CredentialKey(c.ID))
		}
	}
	for tenant := range s.tenants {
		for e, err := range view.Scan(tenant, contact.KindAssertion.Prefix(), "") {
			if err != nil {
				return err
			}
			if ended(e.Value, now) {
				gone[tenant] = append(gone[tenant], e.Key)
			}
		}
	}
	for tenant, keys := range gone {
		for some := range slices.Chunk(keys, sweepKeys) {
			if _, err := r.log.Commit(ctx, stream.Tx{Tenant: tenant, Deletes: some}); err != nil {
				return fmt.Errorf("sweep access tokens: %w", err)
			}
		}
	}
	return nil
}

// isAbsent tells whether the log itself, which the registry may lag behind, has
// no such key.
func isAbsent(view stream.View, tenant, k string) bool {
	_, err := view.Get(tenant, k)
	return errors.Is(err, stream.ErrNotFound)
}

// storeClientUses writes the clients that were used in a later hour than is
// stored.
func (r *Registry) storeClientUses(ctx context.Context) {
	for c := range maps.Values(r.state.Load().clients) {
		if !lastUse(c.used[""]).After(c.LastUsedAt) {
			continue
		}
		k := contact.ClientKey(c.DirectoryID, c.ID)
		puts, err := encodePuts(object{k, c.shown()})
		if err != nil {
			continue
		}
		_, err = r.log.Commit(ctx, stream.Tx{Tenant: c.tenant, Checks: []stream.Check{{Key: k, Version: c.version}}, Puts: puts})
		if err != nil && !errors.Is(err, stream.ErrConflict) {
			return
		}
	}
}
