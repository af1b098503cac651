package scim

import (
	"time"

	"github.com/ringdex/ringdex/stream"
)

// Cursors lead back as well (RFC 9865 section 2: previousCursor): to the
// resources before the first of a page, as many as fit. Every list is read from
// its beginning, so a page behind which place it ends is found by counting those
// before it in the same view.

// window finds the part of a list that a page shows. It returns nil if the roster
// could not follow the view.
func (r *request) window(view stream.View, q *query, p *page) (*window, error) {
	w := r.opened(q, p)
	if !p.back {
		return r.filled(view, q, w)
	}
	through, err := r.filled(view, q, &window{order: q.order, after: p.after, until: w.until})
	if through == nil || err != nil {
		return nil, err
	}
	w.after = nil
	w.skip = max(through.before-1-p.count, 0) // the place itself may be among those before
	w.count++
	if w, err = r.filled(view, q, w); w == nil || err != nil {
		return nil, err
	}
	w.endBefore(*p.after, p.count)
	return w, nil
}

// opened returns the window of a page before anything is in it.
func (r *request) opened(q *query, p *page) *window {
	return &window{order: q.order, after: p.after, skip: p.skip, count: p.count, until: time.Now().Add(r.service.searchTime)}
}

// filled puts what a query means into a window and ends it. It returns nil if the
// roster could not follow the view.
func (r *request) filled(view stream.View, q *query, w *window) (*window, error) {
	sc := r.scope(q)
	if done, err := r.again(view, sc, w); done || err != nil {
		return w, err
	}
	w.keep = true
	for i := range q.kinds {
		if ok, err := r.fill(view, q, i, w); !ok || err != nil {
			return nil, err
		}
	}
	if w.keep && w.looked >= r.service.kept.after {
		r.service.kept.put(sc, view.Seq(), w.all)
		if _, err := r.service.cfg.Roster.Unchanged(r.ctx, r.dir.ID, view.Seq(), view.Seq()); err != nil { // watches it from now on
			return nil, err
		}
	}
	w.finish()
	return w, nil
}

// endBefore leaves the last resources before a place in a window that has one
// more than count of them, or the place itself. If none is left the list begins
// at the place, and its first page is the one before it.
func (w *window) endBefore(at place, count int) {
	n := 0
	for n < len(w.found) && w.compare(w.found[n].place, at) < 0 {
		n++
	}
	switch {
	case n == 0:
		w.found = w.found[:min(len(w.found), count)]
	case n > count:
		w.found = w.found[n-count : n]
		w.before += n - count
	default:
		w.found = w.found[:n]
	}
}
