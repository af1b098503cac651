package wsock

import (
	"sync"

	"github.com/ringdex/ringdex/stream/hub"
)

// A view is one subscription of one connection, and what of it is being sent.
type view struct {
	name   string // the client's name for it
	quoted []byte // the name as JSON
	tenant string
	kind   hub.Kind
	fields hub.Fields
	sub    *hub.Subscription
	pinned bool      // the ids are the results of a search
	live   *follower // keeps the ids in step with the search; nil if nobody does
	ids    int       // how many ids it counts for; owned by the reader

	begun bool // sub is set, and was not closed; guarded by the connection's mutex, as are the two below
	due   bool // it is among the connection's due
	held  bool // it has to wait for the answer to a command

	delta *hub.Delta // what is being sent, nil if nothing is; owned by the pump's turn
	at    int        // where in delta the next message begins; likewise
}

// done is what a message says that has nothing behind it in its delta.
const done = -1

// next returns the view's next message in the form that the connection takes,
// or nil if it has no news.
func (v *view) next(s *Server, f form) []byte {
	if v.delta == nil {
		if v.delta, v.at = v.sub.Next(), 0; v.delta == nil {
			return nil
		}
	}
	reset := v.delta.Reset
	page := v.page(s, f)
	if f == deflated && (v.shared() || reset) {
		page = v.deflate(s, page)
	}
	if v.at = page.Next; v.at == done {
		v.delta = nil
	}
	return page.Bytes
}

// shared reports whether others may have the same deltas.
func (v *view) shared() bool { return v.kind != hub.Contacts }

// page makes the page that is next, or takes the one that was made for others.
func (v *view) page(s *Server, f form) hub.Page {
	if f == deflated {
		f = plain
	}
	m := message{view: v, delta: v.delta, cards: &s.cards, cfg: &s.cfg, form: f}
	if !v.shared() {
		return m.page(v.at)
	}
	key := hub.PageKey{View: v.name, From: v.at, Form: uint8(f)}
	return v.delta.Page(key, func() hub.Page { return m.page(v.at) })
}

// deflate returns a page compressed, if that makes it shorter.
func (v *view) deflate(s *Server, page hub.Page) hub.Page {
	if len(page.Bytes) < deflateFrom {
		return page
	}
	encode := func() hub.Page {
		return hub.Page{Bytes: s.deflate(page.Bytes), Next: page.Next}
	}
	if !v.shared() {
		return encode()
	}
	return v.delta.Page(hub.PageKey{View: v.name, From: v.at, Form: uint8(deflated)}, encode)
}

// maxCards bounds the contacts that are kept rendered.
const maxCards = 1024

// A cards keeps the contacts that changed last as JSON, so that one change
// that many views see is rendered once.
type cards struct {
	directory Directory

	mu    sync.Mutex // guards known; held for map work only
	known map[cardKey][]byte
}

type cardKey struct {
	tenant, id string
	revision   uint64
}

// get returns a contact as JSON, as it was at revision or is now.
func (c *cards) get(tenant, id string, revision uint64) ([]byte, bool) {
	key := cardKey{tenant, id, revision}
	c.mu.Lock()
	card, ok := c.known[key]
	c.mu.Unlock()
	if ok {
		return card, true
	}
	card, ok = c.directory.Contact(tenant, id)
	if !ok {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxCards {
		c.known = make(map[cardKey][]byte, maxCards)
	}
	c.known[key] = card
	return card, true
}
