package client

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A Consent is where an administrator of a Microsoft tenant allows presence.
type Consent struct {
	URL       string `json:"url"`
	ExpiresIn int    `json:"expiresIn"` // seconds
}

// PresenceSync is how the presence of a directory is kept current.
type PresenceSync struct {
	State           string    `json:"state"` // "healthy", "degraded", …
	Detail          string    `json:"detail"`
	Since           time.Time `json:"since"`         // of the state; zero: not known
	LastSuccessAt   time.Time `json:"lastSuccessAt"` // zero: never
	Watched         int       `json:"watched"`       // asked for in the last round
	MicrosoftTenant string    `json:"microsoftTenant"`
	GrantedAt       time.Time `json:"grantedAt"`
	Removal         *Removal  `json:"removal"` // nil while access is granted

	Notifications *Notifications `json:"notifications"` // nil unless access is granted
}

// Notifications are how Microsoft tells of changes by itself.
type Notifications struct {
	State    string    `json:"state"`  // "on" or "off"
	Detail   string    `json:"detail"` // why it is off
	Accounts []Account `json:"accounts"`
}

// An Account is somebody in whose name Microsoft tells of changes.
type Account struct {
	ID                 string    `json:"id"`
	State              string    `json:"state"` // as of PresenceSync, or "signInEnded"
	Detail             string    `json:"detail"`
	SignedInAt         time.Time `json:"signedInAt"`
	Covers             int       `json:"covers"`             // people
	ExpiresAt          time.Time `json:"expiresAt"`          // of the subscription; zero: there is none
	LastNotificationAt time.Time `json:"lastNotificationAt"` // zero: none since the server started
}

// A Removal is what has become of an access that was removed.
type Removal struct {
	RemovedAt     time.Time `json:"removedAt"`
	ApplicationID string    `json:"applicationId"`
	GoneAt        time.Time `json:"goneAt"`  // zero: not seen to be gone at Microsoft's side
	Remains       string    `json:"remains"` // what is left to do there
}

// ConnectPresence begins the consent of a directory, to the app of the operator
// that has a name; "" is the one that the server chooses.
func (c *Client) ConnectPresence(ctx context.Context, directory, app string) (Answer[Consent], error) {
	r := request{method: "POST", path: []string{"v1", "directories", directory, "presence", "consent"}}
	if app != "" {
		r.body = map[string]string{"app": app}
	}
	return call[Consent](ctx, c, r)
}

// PresenceSync returns how the presence of a directory is kept current, or a
// Problem of status 404 if it was never connected.
func (c *Client) PresenceSync(ctx context.Context, directory string) (Answer[PresenceSync], error) {
	return call[PresenceSync](ctx, c, request{method: "GET", path: []string{"v1", "directories", directory, "presence"}})
}

// RemovePresence ends the access of a directory to presence.
func (c *Client) RemovePresence(ctx context.Context, directory string) (Answer[PresenceSync], error) {
	return call[PresenceSync](ctx, c, request{method: "DELETE", path: []string{"v1", "directories", directory, "presence"}})
}

// SignInAccount begins the sign-in of an account in whose name Microsoft tells of
// changes.
func (c *Client) SignInAccount(ctx context.Context, directory string) (Answer[Consent], error) {
	return call[Consent](ctx, c, request{method: "POST", path: []string{"v1", "directories", directory, "presence", "accounts"}})
}

// RemoveAccount ends the sign-in of an account.
func (c *Client) RemoveAccount(ctx context.Context, directory, account string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: []string{"v1", "directories", directory, "presence", "accounts", account}})
	return err
}

// IsNotFound tells whether an error is a Problem of status 404.
func IsNotFound(err error) bool {
	p, ok := errors.AsType[*Problem](err)
	return ok && p.Status == http.StatusNotFound
}

// A Webhook is how a vendor tells of presence.
type Webhook struct {
	Vendor         string    `json:"vendor"` // "ringcentral" or "zoom"
	URL            string    `json:"url"`    // what the vendor calls
	SetAt          time.Time `json:"setAt"`
	LastDeliveryAt time.Time `json:"lastDeliveryAt"` // zero: none since the server started
}

// A WebhookList is the answer to Webhooks.
type WebhookList struct {
	Webhooks []Webhook `json:"webhooks"`
}

// SetWebhook sets the secret by which a vendor's deliveries are known.
func (c *Client) SetWebhook(ctx context.Context, directory, vendor, secret string) (Answer[Webhook], error) {
	return call[Webhook](ctx, c, request{
		method: "PUT", path: []string{"v1", "directories", directory, "webhooks", vendor}, body: map[string]string{"secret": secret},
	})
}

// Webhooks returns the webhooks of a directory.
func (c *Client) Webhooks(ctx context.Context, directory string) (Answer[WebhookList], error) {
	return call[WebhookList](ctx, c, request{method: "GET", path: []string{"v1", "directories", directory, "webhooks"}})
}

// RemoveWebhook ends a webhook.
func (c *Client) RemoveWebhook(ctx context.Context, directory, vendor string) error {
	_, err := c.send(ctx, request{method: "DELETE", path: []string{"v1", "directories", directory, "webhooks", vendor}})
	return err
}
