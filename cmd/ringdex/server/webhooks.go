package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/presence/ringcentral"
	"github.com/ringdex/ringdex/presence/zoom"
	"github.com/ringdex/ringdex/scim/directory"
)

// maxDelivery bounds the body of a webhook's delivery, in bytes.
const maxDelivery = 64 << 10

// A Source is a vendor whose webhooks tell of presence. It checks and reads one
// delivery, and returns presence.ErrForged or presence.ErrMalformed.
type Source interface {
	Receive(presence.Delivery) (presence.Reception, error)
}

// vendor is a source with the authority by which SCIM knows its people.
type vendor struct {
	source    Source
	authority string
}

func vendorOf(name string) (vendor, bool) {
	switch name {
	case directory.RingCentral:
		return vendor{ringcentral.Source{}, ringcentral.Authority}, true
	case directory.Zoom:
		return vendor{zoom.Source{}, zoom.Authority}, true
	}
	return vendor{}, false
}

func (s *Server) webhookRoutes() []route {
	const path = "/v1/directories/{directory}/webhooks"
	return []route{
		{"GET", path, admin, "", s.listWebhooks},
		{"PUT", path + "/{vendor}", admin, "", s.putWebhook},
		{"DELETE", path + "/{vendor}", admin, "", s.removeWebhook},
		{"POST", webhookPath + "{vendor}/{directory}", own, "", s.receiveWebhook},
	}
}

const webhookPath = "/v1/webhooks/"

// webhookBody is a webhook without its secret.
type webhookBody struct {
	Vendor         string     `json:"vendor"`
	URL            string     `json:"url"` // what the vendor calls
	SetAt          time.Time  `json:"setAt"`
	LastDeliveryAt *time.Time `json:"lastDeliveryAt"` // that was accepted, since the start; null if none was
}

func (s *Server) showWebhook(directoryID string, w directory.Webhook) webhookBody {
	return webhookBody{
		Vendor: w.Vendor, URL: s.cfg.PublicURL + webhookPath + w.Vendor + "/" + directoryID, SetAt: w.SetAt,
		LastDeliveryAt: orNull(s.deliveries.last(w.Vendor, directoryID)),
	}
}

func (s *Server) listWebhooks(_ context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	id := param(r, "directory")
	all, err := s.registry.Webhooks(p.Tenant, id)
	if err != nil {
		return err
	}
	list := []webhookBody{}
	for _, w := range all {
		list = append(list, s.showWebhook(id, w))
	}
	return writeJSON(r, http.StatusOK, map[string]any{"webhooks": list})
}

func (s *Server) putWebhook(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	var body struct {
		Secret string `json:"secret"`
	}
	if err := readBody(r, &body); err != nil {
		return err
	}
	id := param(r, "directory")
	w, err := s.registry.PutWebhook(ctx, p.Tenant, id, param(r, "vendor"), body.Secret)
	if err != nil {
		return err
	}
	return writeJSON(r, http.StatusOK, s.showWebhook(id, w))
}

func (s *Server) removeWebhook(ctx context.Context, r *fasthttp.RequestCtx, p directory.Principal) error {
	if err := s.registry.RemoveWebhook(ctx, p.Tenant, param(r, "directory"), param(r, "vendor")); err != nil {
		return err
	}
	r.SetStatusCode(http.StatusNoContent)
	return nil
}

// receiveWebhook takes in a delivery. Whoever has not the secret is not told
// whether there is such a webhook.
func (s *Server) receiveWebhook(_ context.Context, r *fasthttp.RequestCtx, _ directory.Principal) error {
	name, id := param(r, "vendor"), param(r, "directory")
	tenant, hook, err := s.registry.Webhook(id, name)
	from, known := vendorOf(name)
	if err != nil || !known {
		return forgedProblem()
	}
	if len(r.PostBody()) > maxDelivery {
		return newProblem(http.StatusRequestEntityTooLarge, "body-too-large", "A delivery may have 64 KiB.")
	}
	got, err := from.source.Receive(presence.Delivery{
		Header: func(name string) string { return string(r.Request.Header.Peek(name)) }, Body: r.PostBody(), Secret: hook.Secret, At: time.Now(),
	})
	switch {
	case errors.Is(err, presence.ErrForged):
		return forgedProblem()
	case errors.Is(err, presence.ErrMalformed):
		return newProblem(http.StatusBadRequest, "malformed-delivery", "The delivery is not what this vendor documents.")
	case err != nil:
		return err
	}
	s.deliveries.note(name, id, time.Now())
	for _, n := range got.Notices {
		s.applyNotice(tenant, id, from.authority, n)
	}
	if got.Header[0] != "" {
		r.Response.Header.Set(got.Header[0], got.Header[1])
	}
	if got.Body != nil {
		r.SetContentType("application/json")
		r.SetBody(got.Body)
	}
	return nil
}

func forgedProblem() *problem {
	return newProblem(http.StatusUnauthorized, "unsigned", "The delivery is not signed with the secret of this webhook.")
}

// applyNotice tells the tracker about whom a notice is about. A vendor tells of
// many who are nobody here; that is no mistake of its.
func (s *Server) applyNotice(tenant, directoryID, authority string, n presence.Notice) {
	for _, id := range s.identities.Find(directoryID, authority, n.ExternalID) {
		var err error
		if n.Update != nil {
			_, err = s.tracker.Set(tenant, string(id), *n.Update)
		} else {
			err = s.tracker.CallAt(tenant, string(id), n.CallID, n.Live, n.At)
		}
		if err != nil && !errors.Is(err, presence.ErrUnknownContact) {
			s.log.Debug("news of a webhook was refused", "error", err)
		}
	}
}

// deliveries remember when each webhook was last used. Methods are safe for
// concurrent use.
type deliveries struct {
	mu sync.Mutex // guards at; held for map work only
	at map[string]time.Time
}

func (d *deliveries) note(vendor, directoryID string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at == nil {
		d.at = map[string]time.Time{}
	}
	d.at[vendor+"/"+directoryID] = now.UTC().Truncate(time.Second)
}

func (d *deliveries) last(vendor, directoryID string) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at[vendor+"/"+directoryID]
}
