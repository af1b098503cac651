package scim

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// searchTime bounds how long objects are read to find those that a filter means.
// It leaves time to say so.
const searchTime = 20 * time.Second

// fill adds the resources of one kind that a query means to the window. Without
// an order it reads no more of them than the page shows where their number is
// known otherwise. It returns false if the roster could not follow the view.
func (r *request) fill(view stream.View, q *query, i int, w *window) (bool, error) {
	k, f := q.kinds[i], q.filters[i]
	if w.order == nil {
		if f.IsZero() {
			w.keep = false
			return r.everything(view, k, i, w)
		}
		ids, ok, err := r.ends(view, k, f)
		if err != nil {
			return false, err
		}
		if ok {
			w.keep = false
			return r.fillFrom(view, k, i, ids, w)
		}
	}
	add := func(o *object) {
		at := place{kind: i, id: o.id}
		if w.order != nil {
			at.key = r.sortKey(k, o, w.order.by[i])
		}
		w.add(found{at, o})
	}
	ids, narrow, err := r.find(view, k, f.Need(), 0)
	if err != nil {
		return false, err
	}
	if narrow {
		return true, r.sift(view, k, f, ids, w, add)
	}
	return true, r.scan(view, k, f, w, add)
}

// everything adds all resources of a kind in the order of creation.
func (r *request) everything(view stream.View, k *kind, i int, w *window) (bool, error) {
	m, err := r.service.cfg.Roster.At(r.ctx, r.tenant, r.dir.ID, k.stored, view.Seq())
	if err != nil {
		return false, err
	}
	prefix := k.stored.Prefix() + r.dir.ID + "/"
	from, passed, total := "", 0, 0
	if w.after != nil && w.after.kind == i {
		var ok bool
		if passed, total, ok = m.Through(w.after.id); !ok {
			return false, nil
		}
		from = prefix + string(w.after.id)
	} else {
		first, all, ok := m.First(w.skip)
		if !ok {
			return false, nil
		}
		passed, total = min(w.skip, all), all
		w.skip -= passed
		if w.after != nil && w.after.kind > i {
			passed = total
		} else if first != "" {
			from = justBefore(prefix + string(first))
		}
	}
	w.before += passed
	w.total += total
	return true, r.readOn(view, k, i, from, min(total-passed, w.room()), w)
}

// readOn adds the next n resources behind a key of the log.
func (r *request) readOn(view stream.View, k *kind, i int, from string, n int, w *window) error {
	if n <= 0 {
		return nil
	}
	prefix := k.stored.Prefix() + r.dir.ID + "/"
	for e, err := range view.Scan(r.tenant, prefix, from) {
		if err != nil {
			return err
		}
		o, err := r.object(view, k, contact.ID(e.Key[len(prefix):]), e)
		if errors.Is(err, errNoResource) {
			continue
		}
		if err != nil {
			return err
		}
		w.found = append(w.found, found{place{kind: i, id: o.id}, o})
		if n--; n == 0 {
			break
		}
	}
	return nil
}

// justBefore returns a text behind every key smaller than an id's, and before it.
func justBefore(key string) string {
	n := len(key) - 1
	return key[:n] + string([]byte{key[n] - 1, 0xff})
}

// ends returns the objects at the other ends of one object's edges, if that is
// all the filter asks for: the members of a group, or the groups of a member.
// Their number is known without reading them.
func (r *request) ends(view stream.View, k *kind, f filter.Filter) (ids []contact.ID, ok bool, err error) {
	term, ok := f.Sole()
	if !ok || !k.isEdge(term) {
		return nil, false, nil
	}
	if k.stored == contact.KindUser { // whose membership in a group that is gone is none
		_, err := view.Get(r.tenant, contact.GroupKey(r.dir.ID, contact.ID(term.Value)))
		if errors.Is(err, stream.ErrNotFound) {
			return nil, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	prefix, idOf := k.ends(r.dir.ID, term.Value)
	ids, _, err = r.idsUnder(view, prefix, idOf, 0)
	return ids, true, err
}

// fillFrom adds those of the given ids that there are. All of them are meant.
func (r *request) fillFrom(view stream.View, k *kind, i int, ids []contact.ID, w *window) (bool, error) {
	m, err := r.service.cfg.Roster.At(r.ctx, r.tenant, r.dir.ID, k.stored, view.Seq())
	if err != nil {
		return false, err
	}
	ids, ok := m.Among(ids)
	if !ok {
		return false, nil
	}
	w.total += len(ids)
	passed := min(w.skip, len(ids))
	w.skip -= passed
	switch {
	case w.after != nil && w.after.kind > i:
		passed = len(ids)
	case w.after != nil && w.after.kind == i:
		at, there := slices.BinarySearch(ids, w.after.id)
		if passed = at; there {
			passed++
		}
	}
	w.before += passed
	for _, id := range ids[passed:min(len(ids), passed+w.room())] {
		w.found = append(w.found, found{place{kind: i, id: id}, nil})
	}
	return true, nil
}

// sift asks the filter about the objects of the given ids.
func (r *request) sift(view stream.View, k *kind, f filter.Filter, ids []contact.ID, w *window, add func(*object)) error {
	for _, id := range ids {
		o, err := r.load(view, k, id)
		if errors.Is(err, errNoResource) {
			continue
		}
		if err != nil {
			return err
		}
		if err := r.consider(view, k, f, o, w, add); err != nil {
			return err
		}
	}
	return nil
}

// scan asks the filter about every object of the directory, but for those whose
// text shows that it does not mean them.
func (r *request) scan(view stream.View, k *kind, f filter.Filter, w *window, add func(*object)) error {
	prefix := k.stored.Prefix() + r.dir.ID + "/"
	s := newSieve(f.Needles())
	for e, err := range view.Scan(r.tenant, prefix, "") {
		if err != nil {
			return err
		}
		if err := r.pace(w); err != nil {
			return err
		}
		_, body, err := k.split(e.Value)
		if err == nil && !s.mayMean(body) {
			continue
		}
		o, err := r.object(view, k, contact.ID(e.Key[len(prefix):]), e)
		if errors.Is(err, errNoResource) {
			continue
		}
		if err != nil {
			return err
		}
		if err := r.consider(view, k, f, o, w, add); err != nil {
			return err
		}
	}
	return nil
}

// pace ends a search that takes too long. Trying again would take as long, so
// the client is told what to change and not when to come back.
func (r *request) pace(w *window) error {
	if w.looked++; w.looked%64 != 1 {
		return nil
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if time.Now().After(w.until) {
		return newError(http.StatusBadRequest, "tooMany",
			"The directory is too large to be read for this list in time; filter it with eq by an attribute such as userName, externalId or emails.value.")
	}
	return nil
}

// consider adds an object if the filter means it.
func (r *request) consider(view stream.View, k *kind, f filter.Filter, o *object, w *window, add func(*object)) error {
	if err := r.pace(w); err != nil {
		return err
	}
	var failed error
	meant := f.Match(o.tree, func(a *schema.Attribute, equal string) resource.Value {
		if a.Name != k.edges {
			return r.outside(k, o, a)
		}
		edges, err := k.gather(r, view, o.id, equal)
		if err != nil {
			failed = err
		}
		return edges
	})
	if meant && failed == nil {
		add(o)
	}
	return failed
}
