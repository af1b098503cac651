package server

import (
	"context"
	"errors"
	"fmt"
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

// microsoft is the side of the server that speaks with Microsoft.
type microsoft struct {
	client     *teams.Client
	consents   *teams.Consents
	poller     *teams.Poller
	subscriber *teams.Subscriber // nil if Graph cannot deliver notifications here
}

// openMicrosoft sets up presence from Teams, if the operator has an app.
func (s *Server) openMicrosoft() error {
	app := s.cfg.Microsoft
	if app == (teams.App{}) {
		return nil
	}
	if err := app.Check(); err != nil {
		return fmt.Errorf("the Microsoft app %w", err)
	}
	m := &microsoft{client: teams.NewClient(app, nil)}
	m.consents = teams.NewConsents(teams.ConsentsConfig{Client: m.client, RedirectURL: s.cfg.PublicURL + CallbackPath, Allowed: s.mayConsent})
	m.poller = teams.NewPoller(teams.PollerConfig{
		Client: m.client, Desk: presenceDesk{s}, Tracker: s.tracker, Cycle: s.cfg.presenceCycle, Logger: s.log, Changed: s.tellSync,
	})
	m.openNotifications(s, app)
	s.microsoft = m
	return nil
}

// runMicrosoft polls, and looks after what was removed, until ctx ends.
func (s *Server) runMicrosoft(ctx context.Context) error {
	if s.microsoft == nil {
		return nil
	}
	return s.microsoft.poller.Run(ctx)
}

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
// Microsoft tenant signs in.
func (s *Server) beginConsent(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	if s.microsoft == nil {
		return noMicrosoftApp()
	}
	address := s.microsoft.consents.Begin(teams.Request{Tenant: p.Tenant, Directory: d.ID, KeyID: p.KeyID})
	r.Response.Header.Set("Cache-Control", "no-store")
	return writeJSON(r, http.StatusOK, map[string]any{"url": address, "expiresIn": int(teams.ConsentTime / time.Second)})
}

func noMicrosoftApp() *problem {
	return newProblem(http.StatusConflict, "no-microsoft-app",
		"This server has no Microsoft application. Its operator sets --microsoft-client-id and --microsoft-client-secret.")
}

// resumeConsent goes on with what a browser brings back from Microsoft: it
// sends it on, or shows a page. Who asks is known by the state alone.
func (s *Server) resumeConsent(ctx context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	q, err := url.ParseQuery(string(r.URI().QueryString()))
	if err != nil || s.microsoft == nil {
		return s.showConsent(r, teams.ErrState)
	}
	done, err := s.microsoft.consents.Resume(ctx, q)
	switch {
	case err != nil && done.SignIn:
		return s.showAccount(r, err)
	case err != nil:
		return s.showConsent(r, err)
	case done.Account != nil:
		return s.showAccount(r, s.keepAccount(ctx, *done.Account, done.By.KeyID))
	case done.Grant != nil:
		return s.showConsent(r, s.grantConsent(ctx, *done.Grant, done.By.KeyID))
	}
	r.Response.Header.Set("Location", done.Next)
	r.Response.Header.Set("Cache-Control", "no-store")
	r.Response.Header.Set("Referrer-Policy", "no-referrer")
	r.SetStatusCode(http.StatusFound)
	return nil
}

// grantConsent keeps a grant and lets polling begin. What another Microsoft
// tenant said before of the same people is forgotten.
func (s *Server) grantConsent(ctx context.Context, g teams.Grant, keyID string) error {
	old, err := s.registry.Consent(g.Tenant, g.Directory)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return err
	}
	if err := s.registry.GrantConsent(ctx, g.Tenant, g.Directory, g.MicrosoftTenant, keyID); err != nil {
		return err
	}
	s.microsoft.poller.Changed()
	s.microsoft.accountsChanged()
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
	if s.microsoft != nil {
		s.microsoft.consents.Drop(d.ID)
	}
	if _, err := s.registry.RemoveConsent(ctx, p.Tenant, d.ID); err != nil {
		return err
	}
	if s.microsoft != nil {
		s.microsoft.poller.Changed()
		s.microsoft.accountsChanged()
	}
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
	b := &syncBody{MicrosoftTenant: c.MicrosoftTenant, GrantedAt: c.GrantedAt}
	if c.Removed {
		b.State, b.Detail, b.Since = teams.Removed, "Access was removed here.", &c.RemovedAt
		b.Removal = &removalBody{
			RemovedAt: c.RemovedAt, ApplicationID: s.cfg.Microsoft.ClientID, GoneAt: orNull(c.GoneAt), Remains: s.remains(c),
		}
		return b
	}
	if s.microsoft == nil {
		b.State, b.Detail = teams.CredentialProblem, "This server has no Microsoft application any more. Its operator must set it up again."
		return b
	}
	status, ok := s.microsoft.poller.Status(directoryID)
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
		b.Notifications = s.notifications(directoryID)
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
