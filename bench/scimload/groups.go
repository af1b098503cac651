package scimload

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// membersOfRequest is how many members one request fills a group with.
const membersOfRequest = 500

// createGroups provisions the groups, empty as Entra makes them.
func (l *load) createGroups(ctx context.Context) error {
	bodies := make([][]byte, len(l.cast.groups))
	for i := range bodies {
		bodies[i] = groupBody(l.cast.groups[i].name)
	}
	return l.write(ctx, measure.Phase{
		Names: []string{"create_group"}, Ops: len(bodies),
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			g := &l.cast.groups[op]
			a, took, again, err := l.persist(ctx, worker, call{http.MethodPost, "/Groups", bodies[op]})
			switch {
			case err != nil:
			case again && a.status == http.StatusConflict: // as in create
				g.id, err = l.idUnder(ctx, worker, "/Groups?excludedAttributes=members&"+filterBy(`displayName eq "`+g.name+`"`))
			case a.status != http.StatusCreated:
				err = refusal(http.MethodPost, a)
			default:
				g.id = idOf(a.header)
			}
			return took, err
		},
	}, nil)
}

func groupBody(name string) []byte {
	return fmt.Appendf(nil, `{"schemas":["%s","%s"],"externalId":"group-%s","displayName":"%s","meta":{"resourceType":"Group"}}`, groupURN, adscimURN, name, name)
}

// membersBody is what Entra sends to add users to a group or to take them out.
func membersBody(op string, ids ...string) []byte {
	b := fmt.Appendf(nil, `{"schemas":["%s"],"Operations":[{"op":"%s","path":"members","value":[`, patchURN, op)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"$ref":null,"value":"%s"}`, id)
	}
	return append(b, "]}]}"...)
}

// fillGroups adds the planned members, many with each request.
func (l *load) fillGroups(ctx context.Context) error {
	type part struct {
		group int
		body  []byte
	}
	var parts []part
	members := 0
	for i := range l.cast.groups {
		g := &l.cast.groups[i]
		members += g.members.count
		for from := 0; from < g.members.count; from += membersOfRequest {
			ids := make([]string, 0, membersOfRequest)
			for j := from; j < min(from+membersOfRequest, g.members.count); j++ {
				ids = append(ids, l.cast.users[g.members.user(j)].id)
			}
			parts = append(parts, part{i, membersBody("Add", ids...)})
		}
	}
	// Requests of one group meet those of others more often than each other.
	scattered := make([]part, len(parts))
	workers := min(l.cfg.Clients, len(parts))
	for i, at := 0, 0; i < workers; i++ {
		for j := i; j < len(parts); j += workers {
			scattered[j], at = parts[at], at+1
		}
	}
	err := l.write(ctx, measure.Phase{
		Names: []string{"member_fill"}, Ops: len(parts),
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			p := scattered[op]
			return l.change(ctx, worker, p.group, p.body)
		},
	}, nil)
	if err == nil {
		filled := &l.report.Results[len(l.report.Results)-1]
		filled.PerSecond *= float64(members) / float64(len(parts)) // members, not requests
	}
	return err
}

// change sends a PATCH of a group.
func (l *load) change(ctx context.Context, worker, group int, body []byte) (time.Duration, error) {
	_, took, err := l.wantWrite(ctx, worker, call{http.MethodPatch, "/Groups/" + l.cast.groups[group].id, body}, http.StatusNoContent)
	return took, err
}

// Who is added by which phase: outsiders are split between the phases, so that
// each addition adds somebody.
func (l *load) outsiders(phase int) []user {
	n := outsiders(len(l.cast.users)) / 3
	return l.cast.users[phase*n : (phase+1)*n]
}

// addMembers adds one member with each request, to all groups in turn.
func (l *load) addMembers(ctx context.Context) error {
	who, groups := l.outsiders(0), len(l.cast.groups)
	n := min(len(who)*groups, max(20*len(who), 10_000))
	bodies := make([][]byte, len(who))
	for i := range bodies {
		bodies[i] = membersBody("Add", who[i].id)
	}
	for op := range n {
		l.cast.groups[op%groups].added++
	}
	return l.write(ctx, measure.Phase{
		Names: []string{"member_add"}, Ops: n,
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			return l.change(ctx, worker, op%groups, bodies[op/groups])
		},
	}, nil)
}

// addMembersAlone compares adding one member to an empty group with adding one
// to the largest, by one client and in turns.
func (l *load) addMembersAlone(ctx context.Context) error {
	empty := group{name: "Nobody yet"}
	a, _, err := l.wires[0].want(ctx, call{http.MethodPost, "/Groups", groupBody(empty.name)}, http.StatusCreated)
	if err != nil {
		return err
	}
	target, who := "/Groups/"+idOf(a.header), l.outsiders(1)
	err = l.write(ctx, measure.Phase{
		Names: []string{"member_add_empty", "member_add_largest"}, Ops: 2 * len(who), Workers: 1,
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			id := who[op/2].id
			if op%2 == 1 {
				return l.change(ctx, worker, 0, membersBody("Add", id))
			}
			_, took, err := l.wantWrite(ctx, worker, call{http.MethodPatch, target, membersBody("Add", id)}, http.StatusNoContent)
			if err == nil { // empty for the next
				_, _, err = l.wantWrite(ctx, worker, call{http.MethodPatch, target, membersBody("Remove", id)}, http.StatusNoContent)
			}
			return took, err
		},
	}, &measure.Goal{P50: 1})
	if err != nil {
		return err
	}
	l.cast.groups[0].added += len(who)
	results := l.report.Results[len(l.report.Results)-2:]
	results[1].Ratio = &measure.Ratio{Of: results[0].Name, Times: results[1].PerSecond / results[0].PerSecond}
	_, _, err = l.wantWrite(ctx, 0, call{http.MethodDelete, target, nil}, http.StatusNoContent)
	return err
}

// addMembersTogether adds one member with each request to the largest group,
// all clients at once.
func (l *load) addMembersTogether(ctx context.Context) error {
	who := l.outsiders(2)
	l.cast.groups[0].added += len(who)
	return l.write(ctx, measure.Phase{
		Names: []string{"member_add_together"}, Ops: len(who),
		Do: func(ctx context.Context, worker, op int) (time.Duration, error) {
			return l.change(ctx, worker, 0, membersBody("Add", who[op].id))
		},
	}, nil)
}
