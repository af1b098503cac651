package circle

import (
	"cmp"
	"slices"
	"time"

	"github.com/ringdex/ringdex/index/contact"
)

// A Ranking tells how near people are to an agent.
type Ranking struct {
	Store *Store
	Calls *Calls
}

// Ranks returns the people of an agent's circle, nearest first: the favourites
// in their order, then those of recent calls, the most frequent and latest
// first.
func (r *Ranking) Ranks(tenant, agent string, now time.Time) ([]contact.ID, error) {
	list, err := r.Store.Favourites(tenant, agent)
	if err != nil {
		return nil, err
	}
	favourites := len(list)
	recent := r.Calls.Recent(tenant, agent, now)
	for id := range recent {
		if !slices.Contains(list[:favourites], id) {
			list = append(list, id)
		}
	}
	slices.SortFunc(list[favourites:], func(a, b contact.ID) int {
		return cmp.Or(cmp.Compare(recent[b], recent[a]), cmp.Compare(a, b))
	})
	return list, nil
}
