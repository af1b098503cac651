package patch

import (
	"slices"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// selected applies the operation to the elements that a path's filter means.
func (a *applier) selected(path filter.Path, v resource.Value) error {
	if a.op == Add && v.IsUnassigned() {
		return nil
	}
	edit, takes, err := a.edit(path, v)
	if err != nil {
		return err
	}
	elems := a.elements(path.Ref)
	switch {
	case slices.ContainsFunc(elems, path.Elements.Match):
		return a.change(path, elems, path.Elements.Match, edit)
	case a.policy.StrictTargets && a.op != Add:
		return &schema.Error{ScimType: schema.NoTarget, Path: path.String(), Detail: "the filter means no element"}
	case takes:
		return nil
	}
	return a.create(path, elems, edit)
}

// elements returns the elements of an attribute in a slice of its own.
func (a *applier) elements(r schema.Ref) []resource.Value {
	v := a.get(r)
	if v.Kind() == resource.Array || v.IsNull() {
		return slices.Collect(v.Elems())
	}
	return []resource.Value{v}
}

// An edit returns what becomes of an element; null takes it away.
type edit func(e resource.Value) (resource.Value, error)

// edit returns what the operation does to each element it is about, and whether
// that is taking away.
func (a *applier) edit(path filter.Path, v resource.Value) (do edit, takes bool, err error) {
	if a.op == Remove || schema.IsBlank(v) {
		return a.taking(path), true, nil
	}
	if path.Sub != nil {
		v, err = a.conform.Value(path.Sub, path.String(), v)
	} else {
		v, err = a.element(path, v)
	}
	switch {
	case err != nil:
		return nil, false, err
	case v.IsNull():
		return a.taking(path), true, nil
	case path.Sub != nil:
		return func(e resource.Value) (resource.Value, error) { return with(e, path.Sub.Name, v), nil }, false, nil
	case a.op == Add:
		return func(e resource.Value) (resource.Value, error) { return overlay(path.Attr, e, v), nil }, false, nil
	}
	return replacing(path, v), false, nil
}

// element returns the one element that v is or holds.
func (a *applier) element(path filter.Path, v resource.Value) (resource.Value, error) {
	if v.Kind() == resource.Array && v.Len() > 1 {
		return v, &schema.Error{ScimType: schema.InvalidValue, Path: path.String(), Detail: "has one value for each element that the filter means"}
	}
	if v.Kind() == resource.Array {
		v = v.At(0)
	}
	return a.conform.Element(path.Attr, path.String(), v)
}

// replacing returns the edit that puts v in the place of an element. What the
// filter says of the element stays true of it unless v says otherwise.
func replacing(path filter.Path, v resource.Value) edit {
	if path.Elements == nil || v.Kind() != resource.Object {
		return func(resource.Value) (resource.Value, error) { return v, nil }
	}
	model, _ := path.Elements.Model()
	return func(resource.Value) (resource.Value, error) { return overlay(path.Attr, model, v), nil }
}

// taking returns the edit that takes away an element, or its sub-attribute that
// path names. An element without its value, or with nothing left but what it
// would have been for, goes as a whole.
func (a *applier) taking(path filter.Path) edit {
	return func(e resource.Value) (resource.Value, error) {
		s := path.Sub
		if s == nil || s == path.Attr.Value() {
			return resource.Value{}, nil
		}
		rest := e.Delete(s.Name)
		if rest.Len() == e.Len() {
			return e, nil
		}
		if err := a.required(s, path.Ref); err != nil {
			return e, err
		}
		if isLabelOnly(rest) {
			return resource.Value{}, nil
		}
		return rest, nil
	}
}

// isLabelOnly reports whether e has nothing but what tells elements apart.
func isLabelOnly(e resource.Value) bool {
	for name := range e.All() {
		if name != "type" && name != "primary" {
			return false
		}
	}
	return true
}

// change edits the elements that meant picks.
func (a *applier) change(path filter.Path, elems []resource.Value, meant func(resource.Value) bool, do edit) error {
	var changed []resource.Value
	edited := map[int]bool{} // by place in changed
	demote := false
	for _, e := range elems {
		if !meant(e) {
			changed = append(changed, e)
			continue
		}
		now, err := do(e)
		if err != nil {
			return err
		}
		if now.IsNull() {
			continue
		}
		demote = demote || isPrimary(now) && !isPrimary(e)
		edited[len(changed)] = true
		changed = append(changed, now)
	}
	if demote {
		changed = a.demote(path.Ref, changed, func(i int) bool { return edited[i] })
	}
	return a.putList(path.Ref, changed)
}

// create makes the element that the filter describes and edits it. If the filter
// wants the primary element and one is all else that it describes, that one
// becomes primary: a second of its type would not be what was meant.
func (a *applier) create(path filter.Path, elems []resource.Value, do edit) error {
	model, ok := path.Elements.Model()
	if !ok {
		return &schema.Error{
			ScimType: schema.NoTarget, Path: path.String(),
			Detail: "the filter means no element and does not describe one to create",
		}
	}
	at := slices.IndexFunc(elems, func(e resource.Value) bool {
		return !a.policy.StrictTargets && isPrimary(model) && resembles(path.Attr, e, model, "primary")
	})
	if at < 0 {
		at = len(elems)
		elems = append(elems, model)
		a.note(path.String(), "created the element that the filter describes")
	} else {
		elems[at] = elems[at].Set("primary", resource.OfBool(true))
	}
	made, err := do(elems[at])
	if err != nil {
		return err
	}
	elems[at] = made
	if isPrimary(made) {
		elems = a.demote(path.Ref, elems, func(i int) bool { return i == at })
	}
	return a.putList(path.Ref, elems)
}
