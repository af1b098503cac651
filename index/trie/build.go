package trie

import (
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A builder makes a book of documents that are not in one yet.
type builder struct {
	analyser analyser
	docs     []draft
	ids      map[string]uint32 // terms in the order they came up
	texts    []string
	forward  []entry // with ids for terms
}

// A draft is a document before its local is known.
type draft struct {
	doc        Doc
	name       string
	letters    int // of name
	start, end int // its part of forward
}

// full reports whether the next document belongs in another book.
func (b *builder) full() bool {
	return len(b.docs) >= maxLocals/8 || len(b.texts) >= maxBook/2
}

// parallelMin is how many documents are worth another goroutine.
const parallelMin = 1 << 13

// buildBooks returns books of entries, of which each document has one. It
// builds parts of a large batch on all cores and then merges them.
func buildBooks(entries []Entry) []layer[*book] {
	parts := max(1, min(runtime.GOMAXPROCS(0), len(entries)/parallelMin))
	made := make([][]layer[*book], parts)
	var wg sync.WaitGroup
	for i := range parts {
		part := entries[len(entries)*i/parts : len(entries)*(i+1)/parts]
		wg.Go(func() { made[i] = buildPart(part) })
	}
	wg.Wait()
	never := func() bool { return false }
	layers := mergeAll(slices.Concat(made...), joinBooks, never)
	for i := range layers {
		layers[i].run.derive()
	}
	return layers
}

// buildPart returns books of entries, but for what derive fills.
func buildPart(entries []Entry) []layer[*book] {
	var layers []layer[*book]
	for len(entries) > 0 {
		var made builder
		for len(entries) > 0 && !made.full() {
			made.add(entries[0])
			entries = entries[1:]
		}
		layers = append(layers, layer[*book]{run: made.finish()})
	}
	return layers
}

// add adds a document.
func (b *builder) add(e Entry) {
	if b.ids == nil {
		b.ids = make(map[string]uint32)
	}
	d := draft{doc: e.Doc, start: len(b.forward)}
	for _, f := range e.Fields {
		if f.Kind == Display {
			d.name = b.analyser.folder.String(f.Text)
			break
		}
	}
	open := -1
	for _, t := range b.analyser.analyse(e.Fields) {
		if int(t.place.field) != open {
			b.forward = append(b.forward, makeHeader(t.place))
			open = int(t.place.field)
		}
		b.forward = append(b.forward, makeEntry(b.id(t.text), t.place))
	}
	d.letters = utf8.RuneCountInString(d.name)
	d.end = len(b.forward)
	b.docs = append(b.docs, d)
}

func (b *builder) id(text string) uint32 {
	if id, ok := b.ids[text]; ok {
		return id
	}
	// The text shares a string with the rest of its field.
	text = strings.Clone(text)
	id := uint32(len(b.texts))
	b.ids[text] = id
	b.texts = append(b.texts, text)
	return id
}

// finish returns the book, but for what derive fills. The builder must not be
// used again.
func (b *builder) finish() *book {
	slices.SortFunc(b.docs, func(x, y draft) int {
		if x.letters != y.letters {
			return cmp.Compare(x.letters, y.letters)
		}
		return compareTies([]byte(x.name), x.doc, []byte(y.name), y.doc)
	})
	out := &book{docs: make([]Doc, 0, len(b.docs))}
	numbers := b.sortTerms(out)
	counts := make([]uint32, len(numbers))
	for i, e := range b.forward {
		if !isHeader(e) {
			e = numbers[termOf(e)]<<8 | e&255
			b.forward[i] = e
			counts[termOf(e)]++
		}
	}
	w := newFieldsWriter(&out.fields, counts, len(b.docs))
	for _, d := range b.docs {
		out.docs = append(out.docs, d.doc)
		out.names.add(d.name)
		w.add(b.forward[d.start:d.end])
	}
	out.indexDocs()
	out.invert()
	out.buildAliases()
	out.trim()
	return out
}

// derive fills what follows from the rest.
func (b *book) derive() {
	if len(b.docs) < parallelMin {
		b.buildTops()
		b.buildTree()
		b.buildPairs()
		return
	}
	var pairs sync.WaitGroup
	pairs.Go(b.buildPairs)
	b.buildTops()
	b.buildTree()
	pairs.Wait()
}

// sortTerms fills the terms of out and returns their numbers by id.
func (b *builder) sortTerms(out *book) []uint32 {
	type ordered struct {
		head uint64 // the first bytes, which decide most comparisons
		id   uint32
	}
	order := make([]ordered, len(b.texts))
	for i, text := range b.texts {
		var first [8]byte
		copy(first[:], text)
		order[i] = ordered{binary.BigEndian.Uint64(first[:]), uint32(i)}
	}
	slices.SortFunc(order, func(x, y ordered) int {
		if x.head != y.head {
			return cmp.Compare(x.head, y.head)
		}
		return cmp.Compare(b.texts[x.id], b.texts[y.id])
	})
	numbers := make([]uint32, len(order))
	for number, o := range order {
		numbers[o.id] = uint32(number)
		out.terms.add(b.texts[o.id])
	}
	return numbers
}

// indexDocs fills byDoc.
func (b *book) indexDocs() {
	b.byDoc = make([]uint32, len(b.docs))
	for i := range b.byDoc {
		b.byDoc[i] = uint32(i)
	}
	slices.SortFunc(b.byDoc, func(x, y uint32) int { return cmp.Compare(b.docs[x], b.docs[y]) })
}

// invert fills lists from fields.
func (b *book) invert() {
	counts := make([]uint32, b.terms.len())
	var doc bestSlots
	for local := range uint32(len(b.docs)) {
		for _, s := range doc.of(b, local) {
			counts[s.term]++
		}
	}
	next := make([]uint32, len(counts))
	total := uint32(0)
	for i, n := range counts {
		next[i] = total
		total += n
	}
	all := make([]posting, total)
	for local := range uint32(len(b.docs)) {
		for _, s := range doc.of(b, local) {
			all[next[s.term]] = makePosting(s.slot, local)
			next[s.term]++
		}
	}
	b.lists.ends = make([]uint32, 0, len(counts))
	for term := range counts {
		list := all[start(next, uint32(term)):next[term]]
		slices.Sort(list)
		b.lists.add(list)
	}
	b.lists.seal()
}

// bestSlots finds the best slot of each term of a document.
type bestSlots struct {
	entries []entry
	list    []termSlot
}

type termSlot struct {
	term uint32
	slot uint16
}

// of returns the distinct terms of a document, valid until the next call.
func (s *bestSlots) of(b *book, local uint32) []termSlot {
	s.list = s.list[:0]
	s.entries = b.fields.entries(local, s.entries)
	var field place
	for _, e := range s.entries {
		if isHeader(e) {
			field = openField(e, 0)
			continue
		}
		s.list = append(s.list, termSlot{termOf(e), field.at(e).slot()})
	}
	slices.SortFunc(s.list, func(a, b termSlot) int {
		if a.term != b.term {
			return cmp.Compare(a.term, b.term)
		}
		return cmp.Compare(a.slot, b.slot)
	})
	s.list = slices.CompactFunc(s.list, func(a, b termSlot) bool { return a.term == b.term })
	return s.list
}
