package wsock

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshotThenChange(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{"id":"c1"}`, "d1")
	r.presence("c1", `{"availability":"available"}`)
	p := r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
	p.wantText(`{"type":"snapshot","sub":"s","reset":true,"data":[{"id":"c1","presence":{"availability":"available"}}],"position":"e1:2","more":false}`)
	r.presence("c1", `{"availability":"busy"}`)
	p.wantText(`{"type":"changes","sub":"s","data":[{"id":"c1","presence":{"availability":"busy"}}],"position":"e1:3"}`)
	r.put("c2", `{"id":"c2"}`, "d1")
	p.wantText(`{"type":"changes","sub":"s","data":[{"id":"c2","presence":null}],"position":"e1:4"}`)
	r.remove("c1")
	p.wantText(`{"type":"changes","sub":"s","data":[],"removed":["c1"],"position":"e1:5"}`)
}

func TestContactFieldsTellOfContactsOnly(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{"id":"c1","v":1}`, "d1")
	p := r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, `,"fields":"contact"`)
	p.wantText(`{"type":"snapshot","sub":"s","reset":true,"data":[{"id":"c1","contact":{"id":"c1","v":1}}],"position":"e1:1","more":false}`)
	r.presence("c1", `{"availability":"busy"}`)
	r.put("c1", `{"id":"c1","v":2}`, "d1")
	p.wantText(`{"type":"contacts","sub":"s","updated":[{"id":"c1","v":2}],"position":"e1:3"}`)
	r.put("c2", `{"id":"c2"}`, "d1")
	p.wantText(`{"type":"contacts","sub":"s","created":[{"id":"c2"}],"position":"e1:4"}`)
	r.remove("c2")
	p.wantText(`{"type":"contacts","sub":"s","deleted":["c2"],"position":"e1:5"}`)
}

func TestBothFieldsGivePositionWithTheLastMessageOnly(t *testing.T) {
	r := newRig(t, nil)
	p := r.open(t)
	p.subscribe("s", `{"kind":"group","groupId":"g1"}`, `,"fields":"both"`)
	p.wantText(`{"type":"snapshot","sub":"s","reset":true,"data":[],"position":"e1:0","more":false}`)
	r.put("c1", `{"id":"c1"}`, "d1", "g1")
	p.wantText(`{"type":"changes","sub":"s","data":[{"id":"c1","presence":null}]}`)
	p.wantText(`{"type":"contacts","sub":"s","created":[{"id":"c1"}],"position":"e1:1"}`)
	r.put("c1", `{"id":"c1","v":2}`, "d1", "g1")
	p.wantText(`{"type":"contacts","sub":"s","updated":[{"id":"c1","v":2}],"position":"e1:2"}`)
	r.presence("c1", `{}`)
	p.wantText(`{"type":"changes","sub":"s","data":[{"id":"c1","presence":{}}],"position":"e1:3"}`)
	r.put("c1", `{"id":"c1","v":2}`, "d1")
	p.wantText(`{"type":"changes","sub":"s","data":[],"removed":["c1"]}`)
	p.wantText(`{"type":"contacts","sub":"s","deleted":["c1"],"position":"e1:4"}`)
}

func TestContactsViewFollowsItsIDs(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{}`, "d1")
	r.put("c2", `{}`, "d1")
	p := r.open(t)
	p.subscribe("s", `{"kind":"contacts","ids":["c1","c9"]}`, "")
	p.wantText(`{"type":"snapshot","sub":"s","reset":true,"data":[{"id":"c1","presence":null}],"position":"e1:2","more":false}`)
	p.send(`{"type":"update","id":8,"sub":"s","add":["c2","c8"],"remove":["c1"]}`)
	p.wantText(`{"type":"ack","id":8,"sub":"s"}`)
	m := p.want("changes")
	if len(m.Data) != 1 || m.Data[0].ID != "c2" || len(m.Removed) != 1 || m.Removed[0] != "c8" {
		t.Errorf("after the update: %s", m.Text)
	}
	r.presence("c1", `{}`) // not watched any more
	r.put("c9", `{}`, "d1")
	m = p.want("changes")
	if len(m.Data) != 1 || m.Data[0].ID != "c9" {
		t.Errorf("after c9 came to be: %s", m.Text)
	}
	p.send(`{"type":"unsubscribe","id":9,"sub":"s"}`)
	p.wantText(`{"type":"ack","id":9,"sub":"s"}`)
	r.presence("c2", `{}`)
	p.send(`{"type":"unsubscribe","id":10,"sub":"s"}`)
	if m := p.want("error"); m.Error.Status != 404 {
		t.Errorf("second unsubscribe: %s", m.Text)
	}
}

func TestSearchResultsArePinned(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{"n":"anna"}`, "d1")
	r.put("c2", `{"n":"bert"}`, "d1")
	r.put("c3", `{"n":"hanna"}`, "d1")
	p := r.open(t)
	p.subscribe("s", `{"kind":"search","q":"ann","limit":10}`, "")
	if m := p.want("snapshot"); len(m.Data) != 2 {
		t.Fatalf("snapshot of the search: %s", m.Text)
	}
	r.put("c4", `{"n":"joann"}`, "d1")
	r.presence("c2", `{}`)
	r.presence("c3", `{}`)
	if m := p.want("changes"); len(m.Data) != 1 || m.Data[0].ID != "c3" {
		t.Errorf("change of a search: %s", m.Text)
	}
	p.send(`{"type":"update","id":3,"sub":"s","add":["c4"]}`)
	if m := p.want("error"); m.Error.Field != "sub" {
		t.Errorf("update of a search: %s", m.Text)
	}
}

func TestLiveSearchFollowsWhoMatches(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.SearchEvery = 5 * time.Millisecond })
	r.put("c1", `{"n":"anna"}`, "d1")
	r.put("c2", `{"n":"bert"}`, "d1")
	p, other := r.open(t), r.dial(t, "key-2")
	other.want("hello")
	p.subscribe("s", `{"kind":"search","q":"ann","limit":2,"live":true}`, "")
	other.subscribe("s", `{"kind":"search","q":"ann","live":true}`, "")
	other.want("snapshot")
	if m := p.want("snapshot"); len(m.Data) != 1 || m.Data[0].ID != "c1" {
		t.Fatalf("snapshot of the search: %s", m.Text)
	}
	change := func(what string, data, removed []string) {
		t.Helper()
		m := p.want("changes")
		got := []string{}
		for _, e := range m.Data {
			got = append(got, e.ID)
		}
		if !cmp.Equal(got, data) || !cmp.Equal(m.Removed, removed) {
			t.Errorf("%s: told %s", what, m.Text)
		}
	}
	r.put("c2", `{"n":"joann"}`, "d1")
	change("one begins to match", []string{"c2"}, nil)
	r.put("c3", `{"n":"hannes"}`, "d1") // has no room
	r.put("c1", `{"n":"otto"}`, "d1")
	change("one ends to match and makes room", []string{"c3"}, []string{"c1"})
	r.remove("c2")
	change("one is removed", []string{}, []string{"c2"})
	p.send(`{"type":"unsubscribe","id":10,"sub":"s"}`)
	eventually(t, "the answer", func() bool {
		m, err := p.read()
		return err != nil || m.Type == "ack"
	})
	r.searches.mu.Lock()
	defer r.searches.mu.Unlock()
	if n := len(r.searches.all); n != 1 {
		t.Errorf("%d searches go on, want the other tenant's", n)
	}
}

func TestRefreshedTokenOutlivesTheFirst(t *testing.T) {
	r := newRig(t, nil)
	r.mu.Lock()
	r.tokens["key-1b"] = Principal{Tenant: "t1", KeyID: "k9", Scopes: []string{"stream"}}
	r.mu.Unlock()
	p := r.open(t)
	r.Warn("k1", time.Minute)
	p.wantText(`{"type":"token.expiring","inMs":60000}`)
	p.send(`{"type":"refresh","id":4,"token":"key-2"}`)
	if m := p.want("error"); m.Error.Status != 403 {
		t.Errorf("another tenant's key: %s", m.Text)
	}
	p.send(`{"type":"refresh","id":5,"token":"key-1b"}`)
	p.wantText(`{"type":"ack","id":5}`)
	r.Revoke("k1")
	p.subscribe("s", `{"kind":"group","groupId":"g"}`, "")
	p.want("snapshot")
	r.Revoke("k9")
	p.wantClose(CodeUnauthenticated)
}

func TestResumeTellsWhatChangedAndNothingElse(t *testing.T) {
	r := newRig(t, nil)
	for i := range 5 {
		r.put(fmt.Sprintf("c%d", i), `{}`, "d1")
	}
	p := r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
	position := p.want("snapshot").Position
	_ = p.ws.CloseNow()
	r.presence("c1", `{"n":1}`)
	r.presence("c1", `{"n":2}`)
	r.remove("c2")

	p = r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, `,"since":"`+position+`"`)
	p.wantText(`{"type":"changes","sub":"s","data":[{"id":"c1","presence":{"n":2}}],"removed":["c2"],"position":"e1:8"}`)
	p.subscribe("ids", `{"kind":"contacts","ids":["c1","c2","c3"]}`, `,"since":"`+position+`"`)
	p.wantText(`{"type":"changes","sub":"ids","data":[{"id":"c1","presence":{"n":2}}],"removed":["c2"],"position":"e1:8"}`)
	p.subscribe("none", `{"kind":"directory","directoryId":"d1"}`, `,"since":"e1:8"`)
	p.wantText(`{"type":"changes","sub":"none","data":[],"position":"e1:8"}`)
	p.subscribe("only", `{"kind":"directory","directoryId":"d1"}`, `,"fields":"contact","since":"e1:8"`)
	p.wantText(`{"type":"contacts","sub":"only","position":"e1:8"}`)
}

func TestUnknownPositionResetsTheView(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{}`, "d1")
	p := r.open(t)
	for i, since := range []string{"e0:1", "e1:99"} {
		p.subscribe(fmt.Sprint("s", i), `{"kind":"directory","directoryId":"d1"}`, `,"since":"`+since+`"`)
		if m := p.want("snapshot"); !m.Reset || len(m.Data) != 1 {
			t.Errorf("since %s: %s", since, m.Text)
		}
	}
}

func TestLargeViewsComeInPages(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.PageEntries = 100 })
	for i := range 250 {
		r.put(fmt.Sprintf("c%03d", i), `{"n":1}`, "d1")
	}
	p := r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, `,"fields":"both"`)
	seen := map[string]bool{}
	for page := range 3 {
		m := p.want("snapshot")
		for _, e := range m.Data {
			seen[e.ID] = true
		}
		last := page == 2
		if m.Reset != (page == 0) || *m.More == last || (m.Position != "") != last {
			t.Errorf("page %d: reset %v, more %v, position %q", page, m.Reset, *m.More, m.Position)
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d contacts in three pages, want 250", len(seen))
	}
	_ = p.ws.CloseNow()
	for i := range 250 {
		r.remove(fmt.Sprintf("c%03d", i))
	}
	for i := range 150 {
		r.put(fmt.Sprintf("n%03d", i), `{"n":1}`, "d1")
	}
	p = r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, `,"fields":"both","since":"e1:250"`)
	var data, removed, created, deleted, messages int
	for position := ""; position == ""; messages++ {
		m, err := p.read()
		if err != nil {
			t.Fatal(err)
		}
		if n := len(m.Data) + len(m.Removed) + len(m.Created) + len(m.Deleted); n > 100 || n == 0 {
			t.Errorf("a page of %d", n)
		}
		data, removed = data+len(m.Data), removed+len(m.Removed)
		created, deleted = created+len(m.Created), deleted+len(m.Deleted)
		position = m.Position
	}
	got, want := []int{data, removed, created, deleted, messages}, []int{150, 250, 150, 250, 8}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("presences, removed, created, deleted, messages (-want +got):\n%s", diff)
	}
}

func TestPagesEndAtTheirSize(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.PageBytes = 2000 })
	pad := `{"pad":"` + strings.Repeat("x", 900) + `"}`
	for i := range 10 {
		r.put(fmt.Sprintf("c%d", i), `{}`, "d1")
		r.presence(fmt.Sprintf("c%d", i), pad)
	}
	p := r.open(t)
	p.subscribe("s", `{"kind":"directory","directoryId":"d1"}`, "")
	pages := 1
	for ; *p.want("snapshot").More; pages++ {
	}
	if pages != 4 && pages != 5 {
		t.Errorf("10 entries of 900 bytes came in %d pages of 2,000", pages)
	}
}

func TestTenantsDoNotSeeEachOther(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{"id":"c1"}`, "d1", "g1")
	p := r.dial(t, "key-2")
	p.want("hello")
	for i, topic := range []string{
		`{"kind":"directory","directoryId":"d1"}`,
		`{"kind":"group","groupId":"g1"}`,
		`{"kind":"contacts","ids":["c1"]}`,
		`{"kind":"search","q":"c1"}`,
		`{"kind":"agent","agentId":"a1"}`,
	} {
		sub := fmt.Sprint("s", i)
		p.subscribe(sub, topic, `,"fields":"both"`)
		if m := p.want("snapshot"); len(m.Data) != 0 || *m.More {
			t.Errorf("%s in another tenant: %s", topic, m.Text)
		}
	}
	r.presence("c1", `{}`)
	r.put("c1", `{"id":"c1","v":2}`, "d1", "g1")
	r.hub.Space("t1").Call("a1", "call-1", []byte(`{"callId":"call-1"}`), false)
	// The next thing it hears of is its own tenant's.
	r.hub.Space("t2").Call("a1", "call-2", []byte(`{"callId":"call-2"}`), false)
	if m := p.want("call"); m.CallID != "call-2" {
		t.Errorf("heard %s", m.Text)
	}
}

func TestRingingCallIsStillThereAfterAReconnect(t *testing.T) {
	r := newRig(t, nil)
	space := r.hub.Space("t1")
	agent := `{"kind":"agent","agentId":"a1"}`
	p := r.open(t)
	p.subscribe("me", agent, "")
	p.wantText(`{"type":"snapshot","sub":"me","reset":true,"data":[],"position":"e1:0","more":false}`)
	space.Call("a1", "x", []byte(`{"callId":"x","state":"ringing"}`), false)
	p.wantText(`{"type":"call","sub":"me","position":"e1:1","callId":"x","state":"ringing"}`)
	_ = p.ws.CloseNow()
	space.Call("a1", "y", []byte(`{"callId":"y","state":"ringing"}`), false)

	p = r.dial(t, "agent-1")
	p.want("hello")
	p.subscribe("me", `{"kind":"agent","agentId":"me"}`, `,"since":"e1:1"`)
	p.wantText(`{"type":"call","sub":"me","position":"e1:2","callId":"y","state":"ringing"}`)
	p.subscribe("all", agent, "")
	p.wantText(`{"type":"snapshot","sub":"all","reset":true,"data":[],"position":"e1:0","more":false}`)
	p.wantText(`{"type":"call","sub":"all","position":"e1:1","callId":"x","state":"ringing"}`)
	p.wantText(`{"type":"call","sub":"all","position":"e1:2","callId":"y","state":"ringing"}`)
	p.subscribe("idle", agent, `,"since":"e1:2"`)
	p.wantText(`{"type":"changes","sub":"idle","data":[],"position":"e1:2"}`)
}
