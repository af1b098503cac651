// Package notice reads the change notifications that Graph posts: what a
// delivery holds, and what is sealed inside of it.
//
// It only reads. Whether a delivery may be believed is for its caller to say,
// in an order that keeps an attack cheap for us: the subscription and its
// client state first, who sent it then, and only at last Open, whose step with
// the private key takes a millisecond. A Ring keeps the private keys: in memory
// only, so that there are none at rest; a subscription outlives no start of the
// server anyhow. There are no goroutines, and nothing is asked of a network.
//
// Source: learn.microsoft.com/graph/change-notifications-delivery-webhooks and
// change-notifications-with-resource-data.
package notice

import (
	"encoding/json"
	"errors"
	"strings"
)

// Limits of a delivery. What is beyond them is no delivery of Graph's.
const (
	MaxItems  = 2000 // items of one delivery
	MaxTokens = 100  // validation tokens of one delivery: one for each Microsoft tenant and app
)

// The reasons why something cannot be read.
var (
	// ErrMalformed: the body is not what Graph documents.
	ErrMalformed = errors.New("not a delivery of change notifications")
	// ErrTampered: the sealed content was altered, or sealed for another key.
	ErrTampered = errors.New("sealed content that cannot be opened")
)

// A Lifecycle is an event in the life of a subscription.
type Lifecycle string

// The events that Graph documents.
const (
	Reauthorize Lifecycle = "reauthorizationRequired"
	Removed     Lifecycle = "subscriptionRemoved"
	Missed      Lifecycle = "missed"
)

// An Item is one notification, nothing of which is checked yet.
type Item struct {
	SubscriptionID string
	ClientState    string
	Tenant         string    // of Microsoft
	Lifecycle      Lifecycle // "" if the item tells of a change
	ObjectID       string    // of whom it tells; "" if it does not say
	Sealed         *Sealed   // what changed; nil for an item that only says that something did
}

// Sealed is encrypted content, as it came.
type Sealed struct {
	CertificateID string // names the key it was sealed for
	Key           string // base64: a key of 256 bits, sealed with RSA-OAEP and SHA-1
	Data          string // base64: AES-256-CBC with PKCS#7
	Signature     string // base64: HMAC-SHA256 of the decoded data
}

// A Delivery is what one request brought. It may mix Microsoft tenants.
type Delivery struct {
	Items  []Item
	Tokens []string // that show who sent it; none without sealed content
}

// wire is an item as Graph writes it.
type wire struct {
	SubscriptionID string `json:"subscriptionId"`
	ClientState    string `json:"clientState"`
	Tenant         string `json:"tenantId"`
	Organization   string `json:"organizationId"` // what some examples have beside or instead of tenantId
	Lifecycle      string `json:"lifecycleEvent"`
	ResourceData   *struct {
		ID string `json:"id"`
	} `json:"resourceData"`
	Sealed *struct {
		CertificateID string `json:"encryptionCertificateId"`
		Key           string `json:"dataKey"`
		Data          string `json:"data"`
		Signature     string `json:"dataSignature"`
	} `json:"encryptedContent"`
}

// Read reads the body of a delivery. An item that is written in another way
// than Graph documents is left out and does not keep back the others. It
// returns ErrMalformed, and retains nothing of body.
func Read(body []byte) (Delivery, error) {
	var text struct {
		Value  []json.RawMessage `json:"value"`
		Tokens []string          `json:"validationTokens"`
	}
	if json.Unmarshal(body, &text) != nil || text.Value == nil || len(text.Value) > MaxItems || len(text.Tokens) > MaxTokens {
		return Delivery{}, ErrMalformed
	}
	d := Delivery{Items: make([]Item, 0, len(text.Value)), Tokens: text.Tokens}
	for _, raw := range text.Value {
		var w wire
		if json.Unmarshal(raw, &w) == nil && w.SubscriptionID != "" {
			d.Items = append(d.Items, w.item())
		}
	}
	return d, nil
}

func (w *wire) item() Item {
	item := Item{SubscriptionID: w.SubscriptionID, ClientState: w.ClientState, Tenant: strings.ToLower(w.Tenant), Lifecycle: Lifecycle(w.Lifecycle)}
	if item.Tenant == "" {
		item.Tenant = strings.ToLower(w.Organization)
	}
	if w.ResourceData != nil {
		item.ObjectID = w.ResourceData.ID
	}
	if s := w.Sealed; s != nil {
		item.Sealed = &Sealed{CertificateID: s.CertificateID, Key: s.Key, Data: s.Data, Signature: s.Signature}
	}
	return item
}
