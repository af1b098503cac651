// Package scimload measures SCIM provisioning: a directory filled, changed,
// asked and emptied over HTTP as Entra ID does it, by many clients at once, and
// the log beneath beside Pebble alone in the same run. It is what "ringdex
// bench scim" runs.
//
// By itself it starts a server in this process, on a loopback port and a
// temporary folder, with the defaults of "ringdex serve" but no limit on a
// key's requests. Client and server then share the cores, so the client is as
// cheap as it can be (requests are made ahead of the clock, and answers are
// parsed only now and then) and the phase client_ceiling says what is left: the
// same client and connections against a handler that does nothing. Pointed at a
// server elsewhere, it works in a directory of its own, which it removes again;
// what concerns the log alone is then left out.
//
// An operation counts only if its answer is what it should be: each status,
// and the content of one in 64. A write that is answered with 503 is sent again, as
// identity providers do, and takes the longer; one that fails ends the run. While users are created, and again at the end,
// sampled numbers are looked up, because a write that was acknowledged has to
// be visible; and the totals, the whole list and the memberships must be what
// was provisioned. If anything is lost, Run returns an error and no figures.
//
// Everything it starts ends before Run returns, and what it made is removed,
// also after an interruption.
package scimload

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ringdex/ringdex/bench/measure"
)

// Config says what to measure. The zero value is the benchmark whose figures
// are published: 100,000 users and 1,000 groups by 64 clients.
type Config struct {
	Users   int // 0 is 100,000
	Groups  int // 0 is 1,000; the first holds nearly everybody
	Clients int // connections at once; 0 is 64

	Folder string // where the temporary folder is made; empty is the system's place
	Server string // base URL of a server to load instead, "http://127.0.0.1:8080"
	Key    string // an admin key of that server

	Progress   measure.Progress // nil tells nobody
	ProfileDir string           // where each phase leaves a CPU profile; empty for none
}

// Limits of a Config: below them a phase would have nothing to do.
const (
	minUsers, maxUsers     = 100, 10_000_000
	minGroups, maxGroups   = 2, 100_000
	minClients, maxClients = 1, 1024
)

// ErrConfig says that a number of a Config is out of its limits.
var ErrConfig = errors.New("cannot be measured")

func (c Config) withDefaults() (Config, error) {
	for _, n := range []struct {
		what              string
		value             *int
		otherwise, lo, hi int
	}{
		{"users", &c.Users, 100_000, minUsers, maxUsers},
		{"groups", &c.Groups, 1000, minGroups, maxGroups},
		{"clients", &c.Clients, 64, minClients, maxClients},
	} {
		if *n.value == 0 {
			*n.value = n.otherwise
		}
		if *n.value < n.lo || *n.value > n.hi {
			return c, fmt.Errorf("%d %s %w; it takes %d to %d", *n.value, n.what, ErrConfig, n.lo, n.hi)
		}
	}
	return c, nil
}

// A Report is what Run found: the object that --json prints.
type Report struct {
	Bench    string           `json:"bench"` // "scim"
	Users    int              `json:"users"`
	Groups   int              `json:"groups"`
	Clients  int              `json:"clients"`
	Server   string           `json:"server,omitempty"` // if it was one elsewhere
	Results  []measure.Result `json:"results"`
	Retried  int64            `json:"retried"` // writes that were answered with 503 and sent again; their time counts whole
	Verified Verified         `json:"verified"`
	Machine  measure.Machine  `json:"machine"`
}

// Verified is what was held against the truth, and true, in a run.
type Verified struct {
	Lookups     int `json:"lookups"`     // sampled numbers that found their owner
	Users       int `json:"users"`       // users in the list, each exactly once
	Groups      int `json:"groups"`      // groups whose members were counted
	Memberships int `json:"memberships"` // members counted in them
	Largest     int `json:"largest"`     // members of the largest group
}

// Run measures. If ctx ends it removes what it made and returns ctx's error.
// It returns ErrConfig for numbers out of their limits, and for a server
// elsewhere the errors of package client.
func Run(ctx context.Context, cfg Config) (report *Report, err error) {
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, err
	}
	l := &load{cfg: cfg, bench: measure.Bench{Progress: cfg.Progress, ProfileDir: cfg.ProfileDir}}
	l.report = &Report{Bench: "scim", Users: cfg.Users, Groups: cfg.Groups, Clients: cfg.Clients, Server: cfg.Server}
	if cfg.Server != "" {
		l.report.Machine = measure.ThisMachine(time.Now(), "")
		err = l.elsewhere(ctx)
	} else {
		err = l.here(ctx)
	}
	switch {
	case err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		return nil, errors.Join(ctx.Err(), err) // what a cut connection says is not the reason
	case err != nil:
		return nil, err
	}
	l.report.Retried = l.undecided.Load()
	return l.report, nil
}

// A load is one run. Its phases follow each other, on one goroutine.
type load struct {
	cfg    Config
	bench  measure.Bench
	report *Report
	cast   *cast
	site   *site
	wires  []*wire // by worker

	patched   int          // users, the first ones, who were changed
	undecided atomic.Int64 // writes that had to be sent again
}

// measure runs a phase over the connections and notes its results.
func (l *load) measure(ctx context.Context, p measure.Phase, goal *measure.Goal) error {
	if p.Workers == 0 {
		p.Workers = l.cfg.Clients
	}
	results, err := l.bench.Run(ctx, p)
	if err != nil {
		return err
	}
	for i := range results {
		results[i].Goal = goal
	}
	l.report.Results = append(l.report.Results, results...)
	return nil
}

// write runs a phase that changes the directory. What comes after relies on
// every one of its operations, so that one that failed ends the run.
func (l *load) write(ctx context.Context, p measure.Phase, goal *measure.Goal) error {
	if err := l.measure(ctx, p, goal); err != nil {
		return err
	}
	for _, r := range l.report.Results[len(l.report.Results)-len(p.Names):] {
		if r.Errors > 0 {
			return fmt.Errorf("%s: %d of %d operations failed, the first: %s", r.Name, r.Errors, r.Errors+r.Count, r.Error)
		}
	}
	return nil
}

// overHTTP runs all phases that speak SCIM, and checks what they left.
func (l *load) overHTTP(ctx context.Context, s *site) error {
	l.site = s
	l.wires = make([]*wire, l.cfg.Clients)
	for i := range l.wires {
		l.wires[i] = newWire(s.endpoint)
	}
	defer closeAll(l.wires)
	defer context.AfterFunc(ctx, func() { interruptAll(l.wires) })()
	for _, phase := range []func(context.Context) error{
		l.create, l.createGroups, l.fillGroups, l.addMembers, l.addMembersAlone, l.addMembersTogether,
		l.patch, l.patchNothing, l.getFiltered, l.getByMail, l.testConnection, l.list, l.verify, l.delete, l.verifyDeleted,
	} {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	return nil
}
