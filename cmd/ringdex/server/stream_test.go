package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/ringdex/ringdex/stream/streamclient"
)

// An agent watches the stream as a console or a softphone does.
type agent struct {
	t      testing.TB
	told   chan streamclient.Message
	lost   chan error // one for each connection that was lost
	ended  chan error // what Run returned
	client *streamclient.Client

	contract *contract
}

// Connected implements streamclient.Handler.
func (a *agent) Connected(streamclient.Hello) {}

// Message implements streamclient.Handler.
func (a *agent) Message(m streamclient.Message, _ []streamclient.Change) error {
	a.checked(m)
	a.told <- m
	return nil
}

// Disconnected implements streamclient.Handler.
func (a *agent) Disconnected(err error, _ time.Duration) { a.lost <- err }

// watch connects an agent and returns when it has the first state of each
// topic.
func (s *site) watch(key string, topics ...streamclient.Topic) *agent {
	s.t.Helper()
	a := s.connect(key, topics...)
	for range topics {
		a.next("snapshot")
	}
	return a
}

// connect lets an agent try to connect.
func (s *site) connect(key string, topics ...streamclient.Topic) *agent {
	s.t.Helper()
	a := &agent{t: s.t, told: make(chan streamclient.Message, 1000), lost: make(chan error, 100), ended: make(chan error, 1)}
	a.contract = readContract(s.t, string(s.srv.contract()))
	cfg := streamclient.Config{URL: s.url + "/v1/stream", Token: key, HTTPClient: s.web}
	for i, topic := range topics {
		cfg.Subscriptions = append(cfg.Subscriptions, streamclient.Subscription{Sub: fmt.Sprint("s", i), Topic: topic, Fields: streamclient.Both})
	}
	var err error
	if a.client, err = streamclient.New(cfg, a); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		a.ended <- a.client.Run(ctx)
		close(done)
	}()
	s.t.Cleanup(func() {
		cancel()
		<-done
	})
	return a
}

// next returns the next message of a type; those of other types are skipped.
func (a *agent) next(kind string) streamclient.Message {
	a.t.Helper()
	return a.until(func(m streamclient.Message) bool { return m.Type == kind })
}

// until returns the next message for which want holds.
func (a *agent) until(want func(streamclient.Message) bool) streamclient.Message {
	a.t.Helper()
	end := time.After(patience)
	for {
		select {
		case m := <-a.told:
			if want(m) {
				return m
			}
		case err := <-a.ended:
			a.t.Fatalf("the stream ended: %v", err)
		case <-end:
			a.t.Fatal("nothing of that kind was told")
		}
	}
}

// closeCode returns the code with which the server ended the stream for good.
func (a *agent) closeCode() int {
	a.t.Helper()
	select {
	case err := <-a.ended:
		if e, ok := errors.AsType[*streamclient.CloseError](err); ok {
			return e.Code
		}
		a.t.Fatalf("the stream ended with %v, not with a close code", err)
	case <-time.After(patience):
		a.t.Fatal("the stream goes on")
	}
	return 0
}

func directoryTopic(id string) streamclient.Topic {
	return streamclient.Topic{Kind: "directory", DirectoryID: id}
}

func agentTopic(id string) streamclient.Topic {
	return streamclient.Topic{Kind: "agent", AgentID: id}
}

func TestAgentSeesPresenceAndNewContacts(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	first := f.addUser(person("p", "Sample One", "020 7946 0018"))
	_, key := s.apiKey(s.key, "stream")
	a := s.watch(key, directoryTopic(f.id))

	s.do("PUT", "/v1/presence/"+first, s.key, `{"availability":"busy","activity":"inACall"}`).want(t, http.StatusOK)
	m := a.next("changes")
	var state struct{ Availability, Activity string }
	if len(m.Data) != 1 || m.Data[0].ID != first || json.Unmarshal(m.Data[0].Presence, &state) != nil || state.Availability != "busy" || state.Activity != "inACall" {
		t.Errorf("presence arrived as %s", m.Raw)
	}

	second := f.addUser(person("q", "Sample Two", "020 7946 0019"))
	m = a.until(func(m streamclient.Message) bool { return m.Type == "contacts" && len(m.Created) > 0 })
	var card map[string]any
	if json.Unmarshal(m.Created[0], &card) != nil || card["id"] != second || card["displayName"] != "Sample Two" {
		t.Errorf("new contact arrived as %s", m.Raw)
	}
	if _, ok := card["presence"]; ok {
		t.Errorf("a contact on the stream has a presence of its own, which soon is an old one: %s", m.Raw)
	}

	f.scim("DELETE", "/Users/"+first, "").want(t, http.StatusNoContent)
	m = a.until(func(m streamclient.Message) bool { return len(m.Removed)+len(m.Deleted) > 0 })
	if !slices.Contains(append(m.Removed, m.Deleted...), first) {
		t.Errorf("deletion arrived as %s", m.Raw)
	}
}

func TestRemovedDirectoryEmptiesTheStream(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office"}`)
	left := map[string]bool{}
	for i := range 30 {
		left[f.addUser(person(fmt.Sprint("p", i), fmt.Sprint("Sample ", i), "020 7946 0018"))] = true
	}
	a := s.watch(s.key, directoryTopic(f.id))
	s.do("DELETE", "/v1/directories/"+f.id, s.key, "").want(t, http.StatusNoContent)
	for len(left) > 0 {
		m := a.until(func(m streamclient.Message) bool { return len(m.Removed) > 0 })
		for _, id := range m.Removed {
			delete(left, id)
		}
	}
}

// A ringing is a call as the stream tells it.
type ringing struct {
	CallID, State, AgentID, From string
	Match                        struct {
		Status string
		Best   *struct{ DisplayName string }
		Query  struct{ Raw string }
	}
}

func ringingOf(t *testing.T, m streamclient.Message) ringing {
	t.Helper()
	var r ringing
	if err := json.Unmarshal(m.Raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCallReachesItsAgentAndWhoWatchesAllCalls(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	f.addUser(person("p", "Sample Caller", "020 7946 0018"))
	_, key := s.apiKey(s.key, "stream")
	one, two, all := s.watch(key, agentTopic("a1")), s.watch(key, agentTopic("a2")), s.watch(key, agentTopic("*"))

	for _, id := range []string{"a1", "a2"} { // a queue rings two agents with one call
		body := fmt.Sprintf(`{"callId":"c1","state":"ringing","from":"+442079460018","to":"+442079460000","agent":%q}`, id)
		s.do("POST", "/v1/calls", s.key, body).want(t, http.StatusOK)
	}
	for id, a := range map[string]*agent{"a1": one, "a2": two} {
		r := ringingOf(t, a.next("call"))
		if r.CallID != "c1" || r.AgentID != id || r.State != "ringing" || r.Match.Status != "match" || r.Match.Best == nil || r.Match.Best.DisplayName != "Sample Caller" {
			t.Errorf("agent %s was told %+v", id, r)
		}
	}
	seen := []string{ringingOf(t, all.next("call")).AgentID, ringingOf(t, all.next("call")).AgentID}
	if !slices.Equal(seen, []string{"a1", "a2"}) {
		t.Errorf("who watches all calls was told of agents %v", seen)
	}
	// One who comes while both still ring is told of both.
	late := s.watch(key, agentTopic("*"))
	seen = []string{ringingOf(t, late.next("call")).AgentID, ringingOf(t, late.next("call")).AgentID}
	if !slices.Equal(seen, []string{"a1", "a2"}) {
		t.Errorf("who came later was told of agents %v", seen)
	}
}

func TestCallMakesItsAgentBusyUntilItEnds(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	id := f.addUser(person("p", "Sample Agent", "020 7946 0018"))
	availability := func() string {
		var read struct {
			Data []struct {
				Presence *struct{ Availability string }
			}
		}
		answer{body: s.get("/v1/presence?ids=" + id)}.decode(t, &read)
		if read.Data[0].Presence == nil {
			return ""
		}
		return read.Data[0].Presence.Availability
	}
	call := func(state string) {
		s.do("POST", "/v1/calls", s.key, fmt.Sprintf(`{"callId":"c1","state":%q,"from":"+442079460019","agent":%q}`, state, id)).want(t, http.StatusOK)
	}
	call("connected")
	if got := availability(); got != "busy" {
		t.Errorf("during a call the agent is %q", got)
	}
	call("ended")
	if got := availability(); got == "busy" {
		t.Error("after the call the agent is still busy")
	}
}

func TestWithheldCallerIsHiddenFromTheAgent(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	f.addUser(person("p", "Sample Caller", "020 7946 0018"))
	a := s.watch(s.key, agentTopic("a1"))
	body := s.do("POST", "/v1/calls", s.key,
		`{"callId":"c1","state":"ringing","from":"+442079460018","agent":"a1","privacy":"id"}`).want(t, http.StatusOK).body
	m := a.next("call")
	for _, text := range []string{body, string(m.Raw)} {
		if containsAny(text, "2079460018", "Sample Caller") {
			t.Errorf("the caller is told: %s", text)
		}
	}
	if r := ringingOf(t, m); r.Match.Status != "anonymous" {
		t.Errorf("status %q, want anonymous", r.Match.Status)
	}
}

func TestRevokedKeyEndsItsStreamsAtOnce(t *testing.T) {
	s := newSite(t)
	id, key := s.apiKey(s.key, "stream")
	_, other := s.apiKey(s.key, "stream")
	gone, stays := s.watch(key, agentTopic("a1")), s.watch(other, agentTopic("a1"))
	s.do("DELETE", "/v1/keys/"+id, s.key, "").want(t, http.StatusNoContent)
	if code := gone.closeCode(); code != 4401 {
		t.Errorf("close code %d, want 4401", code)
	}
	s.do("POST", "/v1/calls", s.key, `{"callId":"c1","state":"ringing","from":"1","agent":"a1"}`).want(t, http.StatusOK)
	stays.next("call")
}

func TestExpiredKeyEndsItsStreams(t *testing.T) {
	t.Parallel() // it waits for the most part
	s := newSite(t)
	var k struct{ Key string }
	s.do("POST", "/v1/keys", s.key, `{"kind":"api","scopes":["stream"],"expiresIn":2}`).want(t, http.StatusCreated).decode(t, &k)
	a := s.watch(k.Key, agentTopic("a1"))
	if code := a.closeCode(); code != 4401 {
		t.Errorf("close code %d, want 4401", code)
	}
}

func TestRemovedTenantLosesStreamsAndKeys(t *testing.T) {
	s := newSite(t)
	id, admin := s.newTenant("Second")
	f := s.newFolder(admin, `{"name":"Elsewhere","defaultRegion":"GB"}`)
	f.addUser(person("p", "Sample One", "020 7946 0018"))
	a := s.watch(admin, directoryTopic(f.id))
	s.do("DELETE", "/v1/tenants/"+id, s.key, "").want(t, http.StatusNoContent)
	if code := a.closeCode(); code != 4401 {
		t.Errorf("close code %d, want 4401", code)
	}
	s.do("GET", "/v1/directories", admin, "").want(t, http.StatusUnauthorized)
	f.scim("GET", "/Users", "").want(t, http.StatusUnauthorized)
	await(t, "deletion of the tenant's contacts", func() bool { n, _ := s.srv.index.Counts(); return n == 0 })
}

func TestSearchSubscriptionShowsWhomTheSearchFinds(t *testing.T) {
	s := newSite(t)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	f.addUser(person("q", "Other Two", "020 7946 0019"))
	a := s.watch(s.key, streamclient.Topic{Kind: "search", Q: "sample"})
	s.do("PUT", "/v1/presence/"+id, s.key, `{"availability":"away"}`).want(t, http.StatusOK)
	if m := a.next("changes"); len(m.Data) != 1 || m.Data[0].ID != id {
		t.Errorf("told %s", m.Raw)
	}
}

// BenchmarkReachesAgent measures from the beginning of a request to the moment
// in which an agent has been told of what it did, one request after the other.
// The hub tells an agent at once, but at most every 50 ms.
func BenchmarkReachesAgent(b *testing.B) {
	s := newSite(b)
	f := s.newFolder(s.key, `{"name":"Head office","defaultRegion":"GB"}`)
	id := f.addUser(person("p", "Sample One", "020 7946 0018"))
	a := s.watch(s.key, directoryTopic(f.id), agentTopic("a1"))
	n := 0
	b.Run("presence", func(b *testing.B) {
		for b.Loop() {
			n++
			s.do("PUT", "/v1/presence/"+id, s.key, fmt.Sprintf(`{"availability":"busy","statusMessage":"%d"}`, n)).want(b, http.StatusOK)
			a.next("changes")
		}
	})
	b.Run("contact", func(b *testing.B) {
		for b.Loop() {
			n++
			f.addUser(person(fmt.Sprint("n", n), "Sample Next", "020 7946 0018"))
			a.until(func(m streamclient.Message) bool { return len(m.Created) > 0 })
		}
	})
	b.Run("call", func(b *testing.B) {
		for b.Loop() {
			n++
			s.do("POST", "/v1/calls", s.key, fmt.Sprintf(`{"callId":"c%d","state":"ringing","from":"+442079460018","agent":"a1"}`, n)).want(b, http.StatusOK)
			a.next("call")
		}
	})
}
