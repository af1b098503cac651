package scimload

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"
)

const (
	lookedUp    = 1000 // users
	countGroups = 100  // groups whose members are counted, the largest first
)

// verify holds what the server has against what was provisioned.
func (l *load) verify(ctx context.Context) error {
	l.progress("verify", 3)
	defer l.progressEnd()
	v := &l.report.Verified
	var err error
	if v.Users, err = l.verifyList(ctx, 0); err != nil {
		return err
	}
	l.progressSet(1)
	if err := l.verifyLookups(ctx); err != nil {
		return err
	}
	l.progressSet(2)
	return l.verifyGroups(ctx)
}

// verifyList reads the whole list: each user from the given one on must be in
// it once, and nobody else. It returns how many there are. It has a token of its
// own: the server takes pages that one token asks for, in several phases and by
// many clients, for those of walks that go on, and answers from where they were.
func (l *load) verifyList(ctx context.Context, from int) (int, error) {
	w, err := l.site.visitor(ctx)
	if err != nil {
		return 0, fmt.Errorf("verify: %w", err)
	}
	defer w.drop()
	defer context.AfterFunc(ctx, w.interrupt)()
	wanted := make(map[string]bool, len(l.cast.users))
	for i := from; i < len(l.cast.users); i++ {
		wanted[l.cast.users[i].id] = true
	}
	users := len(wanted)
	for n := 0; n*pageSize < users; n++ {
		a, _, err := w.want(ctx, call{http.MethodGet, pageTarget(n, "&attributes=id"), nil}, http.StatusOK)
		if err != nil {
			return 0, fmt.Errorf("verify: %w", err)
		}
		got, err := parseList(a.body)
		if err != nil {
			return 0, err
		}
		if got.Total != users {
			return 0, fmt.Errorf("verify: %w: %d users were provisioned, the list says %d", errContent, users, got.Total)
		}
		for _, u := range got.Resources {
			if !wanted[u.ID] {
				return 0, fmt.Errorf("verify: %w: a user is in the list twice, or was never acknowledged", errContent)
			}
			delete(wanted, u.ID)
		}
	}
	if len(wanted) > 0 {
		return 0, fmt.Errorf("verify: %w: %d of %d users are lost", errContent, len(wanted), users)
	}
	return users, nil
}

// verifyLookups looks up the numbers of users who were not changed since they
// were created, or whose new number is known.
func (l *load) verifyLookups(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(8)
	asked := 0
	for i := 0; i < len(l.cast.users) && asked < lookedUp; i++ {
		u := *l.someone(i)
		if u.number == "" {
			continue
		}
		if op := i * 7919 % len(l.cast.users); op < l.patched {
			u.number = fmt.Sprintf("+447700%06d", 900_000+op)
		}
		asked++
		g.Go(func() error { return l.lookUp(ctx, &u) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	l.report.Verified.Lookups = asked
	return nil
}

// verifyGroups counts the members of the largest groups.
func (l *load) verifyGroups(ctx context.Context) error {
	v := &l.report.Verified
	for i := range min(countGroups, len(l.cast.groups)) {
		g := &l.cast.groups[i]
		a, _, err := l.wires[0].want(ctx, call{http.MethodGet, "/Groups/" + g.id, nil}, http.StatusOK)
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		var got struct {
			Members []struct{} `json:"members"`
		}
		if json.Unmarshal(a.body, &got) != nil || len(got.Members) != g.members.count+g.added {
			return fmt.Errorf("verify: %w: a group was given %d members and has %d", errContent, g.members.count+g.added, len(got.Members))
		}
		v.Groups++
		v.Memberships += len(got.Members)
		v.Largest = max(v.Largest, len(got.Members))
	}
	return nil
}

// verifyDeleted holds the list against what is left.
func (l *load) verifyDeleted(ctx context.Context) error {
	_, err := l.verifyList(ctx, l.deleted())
	return err
}

func (l *load) progress(what string, total int) {
	if l.cfg.Progress != nil {
		l.cfg.Progress.Begin(what, total)
	}
}

func (l *load) progressSet(done int) {
	if l.cfg.Progress != nil {
		l.cfg.Progress.Set(done)
	}
}

func (l *load) progressEnd() {
	if l.cfg.Progress != nil {
		l.cfg.Progress.End()
	}
}
