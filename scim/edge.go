package scim

import (
	"errors"
	"iter"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
)

// edgesAt yields the memberships whose keys begin with prefix, or with a key
// that is not empty only the one under it, if there is one.
func (r *request) edgesAt(view stream.View, prefix, key string) iter.Seq2[stream.Entry, error] {
	if key == "" {
		return view.Scan(r.tenant, prefix, "")
	}
	return func(yield func(stream.Entry, error) bool) {
		if e, err := view.Get(r.tenant, key); !errors.Is(err, stream.ErrNotFound) {
			yield(e, err)
		}
	}
}

// maxEdges is how many keys of memberships are deleted in one transaction.
const maxEdges = 20_000

// unlink adds to tx the end of an object's memberships: of what it is a member
// of, and of a group's own members. Beyond maxEdges it leaves the rest.
func (r *request) unlink(view stream.View, k *kind, id contact.ID, tx *stream.Tx) error {
	for e, err := range view.Scan(r.tenant, contact.MemberOfPrefix(r.dir.ID, string(id)), "") {
		if err != nil {
			return err
		}
		key, _ := contact.ParseKey(e.Key)
		if key.ID == id {
			continue // a member of itself; comes again below
		}
		if len(tx.Deletes) >= maxEdges {
			return nil
		}
		tx.Deletes = append(tx.Deletes, e.Key, contact.MemberKey(r.dir.ID, key.ID, string(id)))
		tx.Puts = append(tx.Puts, stream.Put{Key: contact.MembersKey(r.dir.ID, key.ID)})
	}
	if k.stored != contact.KindGroup {
		return nil
	}
	for e, err := range view.Scan(r.tenant, contact.MemberPrefix(r.dir.ID, id), "") {
		if err != nil {
			return err
		}
		if len(tx.Deletes) >= maxEdges {
			return nil
		}
		key, _ := contact.ParseKey(e.Key)
		tx.Deletes = append(tx.Deletes, e.Key, contact.MemberOfKey(r.dir.ID, key.Member, id))
	}
	return nil
}

// unlinkRest ends the memberships that were too many for the transaction that
// deleted their object, and those that others made while it was deleted. In
// between nobody sees them: a membership in a group that does not exist is
// shown nowhere.
// It tells whether there were any.
func (r *request) unlinkRest(k *kind, id contact.ID) (ended bool, err error) {
	for {
		at, err := r.change(func(view stream.View) (*stream.Tx, error) {
			tx := &stream.Tx{}
			if err := r.unlink(view, k, id, tx); err != nil || len(tx.Deletes) == 0 {
				return nil, err
			}
			return tx, nil
		})
		if err != nil || at.Seq == 0 {
			return ended, err
		}
		ended = true
	}
}
