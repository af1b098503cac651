package scim

import (
	"math"
	"net/http"
	"strings"

	"github.com/ringdex/ringdex/scim/schema"
)

// A page is the part of a list that a request asks for: a number of resources
// behind a place, or by rank.
type page struct {
	start  int // counting from 1, as it was asked for and is answered
	asked  int // count as it was asked for
	count  int // and as it is answered at most
	cursor bool
	after  *place // nil: the first skip resources are left out
	back   bool   // the page ends before that place instead of beginning behind it
	skip   int
	walk   *step // nil: nobody walks
}

// page reads which page is asked for.
func (r *request) page(q *query) (*page, error) {
	if text, ok := r.call.query["cursor"]; ok {
		return r.cursorPage(q, strings.TrimSpace(text))
	}
	start, err := r.number("startIndex", 1)
	if err != nil {
		return nil, err
	}
	asked, err := r.number("count", defaultPage)
	if err != nil {
		return nil, err
	}
	p := &page{start: max(start, 1), asked: max(asked, 0)}
	p.count, p.skip = min(p.asked, maxPage), p.start-1
	if p.count > 0 {
		order := window{order: q.order}
		p.walk = &step{dir: r.dir.ID, scope: r.scope(q), compare: order.compare, start: p.start, asked: p.asked}
		r.service.walks.enter(p.walk)
		if p.after = p.walk.from; p.after != nil {
			p.skip = 0
		}
	}
	return p, nil
}

// cursorPage reads a page of RFC 9865: the first one for an empty cursor.
func (r *request) cursorPage(q *query, text string) (*page, error) {
	if strings.TrimSpace(r.call.query["startindex"]) != "" {
		return nil, newError(http.StatusBadRequest, "invalidCursor", "cursor and startIndex exclude each other.")
	}
	asked, err := r.number("count", defaultPage)
	if err != nil {
		return nil, &schema.Error{ScimType: "invalidCount", Path: "count", Detail: "must be a whole number"}
	}
	p := &page{cursor: true, count: min(max(asked, 0), maxPage)}
	if text == "" {
		return p, nil
	}
	at, err := r.service.cursors.open(r.scope(q), text)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(r.call.query["count"]) != "" && p.count != at.count {
		return nil, &schema.Error{ScimType: "invalidCount", Path: "count", Detail: "must be the same for all pages of a list"}
	}
	if at.kind >= len(q.kinds) {
		return nil, invalidCursor("It is the cursor of another list.")
	}
	p.count, p.after, p.back = at.count, &at.place, at.back
	return p, nil
}

// total returns the number of all resources as the client must see it: for a
// page that continues a walk, those of the pages before and those that are left,
// so that counting up to it ends with the last resource whatever was deleted
// behind the walker meanwhile.
func (p *page) total(w *window) int {
	if p.after == nil {
		return w.total
	}
	if left := w.total - w.before; left > 0 {
		if p.walk.counted && w.more() {
			left = addClamped(left, p.asked-p.count) // who counts those too would stop too early
		}
		return addClamped(p.start-1, left)
	}
	return min(w.total, p.start-1)
}

func addClamped(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

// remember notes behind which resource the walk goes on.
func (p *page) remember(w *window) {
	if p.walk == nil {
		return
	}
	if len(w.found) == 0 || !w.more() {
		p.walk.end()
		return
	}
	p.walk.next(w.last(), len(w.found))
}
