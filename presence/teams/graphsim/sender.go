package graphsim

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // of OAEP, as Graph has it
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Publisher is the application that sends notifications in Microsoft's global
// cloud. Source: learn.microsoft.com/graph/change-notifications-with-resource-data.
const Publisher = "0bf30f3b-4a52-48df-9a82-234910c4a086"

// How the receiver of notifications is judged.
// Source: learn.microsoft.com/graph/change-notifications-delivery-webhooks.
const (
	validateTime = 10 * time.Second
	deliverTime  = 3 * time.Second
	slowTime     = 2900 * time.Millisecond
	judgedFrom   = 100 // deliveries
	slowShare    = 10  // percent of slow ones that delay deliveries
	dropShare    = 15  // … and that end them
	slowPenalty  = 10 * time.Minute
	retryFirst   = 10 * time.Second
	retryFor     = 4 * time.Hour
)

// Sending is how notifications are sent. The zero value sends as Graph does
// when all is well: sealed ones, with a token that shows who sends.
type Sending struct {
	Basic         bool   // nothing but who changed
	Mixed         bool   // among items of subscriptions and Microsoft tenants that are unknown
	Duplicated    bool   // each item twice
	Reversed      bool   // the newest first
	ClientState   string // instead of the right one
	CertificateID string // instead of the right one
	Tampered      bool   // the content was altered after it was signed
	Unsigned      bool   // the signature is of another content
	OtherTenant   string // the item names this tenant, and its token is of it
	OtherPerson   string // the sealed content is about this person
	NoToken       bool   // without validation tokens
	ForgedToken   bool   // signed with a key that is not published
	ExpiredToken  bool
	SecondVersion bool   // a token of version 2.0, with azp
	TokenTenant   string // the token is of this tenant
	AppID         string // of who sends, in the token
	Audience      string // in the token
	Issuer        string // in the token
}

// news is something to tell a subscription.
type news struct {
	subscription string
	object       string
	presence     Presence
	lifecycle    string // "" for a change
}

// A parcel is a request that is to be made.
type parcel struct {
	url   string
	body  []byte
	made  time.Time
	due   time.Time
	tries int
}

// judged is how an address answered.
type judged struct {
	sent, slow int
	until      time.Time // of a penalty
}

// note queues a change for the subscriptions that cover the person. The caller
// holds mu.
func (s *Sim) note(tenantID, objectID string, p Presence) {
	for _, o := range s.live() {
		if o.tenant == tenantID && o.people[strings.ToLower(objectID)] {
			s.outbox = append(s.outbox, news{subscription: o.id, object: strings.ToLower(objectID), presence: p})
		}
	}
}

// Announce queues an event of all subscriptions: "reauthorizationRequired".
func (s *Sim) Announce(event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.live() {
		s.outbox = append(s.outbox, news{subscription: o.id, lifecycle: event})
	}
}

// Deliver sends what changed since the last call, and tries again what was not
// taken before and is due. It returns how many requests were taken.
func (s *Sim) Deliver(ctx context.Context) (taken int) {
	for _, p := range s.pack() {
		if s.post(ctx, p) {
			taken++
		}
	}
	return taken
}

// pack makes requests of what is queued: one for each address, and the ones
// that are due again.
func (s *Sim) pack() []*parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	var due []*parcel
	s.unsent = slices.DeleteFunc(s.unsent, func(p *parcel) bool {
		if !now.Before(p.due) {
			due = append(due, p)
			return true
		}
		return false
	})
	items, tenants := map[string][]any{}, map[string]map[string]bool{}
	queue := s.outbox
	s.outbox = nil
	if s.faults.Sending.Reversed {
		slices.Reverse(queue)
	}
	for _, n := range queue {
		for _, o := range s.live() {
			if o.id != n.subscription {
				continue
			}
			to, item, of := s.item(o, n)
			items[to] = append(items[to], item)
			if s.faults.Sending.Duplicated {
				items[to] = append(items[to], item)
			}
			if tenants[to] == nil {
				tenants[to] = map[string]bool{}
			}
			tenants[to][of] = true
		}
	}
	for _, to := range slices.Sorted(maps.Keys(items)) {
		due = append(due, &parcel{url: to, body: s.body(items[to], tenants[to]), made: now, due: now})
	}
	return due
}

// item makes one item, and says where it goes and which tenant it is of. The
// caller holds mu.
func (s *Sim) item(o *subscription, n news) (to string, item map[string]any, tenantID string) {
	f := s.faults.Sending
	tenantID = cmp.Or(f.OtherTenant, o.tenant)
	item = map[string]any{
		"subscriptionId": o.id, "clientState": cmp.Or(f.ClientState, o.clientState), "tenantId": tenantID,
		"subscriptionExpirationDateTime": o.expires.UTC().Format("2006-01-02T15:04:05.0000000"),
	}
	if n.lifecycle != "" {
		item["lifecycleEvent"] = n.lifecycle
		if o.lifecycleURL != "" {
			return o.lifecycleURL, item, tenantID
		}
		return o.url, item, tenantID
	}
	item["changeType"] = "updated"
	item["resource"] = "communications/presences?$filter=id+in+(%27" + n.object + "%27)"
	item["resourceData"] = map[string]string{"@odata.type": "#Microsoft.Graph.presence", "@odata.id": "users/" + n.object + "/presence", "id": n.object}
	if o.rich && !f.Basic {
		item["encryptedContent"] = s.seal(o, n)
	}
	return o.url, item, tenantID
}

// seal encrypts what changed. The caller holds mu.
func (s *Sim) seal(o *subscription, n news) map[string]string {
	f := s.faults.Sending
	object := cmp.Or(f.OtherPerson, n.object)
	content := map[string]any{
		"@odata.id": "users/" + object + "/presence", "@odata.type": "#microsoft.graph.presence", "id": object,
		"availability": n.presence.Availability, "activity": n.presence.Activity,
	}
	if n.presence.SequenceNumber != "" {
		content["sequenceNumber"] = n.presence.SequenceNumber
	}
	data, err := json.Marshal(content)
	if err != nil {
		return nil // maps of texts always marshal
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	sealedKey, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, o.certificate, secret, nil)
	if err != nil {
		return nil
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil
	}
	pad := aes.BlockSize - len(data)%aes.BlockSize
	data = append(data, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, secret[:aes.BlockSize]).CryptBlocks(data, data)
	if f.Unsigned {
		data[0] ^= 1
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(data)
	if f.Unsigned || f.Tampered {
		data[0] ^= 1
	}
	id := cmp.Or(f.CertificateID, o.certificateID)
	return map[string]string{
		"data": base64.StdEncoding.EncodeToString(data), "dataSignature": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
		"dataKey": base64.StdEncoding.EncodeToString(sealedKey), "encryptionCertificateId": id, "encryptionCertificateThumbprint": o.thumbprint,
	}
}

// A Sealing is a notification that is made outside of any subscription.
type Sealing struct {
	Subscription, ClientState, Tenant string
	Certificate, CertificateID        string // as in an order for a subscription
	Object                            string
	Presence                          Presence
}

// Sealed returns the body of a delivery with one sealed item, as Graph would
// send it.
func (s *Sim) Sealed(z Sealing) ([]byte, error) {
	o := &subscription{id: z.Subscription, tenant: z.Tenant, clientState: z.ClientState, rich: true}
	if wrong := o.setCertificate(z.Certificate, z.CertificateID); wrong != "" {
		return nil, errors.New("graphsim: " + wrong)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, item, of := s.item(o, news{object: z.Object, presence: z.Presence})
	return s.body([]any{item}, map[string]bool{of: true}), nil
}

// body puts items together. The caller holds mu.
func (s *Sim) body(items []any, tenants map[string]bool) []byte {
	f := s.faults.Sending
	if f.Mixed {
		other := guid()
		stray := map[string]any{"subscriptionId": guid(), "clientState": "somebody else's", "tenantId": other, "changeType": "updated", "resource": "users/" + guid()}
		items = append([]any{stray}, append(items, stray)...)
		tenants[other] = true
	}
	body := map[string]any{"value": items}
	sealed := slices.ContainsFunc(items, func(i any) bool { return i.(map[string]any)["encryptedContent"] != nil })
	if sealed && !f.NoToken {
		var tokens []string
		for _, id := range slices.Sorted(maps.Keys(tenants)) {
			tokens = append(tokens, s.validationToken(id))
		}
		body["validationTokens"] = tokens
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	return text
}

// validationToken shows a receiver who sends. The caller holds mu.
func (s *Sim) validationToken(tenantID string) string {
	f := s.faults.Sending
	tenantID = cmp.Or(f.TokenTenant, tenantID)
	claims := map[string]any{"tid": tenantID, "appid": cmp.Or(f.AppID, Publisher), "appidacr": "2", "ver": "1.0"}
	issuer := "https://sts.windows.net/" + tenantID + "/"
	if f.SecondVersion {
		claims = map[string]any{"tid": tenantID, "azp": cmp.Or(f.AppID, Publisher), "azpacr": "2", "ver": "2.0"}
		issuer = s.cfg.BaseURL + "/" + tenantID + "/v2.0"
	}
	from := s.clock()
	if f.ExpiredToken {
		from = from.Add(-2 * tokenLife)
	}
	text, err := s.signAt(from, cmp.Or(f.Issuer, issuer), cmp.Or(f.Audience, s.cfg.ClientID), claims, f.ForgedToken)
	if err != nil {
		return ""
	}
	return text
}

// post makes one request, and queues it again if it was not taken.
func (s *Sim) post(ctx context.Context, p *parcel) bool {
	s.mu.Lock()
	j := s.judged[p.url]
	if j == nil {
		j = &judged{}
		s.judged[p.url] = j
	}
	held, dropped := s.clock().Before(j.until), j.sent >= judgedFrom && j.slow*100 >= j.sent*dropShare
	if dropped {
		s.stats.Lost++
	} else if held {
		p.due = j.until
		s.unsent = append(s.unsent, p)
	}
	s.mu.Unlock()
	if held || dropped {
		return false
	}
	start := time.Now()
	status := s.call(ctx, p.url, "application/json; charset=utf-8", p.body, deliverTime, nil)
	took := time.Since(start)
	s.mu.Lock()
	defer s.mu.Unlock()
	j.sent++
	if took > slowTime {
		j.slow++
		s.stats.Slow++
	}
	if now := s.clock(); j.sent >= judgedFrom && j.slow*100 >= j.sent*slowShare {
		j.until = now.Add(slowPenalty)
	}
	if status >= 200 && status < 300 {
		s.stats.Delivered++
		return true
	}
	p.tries++
	p.due = s.clock().Add(retryFirst << min(p.tries-1, 8))
	if p.due.Sub(p.made) > retryFor {
		s.stats.Lost++
	} else {
		s.unsent = append(s.unsent, p)
	}
	return false
}

// call posts to an address and returns the status, 0 if there was no answer in
// time. answer, if not nil, gets the answer's body and its media type.
func (s *Sim) call(ctx context.Context, to, mediaType string, body []byte, within time.Duration, answer func(body, mediaType string)) int {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", mediaType)
	resp, err := s.cfg.Deliver.RoundTrip(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return 0
	}
	if answer != nil {
		media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // "" is wrong as well
		answer(string(text), media)
	}
	return resp.StatusCode
}

// validate asks an address whether it wants notifications, and returns what is
// wrong with its answer, or "".
func (s *Sim) validate(r *http.Request, address string) (wrong string) {
	token := "Validation: Testing client application reachability for subscription Request-Id: " + guid()
	join := "?"
	if strings.Contains(address, "?") {
		join = "&"
	}
	got, media := "", ""
	status := s.call(r.Context(), address+join+"validationToken="+url.QueryEscape(token), "text/plain; charset=utf-8", nil, validateTime,
		func(body, mediaType string) { got, media = body, mediaType })
	switch {
	case status == 0:
		return "Notification endpoint must respond within 10 seconds."
	case status != http.StatusOK:
		return "Must respond with 200 OK to this request."
	case media != "text/plain":
		return "Response must be text/plain."
	case got != token:
		return "Notification endpoint must respond with the validation token."
	}
	return ""
}
