package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// ticket gets a ticket with a key; for an agent unless that is empty.
func (s *site) ticket(key, agent string) string {
	s.t.Helper()
	body := ""
	if agent != "" {
		body = fmt.Sprintf(`{"agent":%q}`, agent)
	}
	var got struct{ Ticket string }
	s.do("POST", "/v1/stream/tickets", key, body).want(s.t, http.StatusCreated).decode(s.t, &got)
	return got.Ticket
}

// converse opens a stream with a key in the header, or with a ticket, and reads
// the greeting.
func (s *site) converse(key, ticket string) *dialogue {
	s.t.Helper()
	opts := &websocket.DialOptions{Subprotocols: []string{"contacts.v1.json"}, HTTPHeader: http.Header{}}
	url := s.url + "/v1/stream"
	if ticket != "" {
		url += "?ticket=" + ticket
	} else {
		opts.HTTPHeader.Set("Authorization", "Bearer "+key)
	}
	ws, res, err := websocket.Dial(s.t.Context(), url, opts)
	if err != nil {
		if res != nil {
			_ = res.Body.Close()
		}
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = ws.CloseNow() })
	d := &dialogue{s.t.(*testing.T), ws, readContract(s.t, string(s.srv.contract()))}
	d.hear("hello")
	return d
}

// own returns presence and source of a contact: "busy by agent".
func (s *site) own(id string) string {
	s.t.Helper()
	return presences(s.t.(*testing.T), s.get("/v1/presence?ids="+id))
}

func TestAgentsOwnPresenceCountsTogetherAndEndsWithItsConnections(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	id := f.addUser(person("p", "Sample Agent", "020 7946 0018"))
	_, key := s.apiKey(s.key, "stream", "presence:write")
	colleague := s.watch(s.key, directoryTopic(f.id))
	tab, phone := s.converse("", s.ticket(key, id)), s.converse("", s.ticket(key, id))

	tab.say(`{"type":"presence.set","id":1,"availability":"available"}`)
	tab.hear("ack")
	if m := colleague.next("changes"); len(m.Data) != 1 || !strings.Contains(string(m.Data[0].Presence), `"available"`) {
		t.Errorf("a colleague was told %s", m.Raw)
	}
	phone.say(`{"type":"presence.set","id":1,"availability":"busy","activity":"inACall","statusMessage":"on the line","expiresIn":3600}`)
	phone.hear("ack")
	if got := s.own(id); got != "busy by agent" {
		t.Errorf("with two connections %s", got)
	}
	tab.say(`{"type":"presence.set","id":2,"availability":"doNotDisturb"}`)
	tab.hear("ack")
	if got := s.own(id); got != "doNotDisturb by agent" {
		t.Errorf("do not disturb beats busy, and is %s", got)
	}
	tab.say(`{"type":"presence.set","id":3,"availability":null}`)
	tab.hear("ack")
	if got := s.own(id); got != "busy by agent" {
		t.Errorf("one took back what it said, and it is %s", got)
	}
	if err := phone.ws.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	await(t, "the end of what was said", func() bool { return s.own(id) == "-" })

	// Who loses the connection has a while to come back.
	tab.say(`{"type":"presence.set","id":4,"availability":"away"}`)
	tab.hear("ack")
	_ = tab.ws.CloseNow()
	await(t, "the end of the connection", func() bool { return s.srv.live.Connections() == 1 })
	if got := s.own(id); got != "away by agent" {
		t.Errorf("a moment after the loss %s", got)
	}
}

func TestOwnPresenceExpires(t *testing.T) {
	t.Parallel() // it waits for the most part
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	id := f.addUser(person("p", "Sample Agent", "020 7946 0018"))
	d := s.converse("", s.ticket(s.key, id))
	d.say(`{"type":"presence.set","id":1,"availability":"busy","expiresIn":1}`)
	d.hear("ack")
	began := time.Now()
	await(t, "the end of what was said", func() bool { return s.own(id) == "-" })
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("it ended after %v", took)
	}
}

// TestWhoMaySetWhosePresence goes through everybody who can be at the other end
// of a stream.
func TestWhoMaySetWhosePresence(t *testing.T) {
	s := newSite(t)
	_, second := s.newTenant("Second")
	f, theirs := s.newFolder(s.key, `{"name":"Ours"}`), s.newFolder(second, `{"name":"Theirs"}`)
	ann, ben := f.addUser(person("a", "Ann Sample", "020 7946 0018")), f.addUser(person("b", "Ben Sample", "020 7946 0019"))
	other := theirs.addUser(person("c", "Cem Sample", "020 7946 0020"))
	_, reads := s.apiKey(s.key, "stream", "presence:read")
	_, writes := s.apiKey(s.key, "stream", "presence:write")
	set := `{"type":"presence.set","id":1,"availability":"busy"}`
	for _, c := range []struct {
		name, key, agent string
		ticket           bool
		want             int // status of the error; 0: obeyed
	}{
		{name: "admin key", key: s.key, want: 403},
		{name: "API key that writes presence", key: writes, want: 403},
		{name: "API key that reads presence", key: reads, want: 403},
		{name: "ticket of a program", key: writes, ticket: true, want: 403},
		{name: "ticket for an agent, by a key that may not write", key: reads, agent: ann, ticket: true, want: 403},
		{name: "ticket for an agent who is no contact", key: writes, agent: "a1", ticket: true, want: 404},
		{name: "ticket for a contact of another tenant", key: writes, agent: other, ticket: true, want: 404},
		{name: "ticket for an agent", key: writes, agent: ann, ticket: true},
		{name: "ticket for an agent, by an admin key", key: s.key, agent: ann, ticket: true},
	} {
		var d *dialogue
		if c.ticket {
			d = s.converse("", s.ticket(c.key, c.agent))
		} else {
			d = s.converse(c.key, "")
		}
		// Whom an agent names besides is nobody's business: it is ignored.
		d.send(strings.Replace(set, "}", fmt.Sprintf(`,"agentId":%q,"contact":%q}`, ben, ben), 1))
		got := d.outcome()
		if got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
		if want := map[bool]string{true: "busy by agent", false: "-"}[c.want == 0]; s.own(ann) != want {
			t.Errorf("%s: the agent is %s, want %s", c.name, s.own(ann), want)
		}
		if got := s.own(ben) + presences(t, s.do("GET", "/v1/presence?ids="+other, second, "").want(t, http.StatusOK).body); got != "--" {
			t.Errorf("%s: others are %s", c.name, got)
		}
		_ = d.ws.Close(websocket.StatusNormalClosure, "")
		await(t, "the end of what was said", func() bool { return s.own(ann) == "-" })
	}
	d := s.converse("", s.ticket(writes, ann))
	for text, field := range map[string]string{
		`{"type":"presence.set","id":1,"availability":"levitating"}`:                    "availability",
		`{"type":"presence.set","id":1,"availability":""}`:                              "availability",
		`{"type":"presence.set","id":1,"availability":"unknown"}`:                       "availability",
		`{"type":"presence.set","id":1,"availability":"busy","activity":"two words"}`:   "activity",
		`{"type":"presence.set","id":1,"availability":"busy","expiresIn":14401}`:        "expiresIn",
		`{"type":"presence.set","id":1,"availability":"busy","statusMessage":"\u0000"}`: "statusMessage",
	} {
		d.send(text)
		if m := d.refusal(); m.Status != 400 || m.Field != field || !strings.Contains(m.Detail, field) {
			t.Errorf("%s: %+v", text, m)
		}
	}
	if got := s.own(ann); got != "-" {
		t.Errorf("after refusals the agent is %s", got)
	}
	for _, body := range []string{`{"agent":"*"}`, `{"agent":"me"}`, `{"agent":7}`, `{"who":"x"}`, `{"agent":"` + strings.Repeat("x", 257) + `"}`, `[]`} {
		s.do("POST", "/v1/stream/tickets", writes, body).want(t, http.StatusBadRequest)
	}
	_, lookup := s.apiKey(s.key, "lookup", "presence:write")
	s.do("POST", "/v1/stream/tickets", lookup, `{"agent":"x"}`).want(t, http.StatusForbidden)
}

// send says what is not to be held against the contract.
func (d *dialogue) send(text string) {
	d.t.Helper()
	if err := d.ws.Write(d.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		d.t.Fatal(err)
	}
}

// A refused is the problem of an error message.
type refused struct {
	Status        int
	Field, Detail string
}

// answer returns how the last command was answered: nil if it was obeyed.
func (d *dialogue) answer() *refused {
	d.t.Helper()
	for {
		_, text, err := d.ws.Read(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		if err := d.contract.check(text); err != nil {
			d.t.Errorf("heard %v", err)
		}
		var m struct {
			Type  string
			Error *refused
		}
		answer{body: string(text)}.decode(d.t, &m)
		if m.Type == "ack" || m.Type == "error" {
			return m.Error
		}
	}
}

// outcome returns the status of the problem, 0 if there is none.
func (d *dialogue) outcome() int {
	d.t.Helper()
	if r := d.answer(); r != nil {
		return r.Status
	}
	return 0
}

// refusal returns the problem, which there must be.
func (d *dialogue) refusal() refused {
	d.t.Helper()
	r := d.answer()
	if r == nil {
		d.t.Fatal("obeyed")
	}
	return *r
}
