package idpsim

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Cycle provisions everything that differs from what the server is known to
// hold: users, then their managers, then groups. The first cycle, and the
// first after Restart, looks everybody up before it writes.
//
// progress, if it is not nil, is called after each object, by one goroutine at
// a time; total may grow while managers are found. Objects that fail are in
// the Report, and the next cycle tries them again. The error is nil unless the
// cycle ended early: ctx's cause, ErrUnauthorized, ErrUnreachable or
// ErrQuarantined. The Report is good in either case.
func (p *Provider) Cycle(ctx context.Context, progress func(done, total int)) (Report, error) {
	p.cycle.Lock()
	defer p.cycle.Unlock()
	began := time.Now()
	s := &session{p: p, tally: newTally()}
	s.tally.report.Initial = p.takeInitial()
	err := s.run(ctx, newMeter(progress))
	p.compact()
	report := s.tally.done(time.Since(began))
	p.cfg.Logger.Info("provisioning cycle",
		slog.String("profile", string(p.cfg.Profile)), slog.Bool("initial", report.Initial), slog.Int("requests", report.Requests),
		slog.Int("created", report.Created), slog.Int("updated", report.Updated), slog.Int("deactivated", report.Deactivated),
		slog.Int("deleted", report.Deleted), slog.Int("groups", report.Groups), slog.Int("failed", report.Failed),
		slog.Int("violations", report.Violations), slog.Duration("duration", report.Duration))
	if err != nil {
		return report, fmt.Errorf("provisioning cycle: %w", err)
	}
	return report, nil
}

func (p *Provider) takeInitial() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	initial := p.initial
	p.initial = false
	return initial
}

func (s *session) run(ctx context.Context, m *meter) error {
	users, groups := s.p.usersDue(), s.p.groupsDue()
	m.expect(len(users) + len(groups))
	if err := s.each(ctx, users, m, s.syncUser); err != nil {
		return err
	}
	managers := s.p.managersDue()
	m.expect(len(managers))
	if err := s.each(ctx, managers, m, s.syncManager); err != nil {
		return err
	}
	groups = s.p.groupsDue() // members may have been provisioned just now
	m.expect(max(0, len(groups)-m.left()))
	return s.each(ctx, groups, m, s.syncGroup)
}

// usersDue returns the people with something to provision.
func (p *Provider) usersDue() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var due []string
	for _, id := range p.order {
		if u := p.users[id]; u != nil && u.done != u.want {
			due = append(due, id)
		}
	}
	return due
}

// groupsDue returns the groups with something to provision: they changed, or
// a member can be added who was not provisioned before.
func (p *Provider) groupsDue() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var due []string
	for _, id := range p.gorder {
		if g := p.groups[id]; g != nil && (g.done != g.want || p.lacks(g)) {
			due = append(due, id)
		}
	}
	return due
}

// lacks tells whether a group lacks a member who is provisioned. p.mu is held.
func (p *Provider) lacks(g *group) bool {
	for _, person := range g.Members {
		if u := p.users[person]; u != nil && u.id != "" && g.members[person] != u.id {
			return true
		}
	}
	return false
}

// each works on the objects, in order and Config.Concurrency at a time. What
// fails is reported and the rest goes on; the error says that the session has
// to end. It returns when every worker has.
func (s *session) each(ctx context.Context, ids []string, m *meter, work func(context.Context, string) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(s.p.cfg.Concurrency, len(ids)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(ids) {
					return
				}
				if err := s.attempt(ctx, ids[i], work); err != nil {
					cancel(err)
					return
				}
				m.step()
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// attempt works on one object. It returns an error only if the session has to
// end.
func (s *session) attempt(ctx context.Context, id string, work func(context.Context, string) error) error {
	err := work(ctx, id)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.p.cfg.Logger.Warn("object not provisioned", slog.String("objectId", id), slog.String("error", err.Error()))
	return s.tally.fail(id, err)
}

// A meter counts objects for a progress function.
type meter struct {
	mu          sync.Mutex // guards done and total, and is held while progress runs
	done, total int
	progress    func(done, total int)
}

func newMeter(progress func(done, total int)) *meter { return &meter{progress: progress} }

// expect adds n objects to the total.
func (m *meter) expect(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total += n
}

// left returns how many objects are still to come.
func (m *meter) left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total - m.done
}

// step counts one object.
func (m *meter) step() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done++
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
}
