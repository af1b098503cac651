package scim

import (
	"errors"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/stream"
)

// Where deleteMode is deactivate, a user who is deleted leaves what the index
// reads of a person, marked as inactive: whoever called before they left can
// still be told from a stranger, if the directory wants inactive people found.
// To SCIM they are gone (RFC 7644 section 3.6): the record has no resource. The
// claim on their userName stays with it, so that somebody new of that name takes
// the place of the record, and nobody is found twice.

// depart deletes a user but for what the index reads.
func (r *request) depart(k *kind, id contact.ID) error {
	return r.end(k, id, func(view stream.View, o *object, tx *stream.Tx) error {
		tx.Puts = append(tx.Puts, stream.Put{Key: k.key(r.dir.ID, id), Value: encodeDeparted(r.dir.ID, o)})
		return r.takeKeys(view, k, o, tx)
	})
}

func encodeDeparted(dir string, o *object) []byte {
	u := contact.User{Contact: contactOf(o.tree), Created: o.created}
	u.ID, u.DirectoryID, u.Active = o.id, dir, false
	return contact.AppendUser(nil, &u)
}

// takeOver adds to tx what puts a new owner in the place of a departed user who
// holds a claim. It returns a duplicate error if the owner is still there.
func (r *request) takeOver(view stream.View, k *kind, claim stream.Entry, tx *stream.Tx) error {
	owner := k.key(r.dir.ID, contact.ID(claim.Value))
	e, err := view.Get(r.tenant, owner)
	switch {
	case errors.Is(err, stream.ErrNotFound):
		return k.duplicate() // somebody took both away since; the log decides
	case err != nil:
		return err
	case !contact.Departed(e.Key, e.Value):
		return k.duplicate()
	}
	tx.Checks = append(tx.Checks, stream.Check{Key: claim.Key, Version: claim.Seq})
	tx.Deletes = append(tx.Deletes, owner)
	return nil
}

// takeKeys adds to tx what ends with an object beside its record and the claim
// on its name: its externalId, its exact keys and its unique values.
func (r *request) takeKeys(view stream.View, k *kind, o *object, tx *stream.Tx) error {
	r.moveExternalID(k, o.id, o.tree, resource.Value{}, tx)
	r.moveExact(k, o.id, o.tree, resource.Value{}, tx)
	return r.moveUnique(view, k, o.id, o.tree, resource.Value{}, tx)
}
