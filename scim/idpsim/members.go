package idpsim

import (
	"context"
	"maps"
	"slices"
)

// syncMembers adds and removes members, a bounded number in each request.
func (s *session) syncMembers(ctx context.Context, id string, g *group) error {
	missing, surplus := s.p.memberChanges(g)
	p, limit := s.p.cfg.Profile, s.p.cfg.MembersPerPatch
	switch {
	case len(missing)+len(surplus) == 0:
		return nil
	case p == Okta && !g.pushed: // a group that is linked anew is pushed whole
		return s.pushMembers(ctx, id, g)
	case p == Okta && len(missing)+len(surplus) <= limit:
		operations := append(p.removeOperations(surplus), p.addOperations(missing)...)
		return s.patchMembers(ctx, id, g, operations, missing, surplus)
	}
	for batch := range slices.Chunk(surplus, limit) {
		if err := s.patchMembers(ctx, id, g, p.removeOperations(batch), nil, batch); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(missing, limit) {
		if err := s.patchMembers(ctx, id, g, p.addOperations(batch), batch, nil); err != nil {
			return err
		}
	}
	return nil
}

// pushMembers replaces all members by a first batch and adds the others.
func (s *session) pushMembers(ctx context.Context, id string, g *group) error {
	p := s.p.cfg.Profile
	all := s.p.memberships(g.Members)
	first := all[:min(len(all), s.p.cfg.MembersPerPatch)]
	g.members = map[string]string{}
	operations := []object{{{"op", "replace"}, {"path", "members"}, {"value", p.memberValues(first)}}}
	if err := s.patchMembers(ctx, id, g, operations, first, nil); err != nil {
		return err
	}
	for batch := range slices.Chunk(all[len(first):], s.p.cfg.MembersPerPatch) {
		if err := s.patchMembers(ctx, id, g, p.addOperations(batch), batch, nil); err != nil {
			return err
		}
	}
	return nil
}

// patchMembers sends operations and notes whom they added and removed.
func (s *session) patchMembers(ctx context.Context, id string, g *group, operations []object, added, removed []membership) error {
	if err := s.patchGroup(ctx, "patch members", g.id, operations); err != nil {
		return err
	}
	for _, m := range removed {
		delete(g.members, m.person)
	}
	for _, m := range added {
		g.members[m.person] = m.id
	}
	s.keepGroup(id, g)
	return nil
}

// memberships returns those of the people who are provisioned.
func (p *Provider) memberships(persons []string) []membership {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]membership, 0, len(persons))
	for _, person := range persons {
		if u := p.users[person]; u != nil && u.id != "" {
			list = append(list, membership{person: person, id: u.id, display: u.person.UserPrincipalName})
		}
	}
	return list
}

// memberChanges returns whom the group lacks, in its own order, and whom it has
// too many, in the order of their ids.
func (p *Provider) memberChanges(g *group) (missing, surplus []membership) {
	wanted := make(map[string]bool, len(g.Members))
	for _, person := range g.Members {
		wanted[person] = true
	}
	missing = slices.DeleteFunc(p.memberships(g.Members), func(m membership) bool { return g.members[m.person] == m.id })
	for _, person := range slices.Sorted(maps.Keys(g.members)) {
		if !wanted[person] {
			surplus = append(surplus, membership{person: person, id: g.members[person]})
		}
	}
	return missing, surplus
}
