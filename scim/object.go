package scim

import (
	"errors"
	"fmt"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/stream"
)

// An object is a user or group as it is stored, without a group's members.
type object struct {
	id      contact.ID
	tree    resource.Value // canonical, without id, meta, groups and members
	created time.Time
	at      stream.Commit // of the last change; for a group also of its members
	version stream.Seq    // of the object's own key
	members stream.Seq    // of a group's member list; 0 if that never changed
}

// tag returns the object's entity tag.
func (o *object) tag() string { return entityTag(o.at.Seq) }

// load reads an object from a view; errNoResource if there is none.
func (r *request) load(view stream.View, k *kind, id contact.ID) (*object, error) {
	e, err := view.Get(r.tenant, k.key(r.dir.ID, id))
	if errors.Is(err, stream.ErrNotFound) {
		return nil, errNoResource
	}
	if err != nil {
		return nil, err
	}
	return r.object(view, k, id, e)
}

// object decodes an entry of the log; errNoResource if it is what a deleted user
// left behind.
func (r *request) object(view stream.View, k *kind, id contact.ID, e stream.Entry) (*object, error) {
	if contact.Departed(e.Key, e.Value) {
		return nil, errNoResource
	}
	tree, created, err := k.decode(e.Value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
	}
	if created.IsZero() {
		created = e.Time
	}
	o := &object{id: id, tree: tree, created: created, at: e.Commit, version: e.Seq}
	return o, r.readList(view, k, o)
}

// readList reads the version of a group's member list.
func (r *request) readList(view stream.View, k *kind, o *object) error {
	if k.stored != contact.KindGroup {
		return nil
	}
	members, err := view.Get(r.tenant, contact.MembersKey(r.dir.ID, o.id))
	if errors.Is(err, stream.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	o.members = members.Seq
	if members.Seq > o.at.Seq {
		o.at = members.Commit
	}
	return nil
}

// reload reads again an object that was just written. If nobody wrote it since,
// which is the rule, its tree is not decoded again.
func (r *request) reload(view stream.View, k *kind, o *object) (*object, error) {
	e, err := view.Get(r.tenant, k.key(r.dir.ID, o.id))
	if errors.Is(err, stream.ErrNotFound) {
		return nil, errNoResource
	}
	if err != nil {
		return nil, err
	}
	if e.Seq != o.version {
		return r.object(view, k, o.id, e)
	}
	now := &object{id: o.id, tree: o.tree, created: o.created, at: e.Commit, version: e.Seq}
	return now, r.readList(view, k, now)
}

// timeFormat is how meta's times are written: in UTC, to the millisecond.
const timeFormat = "2006-01-02T15:04:05.000Z"

// whole returns the object with its id and meta, and the edges between them if
// there are any.
func (r *request) whole(k *kind, o *object, edges resource.Value) resource.Value {
	fields := make([]resource.Field, 0, o.tree.Len()+3)
	fields = append(fields, resource.Field{Name: "id", Value: resource.OfString(string(o.id))})
	for name, v := range o.tree.All() {
		fields = append(fields, resource.Field{Name: name, Value: v})
	}
	if !edges.IsUnassigned() {
		fields = append(fields, resource.Field{Name: k.edges, Value: edges})
	}
	return resource.OfObject(append(fields, resource.Field{Name: "meta", Value: r.meta(k, o)})...)
}

func (r *request) meta(k *kind, o *object) resource.Value {
	return resource.OfObject(
		resource.Field{Name: "resourceType", Value: resource.OfString(k.typ.Name)},
		resource.Field{Name: "created", Value: resource.OfString(o.created.UTC().Format(timeFormat))},
		resource.Field{Name: "lastModified", Value: resource.OfString(o.at.Time.UTC().Format(timeFormat))},
		resource.Field{Name: "location", Value: resource.OfString(r.location(k, o.id))},
		resource.Field{Name: "version", Value: resource.OfString(o.tag())},
	)
}

func (r *request) location(k *kind, id contact.ID) string {
	return r.base + "/" + k.endpoint + "/" + string(id)
}

// What is shown of an object is what is answered of it.
type shown struct {
	v    resource.Value
	held int        // members in v
	rest contact.ID // the group whose members are too many to be in v; "" if v is all
}

// show returns the object as it is answered. Edges are gathered only if they are
// to be shown, and of a group's members no more than room.
func (r *request) show(view stream.View, k *kind, o *object, room int) (s shown, err error) {
	var edges resource.Value
	switch {
	case !r.shown.Wants(k.edges):
	case k.stored == contact.KindGroup:
		page, last, err := r.memberPage(view, o.id, "", room)
		if err != nil {
			return shown{}, err
		}
		if last != "" {
			s.rest = o.id
		} else {
			edges, s.held = resource.OfArray(page...), len(page)
		}
	default:
		if edges, err = k.gather(r, view, o.id, ""); err != nil {
			return shown{}, err
		}
	}
	s.v = r.shown.Apply(r.whole(k, o, edges))
	return s, nil
}

// maxNameBytes bounds names and ids that become keys of the log.
const maxNameBytes = 1024

// admit checks what the schema cannot of a new tree: that its names can be
// keys, and the directory's policies. old is null for a new object.
//
// Where the directory wants numbers, whoever had none before may stay so, or
// nobody could switch them off.
func (r *request) admit(k *kind, old, tree resource.Value) error {
	for _, name := range []string{k.name, "externalId"} {
		if len(tree.Get(name).Text()) > maxNameBytes {
			return invalidValue(name, fmt.Sprintf("is longer than %d bytes", maxNameBytes))
		}
	}
	had := old.IsNull() || old.Get("phoneNumbers").Len() > 0
	if k.stored != contact.KindUser || !had || tree.Get("phoneNumbers").Len() > 0 {
		return nil
	}
	switch r.dir.Policies.MissingPhone {
	case directory.PolicyReject:
		return invalidValue("phoneNumbers", "is required in this directory")
	case directory.PolicyWarn:
		r.trace.unreached = true
	}
	return nil
}

// puts adds to tx what is stored of a new or changed object: the object, its
// claims, its externalId and its exact keys. old is the tree before, null for a
// new object. It returns a duplicate error if the name or another unique value is
// taken in the view; if it is taken later, the log finds a conflict.
func (r *request) puts(view stream.View, k *kind, old resource.Value, o *object, tx *stream.Tx) error {
	tx.Puts = append(tx.Puts, stream.Put{Key: k.key(r.dir.ID, o.id), Value: k.encode(r.dir.ID, o)})
	r.moveExternalID(k, o.id, old, o.tree, tx)
	r.moveExact(k, o.id, old, o.tree, tx)
	if err := r.moveUnique(view, k, o.id, old, o.tree, tx); err != nil {
		return err
	}
	return r.moveClaim(view, k, old, o, tx)
}

func (r *request) moveClaim(view stream.View, k *kind, old resource.Value, o *object, tx *stream.Tx) error {
	claim := k.claimOf(r.dir.ID, o.tree)
	if !old.IsNull() {
		held := k.claimOf(r.dir.ID, old)
		if held == claim {
			return nil
		}
		tx.Deletes = append(tx.Deletes, held)
	}
	e, err := view.Get(r.tenant, claim)
	switch {
	case errors.Is(err, stream.ErrNotFound):
		tx.Absent = append(tx.Absent, claim)
	case err != nil:
		return err
	default:
		if err := r.takeOver(view, k, e, tx); err != nil {
			return err
		}
	}
	tx.Puts = append(tx.Puts, stream.Put{Key: claim, Value: []byte(o.id)})
	return nil
}

// takes adds to tx what ends with an object: what puts added.
func (r *request) takes(view stream.View, k *kind, o *object, tx *stream.Tx) error {
	tx.Deletes = append(tx.Deletes, k.key(r.dir.ID, o.id), k.claimOf(r.dir.ID, o.tree))
	return r.takeKeys(view, k, o, tx)
}

func (r *request) moveExternalID(k *kind, id contact.ID, old, tree resource.Value, tx *stream.Tx) {
	was, is := old.Get("externalId").Text(), tree.Get("externalId").Text()
	if was == is {
		return
	}
	if was != "" {
		tx.Deletes = append(tx.Deletes, contact.ExternalIDKey(r.dir.ID, k.stored, was, id))
	}
	if is != "" {
		tx.Puts = append(tx.Puts, stream.Put{Key: contact.ExternalIDKey(r.dir.ID, k.stored, is, id)})
	}
}
