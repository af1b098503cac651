package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/cmd/ringdex/client"
	"github.com/ringdex/ringdex/cmd/ringdex/server"
	"github.com/ringdex/ringdex/scim/idpsim"
	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// demoSeed decides everybody in the demonstration, so that the examples in the
// help find the same people every time.
const demoSeed = 7

// demoFlags are the settings of a demonstration.
type demoFlags struct {
	listen string
	people int
	last   time.Duration
}

// newDemoCommand returns the command that shows everything on sample data.
func newDemoCommand(a *app) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on sample people",
		Long: `Run a server on a temporary folder and play what surrounds it: two identity
providers that fill a directory each over SCIM, one as Entra ID and one as Okta,
people whose presence changes, and calls that ring.

It prints what to try in a second terminal and goes on until Ctrl-C. Nothing is
kept, and nothing leaves this machine.`,
		Example: `  ringdex demo
  ringdex demo --people 5000 --for 10s`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.people < 10 || f.people > 100_000 {
				return usageError{errors.New("--people must be from 10 to 100000")}
			}
			return demo(cmd.Context(), a, cmd.OutOrStdout(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "`ADDRESS` and port to listen on; port 0 takes a free one")
	flags.IntVar(&f.people, "people", 200, "how many sample `PEOPLE` each directory gets")
	flags.DurationVar(&f.last, "for", 0, "end by itself after this `TIME` (10s); 0 goes on until Ctrl-C")
	markArguments(cmd, "people", "for")
	return cmd
}

// demo runs the server and the play around it until ctx, or the time, ends.
func demo(ctx context.Context, a *app, out io.Writer, f demoFlags) (err error) {
	folder, err := os.MkdirTemp("", "ringdex-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	microsoft, err := newPlayTeams(ctx)
	if err != nil {
		return err
	}
	s, err := server.Open(ctx, server.Config{Listen: f.listen, DataDir: folder, Microsoft: microsoft.app, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return errors.Join(err, microsoft.listen.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ready := make(chan server.Ready, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer stop()
		return s.Run(ctx, func(r server.Ready) error { ready <- r; return nil })
	})
	g.Go(func() error { return microsoft.run(ctx) })
	g.Go(func() error {
		defer stop()
		select {
		case r := <-ready:
			return play(ctx, a, out, f, r, microsoft)
		case <-ctx.Done():
			return nil
		}
	})
	return g.Wait()
}

// A scene is the demonstration while it runs.
type scene struct {
	out    io.Writer
	bold   func(string) string
	client *client.Client
	rng    *rand.Rand
	cast   []actor // in both directories
	teams  *playTeams
	first  string // id of the first directory
}

// An actor is a sample person whom the server knows.
type actor struct {
	id     string // SCIM id
	name   string
	number string // E.164; empty if none
	object string // object id in Entra; empty for people of Okta
}

// play fills the directories, says what to try, and keeps people and calls
// moving. It returns nil when ctx ends.
func play(ctx context.Context, a *app, out io.Writer, f demoFlags, r server.Ready, microsoft *playTeams) error {
	c, err := client.New(r.URL, r.FirstKey)
	if err != nil {
		return err
	}
	s := &scene{out: out, bold: func(t string) string { return t }, client: c, rng: rand.New(rand.NewPCG(demoSeed, 0)), teams: microsoft}
	if a.styled(out) {
		s.bold = bold
	}
	if _, err := fmt.Fprintf(out, "%s\n\n", s.bold("Ringdex demo on "+r.URL)); err != nil {
		return err
	}
	for _, d := range []struct {
		name, kind, region string
		profile            idpsim.Profile
		seed               uint64
	}{
		{"Entra demo", "entra", "GB", idpsim.EntraLegacy, demoSeed},
		{"Okta demo", "okta", "US", idpsim.Okta, demoSeed + 1},
	} {
		if err := s.provision(ctx, d.name, d.kind, d.region, d.profile, people.Company{Seed: d.seed, Home: d.region}, f.people); err != nil {
			return interrupted(ctx, err)
		}
	}
	for _, invite := range []func(context.Context, server.Ready) error{s.inviteTeams, s.invite} {
		if err := invite(ctx, r); err != nil {
			return interrupted(ctx, err)
		}
	}
	if f.last > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.last)
		defer cancel()
	}
	return interrupted(ctx, s.live(ctx))
}

// interrupted returns nil if err came of the demonstration's end.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // ended as it was meant to
	}
	return err
}

// provision adds a directory and lets a simulated identity provider fill it.
func (s *scene) provision(ctx context.Context, name, kind, region string, profile idpsim.Profile, company people.Company, n int) error {
	d, err := s.client.AddDirectory(ctx, client.NewDirectory{Name: name, Type: kind, DefaultRegion: region})
	if err != nil {
		return err
	}
	idp, err := idpsim.New(idpsim.Config{BaseURL: d.Value.SCIM.BaseURL, Token: d.Value.SCIM.Token, Profile: profile, Concurrency: 4})
	if err != nil {
		return err
	}
	defer idp.Close()
	if s.first == "" {
		s.first = d.Value.ID
	}
	if err := idp.TestConnection(ctx); err != nil {
		return err
	}
	for p := range company.People(n) {
		idp.Assign(p)
	}
	idp.GroupByDepartment()
	report, err := idp.Cycle(ctx, nil)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%-11s provisioned over SCIM: %d people, %d groups, %d requests in %s, %d failed\n",
		name, report.Created, len(idp.Groups()), report.Requests, report.Duration.Round(time.Millisecond), report.Failed)
	if err != nil {
		return err
	}
	for _, p := range idp.People() {
		id, ok := idp.UserID(p.ID)
		if !ok || !p.Active {
			continue
		}
		who := actor{id: id, name: p.DisplayName}
		if kind == "entra" {
			who.object = p.ID
			s.teams.say(who.object, "available", "available")
		}
		if numbers := p.Expected(region); len(numbers) > 0 {
			who.number = numbers[0]
		}
		s.cast = append(s.cast, who)
	}
	return nil
}

// invite prints commands that work when pasted into another terminal.
func (s *scene) invite(ctx context.Context, r server.Ready) error {
	caller := s.star(ctx)
	_, err := fmt.Fprintf(s.out, `
%s

    export RINGDEX_SERVER=%s
    export RINGDEX_KEY=%s
    alias ringdex='%s'

    ringdex lookup %-16s # who is calling?
    ringdex search %-16s # whom do you mean?
    ringdex watch                   # presence and calls as they happen
    ringdex directory list
    curl -H "Authorization: Bearer $RINGDEX_KEY" "$RINGDEX_SERVER/v1/search?q=an&limit=3"

Presence changes and calls ring until Ctrl-C.
`, s.bold("In another terminal:"), r.URL, r.FirstKey, executable(), caller.number, firstWord(caller.name))
	return err
}

// star returns somebody whose number is nobody else's and whose name can be
// typed into any terminal; failing that, anybody.
func (s *scene) star(ctx context.Context) actor {
	for _, who := range s.cast {
		if who.number == "" || !isPlain(who.name) {
			continue
		}
		answer, err := s.client.Lookup(ctx, client.LookupQuery{Number: who.number})
		if err == nil && answer.Value.Status == client.StatusMatch {
			return who
		}
	}
	return s.cast[0]
}

// executable returns how to call this very program from elsewhere.
func executable() string {
	path, err := os.Executable()
	if err != nil {
		return "ringdex"
	}
	return path
}

// isPlain tells whether a name can be typed into any terminal.
func isPlain(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != ' ' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return name != ""
}

func firstWord(s string) string {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i]
		}
	}
	return s
}

const (
	presenceEvery = 700 * time.Millisecond
	callEvery     = 4 * time.Second
)

// live changes somebody's presence now and then, and lets calls ring.
func (s *scene) live(ctx context.Context) error {
	presence, calls := time.NewTicker(presenceEvery), time.NewTicker(callEvery)
	defer presence.Stop()
	defer calls.Stop()
	states := [][2]string{
		{"available", "available"}, {"busy", "inACall"}, {"busy", "inAMeeting"}, {"doNotDisturb", "presenting"}, {"away", "away"}, {"offline", "offWork"},
	}
	var ringing *client.Call
	for n := 1; ; {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-presence.C:
			state := states[s.rng.IntN(len(states))]
			err = s.setPresence(ctx, s.anybody(), state[0], state[1])
		case <-calls.C:
			if ringing != nil {
				ringing.State = "ended"
				err = s.client.PostCall(ctx, *ringing)
				ringing = nil
				break
			}
			caller, agent := s.anybody(), s.anybody()
			ringing = &client.Call{CallID: fmt.Sprintf("demo-%d", n), State: "ringing", From: caller.number, To: agent.number, Agent: agent.id}
			if ringing.From == "" {
				ringing.From = "anonymous"
			}
			n++
			err = s.client.PostCall(ctx, *ringing)
		}
		if err != nil {
			return err
		}
	}
}

// setPresence says how somebody is: people of Entra by Teams, which the server
// asks once it is connected, the others by a program.
func (s *scene) setPresence(ctx context.Context, who actor, availability, activity string) error {
	if who.object == "" {
		return s.client.SetPresence(ctx, who.id, availability, activity)
	}
	s.teams.say(who.object, availability, activity)
	return nil
}

func (s *scene) anybody() actor { return s.cast[s.rng.IntN(len(s.cast))] }
