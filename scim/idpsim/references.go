package idpsim

import (
	"context"
	"net/http"
)

// managersDue returns the people whose manager at the server is not, or not
// certainly, the one they have. Entra sends managers when all users are there,
// because the value is an id that the server gave. Okta sends them with the
// other attributes.
func (p *Provider) managersDue() []string {
	if p.cfg.Profile == Okta {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var due []string
	for _, id := range p.order {
		if u := p.users[id]; u != nil && u.id != "" && u.scope == assigned {
			if manager, ok := p.managerOf(u); ok && (manager != u.manager || !u.managerKnown && manager != "") {
				due = append(due, id)
			}
		}
	}
	return due
}

// managerOf returns the SCIM id of a user's manager, empty if they have none.
// ok is false while the manager is not provisioned. p.mu is held.
func (p *Provider) managerOf(u *user) (id string, ok bool) {
	if u.person.Manager == "" {
		return "", true
	}
	m := p.users[u.person.Manager]
	if m == nil || m.id == "" {
		return "", false
	}
	return m.id, true
}

// snapshotManaged copies a user for a worker, with the SCIM id of the manager.
// ok is false if either of them is not provisioned any more.
func (p *Provider) snapshotManaged(id string) (u user, manager string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.users[id]
	if found == nil || found.id == "" {
		return user{}, "", false
	}
	manager, ok = p.managerOf(found)
	return *found, manager, ok
}

// syncManager sends a person's manager. Of a user that was there before, it
// first asks whether the reference stands already.
func (s *session) syncManager(ctx context.Context, id string) error {
	u, manager, ok := s.p.snapshotManaged(id)
	if !ok {
		return nil
	}
	if !u.managerKnown {
		stands, err := s.referenceStands(ctx, "check manager", "/Users", u.id, "manager", manager)
		if err != nil {
			return err
		}
		if stands {
			s.keepManager(id, manager)
			return nil
		}
	}
	operations := []object{s.p.cfg.Profile.managerOperation(manager, u.manager != "")}
	if err := s.patchUser(ctx, "patch manager", u, u.have, operations); err != nil {
		return err
	}
	s.keepManager(id, manager)
	s.tally.count(func(r *Report) { r.Updated++ })
	return nil
}

func (s *session) keepManager(id, manager string) {
	s.p.editUser(id, func(now *user) { now.manager, now.managerKnown = manager, true })
}

// referenceStands asks, as Entra does, whether an attribute of a resource
// refers to another.
func (s *session) referenceStands(ctx context.Context, operation, path, id, attribute, other string) (bool, error) {
	query := "filter=" + encode(eq("id", id)+" and "+eq(attribute, other)) + "&attributes=id"
	a, err := s.do(ctx, request{operation: operation, method: http.MethodGet, path: path, query: query})
	if err != nil {
		return false, err
	}
	found, err := readList(operation, a)
	return found.total > 0, err
}
