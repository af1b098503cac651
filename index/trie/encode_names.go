package trie

import (
	"math/bits"

	"github.com/ringdex/ringdex/index/trie/flat"
)

// Encode writes n; see DecodeNames.
func (n *Names) Encode(w *flat.Writer) {
	w.Uint(markNames)
	encodeLayers(w, n.layers, encodeBook)
}

// DecodeNames reads what Names.Encode wrote. It returns an error,
// flat.ErrDamaged wrapped or one of reading, if that is not what is there.
func DecodeNames(r *flat.Reader) (*Names, error) {
	r.Check(r.Uint() == markNames, "no names")
	n := &Names{layers: decodeLayers(r, decodeBook, func(*book) int { return 0 }), searchers: newSearchers()}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return n, nil
}

func encodeBook(w *flat.Writer, b *book) {
	flat.Write(w, b.docs)
	flat.Write(w, b.byDoc)
	b.names.encode(w)
	b.terms.encode(w)
	flat.Write(w, b.lists.ends)
	flat.Write(w, b.lists.few)
	flat.Write(w, b.lists.blocks)
	flat.Write(w, b.lists.words)
	flat.Write(w, b.fields.bytes)
	flat.Write(w, b.fields.ends)
	flat.Write(w, b.fields.common)
	flat.Write(w, b.tree.nodes)
	flat.Write(w, b.aliases.sounds)
	b.aliases.roman.encode(w)
	flat.Write(w, b.aliases.terms)
	flat.Write(w, b.pairs.heads)
	flat.Write(w, b.pairs.keys)
	flat.Write(w, b.pairs.ends)
	flat.Write(w, b.pairs.lists)
	flat.Write(w, b.tops.nodes)
	flat.Write(w, b.tops.lists)
	w.Uint(uint64(len(b.tops.dense)))
	for _, bitmap := range b.tops.dense {
		flat.Write(w, bitmap)
	}
}

// decodeBook reads a book part by part, each of which is held against those
// that it refers to.
func decodeBook(r *flat.Reader) *book {
	b := &book{docs: flat.Read[Doc](r), byDoc: flat.Read[uint32](r), names: decodeTexts(r), terms: decodeTexts(r)}
	docs, terms := len(b.docs), b.terms.len()
	r.Check(docs <= maxLocals && len(b.byDoc) == docs && allBelow(b.byDoc, docs, all) && b.names.len() == docs, "documents")
	r.Check(terms <= maxBook, "terms")
	b.lists = decodeLists(r, docs, terms)
	b.fields = fields{bytes: flat.Read[byte](r), ends: flat.Read[uint32](r), common: flat.Read[uint32](r)}
	r.Check(areEnds(b.fields.ends, docs, len(b.fields.bytes)) && allBelow(b.fields.common, terms, all), "documents' fields")
	r.Check(r.Err() != nil || b.fields.fit(terms), "terms of fields")
	b.tree.nodes = flat.Read[treeNode](r)
	b.aliases = decodeAliases(r, terms)
	b.pairs = decodePairs(r, docs, terms)
	b.tops = decodeTops(r, docs, terms)
	r.Check(b.tree.fits(terms, len(b.tops.nodes)), "tree of terms")
	return b
}

func decodeLists(r *flat.Reader, docs, terms int) lists {
	l := lists{ends: flat.Read[uint32](r), few: flat.Read[posting](r), blocks: flat.Read[gapBlock](r), words: flat.Read[uint64](r)}
	r.Check(areEnds(l.ends, terms, l.total()), "ends of postings")
	if r.Check(r.Err() != nil || l.fit(docs), "postings"); r.Err() == nil {
		l.group()
	}
	return l
}

// all is the mask of a whole index.
const all = 1<<32 - 1

func (t *texts) encode(w *flat.Writer) {
	flat.Write(w, t.bytes)
	flat.Write(w, t.ends)
}

func decodeTexts(r *flat.Reader) texts {
	t := texts{bytes: flat.Read[byte](r), ends: flat.Read[uint32](r)}
	r.Check(areEnds(t.ends, len(t.ends), len(t.bytes)), "texts")
	return t
}

func decodeAliases(r *flat.Reader, terms int) aliases {
	a := aliases{sounds: flat.Read[uint64](r), roman: decodeTexts(r), terms: flat.Read[uint32](r)}
	r.Check(allBelow(a.sounds, terms, all), "sounds")
	r.Check(len(a.terms) == a.roman.len() && allBelow(a.terms, terms, all), "spellings")
	return a
}

func decodePairs(r *flat.Reader, docs, terms int) pairs {
	p := pairs{heads: flat.Read[uint32](r), keys: flat.Read[uint64](r), ends: flat.Read[uint32](r), lists: flat.Read[paired](r)}
	heads := len(p.heads)
	r.Check(rises(p.heads) && allBelow(p.heads, terms, all), "heads")
	r.Check(rises(p.keys) && areEnds(p.ends, len(p.keys), len(p.lists)) && allBelow(p.lists, docs, maxLocals-1) &&
		allBelow(p.keys, heads, all) && (len(p.keys) == 0 || p.keys[len(p.keys)-1]>>32 < uint64(heads)), "pairs")
	return p
}

func decodeTops(r *flat.Reader, docs, terms int) tops {
	t := tops{nodes: flat.Read[topNode](r), lists: flat.Read[posting](r)}
	n := r.Uint()
	for i := uint64(0); i < n && r.Err() == nil; i++ {
		bitmap := flat.Read[uint64](r)
		r.Check(len(bitmap) == (docs+63)/64 && len(bitmap) > 0, "bitmaps")
		if r.Err() == nil && docs%64 != 0 {
			r.Check(bitmap[len(bitmap)-1]>>(docs%64) == 0, "bitmaps")
		}
		t.dense = append(t.dense, bitmap)
	}
	r.Check(allBelow(t.lists, docs, maxLocals-1), "best documents")
	for i := range t.nodes {
		n := &t.nodes[i]
		r.Check(n.lo <= n.hi && int(n.hi) <= terms && n.list.within(len(t.lists)) && n.words.within(len(t.lists)) &&
			n.wholes <= n.exact && uint32(n.exact) <= n.words.to-n.words.from && n.dense >= -1 && int(n.dense) < len(t.dense), "best of prefixes")
	}
	return t
}

// within reports whether a cut lies in a list of n.
func (c cut) within(n int) bool { return c.from <= c.to && int(c.to) <= n }

// fits reports whether a tree leads to terms and tops that are there, and down.
func (t *tree) fits(terms, tops int) bool {
	for i := range t.nodes {
		n := &t.nodes[i]
		children := uint64(bits.OnesCount64(n.follows & followsMask))
		if int(n.lo) > terms || int(n.follows>>topShift) > tops {
			return false
		}
		if children > 0 && (int(n.child) <= i || uint64(n.child)+children > uint64(len(t.nodes))) {
			return false
		}
	}
	return true
}
