package hub

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyWhoIsLookedAtIsWatched(t *testing.T) {
	inBubble(t, Config{}, func(s *Space, d *diary) {
		s.PutContact("c1", "d1", nil)
		s.PutContact("c2", "d1", []string{"g1"})
		s.PutContact("c3", "d2", []string{"g1", "g2"})
		s.PutContact("c4", "d2", nil)
		wants := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, slices.Sorted(slices.Values(s.Watched()))); diff != "" {
				t.Errorf("watched (-want +got):\n%s", diff)
			}
		}
		wants()
		list := d.subscribe(s, Topic{Kind: Contacts, IDs: []string{"c1", "unborn"}})
		wants("c1")
		group := d.subscribe(s, Topic{Kind: Group, ID: "g1"})
		wants("c1", "c2", "c3")
		directory := d.subscribe(s, Topic{Kind: Directory, ID: "d2"})
		wants("c1", "c2", "c3", "c4")
		s.DeleteContact("c3")
		wants("c1", "c2", "c4")
		s.PutContact("unborn", "d3", nil)
		wants("c1", "c2", "c4", "unborn")
		if err := list.Update(nil, []string{"c1"}, 10); err != nil {
			t.Fatal(err)
		}
		group.Close()
		wants("c4", "unborn")
		list.Close()
		directory.Close()
		wants()
		cards := s.Attach(d).Subscribe(Topic{Kind: Directory, ID: "d1"}, Contact, Position{})
		wants() // who looks at contacts alone does not ask for presence
		cards.Close()
		if len(s.lists) != 0 {
			t.Errorf("%d lists are left", len(s.lists))
		}
	})
}

func BenchmarkWatched(b *testing.B) {
	s := New(Config{Shards: 1}).Space("t1")
	for i := range 100_000 {
		s.PutContact("contact-"+strconv.Itoa(i), "d1", []string{"g1"})
	}
	sub := s.Attach(&diary{}).Subscribe(Topic{Kind: Directory, ID: "d1"}, Presence, Position{})
	defer sub.Close()
	for b.Loop() {
		if len(s.Watched()) != 100_000 {
			b.Fatal("not everybody is watched")
		}
	}
}
