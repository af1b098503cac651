package teams

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

// The accounts of the double: two organisations with an administrator and
// somebody else each.
const (
	adminA    = "bbbbbbbb-0000-4000-8000-000000000001"
	employeeA = "bbbbbbbb-0000-4000-8000-000000000002"
	adminB    = "bbbbbbbb-0000-4000-8000-000000000003"
	employeeB = "bbbbbbbb-0000-4000-8000-000000000004"
	appAdminB = "bbbbbbbb-0000-4000-8000-000000000005" // administers applications
)

// A desk of consents under a clock of its own.
type consentWorld struct {
	t        *testing.T
	sim      *graphsim.Sim
	consents *Consents
	denied   error // what Allowed answers
}

func inConsent(t *testing.T, f func(w *consentWorld)) {
	synctest.Test(t, func(t *testing.T) {
		sim, client := newSim(t)
		w := &consentWorld{t: t, sim: sim}
		sim.AddTenant(graphsim.Tenant{ID: microsoftTenant(1), Name: "A", Accounts: []graphsim.Account{
			{ID: adminA, Name: "Ada", Roles: []string{graphsim.GlobalAdministrator}}, {ID: employeeA, Name: "Alf"},
		}})
		sim.AddTenant(graphsim.Tenant{ID: microsoftTenant(2), Name: "B", Accounts: []graphsim.Account{
			{ID: adminB, Name: "Bea", Roles: []string{graphsim.GlobalAdministrator}},
			{ID: employeeB, Name: "Bob"},
			{ID: appAdminB, Name: "Ben", Roles: []string{"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"}},
		}})
		w.consents = NewConsents(ConsentsConfig{Client: client, RedirectURL: redirectURL, Allowed: func(Request) error { return w.denied }})
		f(w)
	})
}

var requestA = Request{Tenant: "t1", Directory: "d1", KeyID: "k1"}

// signIn begins a consent and returns what the browser brings back.
func (w *consentWorld) signIn(r Request, account string) url.Values {
	w.t.Helper()
	return click(w.t, w.sim, w.consents.Begin(r), account)
}

// resume goes on and returns the next address, the tenant that was granted, and
// the error.
func (w *consentWorld) resume(q url.Values) (next, granted string, err error) {
	w.t.Helper()
	done, err := w.consents.Resume(w.t.Context(), q)
	if done.Grant != nil {
		granted = done.Grant.MicrosoftTenant
	}
	if err != nil && (done.Next != "" || done.Grant != nil || done.Account != nil) {
		w.t.Errorf("an error comes with %+v", done)
	}
	return done.Next, granted, err
}

// atConsent signs in and returns the address of the consent page.
func (w *consentWorld) atConsent(r Request, account string) string {
	w.t.Helper()
	next, granted, err := w.resume(w.signIn(r, account))
	if err != nil || granted != "" {
		w.t.Fatalf("after the sign-in: %q, %v", granted, err)
	}
	return next
}

func (w *consentWorld) wantError(q url.Values, want error) {
	w.t.Helper()
	if _, granted, err := w.resume(q); granted != "" || !errors.Is(err, want) {
		w.t.Errorf("%v: granted %q, error %v, want %v", q, granted, err, want)
	}
}

func TestAdministratorGrantsAccessForTheTenantThatSignedIn(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		begin, err := url.Parse(w.consents.Begin(requestA))
		if err != nil {
			t.Fatal(err)
		}
		q := begin.Query()
		if begin.Path != "/organizations/oauth2/v2.0/authorize" || q.Get("scope") != "openid profile" || q.Get("code_challenge_method") != "S256" ||
			q.Get("redirect_uri") != redirectURL || q.Get("nonce") == "" || len(q.Get("state")) < 26 || strings.Contains(begin.String(), "secret") {
			t.Errorf("the sign-in is at %s", begin)
		}
		next := w.atConsent(requestA, adminA)
		if !strings.HasPrefix(next, loginBase+"/"+microsoftTenant(1)+"/v2.0/adminconsent?") {
			t.Errorf("the consent is at %s", next)
		}
		done, err := w.consents.Resume(w.t.Context(), click(t, w.sim, next, adminA))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&Grant{Tenant: "t1", Directory: "d1", MicrosoftTenant: microsoftTenant(1)}, done.Grant); diff != "" || done.By != requestA {
			t.Errorf("granted to %+v (-want +got):\n%s", done.By, diff)
		}
	})
}

// The administrator of A, in whose Ringdex tenant B's presence has no business,
// tries to attach B, which has consented for a directory of its own.
func TestTenantSwapFails(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		w.sim.Consent(microsoftTenant(2))
		// Names B in the answer of A's consent.
		q := click(t, w.sim, w.atConsent(requestA, adminA), adminA)
		w.wantError(with(q, "tenant", microsoftTenant(2)), ErrOtherTenant)
		// Makes an answer up instead of consenting.
		next, err := url.Parse(w.atConsent(requestA, adminA))
		if err != nil {
			t.Fatal(err)
		}
		w.wantError(url.Values{"admin_consent": {"True"}, "tenant": {microsoftTenant(2)}, "state": {next.Query().Get("state")}}, ErrOtherTenant)
		// Names B before anybody signed in.
		begin, err := url.Parse(w.consents.Begin(requestA))
		if err != nil {
			t.Fatal(err)
		}
		w.wantError(url.Values{"admin_consent": {"True"}, "tenant": {microsoftTenant(2)}, "state": {begin.Query().Get("state")}}, ErrSignIn)
		// Redeems the code of another's sign-in.
		foreign := w.signIn(Request{Tenant: "t2", Directory: "d2"}, adminB)
		w.wantError(with(w.signIn(requestA, adminA), "code", foreign.Get("code")), ErrSignIn)
		// Works for B as somebody who is no administrator.
		w.wantError(w.signIn(requestA, employeeB), ErrNotAdmin)
		w.wantError(w.signIn(requestA, appAdminB), ErrNotAdmin)
		// Has a token of A that says it is of B.
		w.sim.SetFaults(graphsim.Faults{OtherTenant: microsoftTenant(2)})
		w.wantError(w.signIn(requestA, adminA), ErrSignIn)
	})
}

func TestStateIsGoodOnceAndForTenMinutes(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		q := w.signIn(requestA, adminA)
		w.wantError(with(q, "state", "made up"), ErrState)
		w.wantError(url.Values{}, ErrState)
		next, _, err := w.resume(q)
		if err != nil {
			t.Fatal(err)
		}
		w.wantError(q, ErrState)
		done := click(t, w.sim, next, adminA)
		if _, granted, err := w.resume(done); err != nil || granted == "" {
			t.Errorf("granted %q, error %v", granted, err)
		}
		w.wantError(done, ErrState)

		q = w.signIn(requestA, adminA)
		pass(ConsentTime + time.Second)
		w.wantError(q, ErrState)
		next = w.atConsent(requestA, adminA)
		pass(ConsentTime + time.Second)
		w.wantError(click(t, w.sim, next, adminA), ErrState)

		q = w.signIn(requestA, adminA)
		w.consents.Begin(requestA) // begins again
		w.wantError(q, ErrState)
		q = w.signIn(requestA, adminA)
		w.consents.Drop(requestA.Directory)
		w.wantError(q, ErrState)
	})
}

func TestStatesAreBounded(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		first := w.signIn(requestA, adminA)
		pass(time.Second)
		for range maxPending {
			w.consents.Begin(Request{Tenant: "t2", Directory: strings.Repeat("d", len(w.consents.pending)+2)})
		}
		if n := len(w.consents.pending); n != maxPending {
			t.Errorf("%d states are kept, want %d", n, maxPending)
		}
		w.wantError(first, ErrState)
	})
}

func TestRefusalIsNoConsent(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		w.wantError(w.signIn(requestA, ""), ErrRefused)
		w.sim.Consent(microsoftTenant(1)) // consented before; that does not make a refusal a yes
		q := click(t, w.sim, w.atConsent(requestA, adminA), "")
		if q.Get("admin_consent") != "True" {
			t.Fatalf("Microsoft says admin_consent=True when it was refused: %v", q)
		}
		w.wantError(with(q, "tenant", microsoftTenant(1)), ErrRefused)
		q = click(t, w.sim, w.atConsent(requestA, adminA), adminA)
		q.Del("admin_consent")
		w.wantError(q, ErrRefused)
	})
}

func TestSignInIsVerified(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		w.sim.SetFaults(graphsim.Faults{ForgedToken: true})
		w.wantError(w.signIn(requestA, adminA), ErrSignIn)
		w.sim.SetFaults(graphsim.Faults{Personal: true})
		w.wantError(w.signIn(requestA, adminA), ErrPersonal)
		w.sim.SetFaults(graphsim.Faults{})
		w.wantError(w.signIn(requestA, employeeA), ErrNotAdmin)
		w.wantError(with(w.signIn(requestA, adminA), "code", "made up"), ErrSignIn)
		q := w.signIn(requestA, adminA)
		q.Del("code")
		w.wantError(q, ErrSignIn)
		if err := w.sim.RotateKeys(); err != nil {
			t.Fatal(err)
		}
		if next := w.atConsent(requestA, adminA); next == "" {
			t.Error("a new key of Microsoft's is not fetched")
		}
	})
}

func TestConsentCountsOnlyIfATokenShowsIt(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		for _, c := range []struct {
			after func()
			want  State
		}{
			{func() { w.sim.Forbid(microsoftTenant(1)) }, PermissionMissing},
			{func() { w.sim.Revoke(microsoftTenant(1)) }, AccessRevoked},
			{func() { w.sim.SetFaults(graphsim.Faults{TokenError: 7000222}) }, CredentialProblem},
			{func() { w.sim.SetFaults(graphsim.Faults{TokenStatus: http.StatusServiceUnavailable}) }, Degraded},
		} {
			w.sim.SetFaults(graphsim.Faults{})
			q := click(t, w.sim, w.atConsent(requestA, adminA), adminA)
			c.after()
			_, granted, err := w.resume(q)
			if f, ok := errors.AsType[*Fault](err); !ok || f.State != c.want || granted != "" {
				t.Errorf("granted %q, error %v, want %s", granted, err, c.want)
			}
		}
		w.sim.SetFaults(graphsim.Faults{})
		q := click(t, w.sim, w.atConsent(requestA, adminA), adminA)
		w.sim.Forbid(microsoftTenant(1)) // as it is for some seconds after a consent
		time.AfterFunc(5*time.Second, func() { w.sim.Consent(microsoftTenant(1)) })
		if _, granted, err := w.resume(q); err != nil || granted == "" {
			t.Errorf("granted %q, error %v", granted, err)
		}
	})
}

func TestRequestIsLookedAtAtEachStep(t *testing.T) {
	inConsent(t, func(w *consentWorld) {
		gone := errors.New("the key was revoked")
		q := w.signIn(requestA, adminA)
		w.denied = gone
		w.wantError(q, gone)
		w.denied = nil
		next := w.atConsent(requestA, adminA)
		w.denied = gone
		w.wantError(click(t, w.sim, next, adminA), gone)
	})
}
