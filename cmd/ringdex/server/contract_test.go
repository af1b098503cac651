package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/stream/streamclient"
)

// A contract checks messages against what /asyncapi.json says of them. It is
// stricter than the document, which lets clients ignore what they do not know:
// here a member that is not documented is an error.
type contract struct {
	schemas map[string]*jsonschema.Schema // by the message's type

	mu   sync.Mutex // guards seen
	seen map[string]int
}

// strict are the parts of the document whose members are all told. What a
// presence, a contact and a lookup hold is theirs to say.
var strict = []string{"entry", "problem", "presenceSync"}

func readContract(t testing.TB, text string) *contract {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	doc := parsed.(map[string]any)["components"].(map[string]any)
	messages := doc["messages"].(map[string]any)
	for _, name := range strict {
		doc["schemas"].(map[string]any)[name].(map[string]any)["additionalProperties"] = false
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	types := map[string]string{}
	for name, m := range messages {
		payload := m.(map[string]any)["payload"].(map[string]any)
		payload["additionalProperties"] = false
		types[payload["properties"].(map[string]any)["type"].(map[string]any)["const"].(string)] = name
	}
	if err := compiler.AddResource("asyncapi.json", parsed); err != nil {
		t.Fatal(err)
	}
	c := &contract{schemas: map[string]*jsonschema.Schema{}, seen: map[string]int{}}
	for kind, name := range types {
		schema, err := compiler.Compile("asyncapi.json#/components/messages/" + name + "/payload")
		if err != nil {
			t.Fatal(err)
		}
		c.schemas[kind] = schema
	}
	return c
}

// check returns what is wrong with a message.
func (c *contract) check(text []byte) error {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	members, _ := parsed.(map[string]any)
	kind, _ := members["type"].(string)
	schema := c.schemas[kind]
	if schema == nil {
		return fmt.Errorf("no message of this type is documented: %s", text)
	}
	c.mu.Lock()
	c.seen[kind]++
	c.mu.Unlock()
	if err := schema.Validate(parsed); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// missing returns the types that were not seen.
func (c *contract) missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.schemas)), func(kind string) bool { return c.seen[kind] > 0 })
}

func TestExamplesOfTheContractFollowIt(t *testing.T) {
	s := newSite(t)
	text := s.do("GET", "/asyncapi.json", "", "").want(t, http.StatusOK).body
	c := readContract(t, text)
	var doc struct {
		AsyncAPI string
		Servers  map[string]struct{ Host, Protocol string }
		Channels map[string]struct {
			Address  string
			Messages map[string]any
		}
		Components struct {
			Messages map[string]struct {
				Examples []struct{ Payload json.RawMessage }
			}
		}
	}
	answer{body: text}.decode(t, &doc)
	if here := doc.Servers["here"]; "http://"+here.Host != s.url || here.Protocol != "ws" || !strings.HasPrefix(doc.AsyncAPI, "3.") {
		t.Errorf("server %+v, version %s", here, doc.AsyncAPI)
	}
	for name, m := range doc.Components.Messages {
		for _, e := range m.Examples {
			if err := c.check(e.Payload); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if missing := c.missing(); len(missing) > 0 {
		t.Errorf("no example of %v", missing)
	}
	for name, channel := range doc.Channels {
		if !slices.ContainsFunc(s.srv.routes(), func(rt route) bool { return rt.path == channel.Address }) {
			t.Errorf("channel %s is at %s, where no route is", name, channel.Address)
		}
	}
	for _, wrong := range []string{
		`{"type":"hi"}`, `{"type":"ping","x":1}`, `{"type":"snapshot","sub":"s","data":[],"more":false}`,
		`{"type":"changes","sub":"s","data":[{"id":"c1","presence":7}],"position":"e7:1"}`, `{"type":"changes","sub":"s","data":[],"position":"7"}`,
	} {
		if c.check([]byte(wrong)) == nil {
			t.Errorf("%s passes", wrong)
		}
	}
}

// A dialogue is a WebSocket whose every message, in both directions, is held
// against the contract.
type dialogue struct {
	t        *testing.T
	ws       *websocket.Conn
	contract *contract
}

func (d *dialogue) say(text string) {
	d.t.Helper()
	if err := d.contract.check([]byte(text)); err != nil {
		d.t.Errorf("said %v", err)
	}
	if err := d.ws.Write(d.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		d.t.Fatal(err)
	}
}

// hear reads until a message of a type has come.
func (d *dialogue) hear(kind string) {
	d.t.Helper()
	for {
		_, text, err := d.ws.Read(d.t.Context())
		if err != nil {
			d.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if err := d.contract.check(text); err != nil {
			d.t.Errorf("heard %v", err)
		}
		if strings.HasPrefix(string(text), `{"type":"`+kind+`"`) {
			return
		}
	}
}

// TestEveryMessageIsDocumented provokes a message of each type. The heartbeat
// takes too long to wait for, and is one text.
func TestEveryMessageIsDocumented(t *testing.T) {
	s := newSite(t)
	c := readContract(t, s.do("GET", "/asyncapi.json", "", "").want(t, http.StatusOK).body)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	first := f.addUser(person("p", "Sample One", "020 7946 0018"))
	ws, res, err := websocket.Dial(t.Context(), s.url+"/v1/stream", &websocket.DialOptions{Subprotocols: []string{"contacts.v1.json"}})
	if err != nil {
		if res != nil {
			_ = res.Body.Close()
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	d := &dialogue{t, ws, c}
	id, key := s.apiKey(s.key, "stream")
	d.say(fmt.Sprintf(`{"type":"connect","id":1,"token":%q}`, key))
	d.hear("hello")
	d.say(fmt.Sprintf(`{"type":"subscribe","id":2,"sub":"d","topic":{"kind":"directory","directoryId":%q},"fields":"both"}`, f.id))
	d.hear("snapshot")
	d.say(`{"type":"subscribe","id":3,"sub":"calls","topic":{"kind":"agent","agentId":"*"}}`)
	d.say(fmt.Sprintf(`{"type":"subscribe","id":4,"sub":"ids","topic":{"kind":"contacts","ids":[%q]},"fields":"presence"}`, first))
	d.say(`{"type":"subscribe","id":5,"sub":"found","topic":{"kind":"search","q":"sample","limit":5,"live":true},"fields":"contact"}`)
	d.hear("snapshot")
	d.say(`{"type":"update","id":6,"sub":"ids","add":["nobody"],"remove":[]}`)
	d.hear("changes")
	d.say(`{"type":"unsubscribe","id":7,"sub":"ids"}`)
	d.hear("ack")
	d.say(`{"type":"unsubscribe","id":8,"sub":"ids"}`)
	d.hear("error")
	s.do("PUT", "/v1/presence/"+first, s.key, `{"availability":"busy","activity":"inACall","statusMessage":"x","sequenceNumber":"7"}`).want(t, http.StatusOK)
	d.hear("changes")
	f.addUser(person("q", "Sample Two", "020 7946 0019"))
	d.hear("contacts")
	s.do("POST", "/v1/calls", s.key, `{"callId":"c1","state":"ringing","from":"+442079460018","agent":"a1"}`).want(t, http.StatusOK)
	d.hear("call")
	s.srv.tellSyncOf(directory.DefaultTenant, syncEvent{DirectoryID: f.id, State: syncDegraded, Detail: "Microsoft could not be reached."}, false)
	d.hear("presence.sync")
	s.srv.live.Warn(id, expiryWarning)
	d.hear("token.expiring")
	_, other := s.apiKey(s.key, "stream")
	d.say(fmt.Sprintf(`{"type":"refresh","id":9,"token":%q}`, other))
	d.hear("ack")
	d.say(`{"type":"pong"}`)
	d.say(`{"type":"presence.set","id":10,"availability":"busy","activity":"inACall","expiresIn":3600}`)
	d.hear("error")

	polled := s.do("GET", "/v1/changes?fields=both&directory="+f.id, key, "").want(t, http.StatusOK)
	if err := c.check([]byte(polled.body)); err != nil {
		t.Errorf("polled %v", err)
	}
	res2 := s.events("directory="+f.id, key)
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	for line := range res2 {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := c.check([]byte(data)); err != nil {
				t.Errorf("event %v", err)
			}
		}
	}
	d.hear("reconnect")
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if missing := c.missing(); !slices.Equal(missing, []string{"ping"}) {
		t.Errorf("not seen: %v", missing)
	}
}

// checked makes an agent hold what it is told against the contract.
func (a *agent) checked(m streamclient.Message) {
	if err := a.contract.check(m.Raw); err != nil {
		a.t.Errorf("told %v", err)
	}
}
