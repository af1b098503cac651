package streamclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

const (
	writeTimeout = 10 * time.Second
	helloTimeout = 15 * time.Second
	// goodbye is how long the server may take to answer a close.
	goodbye = time.Second
)

// A connection is one WebSocket, from the upgrade to its end.
type connection struct {
	client  *Client
	ws      *websocket.Conn
	command atomic.Int64 // id of the last command
	// silence is how long a live server may say nothing. A server pings in
	// messages, so that nothing at all means that it is gone.
	silence time.Duration
	// afterMs is the server's wish from a reconnect message, or -1.
	afterMs int64
}

// connection makes one connection and serves it until it ends. It returns why
// it ended, never nil.
func (c *Client) connection(ctx context.Context) error {
	ws, err := c.dial(ctx)
	if err != nil {
		return err
	}
	conn := &connection{client: c, ws: ws, silence: helloTimeout, afterMs: -1}
	// Reading goes on while ctx's end is said to the server, so that its
	// answer is read; then the reading ends, too.
	reading, cancel := context.WithCancel(context.WithoutCancel(ctx))
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		limit := time.AfterFunc(goodbye, cancel)
		defer limit.Stop()
		_ = ws.Close(websocket.StatusNormalClosure, "")
	})
	err = conn.serve(reading)
	if !stop() {
		<-closed
	}
	cancel()
	_ = ws.CloseNow()
	c.own.disconnected()
	for _, s := range c.subs {
		s.view.abandon()
	}
	if conn.afterMs >= 0 {
		return &reconnectError{after: time.Duration(conn.afterMs) * time.Millisecond, error: err}
	}
	return err
}

// serve greets, subscribes and handles messages until an error.
func (c *connection) serve(ctx context.Context) error {
	hello, err := c.hello(ctx)
	if err != nil {
		return err
	}
	c.client.denied = false
	c.client.syncs = map[string]Sync{}
	c.client.handler.Connected(hello)
	for _, s := range c.client.subs {
		if err := c.subscribe(ctx, s); err != nil {
			return err
		}
	}
	if err := c.client.own.connected(ctx, c); err != nil {
		return err
	}
	for {
		m, err := c.read(ctx)
		if err != nil {
			return err
		}
		if err := c.handle(ctx, m); err != nil {
			return err
		}
	}
}

// maxBeforeHello bounds what a server may say before it greets.
const maxBeforeHello = 8

// hello waits for the server's greeting. A server that refuses the session
// says so in an error message and then closes with the code that counts.
func (c *connection) hello(ctx context.Context) (Hello, error) {
	for range maxBeforeHello {
		m, err := c.read(ctx)
		if err != nil {
			return Hello{}, err
		}
		if m.Type != typeHello {
			continue
		}
		var h Hello
		if err := json.Unmarshal(m.Raw, &h); err != nil {
			return Hello{}, fmt.Errorf("malformed hello: %w", err)
		}
		c.silence = silenceAfter(h)
		return h, nil
	}
	return Hello{}, errors.New("the server did not greet")
}

// silenceAfter returns how long a server that sent h may say nothing: two
// heartbeats and ten seconds.
func silenceAfter(h Hello) time.Duration {
	const fallback, longest = 25_000, 3_600_000
	ms := h.HeartbeatMs
	if ms <= 0 {
		ms = fallback
	}
	return 2*time.Duration(min(ms, longest))*time.Millisecond + 10*time.Second
}

// subscribe makes a subscription, or resumes it where its view stands.
func (c *connection) subscribe(ctx context.Context, s *subscribed) error {
	s.command = c.command.Add(1)
	return c.write(ctx, subscribe{
		Type: "subscribe", ID: s.command, Sub: s.Sub, Topic: s.Topic, Fields: s.Fields, Since: s.view.Position(),
	})
}

func (c *connection) handle(ctx context.Context, m Message) error {
	switch m.Type {
	case typePing:
		return c.write(ctx, pong{Type: "pong"})
	case typeReconnect:
		c.afterMs = max(m.AfterMs, 0)
	case typeSync:
		c.client.synced(m.Sync)
	case typeAck, typeError:
		c.client.own.answered(m)
	}
	var changes []Change
	if s := c.client.find(m.Sub); s != nil {
		changes = s.view.Apply(m)
		if m.Type == typeError && (m.ID == s.command || m.ID == 0) {
			c.client.drop(s)
		}
	}
	if err := c.client.handler.Message(m, changes); err != nil {
		return &handlerError{err}
	}
	return nil
}

// synced notes how the presence of a directory is kept current.
func (c *Client) synced(s Sync) {
	if s.State == "off" {
		delete(c.syncs, s.DirectoryID)
		return
	}
	c.syncs[s.DirectoryID] = s
}

// drop forgets a subscription that the server refused or ended: asking for it
// again would be refused again.
func (c *Client) drop(s *subscribed) {
	for i := range c.subs {
		if c.subs[i] == s {
			c.subs = append(c.subs[:i:i], c.subs[i+1:]...)
			return
		}
	}
}

func (c *connection) read(ctx context.Context) (Message, error) {
	limited, cancel := context.WithTimeout(ctx, c.silence)
	defer cancel()
	kind, raw, err := c.ws.Read(limited)
	if err != nil {
		return Message{}, readError(err, limited.Err() != nil && ctx.Err() == nil, c.silence)
	}
	if kind != websocket.MessageText {
		_ = c.ws.Close(websocket.StatusUnsupportedData, "")
		return Message{}, errors.New("the server sent a binary message")
	}
	return decode(raw)
}

// readError says why reading ended: the server's close, its silence, or the
// network.
func readError(err error, silent bool, silence time.Duration) error {
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		return &CloseError{Code: int(closed.Code), Reason: closed.Reason}
	}
	if silent {
		return fmt.Errorf("the server said nothing for %v", silence)
	}
	return err
}

func (c *connection) write(ctx context.Context, command any) error {
	text, err := json.Marshal(command)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, text)
}
