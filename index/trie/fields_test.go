package trie

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomEntries returns the fields of a document of any shape that there can
// be, with terms below n.
func randomEntries(rng *rand.Rand, n int) []entry {
	var list []entry
	for range rng.IntN(12) {
		list = append(list, makeHeader(place{kind: Kind(rng.IntN(int(kinds) + 1)), words: uint8(1 + rng.IntN(MaxPosition+1))}))
		count := 1 + rng.IntN(4)
		if rng.IntN(10) == 0 {
			count = 1 + rng.IntN(200)
		}
		for i := range count {
			p := place{pos: uint8(min(i, MaxPosition)), span: 1}
			if rng.IntN(3) == 0 {
				p = place{pos: uint8(rng.IntN(MaxPosition + 1)), span: uint8(1 + rng.IntN(MaxPosition))}
			}
			term := rng.IntN(n)
			if rng.IntN(2) == 0 {
				term = rng.IntN(min(n, 40))
			}
			list = append(list, makeEntry(uint32(term), p))
		}
	}
	return list
}

func TestFieldsComeBackAsTheyWereWritten(t *testing.T) {
	for _, terms := range []int{1, 20, fewTerms, fewTerms + 1, 60_000, maxBook} {
		rng := rand.New(rand.NewPCG(60, uint64(terms)))
		counts := make([]uint32, terms)
		for range 100_000 {
			counts[min(rng.IntN(terms), rng.IntN(terms), rng.IntN(terms))]++
		}
		var f fields
		w := newFieldsWriter(&f, counts, 0)
		if len(f.common) > commonMax || terms <= fewTerms && len(f.common) > 0 || terms > fewTerms && len(f.common) < 100 {
			t.Errorf("%d of %d terms are common", len(f.common), terms)
		}
		var docs [][]entry
		for range 300 {
			docs = append(docs, randomEntries(rng, terms))
			w.add(docs[len(docs)-1])
		}
		if !f.fit(terms) || terms > 1 && f.fit(1) {
			t.Errorf("%d terms: what was written does not fit, or into anything", terms)
		}
		for i, want := range docs {
			if got := f.entries(uint32(i), nil); !slices.Equal(got, want) {
				t.Fatalf("%d terms, document %d: %x; want %x", terms, i, got, want)
			}
		}
	}
}

// What a person is called takes few bytes.
func TestAPersonsFieldsAreShort(t *testing.T) {
	b := sampleNames(20_000).layers[0].run
	if size := float64(len(b.fields.bytes)) / float64(len(b.docs)); size > 40 {
		t.Errorf("%.1f bytes a document", size)
	}
}

// Bytes that are no fields are refused, and never read beyond.
func TestFieldsThatDoNotFitAreRefused(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 61))
	for range 30_000 {
		b := make([]byte, 1+rng.IntN(12))
		for i := range b {
			b[i] = byte(rng.IntN(256)) >> rng.IntN(8)
		}
		f := fields{bytes: b, ends: []uint32{uint32(len(b))}, common: []uint32{4, 2}}
		if f.fit(50) {
			for _, e := range f.entries(0, nil) {
				if !isHeader(e) && termOf(e) >= 50 {
					t.Fatalf("%x has the term %d", b, termOf(e))
				}
			}
		}
	}
}
