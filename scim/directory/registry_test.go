package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// start opens and runs a registry over log until the test or stop ends it.
func start(t *testing.T, log stream.Log, cfg Config) (r *Registry, stop func()) {
	t.Helper()
	r, err := Open(t.Context(), log, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	return r, stop
}

func TestFirstKeyIsMadeOnceAndAuthenticates(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	k, made, err := r.FirstKey(t.Context())
	if err != nil || !made {
		t.Fatalf("FirstKey = %v, %v", made, err)
	}
	if _, again, err := r.FirstKey(t.Context()); err != nil || again {
		t.Errorf("a second first key was made: %v, %v", again, err)
	}
	stop()
	r, _ = start(t, log, Config{})
	p, err := r.Authenticate(k.Text())
	if err != nil || p.Tenant != DefaultTenant || !p.Operator || !p.IsAdmin() {
		t.Errorf("after a restart the first key gives %+v, %v", p, err)
	}
}

func TestOperatorKeyReplacesTheFirstKeyAndIsNotStored(t *testing.T) {
	const chosen = "an operator's own key of 32+ letters"
	log := memlog.New()
	r, stop := start(t, log, Config{OperatorKey: chosen})
	if _, made, err := r.FirstKey(t.Context()); err != nil || made {
		t.Errorf("FirstKey made a key beside the operator's: %v, %v", made, err)
	}
	if p, err := r.Authenticate(chosen); err != nil || !p.Operator {
		t.Errorf("operator key gives %+v, %v", p, err)
	}
	stop()
	r, _ = start(t, log, Config{})
	for _, token := range []string{chosen, "", "x"} {
		if _, err := r.Authenticate(token); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("token of %d bytes without an operator key: %v", len(token), err)
		}
	}
	if _, err := Open(t.Context(), memlog.New(), Config{OperatorKey: "short"}); err == nil {
		t.Error("a short operator key was accepted")
	}
}

func TestDirectoryLifecycle(t *testing.T) {
	log := memlog.New()
	revoked := make(chan string, 8)
	r, stop := start(t, log, Config{Revoked: func(id string) { revoked <- id }})
	ctx := t.Context()
	d, token, err := r.AddDirectory(ctx, DefaultTenant, Draft{
		Name: new(" Head office "), Type: new(Entra), DefaultRegion: new("gb"), Policies: map[string]string{"missingPhone": "reject"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Directory{ID: d.ID, Name: "Head office", Type: Entra, DefaultRegion: "GB", Policies: Profile(Entra), CreatedAt: d.CreatedAt}
	want.Policies.MissingPhone = PolicyReject
	if diff := cmp.Diff(want, d); diff != "" || d.CreatedAt.IsZero() || strings.Contains(d.ID, "_") {
		t.Errorf("new directory (-want +got):\n%s", diff)
	}
	p, err := r.Authenticate(token.Text())
	if err != nil || p.DirectoryID != d.ID || p.Kind != key.SCIM || p.IsAdmin() || p.Can(ScopeLookup) {
		t.Errorf("token gives %+v, %v", p, err)
	}
	changed, err := r.ChangeDirectory(ctx, DefaultTenant, d.ID, Draft{Name: new("Branch")})
	if err != nil || changed.Name != "Branch" || !changed.CreatedAt.Equal(d.CreatedAt) {
		t.Errorf("changed directory is %+v, %v", changed, err)
	}
	stop()
	r, _ = start(t, log, Config{Revoked: func(id string) { revoked <- id }})
	if diff := cmp.Diff([]Directory{changed}, r.Directories(DefaultTenant)); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	if err := r.RemoveDirectory(ctx, DefaultTenant, d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(token.Text()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("token of a removed directory: %v", err)
	}
	if got := <-revoked; got != token.ID {
		t.Errorf("revoked %q, want %q", got, token.ID)
	}
	if _, err := r.Directory(DefaultTenant, d.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed directory: %v", err)
	}
}

func TestRemovedDirectoryLeavesNothingInTheLog(t *testing.T) {
	log := memlog.New()
	r, _ := start(t, log, Config{})
	ctx := t.Context()
	d, _, err := r.AddDirectory(ctx, DefaultTenant, Draft{Name: new("Gone")})
	if err != nil {
		t.Fatal(err)
	}
	stay, _, err := r.AddDirectory(ctx, DefaultTenant, Draft{Name: new("Stays")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2500 {
		tx := stream.Tx{Tenant: DefaultTenant}
		for _, dir := range []string{d.ID, stay.ID} {
			tx.Puts = append(tx.Puts, stream.Put{Key: contact.UserKey(dir, contact.ID(fmt.Sprint(i))), Value: []byte("x")})
		}
		if _, err := log.Commit(ctx, tx); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.RemoveDirectory(ctx, DefaultTenant, d.ID); err != nil {
		t.Fatal(err)
	}
	waitFor(t, log, func(v stream.View) bool {
		_, err := v.Get(DefaultTenant, contact.RemovedKey(d.ID))
		return errors.Is(err, stream.ErrNotFound)
	})
	view, err := log.View()
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	kept := 0
	for e, err := range view.Scan(DefaultTenant, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(e.Key, d.ID) {
			t.Fatalf("a key of the removed directory is left")
		}
		if strings.HasPrefix(e.Key, contact.UserPrefix(stay.ID)) {
			kept++
		}
	}
	if kept != 2500 {
		t.Errorf("%d of 2500 users of the other directory are left", kept)
	}
}

// waitFor follows the log until a view satisfies done.
func waitFor(t *testing.T, log stream.Log, done func(stream.View) bool) {
	t.Helper()
	check := func() bool {
		view, err := log.View()
		if err != nil {
			t.Fatal(err)
		}
		defer view.Close()
		return done(view)
	}
	if check() {
		return
	}
	errDone := errors.New("done")
	err := log.Follow(t.Context(), 0, func(stream.Record) error {
		if check() {
			return errDone
		}
		return nil
	})
	if !errors.Is(err, errDone) {
		t.Fatal(err)
	}
}

func TestTenantsNeverSeeEachOther(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	ctx := t.Context()
	a, aKey, err := r.AddTenant(ctx, "A")
	if err != nil {
		t.Fatal(err)
	}
	b, bKey, err := r.AddTenant(ctx, "B")
	if err != nil {
		t.Fatal(err)
	}
	d, token, err := r.AddDirectory(ctx, a.ID, Draft{Name: new("A's")})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"get":          second(r.Directory(b.ID, d.ID)),
		"change":       second(r.ChangeDirectory(ctx, b.ID, d.ID, Draft{Name: new("mine")})),
		"remove":       r.RemoveDirectory(ctx, b.ID, d.ID),
		"tokens":       second(r.Tokens(b.ID, d.ID)),
		"revoke token": r.RevokeToken(ctx, b.ID, d.ID, token.ID),
		"revoke key":   r.RevokeKey(ctx, b.ID, aKey.ID),
		"token as key": r.RevokeKey(ctx, a.ID, token.ID),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s from another tenant: %v", name, err)
		}
	}
	if len(r.Directories(b.ID)) != 0 || len(r.Keys(b.ID)) != 1 {
		t.Error("tenant B lists what is A's")
	}
	p, err := r.Authenticate(aKey.Text())
	if err != nil || p.Tenant != a.ID || p.Operator {
		t.Errorf("A's admin is %+v, %v", p, err)
	}
	if err := r.RemoveTenant(ctx, a.ID); err != nil {
		t.Fatal(err)
	}
	for _, k := range []key.Key{aKey, token} {
		if _, err := r.Authenticate(k.Text()); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("%s key of a removed tenant: %v", k.Kind, err)
		}
	}
	if _, err := r.Authenticate(bKey.Text()); err != nil {
		t.Errorf("B's key after A is gone: %v", err)
	}
	if err := r.RemoveTenant(ctx, DefaultTenant); !errors.Is(err, ErrForbidden) {
		t.Errorf("removing the default tenant: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestTokensRotateWithOverlap(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	ctx := t.Context()
	d, old, err := r.AddDirectory(ctx, DefaultTenant, Draft{Name: new("d")})
	if err != nil {
		t.Fatal(err)
	}
	expires := time.Now().Add(time.Hour)
	_, fresh, err := r.AddToken(ctx, DefaultTenant, d.ID, "next", expires)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []key.Key{old, fresh} {
		if _, err := r.Authenticate(k.Text()); err != nil {
			t.Errorf("one of two live tokens: %v", err)
		}
	}
	if err := r.RevokeToken(ctx, DefaultTenant, d.ID, old.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(old.Text()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("revoked token: %v", err)
	}
	r.now = func() time.Time { return expires }
	if _, err := r.Authenticate(fresh.Text()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("expired token: %v", err)
	}
}

func TestBadDraftsNameTheirField(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	for _, c := range []struct {
		field string
		draft Draft
	}{
		{"name", Draft{}},
		{"name", Draft{Name: new("  ")}},
		{"name", Draft{Name: new("a\nb")}},
		{"name", Draft{Name: new("\xff")}},
		{"name", Draft{Name: new(strings.Repeat("x", 201))}},
		{"type", Draft{Name: new("x"), Type: new(Type("ldap"))}},
		{"defaultRegion", Draft{Name: new("x"), DefaultRegion: new("Germany")}},
		{"policies.missingPhone", Draft{Name: new("x"), Policies: map[string]string{"missingPhone": "maybe"}}},
		{"policies.nothing", Draft{Name: new("x"), Policies: map[string]string{"nothing": "yes"}}},
	} {
		_, _, err := r.AddDirectory(t.Context(), DefaultTenant, c.draft)
		if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != c.field {
			t.Errorf("draft with a bad %s: %v", c.field, err)
		}
	}
	for _, d := range []KeyDraft{{Kind: key.SCIM}, {Kind: key.API}, {Kind: key.Admin, Scopes: Scopes()}, {Kind: key.API, Scopes: []Scope{"all"}}} {
		if _, _, err := r.AddKey(t.Context(), DefaultTenant, d); !isFieldError(err) {
			t.Errorf("key draft %+v: %v", d, err)
		}
	}
	if len(r.Directories(DefaultTenant)) != 0 || len(r.Keys(DefaultTenant)) != 0 {
		t.Error("a refused draft left something")
	}
}

func isFieldError(err error) bool {
	_, ok := errors.AsType[*FieldError](err)
	return ok
}

func TestLastAdminKeyStays(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	first, _, err := r.FirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.RevokeKey(t.Context(), DefaultTenant, first.ID); !errors.Is(err, ErrForbidden) {
		t.Errorf("revoking the last admin key: %v", err)
	}
	if _, _, err := r.AddKey(t.Context(), DefaultTenant, KeyDraft{Kind: key.Admin}); err != nil {
		t.Fatal(err)
	}
	if err := r.RevokeKey(t.Context(), DefaultTenant, first.ID); !errors.Is(err, ErrForbidden) {
		t.Errorf("revoking the operator's last key beside an admin key: %v", err)
	}
	_, second, err := r.AddKey(t.Context(), DefaultTenant, KeyDraft{Kind: key.Admin, Operator: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.RevokeKey(t.Context(), DefaultTenant, first.ID); err != nil {
		t.Errorf("revoking one of the operator's two keys: %v", err)
	}
	if p, err := r.Authenticate(second.Text()); err != nil || !p.Operator {
		t.Errorf("the operator's second key gives %+v, %v", p, err)
	}
}

func TestGateReadsEveryFormOfTheHeader(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	k, _, err := r.FirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{Registry: r}
	for _, form := range []string{"Bearer %s", "bearer %s", "BEARER   %s ", " Bearer %s", "%s"} {
		if _, err := g.Admit(fmt.Sprintf(form, k.Text()), "192.0.2.1"); err != nil {
			t.Errorf("form %q: %v", form, err)
		}
	}
	for _, header := range []string{"", "Bearer", "Bearer ", "Basic " + k.Text(), "Bearer x" + k.Text()} {
		if _, err := g.Admit(header, "192.0.2.1"); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("a header of %d bytes: %v", len(header), err)
		}
	}
}

func TestGateSlowsDownGuessersOnly(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	valid, _, err := r.FirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{Registry: r}
	wrong := "Bearer " + key.New(key.Admin).Text()
	var throttled *ThrottledError
	for range failuresAllowed {
		if _, err := g.Admit(wrong, "192.0.2.1"); errors.As(err, &throttled) {
			t.Fatal("throttled too soon")
		}
	}
	if _, err := g.Admit(wrong, "192.0.2.1"); !errors.As(err, &throttled) || throttled.RetryAfter < 1 {
		t.Errorf("after %d failures: %v", failuresAllowed+1, err)
	}
	if _, err := g.Admit(wrong, "192.0.2.2"); errors.As(err, &throttled) {
		t.Error("another source is throttled as well")
	}
	if _, err := g.Admit("Bearer "+valid.Text(), "192.0.2.1"); err != nil {
		t.Errorf("a valid key from the same source: %v", err)
	}
}

func TestGateBoundsTheRateOfAKey(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	k, _, err := r.FirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{Registry: r, PerSecond: 1}
	refused := 0
	for range 10 {
		if _, err := g.Admit(k.Text(), ""); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("ten requests at once passed a bound of one a second")
	}
}
