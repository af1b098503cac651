package phone

import (
	"fmt"
	"strings"
	"testing"
)

// book is a Finder over a map, the model of what an index does.
type book struct {
	keys    map[Key][]Hit
	ranges  []Range
	numbers []Number
}

func newBook(region string, raws ...string) *book {
	b := &book{keys: map[Key][]Hit{}}
	for i, raw := range raws {
		b.add(Hit{Doc: uint32(i), ID: fmt.Sprintf("id-%03d", i)}, raw, region)
	}
	return b
}

func (b *book) add(h Hit, raw, region string) {
	n := Parse(raw, region)
	h.E164, h.Ext = n.E164, n.Ext
	b.numbers = append(b.numbers, n)
	for _, k := range n.Keys(nil) {
		b.keys[k] = append(b.keys[k], h)
	}
}

func (b *book) Find(k Key, dst []Hit) []Hit { return append(dst, b.keys[k]...) }

// rangeBook is a book that knows number blocks.
type rangeBook struct{ *book }

func (b rangeBook) FindRange(e164 string) (best Range, found bool) {
	for _, r := range b.ranges {
		if strings.HasPrefix(e164, r.Prefix) && len(r.Prefix) > len(best.Prefix) {
			best, found = r, true
		}
	}
	return best, found
}

// suffixBook is a book that finds numbers by their end.
type suffixBook struct{ rangeBook }

func (b suffixBook) FindSuffix(digits string, dst []Hit) []Hit {
	for k, hits := range b.keys {
		if k.Space == SpaceE164 && strings.HasSuffix(k.Text, digits) {
			dst = append(dst, hits...)
		}
	}
	return dst
}

// outcome writes an answer as the vectors do: "e164", "variant:mx1",
// "e164 ambiguous=2", "none".
func outcome(a *Answer) string {
	s := a.Rung.String()
	switch a.Status {
	case StatusNone, StatusAnonymous:
		return a.Status.String()
	case StatusAmbiguous:
		return fmt.Sprintf("%s ambiguous=%d", s, a.People)
	}
	if a.Variant != "" {
		s += ":" + a.Variant
	}
	return s
}

// ask runs the ladder and fails the test if Explain answers otherwise than
// Match.
func ask(t testing.TB, caller string, ctx Context, f Finder) Answer {
	t.Helper()
	var a Answer
	c := Clean(caller, "")
	Match(c, ctx, f, &a)
	e := Explain(c, ctx, f)
	if outcome(&a) != outcome(&e) || a.E164 != e.E164 || len(a.Trace) != 0 {
		t.Errorf("caller %q: Match says %q %s, Explain says %q %s, trace of Match %v", caller, outcome(&a), a.E164, outcome(&e), e.E164, a.Trace)
	}
	return a
}
