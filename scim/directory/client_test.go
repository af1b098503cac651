package directory

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ringdex/ringdex/stream/memlog"
)

func TestSecretsOverlapAndExpire(t *testing.T) {
	d := newDesk(t, memlog.New())
	expires := time.Now().Add(365 * 24 * time.Hour).UTC().Truncate(time.Second)
	c, old := d.addClient(ClientDraft{SecretExpires: expires})
	if !c.Secrets[0].ExpiresAt.Equal(expires) || c.Secrets[0].CreatedAt.IsZero() {
		t.Errorf("the secret is %+v", c.Secrets[0])
	}
	_, fresh, err := d.r.AddSecret(t.Context(), DefaultTenant, d.dir, c.ID, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	d.mustGrant(c, old)
	d.mustGrant(c, fresh)
	shown, err := d.r.Client(DefaultTenant, d.dir, c.ID)
	if err != nil || shown.LastUsedAt.IsZero() || shown.Secrets[0].LastUsedAt.IsZero() || shown.Secrets[1].LastUsedAt.IsZero() {
		t.Errorf("the use is not shown: %+v, %v", shown, err)
	}
	d.r.now = func() time.Time { return expires }
	if _, err := d.grant(c, old); !isRefused(err) {
		t.Errorf("an expired secret: %v", err)
	}
	d.mustGrant(c, fresh)
	for i := 2; i < maxSecrets; i++ {
		if _, _, err := d.r.AddSecret(t.Context(), DefaultTenant, d.dir, c.ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := d.r.AddSecret(t.Context(), DefaultTenant, d.dir, c.ID, time.Time{}); !isFieldError(err) {
		t.Errorf("one secret too many: %v", err)
	}
}

func TestLastUseOfClientsIsStored(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	d := deskOf(t, r, openDirectory(t, r, DefaultTenant))
	c, secret := d.addClient(ClientDraft{})
	d.mustGrant(c, secret)
	r.storeClientUses(t.Context())
	d.mustGrant(c, secret) // whatever version the record is at
	stop()
	r, _ = start(t, log, Config{})
	shown, err := r.Client(DefaultTenant, d.dir, c.ID)
	if err != nil || shown.LastUsedAt.IsZero() || shown.Secrets[0].LastUsedAt.IsZero() || !shown.CreatedAt.Equal(c.CreatedAt) {
		t.Errorf("after a restart the client is %+v, %v", shown, err)
	}
}

func TestKeysOfAnIssuerCanBeReplaced(t *testing.T) {
	d := newDesk(t, memlog.New())
	old, fresh := newSigner(t, "k1"), newSigner(t, "k2")
	c, _ := d.addClient(ClientDraft{Federation: &Federation{Keys: keySet(t, old)}})
	if _, err := d.assert(c.ID, fresh.sign(t, c.ID, c.ID, publicURL, "1", time.Now())); !isRefused(err) {
		t.Errorf("a key that is not there yet: %v", err)
	}
	if r, ok := d.g.LastRefusal(c.ID); !ok || r.Reason == "" {
		t.Errorf("the administrator learns %+v", r)
	}
	if _, err := d.r.ChangeClient(t.Context(), DefaultTenant, d.dir, c.ID, ClientChange{Keys: keySet(t, fresh), Label: new("renewed")}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.assert(c.ID, fresh.sign(t, c.ID, c.ID, publicURL, "1", time.Now())); err != nil {
		t.Errorf("the new key: %v", err)
	}
	if _, err := d.assert(c.ID, old.sign(t, c.ID, c.ID, publicURL, "2", time.Now())); !isRefused(err) {
		t.Errorf("the old key: %v", err)
	}
	d.wantRefused(ClientChange{Label: new("a\nb")}, c.ID, "label")
	d.wantRefused(ClientChange{KeysURI: new("http://192.0.2.1/")}, c.ID, "federation.jwksUri")
	withSecret, _ := d.addClient(ClientDraft{})
	d.wantRefused(ClientChange{Keys: keySet(t, old)}, withSecret.ID, "federation")
}

func (d desk) wantRefused(ch ClientChange, id, field string) {
	d.Helper()
	_, err := d.r.ChangeClient(d.Context(), DefaultTenant, d.dir, id, ch)
	if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != field {
		d.Errorf("%+v: %v, want %s refused", ch, err, field)
	}
}

func TestBadClientDraftsNameTheirField(t *testing.T) {
	d := newDesk(t, memlog.New())
	s := newSigner(t, "k1")
	private, err := json.Marshal(map[string]any{"keys": []jose.JSONWebKey{{Key: s.key}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field string
		draft ClientDraft
	}{
		{"label", ClientDraft{Label: "a\nb"}},
		{"expiresIn", ClientDraft{SecretExpires: time.Now().Add(4 * 366 * 24 * time.Hour)}},
		{"expiresAt", ClientDraft{SecretExpires: time.Now().Add(-time.Hour)}},
		{"expiresIn", ClientDraft{SecretExpires: time.Now().Add(time.Hour), Federation: &Federation{Keys: keySet(t, s)}}},
		{"federation", ClientDraft{Federation: &Federation{}}},
		{"federation", ClientDraft{Federation: &Federation{Keys: keySet(t, s), KeysURI: "https://login.example.com/keys"}}},
		{"federation.issuer", ClientDraft{Federation: &Federation{Issuer: "a\x00", Keys: keySet(t, s)}}},
		{"federation.jwks", ClientDraft{Federation: &Federation{Keys: json.RawMessage(`{}`)}}},
		{"federation.jwks", ClientDraft{Federation: &Federation{Keys: private}}},
		{"federation.jwks", ClientDraft{Federation: &Federation{Keys: make([]byte, maxInlineKeys+1)}}},
		{"federation.jwksUri", ClientDraft{Federation: &Federation{KeysURI: "http://127.0.0.1/keys"}}},
		{"federation.jwksUri", ClientDraft{LocalKeys: true, Federation: &Federation{KeysURI: "http://192.0.2.1/keys"}}},
	} {
		_, _, err := d.r.AddClient(t.Context(), DefaultTenant, d.dir, c.draft)
		if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != c.field {
			t.Errorf("draft with a bad %s: %v", c.field, err)
		}
	}
	if list, err := d.r.Clients(DefaultTenant, d.dir); err != nil || len(list) != 0 {
		t.Errorf("a refused draft left %+v, %v", list, err)
	}
	for range maxClients {
		d.addClient(ClientDraft{})
	}
	if _, _, err := d.r.AddClient(t.Context(), DefaultTenant, d.dir, ClientDraft{}); !isFieldError(err) {
		t.Errorf("one client too many: %v", err)
	}
}

func TestClientsStayInTheirTenantAndDirectory(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	d := deskOf(t, r, openDirectory(t, r, DefaultTenant))
	c, _ := d.addClient(ClientDraft{})
	tenant, _, err := r.AddTenant(t.Context(), "Second")
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]struct{ tenant, dir string }{
		"another tenant":              {tenant.ID, d.dir},
		"another tenant's directory":  {tenant.ID, openDirectory(t, r, tenant.ID)},
		"another directory":           {DefaultTenant, openDirectory(t, r, DefaultTenant)},
		"a directory that is nowhere": {DefaultTenant, "nowhere"},
	} {
		ctx := t.Context()
		for what, err := range map[string]error{
			"get":           second(r.Client(at.tenant, at.dir, c.ID)),
			"change":        second(r.ChangeClient(ctx, at.tenant, at.dir, c.ID, ClientChange{Label: new("mine")})),
			"remove":        r.RemoveClient(ctx, at.tenant, at.dir, c.ID),
			"remove secret": r.RemoveSecret(ctx, at.tenant, at.dir, c.ID, c.Secrets[0].ID),
		} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("%s from %s: %v", what, name, err)
			}
		}
		if list, _ := r.Clients(at.tenant, at.dir); len(list) != 0 {
			t.Errorf("%s lists %+v", name, list)
		}
	}
	if err := r.RemoveSecret(t.Context(), DefaultTenant, d.dir, c.ID, "nowhere"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a secret that is nowhere: %v", err)
	}
}
