package server

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ringdex/ringdex/stream/streamclient"
)

// A shown is what a view shows: presence and contact by id.
type shown map[string][2]string

func (s shown) put(id string, presence, contact json.RawMessage) {
	v := s[id]
	if presence != nil {
		v[0] = string(presence)
	}
	if contact != nil {
		v[1] = string(contact)
	}
	s[id] = v
}

// A follower keeps a view by one of the ways that there are.
type follower struct {
	name  string
	query string // the view as GET /v1/changes is asked for it

	mu   sync.Mutex // guards seen
	seen shown
}

func (f *follower) set(seen shown) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = seen
}

func (f *follower) get() shown {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// A byClient follows with the Go client. It is a streamclient.Handler.
type byClient struct {
	*follower
	client *streamclient.Client
	seen   shown // owned by the client's goroutine
}

// Connected implements streamclient.Handler.
func (b *byClient) Connected(streamclient.Hello) {}

// Disconnected implements streamclient.Handler.
func (b *byClient) Disconnected(error, time.Duration) {}

// Message implements streamclient.Handler.
func (b *byClient) Message(_ streamclient.Message, changes []streamclient.Change) error {
	for _, c := range changes {
		if c.After == nil {
			delete(b.seen, c.ID)
			continue
		}
		b.seen.put(c.ID, c.After.Presence, c.After.Contact)
	}
	b.set(maps.Clone(b.seen))
	return nil
}

// follow follows a topic through a cable, until ctx ends.
func (b *byClient) follow(ctx context.Context, t *testing.T, url, key string, topic streamclient.Topic) {
	var err error
	b.client, err = streamclient.New(streamclient.Config{
		URL: url + "/v1/stream", Token: key, Backoff: streamclient.Backoff{Base: 20 * time.Millisecond, Cap: 200 * time.Millisecond},
		Subscriptions: []streamclient.Subscription{{Sub: "s", Topic: topic, Fields: streamclient.Both}},
	}, b)
	if err != nil {
		t.Error(err)
		return
	}
	for ctx.Err() == nil { // a first connection that is cut ends Run
		_ = b.client.Run(ctx)
	}
}

// followBy follows by events or by polling: anything that returns messages of
// the protocol after a position.
func (f *follower) followBy(ctx context.Context, ask func(ctx context.Context, since string) iter.Seq[streamclient.Message]) {
	seen, since := shown{}, ""
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for ctx.Err() == nil {
		<-pause.C
		for m := range ask(ctx, since) {
			if m.Reset {
				seen = shown{}
			}
			for _, e := range m.Data {
				seen.put(e.ID, e.Presence, e.Contact)
			}
			for _, raw := range append(m.Created, m.Updated...) {
				var c struct{ ID string }
				if json.Unmarshal(raw, &c) == nil {
					seen.put(c.ID, nil, raw)
				}
			}
			for _, id := range append(m.Removed, m.Deleted...) {
				delete(seen, id)
			}
			if m.Position == "" {
				continue
			}
			since = m.Position
			f.set(maps.Clone(seen))
		}
	}
}

// asking returns messages of GET path, which is a stream of events or one
// answer.
func asking(web *http.Client, url, key string) func(context.Context, string) iter.Seq[streamclient.Message] {
	return func(ctx context.Context, since string) iter.Seq[streamclient.Message] {
		return func(yield func(streamclient.Message) bool) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"&fields=both&since="+since, nil)
			if err != nil {
				return
			}
			req.Header.Set("Authorization", "Bearer "+key)
			if strings.Contains(url, "/v1/stream") {
				req.Header.Set("Accept", "text/event-stream")
			}
			res, err := web.Do(req)
			if err != nil {
				return
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return
			}
			for line := range linesOf(res.Body) {
				var m streamclient.Message
				text := strings.TrimPrefix(line, "data: ")
				if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &m) == nil && !yield(m) {
					return
				}
			}
		}
	}
}

// TestEveryViewEndsOnTheTruth changes people, groups and presence at random
// while connections are cut, the server restarts, and some read slowly. Views
// that are kept by the client, by events and by polling all end on what the
// server shows.
func TestEveryViewEndsOnTheTruth(t *testing.T) {
	data := t.TempDir()
	s := &stage{t: t, data: data, origin: "http://127.0.0.1", keys: map[string]string{}}
	s.site = startSite(t, Config{DataDir: data})
	address := strings.TrimPrefix(s.site.url, "http://")
	s.folder = s.site.newFolder(s.site.key, `{"name":"Head office","defaultRegion":"GB"}`)
	for range 12 {
		s.add("Sample Person")
	}
	var group struct{ ID string }
	s.folder.scim("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Front desk"}`).want(t, http.StatusCreated).decode(t, &group)
	ids := strings.Join(s.people[:5], ",")

	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	var all []*follower
	var cables []*cable
	key := s.site.key
	for _, pace := range []time.Duration{0, 3 * time.Millisecond} {
		c := newCable(t, address, pace)
		cables = append(cables, c)
		url := "http://" + c.Addr().String()
		web := &http.Client{Transport: &http.Transport{}}
		t.Cleanup(web.CloseIdleConnections)
		for query, topic := range map[string]streamclient.Topic{
			"directory=" + s.folder.id: {Kind: "directory", DirectoryID: s.folder.id},
			"group=" + group.ID:        {Kind: "group", GroupID: group.ID},
			"ids=" + ids:               {Kind: "contacts", IDs: s.people[:5]},
		} {
			b := &byClient{follower: &follower{name: fmt.Sprint("client, pace ", pace), query: query}, seen: shown{}}
			e := &follower{name: fmt.Sprint("events, pace ", pace), query: query}
			p := &follower{name: fmt.Sprint("polling, pace ", pace), query: query}
			all = append(all, b.follower, e, p)
			wg.Go(func() { b.follow(ctx, t, url, key, topic) })
			wg.Go(func() { e.followBy(ctx, asking(web, url+"/v1/stream?"+query, key)) })
			wg.Go(func() { p.followBy(ctx, asking(web, url+"/v1/changes?"+query, key)) })
		}
	}
	s.turmoil(cables, group.ID)
	for _, f := range all {
		var truth, got shown
		ok := func() bool {
			truth, got = s.site.shows(f.query), f.get()
			return gocmp.Equal(truth, got)
		}
		for end := time.Now().Add(patience); !ok() && time.Now().Before(end); {
			<-time.After(20 * time.Millisecond)
		}
		if diff := gocmp.Diff(truth, got); diff != "" {
			t.Errorf("%s of %.20s shows other than the truth (-truth +shown):\n%s", f.name, f.query, diff)
		}
	}
}

// turmoil changes things at random, cuts cables and restarts the server.
func (s *stage) turmoil(cables []*cable, group string) {
	rnd := rand.New(rand.NewPCG(3, 4))
	words := []string{"available", "busy", "away", "offline"}
	for n := range 500 {
		id := s.people[rnd.IntN(len(s.people))]
		switch what := rnd.IntN(20); {
		case n == 170 || n == 340:
			for _, c := range cables { // nobody is told that the server goes
				c.cut(true)
			}
			s.restart()
			for _, c := range cables {
				c.up()
			}
		case what == 0:
			cables[rnd.IntN(len(cables))].cut(false)
		case what == 1:
			s.add("Sample Person")
		case what == 2 && len(s.people) > 8:
			last := len(s.people) - 1
			s.folder.scim("DELETE", "/Users/"+s.people[last], "").want(s.t, http.StatusNoContent)
			s.people = s.people[:last]
		case what < 5:
			op := fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, id)
			if rnd.IntN(2) == 0 {
				op = fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, id)
			}
			s.patch("/Groups/"+group, op)
		case what < 8:
			s.patch("/Users/"+id, fmt.Sprintf(`{"op":"replace","path":"title","value":"title %d"}`, n))
		default:
			s.site.do("PUT", "/v1/presence/"+id, s.site.key, fmt.Sprintf(`{"availability":%q,"statusMessage":"%d"}`, words[rnd.IntN(len(words))], n)).want(s.t, http.StatusOK)
		}
	}
}

// patch changes a resource; that nothing was there to remove is no error here.
func (s *stage) patch(path, operation string) {
	a := s.folder.scim("PATCH", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+operation+`]}`)
	if a.status >= http.StatusInternalServerError {
		s.t.Errorf("PATCH %s = %d: %s", path, a.status, a.body)
	}
}

// shows returns what the server shows of a view now.
func (s *site) shows(query string) shown {
	s.t.Helper()
	var m streamclient.Message
	s.do("GET", "/v1/changes?fields=both&"+query, s.key, "").want(s.t, http.StatusOK).decode(s.t, &m)
	truth := shown{}
	for _, e := range m.Data {
		truth.put(e.ID, e.Presence, e.Contact)
	}
	return truth
}
