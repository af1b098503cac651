package index

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/stream"
)

// plannedRanges makes n ranges of a few countries, clustered as those of real
// numbering plans are.
func plannedRanges(n int, rnd *rand.Rand) []*dialplan.Range {
	seen := map[string]bool{}
	var all []*dialplan.Range
	for len(all) < n {
		country := []string{"4930", "4989", "4420", "4416", "331", "1212", "1415", "3906", "4312", "81"}[rnd.IntN(10)]
		prefix := country + fmt.Sprintf("%0*d", 2+rnd.IntN(4), rnd.IntN(100_000))
		if seen[prefix] {
			continue
		}
		seen[prefix] = true
		r := &dialplan.Range{ID: fmt.Sprint(len(all)), Prefix: "+" + prefix, MinExtra: rnd.IntN(2), MaxExtra: 1 + rnd.IntN(5)}
		all = append(all, r)
	}
	return all
}

// byID returns ranges as a planBuilder keeps them.
func byID(all []*dialplan.Range) map[string]*dialplan.Range {
	m := make(map[string]*dialplan.Range, len(all))
	for _, r := range all {
		m[r.ID] = r
	}
	return m
}

// longestOf finds the range of a number by looking at every one.
func longestOf(all map[string]*dialplan.Range, e164 string) *dialplan.Range {
	var best *dialplan.Range
	for _, r := range all {
		extra := len(e164) - len(r.Prefix)
		if strings.HasPrefix(e164, r.Prefix) && extra >= r.MinExtra && extra <= r.MaxExtra && (best == nil || len(r.Prefix) > len(best.Prefix)) {
			best = r
		}
	}
	return best
}

func TestLongestRangeThatHoldsTheNumberWins(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	all := plannedRanges(300, rnd)
	now := byID(all[:200])
	b := blocks{base: pack(now)}
	for step := range 20_000 {
		if step > 5000 && step%20 == 0 { // a range comes, goes, or is another's
			r := all[rnd.IntN(len(all))]
			if now[r.ID] != nil {
				delete(now, r.ID)
				b = b.without(r.Prefix)
			} else {
				changed := *r
				changed.MinExtra, changed.MaxExtra = rnd.IntN(3), 3
				now[r.ID] = &changed
				b = b.with(&changed)
			}
		}
		if b.packAfter(len(now)) {
			b = blocks{base: pack(now)}
		}
		e164 := all[rnd.IntN(len(all))].Prefix
		for range rnd.IntN(7) {
			e164 += string(rune('0' + rnd.IntN(10)))
		}
		if got, want := b.longest(e164[1:]), longestOf(now, e164); got != want {
			t.Fatalf("step %d: longest(%s) = %+v, want %+v", step, e164, got, want)
		}
	}
}

func TestNoRangeHoldsWhatIsNoNumber(t *testing.T) {
	for _, b := range []blocks{{}, {base: pack(nil)}, {base: pack(byID(plannedRanges(10, rand.New(rand.NewPCG(1, 2)))))}} {
		for _, digits := range []string{"", "4930x", "+49", "9999999999999999999"} {
			if r := b.longest(digits); r != nil {
				t.Errorf("longest(%q) = %+v", digits, r)
			}
		}
	}
}

func TestFindingARangeDoesNotAllocate(t *testing.T) {
	all := plannedRanges(1000, rand.New(rand.NewPCG(1, 2)))
	b := blocks{base: pack(byID(all[:900]))}
	for _, r := range all[900:] {
		b = b.with(r)
	}
	question := all[7].Prefix[1:] + "1"
	if n := testing.AllocsPerRun(100, func() { b.longest(question) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkRange finds the longest of 50,000 declared ranges: when all are
// packed, and when a tenth changed since.
func BenchmarkRange(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	all := plannedRanges(50_000, rnd)
	settled := blocks{base: pack(byID(all))}
	changing := blocks{base: pack(byID(all[:45_000]))}
	for _, r := range all[45_000:] {
		changing = changing.with(r)
	}
	questions := make([]string, 4096)
	for i := range questions {
		questions[i] = all[rnd.IntN(len(all))].Prefix[1:] + fmt.Sprint(rnd.IntN(10))
	}
	for name, ranges := range map[string]*blocks{"packed": &settled, "changing": &changing} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if ranges.longest(questions[i%len(questions)]) == nil {
					b.Fatal("a number of a range is in none")
				}
			}
		})
	}
	b.Run("pack", func(b *testing.B) {
		m := byID(all)
		for b.Loop() {
			pack(m)
		}
	})
}

func TestShortCutAnswersAsTheLadderDoes(t *testing.T) {
	w := searchWorld(t)
	again := sample("u4", "d", "Di Sample", "+442079460019")
	again.Numbers = append(again.Numbers, contact.Number{Type: "mobile", Raw: "+1 201 555 0123"}, contact.Number{Type: "work", Raw: "+12015550123"})
	w.commit("a", stream.Tx{Puts: []stream.Put{putUser(again)}})
	s := w.index.Snapshot("a")
	m := s.Matcher()
	for _, number := range []string{"+442079460018", "+442079460019", "+12015550123", "+442079460020", "4711"} {
		for _, ctx := range []phone.Context{{}, {Region: "US"}} {
			q := Caller{Number: number, Context: ctx}
			var want phone.Answer
			phone.Match(phone.Clean(number, ""), ctx, &finder{s: s}, &want)
			m.Warm([]string{number, number})
			got := m.Lookup(q)
			if diff := cmp.Diff(want, got.Answer, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s in %q (-ladder +matcher):\n%s", number, ctx.Region, diff)
			}
		}
	}
}
