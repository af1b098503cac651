// Package server puts Ringdex together: the log, what follows it, and the HTTP
// server in front, with its routes, access control, limits and health.
//
// It owns every listener and the order in which parts start and stop. Parts
// that would have to call each other across the import rules meet here: the
// SCIM side waits for the index, the stream renders contacts, presence asks
// whether a contact exists. All goroutines run inside Run.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/circle"
	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/index/lookup"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/presence/teams"
	"github.com/ringdex/ringdex/scim"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/identity"
	"github.com/ringdex/ringdex/scim/journal"
	"github.com/ringdex/ringdex/scim/oauth"
	"github.com/ringdex/ringdex/scim/roster"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/hub"
	"github.com/ringdex/ringdex/stream/pebblelog"
	"github.com/ringdex/ringdex/stream/wsock"
)

// Config is everything that can be set. The zero value serves ./data on
// 127.0.0.1:8080.
type Config struct {
	Listen    string       // address and port; "" is 127.0.0.1:8080; port 0 takes a free one
	DataDir   string       // folder of the log, made if absent; "" is ./data
	PublicURL string       // how clients reach the server, for the addresses it gives out; "" is http://LISTEN
	AdminKey  string       // the operator's admin key, at least 32 characters; "" makes one at the first start
	Origins   []string     // browser origins that may open the stream, beside PublicURL's host
	KeyRate   int          // requests a second of each key, with bursts of twice as many; 0 is unbounded
	Logger    *slog.Logger // nil means nowhere
	Microsoft teams.App    // the operator's app registration with Microsoft; zero is none, and then no presence of Teams

	// MicrosoftApps are further app registrations by name ("gov"), for
	// directories whose organisation is in another cloud, or wants one of its own.
	MicrosoftApps map[string]teams.App

	presenceCycle time.Duration // between two rounds of polling; 0 is 5 s
	removalTick   time.Duration // how often removals are looked at; 0 is 10 s

	edge  edge             // zero means as in edge.withDefaults
	clock func() time.Time // of the provisioning log; nil is time.Now
}

func (c Config) withDefaults() (Config, error) {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	if c.DataDir == "" {
		c.DataDir = "data"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.KeyRate < 0 {
		return c, fmt.Errorf("key rate is %d; it must not be negative", c.KeyRate)
	}
	c.edge = c.edge.withDefaults()
	if c.removalTick == 0 {
		c.removalTick = 10 * time.Second
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.PublicURL == "" {
		return c, nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return c, errors.New("public URL must look like https://ringdex.example.com")
	}
	return c, nil
}

// shutdownTime bounds how long a stop may take.
const shutdownTime = 20 * time.Second

// A Server is one running Ringdex. Make it with Open, then Run it.
type Server struct {
	cfg      Config
	log      *slog.Logger
	listener net.Listener
	http     *fasthttp.Server

	plog     *pebblelog.Log
	registry *directory.Registry
	gate     *directory.Gate
	granter  *directory.Granter
	roster   *roster.Roster
	index    *index.Index
	plans    *dialplan.Store
	circle   circle.Ranking
	lookup   *lookup.Service
	people   people
	tracker  *presence.Tracker
	hub      *hub.Hub
	live     *wsock.Server
	scim     *scim.Service
	journal  *journal.Journal
	metrics  *metrics

	microsoft microsofts // empty if the operator has no app
	readers   readers
	syncs     syncTold

	identities *identity.Book
	deliveries deliveries

	stopping atomic.Bool
}

// Open takes the port, opens the log and rebuilds everything from it. The
// caller must Run the server, which closes all of it in the end.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, log: cfg.Logger}
	if s.listener, err = listen(ctx, cfg.Listen); err != nil {
		return nil, err
	}
	if s.cfg.PublicURL == "" {
		s.cfg.PublicURL = "http://" + s.listener.Addr().String()
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// listen takes the port.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s already: %w", address, syscall.EADDRINUSE)
	}
	return l, err
}

// open opens everything behind the listener.
func (s *Server) open(ctx context.Context) error {
	if err := s.openLog(ctx); err != nil {
		return err
	}
	s.metrics = newMetrics(s)
	var err error
	s.registry, err = directory.Open(ctx, s.plog, directory.Config{
		OperatorKey: s.cfg.AdminKey, ValidRegion: phone.ValidRegion, Visible: s.visible,
		Revoked: func(id string) { s.live.Revoke(id) }, Logger: s.log,
	})
	if err != nil {
		return err
	}
	s.gate = &directory.Gate{Registry: s.registry, PerSecond: s.cfg.KeyRate}
	s.granter = &directory.Granter{
		Gate: s.gate, Keys: oauth.NewKeyCache(oauth.KeyCacheConfig{}),
		Audiences: []string{s.cfg.PublicURL, s.cfg.PublicURL + oauth.TokenPath},
	}
	s.hub = hub.New(hub.Config{})
	if err := s.openFollowers(ctx); err != nil {
		return err
	}
	s.circle = circle.Ranking{Store: &circle.Store{Log: s.plog}, Calls: &circle.Calls{}}
	s.plans = &dialplan.Store{Log: s.plog, Visible: s.visible}
	s.people = people{s.index}
	s.tracker = presence.New(presence.Config{People: s.people, Watch: s.presenceChanged})
	s.lookup = &lookup.Service{
		Index: s.index, Presence: states{s.tracker}, ValidRegion: phone.ValidRegion, Circle: s.near,
		Observe: func(took time.Duration) { s.metrics.lookups.Observe(took.Seconds()) },
	}
	s.live, err = wsock.New(wsock.Config{
		Hub: s.hub, Auth: tokens{s.registry}, Directory: cards{s.lookup}, Agents: agentDesk{s.tracker}, Origins: s.origins(),
		Refuse: func(r *fasthttp.RequestCtx, status int, kind, detail string) {
			newProblem(status, kind, detail).write(r)
		},
		Closed: s.metrics.closed, DrainFor: s.cfg.edge.leave, ReconnectWithin: s.cfg.edge.back,
	})
	if err != nil {
		return err
	}
	if err := s.openMicrosoft(); err != nil { //nolint:contextcheck // Microsoft's keys are fetched for as long as the server lives
		return err
	}
	s.journal = s.newJournal()
	s.scim = scim.New(scim.Config{
		Log: s.plog, Registry: s.registry, Gate: s.gate, Roster: s.roster, Index: s.index, PublicURL: s.cfg.PublicURL, Logger: s.log,
		Journal: s.journal,
	})
	s.http = s.newHTTPServer(s.newRouter(s.routes())) //nolint:contextcheck // each request has a context of its own
	s.fillHub()
	s.tellSync()
	return nil
}

// openFollowers opens, side by side, what is read from the log at the start and
// follows it.
func (s *Server) openFollowers(ctx context.Context) error {
	tenants := s.tenantIDs()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		s.index, err = index.Open(ctx, s.plog, index.Config{
			TextDir: filepath.Join(s.cfg.DataDir, "text"), CheckpointDir: filepath.Join(s.cfg.DataDir, "index"), SpareBytes: s.plog.SpareBytes,
			Observe: s.contactsChanged, Logger: s.log,
		})
		return err
	})
	g.Go(func() (err error) {
		s.roster, err = roster.Open(s.plog, tenants)
		return err
	})
	g.Go(func() (err error) {
		s.identities, err = identity.Open(s.plog, tenants)
		return err
	})
	return g.Wait()
}

// openLog opens the log in the data folder, which it makes if it is not there.
func (s *Server) openLog(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	var err error
	s.plog, err = pebblelog.Open(ctx, pebblelog.Config{Dir: filepath.Join(s.cfg.DataDir, "log"), Logger: s.log})
	if errors.Is(err, stream.ErrLocked) {
		return fmt.Errorf("data folder %s belongs to another ringdex that is running: %w", s.cfg.DataDir, stream.ErrLocked)
	}
	if err != nil {
		return fmt.Errorf("data folder %s: %w", s.cfg.DataDir, err)
	}
	return nil
}

// visible waits until lookups and lists show a transaction.
func (s *Server) visible(ctx context.Context, tenant string, seq stream.Seq) error {
	if err := s.roster.Wait(ctx, seq); err != nil {
		return err
	}
	return s.index.Wait(ctx, tenant, seq)
}

func (s *Server) tenantIDs() []string {
	list := s.registry.Tenants()
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.ID
	}
	return ids
}

// origins lists the browser origins of the stream.
func (s *Server) origins() []string { return append([]string{s.cfg.PublicURL}, s.cfg.Origins...) }

// routes is the whole HTTP interface.
func (s *Server) routes() []route {
	var all []route
	for _, part := range [][]route{
		s.healthRoutes(),
		s.directoryRoutes(),
		s.groupRoutes(),
		s.schemaRoutes(),
		s.clientRoutes(),
		s.oauthRoutes(),
		s.eventRoutes(),
		s.keyRoutes(),
		s.planRoutes(),
		s.askRoutes(),
		s.agentRoutes(),
		s.presenceRoutes(),
		s.consentRoutes(),
		s.notificationRoutes(),
		s.webhookRoutes(),
		s.callRoutes(),
		s.streamRoutes(),
		s.browserRoutes(),
	} {
		all = append(all, part...)
	}
	return all
}

// Ready is what a caller of Run learns once requests are served.
type Ready struct {
	URL      string // where the server listens, "http://127.0.0.1:8080"
	FirstKey string // the operator's admin key if this start made it; shown only here
}

// Run serves until ctx ends, then stops in order: no new requests, streams
// told to come back later, requests under way answered, followers stopped, the
// log closed. It calls ready once, when requests are served; if ready returns
// an error, Run stops and returns it. After a stop that was asked for it
// returns nil.
func (s *Server) Run(ctx context.Context, ready func(Ready) error) error {
	// Parts outlive ctx until the requests under way have been answered.
	parts, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	g, parts := errgroup.WithContext(parts)
	for _, run := range []func(context.Context) error{
		s.registry.Run, s.roster.Run, s.index.Run, s.hub.Run, s.tracker.Run, s.live.Run, s.runExpiry, s.runMicrosoft, s.runRemovals, s.identities.Run,
	} {
		g.Go(func() error { return run(parts) })
	}
	g.Go(func() error { return s.http.Serve(s.listener) })
	g.Go(func() error {
		err := s.announce(parts, ready)
		if err == nil {
			select {
			case <-ctx.Done():
			case <-parts.Done():
			}
		}
		s.shutdown(parts)
		stopParts()
		return err
	})
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, s.close())
}

// announce makes the first key if there is none, and calls ready.
func (s *Server) announce(ctx context.Context, ready func(Ready) error) error {
	k, made, err := s.registry.FirstKey(ctx)
	if err != nil {
		return err
	}
	r := Ready{URL: "http://" + s.listener.Addr().String()}
	if made {
		r.FirstKey = k.Text()
	}
	if ready == nil {
		return nil
	}
	return ready(r)
}

// shutdown stops taking requests and waits for those under way.
func (s *Server) shutdown(ctx context.Context) {
	s.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	var g errgroup.Group
	g.Go(func() error { return s.live.Shutdown(ctx) })
	g.Go(func() error { return s.http.ShutdownWithContext(ctx) })
	if err := g.Wait(); err != nil {
		s.log.Warn("not everything ended in time", "error", err)
	}
	_ = s.listener.Close() // closed already, unless serving had not begun yet
}

// close releases what Open opened, as far as it got.
func (s *Server) close() error {
	var errs []error
	if s.index != nil {
		errs = append(errs, s.index.Close())
	}
	if s.plog != nil {
		errs = append(errs, s.plog.Close())
	}
	if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
