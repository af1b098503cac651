package text

import (
	"fmt"
	"testing"
	"time"
)

func TestBacklogKeepsTheNewestOfEachKeyInItsPlace(t *testing.T) {
	var b backlog
	put := func(id, name string) { b.put(change{key: key{"0", id}, doc: &Document{ID: id, Name: name}}) }
	put("a", "1")
	put("b", "1")
	put("a", "2")
	b.put(change{key: key{"0", "b"}})
	put("a", "3")
	b.put(change{key: key{"1", "a"}})
	got := ""
	for _, c := range b.take(10) {
		name := "-"
		if c.doc != nil {
			name = c.doc.Name
		}
		got += string(c.tag) + c.id + name + " "
	}
	if want := "0a3 0b- 1a- "; got != want {
		t.Errorf("took %q, want %q", got, want)
	}
}

func TestBacklogIsBoundedByTheKeysThatChange(t *testing.T) {
	var b backlog
	for i := range 10_000 {
		if n := b.put(change{key: key{"0", fmt.Sprint(i % 7)}}); n > 7 {
			t.Fatalf("%d changes of 7 keys wait", n)
		}
	}
	if got := len(b.waiting); got != 7 || len(b.place) != 7 {
		t.Errorf("%d changes and %d places of 7 keys", got, len(b.place))
	}
}

func TestBacklogServesAKeyThatChangesAllTheTime(t *testing.T) {
	var b backlog
	b.put(change{key: key{"0", "busy"}})
	for i := range 100 {
		b.put(change{key: key{"0", fmt.Sprint(i)}})
		b.put(change{key: key{"0", "busy"}})
	}
	if first := b.take(1); first[0].id != "busy" {
		t.Errorf("first is %q", first[0].id)
	}
}

func TestBacklogSettlesWhatWasTakenOnly(t *testing.T) {
	var b backlog
	b.put(change{key: key{"0", "a"}, at: time.Unix(1, 0)})
	b.put(change{key: key{"0", "b"}, at: time.Unix(2, 0)})
	both := b.end()
	b.take(1)
	b.put(change{key: key{"0", "a"}, at: time.Unix(3, 0)}) // again, while the first is written
	if n, oldest := b.lag(); n != 3 || oldest.Unix() != 1 {
		t.Errorf("lag is %d since %d; want 3 since 1", n, oldest.Unix())
	}
	b.settle()
	if ok, moved := b.settled(both); ok || moved == nil {
		t.Error("b is settled before it was taken")
	}
	b.take(1)
	_, moved := b.settled(both)
	b.settle()
	select {
	case <-moved:
	default:
		t.Error("settle woke nobody")
	}
	if ok, _ := b.settled(both); !ok {
		t.Error("b is not settled")
	}
	if n, oldest := b.lag(); n != 1 || oldest.Unix() != 3 {
		t.Errorf("lag is %d since %d; want 1 since 3", n, oldest.Unix())
	}
	b.take(9)
	b.settle()
	if n, oldest := b.lag(); n != 0 || !oldest.IsZero() {
		t.Errorf("lag is %d since %v when all is settled", n, oldest)
	}
}
