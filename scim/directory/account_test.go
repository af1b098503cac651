package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func object1(n int) string { return fmt.Sprintf("cccccccc-0000-4000-8000-%012d", n) }

// anAccount is one that signed in for a directory.
func anAccount(dir string, n int, token string) Account {
	return Account{Tenant: DefaultTenant, DirectoryID: dir, ObjectID: object1(n), MicrosoftTenant: contoso, RefreshToken: token, SignedInBy: "k1"}
}

// stored tells whether a text stands anywhere in a tenant's part of the log.
func stored(t *testing.T, log stream.Log, tenant, text string) bool {
	t.Helper()
	view, err := log.View()
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for e, err := range view.Scan(tenant, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(e.Value), text) {
			return true
		}
	}
	return false
}

func TestAccountIsKeptWithItsNewestToken(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	dir := openDirectory(t, r, DefaultTenant)
	if err := r.PutAccount(t.Context(), anAccount(dir, 1, "first")); !errors.Is(err, ErrNotFound) {
		t.Errorf("without a consent: %v", err)
	}
	if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: contoso, By: "k1"}); err != nil {
		t.Fatal(err)
	}
	granted, _ := r.Consent(DefaultTenant, dir)
	foreign := anAccount(dir, 1, "first")
	foreign.MicrosoftTenant = fabrikam
	if err := r.PutAccount(t.Context(), foreign); !errors.Is(err, ErrNotFound) {
		t.Errorf("of another Microsoft tenant: %v", err)
	}
	if err := r.PutAccount(t.Context(), anAccount(dir, 1, "first")); err != nil {
		t.Fatal(err)
	}
	signedIn := r.Accounts()[0]
	if err := r.RenewAccount(t.Context(), signedIn, "second"); err != nil {
		t.Fatal(err)
	}
	want := []Account{signedIn}
	want[0].RefreshToken = "second"
	if diff := cmp.Diff(want, r.Accounts()); diff != "" || signedIn.SignedInAt.IsZero() || stored(t, log, DefaultTenant, "first") {
		t.Errorf("after a renewal (-want +got):\n%s", diff)
	}
	if now, _ := r.Consent(DefaultTenant, dir); now != granted {
		t.Errorf("the consent became %+v", now)
	}
	stop()
	r, _ = start(t, log, Config{})
	if diff := cmp.Diff(want, r.Accounts()); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	if err := r.PutAccount(t.Context(), anAccount(dir, 1, "third")); err != nil {
		t.Fatal(err)
	}
	if err := r.RenewAccount(t.Context(), signedIn, "late"); err != nil { // of the sign-in before
		t.Fatal(err)
	}
	if a := r.Accounts(); len(a) != 1 || a[0].RefreshToken != "third" || !a[0].SignedInAt.After(signedIn.SignedInAt) {
		t.Errorf("signed in anew: %+v", a)
	}
	if err := r.RemoveAccount(t.Context(), DefaultTenant, dir, object1(1)); err != nil {
		t.Fatal(err)
	}
	if err := r.RemoveAccount(t.Context(), DefaultTenant, dir, object1(1)); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed again: %v", err)
	}
	if err := r.RenewAccount(t.Context(), signedIn, "late"); err != nil || len(r.Accounts()) != 0 || stored(t, log, DefaultTenant, "late") {
		t.Errorf("a removed account came back: %v, %+v", err, r.Accounts())
	}
}

func TestAccountGoesWithWhatItIsFor(t *testing.T) {
	for name, end := range map[string]func(r *Registry, dir string) error{
		"consent removed": func(r *Registry, dir string) error {
			_, err := r.RemoveConsent(t.Context(), DefaultTenant, dir)
			return err
		},
		"another Microsoft tenant": func(r *Registry, dir string) error {
			return r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: fabrikam, By: "k2"})
		},
	} {
		log := memlog.New()
		r, _ := start(t, log, Config{})
		dir, other := openDirectory(t, r, DefaultTenant), openDirectory(t, r, DefaultTenant)
		for _, d := range []string{dir, other} {
			if err := r.GrantConsent(t.Context(), DefaultTenant, d, Granted{MicrosoftTenant: contoso, By: "k1"}); err != nil {
				t.Fatal(err)
			}
			for n := range 3 {
				if err := r.PutAccount(t.Context(), anAccount(d, n, "secret-of-"+d)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: contoso, By: "k2"}); err != nil || len(r.Accounts()) != 6 {
			t.Errorf("%s: consent of the same tenant again: %v, %d accounts", name, err, len(r.Accounts()))
		}
		if err := end(r, dir); err != nil {
			t.Fatal(err)
		}
		if len(r.Accounts()) != 3 || stored(t, log, DefaultTenant, "secret-of-"+dir) || !stored(t, log, DefaultTenant, "secret-of-"+other) {
			t.Errorf("%s: %d accounts are left", name, len(r.Accounts()))
		}
		if err := r.RemoveDirectory(t.Context(), DefaultTenant, other); err != nil || len(r.state.Load().accounts) != 0 {
			t.Errorf("%s: with the directory removed: %v, %d accounts", name, err, len(r.Accounts()))
		}
	}
}

// An interposed log does something right before it commits a change of a
// consent, once.
type interposed struct {
	stream.Log
	key    string
	before func()
}

// Commit implements stream.Log.
func (l *interposed) Commit(ctx context.Context, tx stream.Tx) (stream.Commit, error) {
	if before := l.before; before != nil && len(tx.Puts) == 1 && tx.Puts[0].Key == l.key {
		l.before = nil
		before()
	}
	return l.Log.Commit(ctx, tx)
}

// An account that signs in between the moment at which a change of the consent
// looks for accounts and the moment at which it is stored.
func TestConsentThatChangesNoticesWhoSignsInMeanwhile(t *testing.T) {
	for name, change := range map[string]func(r *Registry, dir string) error{
		"consent removed": func(r *Registry, dir string) error {
			_, err := r.RemoveConsent(t.Context(), DefaultTenant, dir)
			return err
		},
		"another Microsoft tenant": func(r *Registry, dir string) error {
			return r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: fabrikam, By: "k2"})
		},
	} {
		log := &interposed{Log: memlog.New()}
		r, _ := start(t, log, Config{})
		dir := openDirectory(t, r, DefaultTenant)
		if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: contoso, By: "k1"}); err != nil {
			t.Fatal(err)
		}
		log.key = contact.PresenceKey(dir, microsoft)
		log.before = func() {
			if err := r.PutAccount(t.Context(), anAccount(dir, 1, "secret-of-"+dir)); err != nil {
				t.Error(err)
			}
		}
		if err := change(r, dir); err != nil || log.before != nil {
			t.Errorf("%s: %v, %t", name, err, log.before != nil)
		}
		if len(r.Accounts()) != 0 || stored(t, log, DefaultTenant, "secret-of-"+dir) {
			t.Errorf("%s: the account is still there", name)
		}
	}
}

// Whatever comes first, no account outlives the consent.
func TestAccountThatSignsInDuringTheRemovalGoesAsWell(t *testing.T) {
	log := memlog.New()
	r, _ := start(t, log, Config{})
	for round := range 50 {
		dir := openDirectory(t, r, DefaultTenant)
		if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: contoso, By: "k1"}); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := r.PutAccount(t.Context(), anAccount(dir, 1, "secret-of-"+dir)); err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrConflict) {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := r.RemoveConsent(t.Context(), DefaultTenant, dir); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if len(r.Accounts()) != 0 || stored(t, log, DefaultTenant, "secret-of-"+dir) {
			t.Fatalf("round %d: an account outlived the consent", round)
		}
	}
}

func TestAccountBelongsToItsTenantAndIsOneOfFew(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	second, _, err := r.AddTenant(t.Context(), "Second")
	if err != nil {
		t.Fatal(err)
	}
	dir := openDirectory(t, r, DefaultTenant)
	if err := r.GrantConsent(t.Context(), DefaultTenant, dir, Granted{MicrosoftTenant: contoso, By: "k1"}); err != nil {
		t.Fatal(err)
	}
	stolen := anAccount(dir, 1, "x")
	stolen.Tenant = second.ID
	if err := r.PutAccount(t.Context(), stolen); !errors.Is(err, ErrNotFound) {
		t.Errorf("put by another tenant: %v", err)
	}
	for n := range MaxAccounts {
		if err := r.PutAccount(t.Context(), anAccount(dir, n, "x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.RemoveAccount(t.Context(), second.ID, dir, object1(1)); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed by another tenant: %v", err)
	}
	err = r.PutAccount(t.Context(), anAccount(dir, MaxAccounts, "x"))
	if _, ok := errors.AsType[*FieldError](err); !ok {
		t.Errorf("one too many: %v", err)
	}
	if err := r.PutAccount(t.Context(), anAccount(dir, 0, "y")); err != nil {
		t.Errorf("one of them again: %v", err)
	}
	if k, ok := contact.ParseKey(contact.PresenceKey(dir, accountPrefix+object1(1))); !ok || string(k.ID) != accountPrefix+object1(1) {
		t.Errorf("the key is read as %+v", k)
	}
}
