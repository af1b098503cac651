package wsock

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/stream/hub"
)

// changes asks a handler that lets everybody see tenant t1.
func (r *rig) changes(t *testing.T, query string, status int) msg {
	t.Helper()
	var ctx fasthttp.RequestCtx
	ctx.Request.SetRequestURI("/v1/changes?" + query)
	r.Changes(&ctx, "t1")
	body, err := io.ReadAll(bodyOf(&ctx))
	if err != nil || ctx.Response.StatusCode() != status {
		t.Fatalf("%s: status %d, %v: %s", query, ctx.Response.StatusCode(), err, body)
	}
	var m msg
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("%s: %v: %s", query, err, body)
	}
	m.Text = string(body)
	return m
}

func bodyOf(ctx *fasthttp.RequestCtx) io.Reader {
	if s := ctx.Response.BodyStream(); s != nil {
		return s
	}
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(ctx.Response.BodyWriteTo(pw)) }()
	return pr
}

func TestChangesAreOneMessage(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.PageEntries = 2 })
	for i := range 5 {
		r.put(fmt.Sprint("c", i), fmt.Sprintf(`{"n":%d}`, i), "d1", "g1")
	}
	all := r.changes(t, "directory=d1&fields=both", 200)
	if !all.Reset || all.Type != "changes" || len(all.Data) != 5 || all.Position != "e1:5" || all.Data[0].Contact == nil {
		t.Errorf("at first %s", all.Text)
	}
	r.presence("c2", `{"n":2}`)
	r.remove("c4")
	if m := r.changes(t, "group=g1&since="+all.Position, 200); m.Text != `{"type":"changes","position":"e1:7","data":[{"id":"c2","presence":{"n":2}}],"removed":["c4"]}`+"\n" {
		t.Errorf("then %s", m.Text)
	}
	if m := r.changes(t, "ids=c2,c3&fields=contact&since="+all.Position, 200); len(m.Data) != 0 || m.Position != "e1:7" {
		t.Errorf("of contacts %s", m.Text)
	}
	if m := r.changes(t, "directory=d1&since=e0:3", 200); !m.Reset || len(m.Data) != 4 {
		t.Errorf("from another epoch %s", m.Text)
	}
	for _, query := range []string{"", "q=ann", "agent=a1", "directory=d1&since=1", "directory=d1&ids=c1"} {
		r.changes(t, query, http.StatusBadRequest)
	}
}

// TestPollingConverges holds polling to the rule of the stream: whoever applies
// what it tells ends on the truth.
func TestPollingConverges(t *testing.T) {
	r := newRig(t, nil)
	view, since := map[string]string{}, ""
	for n := range 300 {
		id := fmt.Sprint("c", n*7%13)
		switch n % 5 {
		case 0, 3:
			r.put(id, `{}`, fmt.Sprint("d", n%2))
		case 1:
			r.remove(fmt.Sprint("c", n*5%13))
		default:
			r.presence(id, fmt.Sprint(n))
		}
		if n%4 == 0 {
			m := r.changes(t, "directory=d1"+since, 200)
			if m.Reset {
				clear(view)
			}
			for _, e := range m.Data {
				view[e.ID] = fmt.Sprint(e.Presence)
			}
			for _, id := range m.Removed {
				delete(view, id)
			}
			since = "&since=" + m.Position
		}
	}
	truth := map[string]string{}
	for _, e := range r.hub.Space("t1").Since(hub.Topic{Kind: hub.Directory, ID: "d1"}, hub.Both, hub.Position{}).Entries {
		var p any
		if e.Presence != nil {
			_ = json.Unmarshal(e.Presence, &p)
		}
		truth[e.ID] = fmt.Sprint(p)
	}
	m := r.changes(t, "directory=d1"+since, 200)
	for _, e := range m.Data {
		view[e.ID] = fmt.Sprint(e.Presence)
	}
	for _, id := range m.Removed {
		delete(view, id)
	}
	if diff := cmp.Diff(truth, view); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}
