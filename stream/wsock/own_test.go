package wsock

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A notebook writes down what agents say of themselves.
type notebook struct {
	mu    sync.Mutex
	notes []string
	err   error
}

func (n *notebook) note(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notes = append(n.notes, fmt.Sprintf(format, args...))
}

func (n *notebook) SetPresence(tenant, agent, session string, p OwnPresence) error {
	message := "-"
	if p.StatusMessage != nil {
		message = *p.StatusMessage
	}
	n.note("%s/%s %s/%s %q %v %v", tenant, agent, p.Availability, p.Activity, message, p.ExpiresIn, len(session) > 4)
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

func (n *notebook) EndPresence(tenant, agent, _ string, grace time.Duration) {
	n.note("%s/%s ends in %v", tenant, agent, grace)
}

func (n *notebook) read() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.notes)
}

func (n *notebook) wants(t *testing.T, want ...string) {
	t.Helper()
	eventually(t, fmt.Sprint(len(want), " notes"), func() bool { return len(n.read()) >= len(want) })
	if diff := cmp.Diff(want, n.read()); diff != "" {
		t.Errorf("what agents say (-want +got):\n%s", diff)
	}
}

func newDesk(t *testing.T) (*rig, *notebook) {
	n := &notebook{}
	r := newRig(t, func(cfg *Config) { cfg.Agents, cfg.PresenceGrace = n, 15*time.Second })
	r.tokens["agent-1"] = Principal{Tenant: "t1", Agent: "a1", Scopes: []string{"stream", "presence:write"}}
	r.tokens["agent-2"] = Principal{Tenant: "t1", Agent: "a2", Scopes: []string{"stream"}}
	r.tokens["key-1"] = Principal{Tenant: "t1", KeyID: "k1", Scopes: []string{"stream", "presence:write"}}
	return r, n
}

func (r *rig) openAs(t *testing.T, token string) *peer {
	t.Helper()
	p := r.dial(t, token)
	p.want("hello")
	return p
}

func TestAgentSetsItsPresenceForAsLongAsItIsThere(t *testing.T) {
	r, n := newDesk(t)
	p := r.openAs(t, "agent-1")
	p.send(`{"type":"presence.set","id":6,"availability":"busy","activity":"inACall","expiresIn":3600}`)
	p.wantText(`{"type":"ack","id":6}`)
	p.send(`{"type":"presence.set","id":7,"availability":"away","statusMessage":"back at 3"}`)
	p.want("ack")
	p.send(`{"type":"presence.set","id":8,"availability":null}`)
	p.want("ack")
	p.send(`{"type":"presence.set","id":9,"availability":null}`) // which is so already
	p.want("ack")
	p.send(`{"type":"presence.set","id":10,"availability":"busy"}`)
	p.want("ack")
	_ = p.ws.CloseNow()
	n.wants(t,
		`t1/a1 busy/inACall "-" 1h0m0s true`, `t1/a1 away/ "back at 3" 0s true`, `t1/a1 ends in 0s`,
		`t1/a1 busy/ "-" 0s true`, `t1/a1 ends in 15s`,
	)
}

func TestGoodbyeEndsOwnPresenceAtOnce(t *testing.T) {
	r, n := newDesk(t)
	p := r.openAs(t, "agent-1")
	p.send(`{"type":"presence.set","id":6,"availability":"busy"}`)
	p.want("ack")
	quiet := r.openAs(t, "agent-1") // says nothing, and has nothing to take back
	_ = quiet.ws.Close(1000, "")
	_ = p.ws.Close(1000, "")
	n.wants(t, `t1/a1 busy/ "-" 0s true`, `t1/a1 ends in 0s`)
}

func TestOwnPresenceIsRefusedInWords(t *testing.T) {
	r, n := newDesk(t)
	agent := r.openAs(t, "agent-1")
	for text, field := range map[string]string{
		`{"type":"presence.set","id":1}`:                                               "availability",
		`{"type":"presence.set","id":1,"availability":7}`:                              "availability",
		`{"type":"presence.set","id":1,"availability":"busy","activity":[]}`:           "activity",
		`{"type":"presence.set","id":1,"availability":"busy","expiresIn":0}`:           "expiresIn",
		`{"type":"presence.set","id":1,"availability":"busy","expiresIn":1.5}`:         "expiresIn",
		`{"type":"presence.set","id":1,"availability":"busy","expiresIn":-9}`:          "expiresIn",
		`{"type":"presence.set","id":1,"availability":"busy","expiresIn":99999999999}`: "expiresIn",
		`{"type":"presence.set","availability":"busy"}`:                                "id",
	} {
		agent.send(text)
		if m := agent.want("error"); m.Error.Status != 400 || m.Error.Field != field {
			t.Errorf("%s: %s", text, m.Text)
		}
	}
	n.err = &Refusal{Status: 404, Kind: "unknown-contact", Detail: "No such contact."}
	agent.send(`{"type":"presence.set","id":2,"availability":"busy"}`)
	agent.wantText(`{"type":"error","id":2,"error":{"type":"urn:ringdex:problem:unknown-contact","title":"Not Found","status":404,"detail":"No such contact."}}`)
	n.mu.Lock()
	n.err = errors.New("secret reason")
	n.mu.Unlock()
	agent.send(`{"type":"presence.set","id":3,"availability":"busy"}`)
	agent.wantText(`{"type":"error","id":3,"error":{"type":"urn:ringdex:problem:internal","title":"Internal Server Error","status":500,"detail":"Presence could not be set."}}`)
	n.wants(t, `t1/a1 busy/ "-" 0s true`, `t1/a1 busy/ "-" 0s true`)

	for _, token := range []string{"key-1", "agent-2"} { // no agent's; without the scope
		p := r.openAs(t, token)
		for _, availability := range []string{`"busy"`, "null"} {
			p.send(`{"type":"presence.set","id":4,"availability":` + availability + `}`)
			if m := p.want("error"); m.Error.Status != 403 || m.Error.Detail == "" {
				t.Errorf("%s: %s", token, m.Text)
			}
		}
	}
	n.wants(t, `t1/a1 busy/ "-" 0s true`, `t1/a1 busy/ "-" 0s true`)
}

func TestTicketForAnAgentOpensThatAgentsStream(t *testing.T) {
	r, n := newDesk(t)
	ticket := func(agent string) string {
		t.Helper()
		text, err := r.Ticket("t1", "key-1", agent)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	dial := func(agent string) *peer {
		t.Helper()
		p, _, err := dialURL(t, "ws://"+r.addr+"/v1/stream?ticket="+ticket(agent), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		p.want("hello")
		return p
	}
	p := dial("a7")
	p.send(`{"type":"presence.set","id":1,"availability":"busy"}`)
	p.want("ack")
	n.wants(t, `t1/a7 busy/ "-" 0s true`)
	p.subscribe("me", `{"kind":"agent","agentId":"me"}`, "")
	p.want("snapshot")
	for _, other := range []string{"a8", "*"} {
		p.send(`{"type":"subscribe","id":2,"sub":"x","topic":{"kind":"agent","agentId":"` + other + `"}}`)
		if m := p.want("error"); m.Error.Status != 403 {
			t.Errorf("the calls of %s: %s", other, m.Text)
		}
	}
	r.hub.Space("t1").Call("a7", "k1", []byte(`{"callId":"k1"}`), false)
	if m := p.want("call"); m.CallID != "k1" {
		t.Errorf("called by %s", m.Text)
	}
	// A key is no agent's, not even of the one for whom it vouched.
	p.send(`{"type":"refresh","id":3,"token":"key-1"}`)
	if m := p.want("error"); m.Error.Status != 403 {
		t.Errorf("refreshed with a key: %s", m.Text)
	}
	res := r.ask(t, "/v1/stream?agent=a8&ticket="+ticket("a7"), http.Header{"Accept": {"text/event-stream"}})
	if res.status != 403 {
		t.Errorf("events of another agent: %d", res.status)
	}
	for range 9 {
		dial("a7")
	}
	if _, res, err := dialURL(t, "ws://"+r.addr+"/v1/stream?ticket="+ticket("a7"), "", nil); err == nil || res.status != 429 {
		t.Errorf("an eleventh connection: %v %v", res, err)
	}
	dial("") // a program
	r.revoke("key-1")
	r.Revoke("k1")
	p.wantClose(CodeUnauthenticated)
}

// Revoke may come between the upgrade and the first moment of a connection: the
// ticket's token is then looked up again, and the agent stays the agent.
func TestAgentOfATicketIsKeptWhenItsKeyIsLookedUpAgain(t *testing.T) {
	r, _ := newDesk(t)
	who, err := r.authenticate(credential{token: "key-1", agent: "a7"})
	if err != nil || who.Agent != "a7" || who.KeyID != "k1" || !who.Can(ScopePresence) {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestFloodOfPresenceIsAFloodOfCommands(t *testing.T) {
	r, _ := newDesk(t)
	p := r.openAs(t, "agent-1")
	for range 100 {
		if p.ws.Write(t.Context(), 1, []byte(`{"type":"presence.set","id":1,"availability":"busy"}`)) != nil {
			break
		}
	}
	p.wantClose(CodeTooMany)
}
