package server

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/scim/directory"
)

// Where Graph delivers change notifications, and events of its subscriptions.
const (
	notificationPath = "/v1/microsoft/notifications"
	lifecyclePath    = "/v1/microsoft/lifecycle"
)

// addresses are what Graph is told to deliver to. Those of an app with a name
// have it in the query, which Graph keeps.
func (m *microsoft) addresses(publicURL string) teams.Addresses {
	query := ""
	if m.name != "" {
		query = "?app=" + m.name
	}
	return teams.Addresses{Notifications: publicURL + notificationPath + query, Lifecycle: publicURL + lifecyclePath + query}
}

// openNotifications sets up change notifications where Graph can deliver them.
func (m *microsoft) openNotifications(s *Server) {
	addresses := m.addresses(s.cfg.PublicURL)
	if addresses.Check(m.app.Cloud) != nil {
		return // see notifications
	}
	m.subscriber = teams.NewSubscriber(teams.SubscriberConfig{
		Client: m.client, Poller: m.poller, Safe: accountSafe{s, m.name}, Addresses: addresses, Logger: s.log,
	})
}

// accountsChanged has the subscriber look at who is signed in.
func (m *microsoft) accountsChanged() {
	if m != nil && m.subscriber != nil {
		m.subscriber.Changed()
	}
}

// accountSafe shows the server's accounts to what subscribes in their names with
// one app.
type accountSafe struct {
	server *Server
	app    string // its name
}

// Accounts implements teams.Safe.
func (f accountSafe) Accounts() []teams.Account {
	var list []teams.Account
	for _, a := range f.server.registry.Accounts() {
		if a.App != f.app {
			continue
		}
		list = append(list, teams.Account{
			Tenant: a.Tenant, Directory: a.DirectoryID, MicrosoftTenant: a.MicrosoftTenant, ObjectID: a.ObjectID,
			RefreshToken: a.RefreshToken, At: a.SignedInAt,
		})
	}
	return list
}

// Keep implements teams.Safe.
func (f accountSafe) Keep(ctx context.Context, a teams.Account, refreshToken string) error {
	return f.server.registry.RenewAccount(ctx, directory.Account{
		Tenant: a.Tenant, DirectoryID: a.Directory, ObjectID: a.ObjectID, SignedInAt: a.At,
	}, refreshToken)
}

func (s *Server) notificationRoutes() []route {
	const path = "/v1/directories/{directory}/presence/accounts"
	return []route{
		{"POST", path, admin, "", s.beginAccount},
		{"DELETE", path + "/{account}", admin, "", s.removeAccount},
		{"POST", notificationPath, own, "", s.receiveNotifications},
		{"POST", lifecyclePath, own, "", s.receiveNotifications},
	}
}

const notificationsNeed = "Microsoft delivers notifications to a public https address only. The operator sets it with --public-url. Until then presence is polled."

// beginAccount answers with the address at which an account of the Microsoft
// tenant signs in, so that Graph tells of changes in its name.
func (s *Server) beginAccount(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	if len(s.microsoft) == 0 {
		return noMicrosoftApp()
	}
	c, err := s.registry.Consent(p.Tenant, d.ID)
	if err != nil || c.Removed || s.microsoft[c.App] == nil {
		return newProblem(http.StatusConflict, "not-connected", "Presence of this directory is not connected. An administrator of the Microsoft tenant consents first.")
	}
	m := s.microsoft[c.App]
	if m.subscriber == nil {
		return newProblem(http.StatusConflict, "no-public-address", notificationsNeed)
	}
	address := m.consents.BeginAccount(teams.Request{Tenant: p.Tenant, Directory: d.ID, KeyID: p.KeyID}, c.MicrosoftTenant)
	r.Response.Header.Set("Cache-Control", "no-store")
	return writeJSON(r, http.StatusOK, map[string]any{"url": address, "expiresIn": int(teams.ConsentTime / time.Second)})
}

// keepAccount keeps an account that signed in, and subscribes in its name.
func (s *Server) keepAccount(ctx context.Context, m *microsoft, a teams.Account, keyID string) error {
	err := s.registry.PutAccount(ctx, directory.Account{
		Tenant: a.Tenant, DirectoryID: a.Directory, ObjectID: a.ObjectID, App: m.name, MicrosoftTenant: a.MicrosoftTenant,
		RefreshToken: a.RefreshToken, SignedInBy: keyID,
	})
	m.accountsChanged()
	return err
}

// removeAccount forgets an account at once. Its subscription ends with it.
func (s *Server) removeAccount(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	d, err := s.registry.Directory(p.Tenant, param(r, "directory"))
	if err != nil {
		return err
	}
	if err := s.registry.RemoveAccount(ctx, p.Tenant, d.ID, param(r, "account")); err != nil {
		return err
	}
	s.microsoft.changed()
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

// receiveNotifications answers the check of the address with its own text, and
// takes everything else in: whether it is to be believed is found out after the
// answer, which Graph wants soon and which tells a forger nothing.
func (s *Server) receiveNotifications(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	m := s.microsoft[string(r.QueryArgs().Peek("app"))]
	if m == nil || m.subscriber == nil {
		return directory.ErrNotFound
	}
	h := &r.Response.Header
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if q := r.QueryArgs(); q.Has("validationToken") {
		answer, ok := teams.Validation(string(q.Peek("validationToken")))
		if !ok {
			return newProblem(http.StatusBadRequest, "malformed", "The text of the validation is missing or too long.")
		}
		h.Set("Content-Security-Policy", "default-src 'none'")
		r.SetContentType("text/plain; charset=utf-8")
		r.SetBodyString(answer)
		return nil
	}
	m.subscriber.Receive(bytes.Clone(r.PostBody()))
	r.SetStatusCode(http.StatusAccepted)
	return nil
}

// notificationsBody is how change notifications of a directory fare.
type notificationsBody struct {
	State    string        `json:"state"`  // "on" if an account is signed in, else "off"
	Detail   string        `json:"detail"` // why it is off; "" when on
	Accounts []accountBody `json:"accounts"`
}

// accountBody is an account that signed in.
type accountBody struct {
	ID                 string      `json:"id"` // object id
	State              teams.State `json:"state"`
	Detail             string      `json:"detail"` // in plain words; "" when healthy
	Since              *time.Time  `json:"since"`
	SignedInAt         time.Time   `json:"signedInAt"`
	Covers             int         `json:"covers"`             // contacts whose changes Graph tells of
	ExpiresAt          *time.Time  `json:"expiresAt"`          // of the subscription, which is renewed before; null if there is none
	LastNotificationAt *time.Time  `json:"lastNotificationAt"` // that was accepted, since the start
}

// notifications shows how change notifications of a directory fare. m may be
// nil.
func (m *microsoft) notifications(directoryID string) *notificationsBody {
	b := &notificationsBody{State: "off", Accounts: []accountBody{}}
	switch {
	case m == nil:
		b.Detail = "This server no longer has the Microsoft application."
		return b
	case m.subscriber == nil:
		b.Detail = notificationsNeed
		return b
	}
	for _, a := range m.subscriber.Status(directoryID) {
		b.State = "on"
		b.Accounts = append(b.Accounts, accountBody{
			ID: a.ObjectID, State: a.State, Detail: a.Detail, Since: orNull(a.Since.UTC()), SignedInAt: a.At, Covers: a.Covers,
			ExpiresAt: orNull(a.Expires.UTC()), LastNotificationAt: orNull(a.LastNews.UTC()),
		})
	}
	if b.State == "off" {
		b.Detail = "No account of the Microsoft tenant is signed in for notifications. Presence is polled."
	}
	return b
}

// countNotifications returns what deliveries came to, by outcome.
func (s *Server) countNotifications() map[string]int64 {
	counts := map[string]int64{"applied": 0, "asked": 0, "lifecycle": 0, "refused": 0, "dropped": 0}
	for m := range s.microsoft.inOrder() {
		if m.subscriber == nil {
			continue
		}
		c := m.subscriber.Count()
		counts["applied"] += c.Applied
		counts["asked"] += c.Hurried
		counts["lifecycle"] += c.Lifecycle
		counts["refused"] += c.Refused
		counts["dropped"] += c.Dropped
	}
	return counts
}
