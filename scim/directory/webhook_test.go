package directory

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream/memlog"
)

func TestWebhookIsKeptWithItsSecret(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	dir := openDirectory(t, r, DefaultTenant)
	if _, _, err := r.Webhook(dir, Zoom); !errors.Is(err, ErrNotFound) {
		t.Errorf("before it was set: %v", err)
	}
	for _, secret := range []string{"an-old-secret-of-16", "a-new-secret-of-16"} {
		if w, err := r.PutWebhook(t.Context(), DefaultTenant, dir, Zoom, secret); err != nil || w.SetAt.IsZero() {
			t.Fatalf("%+v, %v", w, err)
		}
	}
	if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: contoso, By: "k"}); err != nil {
		t.Fatal(err)
	}
	before, err := r.Webhooks(DefaultTenant, dir)
	if err != nil || len(before) != 1 || before[0].Secret != "a-new-secret-of-16" {
		t.Errorf("webhooks %+v, %v", before, err)
	}
	stop()
	r, _ = start(t, log, Config{})
	after, err := r.Webhooks(DefaultTenant, dir)
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("after a restart: %v (-before +after):\n%s", err, diff)
	}
	if tenant, w, err := r.Webhook(dir, Zoom); tenant != DefaultTenant || w.Secret != "a-new-secret-of-16" || err != nil {
		t.Errorf("%s %+v, %v", tenant, w, err)
	}
	if err := r.RemoveWebhook(t.Context(), DefaultTenant, dir, Zoom); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Consent(DefaultTenant, dir); err != nil {
		t.Errorf("the consent went with the webhook: %v", err)
	}
}

func TestWebhookBelongsToItsTenantAndDirectory(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	second, _, err := r.AddTenant(t.Context(), "Second")
	if err != nil {
		t.Fatal(err)
	}
	const secret = "a-secret-of-16-letters"
	dir := openDirectory(t, r, DefaultTenant)
	if _, err := r.PutWebhook(t.Context(), DefaultTenant, dir, RingCentral, secret); err != nil {
		t.Fatal(err)
	}
	_, putErr := r.PutWebhook(t.Context(), second.ID, dir, RingCentral, secret)
	_, listErr := r.Webhooks(second.ID, dir)
	_, vendorErr := r.PutWebhook(t.Context(), DefaultTenant, dir, microsoft, secret)
	for what, err := range map[string]error{
		"set": putErr, "list": listErr, "remove": r.RemoveWebhook(t.Context(), second.ID, dir, RingCentral),
		"no vendor": vendorErr, "never set": r.RemoveWebhook(t.Context(), DefaultTenant, dir, Zoom),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", what, err)
		}
	}
	for _, bad := range []string{"", "fifteen-letters", strings.Repeat("x", 257), "with a space in it", "with\nlines-and-lines", "éééééééééééééééé"} {
		if _, err := r.PutWebhook(t.Context(), DefaultTenant, dir, Zoom, bad); !isFieldError(err) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := r.RemoveDirectory(t.Context(), DefaultTenant, dir); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Webhook(dir, RingCentral); !errors.Is(err, ErrNotFound) {
		t.Errorf("after the directory was removed: %v", err)
	}
}
