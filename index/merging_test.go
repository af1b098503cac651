package index

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

func TestEveryWriteShowsWhileTheIndexMerges(t *testing.T) {
	w := newWorld(t, memlog.New())
	w.tenant("a")
	w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}})
	rng, names := rand.New(rand.NewPCG(40, 40)), map[int]string{}
	check := func(n int) {
		t.Helper()
		id := contact.ID(fmt.Sprintf("u%d", n))
		want := names[n]
		if got := w.who("a", fmt.Sprintf("+4420794%05d", n)); len(got) != len(want[:min(1, len(want))]) {
			t.Fatalf("who has the number of %s: %v; its name is %q", id, got, want)
		}
		if found, _ := w.index.Snapshot("a").searchNames(Search{Text: want, Limit: 1}, nil); want != "" && (len(found) != 1 || found[0].ID != id) {
			t.Fatalf("%q is not found", want)
		}
	}
	for at := range 120 {
		tx, changed := stream.Tx{}, map[int]bool{}
		for i := range 30 {
			n := at*30 + i
			if rng.IntN(3) == 0 && at > 0 {
				n = rng.IntN(at * 30)
			}
			if changed[n] {
				continue
			}
			key := contact.UserKey("d", contact.ID(fmt.Sprintf("u%d", n)))
			if changed[n] = true; names[n] != "" && rng.IntN(2) == 0 {
				delete(names, n)
				tx.Deletes = append(tx.Deletes, key)
				continue
			}
			names[n] = fmt.Sprintf("Person%d Version%d", n, at)
			tx.Puts = append(tx.Puts, putUser(sample(contact.ID(fmt.Sprintf("u%d", n)), "d", names[n], fmt.Sprintf("+4420794%05d", n))))
		}
		w.commit("a", tx)
		for n := range changed {
			check(n)
		}
		check(rng.IntN(at*30 + 1))
	}
	if got := w.index.Snapshot("a").Len(); got != len(names) {
		t.Errorf("%d contacts; want %d", got, len(names))
	}
}

// Whatever merges are under way, Run returns when all of its goroutines have:
// stop waits for it.
func TestRunEndsInTheMiddleOfMerges(t *testing.T) {
	for i := range 5 {
		w := newWorld(t, memlog.New())
		w.tenant("a")
		w.commit("a", stream.Tx{Puts: []stream.Put{putDirectory("d", "GB", false)}})
		for at := range 4 + i {
			tx := stream.Tx{}
			for n := range 500 {
				id := contact.ID(fmt.Sprintf("u%d", at*500+n))
				tx.Puts = append(tx.Puts, putUser(sample(id, "d", fmt.Sprintf("Person%d", n), "")))
			}
			w.commit("a", tx)
		}
		w.stop()
	}
}
