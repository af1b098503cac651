package graphsim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // of a certificate, as Graph names it
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxLife is how far ahead a subscription to presence may end.
// Source: learn.microsoft.com/graph/changenotifications-for-presence.
const maxLife = time.Hour

// A subscription is what a signed-in account asked to be told of.
type subscription struct {
	id, tenant, account string
	resource            string
	people              map[string]bool
	url, lifecycleURL   string
	clientState         string
	expires             time.Time

	rich          bool
	certificate   *rsa.PublicKey
	certificateID string
	thumbprint    string // of the certificate: SHA-1 in hexadecimal
}

// subscriptionBody is a subscription as Graph reads and writes it.
type subscriptionBody struct {
	ID            string    `json:"id,omitempty"`
	ChangeType    string    `json:"changeType,omitempty"`
	Resource      string    `json:"resource,omitempty"`
	URL           string    `json:"notificationUrl,omitempty"`
	LifecycleURL  string    `json:"lifecycleNotificationUrl,omitempty"`
	Expires       time.Time `json:"expirationDateTime,omitzero"`
	ClientState   string    `json:"clientState,omitempty"`
	Rich          bool      `json:"includeResourceData,omitempty"`
	Certificate   string    `json:"encryptionCertificate,omitempty"`
	CertificateID string    `json:"encryptionCertificateId,omitempty"`
	ApplicationID string    `json:"applicationId,omitempty"`
	CreatorID     string    `json:"creatorId,omitempty"`
	ContentType   string    `json:"notificationContentType,omitempty"`
	LatestTLS     string    `json:"latestSupportedTlsVersion,omitempty"`
	ODataContext  string    `json:"@odata.context,omitempty"`
}

func (s *Sim) subscriptionRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1.0/subscriptions", s.subscribe)
	mux.HandleFunc("GET /v1.0/subscriptions", s.listSubscriptions)
	mux.HandleFunc("GET /v1.0/subscriptions/{id}", s.getSubscription)
	mux.HandleFunc("PATCH /v1.0/subscriptions/{id}", s.renew)
	mux.HandleFunc("DELETE /v1.0/subscriptions/{id}", s.unsubscribe)
	mux.HandleFunc("POST /v1.0/subscriptions/{id}/reauthorize", s.reauthorize)
}

// admitUser looks at the token of a request about subscriptions, which must be
// that of a signed-in account. It returns false after it has refused.
func (s *Sim) admitUser(w http.ResponseWriter, r *http.Request) (accessToken, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, t := s.bearer(r)
	if t == nil {
		refuse(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
		return token, false
	}
	if f := s.faults.SubscriptionStatus; f != 0 {
		refuse(w, f, "UnknownError", "")
		return token, false
	}
	if token.account == "" || !token.reads || !t.permitted {
		refuse(w, http.StatusForbidden, "ExtensionError",
			"Operation: Create; Exception: [Status Code: Forbidden; Reason: The request is not authorized for this user or application.]")
		return token, false
	}
	s.live() // those that ended are gone
	return token, true
}

// live lists the subscriptions that have not ended, and forgets the others. The
// caller holds mu.
func (s *Sim) live() []*subscription {
	now := s.clock()
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(o *subscription) bool { return !now.Before(o.expires) })
	return s.subscriptions
}

// mine returns the subscription of a request's path if it is the account's.
// The caller holds mu.
func (s *Sim) mine(r *http.Request, token accessToken) *subscription {
	for _, o := range s.live() {
		if o.id == r.PathValue("id") && o.account == token.account && o.tenant == token.tenant {
			return o
		}
	}
	return nil
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "ResourceNotFound", "The object was not found.")
}

// readUser is admitUser for a request that has a body.
func (s *Sim) readUser(w http.ResponseWriter, r *http.Request) (token accessToken, body subscriptionBody, ok bool) {
	if token, ok = s.admitUser(w, r); !ok {
		return token, body, false
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body) != nil {
		refuse(w, http.StatusBadRequest, "BadRequest", "Unable to read JSON request payload.")
		return token, body, false
	}
	return token, body, true
}

// subscribe answers POST /subscriptions. It calls both addresses before it
// answers, and holds nothing meanwhile.
func (s *Sim) subscribe(w http.ResponseWriter, r *http.Request) {
	token, body, ok := s.readUser(w, r)
	if !ok {
		return
	}
	o, wrong := newSubscription(body, token)
	if wrong == "" {
		s.mu.Lock()
		wrong = s.checkLife(body.Expires)
		s.mu.Unlock()
	}
	if wrong != "" {
		refuse(w, http.StatusBadRequest, "InvalidRequest", wrong)
		return
	}
	for _, address := range []string{o.url, o.lifecycleURL} {
		if address == "" {
			continue
		}
		if wrong := s.validate(r, address); wrong != "" {
			refuse(w, http.StatusBadRequest, "ValidationError", "Subscription validation request failed. "+wrong)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.live() {
		if other.account == o.account && other.tenant == o.tenant {
			refuse(w, http.StatusConflict, "ExtensionError",
				"Operation: Create; Exception:[Status Code: Conflict; Reason: A subscripton already exists. It must be deleted before a another can be made.]")
			return
		}
	}
	s.subscriptions = append(s.subscriptions, o)
	s.stats.Subscribed++
	writeJSON(w, http.StatusCreated, s.written(o))
}

// written is a subscription as Graph answers with it. The caller holds mu.
func (s *Sim) written(o *subscription) subscriptionBody {
	return subscriptionBody{
		ODataContext: graphAudience + "/v1.0/$metadata#subscriptions/$entity", ID: o.id, Resource: o.resource, ApplicationID: s.cfg.ClientID,
		ChangeType: "updated", ClientState: o.clientState, URL: o.url, LifecycleURL: o.lifecycleURL, Expires: o.expires.UTC(), CreatorID: o.account,
		Rich: o.rich, CertificateID: o.certificateID, ContentType: "application/json", LatestTLS: "v1_2",
	}
}

var (
	onePerson   = regexp.MustCompile(`^/?communications/presences/([0-9A-Fa-f-]{36})$`)
	manyPersons = regexp.MustCompile(`^/?communications/presences\?\$filter=id in \(('[0-9A-Fa-f-]{36}'(?:,'[0-9A-Fa-f-]{36}')*)\)$`)
)

// newSubscription reads what is asked for. It returns what is wrong with it, in
// the manner of Graph, or "".
func newSubscription(body subscriptionBody, token accessToken) (o *subscription, wrong string) {
	o = &subscription{
		id: guid(), tenant: token.tenant, account: token.account, resource: body.Resource, people: map[string]bool{}, url: body.URL,
		lifecycleURL: body.LifecycleURL, clientState: body.ClientState, expires: body.Expires, rich: body.Rich,
	}
	if m := onePerson.FindStringSubmatch(body.Resource); m != nil {
		o.people[strings.ToLower(m[1])] = true
	} else if m := manyPersons.FindStringSubmatch(body.Resource); m != nil {
		for id := range strings.SplitSeq(m[1], ",") {
			o.people[strings.ToLower(strings.Trim(id, "'"))] = true
		}
	}
	switch {
	case len(o.people) == 0:
		return nil, "Unsupported resource."
	case len(o.people) > maxIDs:
		return nil, "The number of user ids exceeds the limit of 650."
	case body.ChangeType != "updated":
		return nil, "Only the changeType updated is supported for presence."
	case len(o.clientState) > 128:
		return nil, "clientState exceeds 128 characters."
	case !deliverable(o.url) || o.lifecycleURL != "" && !deliverable(o.lifecycleURL):
		return nil, "notificationUrl must be an absolute https address."
	}
	if o.rich {
		return o, o.setCertificate(body.Certificate, body.CertificateID)
	}
	return o, ""
}

// deliverable tells whether notifications may go to an address. The double
// accepts plain http on its own machine.
func deliverable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"127.0.0.1", "localhost", "::1"}, u.Hostname()))
}

// setCertificate says what contents are sealed for.
func (o *subscription) setCertificate(text, id string) (wrong string) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "encryptionCertificate is not base64."
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return "encryptionCertificate is no certificate."
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok || key.Size() < 256 || key.Size() > 512:
		return "encryptionCertificate must have an RSA key of 2048 to 4096 bits."
	case id == "" || len(id) > 128:
		return "encryptionCertificateId must have 1 to 128 characters."
	}
	sum := sha1.Sum(der)
	o.certificate, o.certificateID, o.thumbprint = key, id, strings.ToUpper(hex.EncodeToString(sum[:]))
	return ""
}

// checkLife returns what is wrong with the end of a subscription. The caller
// holds mu.
func (s *Sim) checkLife(expires time.Time) string {
	switch left := expires.Sub(s.clock()); {
	case left > maxLife:
		return "Subscription expiration can only be 60 minutes in the future."
	case left <= 0:
		return "Subscription expiration must be in the future."
	}
	return ""
}

func (s *Sim) listSubscriptions(w http.ResponseWriter, r *http.Request) {
	token, ok := s.admitUser(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	list := []subscriptionBody{}
	for _, o := range s.live() {
		if o.account == token.account && o.tenant == token.tenant {
			list = append(list, s.written(o))
		}
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"value": list})
}

func (s *Sim) getSubscription(w http.ResponseWriter, r *http.Request) {
	token, ok := s.admitUser(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.mine(r, token); o != nil {
		writeJSON(w, http.StatusOK, s.written(o))
		return
	}
	notFound(w)
}

// renew answers PATCH /subscriptions/{id}.
func (s *Sim) renew(w http.ResponseWriter, r *http.Request) {
	token, body, ok := s.readUser(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	f := s.faults
	s.mu.Unlock()
	if !delay(r, Faults{Slow: f.RenewSlow}) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.mine(r, token)
	if o == nil {
		notFound(w)
		return
	}
	s.stats.Renewed++
	if f.RenewIdle {
		writeJSON(w, http.StatusOK, s.written(o))
		return
	}
	wrong := s.checkLife(body.Expires)
	if wrong == "" && body.Certificate != "" {
		wrong = o.setCertificate(body.Certificate, body.CertificateID)
	}
	if wrong != "" {
		refuse(w, http.StatusBadRequest, "InvalidRequest", wrong)
		return
	}
	o.expires = body.Expires
	writeJSON(w, http.StatusOK, s.written(o))
}

func (s *Sim) unsubscribe(w http.ResponseWriter, r *http.Request) {
	token, ok := s.admitUser(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.mine(r, token)
	if o == nil {
		notFound(w)
		return
	}
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(other *subscription) bool { return other == o })
	s.stats.Unsubscribed++
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sim) reauthorize(w http.ResponseWriter, r *http.Request) {
	token, ok := s.admitUser(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mine(r, token) == nil {
		notFound(w)
		return
	}
	s.stats.Reauthorized++
	w.WriteHeader(http.StatusNoContent)
}

// A Subscribed is a subscription that lives, as a test sees it.
type Subscribed struct {
	ID, Tenant, Account string
	People              int
	CertificateID       string
	ClientState         string
	Expires             time.Time
}

// Subscriptions lists those that live.
func (s *Sim) Subscriptions() []Subscribed {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Subscribed
	for _, o := range s.live() {
		list = append(list, Subscribed{o.id, o.tenant, o.account, len(o.people), o.certificateID, o.clientState, o.expires})
	}
	return list
}

// Lose ends all subscriptions without a word, as Graph does now and then.
func (s *Sim) Lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscriptions = nil
}

// guid makes a random id.
func guid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
