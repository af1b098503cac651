package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/presence/teams"
)

// microsoft is the side of the server that speaks with Microsoft in the name of
// one app registration.
type microsoft struct {
	name       string // of the app; "" for the one without
	app        teams.App
	client     *teams.Client
	consents   *teams.Consents
	poller     *teams.Poller
	subscriber *teams.Subscriber // nil if Graph cannot deliver notifications here
}

// microsofts are all of them, by the names of the apps. It never changes. Each
// has budgets of its own, as Microsoft counts by app.
type microsofts map[string]*microsoft

// inOrder yields them by name.
func (all microsofts) inOrder() iter.Seq[*microsoft] {
	return func(yield func(*microsoft) bool) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !yield(all[name]) {
				return
			}
		}
	}
}

// changed has all look at what is allowed, and who is signed in.
func (all microsofts) changed() {
	for m := range all.inOrder() {
		m.poller.Changed()
		m.accountsChanged()
	}
}

// begun returns the one that began what a state of a sign-in stands for; nil if
// none did.
func (all microsofts) begun(state string) *microsoft {
	for m := range all.inOrder() {
		if m.consents.Holds(state) {
			return m
		}
	}
	return nil
}

// named returns the one of an app. Without a name it is the one without, or the
// only one that there is.
func (all microsofts) named(name string) (*microsoft, error) {
	if m := all[name]; m != nil {
		return m, nil
	}
	switch {
	case len(all) == 0:
		return nil, noMicrosoftApp()
	case name == "" && len(all) == 1:
		for m := range all.inOrder() {
			return m, nil
		}
	}
	names := slices.Sorted(maps.Keys(all))
	return nil, newProblem(http.StatusConflict, "no-microsoft-app",
		"This server has no Microsoft application of that name. It has: "+strings.Join(names, ", ")+".")
}

func noMicrosoftApp() *problem {
	return newProblem(http.StatusConflict, "no-microsoft-app",
		"This server has no Microsoft application. Its operator sets --microsoft-client-id and --microsoft-client-secret.")
}

// checkApps returns the app registrations by name, or what is wrong with them.
func (c *Config) checkApps() (map[string]teams.App, error) {
	apps := maps.Clone(c.MicrosoftApps)
	if apps == nil {
		apps = map[string]teams.App{}
	}
	if c.Microsoft != (teams.App{}) {
		apps[""] = c.Microsoft
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(apps)) {
		app := apps[name]
		called := "the Microsoft app"
		if name != "" {
			called += " " + name
		}
		if err := app.Check(); err != nil {
			return nil, fmt.Errorf("%s %w", called, err)
		}
		if name != "" && !isAppName(name) {
			return nil, errors.New("the name of a Microsoft app must be 1 to 32 small letters, digits and hyphens")
		}
		// Twice the same would be asked for twice what its budget allows.
		registration := app.Cloud.Login + " " + app.ClientID
		if other, twice := seen[registration]; twice {
			return nil, fmt.Errorf("%s is the same registration as %s", called, cmp.Or(other, "the one without a name"))
		}
		seen[registration] = name
	}
	return apps, nil
}

func isAppName(name string) bool {
	return len(name) <= 32 && name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'
	})
}

// openMicrosoft sets up presence from Teams for each app of the operator.
func (s *Server) openMicrosoft() error {
	apps, err := s.cfg.checkApps()
	if err != nil {
		return err
	}
	s.microsoft = microsofts{}
	for name, app := range apps {
		m := &microsoft{name: name, app: app, client: teams.NewClient(app, nil)}
		m.consents = teams.NewConsents(teams.ConsentsConfig{Client: m.client, RedirectURL: s.cfg.PublicURL + CallbackPath, Allowed: s.mayConsent})
		m.poller = teams.NewPoller(teams.PollerConfig{
			Client: m.client, Desk: presenceDesk{s, name}, Tracker: s.tracker, Cycle: s.cfg.presenceCycle, Logger: s.log, Changed: s.tellSync,
		})
		m.openNotifications(s)
		s.microsoft[name] = m
	}
	return nil
}

// runMicrosoft polls, and has Graph tell of changes, until ctx ends.
func (s *Server) runMicrosoft(ctx context.Context) error {
	if len(s.microsoft) == 0 {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	for m := range s.microsoft.inOrder() {
		g.Go(func() error { return m.poller.Run(ctx) })
		if m.subscriber != nil {
			g.Go(func() error { return m.subscriber.Run(ctx) })
		}
	}
	return g.Wait()
}
