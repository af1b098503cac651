package scim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// A uniqueAttribute is one of a registered extension whose values no two
// objects of a directory share (RFC 7643 section 7: "server", "global"). Each
// value is claimed by a key, as userName is.
//
// An attribute that becomes unique when objects have values of it claims those
// that are written from then on. One that no longer is leaves its claims behind:
// a claim counts only as long as its owner has the value.
type uniqueAttribute struct {
	exactAttribute
	caseExact bool
}

// uniqueOf lists the unique attributes of a type's extensions.
func uniqueOf(t *schema.Type) []uniqueAttribute {
	var list []uniqueAttribute
	add := func(s *schema.Schema, a, sub *schema.Attribute) {
		leaf := a
		u := uniqueAttribute{exactAttribute: exactAttribute{name: s.ID + ":" + a.Name, urn: s.ID, attr: a.Name}}
		if sub != nil {
			leaf, u.sub = sub, sub.Name
			u.name += "." + sub.Name
		}
		if leaf.Uniqueness == schema.UniqueServer || leaf.Uniqueness == schema.UniqueGlobal {
			u.caseExact = leaf.CaseExact
			list = append(list, u)
		}
	}
	for _, e := range t.Extensions {
		for _, a := range e.Schema.Attributes {
			add(e.Schema, a, nil)
			for _, sub := range a.Sub {
				add(e.Schema, a, sub)
			}
		}
	}
	return list
}

// values returns the texts of an attribute as they are compared.
func (u uniqueAttribute) values(tree resource.Value) []string {
	if u.caseExact {
		return u.texts(u.of(tree), strings.Clone)
	}
	return u.texts(u.of(tree), schema.FoldName)
}

// claim returns the key of a value. Keys of users and groups differ, though they
// may be of one schema.
func (u uniqueAttribute) claim(dir string, k *kind, value string) string {
	return contact.UniqueKey(dir, k.stored, strings.ToLower(u.name), value)
}

func (u uniqueAttribute) duplicate(k *kind) error {
	return newError(http.StatusConflict, "uniqueness",
		fmt.Sprintf("%s: another %s of this directory has this value.", u.name, strings.ToLower(k.typ.Name)))
}

// moveUnique adds to tx what changes of the claims on unique values when the
// tree of an object does. Either tree is null for an object that is not there.
// It returns a duplicate error if a value is taken in the view, or twice in tx.
func (r *request) moveUnique(view stream.View, k *kind, id contact.ID, old, tree resource.Value, tx *stream.Tx) error {
	for _, u := range k.unique {
		was, is := u.values(old), u.values(tree)
		for _, value := range was {
			if _, stays := slices.BinarySearch(is, value); stays {
				continue
			}
			if err := r.unclaim(view, u.claim(r.dir.ID, k, value), id, tx); err != nil {
				return err
			}
		}
		for _, value := range is {
			if _, stays := slices.BinarySearch(was, value); stays {
				continue
			}
			if err := r.claimValue(view, k, u, value, id, tx); err != nil {
				return err
			}
		}
	}
	return nil
}

// unclaim gives up a claim, if it is the object's.
func (r *request) unclaim(view stream.View, key string, id contact.ID, tx *stream.Tx) error {
	e, err := view.Get(r.tenant, key)
	switch {
	case errors.Is(err, stream.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	if contact.ID(e.Value) == id {
		tx.Checks = append(tx.Checks, stream.Check{Key: key, Version: e.Seq})
		tx.Deletes = append(tx.Deletes, key)
	}
	return nil
}

// claimValue claims a value for an object.
func (r *request) claimValue(view stream.View, k *kind, u uniqueAttribute, value string, id contact.ID, tx *stream.Tx) error {
	key := u.claim(r.dir.ID, k, value)
	put := stream.Put{Key: key, Value: []byte(id)}
	e, err := view.Get(r.tenant, key)
	if errors.Is(err, stream.ErrNotFound) {
		if slices.Contains(tx.Absent, key) {
			return u.duplicate(k)
		}
		tx.Absent, tx.Puts = append(tx.Absent, key), append(tx.Puts, put)
		return nil
	}
	if err != nil {
		return err
	}
	if owner := contact.ID(e.Value); owner != id {
		o, err := r.load(view, k, owner)
		if err != nil && !errors.Is(err, errNoResource) {
			return err
		}
		if err == nil && slices.Contains(u.values(o.tree), value) {
			return u.duplicate(k)
		}
	}
	tx.Checks, tx.Puts = append(tx.Checks, stream.Check{Key: key, Version: e.Seq}), append(tx.Puts, put)
	return nil
}
