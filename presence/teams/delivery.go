package teams

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"html"
	"sync/atomic"
	"time"

	"github.com/ringdex/ringdex/presence/teams/notice"
)

// MaxDeliveryBytes bounds the body of a delivery.
const MaxDeliveryBytes = 1 << 20

const (
	maxQueued      = 256      // deliveries that wait
	maxQueuedBytes = 16 << 20 // … and their bytes
	maxValidation  = 4096     // bytes of the text of a validation
)

// Validation returns the answer to the check of an address for notifications:
// the text of the check itself, and nothing else. What is no text of Microsoft's
// comes back escaped, so that nobody can have a page of ours say what they want.
func Validation(token string) (answer string, ok bool) {
	if token == "" || len(token) > maxValidation {
		return "", false
	}
	return html.EscapeString(token), true
}

// counts of a Subscriber.
type counts struct {
	received, dropped, refused, applied, hurried, lifecycle, verified, opened atomic.Int64
}

// A DeliveryCount says how many deliveries and items came to what.
type DeliveryCount struct {
	Received  int64 // deliveries
	Dropped   int64 // … for which there was no room
	Refused   int64 // items, or deliveries that are none, that were not believed
	Applied   int64 // items that said how somebody is
	Hurried   int64 // items of which somebody was asked for ahead of the poll
	Lifecycle int64 // items about a subscription itself
	Verified  int64 // deliveries of which it was verified who sent them
	Opened    int64 // items for which a private key was used
}

// Count returns what came so far.
func (s *Subscriber) Count() DeliveryCount {
	c := &s.counts
	return DeliveryCount{
		Received: c.received.Load(), Dropped: c.dropped.Load(), Refused: c.refused.Load(), Applied: c.applied.Load(),
		Hurried: c.hurried.Load(), Lifecycle: c.lifecycle.Load(), Verified: c.verified.Load(), Opened: c.opened.Load(),
	}
}

// Receive takes a delivery in to be worked through later, and returns at once:
// Graph wants an answer within three seconds. Whether anything in it is to be
// believed is not known by then and not for the sender to learn. When there is
// no room it is dropped, since the poll knows better than what is sent again
// hours later. body is retained.
func (s *Subscriber) Receive(body []byte) {
	s.counts.received.Add(1)
	size := int64(len(body))
	if size > MaxDeliveryBytes || s.queued.Add(size) > maxQueuedBytes {
		if size <= MaxDeliveryBytes {
			s.queued.Add(-size)
		}
		s.counts.dropped.Add(1)
		return
	}
	select {
	case s.queue <- body:
	default:
		s.queued.Add(-size)
		s.counts.dropped.Add(1)
	}
}

// work works through deliveries in their order until ctx ends.
func (s *Subscriber) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case body := <-s.queue:
			s.queued.Add(-int64(len(body)))
			s.take(ctx, body)
		}
	}
}

// take works through one delivery. What is cheap comes first: an item whose
// subscription or client state is not ours costs a look into a map, and only
// for the others is it verified who sent them, once for all, and at last a
// private key used.
func (s *Subscriber) take(ctx context.Context, body []byte) {
	d, err := notice.Read(body)
	if err != nil {
		s.counts.refused.Add(1)
		return
	}
	var from map[string]bool // the Microsoft tenants of which Graph sent this
	for i := range d.Items {
		item := &d.Items[i]
		sub := s.find(item.SubscriptionID)
		if sub == nil || !sub.sent(item) {
			s.counts.refused.Add(1)
			continue
		}
		if item.Sealed != nil && from == nil {
			s.counts.verified.Add(1)
			from = s.senders.tenants(ctx, d.Tokens)
		}
		if !s.believe(sub, item, from) {
			s.counts.refused.Add(1)
			continue
		}
		if item.Lifecycle == "" {
			sub.listener.lastNews.Store(time.Now().UnixNano())
		}
	}
}

// sent tells whether an item shows the secret of the subscription, and is of
// its Microsoft tenant.
func (s *subscribed) sent(item *notice.Item) bool {
	state := subtle.ConstantTimeCompare([]byte(item.ClientState), []byte(s.clientState)) == 1
	return state && item.Tenant == s.listener.id.microsoftTenant
}

// believe does what an item says whose subscription is known, and tells whether
// it was in order.
func (s *Subscriber) believe(sub *subscribed, item *notice.Item, from map[string]bool) bool {
	switch {
	case item.Lifecycle != "":
		s.counts.lifecycle.Add(1)
		return s.lifecycle(sub, item)
	case item.Sealed == nil:
		return s.hurry(sub, item.ObjectID)
	case !from[sub.listener.id.microsoftTenant]:
		return false
	}
	key := s.ring.Find(item.Sealed.CertificateID)
	if key == nil {
		return s.hurry(sub, item.ObjectID) // somebody changed, how cannot be read
	}
	s.counts.opened.Add(1)
	content, err := key.Open(item.Sealed)
	if err != nil {
		return false
	}
	var said Presence
	if json.Unmarshal(content, &said) != nil {
		return false
	}
	id, ok := NormalID(said.ID)
	if !ok || !sub.ids[id] {
		return false
	}
	if said.Availability == "" {
		return s.hurry(sub, id)
	}
	said.ID = id
	s.counts.applied.Add(1)
	s.cfg.Poller.news(sub.listener.id.microsoftTenant, id, said)
	return true
}

// hurry has somebody asked for whom a subscription covers.
func (s *Subscriber) hurry(sub *subscribed, objectID string) bool {
	id, ok := NormalID(objectID)
	if !ok || !sub.ids[id] {
		return false
	}
	s.counts.hurried.Add(1)
	s.cfg.Poller.hurry(sub.listener.id.microsoftTenant, id)
	return true
}

// lifecycle acts on an event in the life of a subscription.
func (s *Subscriber) lifecycle(sub *subscribed, item *notice.Item) bool {
	switch item.Lifecycle {
	case notice.Reauthorize:
		sub.listener.reauthorize()
	case notice.Removed:
		sub.listener.forgotten()
	case notice.Missed:
		for id := range sub.ids {
			s.cfg.Poller.hurry(sub.listener.id.microsoftTenant, id)
		}
	default:
		return false
	}
	return true
}
