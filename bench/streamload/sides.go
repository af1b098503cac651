package streamload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/stream/hub"
	"github.com/ringdex/ringdex/stream/wsock"
)

// A side is something that tells a crowd of changes.
type side interface {
	// way returns how agents connect.
	way() *way
	// tell makes changes of so many contacts, each of which every agent must be
	// told of once. They are marked with the present time.
	tell(ctx context.Context, contacts int) error
	// close ends the side and waits for what it started.
	close() error
}

// tenant and topic are what the agents of the Ringdex side see.
const (
	tenant    = "bench"
	directory = "d1"
	epoch     = "bench"
)

// presenceOf returns a presence, marked with the present time.
func presenceOf(now time.Time) []byte {
	out := append(make([]byte, 0, 192), `{"availability":"busy","activity":"inACall","statusMessage":"`...)
	out = appendMark(out, now)
	return append(out, `","outOfOffice":false,"source":"microsoftTeams","asOf":"2026-08-21T10:00:00.120Z","stale":false}`...)
}

// A ringdex is the hub and its edge, as in the server, on a loopback port.
type ringdex struct {
	hub   *hub.Hub
	space *hub.Space
	edge  *wsock.Server
	where net.Listener
	end   func() error
}

// newRingdex starts the hub and its edge. flushEvery is the hub's: 0 is what
// the server has.
func newRingdex(ctx context.Context, contacts int, flushEvery time.Duration) (*ringdex, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &ringdex{hub: hub.New(hub.Config{Epoch: epoch, FlushEvery: flushEvery}), where: listener}
	r.space = r.hub.Space(tenant)
	for i := range contacts {
		r.space.PutContact(contactID(i), directory, nil)
	}
	r.edge, err = wsock.New(wsock.Config{
		Hub: r.hub, Auth: anybody{}, Directory: nobody{}, AcceptsPerSecond: 1_000_000,
		DeadAfter: time.Hour, // agents only listen
	})
	if err != nil {
		return nil, err
	}
	web := &fasthttp.Server{Handler: r.edge.Serve, KeepHijackedConns: true, ReadBufferSize: 16 << 10, NoDefaultContentType: true}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { _ = web.Serve(listener) }) // ends with the listener
	wg.Go(func() { _ = r.hub.Run(running) })
	wg.Go(func() { _ = r.edge.Run(running) })
	r.end = func() error {
		stop()
		err := listener.Close()
		wg.Wait()
		return err
	}
	return r, nil
}

func contactID(i int) string { return "contact-" + strconv.Itoa(i) }

// anybody lets everybody in.
type anybody struct{}

// Authenticate implements wsock.Authenticator.
func (anybody) Authenticate(context.Context, string) (wsock.Principal, error) {
	return wsock.Principal{Tenant: tenant, KeyID: "k", Scopes: []string{wsock.ScopeStream}}, nil
}

// nobody is a directory that is not asked: presence alone is watched.
type nobody struct{}

// Contact implements wsock.Directory.
func (nobody) Contact(string, string) ([]byte, bool) { return nil, false }

// Search implements wsock.Directory.
func (nobody) Search(string, string, int) []string { return nil }

func (r *ringdex) way() *way { return streamWay(r.where.Addr().String(), "any", directory) }

// streamWay is how agents of Ringdex connect.
func streamWay(address, token, directory string) *way {
	return &way{
		Address: address, Path: "/v1/stream",
		Header: "Sec-WebSocket-Protocol: " + wsock.Subprotocol + "\r\nAuthorization: Bearer " + token + "\r\n",
		Hello:  `{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"directory","directoryId":` + strconv.Quote(directory) + `}}`,
		Ready:  `"more":false}`,
	}
}

func (r *ringdex) tell(_ context.Context, contacts int) error {
	now := time.Now()
	for i := range contacts {
		r.space.SetPresence(contactID(i), presenceOf(now))
	}
	return nil
}

func (r *ringdex) close() error { return r.end() }

// A raw is the ceiling: the same bytes, written to each socket in turn by as
// many goroutines as the hub has shards. It knows nobody's place, and waits for
// whoever is slow.
type raw struct {
	where  net.Listener
	shards int

	mu    sync.Mutex // guards conns
	conns []net.Conn
	ended sync.WaitGroup
}

func newRaw(ctx context.Context, shards int) (*raw, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &raw{where: listener, shards: shards}
	r.ended.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.conns = append(r.conns, conn)
			r.mu.Unlock()
		}
	})
	return r, nil
}

func (r *raw) way() *way { return &way{Address: r.where.Addr().String()} }

func (r *raw) tell(_ context.Context, contacts int) error {
	out := []byte{0x81, 126, 0, 0}
	out = append(out, `{"type":"changes","sub":"s","data":[`...)
	for i := range contacts {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"id":"`+contactID(i)+`","presence":`...)
		out = append(append(out, presenceOf(time.Now())...), '}')
	}
	out = append(out, `],"position":"`+epoch+`:1000000"}`...)
	r.mu.Lock()
	defer r.mu.Unlock()
	errs := make([]error, r.shards)
	var wg sync.WaitGroup
	for s := range r.shards {
		wg.Go(func() {
			for i := s; i < len(r.conns) && errs[s] == nil; i += r.shards {
				_, errs[s] = r.conns[i].Write(out)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (r *raw) close() error {
	err := r.where.Close()
	r.ended.Wait()
	for _, c := range r.conns {
		_ = c.Close() // the agents have gone
	}
	return err
}

// A nats is nats-server with its WebSocket, in this process. An update of one
// contact is one message, for it has no other way.
type nats struct {
	srv  *server.Server
	feed net.Conn
}

// natsReady is how long nats-server may take to start.
const natsReady = 10 * time.Second

func newNATS(ctx context.Context) (*nats, error) {
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, MaxConn: 1_000_000,
		Websocket: server.WebsocketOpts{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoTLS: true},
	})
	if err != nil {
		return nil, err
	}
	srv.Start()
	n := &nats{srv: srv}
	if !srv.ReadyForConnections(natsReady) {
		return nil, errors.Join(errors.New("nats-server does not start"), n.close())
	}
	if n.feed, err = (&net.Dialer{}).DialContext(ctx, "tcp", srv.Addr().String()); err != nil {
		return nil, errors.Join(err, n.close())
	}
	if _, err := io.WriteString(n.feed, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *nats) way() *way {
	u, err := url.Parse(n.srv.WebsocketURL())
	if err != nil {
		u = &url.URL{} // dialling it says so
	}
	return &way{
		Address: u.Host, Path: "/", Binary: true,
		Hello: "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB presence 1\r\nPING\r\n", Ready: "PONG\r\n",
	}
}

func (n *nats) tell(_ context.Context, contacts int) error {
	var out []byte
	for i := range contacts {
		body := append([]byte(`{"id":"`+contactID(i)+`","presence":`), presenceOf(time.Now())...)
		out = append(out, fmt.Sprintf("PUB presence %d\r\n", len(body)+1)...)
		out = append(append(out, body...), "}\r\n"...)
	}
	_, err := n.feed.Write(out)
	return err
}

func (n *nats) close() error {
	if n.feed != nil {
		_ = n.feed.Close()
	}
	n.srv.Shutdown()
	n.srv.WaitForShutdown()
	return nil
}
