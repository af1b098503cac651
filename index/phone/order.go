package phone

import (
	"cmp"
	"slices"
	"strings"
)

// rank puts hits in order, best first, and keeps the best one of each person.
// It works in place.
func rank(hits []Hit) []Hit {
	if len(hits) < 2 {
		return hits
	}
	slices.SortFunc(hits, compareHits)
	if len(hits) <= fewHits {
		return onePerPerson(hits)
	}
	seen := make(map[identity]struct{}, len(hits))
	return slices.DeleteFunc(hits, func(h Hit) bool {
		_, again := seen[h.identity()]
		seen[h.identity()] = struct{}{}
		return again
	})
}

// fewHits is how many hits are compared with each other without a map.
const fewHits = 16

func onePerPerson(hits []Hit) []Hit {
	kept := hits[:0]
	for _, h := range hits {
		if !slices.ContainsFunc(kept, func(k Hit) bool { return k.identity() == h.identity() }) {
			kept = append(kept, h)
		}
	}
	return kept
}

// An identity is equal for hits that are the same person.
type identity struct {
	person string
	doc    uint32
}

func (h *Hit) identity() identity {
	if h.Person != "" {
		return identity{person: h.Person}
	}
	return identity{doc: h.Doc}
}

// compareHits orders hits by what they say about the contact, and in the end by
// the id, so that the order does not depend on how they were found.
func compareHits(a, b Hit) int {
	return cmp.Or(
		cmp.Compare(a.Directory, b.Directory),
		cmp.Compare(a.TypeRank, b.TypeRank),
		trueFirst(a.Primary, b.Primary),
		trueFirst(b.Inactive, a.Inactive),
		cmp.Compare(b.Recent, a.Recent),
		strings.Compare(a.ID, b.ID),
		cmp.Compare(a.Slot, b.Slot),
		cmp.Compare(a.Doc, b.Doc),
	)
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
