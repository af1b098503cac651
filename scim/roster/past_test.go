package roster

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/stream"
	"github.com/ringdex/ringdex/stream/memlog"
)

// TestAMomentIsWhatTheLogShowedThen asks about every moment within reach and
// compares with a copy of the list made then.
func TestAMomentIsWhatTheLogShowedThen(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	r, err := Open(memlog.New(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const steps = 400
	var model []contact.ID
	history := [][]contact.ID{nil} // by sequence
	for seq := stream.Seq(1); seq <= steps; seq++ {
		rec := stream.Record{Commit: stream.Commit{Seq: seq}, Tenant: "t"}
		for range 1 + rng.IntN(4) {
			v := number(rng.Uint32N(60)).text()
			deleted := rng.IntN(2) == 0
			dir := "d"
			if rng.IntN(4) == 0 {
				dir = "other"
			}
			rec.Changes = append(rec.Changes, stream.Change{Key: contact.UserKey(dir, v), Deleted: deleted})
			at, there := slices.BinarySearch(model, v)
			switch {
			case dir != "d" || there != deleted:
			case deleted:
				model = slices.Delete(slices.Clone(model), at, at+1)
			default:
				model = slices.Insert(slices.Clone(model), at, v)
			}
		}
		if err := r.apply(rec); err != nil {
			t.Fatal(err)
		}
		history = append(history, model)
	}
	for at, want := range history {
		m, err := r.At(t.Context(), "t", "d", contact.KindUser, stream.Seq(at))
		if err != nil {
			t.Fatal(err)
		}
		for place := range len(want) + 2 {
			expect := append(slices.Clone(want), "", "")[place]
			if got, total, ok := m.First(place); got != expect || total != len(want) || !ok {
				t.Fatalf("at %d, place %d: %q of %d, %v; want %q of %d", at, place, got, total, ok, expect, len(want))
			}
		}
		var all []contact.ID
		for n := range uint32(60) {
			v := number(n).text()
			i, there := slices.BinarySearch(want, v)
			if there {
				i++
			}
			if got, total, ok := m.Through(v); got != i || total != len(want) || !ok {
				t.Fatalf("at %d: %d of %d through %s, want %d of %d", at, got, total, v, i, len(want))
			}
			all = append(all, v, v)
		}
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if got, ok := m.Among(append(all, "x", "")); !slices.Equal(got, want) || !ok {
			t.Fatalf("at %d: %v, want %v", at, got, want)
		}
	}
}

func TestAMomentTooFarBackIsRefused(t *testing.T) {
	r, err := Open(memlog.New(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for seq := stream.Seq(1); seq <= recentMax+10; seq++ {
		_ = r.apply(stream.Record{Commit: stream.Commit{Seq: seq}, Tenant: "t", Changes: []stream.Change{{Key: contact.UserKey("d", number(uint32(seq)).text())}}})
	}
	for at, want := range map[stream.Seq]bool{0: false, 9: false, 10: true, 11: true, recentMax + 10: true} {
		m, err := r.At(t.Context(), "t", "d", contact.KindUser, at)
		if err != nil {
			t.Fatal(err)
		}
		first, total, ok := m.First(5)
		if ok != want || ok && (total != int(at) || first != number(6).text()) {
			t.Errorf("at %d: %s of %d, %v", at, first, total, ok)
		}
	}
}
