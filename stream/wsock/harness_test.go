package wsock

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/stream/hub"
)

// A rig is a server on a loopback socket with a directory and keys to fill.
type rig struct {
	*Server
	hub  *hub.Hub
	addr string
	stop func() // ends Run and waits for it

	mu       sync.Mutex
	tokens   map[string]Principal
	contacts map[string]string // JSON by id, of tenant t1
	closed   []Code
}

var errDenied = errors.New("denied")

func (r *rig) Authenticate(_ context.Context, token string) (Principal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.tokens[token]
	if !ok {
		return Principal{}, errDenied
	}
	return p, nil
}

func (r *rig) Contact(tenant, id string) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, ok := r.contacts[id]
	return []byte(text), ok && tenant == "t1"
}

// Search finds contacts whose JSON holds q.
func (r *rig) Search(_, q string, limit int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for id, text := range r.contacts {
		if strings.Contains(text, q) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(limit, len(ids))]
}

func (r *rig) revoke(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.tokens, token)
}

// put makes or changes a contact of tenant t1 and its hub entry.
func (r *rig) put(id, text, directory string, groups ...string) {
	r.mu.Lock()
	r.contacts[id] = text
	r.mu.Unlock()
	r.hub.Space("t1").PutContact(id, directory, groups)
}

func (r *rig) remove(id string) {
	r.mu.Lock()
	delete(r.contacts, id)
	r.mu.Unlock()
	r.hub.Space("t1").DeleteContact(id)
}

func (r *rig) presence(id, text string) { r.hub.Space("t1").SetPresence(id, []byte(text)) }

func (r *rig) codes() []Code {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.closed)
}

// newRig starts a server. change may alter its configuration. Everything is
// stopped, and seen to have stopped, at the end of the test.
func newRig(t testing.TB, change func(*Config)) *rig {
	t.Helper()
	return newRigOn(t, change, &fasthttp.Server{})
}

// newRigOn starts a server on what is to be its HTTP server.
func newRigOn(t testing.TB, change func(*Config), on *fasthttp.Server) *rig {
	t.Helper()
	r := &rig{
		hub:      hub.New(hub.Config{Epoch: "e1", FlushEvery: time.Millisecond}),
		contacts: map[string]string{},
		tokens: map[string]Principal{
			"key-1":   {Tenant: "t1", KeyID: "k1", Scopes: []string{"stream"}},
			"key-2":   {Tenant: "t2", KeyID: "k2", Scopes: []string{"stream"}},
			"lookup":  {Tenant: "t1", KeyID: "k3", Scopes: []string{"lookup"}},
			"agent-1": {Tenant: "t1", Agent: "a1", Scopes: []string{"stream"}},
		},
	}
	cfg := Config{
		Hub: r.hub, Auth: r, Directory: r,
		CloseWithin: 500 * time.Millisecond,
		Closed: func(code Code) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.closed = append(r.closed, code)
		},
	}
	if change != nil {
		change(&cfg)
	}
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = server
	on.Handler, on.KeepHijackedConns, on.ReadTimeout = server.Serve, true, 5*time.Second
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = on.Serve(listener) })
	wg.Go(func() { _ = r.hub.Run(ctx) })
	wg.Go(func() { _ = server.Run(ctx) })
	r.stop = sync.OnceFunc(func() {
		cancel()
		_ = listener.Close()
		if err := on.Shutdown(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("shutting down: %v", err)
		}
		wg.Wait()
	})
	t.Cleanup(r.stop)
	return r
}

// A peer is a client.
type peer struct {
	t    testing.TB
	ws   *websocket.Conn
	wait time.Duration
}

// dial opens a connection. token goes into the header if it is not empty.
func (r *rig) dial(t testing.TB, token string) *peer {
	t.Helper()
	p, _, err := r.tryDial(t, token, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A refusal is the answer to a handshake that failed.
type refusal struct {
	status     int
	retryAfter string
}

// tryDial opens a connection with options that change may alter.
func (r *rig) tryDial(t testing.TB, token string, change func(*websocket.DialOptions)) (*peer, refusal, error) {
	t.Helper()
	return dialURL(t, "ws://"+r.addr+"/v1/stream", token, change)
}

func dialURL(t testing.TB, url, token string, change func(*websocket.DialOptions)) (*peer, refusal, error) {
	t.Helper()
	opts := &websocket.DialOptions{Subprotocols: []string{Subprotocol}, HTTPHeader: http.Header{}}
	if token != "" {
		opts.HTTPHeader.Set("Authorization", "Bearer "+token)
	}
	if change != nil {
		change(opts)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ws, res, err := websocket.Dial(ctx, url, opts)
	if err != nil {
		var answer refusal
		if res != nil {
			answer = refusal{res.StatusCode, res.Header.Get("Retry-After")}
			_ = res.Body.Close()
		}
		return nil, answer, err
	}
	ws.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &peer{t: t, ws: ws, wait: 10 * time.Second}, refusal{}, nil
}

// open dials with a key and reads the hello.
func (r *rig) open(t testing.TB) *peer {
	t.Helper()
	p := r.dial(t, "key-1")
	p.want("hello")
	return p
}

func (p *peer) send(text string) {
	p.t.Helper()
	if err := p.ws.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatalf("sending: %v", err)
	}
}

// A msg is any message of the server.
type msg struct {
	Type     string         `json:"type"`
	ID       int64          `json:"id"`
	Sub      string         `json:"sub"`
	Reset    bool           `json:"reset"`
	More     *bool          `json:"more"`
	Position string         `json:"position"`
	Data     []entry        `json:"data"`
	Removed  []string       `json:"removed"`
	Created  []any          `json:"created"`
	Updated  []any          `json:"updated"`
	Deleted  []string       `json:"deleted"`
	CallID   string         `json:"callId"`
	State    string         `json:"state"`
	Error    *problem       `json:"error"`
	Limits   map[string]int `json:"limits"`
	Epoch    string         `json:"epoch"`
	AfterMs  *int           `json:"afterMs"`
	Text     string         `json:"-"`
}

type entry struct {
	ID       string `json:"id"`
	Presence any    `json:"presence"`
	Contact  any    `json:"contact"`
}

// read returns the next message that is no ping.
func (p *peer) read() (msg, error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.wait)
	defer cancel()
	for {
		kind, text, err := p.ws.Read(ctx)
		if err != nil {
			return msg{}, err
		}
		var m msg
		if err := json.Unmarshal(text, &m); err != nil || kind != websocket.MessageText {
			p.t.Fatalf("server sent %q: %v", text, err)
		}
		m.Text = string(text)
		if m.Type != "ping" {
			return m, nil
		}
	}
}

// want returns the next message, which must be of a type.
func (p *peer) want(kind string) msg {
	p.t.Helper()
	m, err := p.read()
	if err != nil {
		p.t.Fatalf("waiting for %s: %v", kind, err)
	}
	if m.Type != kind {
		p.t.Fatalf("got %s, want %s", m.Text, kind)
	}
	return m
}

// wantText checks the next message's text.
func (p *peer) wantText(text string) {
	p.t.Helper()
	m, err := p.read()
	if err != nil {
		p.t.Fatalf("waiting for %s: %v", text, err)
	}
	if diff := cmp.Diff(text, m.Text); diff != "" {
		p.t.Fatalf("message (-want +got):\n%s", diff)
	}
}

// wantClose reads until the connection ends, and checks how.
func (p *peer) wantClose(code Code) {
	p.t.Helper()
	for {
		_, err := p.read()
		if err == nil {
			continue
		}
		if got := websocket.CloseStatus(err); Code(got) != code {
			p.t.Fatalf("closed with %v (%v), want %d", got, err, code)
		}
		return
	}
}

// subscribe sends a subscription and reads its ack.
func (p *peer) subscribe(sub, topic, more string) {
	p.t.Helper()
	p.send(`{"type":"subscribe","id":7,"sub":"` + sub + `","topic":` + topic + more + `}`)
	p.wantText(`{"type":"ack","id":7,"sub":"` + sub + `"}`)
}
