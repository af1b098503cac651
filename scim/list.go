package scim

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

const (
	listURN     = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	defaultPage = 100
	maxPage     = 1000
)

// list answers GET /Users and /Groups, and their .search: resources that a
// filter means, in order of creation, one page of them.
func (r *request) list(k *kind) error {
	start, err := r.number("startIndex", 1)
	if err != nil {
		return err
	}
	count, err := r.number("count", defaultPage)
	if err != nil {
		return err
	}
	start, count = max(start, 1), min(max(count, 0), maxPage)
	if err := r.project(k); err != nil {
		return err
	}
	view, err := r.service.cfg.Log.View()
	if err != nil {
		return err
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	page, total, err := r.page(view, k, start-1, count)
	if err != nil {
		return err
	}
	shown := make([]resource.Value, len(page))
	for i, o := range page {
		if shown[i], err = r.show(view, k, o); err != nil {
			return err
		}
	}
	r.send(http.StatusOK, listResponse(shown, total, start))
	return nil
}

func listResponse(shown []resource.Value, total, start int) resource.Value {
	return resource.OfObject(
		resource.Field{Name: "schemas", Value: resource.OfArray(resource.OfString(listURN))},
		resource.Field{Name: "totalResults", Value: resource.OfInt(total)},
		resource.Field{Name: "startIndex", Value: resource.OfInt(start)},
		resource.Field{Name: "itemsPerPage", Value: resource.OfInt(len(shown))},
		resource.Field{Name: "Resources", Value: resource.OfArray(shown...)},
	)
}

// page returns at most count objects from place skip among those that the
// request's filter means, and the number of all of them.
func (r *request) page(view stream.View, k *kind, skip, count int) ([]*object, int, error) {
	text := r.call.query["filter"]
	if strings.TrimSpace(text) == "" {
		return r.everything(view, k, skip, count)
	}
	f, err := filter.Parse(text, k.typ, filter.Options{})
	if err != nil {
		return nil, 0, err
	}
	w := &window{skip: skip, count: count}
	ids, narrow, err := r.narrow(view, k, f)
	if err != nil {
		return nil, 0, err
	}
	if narrow {
		err = r.sift(view, k, f, ids, w)
	} else {
		err = r.scan(view, k, f, w)
	}
	return w.objects, w.total, err
}

// sift asks the filter about the objects of the given ids.
func (r *request) sift(view stream.View, k *kind, f filter.Filter, ids []contact.ID, w *window) error {
	for _, id := range ids {
		o, err := r.load(view, k, id)
		if errors.Is(err, errNoResource) {
			continue
		}
		if err != nil {
			return err
		}
		if err := r.consider(view, k, f, o, w); err != nil {
			return err
		}
	}
	return nil
}

// consider adds an object to the window if the filter means it.
func (r *request) consider(view stream.View, k *kind, f filter.Filter, o *object, w *window) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	var failed error
	meant := f.Match(r.whole(k, o, resource.Value{}), func(a *schema.Attribute, equal string) resource.Value {
		if a.Name != k.edges {
			return resource.Value{}
		}
		edges, err := k.gather(r, view, o.id, equal)
		if err != nil {
			failed = err
		}
		return edges
	})
	if meant && failed == nil {
		w.add(o)
	}
	return failed
}

// everything pages through a directory without a filter.
func (r *request) everything(view stream.View, k *kind, skip, count int) ([]*object, int, error) {
	ids, total := r.service.cfg.Roster.Page(r.tenant, r.dir.ID, k.stored, skip, count)
	page := make([]*object, 0, len(ids))
	for _, id := range ids {
		o, err := r.load(view, k, id)
		if errors.Is(err, errNoResource) {
			continue // created after the view, or deleted before it
		}
		if err != nil {
			return nil, 0, err
		}
		page = append(page, o)
	}
	return page, total, nil
}

// A window keeps the part of a list that a page shows, and counts the rest.
type window struct {
	skip, count, total int
	objects            []*object
}

func (w *window) add(o *object) {
	if w.total >= w.skip && len(w.objects) < w.count {
		w.objects = append(w.objects, o)
	}
	w.total++
}

// scan asks the filter about every object of the directory.
func (r *request) scan(view stream.View, k *kind, f filter.Filter, w *window) error {
	prefix := k.stored.Prefix() + r.dir.ID + "/"
	for e, err := range view.Scan(r.tenant, prefix, "") {
		if err != nil {
			return err
		}
		o, err := r.object(view, k, contact.ID(e.Key[len(prefix):]), e)
		if err != nil {
			return err
		}
		if err := r.consider(view, k, f, o, w); err != nil {
			return err
		}
	}
	return nil
}

// narrow returns the only ids that the filter can mean, ascending, if one of
// its terms is answered from an exact key of the log.
func (r *request) narrow(view stream.View, k *kind, f filter.Filter) ([]contact.ID, bool, error) {
	for _, term := range f.Terms() {
		ids, ok, err := r.candidates(view, k, term.Ref.String(), term.Value)
		if err != nil {
			return nil, false, err
		}
		if ok {
			slices.Sort(ids)
			return slices.Compact(ids), true, nil
		}
	}
	return nil, false, nil
}

// claimed returns the id under a claim on a name.
func (r *request) claimed(view stream.View, key string) ([]contact.ID, bool, error) {
	e, err := view.Get(r.tenant, key)
	if errors.Is(err, stream.ErrNotFound) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	return []contact.ID{contact.ID(e.Value)}, true, nil
}

// idsUnder returns the ids that the keys under a prefix name.
func (r *request) idsUnder(view stream.View, prefix string, idOf func(key string) contact.ID) ([]contact.ID, bool, error) {
	var ids []contact.ID
	for e, err := range view.Scan(r.tenant, prefix, "") {
		if err != nil {
			return nil, false, err
		}
		ids = append(ids, idOf(e.Key))
	}
	return ids, true, nil
}

func lastSegment(key string) contact.ID { return contact.ID(key[strings.LastIndexByte(key, '/')+1:]) }

func groupOf(key string) contact.ID {
	k, _ := contact.ParseKey(key)
	return k.ID
}

func memberOf(key string) contact.ID {
	k, _ := contact.ParseKey(key)
	return contact.ID(k.Member)
}

// search answers POST …/.search: a list whose parameters stand in the body
// (RFC 7644 section 3.4.3).
func (r *request) search(k *kind) error {
	body, err := r.call.body()
	if err != nil {
		return err
	}
	for name, v := range body.All() {
		name = strings.ToLower(name)
		switch v.Kind() {
		case resource.Array:
			var names []string
			for e := range v.Elems() {
				names = append(names, e.Text())
			}
			r.call.query[name] = strings.Join(names, ",")
		case resource.String, resource.Number:
			r.call.query[name] = v.Text()
		case resource.Null:
		default:
			return &schema.Error{ScimType: schema.InvalidSyntax, Path: resource.SafeName(name), Detail: "must be a string, a number or an array of strings"}
		}
	}
	return r.list(k)
}
