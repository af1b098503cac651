package wsock

import (
	"bufio"
	"net/http"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/stream/hub"
)

// Changes answers GET /v1/changes for one who may see a tenant: what is new in
// a topic after a position, in one message. It is what a stream would tell,
// for those who come by from time to time.
func (s *Server) Changes(ctx *fasthttp.RequestCtx, tenant string) {
	q, p := parseQuery(ctx)
	switch {
	case p != nil:
	case q.topic.Kind == "search", q.topic.Kind == "agent":
		p = newProblem(http.StatusBadRequest, "invalid-field", "", "Ask for one of directory, group or ids; searches and calls are streamed.")
	case len(q.topic.IDs) > s.cfg.IDsPerSubscription:
		p = tooManyIDs("ids")
	}
	if p != nil {
		s.cfg.Refuse(ctx, p.Status, strings.TrimPrefix(p.Type, problemPrefix), p.Detail)
		return
	}
	topic, _ := s.resolve(&q.topic, &Principal{Tenant: tenant}, 0) // cannot fail for these kinds
	delta := s.cfg.Hub.Space(tenant).Since(topic, q.fields, q.after)
	v := &view{tenant: tenant, kind: topic.Kind, fields: q.fields}
	m := &message{view: v, delta: delta, cards: &s.cards, cfg: &s.cfg}
	ctx.SetContentType("application/json")
	ctx.Response.Header.Set("Cache-Control", "no-store")
	if ctx.IsHead() {
		return
	}
	// A whole directory is large: it is rendered as it is sent. An error is that
	// of the connection, which ends it.
	ctx.SetBodyStreamWriter(func(w *bufio.Writer) { _ = m.whole(w) })
}

// whole writes a delta as one message.
func (m *message) whole(w *bufio.Writer) error {
	d := m.delta
	buf := []byte(`{"type":"changes"`)
	if d.Reset {
		buf = append(buf, `,"reset":true`...)
	}
	buf = m.position(buf, d.To)
	buf = append(buf, `,"data":[`...)
	empty := true
	for i := range d.Entries {
		buf, empty = m.piece(buf, &d.Entries[i], empty)
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	buf = append(buf, ']')
	for i, id := range d.Removed {
		if i == 0 {
			buf = append(buf, `,"removed":[`...)
		}
		buf = appendText(comma(buf, i == 0), id)
	}
	if len(d.Removed) > 0 {
		buf = append(buf, ']')
	}
	for i := range d.Syncs {
		if i == 0 {
			buf = append(buf, `,"presenceSync":[`...)
		}
		buf = append(comma(buf, i == 0), d.Syncs[i].Fragment...)
	}
	if len(d.Syncs) > 0 {
		buf = append(buf, ']')
	}
	_, err := w.Write(append(buf, "}\n"...))
	return err
}

// piece appends what is new of a contact.
func (m *message) piece(buf []byte, e *hub.Entry, first bool) ([]byte, bool) {
	var card []byte
	if m.view.fields&hub.Contact != 0 && e.News&hub.NewContact != 0 {
		var ok bool
		if card, ok = m.cards.get(m.view.tenant, e.ID, e.Revision); !ok {
			return buf, first // its removal is on the way
		}
	}
	buf = append(comma(buf, first), `{"id":`...)
	buf = appendText(buf, e.ID)
	if m.view.fields&hub.Presence != 0 && e.News&hub.NewPresence != 0 {
		buf = appendPresence(buf, e.Presence)
	}
	if card != nil {
		buf = append(append(buf, `,"contact":`...), card...)
	}
	return append(buf, '}'), false
}
