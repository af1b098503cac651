package scimload

import (
	"fmt"
	"math/rand/v2"
)

// membershipsPerUser is how many groups a person is in on average, beside the
// first group.
const membershipsPerUser = 2

// A group is one group and whom it is filled with. id is set when it is
// created.
type group struct {
	name    string
	members span
	added   int // members who came after it was filled; written between phases
	id      string
}

// A span is members drawn from users without repetition: count of them, from
// start on, stride apart, around the end.
type span struct{ start, stride, count, of, skip int }

// user returns the ordinal of the i-th member.
func (s span) user(i int) int { return s.skip + (s.start+i*s.stride)%s.of }

// outsiders returns how many users, the first ones, are in no group when all
// are filled: those whom the measured phases add.
func outsiders(users int) int { return min(max(users/20, 10), 3000) }

// makeGroups plans n groups: the first with everybody but the outsiders, the
// others of sizes that fall as ranks rise, as those of companies do, and the
// last ones small.
func (c *cast) makeGroups(n int) {
	rng := rand.New(rand.NewPCG(castSeed, 1))
	skip := outsiders(len(c.users))
	pool := len(c.users) - skip
	c.groups = make([]group, n)
	c.groups[0] = group{name: "Everybody", members: span{stride: 1, count: pool, of: pool, skip: skip}}
	ranks := 0.0
	for i := 1; i < n; i++ {
		ranks += 1 / float64(i)
	}
	for i := 1; i < n; i++ {
		size := int(membershipsPerUser * float64(pool) / ranks / float64(i))
		c.groups[i] = group{
			name:    fmt.Sprintf("Team %04d", i),
			members: span{start: rng.IntN(pool), stride: coprime(rng, pool), count: min(max(size, 1), pool), of: pool, skip: skip},
		}
	}
}

// coprime draws a stride that meets each of n before it meets one again.
func coprime(rng *rand.Rand, n int) int {
	for {
		s := 1 + rng.IntN(n)
		a, b := s, n
		for b != 0 {
			a, b = b, a%b
		}
		if a == 1 {
			return s
		}
	}
}
