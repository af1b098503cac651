package scim

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/stream"
)

// A draft is a resource that a POST is about to make.
type draft struct {
	r       *request
	k       *kind
	o       *object
	members []patch.Member
}

// draft reads the body as a new resource.
func (r *request) draft(k *kind) (*draft, error) {
	tree, members, err := r.conform(k)
	if err != nil {
		return nil, err
	}
	id := r.call.newID
	if id == "" {
		made, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		id = contact.ID(made.String())
	}
	return &draft{r: r, k: k, o: &object{id: id, tree: tree}, members: members}, nil
}

// plan adds to tx what makes the resource.
func (d *draft) plan(view stream.View, tx *stream.Tx) error {
	r := d.r
	if err := r.mayMakeGroups(d.k); err != nil {
		return err
	}
	if err := r.admit(d.k, resource.Value{}, d.o.tree); err != nil {
		return err
	}
	tx.Absent = append(tx.Absent, d.k.key(r.dir.ID, d.o.id))
	if err := r.puts(view, d.k, resource.Value{}, d.o, tx); err != nil {
		return err
	}
	return r.planMembers(view, d.o, replaceMembers(d.k, d.members), tx)
}

// claim returns the key that makes the resource's name unique.
func (d *draft) claim() string { return d.k.claimOf(d.r.dir.ID, d.o.tree) }

// answer sends the resource as made by the transaction at.
func (d *draft) answer(at stream.Commit) error {
	d.o.at, d.o.created, d.o.version = at, at.Time, at.Seq
	d.r.reply.location = d.r.location(d.k, d.o.id)
	d.r.trace.id, d.r.trace.tree = d.o.id, d.o.tree
	if d.k.stored == contact.KindUser && d.r.call.newID == "" {
		d.r.answerNew(d.k, d.o)
		return nil
	}
	return d.r.answerNow(d.k, d.o, http.StatusCreated)
}
