package idpsim

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// An Evolution lists whom Evolve touched, by Person.ID. Nobody is in two lists.
type Evolution struct {
	Joiners []string // assigned
	Movers  []string // changed post, name, number or manager
	Leavers []string // unassigned
}

// Evolve lets n things happen: a quarter of them are joiners, whom company
// makes with ordinals that nobody had yet, a quarter leavers, and the rest
// movers. People whose department has a group of GroupByDepartment move to
// their new group. The same random source gives the same things. The next
// Cycle provisions them.
func (p *Provider) Evolve(rng *rand.Rand, company people.Company, n int) Evolution {
	var e Evolution
	present := p.People()
	touched := map[string]bool{}
	for range n {
		event := rng.IntN(4)
		if event == 0 || len(touched) == len(present) {
			joiner := company.Person(p.nextOrdinal())
			p.Assign(joiner)
			p.join(joiner.Department, joiner.ID)
			e.Joiners = append(e.Joiners, joiner.ID)
			continue
		}
		at := rng.IntN(len(present))
		for touched[present[at].ID] {
			at = (at + 1) % len(present)
		}
		who := present[at]
		touched[who.ID] = true
		if event == 1 {
			p.Unassign(who.ID)
			e.Leavers = append(e.Leavers, who.ID)
			continue
		}
		p.move(rng, company, who, present)
		e.Movers = append(e.Movers, who.ID)
	}
	return e
}

// nextOrdinal returns an ordinal that nobody has had.
func (p *Provider) nextOrdinal() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ordinals++
	return p.ordinals - 1
}

// move changes one thing about a person. What is new is taken from somebody
// who does not exist, far behind all ordinals in use.
func (p *Provider) move(rng *rand.Rand, company people.Company, who people.Person, present []people.Person) {
	const elsewhere = 1 << 40
	model := company.Person(elsewhere + rng.IntN(1<<20))
	switch rng.IntN(5) {
	case 0: // a new post
		p.leave(who.Department, who.ID)
		p.join(model.Department, who.ID)
		p.Change(who.ID, func(q *people.Person) { q.Department, q.JobTitle = model.Department, model.JobTitle })
	case 1: // a new name, under the old ordinal
		p.Change(who.ID, func(q *people.Person) {
			q.FamilyName = model.FamilyName
			q.DisplayName = q.GivenName + " " + q.FamilyName
		})
	case 2: // a new manager
		if boss := present[rng.IntN(len(present))].ID; boss != who.ID {
			p.Change(who.ID, func(q *people.Person) { q.Manager = boss })
		}
	case 3: // a number less
		p.Change(who.ID, func(q *people.Person) { q.Phones = q.Phones[:len(q.Phones)/2] })
	default: // new numbers
		p.Change(who.ID, func(q *people.Person) {
			for _, ph := range model.Phones {
				q.SetPhone(ph)
			}
		})
	}
}

// GroupByDepartment makes one group for each department of the people in
// scope, in order of appearance, with all its people.
func (p *Provider) GroupByDepartment() {
	groups := map[string]*Group{}
	var order []string
	for _, person := range p.People() {
		g := groups[person.Department]
		if g == nil {
			g = &Group{ID: departmentGroup(person.Department), DisplayName: person.Department}
			groups[person.Department] = g
			order = append(order, person.Department)
		}
		g.Members = append(g.Members, person.ID)
	}
	for _, department := range order {
		p.SetGroup(*groups[department])
	}
}

// departmentGroup returns the object id of a department's group.
func departmentGroup(department string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(department))
	return people.Company{Seed: h.Sum64()}.Person(0).ID
}

func (p *Provider) join(department, person string) {
	p.editGroup(departmentGroup(department), func(g *group) {
		if !slices.Contains(g.Members, person) {
			g.Members = append(slices.Clip(g.Members), person)
			g.want++
		}
	})
}

func (p *Provider) leave(department, person string) {
	p.editGroup(departmentGroup(department), func(g *group) {
		if slices.Contains(g.Members, person) {
			g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == person })
			g.want++
		}
	})
}
