package streamclient

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream/streamclient/streamtest"
)

// The subscribe commands that the configuration of serve makes.
const (
	subscribeFresh = `{"type":"subscribe","id":1,"sub":"list","topic":{"kind":"directory","directoryId":"d1"},"fields":"both"}`
	subscribeSince = `{"type":"subscribe","id":1,"sub":"list","topic":{"kind":"directory","directoryId":"d1"},"fields":"both","since":"e1:11"}`
)

// opening is how a first connection begins: two members, complete at e1:10.
func opening(more ...streamtest.Step) streamtest.Connection {
	return append(streamtest.Connection{
		streamtest.Hello("e1"),
		streamtest.Expect(subscribeFresh),
		streamtest.Send(`{"type":"ack","id":1,"sub":"list"}`),
		streamtest.Send(`{"type":"snapshot","sub":"list","reset":true,"more":true,"data":[{"id":"a","presence":1,"contact":{"n":1}}]}`),
		streamtest.Send(`{"type":"snapshot","sub":"list","position":"e1:10","data":[{"id":"b","presence":null}]}`),
	}, more...)
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the handler was told (-want +got):\n%s", diff)
	}
}

func TestSnapshotThenChangesThenGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines, c, err := play(t, "call", nil, opening(
			streamtest.Send(`{"type":"changes","sub":"list","position":"e1:11","data":[{"id":"a","presence":2}],"removed":["b","x"]}`),
			streamtest.Send(`{"type":"contacts","sub":"list","position":"e1:12","created":[{"id":"c"}],"updated":[{"id":"a","n":2}],"deleted":["x"]}`),
			streamtest.Send(`{"type":"changes","sub":"other","position":"e1:13","data":[{"id":"a","presence":9}]}`),
			streamtest.Send(`{"type":"call","callId":"k1","sub":"list","position":"e1:14"}`),
			streamtest.AwaitClose(),
		))
		if err != nil {
			t.Errorf("Run = %v, want nil after the context ended", err)
		}
		wantLines(t, lines,
			"connected e1", "ack",
			`snapshot a:->1{"n":1}!`, "snapshot b:->null!",
			`changes a:1{"n":1}>2{"n":1} b:null>-`,
			`contacts c:->{"id":"c"} a:2{"n":1}>2{"id":"a","n":2}`,
			"changes", "call",
		)
		if got := c.View("list").Position(); got != "e1:14" {
			t.Errorf("position = %q, want that of the last message of the view", got)
		}
	})
}

func TestSyncsAreThoseOfTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sync := func(id, state string) streamtest.Step {
			return streamtest.Send(`{"type":"presence.sync","directoryId":"` + id + `","state":"` + state + `","detail":"x"}`)
		}
		_, c, err := play(t, "call", nil,
			opening(sync("d1", "ok"), sync("d2", "degraded"), sync("d3", "ok"), streamtest.Close(1012, "restart")),
			streamtest.Connection{
				streamtest.Hello("e1"), streamtest.Expect(strings.Replace(subscribeSince, "e1:11", "e1:10", 1)),
				sync("d1", "revoked"), sync("d3", "ok"), sync("d3", "off"),
				streamtest.Send(`{"type":"call","callId":"k1","sub":"list"}`), streamtest.AwaitClose(),
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]Sync{"d1": {"d1", "revoked", "x"}}, c.Syncs()); diff != "" {
			t.Errorf("syncs (-want +got):\n%s", diff)
		}
	})
}

func TestResumeAsksForWhatChangedSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines, _, err := play(t, "a:2", nil,
			opening(
				streamtest.Send(`{"type":"changes","sub":"list","position":"e1:11","data":[{"id":"b","presence":5}]}`),
				streamtest.Close(1012, "restart"),
			),
			streamtest.Connection{
				streamtest.Hello("e1"),
				streamtest.Expect(subscribeSince),
				streamtest.Send(`{"type":"changes","sub":"list","position":"e1:12","data":[{"id":"a","presence":2},{"id":"b","presence":5}]}`),
				streamtest.Send(`{"type":"changes","sub":"list","position":"e1:13","data":[{"id":"a","presence":3}]}`),
				streamtest.AwaitClose(),
			},
		)
		if err != nil {
			t.Error(err)
		}
		wantLines(t, lines[4:6], "changes b:null>5", "disconnected: the server closed the stream: restart (code 1012)")
		wantLines(t, lines[6:8], "connected e1", `changes a:1{"n":1}>2{"n":1}`)
	})
}

func TestResetAfterRestartReportsDifferencesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines, c, _ := play(t, "a:1", nil,
			opening(streamtest.Close(1001, "")),
			streamtest.Connection{
				streamtest.Hello("e2"),
				streamtest.Expect(strings.Replace(subscribeSince, "e1:11", "e1:10", 1)),
				streamtest.Send(`{"type":"snapshot","sub":"list","reset":true,"more":true,"data":[{"id":"c","presence":7}]}`),
				streamtest.Send(`{"type":"snapshot","sub":"list","position":"e2:3","data":[{"id":"a","presence":4,"contact":{"n":1}}]}`),
				streamtest.AwaitClose(),
			},
		)
		wantLines(t, lines[len(lines)-2:], "snapshot c:->7", `snapshot a:1{"n":1}>4{"n":1} b:null>-`)
		if v := c.View("list"); v.Len() != 2 || v.Position() != "e2:3" {
			t.Errorf("view has %d members at %q", v.Len(), v.Position())
		}
	})
}

func TestInterruptedSnapshotIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines, _, _ := play(t, "b:->3", nil,
			streamtest.Connection{
				streamtest.Hello("e1"),
				streamtest.Expect(subscribeFresh),
				streamtest.Send(`{"type":"snapshot","sub":"list","reset":true,"more":true,"data":[{"id":"a","presence":1},{"id":"z","presence":1}]}`),
				streamtest.Send(`{"type":"changes","sub":"list","position":"e1:9","data":[{"id":"a","presence":2}]}`),
			},
			streamtest.Connection{
				streamtest.Hello("e1"),
				streamtest.Expect(subscribeFresh),
				streamtest.Send(`{"type":"snapshot","sub":"list","reset":true,"position":"e1:10","data":[{"id":"a","presence":2},{"id":"b","presence":3}]}`),
				streamtest.AwaitClose(),
			},
		)
		wantLines(t, lines[len(lines)-1:], "snapshot b:->3! z:1>-!")
	})
}

func TestPingIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, err := play(t, "call", nil, opening(
			streamtest.Send(`{"type":"ping"}`),
			streamtest.Expect(`{"type":"pong"}`),
			streamtest.Send(`{"type":"call"}`),
			streamtest.AwaitClose(),
		))
		if err != nil {
			t.Error(err)
		}
	})
}

func TestSilentServerIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		hang := func() { <-time.After(61 * time.Second) }
		lines, _, _ := play(t, "disconnected", nil, opening(streamtest.Call(hang)))
		wantLines(t, lines[len(lines)-1:], "disconnected: the server said nothing for 1m0s")
		if waited := time.Since(started); waited < time.Minute {
			t.Errorf("gave up after %v", waited)
		}
	})
}

func TestServerThatNeverAnswersAGoodbyeDoesNotHoldTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		_, _, err := play(t, "call", nil, opening(
			streamtest.Send(`{"type":"call"}`),
			streamtest.Call(func() { <-time.After(15 * time.Second) }),
		))
		if waited := time.Since(started); err != nil || waited > 16*time.Second {
			t.Errorf("Run = %v after %v", err, waited)
		}
	})
}

func TestCloseCodesDecideWhetherToComeBack(t *testing.T) {
	for code, back := range map[int]bool{
		1000: false, 1001: true, 1002: false, 1003: false, 1007: false, 1009: false, 1011: true, 1012: true, 1013: true,
		4400: false, 4401: false, 4403: false, 4406: false, 4408: true, 4409: false, 4429: true, 4500: true,
	} {
		synctest.Test(t, func(t *testing.T) {
			_, _, err := play(t, "disconnected", nil, opening(streamtest.Close(code, "because")))
			if back {
				if err != nil {
					t.Errorf("%d: Run = %v, want another attempt", code, err)
				}
				return
			}
			closed, ok := errors.AsType[*CloseError](err)
			if !ok || closed.Code != code || closed.Reason != "because" {
				t.Errorf("%d: Run = %v, want the close", code, err)
			}
		})
	}
}

func TestRefusedUpgradeEndsRunUnlessItMayPass(t *testing.T) {
	for status, back := range map[int]bool{400: false, 401: false, 403: false, 404: false, 408: true, 426: false, 429: true, 500: true, 503: true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := &recorder{until: "disconnected", stop: cancel}
			c, err := New(serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(`{"title":"No","detail":"not now"}`))
			})), r)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Run(ctx)
			if back != (err == nil) {
				t.Fatalf("%d: Run = %v", status, err)
			}
			if refused, ok := errors.AsType[*HandshakeError](err); !back && (!ok || refused.Status != status || refused.Error() != "not now") {
				t.Errorf("%d: Run = %v, want the refusal", status, err)
			}
		})
	}
}

func TestServerWithoutTheProtocolIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Sec-Websocket-Protocol")
			streamtest.New(t, "secret", streamtest.Connection{streamtest.ExpectClose(1002)}).ServeHTTP(w, r)
		})), &recorder{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), Subprotocol) {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestUnreachableServerEndsTheFirstAttemptOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		_ = p.Close()
		_, _, err := play(t, "", func(cfg *Config, _ *recorder) {
			cfg.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: p.dial}}
		})
		if err == nil || strings.Contains(err.Error(), "/v1/stream") {
			t.Errorf("Run = %v, want an error without the URL", err)
		}
	})
}

func TestRefusedSubscriptionIsNotAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := func(cfg *Config, _ *recorder) {
			cfg.Subscriptions = append(cfg.Subscriptions, Subscription{Sub: "calls", Topic: Topic{Kind: "agent", AgentID: "*"}})
		}
		subscribeCalls := `{"type":"subscribe","id":2,"sub":"calls","topic":{"kind":"agent","agentId":"*"}}`
		lines, c, _ := play(t, "call", two,
			streamtest.Connection{
				streamtest.Hello("e1"),
				streamtest.Expect(subscribeFresh),
				streamtest.Expect(subscribeCalls),
				streamtest.Send(`{"type":"error","id":1,"sub":"list","error":{"title":"Gone","status":404}}`),
				streamtest.Close(1012, ""),
			},
			streamtest.Connection{
				streamtest.Hello("e1"),
				streamtest.Expect(strings.Replace(subscribeCalls, `"id":2`, `"id":1`, 1)),
				streamtest.Send(`{"type":"call"}`),
				streamtest.AwaitClose(),
			},
		)
		if len(lines) == 0 || lines[1] != "error" {
			t.Errorf("told %q, want the error", lines)
		}
		if c.View("list") != nil || c.View("calls") == nil {
			t.Error("the refused subscription is still there, or the other is not")
		}
	})
}

func TestServerThatMisbehavesIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		step streamtest.Step
		want string
	}{
		"binary":    {streamtest.SendBinary([]byte("{}")), "binary"},
		"malformed": {streamtest.Send(`{"type":`), "malformed message"},
		"too large": {streamtest.Send(`{"type":"x","pad":"` + strings.Repeat("x", 2048) + `"}`), "read limit"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				small := func(cfg *Config, _ *recorder) { cfg.MaxMessageBytes = 1024 }
				lines, _, err := play(t, "disconnected", small, opening(c.step))
				if last := lines[len(lines)-1]; err != nil || !strings.Contains(last, c.want) {
					t.Errorf("%v, %q, want %q", err, last, c.want)
				}
			})
		})
	}
}

func TestErrorBeforeHelloIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, err := play(t, "", nil, streamtest.Connection{
			streamtest.Send(`{"type":"error","error":{"title":"Unauthorized","status":401}}`),
			streamtest.Close(4401, "token"),
		})
		if closed, ok := errors.AsType[*CloseError](err); !ok || closed.Code != 4401 {
			t.Errorf("Run = %v, want close 4401", err)
		}
	})
}

func TestReconnectMessageSaysWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		_, _, err := play(t, "call", nil,
			opening(streamtest.Send(`{"type":"reconnect","afterMs":8123,"reason":"restart"}`), streamtest.Close(1012, "")),
			streamtest.Connection{
				streamtest.Hello("e1"),
				streamtest.Expect(strings.Replace(subscribeSince, "e1:11", "e1:10", 1)),
				streamtest.Send(`{"type":"call"}`),
				streamtest.AwaitClose(),
			},
		)
		if waited := time.Since(started); err != nil || waited != 8123*time.Millisecond {
			t.Errorf("Run = %v after %v, want exactly 8.123s", err, waited)
		}
	})
}

func TestHandlerErrorEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("enough")
		_, _, err := play(t, "", func(_ *Config, r *recorder) { r.refused, r.refuse = "call", stop },
			opening(streamtest.Send(`{"type":"call"}`)))
		if !errors.Is(err, stop) {
			t.Errorf("Run = %v, want the handler's error", err)
		}
	})
}

func TestNewRefusesAmbiguousSubscriptions(t *testing.T) {
	for name, subs := range map[string][]Subscription{
		"none": nil, "unnamed": {{Sub: ""}}, "twice": {{Sub: "a"}, {Sub: "a"}},
	} {
		if _, err := New(Config{Subscriptions: subs}, &recorder{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
