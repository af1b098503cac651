package scim

import "slices"

// A unit is what is done or not done as a whole: one operation, or several
// POSTs that refer to one another in a circle, in the order of the request.
type unit []*operation

// units returns the operations in the order in which they are done: that of the
// request, but a POST before those who refer to it.
//
// They are the strongly connected components of the references, as Tarjan's
// algorithm finds them: each after those that it refers to.
func (b *bulk) units() []unit {
	s := &sorter{index: map[*operation]int{}, low: map[*operation]int{}, open: map[*operation]bool{}}
	for _, op := range b.ops {
		if s.index[op] == 0 {
			s.visit(op)
		}
	}
	return s.units
}

// A sorter is Tarjan's algorithm while it runs.
type sorter struct {
	index map[*operation]int // in the order of visits, from 1
	low   map[*operation]int // the lowest index that can be reached
	open  map[*operation]bool
	stack []*operation
	units []unit
}

func (s *sorter) visit(op *operation) {
	s.index[op] = len(s.index) + 1
	s.low[op] = s.index[op]
	s.stack, s.open[op] = append(s.stack, op), true
	for _, to := range op.refs {
		switch {
		case s.index[to] == 0:
			s.visit(to)
			s.low[op] = min(s.low[op], s.low[to])
		case s.open[to]:
			s.low[op] = min(s.low[op], s.index[to])
		}
	}
	if s.low[op] != s.index[op] {
		return
	}
	from := slices.Index(s.stack, op)
	u := slices.Clone(s.stack[from:])
	s.stack = s.stack[:from]
	for _, done := range u {
		s.open[done] = false
	}
	slices.SortFunc(u, func(a, b *operation) int { return a.place - b.place })
	s.units = append(s.units, u)
}
