package directory

import (
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

// The vendors whose webhooks tell of the presence of a directory's people.
const (
	RingCentral = "ringcentral"
	Zoom        = "zoom"
)

// Vendors lists them.
func Vendors() []string { return []string{RingCentral, Zoom} }

const (
	minWebhookSecret = 16
	maxWebhookSecret = 256
)

// A Webhook is how a vendor tells of presence: by deliveries that show a
// secret. The secret is kept as it is, because what is signed can be checked
// with nothing less; it opens nothing but the webhook of this directory.
type Webhook struct {
	Vendor string    `json:"vendor"`
	Secret string    `json:"secret"`
	SetAt  time.Time `json:"setAt,omitzero"`
}

// webhook is a Webhook with its owner.
type webhook struct {
	Webhook
	tenant, directory string
}

// webhookKey names a webhook over all tenants.
type webhookKey struct{ directory, vendor string }

// putWebhook enters a webhook. What a removed directory left behind is passed
// over.
func (s *state) putWebhook(tenant, dir, vendor string, value []byte, at stream.Commit) error {
	if d, ok := s.directories[dir]; !ok || d.tenant != tenant {
		return nil
	}
	w := webhook{tenant: tenant, directory: dir}
	if err := json.Unmarshal(value, &w.Webhook); err != nil {
		return fmt.Errorf("%w: webhook record: %w", stream.ErrCorrupt, err)
	}
	w.SetAt = first(w.SetAt, at.Time)
	s.webhooks[webhookKey{dir, vendor}] = w
	return nil
}

// removePresence forgets how a provider was connected.
func (s *state) removePresence(dir, provider string) {
	if id, ok := accountID(provider); ok {
		delete(s.accounts, accountKey{dir, id})
	} else if provider == microsoft {
		delete(s.consents, dir)
	} else {
		delete(s.webhooks, webhookKey{dir, provider})
	}
}

// dropPresence forgets how presence comes to a directory.
func (s *state) dropPresence(dir string) {
	delete(s.consents, dir)
	for _, id := range s.accountsOf(dir) {
		delete(s.accounts, accountKey{dir, id})
	}
	for _, vendor := range Vendors() {
		delete(s.webhooks, webhookKey{dir, vendor})
	}
}

// PutWebhook lets a vendor tell of the presence of a directory's people, with a
// secret in place of the one before. It returns ErrNotFound, ErrConflict or a
// *FieldError.
func (r *Registry) PutWebhook(ctx context.Context, tenant, directoryID, vendor, secret string) (Webhook, error) {
	_, version, err := r.directory(tenant, directoryID)
	if err != nil {
		return Webhook{}, err
	}
	if !slices.Contains(Vendors(), vendor) {
		return Webhook{}, fmt.Errorf("vendor: %w", ErrNotFound)
	}
	if len(secret) < minWebhookSecret || len(secret) > maxWebhookSecret || strings.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return Webhook{}, &FieldError{"secret", "must be 16 to 256 letters, digits and signs without spaces"}
	}
	puts, err := encodePuts(object{contact.PresenceKey(directoryID, vendor), Webhook{Vendor: vendor, Secret: secret}})
	if err != nil {
		return Webhook{}, err
	}
	check := stream.Check{Key: contact.DirectoryKey(directoryID), Version: version}
	at, err := r.commit(ctx, stream.Tx{Tenant: tenant, Checks: []stream.Check{check}, Puts: puts})
	if err != nil {
		return Webhook{}, fmt.Errorf("store webhook: %w", err)
	}
	return Webhook{Vendor: vendor, Secret: secret, SetAt: at.Time}, nil
}

// Webhooks lists the webhooks of a directory, by vendor.
func (r *Registry) Webhooks(tenant, directoryID string) ([]Webhook, error) {
	if _, _, err := r.directory(tenant, directoryID); err != nil {
		return nil, err
	}
	var list []Webhook
	for w := range maps.Values(r.state.Load().webhooks) {
		if w.directory == directoryID {
			list = append(list, w.Webhook)
		}
	}
	slices.SortFunc(list, func(a, b Webhook) int { return strings.Compare(a.Vendor, b.Vendor) })
	return list, nil
}

// RemoveWebhook ends a webhook at once.
func (r *Registry) RemoveWebhook(ctx context.Context, tenant, directoryID, vendor string) error {
	owner, _, err := r.Webhook(directoryID, vendor)
	if err != nil || owner != tenant {
		return fmt.Errorf("webhook: %w", ErrNotFound)
	}
	_, err = r.commit(ctx, stream.Tx{Tenant: tenant, Deletes: []string{contact.PresenceKey(directoryID, vendor)}})
	if err != nil {
		return fmt.Errorf("remove webhook: %w", err)
	}
	return nil
}

// Webhook returns a webhook and the tenant it belongs to, for who serves
// deliveries, or ErrNotFound.
func (r *Registry) Webhook(directoryID, vendor string) (tenant string, w Webhook, err error) {
	found, ok := r.state.Load().webhooks[webhookKey{directoryID, vendor}]
	if !ok {
		return "", Webhook{}, fmt.Errorf("webhook: %w", ErrNotFound)
	}
	return found.tenant, found.Webhook, nil
}
