// Package wsock is the edge of the hub: GET /v1/stream as a WebSocket with the
// subprotocol contacts.v1.json, or as server-sent events, and GET /v1/changes
// for those who poll, on the fasthttp server that serves everything else.
//
// It owns the connections: upgrade, who is at the other end, limits,
// heartbeats, close codes, shutdown. What there is to tell it takes from
// stream/hub as deltas and puts into messages; what a contact looks like it
// asks Directory; who a token belongs to it asks Authenticator. It refuses
// what is not the protocol with the close code or the error message written
// for it, and nothing a client sends makes it panic, wait for that client, or
// remember more than that client's subscriptions.
//
// Reading, and answering pings and closes, is the business of coder/websocket,
// on one goroutine a connection. Everything that is written goes through one
// pump for each connection, as whole prepared frames in non-blocking writes; a
// frame that many get is encoded, and compressed if it is long, once. Only while a socket is full does its
// connection have a second goroutine, which writes the rest. The hub's shards
// pump, and so never wait for anybody.
//
// What an agent says of itself with presence.set belongs to the connection and
// ends with it; Agents keeps it.
//
// fasthttp must run with KeepHijackedConns. Run is the clock for heartbeats
// and deadlines, and has one goroutine that asks live searches again; it
// returns when every connection's goroutine has.
package wsock

import (
	"cmp"
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/stream/hub"
)

// Subprotocol is the WebSocket subprotocol that clients must offer.
const Subprotocol = "contacts.v1.json"

// ScopeStream is the scope that a principal needs.
const ScopeStream = "stream"

// A Principal is who is at the other end of a connection.
type Principal struct {
	Tenant string   // whose contacts it sees
	Agent  string   // the agent whose connection it is, who sees own calls only; empty for a program's
	KeyID  string   // the key it came with, or that vouched for the agent; empty for an agent who signed in
	Scopes []string // "stream", …
}

// Can reports whether p has a scope.
func (p *Principal) Can(scope string) bool { return slices.Contains(p.Scopes, scope) }

// An Authenticator tells whom a token belongs to. Any error means that the
// token is not accepted; its text goes nowhere. It must be safe for concurrent
// use and must not retain ctx.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (Principal, error)
}

// A Directory renders and finds contacts. It must be safe for concurrent use
// and return soon.
type Directory interface {
	// Contact returns a contact as a JSON object, which is shared from then on
	// and must not be changed, or false if there is no such contact. It must
	// already have every change that the hub was told of. Presence is not part
	// of it: that is told for itself.
	Contact(tenant, id string) ([]byte, bool)
	// Search returns the ids of at most limit contacts that match q, the best
	// first.
	Search(tenant, q string, limit int) []string
}

// A Config sets up a Server. Hub, Auth and Directory are required; every other
// field has a default.
type Config struct {
	Hub       *hub.Hub
	Auth      Authenticator
	Directory Directory
	// Agents takes in presence.set. It may be nil: then that is refused.
	Agents Agents

	// Refuse answers an HTTP request that does not become a connection, with a
	// problem of kind "unauthenticated", "forbidden", "overloaded", … By
	// default it writes application/problem+json.
	Refuse func(ctx *fasthttp.RequestCtx, status int, kind, detail string)
	// Closed is told the close code of every connection that ends, 1006 if it
	// broke. It may be nil.
	Closed func(code Code)
	// Origins are the browser origins allowed beside the server's own host:
	// "https://console.example", or a pattern of hosts, "*.example". A request
	// without an Origin does not come from a browser and is allowed.
	Origins []string

	MessageBytes        int           // longest client message; 32 KiB
	Subscriptions       int           // for each connection; 16
	IDsPerSubscription  int           // 1,000
	IDs                 int           // of all subscriptions of a connection; 5,000
	CommandsPerSecond   int           // for each connection, sustained; 20
	CommandBurst        int           // 60
	Connections         int           // on this node; 50,000
	ConnectionsPerAgent int           // of one agent; 10. Programs have no such limit
	AcceptsPerSecond    int           // on this node; 1,000
	ConnectWithin       time.Duration // from the upgrade to a connect message; 5 s
	Heartbeat           time.Duration // a ping when nothing else was sent or heard; 25 s, spread by a tenth
	EventBeat           time.Duration // likewise, a comment in a stream of events; 15 s
	SearchEvery         time.Duration // how often live searches are asked again while contacts change; 500 ms
	DeadAfter           time.Duration // nothing heard for this long: closed; two heartbeats and 10 s
	StallAfter          time.Duration // one write does not get on for this long: closed; 10 s
	CloseWithin         time.Duration // for the peer to answer a close; 2 s
	PageEntries         int           // contacts in one message; 500
	PageBytes           int           // a message ends at about this size; 64 KiB
	SendBuffer          int           // bytes the kernel may hold for a slow reader; 64 KiB
	ReconnectWithin     time.Duration // over which clients are told to spread when the server stops; 30 s
	DrainFor            time.Duration // over which their connections are closed; 5 s
	PresenceGrace       time.Duration // what an agent set outlasts a broken connection by; 15 s
}

func (cfg Config) withDefaults() Config {
	orInt := func(v, d int) int { return cmp.Or(max(v, 0), d) }
	orTime := func(v, d time.Duration) time.Duration { return cmp.Or(max(v, 0), d) }
	cfg.MessageBytes = orInt(cfg.MessageBytes, 32<<10)
	cfg.Subscriptions = orInt(cfg.Subscriptions, 16)
	cfg.IDsPerSubscription = orInt(cfg.IDsPerSubscription, 1000)
	cfg.IDs = orInt(cfg.IDs, 5000)
	cfg.CommandsPerSecond = orInt(cfg.CommandsPerSecond, 20)
	cfg.CommandBurst = orInt(cfg.CommandBurst, 60)
	cfg.Connections = orInt(cfg.Connections, 50_000)
	cfg.ConnectionsPerAgent = orInt(cfg.ConnectionsPerAgent, 10)
	cfg.AcceptsPerSecond = orInt(cfg.AcceptsPerSecond, 1000)
	cfg.ConnectWithin = orTime(cfg.ConnectWithin, 5*time.Second)
	cfg.Heartbeat = orTime(cfg.Heartbeat, 25*time.Second)
	cfg.EventBeat = orTime(cfg.EventBeat, 15*time.Second)
	cfg.SearchEvery = orTime(cfg.SearchEvery, 500*time.Millisecond)
	cfg.DeadAfter = orTime(cfg.DeadAfter, 2*cfg.Heartbeat+10*time.Second)
	cfg.StallAfter = orTime(cfg.StallAfter, 10*time.Second)
	cfg.CloseWithin = orTime(cfg.CloseWithin, 2*time.Second)
	cfg.PageEntries = orInt(cfg.PageEntries, 500)
	cfg.PageBytes = orInt(cfg.PageBytes, 64<<10)
	cfg.SendBuffer = orInt(cfg.SendBuffer, 64<<10)
	cfg.ReconnectWithin = orTime(cfg.ReconnectWithin, 30*time.Second)
	cfg.DrainFor = orTime(cfg.DrainFor, 5*time.Second)
	cfg.PresenceGrace = orTime(cfg.PresenceGrace, 15*time.Second)
	if cfg.Refuse == nil {
		cfg.Refuse = refuse
	}
	if cfg.Closed == nil {
		cfg.Closed = func(Code) {}
	}
	return cfg
}

// ErrConfig says that a Config cannot be used.
var ErrConfig = errors.New("stream configuration")

func (cfg Config) validate() error {
	if cfg.Hub == nil || cfg.Auth == nil || cfg.Directory == nil {
		return errors.Join(ErrConfig, errors.New("hub, auth and directory are required"))
	}
	for _, pattern := range cfg.Origins {
		if _, err := path.Match(strings.ToLower(pattern), ""); err != nil {
			return errors.Join(ErrConfig, errors.New("origins: malformed pattern"))
		}
	}
	return nil
}

// A Server accepts and serves stream connections. Its methods are safe for
// concurrent use.
type Server struct {
	cfg      Config
	conns    registry
	clock    atomic.Int64 // the time in Unix nanoseconds, a tick late at most; kept by Run
	accepts  limiter
	cards    cards
	tickets  box
	searches followers

	messages  sync.Pool // of *bytes.Buffer, for reading
	outboxes  sync.Pool // of *outbox
	deflaters sync.Pool // of *deflater
}

// New returns a server that serves once its Run runs. It returns ErrConfig if
// cfg lacks something or an origin pattern is malformed.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg}
	s.conns.init()
	s.clock.Store(time.Now().UnixNano())
	s.accepts = newLimiter(cfg.AcceptsPerSecond, cfg.AcceptsPerSecond)
	s.cards.directory = cfg.Directory
	return s, nil
}

// Connections returns how many connections there are.
func (s *Server) Connections() int { return s.conns.len() }

// Revoke closes at once every connection that came with the key, with 4401.
// Call it after the Authenticator refuses the key.
func (s *Server) Revoke(keyID string) {
	s.conns.revocations.Add(1)
	for _, c := range s.conns.all() {
		if p := c.principal(); p != nil && keyID != "" && p.KeyID == keyID {
			c.close(CodeUnauthenticated, "key revoked")
		}
	}
}

// Warn tells every connection that came with the key that the key expires.
// Call it once, some time before.
func (s *Server) Warn(keyID string, in time.Duration) {
	for _, c := range s.conns.all() {
		if p := c.principal(); p != nil && keyID != "" && p.KeyID == keyID {
			c.sayExpiring(in)
		}
	}
}

// goodbyeTime is how long Run waits, for all connections together, until the
// close frames are on their way.
const goodbyeTime = 200 * time.Millisecond

// Run keeps time for the connections until ctx ends, then closes those that
// are left and returns when their goroutines have. Call Shutdown before to
// let clients go gently.
func (s *Server) Run(ctx context.Context) error {
	var following sync.WaitGroup
	following.Go(func() { s.follow(ctx) })
	defer following.Wait()
	least := min(s.cfg.Heartbeat, s.cfg.EventBeat, s.cfg.ConnectWithin, s.cfg.CloseWithin, 10*time.Second)
	tick := time.NewTicker(max(least/10, 5*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.conns.shut()
			left := s.conns.all()
			for _, c := range left {
				c.close(CodeGoingAway, "server stops")
			}
			until := time.Now().Add(goodbyeTime)
			for _, c := range left {
				c.pump.settle(until)
				c.hangUp()
			}
			s.conns.wg.Wait()
			return context.Cause(ctx)
		case now := <-tick.C:
			s.clock.Store(now.UnixNano())
			s.tickets.sweep(now)
			for _, c := range s.conns.all() {
				c.sweep(now)
			}
		}
	}
}

// Shutdown lets the connections go: no new ones, every client told when to
// come back, each at another moment, then closed with 1012 one after the
// other. It returns nil when all are gone. When ctx ends first, it cuts off
// those that are left and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.conns.shut()
	start := time.Now()
	for _, c := range s.conns.all() {
		c.sayReconnect(start)
	}
	tick := time.NewTicker(max(min(s.cfg.DrainFor/50, 50*time.Millisecond), time.Millisecond))
	defer tick.Stop()
	for s.conns.len() > 0 {
		select {
		case <-ctx.Done():
			for _, c := range s.conns.all() {
				c.hangUp()
			}
			return context.Cause(ctx)
		case now := <-tick.C:
			for _, c := range s.conns.all() {
				c.sweep(now)
			}
		}
	}
	return nil
}
