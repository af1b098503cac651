// Package ringcentral reads the webhooks by which RingCentral tells of
// presence: subscriptions to account or extension presence.
//
// RingCentral signs nothing. It repeats a verification token that the
// subscription was made with, which is the secret here; at registration it
// wants a validation token repeated. The package does no HTTP and keeps
// nothing; whoever serves the webhook calls Source.Receive.
package ringcentral

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"strings"
	"time"

	"github.com/ringdex/ringdex/presence"
)

// Authority is what SCIM calls RingCentral in externalIds, whose value is the
// extension's id.
const Authority = "ringcentral"

// Name is the source of the presence.
const Name presence.Source = "ringCentral"

const (
	validationHeader = "Validation-Token"
	secretHeader     = "Verification-Token"
	maxToken         = 512
)

// A Source reads deliveries. The zero value is ready to use.
type Source struct{}

// notification is a delivery as RingCentral documents it.
// Source: developers.ringcentral.com/guide/notifications/event-filters/account-presence.
type notification struct {
	Event     string    `json:"event"`
	Timestamp time.Time `json:"timestamp"`
	Body      struct {
		ExtensionID     json.RawMessage `json:"extensionId"` // a number or a text
		Sequence        json.Number     `json:"sequence"`
		TelephonyStatus string          `json:"telephonyStatus"`
		PresenceStatus  string          `json:"presenceStatus"`
		MeetingStatus   string          `json:"meetingStatus"`
		DndStatus       string          `json:"dndStatus"`
		Message         *string         `json:"message"`
	} `json:"body"`
}

// Receive checks and reads a delivery. A registration is answered and says
// nothing of anybody; so does an event that is not about presence. It returns
// presence.ErrForged or presence.ErrMalformed.
func (Source) Receive(d presence.Delivery) (presence.Reception, error) {
	body := bytes.TrimSpace(d.Body)
	if token := d.Header(validationHeader); token != "" && (len(body) == 0 || string(body) == "{}") {
		if !plain(token) {
			return presence.Reception{}, presence.ErrMalformed
		}
		return presence.Reception{Header: [2]string{validationHeader, token}}, nil
	}
	if !same(d.Header(secretHeader), d.Secret) && !same(d.Header(validationHeader), d.Secret) {
		return presence.Reception{}, presence.ErrForged
	}
	var n notification
	if json.Unmarshal(body, &n) != nil {
		return presence.Reception{}, presence.ErrMalformed
	}
	path, _, _ := strings.Cut(n.Event, "?")
	if !strings.HasSuffix(strings.TrimSuffix(path, "/line"), "/presence") {
		return presence.Reception{}, nil
	}
	id := strings.Trim(string(n.Body.ExtensionID), `"`)
	if id == "" || id == "null" || n.Body.PresenceStatus == "" && n.Body.TelephonyStatus == "" {
		return presence.Reception{}, presence.ErrMalformed
	}
	u := n.update()
	if u.Validate() != nil {
		return presence.Reception{}, presence.ErrMalformed
	}
	return presence.Reception{Notices: []presence.Notice{{ExternalID: id, Update: &u}}}, nil
}

// update returns what a notification says of a person.
func (n *notification) update() presence.Update {
	b := &n.Body
	u := presence.Update{Source: Name, SequenceNumber: b.Sequence.String(), AsOf: n.Timestamp, StatusMessage: b.Message}
	u.Availability = presence.ParseAvailability(b.PresenceStatus)
	if u.Availability == "" {
		u.Availability = presence.Unknown
	}
	switch {
	case b.TelephonyStatus == "CallConnected", b.TelephonyStatus == "OnHold", b.TelephonyStatus == "ParkedCall":
		u.Availability, u.Activity = presence.Busy, presence.InACall
	case b.MeetingStatus == "Connected":
		u.Availability, u.Activity = presence.Busy, "inAMeeting"
	case b.TelephonyStatus == "Ringing":
		u.Availability, u.Activity = presence.Busy, "ringing"
	}
	if b.DndStatus == "DoNotAcceptAnyCalls" {
		u.Availability = presence.DoNotDisturb
	}
	return u
}

// same compares with a secret in a time that tells nothing of it.
func same(got, secret string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && secret != ""
}

// plain tells whether a token can be repeated in a header.
func plain(token string) bool {
	return len(token) <= maxToken && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
