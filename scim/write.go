package scim

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/stream"
)

// searchSegment ends the path of a search whose parameters stand in the body.
const searchSegment = ".search"

// resources answers /Users and /Groups and what lies below.
func (r *request) resources(k *kind, rest []string) error {
	switch len(rest) {
	case 0:
		switch {
		case r.call.reads():
			return r.list(k)
		case r.call.method == http.MethodPost:
			return r.create(k)
		}
		return r.methods("GET", "POST")
	case 1:
		if strings.EqualFold(rest[0], searchSegment) {
			return r.search(k)
		}
		return r.one(k, contact.ID(rest[0]))
	}
	return errNoEndpoint()
}

func (r *request) one(k *kind, id contact.ID) error {
	switch {
	case r.call.reads():
		return r.read(k, id)
	case r.call.method == http.MethodPut:
		return r.replace(k, id)
	case r.call.method == http.MethodPatch:
		return r.patch(k, id)
	case r.call.method == http.MethodDelete:
		return r.delete(k, id)
	}
	return r.methods("GET", "PUT", "PATCH", "DELETE")
}

func (r *request) read(k *kind, id contact.ID) error {
	if err := r.project(k); err != nil {
		return err
	}
	view, err := r.service.cfg.Log.View()
	if err != nil {
		return err
	}
	defer r.release(view)
	o, err := r.load(view, k, id)
	if err != nil {
		return err
	}
	if r.unchanged(o.tag()) {
		r.sendTag(http.StatusNotModified, o)
		return nil
	}
	return r.answer(view, k, o, http.StatusOK)
}

// answer sends an object with its entity tag.
func (r *request) answer(view stream.View, k *kind, o *object, status int) error {
	s, err := r.show(view, k, o, membersHeld)
	if err != nil {
		return err
	}
	r.sendTag(status, o)
	if s.rest != "" {
		r.reply.flow = &flow{r: r, view: view, shown: r.shown, parts: s.parts()}
		return nil
	}
	r.send(status, s.v)
	return nil
}

// release closes the view that an answer was made from, unless the answer is
// still to be read from it.
func (r *request) release(view stream.View) {
	if r.reply.flow == nil {
		_ = view.Close() // it was only read
	}
}

// sendTag answers with a status and an object's entity tag.
func (r *request) sendTag(status int, o *object) {
	r.reply.status, r.reply.tag = status, o.tag()
}

// answerNow sends an object as the request left it, with the edges that it has
// now. A group's version is also that of its list, which others change at the
// same time: it is read again, and one that is gone already is answered as it
// was left.
func (r *request) answerNow(k *kind, o *object, status int) error {
	if r.call.brief {
		r.sendTag(status, o)
		return nil
	}
	view, err := r.service.cfg.Log.View()
	if err != nil {
		return err
	}
	defer r.release(view)
	if k.stored == contact.KindGroup {
		if now, err := r.reload(view, k, o); err == nil {
			o = now
		}
	}
	return r.answer(view, k, o, status)
}

// answerNew sends a user who was just made, under an id that nobody knows yet
// and so without a membership in any group.
func (r *request) answerNew(k *kind, o *object) {
	r.sendTag(http.StatusCreated, o)
	if !r.call.brief {
		r.send(http.StatusCreated, r.shown.Apply(r.whole(k, o, resource.Value{})))
	}
}

// conform reads the body as a resource of a kind: its tree, and for a group
// the members that it lists. It refuses what is wrong with the request.
func (r *request) conform(k *kind) (tree resource.Value, members []patch.Member, err error) {
	if err := r.project(k); err != nil {
		return resource.Value{}, nil, err
	}
	body, err := r.call.body()
	if err != nil {
		return resource.Value{}, nil, err
	}
	r.trace.body = body
	tree, r.trace.hints, err = k.typ.Conform(body, r.policy())
	if err != nil {
		return resource.Value{}, nil, err
	}
	return patch.TakeMembers(tree)
}

func (r *request) create(k *kind) error {
	d, err := r.draft(k)
	if err != nil {
		return err
	}
	at, err := r.change(func(view stream.View) (*stream.Tx, error) {
		tx := &stream.Tx{}
		return tx, d.plan(view, tx)
	})
	if err != nil {
		return err
	}
	return d.answer(at)
}

// mayMakeGroups refuses an identity provider to create or delete groups where
// they are only updated.
func (r *request) mayMakeGroups(k *kind) error {
	if k.stored == contact.KindGroup && !r.manages && r.dir.Policies.Groups == directory.PolicyUpdateOnly {
		return newError(http.StatusForbidden, "", "Groups of this directory are made and deleted by its administrator; SCIM can change them.")
	}
	return nil
}

func (r *request) replace(k *kind, id contact.ID) error {
	tree, members, err := r.conform(k)
	if err != nil {
		return err
	}
	o, err := r.update(k, id, func(old *object) (resource.Value, []patch.MemberOp, error) {
		return tree, replaceMembers(k, members), k.typ.CheckImmutable(old.tree, tree)
	})
	if err != nil {
		return err
	}
	return r.answerNow(k, o, http.StatusOK)
}

func (r *request) patch(k *kind, id contact.ID) error {
	if err := r.project(k); err != nil {
		return err
	}
	body, err := r.call.body()
	if err != nil {
		return err
	}
	r.trace.body = body
	ops, err := patch.ParseRequest(body)
	if err != nil {
		return err
	}
	r.trace.ops = ops
	o, err := r.update(k, id, func(old *object) (resource.Value, []patch.MemberOp, error) {
		result, err := patch.Apply(k.typ, old.tree, ops, patch.Policy{
			Policy:        r.policy(),
			StrictTargets: r.dir.Policies.NoTarget == directory.PolicyStrict,
			StrictPaths:   r.dir.Policies.PathSyntax == directory.PolicyStrict,
		})
		r.trace.notes = result.Notes
		return result.Resource, result.Members, err
	})
	if err != nil {
		return err
	}
	if r.answersBody(k) {
		return r.answerNow(k, o, http.StatusOK)
	}
	r.sendTag(http.StatusNoContent, o)
	return nil
}

// answersBody tells whether a PATCH is answered with the resource. A client
// that names attributes wants to see them.
func (r *request) answersBody(k *kind) bool {
	if r.call.query["attributes"] != "" {
		return true
	}
	switch r.dir.Policies.PatchResponse {
	case directory.PolicyResource:
		return true
	case directory.PolicyNoContent:
		return false
	}
	return k.stored == contact.KindUser
}

// update changes an object to what next makes of it, and returns it as it then
// is. What changes nothing is not written: no new version, no record, no
// fan-out. next may be called several times.
func (r *request) update(k *kind, id contact.ID, next func(old *object) (resource.Value, []patch.MemberOp, error)) (*object, error) {
	var o object
	var written bool // not only its members
	at, err := r.change(func(view stream.View) (*stream.Tx, error) {
		old, err := r.load(view, k, id)
		if err != nil {
			return nil, err
		}
		checks, err := r.precondition(k, old)
		if err != nil {
			return nil, err
		}
		tree, members, err := next(old)
		if err != nil {
			return nil, err
		}
		tree = r.keepName(k, old.tree, tree)
		r.trace.id, r.trace.old, r.trace.tree = id, old.tree, tree
		o = *old
		tx := &stream.Tx{Checks: checks}
		if written = !tree.Equal(old.tree); written {
			if err := r.admit(k, old.tree, tree); err != nil {
				return nil, err
			}
			o.tree = tree
			if err := r.puts(view, k, old.tree, &o, tx); err != nil {
				return nil, err
			}
		}
		if err := r.planMembers(view, &o, members, tx); err != nil {
			return nil, err
		}
		if len(tx.Puts) == 0 && len(tx.Deletes) == 0 {
			return nil, nil //nolint:nilnil // nothing to change is an answer here
		}
		return tx, nil
	})
	if at.Seq > 0 {
		o.at = at
	}
	if written {
		o.version = at.Seq
	}
	return &o, err
}

// keepName keeps a group's name where renaming is answered but ignored.
func (r *request) keepName(k *kind, old, tree resource.Value) resource.Value {
	if k.stored != contact.KindGroup || r.dir.Policies.GroupRename != directory.PolicyIgnore {
		return tree
	}
	return tree.Set("displayName", old.Get("displayName"))
}

func (r *request) delete(k *kind, id contact.ID) error {
	if k.stored == contact.KindUser && r.dir.Policies.DeleteMode == directory.PolicyDeactivate {
		return r.depart(k, id)
	}
	return r.end(k, id, func(view stream.View, o *object, tx *stream.Tx) error { return r.takes(view, k, o, tx) })
}

// end deletes an object: what take adds to the transaction, and its memberships.
func (r *request) end(k *kind, id contact.ID, take func(view stream.View, o *object, tx *stream.Tx) error) error {
	_, err := r.change(func(view stream.View) (*stream.Tx, error) {
		if err := r.mayMakeGroups(k); err != nil {
			return nil, err
		}
		o, err := r.load(view, k, id)
		if err != nil {
			return nil, err
		}
		checks, err := r.precondition(k, o)
		if err != nil {
			return nil, err
		}
		r.trace.id, r.trace.old = id, o.tree
		tx := &stream.Tx{Checks: checks}
		if err := take(view, o, tx); err != nil {
			return nil, err
		}
		if k.stored == contact.KindGroup {
			tx.Deletes = append(tx.Deletes, contact.MembersKey(r.dir.ID, id))
		}
		return tx, r.unlink(view, k, id, tx)
	})
	// A DELETE that was applied, but not in time to be told so, ended no
	// memberships that others made meanwhile. The one that repeats it does, where
	// only what exists can be a member.
	again := errors.Is(err, errNoResource) && r.dir.Policies.UnknownMembers != directory.PolicyKeep
	if err != nil && !again {
		return err
	}
	ended, rest := r.unlinkRest(k, id)
	if rest != nil || again && !ended {
		return cmp.Or(rest, err)
	}
	r.reply.status = http.StatusNoContent
	return nil
}
