package idpsim

import (
	"slices"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// Assign takes people into scope; for those in it, it sets their attributes.
// People who were unassigned are restored.
func (p *Provider) Assign(persons ...people.Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, person := range persons {
		u := p.users[person.ID]
		if u == nil {
			u = &user{}
			p.users[person.ID] = u
			p.order = append(p.order, person.ID)
		}
		u.person, u.scope = person.Clone(), assigned
		u.want++
		p.ordinals = max(p.ordinals, person.Ordinal+1)
	}
}

// Change applies edit to the person of that id and reports whether there is
// one. edit must not change the ID, and must not call the Provider.
func (p *Provider) Change(id string, edit func(*people.Person)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[id]
	if u == nil {
		return false
	}
	person := u.person.Clone()
	edit(&person)
	person.ID = id
	u.person = person
	u.want++
	return true
}

// Unassign takes people out of scope: the next cycle sets them inactive.
func (p *Provider) Unassign(ids ...string) { p.setScope(unassigned, ids) }

// Delete removes people for good: they leave their groups, and whoever they
// managed has no manager. In the next cycle Entra deletes them, and Okta, which
// deletes nobody, sets them inactive.
func (p *Provider) Delete(ids ...string) {
	if p.cfg.Profile == Okta {
		p.setScope(unassigned, ids)
	} else {
		p.setScope(deleted, ids)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	gone := make(map[string]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	for _, u := range p.users {
		if gone[u.person.Manager] {
			u.person.Manager = ""
			u.want++
		}
	}
	for _, g := range p.groups {
		left := slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return gone[m] })
		if len(left) != len(g.Members) {
			g.Members = left
			g.want++
		}
	}
}

func (p *Provider) setScope(s scope, ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		if u := p.users[id]; u != nil {
			u.scope = s
			u.want++
		}
	}
}

// SetGroup makes a group, or replaces its name and members.
func (p *Provider) SetGroup(g Group) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.groups[g.ID]
	if old == nil {
		old = &group{}
		p.groups[g.ID] = old
		p.gorder = append(p.gorder, g.ID)
	}
	g.Members = slices.Clone(g.Members)
	old.Group, old.deleted = g, false
	old.want++
}

// RemoveGroup removes a group: the next cycle deletes it.
func (p *Provider) RemoveGroup(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.groups[id]; g != nil {
		g.deleted = true
		g.want++
	}
}

// Restart forgets what was provisioned of the people and groups in scope, as
// the "Restart provisioning" button does: the next cycle is an initial one.
func (p *Provider) Restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initial = true
	for _, u := range p.users {
		if u.scope == assigned {
			u.unlink()
		}
	}
	for _, g := range p.groups {
		if !g.deleted {
			g.unlink()
		}
	}
}

func (u *user) unlink() {
	u.id, u.have, u.manager, u.managerKnown = "", nil, "", false
	u.want++
}

func (g *group) unlink() {
	g.id, g.name, g.members, g.pushed = "", "", nil, false
	g.want++
}
