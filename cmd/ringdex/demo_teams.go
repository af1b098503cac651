package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ringdex/ringdex/cmd/ringdex/server"
	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/presence/teams/graphsim"
)

// The Microsoft tenant of the demonstration and who signs in there.
const (
	demoTenant   = "0d0e0000-0000-4000-8000-000000000001"
	demoAdmin    = "0d0e0000-0000-4000-8000-00000000000a"
	demoEmployee = "0d0e0000-0000-4000-8000-00000000000b"
	demoAccount  = "0d0e0000-0000-4000-8000-00000000000c"
	demoApp      = "ringdex-demo"
)

// A playTeams is Microsoft's side of the demonstration.
type playTeams struct {
	sim    *graphsim.Sim
	http   *http.Server
	listen net.Listener
	app    teams.App
}

// newPlayTeams takes a free port of this machine for Microsoft's side.
func newPlayTeams(ctx context.Context) (*playTeams, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	base := "http://" + listener.Addr().String()
	sim, err := graphsim.New(graphsim.Config{ClientID: demoApp, ClientSecret: demoApp, BaseURL: base, AppName: "Ringdex demo"})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	sim.AddTenant(graphsim.Tenant{ID: demoTenant, Name: "Example organisation", Accounts: []graphsim.Account{
		{ID: demoAdmin, Name: "Ada Example", Roles: []string{graphsim.GlobalAdministrator}},
		{ID: demoEmployee, Name: "Alf Example"},
		{ID: demoAccount, Name: "Presence account"},
	}})
	return &playTeams{
		sim: sim, listen: listener, http: &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second},
		app: teams.App{ClientID: demoApp, ClientSecret: demoApp, Cloud: teams.Cloud{Login: base, Graph: base}},
	}, nil
}

// deliverEvery is how often Microsoft's side tells of what changed.
const deliverEvery = 200 * time.Millisecond

// deliver tells of changes until ctx ends.
func (p *playTeams) deliver(ctx context.Context) {
	tick := time.NewTicker(deliverEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.sim.Deliver(ctx)
		}
	}
}

// run serves, and tells of changes, until ctx ends.
func (p *playTeams) run(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer end()
	wg.Go(func() { p.deliver(ctx) })
	stop := context.AfterFunc(ctx, func() { _ = p.http.Close() })
	defer stop()
	if err := p.http.Serve(p.listen); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// say tells Graph how somebody is; availability is in Ringdex' spelling.
func (p *playTeams) say(objectID, availability, activity string) {
	pascal := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	p.sim.SetPresence(demoTenant, objectID, graphsim.Presence{Availability: pascal(availability), Activity: pascal(activity)})
}

// inviteTeams prints where the consent of the first directory begins.
func (s *scene) inviteTeams(ctx context.Context, r server.Ready) error {
	s.teams.sim.Register(r.URL + server.CallbackPath)
	answer, err := s.client.ConnectPresence(ctx, s.first, "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, `
%s
Sign in as Ada Example and accept, within ten minutes; the people of "Entra demo" then
have presence of their own. "ringdex presence connect" prints a new address.

  %s

Then "ringdex presence account add" has the Presence account sign in, and the simulated
Microsoft tells of changes by itself.
`, s.bold("Simulated Teams presence, to be connected in a browser:"), answer.Value.URL)
	return err
}
