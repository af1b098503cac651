package directory

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func TestAccessTokenLivesAnHourAndSurvivesARestart(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	d := deskOf(t, r, openDirectory(t, r, DefaultTenant))
	c, secret := d.addClient(ClientDraft{Label: "provisioning"})
	begin := time.Now()
	token := d.mustGrant(c, secret)
	p, err := r.Authenticate(token.Text())
	want := Principal{Tenant: DefaultTenant, KeyID: token.ID, Kind: key.SCIM, DirectoryID: d.dir, ClientID: c.ID}
	if diff := cmp.Diff(want, p, cmp.AllowUnexported(Principal{})); diff != "" || err != nil || p.Caller() != c.ID {
		t.Errorf("the token gives %v (-want +got):\n%s", err, diff)
	}
	stop()
	r, _ = start(t, log, Config{})
	d = deskOf(t, r, d.dir)
	d.wantValid(token, true, "after a restart")
	d.mustGrant(c, secret)
	d.wantValid(secret, false, "a secret in place of a token")
	r.now = func() time.Time { return begin.Add(AccessLifetime - time.Second) }
	d.wantValid(token, true, "before the hour is over")
	r.now = func() time.Time { return begin.Add(AccessLifetime + time.Minute) }
	d.wantValid(token, false, "after an hour")
	tokens, err := r.Tokens(DefaultTenant, d.dir)
	if err != nil || len(tokens) != 1 {
		t.Errorf("access tokens are listed among those made by hand: %+v, %v", tokens, err)
	}
	if err := r.RevokeToken(t.Context(), DefaultTenant, d.dir, token.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("an access token is revoked like one made by hand: %v", err)
	}
}

func TestAccessTokensEndWithWhatTheyComeFrom(t *testing.T) {
	log := memlog.New()
	d := newDesk(t, log)
	ctx := t.Context()
	one, first := d.addClient(ClientDraft{})
	two, other := d.addClient(ClientDraft{})
	added, second, err := d.r.AddSecret(ctx, DefaultTenant, d.dir, one.ID, time.Time{})
	if err != nil || added.ID != second.ID {
		t.Fatal(added, err)
	}
	byFirst, bySecond, byOther := d.mustGrant(one, first), d.mustGrant(one, second), d.mustGrant(two, other)
	if err := d.r.RemoveSecret(ctx, DefaultTenant, d.dir, one.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	d.wantValid(byFirst, false, "after its secret went")
	d.wantValid(bySecond, true, "after the other secret went")
	if _, err := d.grant(one, first); !isRefused(err) {
		t.Errorf("a removed secret: %v", err)
	}
	if err := d.r.RemoveClient(ctx, DefaultTenant, d.dir, one.ID); err != nil {
		t.Fatal(err)
	}
	d.wantValid(bySecond, false, "after its client went")
	if _, err := d.grant(one, second); !isRefused(err) {
		t.Errorf("a removed client: %v", err)
	}
	d.wantValid(byOther, true, "after another client went")
	if err := d.r.RemoveDirectory(ctx, DefaultTenant, d.dir); err != nil {
		t.Fatal(err)
	}
	d.wantValid(byOther, false, "after its directory went")
	if _, err := d.grant(two, other); !isRefused(err) {
		t.Errorf("a client of a removed directory: %v", err)
	}
	waitFor(t, log, func(v stream.View) bool {
		for e, err := range v.Scan(DefaultTenant, "", "") {
			if err != nil {
				t.Fatal(err)
			}
			if k := contact.Kind(e.Key[0]); k != contact.KindTenant {
				return false
			}
		}
		return true
	})
}

func TestAccessTokenMadeWhileItsClientGoesOpensNothing(t *testing.T) {
	log := memlog.New()
	d := newDesk(t, log)
	c, _ := d.addClient(ClientDraft{})
	k := key.New(key.SCIM)
	// What a transaction leaves that was decided just before the client went.
	puts, err := encodePuts(object{contact.CredentialKey(k.ID), Credential{
		ID: k.ID, Kind: key.SCIM, Hash: k.Hash(), DirectoryID: d.dir, ClientID: c.ID, SecretID: c.Secrets[0].ID, ExpiresAt: time.Now().Add(time.Hour),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.r.RemoveClient(t.Context(), DefaultTenant, d.dir, c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.r.commit(t.Context(), stream.Tx{Tenant: DefaultTenant, Puts: puts}); err != nil {
		t.Fatal(err)
	}
	d.wantValid(k, false, "its client is gone")
}

func TestOldestAccessTokensMakeRoom(t *testing.T) {
	d := newDesk(t, memlog.New())
	c, secret := d.addClient(ClientDraft{})
	other, otherSecret := d.addClient(ClientDraft{})
	kept := d.mustGrant(other, otherSecret)
	var tokens []key.Key
	for range maxAccessTokens + 3 {
		tokens = append(tokens, d.mustGrant(c, secret))
	}
	for i, token := range tokens {
		d.wantValid(token, i >= 3, fmt.Sprintf("token %d of %d", i, len(tokens)))
	}
	d.wantValid(kept, true, "another client's token")
}

func TestExpiredAccessTokensAndAssertionsAreSwept(t *testing.T) {
	log := memlog.New()
	d := newDesk(t, log)
	s := newSigner(t, "k1")
	c, _ := d.addClient(ClientDraft{Federation: &Federation{Keys: keySet(t, s)}})
	if _, err := d.assert(c.ID, s.sign(t, c.ID, c.ID, publicURL, "once", time.Now())); err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		view, err := log.View()
		if err != nil {
			t.Fatal(err)
		}
		defer view.Close()
		for e, err := range view.Scan(DefaultTenant, "", "") {
			if err != nil {
				t.Fatal(err)
			}
			if k := contact.Kind(e.Key[0]); k == contact.KindCredential || k == contact.KindAssertion {
				n++
			}
		}
		return n
	}
	sweep := func(want int) {
		t.Helper()
		if err := d.r.sweepAccess(t.Context()); err != nil || count() != want {
			t.Errorf("after a sweep %d keys are left, %v; want %d", count(), err, want)
		}
	}
	sweep(3) // the directory's first token, the access token, the assertion
	d.r.now = func() time.Time { return time.Now().Add(AccessLifetime + time.Second) }
	sweep(1)
}

func TestTokensOfAClientShareItsRate(t *testing.T) {
	d := newDesk(t, memlog.New())
	c, secret := d.addClient(ClientDraft{})
	one, two := d.mustGrant(c, secret), d.mustGrant(c, secret)
	g := &Gate{Registry: d.r, PerSecond: 3}
	passed := 0
	for range 12 {
		for _, token := range []key.Key{one, two} {
			if _, err := g.Admit("Bearer "+token.Text(), "192.0.2.1"); err == nil {
				passed++
			}
		}
	}
	if passed < 6 || passed > 8 {
		t.Errorf("%d of 24 requests with two tokens passed a bound of 3 a second and 6 at once", passed)
	}
}

func TestClientMintsNoMoreThanItCanNeed(t *testing.T) {
	d := newDesk(t, memlog.New())
	c, secret := d.addClient(ClientDraft{})
	refused := 0
	for range mintsAtOnce + 50 {
		if _, err := d.grant(c, secret); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Errorf("%d tokens at once were made", mintsAtOnce+50)
	}
}
