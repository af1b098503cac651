package patch

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// An applier holds the working copy while operations are applied.
type applier struct {
	t       *schema.Type
	policy  Policy
	conform schema.Conformer
	doc     resource.Value
	members []MemberOp
	notes   []Note

	index int // of the operation at work
	op    Op  // what it does
}

func (a *applier) note(path, format string, args ...any) {
	if len(a.notes) < maxNotes {
		a.notes = append(a.notes, Note{Operation: a.index, Path: path, Detail: fmt.Sprintf(format, args...)})
	}
}

// apply applies one operation, and takes over what the conformer passed over.
func (a *applier) apply(op Operation) error {
	before, notes, members := a.doc, len(a.notes), len(a.members)
	err := a.operation(op)
	for _, h := range a.conform.Hints {
		a.note(h.Path, "%s", h.Detail)
	}
	a.conform.Hints = nil
	if len(a.notes) == notes && len(a.members) == members && a.doc.Equal(before) {
		a.note("", "changed nothing")
	}
	return err
}

func (a *applier) operation(op Operation) error {
	if !filter.IsBlank(op.Path) {
		return a.named(op.Path, op.Value, true)
	}
	switch {
	case op.Op == Remove:
		return &schema.Error{ScimType: schema.NoTarget, Detail: "remove needs a path"}
	case op.Value.Kind() != resource.Object:
		return &schema.Error{ScimType: schema.InvalidValue, Detail: "without a path the value must be an object of attributes"}
	}
	for name, v := range op.Value.All() {
		if err := a.named(name, v, false); err != nil {
			return err
		}
	}
	return nil
}

// named applies the operation to what a path names. The name of a member of a
// value is such a path too; then explicit is false, and what clients only echo
// is passed over.
func (a *applier) named(name string, v resource.Value, explicit bool) error {
	path, err := filter.ParsePath(name, a.t, filter.Options{Strict: a.policy.StrictPaths})
	if err == nil && a.policy.RejectUnknown && path.InExtension() && !strings.Contains(name, ":") {
		err = &schema.Error{
			ScimType: schema.InvalidPath, Path: path.String(), Err: schema.ErrUnknownAttribute,
			Detail: "must be named with the URN of its schema",
		}
	}
	switch {
	case errors.Is(err, schema.ErrUnknownAttribute):
		return a.unknown(err)
	case err != nil:
		return err
	case path.Attr == nil:
		return a.schema(path.Ref, v)
	}
	return a.attribute(path, v, explicit)
}

// unknown passes over an attribute that no schema has, or refuses it.
func (a *applier) unknown(err error) error {
	e, ok := errors.AsType[*schema.Error](err)
	if a.policy.RejectUnknown || !ok {
		return err
	}
	a.note(e.Path, "ignored: %s", e.Detail)
	return nil
}

// schema applies the operation to the object under a schema's URN.
func (a *applier) schema(r schema.Ref, v resource.Value) error {
	clears := a.op == Remove || a.op == Replace && schema.IsBlank(v)
	switch {
	case clears && !r.InExtension():
		return &schema.Error{ScimType: schema.NotMutable, Path: r.String(), Detail: "cannot be removed"}
	case clears:
		a.doc = a.doc.Delete(r.Schema.ID)
		return nil
	case v.IsUnassigned():
		return nil
	case v.Kind() != resource.Object:
		return &schema.Error{ScimType: schema.InvalidValue, Path: r.String(), Detail: "must be an object of attributes"}
	}
	for name, m := range v.All() {
		inner, err := a.t.Within(r, name)
		if err == nil {
			err = a.attribute(filter.Path{Ref: inner}, m, false)
		} else {
			err = a.unknown(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// attribute applies the operation to one attribute or a part of it.
func (a *applier) attribute(path filter.Path, v resource.Value, explicit bool) error {
	if ok, err := a.writable(path.Ref, explicit); !ok {
		return err
	}
	switch {
	case path.Attr.Detached:
		return a.member(path, v)
	case path.Elements != nil:
		return a.selected(path, v)
	case path.Attr.MultiValued:
		return a.list(path, v)
	default:
		return a.single(path.Ref, v)
	}
}

// writable reports whether an operation may go on with an attribute. Without an
// error it is passed over.
func (a *applier) writable(r schema.Ref, explicit bool) (bool, error) {
	leaf := r.Leaf()
	switch {
	case schema.Writable(r.Attr) && schema.Writable(leaf):
		return true, nil
	case r.Attr.Mutability == schema.WriteOnly || leaf.Mutability == schema.WriteOnly:
		a.note(r.String(), "is accepted and not kept")
	case explicit && r.Attr.Name != "schemas":
		return false, &schema.Error{ScimType: schema.NotMutable, Path: r.String(), Detail: "is read-only"}
	default:
		a.note(r.String(), "is read-only and was ignored")
	}
	return false, nil
}

// get returns the attribute's value, or null.
func (a *applier) get(r schema.Ref) resource.Value {
	if r.InExtension() {
		return a.doc.Get(r.Schema.ID).Get(r.Attr.Name)
	}
	return a.doc.Get(r.Attr.Name)
}

// put gives the attribute a value, or takes it away if that is null, empty or an
// object without members. An extension goes with its last attribute.
func (a *applier) put(r schema.Ref, v resource.Value) error {
	if !r.InExtension() {
		a.doc = with(a.doc, r.Attr.Name, v)
		return nil
	}
	held := with(a.doc.Get(r.Schema.ID), r.Attr.Name, v)
	if held.Len() > schema.MaxElements {
		return &schema.Error{
			ScimType: schema.TooMany, Path: r.Schema.ID,
			Detail: fmt.Sprintf("has more than %d attributes", schema.MaxElements),
		}
	}
	a.doc = with(a.doc, r.Schema.ID, held)
	return nil
}

// with returns obj with a member set, or without it if v is nothing. It returns
// obj itself if that changes nothing.
func with(obj resource.Value, name string, v resource.Value) resource.Value {
	old, ok := obj.Lookup(name)
	switch {
	case v.IsUnassigned() || v.Kind() == resource.Object && v.Len() == 0:
		return obj.Delete(name)
	case ok && old.Equal(v):
		return obj
	}
	return obj.Set(name, v)
}

// required returns an error if the operation would leave a required attribute
// without a value.
func (a *applier) required(attr *schema.Attribute, r schema.Ref) error {
	switch {
	case !attr.Required:
		return nil
	case a.op == Remove:
		return &schema.Error{ScimType: schema.NotMutable, Path: r.String(), Detail: "is required and cannot be removed"}
	default:
		return &schema.Error{ScimType: schema.InvalidValue, Path: r.String(), Detail: "is required"}
	}
}
