package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

const (
	sweepKeys  = 1000 // deleted in one transaction
	usesPeriod = 10 * time.Minute
	sweepPause = 30 * time.Second // after a failure
)

// runSweeper deletes what removed directories and tenants left in the log.
func (r *Registry) runSweeper(ctx context.Context) error {
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.sweep:
		case <-retry.C:
		}
		if err := r.sweepOnce(ctx); err != nil {
			if ctx.Err() != nil || errors.Is(err, stream.ErrClosed) {
				return err
			}
			r.cfg.Logger.Warn("deleting a removed directory was put off", "error", err)
			retry.Reset(sweepPause)
		}
	}
}

func (r *Registry) sweepOnce(ctx context.Context) error {
	for _, k := range slices.Collect(maps.Keys(r.state.Load().removed)) {
		tenant, prefixes := k.tenant, keysOf(k.id)
		if k.tenant == contact.SystemTenant {
			tenant, prefixes = k.id, []string{""}
		}
		for _, prefix := range prefixes {
			if err := r.deletePrefix(ctx, tenant, prefix); err != nil {
				return err
			}
		}
		if _, err := r.commit(ctx, stream.Tx{Tenant: k.tenant, Deletes: []string{contact.RemovedKey(k.id)}}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Registry) deletePrefix(ctx context.Context, tenant, prefix string) error {
	for {
		keys, err := r.someKeys(tenant, prefix)
		if err != nil || len(keys) == 0 {
			return err
		}
		if _, err := r.log.Commit(ctx, stream.Tx{Tenant: tenant, Deletes: keys}); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
}

func (r *Registry) someKeys(tenant, prefix string) ([]string, error) {
	view, err := r.log.View()
	if err != nil {
		return nil, err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	var keys []string
	for e, err := range view.Scan(tenant, prefix, "") {
		if err != nil {
			return nil, err
		}
		if keys = append(keys, e.Key); len(keys) == sweepKeys {
			break
		}
	}
	return keys, nil
}

// runUses stores now and then when credentials and clients were last used, to
// the hour, and deletes access tokens that expired.
func (r *Registry) runUses(ctx context.Context) error {
	tick := time.NewTicker(usesPeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			r.storeUses(ctx)
			r.storeClientUses(ctx)
			if err := r.sweepAccess(ctx); err != nil && ctx.Err() == nil {
				r.cfg.Logger.Warn("deleting expired access tokens was put off", "error", err)
			}
		}
	}
}

// storeUses writes the credentials that were used in a later hour than is
// stored. One that changed meanwhile, or a full disk, waits for the next time.
func (r *Registry) storeUses(ctx context.Context) {
	for _, c := range r.state.Load().credentials {
		used := lastUse(c.usedAt)
		if c.ClientID != "" || !used.After(c.LastUsedAt) {
			continue // an access token does not live long enough
		}
		stored := c.Credential
		stored.LastUsedAt = used
		k := contact.CredentialKey(c.ID)
		puts, err := encodePuts(object{k, stored})
		if err != nil {
			continue
		}
		_, err = r.log.Commit(ctx, stream.Tx{Tenant: c.tenant, Checks: []stream.Check{{Key: k, Version: c.version}}, Puts: puts})
		if err != nil && !errors.Is(err, stream.ErrConflict) {
			return
		}
	}
}
