package idpsim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// syncUser provisions one person. It returns an error if that failed; what was
// done before stands.
func (s *session) syncUser(ctx context.Context, id string) error {
	u, ok := s.p.snapshotUser(id)
	if !ok || u.done == u.want {
		return nil
	}
	switch {
	case u.id == "" && u.scope != assigned:
		return s.finish(id, u)
	case u.id == "":
		return s.linkUser(ctx, id, u)
	case u.scope == deleted:
		return s.deleteUser(ctx, id, u)
	}
	err := s.updateUser(ctx, id, u)
	if gone(err) { // somebody deleted them at the server: the next cycle links again
		s.p.editUser(id, (*user).unlink)
	}
	return err
}

// finish notes that a user is provisioned as of the snapshot u.
func (s *session) finish(id string, u user) error {
	s.p.editUser(id, func(now *user) { now.done = u.want })
	return nil
}

// linkUser looks a person up by the matching attribute and adopts or creates
// them.
func (s *session) linkUser(ctx context.Context, id string, u user) error {
	query := "filter=" + encode(eq(pathUserName, u.person.UserPrincipalName))
	if s.p.cfg.Profile == Okta {
		query += "&startIndex=1&count=100"
	}
	const operation = "find user"
	a, err := s.do(ctx, request{operation: operation, method: http.MethodGet, path: "/Users", query: query})
	if err != nil {
		return err
	}
	found, err := readList(operation, a)
	if err != nil {
		return err
	}
	if len(found.resources) == 0 {
		return s.createUser(ctx, id, u)
	}
	return s.adoptUser(ctx, id, u, found.resources[0])
}

func (s *session) createUser(ctx context.Context, id string, u user) error {
	const operation = "create user"
	p := s.p.cfg.Profile
	want := p.wanted(&u.person, u.person.Active)
	a, err := s.do(ctx, request{operation: operation, method: http.MethodPost, path: "/Users", body: p.newUser(&u.person, u.person.Active)})
	if err != nil {
		return err
	}
	scimID, err := s.readCreated(operation, a, want)
	if err != nil {
		return err
	}
	s.p.editUser(id, func(now *user) {
		now.id, now.have, now.managerKnown, now.done = scimID, want, true, u.want
	})
	s.tally.count(func(r *Report) { r.Created++ })
	return nil
}

// adoptUser links a person to a User that exists, and makes it fit.
func (s *session) adoptUser(ctx context.Context, id string, u user, found resource) error {
	u.id = found.text("id")
	p := s.p.cfg.Profile
	want := p.wanted(&u.person, u.person.Active)
	list := changes(want, held(found), p.manages)
	if err := s.applyUser(ctx, u, want, list); err != nil {
		return err
	}
	s.p.editUser(id, func(now *user) { now.id, now.have, now.done = u.id, want, u.want })
	s.tally.count(func(r *Report) {
		if len(list) > 0 {
			r.Updated++
		}
	})
	return nil
}

// updateUser sends what changed since the person was last provisioned.
func (s *session) updateUser(ctx context.Context, id string, u user) error {
	p := s.p.cfg.Profile
	have := byPath(u.have)
	wasActive := have[pathActive] == "true"
	want := p.wanted(&u.person, u.person.Active)
	if u.scope != assigned { // leavers are set inactive and left as they were
		want = setValue(u.have, pathActive, "false")
	}
	list := changes(want, have, p.manages)
	if err := s.applyUser(ctx, u, want, list); err != nil {
		return err
	}
	s.p.editUser(id, func(now *user) { now.have, now.done = want, u.want })
	s.tally.count(func(r *Report) {
		switch {
		case len(list) == 0:
		case wasActive && byPath(want)[pathActive] == "false":
			r.Deactivated++
		default:
			r.Updated++
		}
	})
	return nil
}

func setValue(list []attribute, path, value string) []attribute {
	out := make([]attribute, len(list))
	for i, a := range list {
		if a.path == path {
			a.value = value
		}
		out[i] = a
	}
	return out
}

// applyUser sends changes in the vendor's way.
func (s *session) applyUser(ctx context.Context, u user, want []attribute, list []change) error {
	p := s.p.cfg.Profile
	switch {
	case len(list) == 0:
		return nil
	case p == Okta && u.scope != assigned:
		return s.patchUser(ctx, "deactivate user", u, want, []object{{{"op", "replace"}, {"value", object{{"active", false}}}}})
	case p == Okta:
		return s.putUser(ctx, u, want)
	}
	return s.patchUser(ctx, "patch user", u, want, p.userOperations(list))
}

// patchUser sends operations. The server may answer with the resource or with
// nothing.
func (s *session) patchUser(ctx context.Context, operation string, u user, want []attribute, operations []object) error {
	a, err := s.do(ctx, request{operation: operation, method: http.MethodPatch, path: userPath(u.id), body: patch(operations)})
	if err != nil {
		return err
	}
	if a.body != nil {
		s.checkEcho(operation, a.body, want)
	}
	return nil
}

// putUser reads the User and writes all of it back with the new attributes.
func (s *session) putUser(ctx context.Context, u user, want []attribute) error {
	a, err := s.do(ctx, request{operation: "read user", method: http.MethodGet, path: userPath(u.id)})
	if err != nil {
		return err
	}
	if a.body == nil {
		return fmt.Errorf("read user: %w: status %d without a body", ErrBadAnswer, a.status)
	}
	const operation = "replace user"
	s.p.cfg.Profile.rewrite(a.body, want)
	a, err = s.do(ctx, request{operation: operation, method: http.MethodPut, path: userPath(u.id), body: a.body})
	if err != nil {
		return err
	}
	if a.body == nil {
		s.tally.violate(operation, "a replaced resource does not come back")
		return nil
	}
	s.checkEcho(operation, a.body, want)
	return nil
}

// deleteUser deletes a person for good; that they are gone already is as good.
func (s *session) deleteUser(ctx context.Context, id string, u user) error {
	_, err := s.do(ctx, request{operation: "delete user", method: http.MethodDelete, path: userPath(u.id)})
	if err != nil && !gone(err) {
		return err
	}
	s.p.forgetUser(id)
	s.tally.count(func(r *Report) { r.Deleted++ })
	return nil
}

func userPath(id string) string { return "/Users/" + url.PathEscape(id) }
