package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// accountPrefix begins the provider of an account in its key; the object id
// follows.
const accountPrefix = microsoft + "."

// MaxAccounts is how many accounts of Microsoft can be signed in for one
// directory. Each has 650 people.
const MaxAccounts = 32

// An Account is somebody of a Microsoft tenant who signed in for a directory,
// so that Graph tells of changes of presence in that name.
//
// The refresh token is kept as it is. Microsoft takes it together with the
// client secret, or the certificate, of the operator's app only, which is a
// setting and never in the log: whoever reads a backup can do nothing with it.
// To seal it under a key made of that secret would hold off nobody else, and
// would end every sign-in when the secret is renewed, as it must be now and then. It is deleted with
// the account, with the consent of the directory, and with the directory.
type Account struct {
	Tenant          string    `json:"-"`
	DirectoryID     string    `json:"-"`
	ObjectID        string    `json:"objectId"`
	App             string    `json:"app,omitempty"` // as of the consent
	MicrosoftTenant string    `json:"microsoftTenant"`
	RefreshToken    string    `json:"refreshToken"`
	SignedInBy      string    `json:"signedInBy"` // id of the admin key that it was begun with
	SignedInAt      time.Time `json:"signedInAt,omitzero"`
}

// account is an Account with the version of its record.
type account struct {
	Account
	version version
}

// accountKey names an account over all tenants.
type accountKey struct{ directory, objectID string }

// putAccount enters an account. What a removed directory left behind is passed
// over.
func (s *state) putAccount(tenant, dir, objectID string, value []byte, at stream.Commit) error {
	if d, ok := s.directories[dir]; !ok || d.tenant != tenant {
		return nil
	}
	a := account{version: at.Seq}
	if err := json.Unmarshal(value, &a.Account); err != nil {
		return fmt.Errorf("%w: account record: %w", stream.ErrCorrupt, err)
	}
	a.Tenant, a.DirectoryID, a.ObjectID = tenant, dir, objectID
	a.SignedInAt = first(a.SignedInAt, at.Time)
	s.accounts[accountKey{dir, objectID}] = a
	return nil
}

// good tells whether the directory's consent is there, for the same app and of
// the same Microsoft tenant.
func (s *state) good(a *Account) bool {
	c, ok := s.consents[a.DirectoryID]
	return ok && !c.Removed && c.App == a.App && c.MicrosoftTenant == a.MicrosoftTenant
}

// Accounts lists the accounts of all tenants whose directory has a consent of
// their Microsoft tenant, by directory and object id.
func (r *Registry) Accounts() []Account {
	s := r.state.Load()
	var list []Account
	for a := range maps.Values(s.accounts) {
		if s.good(&a.Account) {
			list = append(list, a.Account)
		}
	}
	slices.SortFunc(list, func(a, b Account) int {
		return cmp.Or(cmp.Compare(a.DirectoryID, b.DirectoryID), cmp.Compare(a.ObjectID, b.ObjectID))
	})
	return list
}

// PutAccount keeps an account that signed in, in place of an earlier sign-in.
// It returns ErrNotFound if the directory has no consent of its Microsoft
// tenant, a *FieldError if it has too many accounts, or ErrConflict.
func (r *Registry) PutAccount(ctx context.Context, a Account) error {
	for try := 1; ; try++ {
		s := r.state.Load()
		c, ok := s.consents[a.DirectoryID]
		if !ok || c.Tenant != a.Tenant || !s.good(&a) {
			return fmt.Errorf("consent: %w", ErrNotFound)
		}
		_, replaces := s.accounts[accountKey{a.DirectoryID, a.ObjectID}]
		if !replaces && len(s.accountsOf(a.DirectoryID)) >= MaxAccounts {
			return &FieldError{"account", fmt.Sprintf("must be one of %d at most for each directory", MaxAccounts)}
		}
		// The consent is written again, so that its removal at the same time
		// notices the account and takes it along.
		consentKey := contact.PresenceKey(a.DirectoryID, microsoft)
		puts, err := encodePuts(object{consentKey, c.Consent}, object{contact.PresenceKey(a.DirectoryID, accountPrefix+a.ObjectID), a})
		if err != nil {
			return err
		}
		checks := []stream.Check{{Key: consentKey, Version: c.version}}
		_, err = r.commit(ctx, stream.Tx{Tenant: a.Tenant, Checks: checks, Puts: puts})
		if r.retry(ctx, err, try) {
			continue
		}
		if err != nil {
			return fmt.Errorf("store account: %w", err)
		}
		return nil
	}
}

// RenewAccount keeps the next refresh token of an account. One that is gone, or
// that signed in anew since, stays as it is.
func (r *Registry) RenewAccount(ctx context.Context, a Account, refreshToken string) error {
	for try := 1; ; try++ {
		held, ok := r.state.Load().accounts[accountKey{a.DirectoryID, a.ObjectID}]
		if !ok || held.Tenant != a.Tenant || !held.SignedInAt.Equal(a.SignedInAt) {
			return nil
		}
		next := held.Account
		next.RefreshToken = refreshToken
		k := contact.PresenceKey(a.DirectoryID, accountPrefix+a.ObjectID)
		puts, err := encodePuts(object{k, next})
		if err != nil {
			return err
		}
		_, err = r.commit(ctx, stream.Tx{Tenant: a.Tenant, Checks: []stream.Check{{Key: k, Version: held.version}}, Puts: puts})
		if r.retry(ctx, err, try) {
			continue
		}
		if err != nil {
			return fmt.Errorf("store account: %w", err)
		}
		return nil
	}
}

// RemoveAccount forgets an account. It returns ErrNotFound or ErrConflict.
func (r *Registry) RemoveAccount(ctx context.Context, tenant, directoryID, objectID string) error {
	a, ok := r.state.Load().accounts[accountKey{directoryID, objectID}]
	if !ok || a.Tenant != tenant {
		return fmt.Errorf("account: %w", ErrNotFound)
	}
	_, err := r.commit(ctx, stream.Tx{Tenant: tenant, Deletes: []string{contact.PresenceKey(directoryID, accountPrefix+objectID)}})
	if err != nil {
		return fmt.Errorf("remove account: %w", err)
	}
	return nil
}

// accountsOf lists the object ids of a directory's accounts.
func (s *state) accountsOf(dir string) []string {
	var ids []string
	for k := range s.accounts {
		if k.directory == dir {
			ids = append(ids, k.objectID)
		}
	}
	slices.Sort(ids)
	return ids
}

// endedBy lists the keys of the accounts that a consent leaves nothing for.
func (s *state) endedBy(c *Consent) []string {
	var keys []string
	for _, id := range s.accountsOf(c.DirectoryID) {
		a := s.accounts[accountKey{c.DirectoryID, id}]
		if c.Removed || a.App != c.App || a.MicrosoftTenant != c.MicrosoftTenant {
			keys = append(keys, contact.PresenceKey(c.DirectoryID, accountPrefix+id))
		}
	}
	return keys
}

// accountID returns the object id in the provider of an account's key.
func accountID(provider string) (string, bool) { return strings.CutPrefix(provider, accountPrefix) }
