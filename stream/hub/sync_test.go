package hub

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func fragments(states []SyncState) string {
	texts := make([]string, len(states))
	for i, s := range states {
		texts[i] = string(s.Fragment)
	}
	return strings.Join(texts, " ")
}

func TestSyncIsToldAsStateAndOnlyWhenItChanged(t *testing.T) {
	inBubble(t, Config{}, func(s *Space, d *diary) {
		s.SetSync("d1", []byte("d1:ok"), false)
		s.SetSync("d2", []byte("d2:ok"), false)
		s.SetSync("d3", []byte("d3:off"), true) // of which nobody ever heard
		sub := s.Attach(d).Subscribe(Topic{Kind: Sync}, Both, Position{})
		told := func(want string) {
			t.Helper()
			got := ""
			for delta := sub.Next(); delta != nil; delta = sub.Next() {
				got += fragments(delta.Syncs)
				if delta.Reset || delta.Empty() {
					t.Errorf("reset %v, empty %v", delta.Reset, delta.Empty())
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		}
		told("d1:ok d2:ok")
		told("")
		s.SetSync("d1", []byte("d1:ok"), false)
		told("")
		s.SetSync("d1", []byte("d1:degraded"), false)
		s.SetSync("d2", []byte("d2:degraded"), false)
		s.SetSync("d1", []byte("d1:revoked"), false)
		told("d2:degraded d1:revoked")
		s.SetSync("d1", []byte("d1:off"), true)
		told("d1:off")
		if other := s.Attach(d).Subscribe(Topic{Kind: Sync}, Both, Position{}); fragments(other.Next().Syncs) != "d2:degraded" {
			t.Error("who comes late is told of what is over")
		}
		nobody := s.hub.Space("t2").Attach(d).Subscribe(Topic{Kind: Sync}, Both, Position{})
		if delta := nobody.Next(); delta != nil {
			t.Errorf("a tenant without a source is told %+v", delta)
		}
	})
}

func TestSyncStandsBesideWhatIsPolled(t *testing.T) {
	s := New(Config{Epoch: "e1"}).Space("t1")
	s.PutContact("c1", "d1", nil)
	s.SetSync("d1", []byte("d1:ok"), false)
	for _, topic := range []Topic{{Kind: Directory, ID: "d1"}, {Kind: Group, ID: "none"}, {Kind: Contacts, IDs: []string{"c1"}}} {
		first := s.Since(topic, Both, Position{})
		if got := fragments(first.Syncs); got != "d1:ok" {
			t.Errorf("at first %q", got)
		}
		if again := s.Since(topic, Both, first.To); len(again.Syncs) != 0 || again.Reset {
			t.Errorf("asked again: %+v", again)
		}
	}
	at := s.Position()
	s.SetSync("d1", []byte("d1:revoked"), false)
	s.SetPresence("c1", []byte("1"))
	news := s.Since(Topic{Kind: Directory, ID: "d1"}, Both, at)
	if fragments(news.Syncs) != "d1:revoked" || len(news.Entries) != 1 || news.To != s.Position() {
		t.Errorf("news are %+v", news)
	}
	s.SetSync("d1", []byte("d1:ok"), false)
	news = s.Since(Topic{Kind: Directory, ID: "d1"}, Both, news.To)
	if fragments(news.Syncs) != "d1:ok" || len(news.Entries) != 0 || news.To != s.Position() {
		t.Errorf("news are %+v", news)
	}
}

func TestDirectoriesThatAreOverAreBounded(t *testing.T) {
	s := New(Config{Epoch: "e1"}).Space("t1")
	for i := range 3 * maxOver {
		id := fmt.Sprint("d", i)
		s.SetSync(id, []byte("ok"), false)
		s.SetSync(id, []byte("off"), true)
	}
	if n := len(s.topics[topicKey{kind: Sync}].syncs); n != maxOver {
		t.Errorf("%d are remembered", n)
	}
}
