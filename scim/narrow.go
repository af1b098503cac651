package scim

import (
	"errors"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/stream"
)

// few candidates need no better term.
const few = 16

// find returns the only ids that can fulfil a need, ascending, if exact keys of
// the log lead to them, and if limit is not 0, to no more than that.
func (r *request) find(view stream.View, k *kind, n filter.Need, limit int) (ids []contact.ID, ok bool, err error) {
	switch {
	case n.Never:
		return nil, true, nil
	case n.Term != nil:
		ids, ok, err = r.candidates(view, k, *n.Term, limit)
	case len(n.All) > 0:
		return r.findBest(view, k, n.All, limit)
	case len(n.Any) > 0:
		ids, ok, err = r.findAny(view, k, n.Any, limit)
	}
	if !ok || err != nil {
		return nil, false, err
	}
	slices.Sort(ids)
	return slices.Compact(ids), true, nil
}

// findBest returns the ids of the need that the fewest fulfil.
func (r *request) findBest(view stream.View, k *kind, all []filter.Need, limit int) (best []contact.ID, ok bool, err error) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b filter.Need) int { return k.cost(a) - k.cost(b) })
	for _, n := range all {
		ids, found, err := r.find(view, k, n, limit)
		if err != nil {
			return nil, false, err
		}
		if !found {
			continue
		}
		best, ok = ids, true
		if len(best) <= few {
			break
		}
		limit = len(best)
	}
	return best, ok, nil
}

// findAny returns the ids of all needs together.
func (r *request) findAny(view stream.View, k *kind, needs []filter.Need, limit int) (ids []contact.ID, ok bool, err error) {
	for _, n := range needs {
		more, ok, err := r.find(view, k, n, limit)
		if !ok || err != nil {
			return nil, false, err
		}
		ids = append(ids, more...)
	}
	return ids, limit == 0 || len(ids) <= limit, nil
}

// cost tells which needs to try first: those that few objects fulfil.
func (k *kind) cost(n filter.Need) int {
	switch {
	case n.Never:
		return 0
	case n.Term == nil:
		return 5
	}
	switch n.Term.Ref.String() {
	case "id":
		return 0
	case k.name:
		return 1
	case "externalId":
		return 2
	}
	if k.isEdge(*n.Term) {
		return 4
	}
	return 3
}

// isEdge tells whether a term compares the other end of an edge.
func (k *kind) isEdge(t filter.Term) bool {
	name := t.Ref.String()
	return name == k.edges || name == k.edges+".value"
}

// candidates returns the only ids that can fulfil a comparison, or false if no
// key of the log leads to them, or to more than limit.
func (r *request) candidates(view stream.View, k *kind, t filter.Term, limit int) ([]contact.ID, bool, error) {
	switch name := t.Ref.String(); {
	case name == "id":
		return []contact.ID{contact.ID(t.Value)}, true, nil
	case name == k.name:
		return r.claimed(view, k.claim(r.dir.ID, t.Value))
	case name == "externalId":
		return r.idsUnder(view, contact.ExternalIDPrefix(r.dir.ID, k.stored, t.Value), lastSegment, limit)
	case name == "meta.resourceType":
		return nil, t.Value != k.typ.Name, nil
	case k.isEdge(t):
		prefix, idOf := k.ends(r.dir.ID, t.Value)
		return r.idsUnder(view, prefix, idOf, limit)
	default:
		for _, a := range k.exact {
			if a.name == name {
				return r.idsUnder(view, a.prefix(r.dir.ID, t.Value), lastSegment, limit)
			}
		}
	}
	return nil, false, nil
}

// claimed returns the id under a claim on a name.
func (r *request) claimed(view stream.View, key string) ([]contact.ID, bool, error) {
	e, err := view.Get(r.tenant, key)
	if errors.Is(err, stream.ErrNotFound) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	return []contact.ID{contact.ID(e.Value)}, true, nil
}

// idsUnder returns the ids that the keys under a prefix name, or false if they
// are more than limit.
func (r *request) idsUnder(view stream.View, prefix string, idOf func(key string) contact.ID, limit int) ([]contact.ID, bool, error) {
	var ids []contact.ID
	for e, err := range view.Scan(r.tenant, prefix, "") {
		if err != nil {
			return nil, false, err
		}
		if limit > 0 && len(ids) == limit {
			return nil, false, nil
		}
		if len(ids)%1024 == 1023 && r.ctx.Err() != nil {
			return nil, false, r.ctx.Err()
		}
		ids = append(ids, idOf(e.Key))
	}
	return ids, true, nil
}

func lastSegment(key string) contact.ID { return contact.ID(key[strings.LastIndexByte(key, '/')+1:]) }

func groupOf(key string) contact.ID {
	k, _ := contact.ParseKey(key)
	return k.ID
}

func memberOf(key string) contact.ID {
	k, _ := contact.ParseKey(key)
	return contact.ID(k.Member)
}
