// Package streamclient is a client of the live stream, protocol contacts.v1:
// it connects over WebSocket, subscribes, keeps a synchronised view of each
// subscription, answers heartbeats, and after a loss reconnects with full
// jitter and resumes where it was.
//
// It knows the envelopes of the protocol and nothing of what they carry:
// contacts, presence and calls are JSON that passes through. It decides when
// to connect again and when not to, by close code and status; what a refused
// subscription means is its caller's business. A Client runs on the goroutine
// that calls Run and starts others only to end a connection; they have
// returned when Run does.
package streamclient

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"
)

// Subprotocol is the WebSocket subprotocol that the client speaks.
const Subprotocol = "contacts.v1.json"

// A Config describes a client. URL and Subscriptions are required.
type Config struct {
	// URL is the address of the stream, "https://ringdex.example/v1/stream";
	// http, https, ws and wss are accepted.
	URL string
	// Token is the API key, sent as a bearer token with the upgrade. It must
	// have the scope stream. Empty sends none.
	Token string
	// Ticket, in place of Token, gets a ticket for each connection, for one who
	// must not hold a key or speaks for an agent. An error counts as a
	// connection that was lost. It may be nil.
	Ticket func(ctx context.Context) (string, error)
	// HTTPClient makes the upgrade request. Default: http.DefaultClient.
	HTTPClient *http.Client
	// Subscriptions are made on every connection, in this order.
	Subscriptions []Subscription
	// MaxMessageBytes bounds one message from the server. Default 16 MiB: the
	// server splits what is large into pages far below that.
	MaxMessageBytes int64
	// Backoff says how long to wait between attempts.
	Backoff Backoff
}

// A Handler is told what happens, on the goroutine of Run, one call at a time.
// It should return soon: while it runs nothing is read, and a server closes
// the connection of a client that stops reading.
type Handler interface {
	// Connected is called for each connection, once the server has greeted.
	Connected(Hello)
	// Message is called for each message but hello and ping, after it was
	// applied to its view; changes are what it changed there. An error ends
	// Run, which returns it.
	Message(m Message, changes []Change) error
	// Disconnected is called when a connection is lost and will be tried
	// again after retryIn.
	Disconnected(err error, retryIn time.Duration)
}

// A Client keeps subscriptions alive over as many connections as that takes.
// It is used by one goroutine, the one that calls Run, but for SetPresence.
type Client struct {
	cfg     Config
	subs    []*subscribed
	syncs   map[string]Sync
	own     own
	denied  bool // the last ticket was refused; owned by Run
	delays  backoff
	handler Handler
}

// subscribed is a subscription with its view and the id of its last command.
type subscribed struct {
	Subscription
	view    View
	command int64
}

// New returns a client. It returns an error if the configuration is not
// usable; it does not connect.
func New(cfg Config, handler Handler) (*Client, error) {
	if len(cfg.Subscriptions) == 0 {
		return nil, errors.New("no subscriptions")
	}
	if cfg.MaxMessageBytes <= 0 {
		cfg.MaxMessageBytes = 16 << 20
	}
	c := &Client{cfg: cfg, handler: handler, delays: newBackoff(cfg.Backoff, rand.Float64)}
	seen := make(map[string]bool)
	for _, s := range cfg.Subscriptions {
		if s.Sub == "" || seen[s.Sub] {
			return nil, fmt.Errorf("subscription names must be unique and not empty: %q", s.Sub)
		}
		seen[s.Sub] = true
		c.subs = append(c.subs, &subscribed{Subscription: s})
	}
	return c, nil
}

// View returns the view of a subscription, or nil if there is none or the
// server ended it. It may be read only from the Handler's methods, and after
// Run has returned.
func (c *Client) View(sub string) *View {
	if s := c.find(sub); s != nil {
		return &s.view
	}
	return nil
}

// Syncs returns how the presence of each directory of the tenant that has a
// source is kept current, by directory, as far as the present connection was
// told. It belongs to the client and may be read only where a View may.
func (c *Client) Syncs() map[string]Sync { return c.syncs }

func (c *Client) find(sub string) *subscribed {
	for _, s := range c.subs {
		if s.Sub == sub {
			return s
		}
	}
	return nil
}

// Run connects and stays connected until ctx ends; then it says goodbye to the
// server and returns nil. It returns an error when trying again cannot help:
// the first connection could not be made at all (*DialError), the server
// refused the upgrade for good (*HandshakeError) or closed with a code that
// means so (*CloseError), or the handler returned one.
func (c *Client) Run(ctx context.Context) error {
	defer c.own.end()
	for first := true; !ended(ctx); first = false {
		started := time.Now()
		lost := c.connection(ctx)
		if ended(ctx) {
			break
		}
		if err := c.afterLoss(ctx, lost, time.Since(started), first); err != nil {
			return err
		}
	}
	return nil
}

func ended(ctx context.Context) bool { return ctx.Err() != nil }

// afterLoss waits until it is time to connect again, or returns an error if
// that cannot help. err is how a connection ended that lasted a while.
func (c *Client) afterLoss(ctx context.Context, err error, lasted time.Duration, first bool) error {
	if handled, ok := errors.AsType[*handlerError](err); ok {
		return handled.error
	}
	denied := c.cfg.Ticket != nil && unauthorized(err)
	switch {
	case denied && !c.denied: // the next ticket may be good
		c.denied = true
	case final(err), first && isDialError(err):
		return err
	}
	wait := c.delays.next(err, lasted)
	c.handler.Disconnected(err, wait)
	sleep(ctx, wait)
	return nil
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// A handlerError carries the handler's own error out of a connection.
type handlerError struct{ error }

// dial upgrades to WebSocket.
func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	header, address := http.Header{}, c.cfg.URL
	switch {
	case c.cfg.Ticket != nil:
		ticket, err := c.cfg.Ticket(ctx)
		if err != nil {
			return nil, fmt.Errorf("ticket: %w", err)
		}
		if address, err = withTicket(address, ticket); err != nil {
			return nil, err
		}
	case c.cfg.Token != "":
		header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	ws, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		HTTPClient: c.cfg.HTTPClient, HTTPHeader: header, Subprotocols: []string{Subprotocol},
	})
	if err != nil {
		return nil, handshakeError(resp, err)
	}
	if ws.Subprotocol() != Subprotocol {
		_ = ws.Close(websocket.StatusProtocolError, "subprotocol")
		return nil, &HandshakeError{Status: http.StatusSwitchingProtocols, Title: "the server does not speak " + Subprotocol}
	}
	ws.SetReadLimit(c.cfg.MaxMessageBytes)
	return ws, nil
}

// withTicket returns the address at which a ticket is redeemed.
func withTicket(address, ticket string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("ticket", ticket)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

const handshakeTimeout = 15 * time.Second
