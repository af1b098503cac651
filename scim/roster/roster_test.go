package roster

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
)

func number(n uint32) (v id) {
	binary.BigEndian.PutUint32(v[12:], n)
	return v
}

func TestListAgreesWithASortedSlice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var l list
	var model []id
	for step := range 60_000 {
		v := number(rng.Uint32N(20_000))
		at, found := slices.BinarySearchFunc(model, v, compare)
		if rng.IntN(3) > 0 {
			if l.add(v) == found {
				t.Fatalf("step %d: add reports the wrong thing", step)
			}
			if !found {
				model = slices.Insert(model, at, v)
			}
		} else {
			if l.remove(v) != found {
				t.Fatalf("step %d: remove reports the wrong thing", step)
			}
			if found {
				model = slices.Delete(model, at, at+1)
			}
		}
		if step%997 == 0 {
			start, n := rng.IntN(len(model)+10)-5, rng.IntN(3000)
			got := l.slice(start, n)
			var want []id
			if start >= 0 && start < len(model) {
				want = model[start:min(start+n, len(model))]
			}
			if l.count != len(model) || !slices.Equal(got, want) {
				t.Fatalf("step %d: slice(%d, %d) has %d ids, want %d; count %d, want %d", step, start, n, len(got), len(want), l.count, len(model))
			}
		}
	}
}

func TestIDTextSurvives(t *testing.T) {
	for _, text := range []string{"0190c2f1-0000-7000-8000-00000000abcd", "ffffffff-ffff-ffff-ffff-ffffffffffff"} {
		v, ok := parseID(contact.ID(text))
		if !ok || v.text() != contact.ID(text) {
			t.Errorf("id %s became %s", text, v.text())
		}
	}
	for _, text := range []string{"", "0190c2f1-0000-7000-8000-00000000abcg", "0190c2f1x0000-7000-8000-00000000abcd", "x"} {
		if _, ok := parseID(contact.ID(text)); ok {
			t.Errorf("%q parsed as an id", text)
		}
	}
}

func BenchmarkAppendAtAMillion(b *testing.B) {
	var l list
	for n := range uint32(1_000_000) {
		l.add(number(n))
	}
	n := uint32(1_000_000)
	for b.Loop() {
		l.add(number(n))
		n++
	}
}

func BenchmarkPageFromTheMiddleOfAMillion(b *testing.B) {
	var l list
	for n := range uint32(1_000_000) {
		l.add(number(n))
	}
	for b.Loop() {
		l.slice(500_000, 100)
	}
}
