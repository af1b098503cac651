package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/scim/directory"
)

// CallbackPath is where Microsoft sends an administrator's browser back to. It
// must be registered with Microsoft behind the public URL.
const CallbackPath = "/v1/oauth/microsoft/callback"

// mayConsent returns an error when a consent has lost what it was begun with.
func (s *Server) mayConsent(r teams.Request) error {
	if !s.registry.HasAdminKey(r.Tenant, r.KeyID) {
		return directory.ErrUnauthenticated
	}
	_, err := s.registry.Directory(r.Tenant, r.Directory)
	return err
}

func (s *Server) consentRoutes() []route {
	const path = "/v1/directories/{directory}/presence"
	return []route{
		{"POST", path + "/consent", admin, "", s.beginConsent},
		{"GET", path, admin, "", s.getPresenceSync},
		{"DELETE", path, admin, "", s.removeAccess},
		{"GET", CallbackPath, own, "", s.resumeConsent},
	}
}

// beginConsent answers with the address at which an administrator of the
// Microsoft tenant signs in. The body, if there is one, may name the app of the
// operator that is to be consented to.
func (s *Server) beginConsent(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	var body struct {
		App string `json:"app"`
	}
	if len(r.PostBody()) > 0 {
		if err := readBody(r, &body); err != nil {
			return err
		}
	}
	m, err := s.microsoft.named(body.App)
	if err != nil {
		return err
	}
	for o := range s.microsoft.inOrder() {
		o.consents.Drop(d.ID)
	}
	address := m.consents.Begin(teams.Request{Tenant: p.Tenant, Directory: d.ID, KeyID: p.KeyID})
	r.Response.Header.Set("Cache-Control", "no-store")
	return writeJSON(r, http.StatusOK, map[string]any{"url": address, "expiresIn": int(teams.ConsentTime / time.Second)})
}

// resumeConsent goes on with what a browser brings back from Microsoft: it
// sends it on, or shows a page. Who asks is known by the state alone.
func (s *Server) resumeConsent(ctx context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	q, err := url.ParseQuery(string(r.URI().QueryString()))
	m := s.microsoft.begun(q.Get("state"))
	if err != nil || m == nil {
		return s.showConsent(r, teams.ErrState)
	}
	done, err := m.consents.Resume(ctx, q)
	switch {
	case err != nil && done.SignIn:
		return s.showAccount(r, err)
	case err != nil:
		return s.showConsent(r, err)
	case done.Account != nil:
		return s.showAccount(r, s.keepAccount(ctx, m, *done.Account, done.By.KeyID))
	case done.Grant != nil:
		return s.showConsent(r, s.grantConsent(ctx, m, *done.Grant, done.By.KeyID))
	}
	r.Response.Header.Set("Location", done.Next)
	r.Response.Header.Set("Cache-Control", "no-store")
	r.Response.Header.Set("Referrer-Policy", "no-referrer")
	r.SetStatusCode(http.StatusFound)
	return nil
}

// grantConsent keeps a grant and lets polling begin. What another Microsoft
// tenant said before of the same people is forgotten.
func (s *Server) grantConsent(ctx context.Context, m *microsoft, g teams.Grant, keyID string) error {
	old, err := s.registry.Consent(g.Tenant, g.Directory)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return err
	}
	if err := s.registry.GrantConsent(ctx, g.Tenant, g.Directory, directory.Granted{App: m.name, MicrosoftTenant: g.MicrosoftTenant, By: keyID}); err != nil {
		return err
	}
	s.microsoft.changed()
	if old.MicrosoftTenant != "" && old.MicrosoftTenant != g.MicrosoftTenant {
		s.wipePresence(g.Tenant, g.Directory)
	}
	s.tellSync()
	return nil
}

// removeAccess ends presence sync at once: nothing more is asked, what was
// heard is forgotten, and the answer says what remains at Microsoft's side.
func (s *Server) removeAccess(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	for m := range s.microsoft.inOrder() {
		m.consents.Drop(d.ID)
	}
	if _, err := s.registry.RemoveConsent(ctx, p.Tenant, d.ID); err != nil {
		return err
	}
	s.microsoft.changed()
	s.wipePresence(p.Tenant, d.ID)
	s.tellSync()
	return writeJSON(r, http.StatusOK, s.shownSync(p.Tenant, d.ID))
}

// wipePresence forgets what Teams said of the contacts of a directory.
func (s *Server) wipePresence(tenant, directoryID string) {
	for e := range s.index.Snapshot(tenant).All {
		if e.DirectoryID == directoryID {
			s.tracker.Clear(tenant, string(e.ID), presence.SourceTeams)
		}
	}
}

func (s *Server) getPresenceSync(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	body := s.shownSync(p.Tenant, d.ID)
	if body == nil {
		return directory.ErrNotFound
	}
	return writeJSON(r, http.StatusOK, body)
}

// syncBody is how the presence of a directory is kept current.
type syncBody struct {
	State           teams.State  `json:"state"`
	Detail          string       `json:"detail"` // in plain words; "" when healthy
	Since           *time.Time   `json:"since"`  // of the state; null if not known
	LastSuccessAt   *time.Time   `json:"lastSuccessAt"`
	Watched         int          `json:"watched"` // contacts asked for in the last round, over all directories of the Microsoft tenant
	App             string       `json:"app"`     // name of the operator's app registration; "" for the one without
	MicrosoftTenant string       `json:"microsoftTenant"`
	GrantedAt       time.Time    `json:"grantedAt"`
	Removal         *removalBody `json:"removal"` // null while access is granted

	Notifications *notificationsBody `json:"notifications"` // null unless access is granted; see shownSync
}

// removalBody is what has become of an access that was removed.
type removalBody struct {
	RemovedAt     time.Time  `json:"removedAt"`
	ApplicationID string     `json:"applicationId"`
	GoneAt        *time.Time `json:"goneAt"`  // when it was seen to be gone at Microsoft's side; null before
	Remains       string     `json:"remains"` // what is left to do there; "" when nothing is
}

// presenceSync shows the consent of a directory; nil if it never had one.
func (s *Server) presenceSync(tenant, directoryID string) *syncBody {
	c, err := s.registry.Consent(tenant, directoryID)
	if err != nil {
		return nil
	}
	b := &syncBody{App: c.App, MicrosoftTenant: c.MicrosoftTenant, GrantedAt: c.GrantedAt}
	m := s.microsoft[c.App]
	if c.Removed {
		b.State, b.Detail, b.Since = teams.Removed, "Access was removed here.", &c.RemovedAt
		b.Removal = &removalBody{RemovedAt: c.RemovedAt, GoneAt: orNull(c.GoneAt), Remains: s.remains(c)}
		if m != nil {
			b.Removal.ApplicationID = m.app.ClientID
		}
		return b
	}
	if m == nil {
		b.State, b.Detail = teams.CredentialProblem, "This server no longer has the Microsoft application. Its operator must set it up again."
		return b
	}
	status, ok := m.poller.Status(directoryID)
	if !ok {
		status.State = teams.Starting
	}
	b.State, b.Detail, b.Watched = status.State, status.Detail, status.Asked
	b.Since, b.LastSuccessAt = orNull(status.Since.UTC()), orNull(status.LastOK.UTC())
	return b
}

// shownSync is presenceSync with how change notifications fare.
func (s *Server) shownSync(tenant, directoryID string) *syncBody {
	b := s.presenceSync(tenant, directoryID)
	if b != nil && b.Removal == nil {
		b.Notifications = s.microsoft[b.App].notifications(directoryID)
	}
	return b
}

// syncStates lists the states of directories that were connected.
func syncStates() []teams.State {
	return []teams.State{
		teams.Starting, teams.Healthy, teams.Degraded, teams.PermissionMissing, teams.CredentialProblem, teams.AccessRevoked, teams.Removed,
	}
}

// countSync counts the directories of all tenants that are in a state.
func (s *Server) countSync(state teams.State) int {
	n := 0
	for _, c := range s.registry.Consents() {
		if b := s.presenceSync(c.Tenant, c.DirectoryID); b != nil && b.State == state {
			n++
		}
	}
	return n
}
