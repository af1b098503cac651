package streamclient

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// truth is the server's side of the model: the present values, the offset of
// each one's last change, and the offset of each removal.
type truth struct {
	values  map[string]string
	changed map[string]int
	removed map[string]int
	offset  int
	epoch   int
}

func (tr *truth) position(offset int) string { return fmt.Sprintf("e%d:%d", tr.epoch, offset) }

// mutate changes or removes a random contact.
func (tr *truth) mutate(rng *rand.Rand) {
	tr.offset++
	id := fmt.Sprintf("c%d", rng.IntN(12))
	if rng.IntN(4) == 0 {
		delete(tr.values, id)
		delete(tr.changed, id)
		tr.removed[id] = tr.offset
		return
	}
	tr.values[id] = fmt.Sprintf(`{"v":%d}`, rng.IntN(5))
	tr.changed[id] = tr.offset
	delete(tr.removed, id)
}

// restart loses the epoch, as a server process does.
func (tr *truth) restart() {
	tr.epoch++
	tr.offset = 0
	tr.removed = make(map[string]int)
	for id := range tr.changed {
		tr.changed[id] = 0
	}
}

// messages is what a server sends to a view that stands at since: the changes
// if it can tell them, else a snapshot in pages of three.
func (tr *truth) messages(since string) []Message {
	var epoch, offset int
	if n, _ := fmt.Sscanf(since, "e%d:%d", &epoch, &offset); n == 2 && epoch == tr.epoch {
		m := Message{Type: "changes", Position: tr.position(tr.offset)}
		for id, at := range tr.changed {
			if at > offset {
				m.Data = append(m.Data, tr.entry(id))
			}
		}
		for id, at := range tr.removed {
			if at > offset {
				m.Removed = append(m.Removed, id)
			}
		}
		return []Message{m}
	}
	var pages []Message
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(tr.values)), 3) {
		m := Message{Type: "snapshot", More: true, Reset: len(pages) == 0}
		for _, id := range chunk {
			m.Data = append(m.Data, tr.entry(id))
		}
		pages = append(pages, m)
	}
	return append(pages, Message{Type: "snapshot", Reset: len(pages) == 0, Position: tr.position(tr.offset)})
}

func (tr *truth) entry(id string) Entry {
	return Entry{ID: id, Presence: json.RawMessage(tr.values[id])}
}

// TestViewConvergesOnTheTruth sends random changes over a connection that is
// lost at random places, also between the pages of a snapshot, to a server
// that restarts now and then, and sometimes sends messages twice. The view and
// the sum of its changes must both end on the truth.
func TestViewConvergesOnTheTruth(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		tr := &truth{values: map[string]string{}, changed: map[string]int{}, removed: map[string]int{}}
		var v View
		told := map[string]string{} // the sum of the changes
		deliver := func(m Message) {
			for _, c := range v.Apply(m) {
				if c.Before != nil && told[c.ID] != string(c.Before.Presence) {
					t.Fatalf("seed %d: change from %s, but told was %s", seed, c.Before.Presence, told[c.ID])
				}
				if c.After == nil {
					delete(told, c.ID)
					continue
				}
				told[c.ID] = string(c.After.Presence)
			}
		}
		for range 200 {
			switch rng.IntN(20) {
			case 0:
				tr.restart()
			default:
				for range rng.IntN(4) {
					tr.mutate(rng)
				}
			}
			for _, m := range tr.messages(v.Position()) {
				deliver(m)
				if rng.IntN(5) == 0 && m.Type == "changes" {
					deliver(m)
				}
				if rng.IntN(10) == 0 {
					v.abandon()
					break
				}
			}
		}
		for _, m := range tr.messages(v.Position()) {
			deliver(m)
		}
		seen := map[string]string{}
		for id := range tr.values {
			if e, ok := v.Get(id); ok {
				seen[id] = string(e.Presence)
			}
		}
		if diff := cmp.Diff(tr.values, seen); diff != "" || v.Len() != len(tr.values) {
			t.Fatalf("seed %d: view differs from the truth (-want +got):\n%s", seed, diff)
		}
		if diff := cmp.Diff(tr.values, told); diff != "" {
			t.Fatalf("seed %d: the changes do not add up (-want +got):\n%s", seed, diff)
		}
	}
}

func TestUnchangedValueIsNoChange(t *testing.T) {
	var v View
	m := Message{Type: "changes", Data: []Entry{{ID: "a", Presence: json.RawMessage("1")}}}
	if got := v.Apply(m); len(got) != 1 {
		t.Fatalf("first: %d changes, want 1", len(got))
	}
	if got := v.Apply(m); len(got) != 0 {
		t.Errorf("again: %d changes, want none", len(got))
	}
}

func FuzzApply(f *testing.F) {
	f.Add([]byte(`{"type":"snapshot","reset":true,"position":"e1:1","data":[{"id":"a","presence":null},{"id":"a"},{}]}`))
	f.Add([]byte(`{"type":"changes","data":[{"id":"a","presence":{"availability":"busy"}}],"removed":["b",""]}`))
	f.Add([]byte(`{"type":"contacts","created":[{"id":"a"},null,7,{"id":3}],"deleted":["c"]}`))
	f.Add([]byte(`{"type":"call"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := decode(raw)
		if err != nil {
			return
		}
		var v View
		known := Message{Type: "changes", Data: []Entry{{ID: "a", Presence: json.RawMessage("1")}, {ID: "b"}}}
		v.Apply(known)
		v.Apply(m)
		once := maps.Clone(v.members)
		position := v.Position()
		v.Apply(m)
		if len(once) != v.Len() || position != v.Position() {
			t.Errorf("applying twice is not applying once: %d members at %q, then %d at %q", len(once), position, v.Len(), v.Position())
		}
		for _, id := range m.Removed {
			if _, ok := v.Get(id); ok && m.Type == typeChanges {
				t.Errorf("removed member is still there")
			}
		}
	})
}
