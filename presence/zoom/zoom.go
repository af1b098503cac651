// Package zoom reads the webhooks by which Zoom tells of presence and of the
// calls of Zoom Phone.
//
// Each delivery is signed with the secret token of the Zoom app, and so is the
// check of the address at registration, which is answered with a signature of
// its own. Only what is signed is answered: else anybody could have a forgery
// signed here, by sending it as the text of such a check. The package does no
// HTTP and keeps nothing; whoever serves the webhook calls Source.Receive.
package zoom

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/ringdex/ringdex/presence"
)

// Authority is what SCIM calls Zoom in externalIds, whose value is the Zoom
// user's id.
const Authority = "zoomphone"

// Name is the source of the presence.
const Name presence.Source = "zoomPhone"

// maxAge is how far the time of a signature may lie from now, so that what
// somebody overheard cannot be sent again later.
const maxAge = 5 * time.Minute

// maxToken bounds the text of a check, which is short.
const maxToken = 128

// A Source reads deliveries. The zero value is ready to use.
type Source struct{}

// notification is a delivery as Zoom documents it.
// Source: developers.zoom.us/docs/api/webhooks.
type notification struct {
	Event   string `json:"event"`
	At      int64  `json:"event_ts"` // milliseconds
	Payload struct {
		PlainToken string `json:"plainToken"`
		Object     struct {
			ID             string `json:"id"`
			PresenceStatus string `json:"presence_status"`
			CallID         string `json:"call_id"`
			Caller         party  `json:"caller"`
			Callee         party  `json:"callee"`
		} `json:"object"`
	} `json:"payload"`
}

type party struct {
	UserID string `json:"user_id"`
}

// Receive checks and reads a delivery. What is not about presence or calls
// says nothing. It returns presence.ErrForged or presence.ErrMalformed.
func (Source) Receive(d presence.Delivery) (presence.Reception, error) {
	if !signed(d) {
		return presence.Reception{}, presence.ErrForged
	}
	var n notification
	if json.Unmarshal(d.Body, &n) != nil {
		return presence.Reception{}, presence.ErrMalformed
	}
	switch {
	case n.Event == "endpoint.url_validation":
		return n.validate(d.Secret)
	case n.Event == "user.presence_status_updated":
		return n.presence()
	case strings.HasPrefix(n.Event, "phone.caller_"), strings.HasPrefix(n.Event, "phone.callee_"):
		return n.call()
	}
	return presence.Reception{}, nil
}

// signed tells whether a delivery was signed with the secret, lately.
func signed(d presence.Delivery) bool {
	stamp := d.Header("X-Zm-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if age := d.At.Sub(time.Unix(seconds, 0)); err != nil || age > maxAge || age < -maxAge || d.Secret == "" {
		return false
	}
	want := "v0=" + sign(d.Secret, "v0:"+stamp+":"+string(d.Body))
	return hmac.Equal([]byte(want), []byte(d.Header("X-Zm-Signature")))
}

func sign(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// validate answers the check of the address. The text of the check cannot be
// anything that Zoom itself signs.
func (n *notification) validate(secret string) (presence.Reception, error) {
	token := n.Payload.PlainToken
	if token == "" || len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}) {
		return presence.Reception{}, presence.ErrMalformed
	}
	body, err := json.Marshal(map[string]string{"plainToken": token, "encryptedToken": sign(secret, token)})
	return presence.Reception{Body: body}, err
}

// time returns when it happened, zero if that is not said.
func (n *notification) time() time.Time {
	if n.At <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(n.At)
}

// presence reads a change of somebody's status.
func (n *notification) presence() (presence.Reception, error) {
	object := &n.Payload.Object
	u := presence.Update{Source: Name}
	u.Availability, u.Activity = words(object.PresenceStatus)
	u.AsOf = n.time()
	if object.ID == "" || u.Validate() != nil {
		return presence.Reception{}, presence.ErrMalformed
	}
	return presence.Reception{Notices: []presence.Notice{{ExternalID: object.ID, Update: &u}}}, nil
}

// words returns Graph's words for a status of Zoom. What nobody knows stays as
// it is.
func words(status string) (presence.Availability, presence.Activity) {
	switch strings.ToLower(strings.ReplaceAll(status, "_", "")) {
	case "available":
		return presence.Available, "available"
	case "away":
		return presence.Away, "away"
	case "donotdisturb":
		return presence.DoNotDisturb, "doNotDisturb"
	case "inmeeting", "inazoommeeting":
		return presence.Busy, "inAMeeting"
	case "incalendarevent":
		return presence.Busy, "inACalendarEvent"
	case "presenting":
		return presence.DoNotDisturb, "presenting"
	case "oncall", "onacall", "onphonecall":
		return presence.Busy, presence.InACall
	case "busy":
		return presence.Busy, "busy"
	case "outofoffice":
		return presence.Away, "outOfOffice"
	case "offline":
		return presence.Offline, "offline"
	}
	return presence.Availability(status), presence.Activity(status)
}

// call reads the step of a call at one of its ends.
func (n *notification) call() (presence.Reception, error) {
	object := &n.Payload.Object
	end, step, _ := strings.Cut(strings.TrimPrefix(n.Event, "phone."), "_")
	who := object.Caller.UserID
	if end == "callee" {
		who = object.Callee.UserID
	}
	switch {
	case object.CallID == "" || len(object.CallID) > 256:
		return presence.Reception{}, presence.ErrMalformed
	case who == "": // an end outside of the company
		return presence.Reception{}, nil
	}
	notice := presence.Notice{ExternalID: who, CallID: "zoom:" + object.CallID, At: n.time()}
	switch step {
	case "ringing", "connected", "answered", "hold", "unhold":
		notice.Live = true
	case "ended", "missed", "rejected":
	default:
		return presence.Reception{}, nil
	}
	return presence.Reception{Notices: []presence.Notice{notice}}, nil
}
