package patch

import (
	"fmt"
	"slices"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// list applies the operation to all elements of a multi-valued attribute.
func (a *applier) list(path filter.Path, v resource.Value) error {
	switch {
	case path.Sub != nil:
		return a.everyElement(path, v)
	case a.op == Remove:
		return a.removeListed(path.Ref, v)
	case a.op == Add && schema.IsBlank(v):
		return nil
	}
	added, err := a.conform.Value(path.Attr, path.String(), v)
	if err != nil {
		return err
	}
	if a.op == Replace {
		if added.IsNull() {
			return a.clear(path.Ref)
		}
		return a.put(path.Ref, added)
	}
	old := a.elements(path.Ref)
	more := slices.Collect(added.Elems())
	if i := slices.IndexFunc(more, isPrimary); i >= 0 {
		old = a.demote(path.Ref, old, func(e int) bool { return schema.Same(path.Attr, old[e], more[i]) })
	}
	return a.putList(path.Ref, schema.Merge(path.Attr, old, more))
}

// everyElement applies the operation to a sub-attribute of all elements. One is
// made if there is none.
func (a *applier) everyElement(path filter.Path, v resource.Value) error {
	if a.op == Add && v.IsUnassigned() {
		return nil
	}
	do, takes, err := a.edit(path, v)
	if err != nil {
		return err
	}
	elems := a.elements(path.Ref)
	if len(elems) == 0 && !takes {
		elems = append(elems, resource.OfObject())
	}
	return a.change(path, elems, func(resource.Value) bool { return true }, do)
}

// removeListed takes away the elements that v lists, as Entra ID removes them,
// or all if v is null. A list of none takes away none.
func (a *applier) removeListed(r schema.Ref, v resource.Value) error {
	if v.IsNull() {
		return a.clear(r)
	}
	listed, err := a.conform.Value(r.Attr, r.String(), v)
	if err != nil {
		return err
	}
	return a.putList(r, slices.DeleteFunc(a.elements(r), func(e resource.Value) bool {
		return isListed(r.Attr, e, listed)
	}))
}

// isListed reports whether e is as one of the listed elements says, in all that
// tells elements apart.
func isListed(attr *schema.Attribute, e, listed resource.Value) bool {
	for l := range listed.Elems() {
		if resembles(attr, e, l, "display", "$ref", "primary") {
			return true
		}
	}
	return false
}

// resembles reports whether e has the members of model, apart from some, with
// case where their attribute says so.
func resembles(attr *schema.Attribute, e, model resource.Value, except ...string) bool {
	if model.Kind() != resource.Object {
		return e.Equal(model)
	}
	compared := 0
	for name, m := range model.All() {
		if slices.Contains(except, name) {
			continue
		}
		compared++
		if !agree(attr.SubAttribute(name), e.Get(name), m) {
			return false
		}
	}
	return compared > 0
}

// agree reports whether two values of s, which may be nil, are the same.
func agree(s *schema.Attribute, v, w resource.Value) bool {
	if s == nil || s.CaseExact || v.Kind() != resource.String || w.Kind() != resource.String {
		return v.Equal(w)
	}
	return schema.FoldName(v.Text()) == schema.FoldName(w.Text())
}

// putList gives a multi-valued attribute its elements.
func (a *applier) putList(r schema.Ref, elems []resource.Value) error {
	r.Sub = nil
	if len(elems) == 0 {
		return a.clear(r)
	}
	if limit := r.Attr.Limit(); len(elems) > limit {
		return &schema.Error{ScimType: schema.TooMany, Path: r.String(), Detail: fmt.Sprintf("has more than %d elements", limit)}
	}
	return a.put(r, resource.OfArray(elems...))
}

func isPrimary(e resource.Value) bool { return e.Get("primary").Bool() }

// demote returns elems with none primary but those that keep picks (RFC 7644
// section 3.5.2).
func (a *applier) demote(r schema.Ref, elems []resource.Value, keep func(i int) bool) []resource.Value {
	demoted := slices.Clone(elems)
	for i, e := range elems {
		if !isPrimary(e) || keep(i) {
			continue
		}
		demoted[i] = e.Set("primary", resource.OfBool(false))
		a.note(r.String(), "made another element primary; the one before is no longer")
	}
	return demoted
}
