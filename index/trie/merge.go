package trie

import (
	"bytes"
	"iter"
	"math"
)

// gone is where the map of a merge leads for what is not in the new book.
const gone = math.MaxUint32

// A side is one of two books that are merged, with the new numbers of its
// documents and terms.
type side struct {
	layer[*book]
	stop   func() bool
	locals []uint32
	terms  []uint32

	entries []entry   // of the document at hand
	list    []posting // of the term at hand
	room    gapRoom
}

// mergeBooks returns the book of the documents alive in a and b, or false if
// it would be too large. b may be empty.
func mergeBooks(a, b layer[*book], stop func() bool) (*book, bool) {
	out, ok := joinBooks(a, b, stop)
	if ok && !stop() {
		out.derive()
	}
	return out, ok
}

// joinBooks is mergeBooks but for what derive fills.
func joinBooks(a, b layer[*book], stop func() bool) (*book, bool) {
	if b.run == nil {
		b.run = new(book)
	}
	if a.live()+b.live() > maxLocals || a.run.terms.len()+b.run.terms.len() > maxBook {
		return nil, false
	}
	x, y := newSide(a, stop), newSide(b, stop)
	out := &book{
		docs: make([]Doc, 0, a.live()+b.live()),
	}
	for _, step := range []func(out *book, x, y *side){mergeTerms, mergeDocs, mergeOrder, mergePostings, mergeAliases} {
		if stop() {
			break
		}
		step(out, x, y)
	}
	out.trim()
	return out, true
}

// trim gives back what was made room for and not filled.
func (b *book) trim() {
	b.lists.few, b.lists.blocks, b.lists.words = trimmed(b.lists.few), trimmed(b.lists.blocks), trimmed(b.lists.words)
	b.fields.bytes = trimmed(b.fields.bytes)
	b.aliases.sounds = trimmed(b.aliases.sounds)
	for _, t := range []*texts{&b.names, &b.terms, &b.aliases.roman} {
		t.bytes, t.ends = trimmed(t.bytes), trimmed(t.ends)
	}
}

// trimmed returns list in no more memory than it needs, about.
func trimmed[T any](list []T) []T {
	if cap(list)-len(list) <= len(list)/16 {
		return list
	}
	return append(make([]T, 0, len(list)), list...)
}

// newSide returns a side whose terms are marked: 0 for those that living
// documents use, gone for the others.
func newSide(l layer[*book], stop func() bool) *side {
	s := &side{layer: l, stop: stop, locals: make([]uint32, l.run.size()), terms: make([]uint32, l.run.terms.len())}
	if l.dead.n == 0 {
		return s
	}
	for i := range s.terms {
		s.terms[i] = gone
	}
	for local := range uint32(l.run.size()) {
		if l.dead.has(local) {
			s.locals[local] = gone
			continue
		}
		s.entries = l.run.fields.entries(local, s.entries)
		for _, e := range s.entries {
			if !isHeader(e) {
				s.terms[termOf(e)] = 0
			}
		}
	}
	return s
}

// skip returns the first index from i on that is not gone.
func skip(list []uint32, i int) int {
	for i < len(list) && list[i] == gone {
		i++
	}
	return i
}

// mergeTerms fills the terms of out and numbers those of both sides.
func mergeTerms(out *book, x, y *side) {
	i, j := skip(x.terms, 0), skip(y.terms, 0)
	for i < len(x.terms) || j < len(y.terms) {
		order := 0
		switch {
		case i == len(x.terms):
			order = 1
		case j == len(y.terms):
			order = -1
		default:
			order = bytes.Compare(x.run.terms.at(uint32(i)), y.run.terms.at(uint32(j)))
		}
		number := uint32(out.terms.len())
		if order <= 0 {
			out.terms.addBytes(x.run.terms.at(uint32(i)))
			x.terms[i] = number
			i = skip(x.terms, i+1)
		} else {
			out.terms.addBytes(y.run.terms.at(uint32(j)))
		}
		if order >= 0 {
			y.terms[j] = number
			j = skip(y.terms, j+1)
		}
	}
}

// mergeDocs fills what out has for each document and numbers those of both sides.
func mergeDocs(out *book, x, y *side) {
	w := newFieldsWriter(&out.fields, mergeCounts(out, x, y), cap(out.docs))
	out.fields.bytes = make([]byte, 0, len(x.run.fields.bytes)+len(y.run.fields.bytes))
	i, j := skip(x.locals, 0), skip(y.locals, 0)
	for i < len(x.locals) || j < len(y.locals) {
		if len(out.docs)%stopEvery == 0 && x.stop() {
			return
		}
		if j == len(y.locals) || i < len(x.locals) && compareNames(x.run, uint32(i), y.run, uint32(j)) < 0 {
			x.copyDoc(out, w, uint32(i))
			i = skip(x.locals, i+1)
			continue
		}
		y.copyDoc(out, w, uint32(j))
		j = skip(y.locals, j+1)
	}
}

// copyDoc appends a document to out.
func (s *side) copyDoc(out *book, w *fieldsWriter, local uint32) {
	s.locals[local] = uint32(len(out.docs))
	out.docs = append(out.docs, s.run.docs[local])
	out.names.addBytes(s.run.names.at(local))
	s.entries = s.run.fields.entries(local, s.entries)
	for i, e := range s.entries {
		if !isHeader(e) {
			s.entries[i] = s.terms[termOf(e)]<<8 | e&255
		}
	}
	w.add(s.entries)
}

// mergeCounts returns how many documents have each term of out, dead ones
// included.
func mergeCounts(out *book, x, y *side) []uint32 {
	counts := make([]uint32, out.terms.len())
	for _, s := range []*side{x, y} {
		for i, term := range s.terms {
			if term != gone {
				counts[term] += uint32(s.run.lists.countOf(uint32(i)))
			}
		}
	}
	return counts
}

// mergeOrder fills byDoc.
func mergeOrder(out *book, x, y *side) {
	out.byDoc = make([]uint32, 0, len(out.docs))
	i, j := 0, 0
	for i < len(x.run.byDoc) || j < len(y.run.byDoc) {
		from, at := x, &i
		if i == len(x.run.byDoc) ||
			j < len(y.run.byDoc) && y.run.docs[y.run.byDoc[j]] < x.run.docs[x.run.byDoc[i]] {
			from, at = y, &j
		}
		if local := from.locals[from.run.byDoc[*at]]; local != gone {
			out.byDoc = append(out.byDoc, local)
		}
		*at++
	}
}

// mergePostings fills lists. New locals are in the order of the
// old ones, so that each side's postings stay sorted.
func mergePostings(out *book, x, y *side) {
	out.lists.ends = make([]uint32, 0, out.terms.len())
	var list []posting
	i, j := skip(x.terms, 0), skip(y.terms, 0)
	for term := range uint32(out.terms.len()) {
		if term%stopEvery == 0 && x.stop() {
			return
		}
		var p, q []posting
		if i < len(x.terms) && x.terms[i] == term {
			p = x.postings(uint32(i))
			i = skip(x.terms, i+1)
		}
		if j < len(y.terms) && y.terms[j] == term {
			q = y.postings(uint32(j))
			j = skip(y.terms, j+1)
		}
		list = mergeLists(list[:0], x, p, y, q)
		out.lists.add(list)
	}
	out.lists.seal()
}

// postings returns those of a term, valid until the next call.
func (s *side) postings(term uint32) []posting {
	s.list = s.list[:0]
	for c := s.run.lists.openOne(term, &s.room); ; {
		some := c.next()
		if len(some) == 0 {
			return s.list
		}
		s.list = append(s.list, some...)
	}
}

// mergeLists appends the postings p of x and q of y, renumbered and sorted.
func mergeLists(dst []posting, x *side, p []posting, y *side, q []posting) []posting {
	for {
		a, okA := x.head(&p)
		b, okB := y.head(&q)
		switch {
		case !okA && !okB:
			return dst
		case !okB || okA && a < b:
			dst = append(dst, a)
			p = p[1:]
		default:
			dst = append(dst, b)
			q = q[1:]
		}
	}
}

// mergeSorted calls add with what comes from two sorted sequences, in order and
// each once.
func mergeSorted[T comparable](x, y iter.Seq[T], compare func(a, b T) int, add func(T)) {
	next, stop := iter.Pull(y)
	defer stop()
	b, more := next()
	for a := range x {
		for more && compare(b, a) < 0 {
			add(b)
			b, more = next()
		}
		if more && a == b {
			b, more = next()
		}
		add(a)
	}
	for ; more; b, more = next() {
		add(b)
	}
}

// head returns the first living posting of the list, renumbered, and drops
// those before it.
func (s *side) head(list *[]posting) (posting, bool) {
	for len(*list) > 0 {
		p := (*list)[0]
		if local := s.locals[localOf(p)]; local != gone {
			return p&^(maxLocals-1) | local, true
		}
		*list = (*list)[1:]
	}
	return 0, false
}
