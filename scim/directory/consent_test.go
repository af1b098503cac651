package directory

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

const (
	contoso  = "00000000-0000-4000-8000-000000000001"
	fabrikam = "00000000-0000-4000-8000-000000000002"
)

func TestConsentIsKeptWithItsTimes(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	dir := openDirectory(t, r, DefaultTenant)
	if _, err := r.Consent(DefaultTenant, dir); !errors.Is(err, ErrNotFound) {
		t.Errorf("before it was given: %v", err)
	}
	if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: contoso, By: "k1"}); err != nil {
		t.Fatal(err)
	}
	granted, err := r.Consent(DefaultTenant, dir)
	if err != nil || granted.MicrosoftTenant != contoso || granted.GrantedBy != "k1" || granted.GrantedAt.IsZero() || granted.Removed {
		t.Errorf("granted: %+v, %v", granted, err)
	}
	if err := r.ConsentGone(t.Context(), DefaultTenant, dir); err != nil {
		t.Fatal(err)
	}
	if c, _ := r.Consent(DefaultTenant, dir); c != granted {
		t.Errorf("what is in use cannot be gone: %+v", c)
	}
	removed, err := r.RemoveConsent(t.Context(), DefaultTenant, dir)
	if err != nil || !removed.Removed || removed.RemovedAt.IsZero() || !removed.GrantedAt.Equal(granted.GrantedAt) {
		t.Errorf("removed: %+v, %v", removed, err)
	}
	if again, err := r.RemoveConsent(t.Context(), DefaultTenant, dir); err != nil || again != removed {
		t.Errorf("removed again: %+v, %v", again, err)
	}
	if err := r.ConsentGone(t.Context(), DefaultTenant, dir); err != nil {
		t.Fatal(err)
	}
	before := r.Consents()
	stop()
	r, _ = start(t, log, Config{})
	if diff := cmp.Diff(before, r.Consents()); diff != "" || !before[0].Gone || before[0].GoneAt.IsZero() || !before[0].RemovedAt.Equal(removed.RemovedAt) {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: fabrikam, By: "k2"}); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Consent(DefaultTenant, dir); err != nil || c.MicrosoftTenant != fabrikam || c.Removed || c.Gone || !c.GoneAt.IsZero() {
		t.Errorf("granted anew: %+v, %v", c, err)
	}
}

func TestConsentBelongsToItsTenantAndDirectory(t *testing.T) {
	log := memlog.New()
	r, _ := start(t, log, Config{})
	second, _, err := r.AddTenant(t.Context(), "Second")
	if err != nil {
		t.Fatal(err)
	}
	dir, other := openDirectory(t, r, DefaultTenant), openDirectory(t, r, second.ID)
	for tenant, id := range map[string]string{DefaultTenant: dir, second.ID: other} {
		if err := r.GrantConsent(t.Context(), tenant, id, Granted{MicrosoftTenant: contoso, By: "k"}); err != nil {
			t.Fatal(err)
		}
	}
	_, readErr := r.Consent(second.ID, dir)
	_, removeErr := r.RemoveConsent(t.Context(), second.ID, dir)
	for _, err := range []error{readErr, removeErr, r.ConsentGone(t.Context(), second.ID, dir), r.GrantConsent(t.Context(), second.ID, dir, Granted{MicrosoftTenant: contoso, By: "k"})} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("another tenant's directory: %v, want ErrNotFound", err)
		}
	}
	if err := r.RemoveDirectory(t.Context(), DefaultTenant, dir); err != nil {
		t.Fatal(err)
	}
	if list := r.Consents(); len(list) != 1 || list[0].DirectoryID != other || list[0].Tenant != second.ID {
		t.Errorf("after the directory was removed: %+v", list)
	}
	gone := func(tenant, dir string) bool {
		view, err := log.View()
		if err != nil {
			t.Fatal(err)
		}
		defer view.Close()
		_, err = view.Get(tenant, contact.PresenceKey(dir, microsoft))
		return errors.Is(err, stream.ErrNotFound)
	}
	end := time.Now().Add(20 * time.Second)
	for !gone(DefaultTenant, dir) {
		if time.Now().After(end) {
			t.Fatal("the record of a removed directory stays in the log")
		}
		if err := log.Wait(t.Context(), log.Applied()); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.RemoveTenant(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	if list := r.Consents(); len(list) != 0 {
		t.Errorf("after the tenant was removed: %+v", list)
	}
}

func TestOnlyValidAdminKeysCount(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{OperatorKey: "an operator's own key of 32+ letters"})
	admin, _, err := r.AddKey(t.Context(), DefaultTenant, KeyDraft{Kind: key.Admin, ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	api, _, err := r.AddKey(t.Context(), DefaultTenant, KeyDraft{Kind: key.API, Scopes: []Scope{ScopeLookup}})
	if err != nil {
		t.Fatal(err)
	}
	has := func(tenant, id string, want bool) {
		t.Helper()
		if got := r.HasAdminKey(tenant, id); got != want {
			t.Errorf("HasAdminKey(%s, %s) = %t", tenant, id, got)
		}
	}
	has(DefaultTenant, admin.ID, true)
	has("second", admin.ID, false)
	has(DefaultTenant, api.ID, false)
	has(DefaultTenant, "made up", false)
	has(DefaultTenant, environmentKey, true)
	has("second", environmentKey, false)
	r.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	has(DefaultTenant, admin.ID, false)
	plain, _ := start(t, memlog.New(), Config{})
	if plain.HasAdminKey(DefaultTenant, environmentKey) {
		t.Error("an operator's key that was not chosen counts")
	}
}
