package directory

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ringdex/ringdex/scim/key"
	"github.com/ringdex/ringdex/scim/oauth"
	"github.com/ringdex/ringdex/stream/memlog"
)

func TestAssertionIsUsedOnce(t *testing.T) {
	log := memlog.New()
	r, stop := start(t, log, Config{})
	d := deskOf(t, r, openDirectory(t, r, DefaultTenant))
	s := newSigner(t, "k1")
	c, _ := d.addClient(ClientDraft{Federation: &Federation{Keys: keySet(t, s)}})
	assertion := s.sign(t, c.ID, c.ID, publicURL+oauth.TokenPath, "once/../%00", time.Now())
	var granted, refused int
	var wg sync.WaitGroup
	results := make(chan error, 10)
	for range cap(results) {
		wg.Go(func() {
			_, err := d.assert(c.ID, assertion)
			results <- err
		})
	}
	wg.Wait()
	close(results)
	for err := range results {
		switch {
		case err == nil:
			granted++
		case isRefused(err):
			refused++
		default:
			t.Error(err)
		}
	}
	if granted != 1 || refused != cap(results)-1 {
		t.Errorf("shown at once %d times, granted %d and refused %d", cap(results), granted, refused)
	}
	stop()
	r, _ = start(t, log, Config{})
	d = deskOf(t, r, d.dir)
	if _, err := d.assert(c.ID, assertion); !isRefused(err) {
		t.Errorf("after a restart: %v", err)
	}
	if _, err := d.assert(c.ID, s.sign(t, c.ID, c.ID, publicURL, "another", time.Now())); err != nil {
		t.Errorf("another one: %v", err)
	}
	unnamed := s.sign(t, c.ID, c.ID, publicURL, "", time.Now())
	if _, err := d.assert(c.ID, unnamed); err != nil {
		t.Errorf("without a jti: %v", err)
	}
	if _, err := d.assert(c.ID, unnamed); !isRefused(err) {
		t.Errorf("without a jti, again: %v", err)
	}
	if _, err := d.assert(c.ID, s.sign(t, c.ID, c.ID, publicURL, "", time.Now().Add(time.Second))); err != nil {
		t.Errorf("another one without a jti: %v", err)
	}
}

// A cloud hands out the same token without an id until it ends, and a workload
// has no other to show.
func TestTokenOfACloudWithoutAnIDIsUsedAgain(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	d := deskOf(t, r, openDirectory(t, r, DefaultTenant))
	s := newSigner(t, "k1")
	c, _ := d.addClient(ClientDraft{Federation: &Federation{Issuer: "https://login.example.com", Subject: "one", Audience: "api://a1", Keys: keySet(t, s)}})
	token := s.sign(t, "https://login.example.com", "one", "api://a1", "", time.Now())
	for range 2 {
		if _, err := d.assert(c.ID, token); err != nil {
			t.Error(err)
		}
	}
}

func TestAssertionsOfOneClientServeNoOther(t *testing.T) {
	r, _ := start(t, memlog.New(), Config{})
	d := deskOf(t, r, openDirectory(t, r, DefaultTenant))
	tenant, _, err := r.AddTenant(t.Context(), "Second")
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t, "k1")
	federation := func(subject string) *Federation {
		return &Federation{Issuer: "https://login.example.com", Subject: subject, Audience: "api://a1/.default", Keys: keySet(t, s)}
	}
	c, _ := d.addClient(ClientDraft{Federation: federation("one")})
	other, _, err := r.AddClient(t.Context(), tenant.ID, openDirectory(t, r, tenant.ID), ClientDraft{Federation: federation("two")})
	if err != nil {
		t.Fatal(err)
	}
	withSecret, secret := d.addClient(ClientDraft{})
	sign := func(subject, jti string) string {
		return s.sign(t, "https://login.example.com", subject, "api://a1", jti, time.Now())
	}
	if _, err := d.assert(other.ID, sign("one", "1")); !isRefused(err) {
		t.Errorf("another tenant's client with the assertion of one: %v", err)
	}
	if _, err := d.assert(withSecret.ID, sign("one", "2")); !isRefused(err) {
		t.Errorf("a client with secrets with an assertion: %v", err)
	}
	if _, err := d.grant(c, secret); !isRefused(err) {
		t.Errorf("a client with a federation with a secret: %v", err)
	}
	token, err := d.assert("", sign("one", "3"))
	if err != nil {
		t.Fatalf("the only client of a subject: %v", err)
	}
	if p, err := r.Authenticate(token.Text()); err != nil || p.ClientID != c.ID {
		t.Errorf("the subject's token is %+v, %v", p, err)
	}
	if _, err := d.assert("", sign("three", "4")); !isRefused(err) {
		t.Errorf("a subject of no client: %v", err)
	}
	if _, _, err := r.AddClient(t.Context(), tenant.ID, other.DirectoryID, ClientDraft{Federation: federation("one")}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.assert("", sign("one", "5")); !isRefused(err) {
		t.Errorf("a subject of two clients: %v", err)
	}
	if _, err := d.assert(c.ID, sign("one", "6")); err != nil {
		t.Errorf("one of two clients, named: %v", err)
	}
}

func TestGuessersAtTheTokenEndpointAreSlowedDownAlone(t *testing.T) {
	d := newDesk(t, memlog.New())
	c, secret := d.addClient(ClientDraft{})
	wrong := key.New(key.Client)
	var throttled *ThrottledError
	for range failuresAllowed {
		if _, err := d.grant(c, wrong); !isRefused(err) {
			t.Fatalf("a wrong secret: %v", err)
		}
	}
	if _, err := d.grant(c, wrong); !errors.As(err, &throttled) || throttled.RetryAfter < 1 {
		t.Errorf("after %d failures: %v", failuresAllowed+1, err)
	}
	d.mustGrant(c, secret)
	for range failuresAllowed + 1 { // ids that do not exist are counted as one
		_, err := d.grant(Client{ID: key.NewID(16)}, wrong)
		throttled = nil
		errors.As(err, &throttled)
	}
	if throttled == nil {
		t.Error("made-up clients are not slowed down")
	}
}
