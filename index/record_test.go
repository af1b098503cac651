package index

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
)

// TestARecordIsTheEntry reads records of random people, one over the other, and
// holds them against what they were made from.
func TestARecordIsTheEntry(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 7))
	raws := []string{"+44 20 7946 0018", "020 7946 0018 x12", "4711", "sip:ana@Example.com", "", "garbage", "+1 201 555 0123;ext=9"}
	var e Entry
	for range 2000 {
		c := (corpus.Corpus{Size: 1000}).Contact(rng.IntN(1000))
		for range rng.IntN(4) {
			c.Numbers = append(c.Numbers, contact.Number{Type: "x", Raw: raws[rng.IntN(len(raws))], Primary: rng.IntN(2) == 0})
		}
		want := Entry{Contact: c, Seq: stream.Seq(rng.Uint64())}
		for i := range c.Numbers {
			want.Parsed = append(want.Parsed, phone.Parse(c.Numbers[i].Raw, "GB"))
		}
		for g := range rng.IntN(3) {
			want.Groups = append(want.Groups, contact.ID(fmt.Sprint("g", g)))
		}
		r := newRecord(&c, contact.AppendHeader(nil, &c), "GB", want.Groups, want.Seq)
		same := []cmp.Option{cmpopts.IgnoreUnexported(Entry{}), cmpopts.EquateEmpty()}
		r.decode(&e)
		if d := cmp.Diff(want, e, same...); d != "" {
			t.Fatalf("read over another (-want +got):\n%s", d)
		}
		if id, dir := r.owner(); id != c.ID || dir != c.DirectoryID {
			t.Fatalf("owner %s of %s", id, dir)
		}
		if d := cmp.Diff(want.Groups, r.groups(), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("groups (-want +got):\n%s", d)
		}
		want.Groups, want.Seq = []contact.ID{"g7"}, want.Seq+1
		other := r.withGroups(want.Groups, want.Seq)
		if other.lasting() != r.lasting() {
			t.Fatal("other groups are another contact")
		}
		if d := cmp.Diff(&want, (&table{}).entryOf(other), same...); d != "" {
			t.Fatalf("with other groups (-want +got):\n%s", d)
		}
	}
}

func TestDisplayIsKeptForEachNumberAndExtension(t *testing.T) {
	s := newShown()
	for range 2 {
		for _, raw := range []string{"+442079460018", "+442079460018 x12", "+442079460018 x13", "+12015550123", "4711"} {
			n := phone.Parse(raw, "GB")
			if got, want := s.display(&n), n.Display(); got != want {
				t.Errorf("%s is shown as %q, not %q", raw, got, want)
			}
		}
	}
	n := phone.Parse("+442079460018", "")
	if allocs := testing.AllocsPerRun(100, func() { s.display(&n) }); allocs > 0 {
		t.Errorf("%v allocations for a number shown again", allocs)
	}
}

func BenchmarkRecord(b *testing.B) {
	c := (corpus.Corpus{Size: 1000}).Contact(7)
	r := newRecord(&c, contact.AppendHeader(nil, &c), "GB", nil, 1)
	b.Run("decode", func(b *testing.B) {
		e := newEntry()
		for b.Loop() {
			r.decode(e)
		}
	})
	b.Run("entry", func(b *testing.B) {
		t := &table{}
		b.ReportAllocs()
		for b.Loop() {
			t.entryOf(r)
		}
	})
	b.Run("owner", func(b *testing.B) {
		for b.Loop() {
			r.owner()
		}
	})
}

// TestASketchIsTheBeginningOfTheEntry holds what questions about numbers read of
// a record against the whole.
func TestASketchIsTheBeginningOfTheEntry(t *testing.T) {
	var s sketch
	for n := range 500 {
		c := (corpus.Corpus{Size: 500}).Contact(n)
		for i := range c.Numbers {
			c.Numbers[i].Primary = (n+i)%3 == 0
		}
		c.Active = n%4 > 0
		r := newRecord(&c, contact.AppendHeader(nil, &c), "GB", []contact.ID{"g"}, 1)
		e := (&table{}).entryOf(r)
		r.sketch(&s)
		if s.id != e.ID || s.active != e.Active || len(s.numbers) != len(e.Parsed) {
			t.Fatalf("%+v of %+v", s, e)
		}
		for i := range s.numbers {
			want := e.Parsed[i]
			want.Raw = ""
			h := s.hit(3, i)
			if s.numbers[i].Number != want || h.TypeRank != typeRank(e.Numbers[i].Type) || h.Primary != e.Numbers[i].Primary || h.Inactive == e.Active {
				t.Errorf("number %d of %s: %+v, %+v", i, e.ID, s.numbers[i], h)
			}
		}
	}
}
