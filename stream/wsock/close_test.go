package wsock

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestWhatEndsAConnection(t *testing.T) {
	quick := func(cfg *Config) {
		cfg.ConnectWithin = 100 * time.Millisecond
		cfg.CommandsPerSecond, cfg.CommandBurst = 1, 3
		cfg.MessageBytes = 4096
	}
	text := func(s string) func(*peer) { return func(p *peer) { p.send(s) } }
	tests := []struct {
		name  string
		token string // empty: no token at the upgrade
		do    func(p *peer)
		code  Code
	}{
		{"binary", "key-1", func(p *peer) { _ = p.ws.Write(t.Context(), websocket.MessageBinary, []byte("{}")) }, CodeUnsupported},
		{"invalid UTF-8", "key-1", text("{\"type\":\"pong\",\"x\":\"\xff\"}"), CodeInvalid},
		{"invalid JSON", "key-1", text(`{"type":`), CodeInvalid},
		{"trailing JSON", "key-1", text(`{"type":"pong"} {}`), CodeInvalid},
		{"empty message", "key-1", text(``), CodeInvalid},
		{"array", "key-1", text(`[{"type":"pong"}]`), CodeInvalid},
		{"deep nesting", "key-1", text(`{"x":` + strings.Repeat("[", 4000)), CodeInvalid},
		{"too big", "key-1", text(`{"type":"pong","x":"` + strings.Repeat("x", 5000) + `"}`), CodeTooBig},
		{"flood", "key-1", func(p *peer) {
			for range 5 {
				_ = p.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"pong"}`))
			}
		}, CodeTooMany},
		{"second connect", "key-1", text(`{"type":"connect","token":"key-1"}`), CodeMisuse},
		{"nothing", "", func(*peer) {}, CodeTimeout},
		{"command before connect", "", text(`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"group","groupId":"g"}}`), CodeUnauthenticated},
		{"unknown type before connect", "", text(`{"type":"hi"}`), CodeUnauthenticated},
		{"connect without a token", "", text(`{"type":"connect","id":1}`), CodeUnauthenticated},
		{"connect with an unknown token", "", text(`{"type":"connect","id":1,"token":"nope"}`), CodeUnauthenticated},
		{"connect without the scope", "", text(`{"type":"connect","id":1,"token":"lookup"}`), CodeForbidden},
		{"normal", "key-1", func(p *peer) { go func() { _ = p.ws.Close(websocket.StatusNormalClosure, "") }() }, CodeNormal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, quick)
			p := r.dial(t, tt.token)
			tt.do(p)
			if tt.code == CodeNormal { // the client's own Close reads the answer
				eventually(t, "the connection ends", func() bool { return len(r.codes()) > 0 })
			} else {
				p.wantClose(tt.code)
			}
			r.stop()
			if got := r.codes(); len(got) != 1 || got[0] != tt.code {
				t.Errorf("server counted %v, want one %d", got, tt.code)
			}
			if n := r.Connections(); n != 0 {
				t.Errorf("%d connections left", n)
			}
		})
	}
}

// eventually waits for what must come, and fails the test if it does not.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-late:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

func TestMissingSubprotocolEndsTheConnection(t *testing.T) {
	r := newRig(t, nil)
	for _, offered := range [][]string{nil, {"graphql-transport-ws"}} {
		p, _, err := r.tryDial(t, "key-1", func(o *websocket.DialOptions) { o.Subprotocols = offered })
		if err != nil {
			t.Fatal(err)
		}
		p.wantClose(CodeSubprotocol)
	}
}

func TestAgentHasAFewConnectionsOnly(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.ConnectionsPerAgent = 2 })
	first := r.dial(t, "agent-1")
	first.want("hello")
	second := r.dial(t, "")
	second.send(`{"type":"connect","id":4,"token":"agent-1"}`)
	if m := second.want("hello"); m.ID != 4 {
		t.Errorf("hello does not answer connect 4: %s", m.Text)
	}
	third := r.dial(t, "")
	third.send(`{"type":"connect","token":"agent-1"}`)
	third.wantClose(CodeTooMany)
	if _, res, err := r.tryDial(t, "agent-1", nil); err == nil || res.status != 429 {
		t.Errorf("fourth connection: %v, %v", res, err)
	}
	for range 4 { // keys have no such limit
		r.open(t)
	}
	_ = first.ws.CloseNow()
	eventually(t, "the first has ended", func() bool { return r.Connections() == 5 })
	r.dial(t, "agent-1").want("hello")
}

func TestRevokedKeyLosesItsConnectionsAtOnce(t *testing.T) {
	r := newRig(t, nil)
	p, other := r.open(t), r.dial(t, "key-2")
	other.want("hello")
	r.revoke("key-1")
	r.Revoke("k1")
	p.wantClose(CodeUnauthenticated)
	other.subscribe("s", `{"kind":"group","groupId":"g"}`, "")
	if _, res, err := r.tryDial(t, "key-1", nil); err == nil || res.status != 401 {
		t.Errorf("revoked key at the upgrade: %v, %v", res, err)
	}
}

func TestKeyRevokedDuringTheHandshakeIsLookedUpAgain(t *testing.T) {
	r := newRig(t, nil)
	p := r.open(t)
	eventually(t, "the connection is known", func() bool { return len(r.conns.all()) == 1 })
	c := r.conns.all()[0]
	who := c.principal()
	r.revoke("key-1")
	r.conns.revocations.Add(1) // as Revoke does, which missed the connection
	if c.enter(credential{token: "key-1"}, who, 0) {
		t.Error("let in with a key that was revoked meanwhile")
	}
	p.wantClose(CodeUnauthenticated)
}

func TestErrorsNameTheField(t *testing.T) {
	r := newRig(t, func(cfg *Config) {
		cfg.Subscriptions, cfg.IDsPerSubscription, cfg.IDs = 3, 3, 5
		cfg.CommandBurst = 1000
	})
	p := r.dial(t, "agent-1")
	if m := p.want("hello"); m.Limits["subscriptions"] != 3 || m.Limits["ids"] != 5 || m.Limits["idsPerSubscription"] != 3 || m.Limits["messageBytes"] != 32768 || m.Epoch != "e1" {
		t.Errorf("hello %s", m.Text)
	}
	p.subscribe("a", `{"kind":"contacts","ids":["1","2","3"]}`, "")
	p.want("snapshot")
	p.subscribe("b", `{"kind":"contacts","ids":["1"]}`, "")
	p.want("snapshot")
	long := strings.Repeat("x", 300)
	const group = `"topic":{"kind":"group","groupId":"g"}`
	tests := []struct {
		message string
		status  int
		field   string
	}{
		{`{"id":1}`, 400, "type"},
		{`null`, 400, "type"},
		{`{"type":"presence.sett","id":1}`, 400, "type"},
		{`{"type":7,"id":1}`, 400, "type"},
		{`{"type":"subscribe","sub":"s",` + group + `}`, 400, "id"},
		{`{"type":"subscribe","id":0,"sub":"s",` + group + `}`, 400, "id"},
		{`{"type":"subscribe","id":-4,"sub":"s",` + group + `}`, 400, "id"},
		{`{"type":"subscribe","id":"1","sub":"s",` + group + `}`, 400, "id"},
		{`{"type":"subscribe","id":1.5,"sub":"s",` + group + `}`, 400, "id"},
		{`{"type":"subscribe","id":1e300,"sub":"s",` + group + `}`, 400, "id"},
		{`{"type":"subscribe","id":1,` + group + `}`, 400, "sub"},
		{`{"type":"subscribe","id":1,"sub":"` + long + `",` + group + `}`, 400, "sub"},
		{`{"type":"subscribe","id":1,"sub":"a",` + group + `}`, 409, "sub"},
		{`{"type":"subscribe","id":1,"sub":"s"}`, 400, "topic"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":"g"}`, 400, "topic"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{}}`, 400, "topic.kind"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"room"}}`, 400, "topic.kind"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"group"}}`, 400, "topic.groupId"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"directory","directoryId":"` + long + `"}}`, 400, "topic.directoryId"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"agent"}}`, 400, "topic.agentId"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"agent","agentId":"a2"}}`, 403, "topic.agentId"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"contacts"}}`, 400, "topic.ids"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"contacts","ids":[""]}}`, 400, "topic.ids"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"contacts","ids":[1]}}`, 400, "topic.ids"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"contacts","ids":["1","2","3","4"]}}`, 413, "topic.ids"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"contacts","ids":["1","2"]}}`, 413, "topic.ids"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"search"}}`, 400, "topic.q"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"search","q":"a","live":1}}`, 400, "topic.live"},
		{`{"type":"subscribe","id":1,"sub":"s","topic":{"kind":"search","q":"a","limit":0}}`, 400, "topic.limit"},
		{`{"type":"subscribe","id":1,"sub":"s","fields":"all",` + group + `}`, 400, "fields"},
		{`{"type":"subscribe","id":1,"sub":"s","since":"yesterday",` + group + `}`, 400, "since"},
		{`{"type":"update","id":1,"sub":"z","add":["1"]}`, 404, "sub"},
		{`{"type":"update","id":1,"sub":"a","add":[""]}`, 400, "add"},
		{`{"type":"update","id":1,"sub":"a","remove":[7]}`, 400, "remove"},
		{`{"type":"update","id":1,"sub":"a","add":["4"]}`, 413, "add"},
		{`{"type":"update","id":1,"sub":"b","add":["4","5"]}`, 413, "add"},
		{`{"type":"unsubscribe","id":1,"sub":"z"}`, 404, "sub"},
		{`{"type":"refresh","token":"agent-1"}`, 400, "id"},
		{`{"type":"refresh","id":1}`, 401, "token"},
		{`{"type":"refresh","id":1,"token":"nope"}`, 401, "token"},
		{`{"type":"refresh","id":1,"token":"key-1"}`, 403, "token"},
		{`{"type":"refresh","id":1,"token":"key-2"}`, 403, "token"},
	}
	for _, tt := range tests {
		p.send(tt.message)
		m := p.want("error")
		if m.Error.Status != tt.status || m.Error.Field != tt.field || !strings.HasPrefix(m.Error.Type, "urn:ringdex:problem:") {
			t.Errorf("%s\nanswered %s\nwant status %d, field %q", tt.message, m.Text, tt.status, tt.field)
		}
	}
	// None of it counted.
	p.send(`{"type":"update","id":1,"sub":"a","add":["4"],"remove":["1","1"]}`)
	p.want("ack")
	p.want("changes")
	p.subscribe("s", `{"kind":"contacts","ids":["1"]}`, "")
	p.want("snapshot")
	p.send(`{"type":"subscribe","id":1,"sub":"t",` + group + `}`)
	if m := p.want("error"); m.Error.Status != 413 {
		t.Errorf("one subscription too many: %s", m.Text)
	}
}

func TestSilentPeerIsClosedAndAnAnsweringOneKept(t *testing.T) {
	r := newRig(t, func(cfg *Config) {
		cfg.Heartbeat = 50 * time.Millisecond
		cfg.DeadAfter = 700 * time.Millisecond
	})
	silent, alive := r.open(t), r.open(t)
	go func() {
		for {
			_, text, err := alive.ws.Read(t.Context())
			if err != nil {
				return
			}
			if string(text) == `{"type":"ping"}` {
				_ = alive.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"pong"}`))
			}
		}
	}()
	_, text, err := silent.ws.Read(t.Context())
	if err != nil || string(text) != `{"type":"ping"}` {
		t.Fatalf("idle connection got %q, %v", text, err)
	}
	silent.wantClose(CodeTimeout)
	if n := r.Connections(); n == 0 {
		t.Errorf("the peer that answers was closed too: %v", r.codes())
	}
}

func TestShutdownTellsWhenToComeBackAndEnds(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.DrainFor = 50 * time.Millisecond })
	var peers []*peer
	for range 5 {
		peers = append(peers, r.open(t))
	}
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(t.Context()) }()
	for _, p := range peers {
		if m := p.want("reconnect"); m.AfterMs == nil || *m.AfterMs < 0 || *m.AfterMs > 30_000 {
			t.Errorf("reconnect says %s", m.Text)
		}
		p.wantClose(CodeRestart)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	_, res, err := r.tryDial(t, "key-1", nil)
	if err == nil || res.status != 503 || res.retryAfter == "" {
		t.Errorf("dialling a stopped server: %v, %v", res, err)
	}
}

func TestShutdownDoesNotWaitForPeersThatDoNotAnswer(t *testing.T) {
	r := newRig(t, func(cfg *Config) {
		cfg.DrainFor, cfg.CloseWithin = time.Millisecond, 50*time.Millisecond
	})
	for i := range 3 {
		raw := dialRaw(t, r.addr, fmt.Sprintf("GET / HTTP/1.1\r\nHost: h%d\r\n", i)+upgradeHeaders)
		readUntil(t, raw, "hello")
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections left", n)
	}
}
