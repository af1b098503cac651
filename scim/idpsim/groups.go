package idpsim

import (
	"context"
	"maps"
	"net/http"
	"net/url"
)

// syncGroup provisions one group.
func (s *session) syncGroup(ctx context.Context, id string) error {
	g, ok := s.p.snapshotGroup(id)
	if !ok {
		return nil
	}
	var err error
	switch {
	case g.deleted:
		return s.deleteGroup(ctx, id, g)
	case g.id == "":
		err = s.linkGroup(ctx, id, &g)
	case g.name != g.DisplayName:
		err = s.renameGroup(ctx, id, &g)
	}
	if err == nil {
		err = s.syncMembers(ctx, id, &g)
	}
	if gone(err) {
		s.p.editGroup(id, (*group).unlink)
	}
	if err != nil {
		return err
	}
	s.p.editGroup(id, func(now *group) { now.done, now.pushed = g.want, true })
	s.tally.count(func(r *Report) { r.Groups++ })
	return nil
}

// linkGroup looks a group up by name and adopts or creates it.
func (s *session) linkGroup(ctx context.Context, id string, g *group) error {
	query := "filter=" + encode(eq(pathDisplay, g.DisplayName))
	if s.p.cfg.Profile == Okta {
		query += "&startIndex=1&count=100"
	} else {
		query = "excludedAttributes=members&" + query
	}
	const operation = "find group"
	a, err := s.do(ctx, request{operation: operation, method: http.MethodGet, path: "/Groups", query: query})
	if err != nil {
		return err
	}
	found, err := readList(operation, a)
	if err != nil {
		return err
	}
	if len(found.resources) == 0 {
		return s.createGroup(ctx, id, g)
	}
	return s.adoptGroup(ctx, id, g, found.resources[0])
}

func (s *session) createGroup(ctx context.Context, id string, g *group) error {
	const operation = "create group"
	a, err := s.do(ctx, request{operation: operation, method: http.MethodPost, path: "/Groups", body: s.p.cfg.Profile.newGroup(g)})
	if err != nil {
		return err
	}
	g.id, err = s.readCreated(operation, a, []attribute{{pathDisplay, g.DisplayName}})
	if err != nil {
		return err
	}
	g.name, g.members = g.DisplayName, map[string]string{}
	s.keepGroup(id, g)
	if s.p.cfg.Profile == Okta {
		return nil
	}
	const read = "read group"
	a, err = s.do(ctx, request{operation: read, method: http.MethodGet, path: groupPath(g.id), query: "excludedAttributes=members"})
	if err == nil && a.body["members"] != nil {
		s.tally.violate(read, "members come back though they were excluded")
	}
	return err
}

// newGroup returns the body with which the vendor creates a group.
func (p Profile) newGroup(g *group) object {
	if p == Okta {
		return object{{"schemas", []string{groupSchema}}, {"displayName", g.DisplayName}, {"members", []object{}}}
	}
	return object{
		{"schemas", []string{groupSchema, adGroupSchema}},
		{"externalId", g.ID},
		{"displayName", g.DisplayName},
		{"meta", object{{"resourceType", "Group"}}},
	}
}

// adoptGroup links a group to one that exists and finds out who is in it:
// Okta reads the members, Entra asks for each of those it would add.
func (s *session) adoptGroup(ctx context.Context, id string, g *group, found resource) error {
	g.id, g.name, g.members = found.text("id"), found.text("displayName"), map[string]string{}
	members := s.p.memberships(g.Members)
	if s.p.cfg.Profile == Okta {
		a, err := s.do(ctx, request{operation: "read group", method: http.MethodGet, path: groupPath(g.id)})
		if err != nil {
			return err
		}
		g.members = s.p.peopleIn(a.body)
	} else {
		for _, m := range members {
			stands, err := s.referenceStands(ctx, "check member", "/Groups", g.id, "members", m.id)
			if err != nil {
				return err
			}
			if stands {
				g.members[m.person] = m.id
			}
		}
	}
	s.keepGroup(id, g)
	if g.name != g.DisplayName { // found by a name that differs in case
		return s.renameGroup(ctx, id, g)
	}
	return nil
}

// peopleIn returns the members of a group by Person.ID, and under their SCIM
// id those who are nobody's.
func (p *Provider) peopleIn(r resource) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	persons := make(map[string]string, len(p.users))
	for person, u := range p.users {
		if u.id != "" {
			persons[u.id] = person
		}
	}
	members := map[string]string{}
	for _, m := range r.elements("members") {
		id := m.text("value")
		if person, ok := persons[id]; ok {
			members[person] = id
		} else {
			members[id] = id
		}
	}
	return members
}

// keepGroup notes what the server holds of a group.
func (s *session) keepGroup(id string, g *group) {
	members := maps.Clone(g.members)
	s.p.editGroup(id, func(now *group) { now.id, now.name, now.members, now.pushed = g.id, g.name, members, g.pushed })
}

func (s *session) renameGroup(ctx context.Context, id string, g *group) error {
	operation := s.p.cfg.Profile.nameOperation(g.id, g.DisplayName)
	if err := s.patchGroup(ctx, "rename group", g.id, []object{operation}); err != nil {
		return err
	}
	g.name = g.DisplayName
	s.keepGroup(id, g)
	return nil
}

func (s *session) deleteGroup(ctx context.Context, id string, g group) error {
	if g.id != "" {
		_, err := s.do(ctx, request{operation: "delete group", method: http.MethodDelete, path: groupPath(g.id)})
		if err != nil && !gone(err) {
			return err
		}
		s.tally.count(func(r *Report) { r.Groups++ })
	}
	s.p.forgetGroup(id)
	return nil
}

func (s *session) patchGroup(ctx context.Context, operation, id string, operations []object) error {
	_, err := s.do(ctx, request{operation: operation, method: http.MethodPatch, path: groupPath(id), body: patch(operations)})
	return err
}

func groupPath(id string) string { return "/Groups/" + url.PathEscape(id) }
