package streamclient

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream/streamclient/streamtest"
)

// begun is how a connection begins on which said is to be said again: pipes
// hold nothing, so the server reads before it answers.
func begun(subscribe, said string, more ...streamtest.Step) streamtest.Connection {
	return append(streamtest.Connection{
		streamtest.Hello("e1"), streamtest.Expect(subscribe),
		streamtest.Expect(`{"type":"presence.set","id":2,` + said + `}`),
		streamtest.Send(`{"type":"ack","id":2}`),
		streamtest.Send(`{"type":"snapshot","sub":"list","reset":true,"position":"e1:11","data":[]}`),
	}, more...)
}

// converse runs a client against a script while say speaks for the agent; the
// client ends when say has returned.
func converse(t *testing.T, change func(*Config), say func(ctx context.Context, c *Client), script ...streamtest.Connection) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // on the bubble's clock
	defer cancel()
	cfg := serve(t, streamtest.New(t, "secret", script...))
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg, &recorder{stop: cancel})
	if err != nil {
		t.Fatal(err)
	}
	var saying sync.WaitGroup
	saying.Go(func() {
		say(ctx, c)
		cancel()
	})
	defer saying.Wait()
	return c.Run(ctx)
}

func wait(ctx context.Context, c <-chan struct{}) {
	select {
	case <-c:
	case <-ctx.Done():
	}
}

func TestOwnPresenceIsSaidAgainUntilItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{})
		err := converse(t, nil, func(ctx context.Context, c *Client) {
			if err := c.SetPresence(ctx, &OwnPresence{Availability: "busy", Activity: "inACall", ExpiresIn: time.Hour}); err != nil {
				t.Errorf("said before there was a connection: %v", err)
			}
			wait(ctx, gone)
			if err := c.SetPresence(ctx, &OwnPresence{Availability: "away"}); err != nil {
				t.Errorf("said later: %v", err)
			}
			if err := c.SetPresence(ctx, nil); err != nil {
				t.Errorf("taken back: %v", err)
			}
		},
			begun(
				subscribeFresh, `"availability":"busy","activity":"inACall","expiresIn":3600`,
				streamtest.Call(func() { time.Sleep(10 * time.Second) }), //nolint:forbidigo // the clock is not a real one
				streamtest.Send(`{"type":"reconnect","afterMs":0}`),
				streamtest.Close(1012, "restart"),
			),
			begun(
				subscribeSince, `"availability":"busy","activity":"inACall","expiresIn":3590`,
				streamtest.Call(func() { close(gone) }),
				streamtest.Expect(`{"type":"presence.set","id":3,"availability":"away"}`),
				streamtest.Send(`{"type":"ack","id":3}`),
				streamtest.Expect(`{"type":"presence.set","id":4,"availability":null}`),
				streamtest.Send(`{"type":"ack","id":4}`),
				streamtest.AwaitClose(),
			),
		)
		if err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestRefusedPresenceIsNotSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		err := converse(t, nil, func(ctx context.Context, c *Client) {
			if err := c.SetPresence(ctx, &OwnPresence{Availability: "away"}); err != nil {
				t.Error(err)
			}
			err := c.SetPresence(ctx, &OwnPresence{Availability: "levitating"})
			if p, ok := errors.AsType[*Problem](err); !ok || p.Field != "availability" {
				t.Errorf("refused with %v", err)
			}
			wait(ctx, over)
		},
			begun(
				subscribeFresh, `"availability":"away"`,
				streamtest.Expect(`{"type":"presence.set","id":3,"availability":"levitating"}`),
				streamtest.Send(`{"type":"error","id":3,"error":{"type":"x","title":"Bad Request","status":400,"detail":"availability must be …","field":"availability"}}`),
				streamtest.Close(1012, "restart"),
			),
			begun(
				subscribeSince, `"availability":"away"`,
				streamtest.Call(func() { close(over) }),
				streamtest.AwaitClose(),
			),
		)
		if err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestPresenceWithoutAConnection(t *testing.T) {
	c, err := New(Config{URL: "http://127.0.0.1:1/v1/stream", Subscriptions: []Subscription{{Sub: "a"}}}, &recorder{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetPresence(t.Context(), nil); err != nil {
		t.Errorf("nothing to take back: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.SetPresence(ctx, &OwnPresence{Availability: "busy"}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := c.Run(t.Context()); err == nil {
		t.Error("connected to nobody")
	}
	if err := c.SetPresence(t.Context(), &OwnPresence{Availability: "busy"}); !errors.Is(err, ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}

func TestTicketIsGotForEachConnectionAndOnceMoreWhenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		script := streamtest.New(t, "secret",
			opening(streamtest.Close(4401, "key revoked")),
			streamtest.Connection{streamtest.Hello("e1"), streamtest.Expect(strings.Replace(subscribeSince, "e1:11", "e1:10", 1)), streamtest.Close(1012, "restart")},
		)
		cfg := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.URL.Query().Get("ticket")+r.Header.Get("Authorization"))
			r.Header.Set("Authorization", "Bearer secret")
			if len(seen) > 2 {
				r.Header.Set("Authorization", "Bearer old")
			}
			script.ServeHTTP(w, r)
		}))
		n := 0
		cfg.Ticket = func(context.Context) (string, error) {
			n++
			if n == 2 {
				return "", errors.New("not now")
			}
			return "t" + string(rune('0'+n)), nil
		}
		c, err := New(cfg, &recorder{})
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := errors.AsType[*HandshakeError](c.Run(t.Context())); !ok || e.Status != 401 {
			t.Errorf("it ended with %v", e)
		}
		if diff := cmp.Diff([]string{"t1", "t3", "t4", "t5"}, seen); diff != "" {
			t.Errorf("tickets (-want +got):\n%s", diff)
		}
	})
}
