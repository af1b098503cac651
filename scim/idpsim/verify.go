package idpsim

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A Drift is a difference between what the server holds and what the provider
// would send: the vendor would send it again in every cycle.
type Drift struct {
	ObjectID string // the identity provider's id of the user or group
	Path     string // `phoneNumbers[type eq "work"].value`, "members"
	Problem  string // "missing", "differs", "unexpected", "not found"
}

// The problems of a Drift.
const (
	driftMissing    = "missing"
	driftDiffers    = "differs"
	driftUnexpected = "unexpected"
	driftNotFound   = "not found"
)

// Verify reads every provisioned user and group back and returns where it
// differs from what was last provisioned, sorted by object and path. Changes
// that wait for the next cycle are no drift. The error is that of the first
// request that failed for another reason than a missing object.
func (p *Provider) Verify(ctx context.Context) ([]Drift, error) {
	p.cycle.Lock()
	defer p.cycle.Unlock()
	s := &session{p: p, tally: newTally()}
	v := &verifier{session: s}
	users, groups := p.linked()
	if err := s.each(ctx, users, newMeter(nil), v.user); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if err := s.each(ctx, groups, newMeter(nil), v.group); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if v.err != nil {
		return nil, fmt.Errorf("verify: %w", v.err)
	}
	slices.SortFunc(v.drifts, func(a, b Drift) int {
		return cmp.Or(strings.Compare(a.ObjectID, b.ObjectID), strings.Compare(a.Path, b.Path))
	})
	return v.drifts, nil
}

// linked returns who and what has an id at the server.
func (p *Provider) linked() (users, groups []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range p.order {
		if u := p.users[id]; u != nil && u.id != "" {
			users = append(users, id)
		}
	}
	for _, id := range p.gorder {
		if g := p.groups[id]; g != nil && g.id != "" {
			groups = append(groups, id)
		}
	}
	return users, groups
}

// A verifier collects drifts.
type verifier struct {
	session *session
	mu      sync.Mutex // guards drifts and err
	drifts  []Drift
	err     error // the first
}

func (v *verifier) add(id, path, problem string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.drifts = append(v.drifts, Drift{ObjectID: id, Path: path, Problem: problem})
}

// read gets an object. ok is false if it cannot be compared.
func (v *verifier) read(ctx context.Context, id string, r request) (body resource, ok bool, err error) {
	a, err := v.session.do(ctx, r)
	switch {
	case gone(err):
		v.add(id, "", driftNotFound)
		return nil, false, nil
	case err != nil:
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.err == nil {
			v.err = err
		}
		return nil, false, err
	}
	return a.body, true, nil
}

func (v *verifier) user(ctx context.Context, id string) error {
	p := v.session.p
	u, _ := p.snapshotUser(id)
	body, ok, err := v.read(ctx, id, request{operation: "read user", method: http.MethodGet, path: userPath(u.id)})
	if !ok {
		return err
	}
	have := held(body)
	want := u.have
	manages := p.cfg.Profile.manages
	if p.cfg.Profile != Okta && u.managerKnown {
		manages = func(string) bool { return true }
		if u.manager != "" {
			want = append(slices.Clip(want), attribute{pathManager, u.manager})
		}
	}
	for _, c := range changes(want, have, manages) {
		switch {
		case c.value == "":
			v.add(id, c.path, driftUnexpected)
		case c.exists:
			v.add(id, c.path, driftDiffers)
		default:
			v.add(id, c.path, driftMissing)
		}
	}
	return nil
}

func (v *verifier) group(ctx context.Context, id string) error {
	g, _ := v.session.p.snapshotGroup(id)
	body, ok, err := v.read(ctx, id, request{operation: "read group", method: http.MethodGet, path: groupPath(g.id)})
	if !ok {
		return err
	}
	if body.text("displayName") != g.name {
		v.add(id, pathDisplay, driftDiffers)
	}
	have := map[string]bool{}
	for _, m := range body.elements("members") {
		have[m.text("value")] = true
	}
	for _, member := range g.members {
		if !have[member] {
			v.add(id, "members", driftMissing)
		}
		delete(have, member)
	}
	for range have {
		v.add(id, "members", driftUnexpected)
	}
	return nil
}
