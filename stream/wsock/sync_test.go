package wsock

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (r *rig) sync(tenant, directory, state string) {
	r.hub.Space(tenant).SetSync(directory, fmt.Appendf(nil, `{"directoryId":%q,"state":%q}`, directory, state), state == "off")
}

func TestSyncReachesWhoeverHasAView(t *testing.T) {
	r := newRig(t, nil)
	r.sync("t1", "d1", "ok")
	p := r.open(t)
	p.subscribe("group", `{"kind":"group","groupId":"g1"}`, "")
	first := []string{p.mustRead().Type, p.mustRead().Type}
	if diff := cmp.Diff([]string{"presence.sync", "snapshot"}, first); diff != "" {
		t.Fatalf("first (-want +got):\n%s", diff)
	}
	p.subscribe("list", `{"kind":"contacts","ids":["c1"]}`, "")
	p.want("snapshot") // and not the sync once more
	other := r.dial(t, "key-2")
	other.want("hello")
	other.subscribe("list", `{"kind":"directory","directoryId":"d1"}`, "")
	other.want("snapshot")

	r.sync("t1", "d1", "revoked")
	p.wantText(`{"type":"presence.sync","directoryId":"d1","state":"revoked"}`)
	p.send(`{"type":"unsubscribe","id":8,"sub":"group"}`)
	p.want("ack")
	r.sync("t1", "d1", "removed")
	p.wantText(`{"type":"presence.sync","directoryId":"d1","state":"removed"}`)
	r.sync("t2", "d2", "ok")
	other.wantText(`{"type":"presence.sync","directoryId":"d2","state":"ok"}`)

	// Who comes back is told the newest state, with and without a position.
	back := r.open(t)
	back.send(`{"type":"subscribe","id":7,"sub":"d","topic":{"kind":"directory","directoryId":"d1"},"since":"e1:0"}`)
	back.want("ack")
	back.wantText(`{"type":"presence.sync","directoryId":"d1","state":"removed"}`)
	back.want("changes")
}

func (p *peer) mustRead() msg {
	p.t.Helper()
	m, err := p.read()
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func TestSyncCountsForNoSubscription(t *testing.T) {
	r := newRig(t, func(cfg *Config) { cfg.Subscriptions = 2 })
	p := r.open(t)
	for _, sub := range []string{"a", "b"} {
		p.subscribe(sub, `{"kind":"group","groupId":"g"}`, "")
		p.want("snapshot")
	}
	p.send(`{"type":"subscribe","id":3,"sub":"c","topic":{"kind":"group","groupId":"g"}}`)
	if m := p.want("error"); m.Error.Status != 413 {
		t.Errorf("a third: %s", m.Text)
	}
	for _, sub := range []string{"a", "b"} {
		p.send(`{"type":"unsubscribe","id":4,"sub":"` + sub + `"}`)
		p.want("ack")
	}
	for _, sub := range []string{"a", "b"} {
		p.subscribe(sub, `{"kind":"group","groupId":"g"}`, "")
		p.want("snapshot")
	}
}

func TestSyncIsAnEventWithoutAPosition(t *testing.T) {
	r := newRig(t, nil)
	r.sync("t1", "d1", "degraded")
	l := r.listen(t, "group=g1", "key-1", "")
	if m := l.want("presence.sync"); l.last != "" || m.State != "degraded" {
		t.Errorf("told %s with id %q", m.Text, l.last)
	}
	l.want("snapshot")
	at := l.last
	r.sync("t1", "d1", "ok")
	if m := l.want("presence.sync"); l.last != at || m.State != "ok" {
		t.Errorf("told %s with id %q", m.Text, l.last)
	}
	again := r.listen(t, "group=g1", "key-1", at)
	if m := again.want("presence.sync"); m.State != "ok" {
		t.Errorf("resumed: %s", m.Text)
	}
}

func TestPollingTellsSyncOnce(t *testing.T) {
	r := newRig(t, nil)
	r.put("c1", `{}`, "d1")
	r.sync("t1", "d1", "ok")
	r.sync("t2", "d2", "ok")
	first := r.changes(t, "directory=d1", 200)
	if want := `"presenceSync":[{"directoryId":"d1","state":"ok"}]}`; !strings.HasSuffix(first.Text, want+"\n") {
		t.Errorf("at first %s", first.Text)
	}
	second := r.changes(t, "directory=d1&since="+first.Position, 200)
	if strings.Contains(second.Text, "presenceSync") || second.Position != first.Position {
		t.Errorf("then %s", second.Text)
	}
	r.sync("t1", "d1", "off")
	third := r.changes(t, "ids=c1&since="+second.Position, 200)
	if want := `{"type":"changes","position":"e1:3","data":[],"presenceSync":[{"directoryId":"d1","state":"off"}]}` + "\n"; third.Text != want {
		t.Errorf("when it is over %s", third.Text)
	}
	if m := r.changes(t, "directory=d1", 200); strings.Contains(m.Text, "presenceSync") {
		t.Errorf("afterwards %s", m.Text)
	}
}
