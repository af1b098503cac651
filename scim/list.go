package scim

import (
	"net/http"
	"strings"

	"github.com/ringdex/ringdex/scim/directory"
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

// A query is what a list is of, whichever page of it is asked for.
type query struct {
	kinds   []*kind // users come before groups
	filters []filter.Filter
	shown   []schema.Projection
	order   *order // nil: the order of creation
	text    string // of the filter
}

// query reads what is asked for of the given kinds.
func (r *request) query(kinds []*kind) (*query, error) {
	q := &query{kinds: kinds, text: strings.TrimSpace(r.call.query["filter"])}
	opts := filter.Options{Strict: r.dir.Policies.PathSyntax == directory.PolicyStrict}
	for _, k := range kinds {
		var f filter.Filter
		if q.text != "" {
			var err error
			if f, err = filter.Parse(q.text, k.typ, opts); err != nil {
				return nil, err
			}
		}
		if err := r.project(k); err != nil {
			return nil, err
		}
		q.filters, q.shown = append(q.filters, f), append(q.shown, r.shown)
	}
	var err error
	q.order, err = orderOf(kinds, r.call.query["sortby"], r.call.query["sortorder"])
	return q, err
}

// list answers a GET of /Users or /Groups, or of both at the root, and their
// .search: the resources that a filter means, one page of them.
func (r *request) list(kinds ...*kind) error {
	q, err := r.query(kinds)
	if err != nil {
		return err
	}
	p, err := r.page(q)
	if err != nil {
		return err
	}
	for range 4 {
		done, err := r.answerPage(q, p)
		if done || err != nil {
			return err
		}
	}
	return errBusy("The directory changes too fast to be listed.")
}

// answerPage answers with a page as a view of the log shows it. It returns false
// if the roster could not follow the view; then another is to be taken.
func (r *request) answerPage(q *query, p *page) (bool, error) {
	view, err := r.service.cfg.Log.View()
	if err != nil {
		return false, err
	}
	defer r.release(view)
	w, err := r.window(view, q, p)
	if w == nil || err != nil {
		return false, err
	}
	list, long, err := r.showAll(view, q, w.found)
	if err != nil {
		return false, err
	}
	if long != nil {
		r.reply.status = http.StatusOK
		r.reply.flow = &flow{r: r, view: view, shown: *long, parts: partsOfList(r.listed(q, p, w, len(list), nil), list)}
		return true, nil
	}
	all := make([]resource.Value, len(list))
	for i, s := range list {
		all[i] = s.v
	}
	r.send(http.StatusOK, r.listed(q, p, w, len(list), all))
	return true, nil
}

// showAll returns what is answered of each resource found. All of them together
// hold no more members than one group may; if that leaves some out, long is what
// of a group is answered.
func (r *request) showAll(view stream.View, q *query, all []found) (list []shown, long *schema.Projection, err error) {
	list = make([]shown, len(all))
	room := membersHeld
	for i, f := range all {
		if f.o == nil {
			if f.o, err = r.load(view, q.kinds[f.kind], f.id); err != nil {
				return nil, nil, err
			}
		}
		r.shown = q.shown[f.kind]
		if list[i], err = r.show(view, q.kinds[f.kind], f.o, room); err != nil {
			return nil, nil, err
		}
		if room -= list[i].held; list[i].rest != "" {
			long = &q.shown[f.kind]
		}
	}
	return list, long, nil
}

// listed returns the answer with n resources, and remembers where the next page
// begins. The resources may be left for later.
func (r *request) listed(q *query, p *page, w *window, n int, all []resource.Value) resource.Value {
	if !p.cursor {
		total := p.total(w)
		p.remember(w)
		return listResponse(n, all, total, resource.Field{Name: "startIndex", Value: resource.OfInt(p.start)})
	}
	var lead []resource.Field
	add := func(name string, at position) {
		lead = append(lead, resource.Field{Name: name, Value: resource.OfString(r.service.cursors.seal(r.scope(q), at))})
	}
	if w.before > 0 && len(w.found) > 0 {
		add("previousCursor", position{w.first(), p.count, true})
	}
	if w.more() && len(w.found) > 0 {
		add("nextCursor", position{w.last(), p.count, false})
	}
	return listResponse(n, all, w.total, lead...)
}

func listResponse(n int, all []resource.Value, total int, more ...resource.Field) resource.Value {
	fields := []resource.Field{
		{Name: "schemas", Value: resource.OfArray(resource.OfString(listURN))},
		{Name: "totalResults", Value: resource.OfInt(total)},
	}
	fields = append(fields, more...)
	return resource.OfObject(append(fields,
		resource.Field{Name: "itemsPerPage", Value: resource.OfInt(n)},
		resource.Field{Name: "Resources", Value: resource.OfArray(all...)},
	)...)
}

// search answers POST …/.search: a list whose parameters stand in the body
// (RFC 7644 section 3.4.3).
func (r *request) search(kinds ...*kind) error {
	if r.call.method != http.MethodPost {
		return r.methods("POST")
	}
	body, err := r.call.body()
	if err != nil {
		return err
	}
	for name, v := range body.All() {
		text, ok := parameter(v)
		if !ok {
			return &schema.Error{ScimType: schema.InvalidSyntax, Path: resource.SafeName(name), Detail: "must be a string, a number or an array of strings"}
		}
		if !v.IsNull() {
			r.call.query[strings.ToLower(name)] = text
		}
	}
	return r.list(kinds...)
}

// parameter returns a member of a search as a query would have it.
func parameter(v resource.Value) (string, bool) {
	switch v.Kind() {
	case resource.Array:
		names := make([]string, 0, v.Len())
		for e := range v.Elems() {
			if e.Kind() != resource.String {
				return "", false
			}
			names = append(names, e.Text())
		}
		return strings.Join(names, ","), true
	case resource.String, resource.Number, resource.Null:
		return v.Text(), true
	}
	return "", false
}
