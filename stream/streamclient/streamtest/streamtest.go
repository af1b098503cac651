// Package streamtest is a server of the live stream for tests of its clients:
// it plays a script, one list of steps for each connection, and reports to the
// test whatever the client does differently.
//
// It checks the upgrade as the real server does, and nothing of the protocol
// beyond the script. Each connection is served on the goroutine of its HTTP
// request.
package streamtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience bounds each step, so that a client that does nothing fails its test
// instead of hanging it.
const patience = 20 * time.Second

// A Step is one thing the server does or waits for.
type Step func(ctx context.Context, ws *websocket.Conn) error

// A Connection is the script of one connection. After its last step the
// server drops the connection without a word.
type Connection []Step

// A Server plays a script. It is an http.Handler, safe for concurrent use.
type Server struct {
	t      testing.TB
	token  string
	script []Connection
	next   atomic.Int64 // index of the next connection's script
}

// New returns a server that expects the bearer token and plays one script for
// each connection in turn; more connections than that get status 503.
func New(t testing.TB, token string, script ...Connection) *Server {
	return &Server{t: t, token: token, script: script}
}

// Connections returns how many connections were asked for.
func (s *Server) Connections() int { return int(s.next.Load()) }

// ServeHTTP upgrades a request and plays the next script.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := int(s.next.Add(1)) - 1
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		refuse(w, http.StatusUnauthorized, "Unauthorized", "unknown or revoked key")
		return
	}
	if n >= len(s.script) {
		refuse(w, http.StatusServiceUnavailable, "Unavailable", "the script is over")
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"contacts.v1.json"}})
	if err != nil {
		s.t.Errorf("connection %d: %v", n+1, err)
		return
	}
	defer func() { _ = ws.CloseNow() }()
	for i, step := range s.script[n] {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		err := step(ctx, ws)
		cancel()
		if err != nil {
			s.t.Errorf("connection %d, step %d: %v", n+1, i+1, err)
			return
		}
	}
}

func refuse(w http.ResponseWriter, status int, title, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": title, "status": status, "detail": detail})
}

// Send sends one message.
func Send(message string) Step {
	return func(ctx context.Context, ws *websocket.Conn) error {
		return ws.Write(ctx, websocket.MessageText, []byte(message))
	}
}

// SendBinary sends one binary message, which the protocol does not have.
func SendBinary(message []byte) Step {
	return func(ctx context.Context, ws *websocket.Conn) error {
		return ws.Write(ctx, websocket.MessageBinary, message)
	}
}

// Hello greets the client with an epoch and a heartbeat of 25 s.
func Hello(epoch string) Step {
	return Send(fmt.Sprintf(`{"type":"hello","session":"s-1","epoch":%q,"heartbeatMs":25000,"resume":true}`, epoch))
}

// Expect reads one message, which must be the same JSON as want.
func Expect(want string) Step {
	return func(ctx context.Context, ws *websocket.Conn) error {
		_, got, err := ws.Read(ctx)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", want, err)
		}
		var a, b any
		if err := json.Unmarshal([]byte(want), &a); err != nil {
			return fmt.Errorf("the script is malformed: %w", err)
		}
		if json.Unmarshal(got, &b) != nil || !reflect.DeepEqual(a, b) {
			return fmt.Errorf("the client sent %s, want %s", got, want)
		}
		return nil
	}
}

// Close closes the connection with a code, 1000 or above.
func Close(code int, reason string) Step {
	return func(_ context.Context, ws *websocket.Conn) error {
		return ws.Close(websocket.StatusCode(code), reason)
	}
}

// AwaitClose waits for the client to say goodbye with code 1000.
func AwaitClose() Step { return ExpectClose(int(websocket.StatusNormalClosure)) }

// ExpectClose waits for the client to close the connection with a code.
func ExpectClose(code int) Step {
	return func(ctx context.Context, ws *websocket.Conn) error {
		_, got, err := ws.Read(ctx)
		if err == nil {
			return fmt.Errorf("the client sent %s instead of closing", got)
		}
		if int(websocket.CloseStatus(err)) != code {
			return fmt.Errorf("the client ended with %w instead of code %d", err, code)
		}
		return nil
	}
}

// Call runs f, for tests that do something at that point of the script.
func Call(f func()) Step {
	return func(context.Context, *websocket.Conn) error {
		f()
		return nil
	}
}
