package trie

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/ringdex/ringdex/index/trie/flat"
)

// What Encode writes and Decode reads are the arrays of a structure as they lie
// in memory, with what is dead and with all that is derived, so that decoding
// sorts and builds nothing. It is for starting fast and not for keeping: another
// version, or another kind of machine, refuses it, and the structure is built
// anew. A merge that was under way is not in it; what is decoded has the layers
// as they were, and the merge is due again.
//
// Decoding looks at the length of every array and at every index into another,
// so that damage is an error and not a crash, and makes nothing larger than what
// is left to read. Whether values within these bounds are what was written, a
// checksum must tell, which is the caller's.

// Each structure begins with a mark, which also tells of another byte order.
const (
	markNumbers = 0x52_44_58_4e_00_00_00_00 + formatVersion
	markExact   = 0x52_44_58_45_00_00_00_00 + formatVersion
	markNames   = 0x52_44_58_50_00_00_00_00 + formatVersion

	// formatVersion changes with the layout of anything that is written.
	formatVersion = 5
)

// layersMax is more layers than any structure has.
const layersMax = 1 << 10

// encodeLayers writes layers, whose runs encode writes.
func encodeLayers[R run](w *flat.Writer, layers []layer[R], encode func(*flat.Writer, R)) {
	w.Uint(uint64(len(layers)))
	for i := range layers {
		l := &layers[i]
		encode(w, l.run)
		l.dead.encode(w)
		l.aside.encode(w)
	}
}

// decodeLayers reads layers, whose runs decode reads. asides is how many places
// a run has in its second order.
func decodeLayers[R run](r *flat.Reader, decode func(*flat.Reader) R, asides func(R) int) []layer[R] {
	n := r.Uint()
	r.Check(n <= layersMax, "layers")
	var layers []layer[R]
	for range n {
		if r.Err() != nil {
			return nil
		}
		l := layer[R]{run: decode(r)}
		if r.Err() != nil {
			return nil
		}
		l.dead, l.aside = decodeSet(r, l.run.size()), decodeSet(r, asides(l.run))
		layers = append(layers, l)
	}
	return layers
}

// encode writes the pages of a set that has any.
func (s *set) encode(w *flat.Writer) {
	var at []uint32
	var words [][pageWords]uint64
	for i, p := range s.pages {
		if p != nil {
			at, words = append(at, uint32(i)), append(words, p.words)
		}
	}
	flat.Write(w, at)
	flat.Write(w, words)
}

// decodeSet reads a set of members below n.
func decodeSet(r *flat.Reader, n int) set {
	at, words := flat.Read[uint32](r), flat.Read[[pageWords]uint64](r)
	r.Check(len(at) == len(words) && rises(at) && (len(at) == 0 || int(at[len(at)-1]) <= n/pageBits), "set")
	if r.Err() != nil || len(at) == 0 {
		return set{}
	}
	s := set{pages: make([]*page, at[len(at)-1]+1)}
	for i, where := range at {
		p := &page{words: words[i]}
		for _, w := range p.words {
			p.n += bits.OnesCount64(w)
		}
		s.pages[where] = p
		s.n += p.n
	}
	r.Check(s.below(n) == s.n, "members of a set")
	return s
}

// rises reports whether a list is sorted and has nothing twice.
func rises[T cmp.Ordered](list []T) bool {
	for i := 1; i < len(list); i++ {
		if list[i] <= list[i-1] {
			return false
		}
	}
	return true
}

// areEnds reports whether a list of n ends, each no less than the one before, ends
// at total.
func areEnds(ends []uint32, n, total int) bool {
	if len(ends) != n || n == 0 {
		return len(ends) == n && total == 0
	}
	return slices.IsSorted(ends) && int(ends[n-1]) == total
}

// allBelow reports whether the lowest bits of each value, those of mask, are
// less than n.
func allBelow[T ~uint32 | ~uint64](list []T, n int, mask T) bool {
	top := T(0)
	for _, v := range list {
		top = max(top, v&mask)
	}
	return len(list) == 0 || uint64(top) < uint64(n)
}

// Encode writes n; see DecodeNumbers.
func (n *Numbers) Encode(w *flat.Writer) {
	called := uint64(0)
	if n.called {
		called = 1
	}
	w.Uint(markNumbers)
	w.Uint(called)
	encodeLayers(w, n.p.layers, func(w *flat.Writer, t *table) {
		w.Uint(uint64(t.n))
		w.Uint(uint64(t.top))
		flat.Write(w, t.first)
		flat.Write(w, t.blocks)
		flat.Write(w, t.words)
		if n.called {
			flat.Write(w, t.callers.seed[:])
			flat.Write(w, t.callers.lines)
			flat.Write(w, t.callers.shared)
		}
	})
}

// DecodeNumbers reads what Numbers.Encode wrote: the structure as it was, made
// for callers if it was. It returns an error, flat.ErrDamaged wrapped or one of
// reading, if that is not what is there.
func DecodeNumbers(r *flat.Reader) (*Numbers, error) {
	mark, called := r.Uint(), r.Uint()
	r.Check(mark == markNumbers && called <= 1, "no numbers")
	n := &Numbers{called: called == 1}
	n.p.layers = decodeLayers(r, func(r *flat.Reader) *table { return decodeTable(r, n.called) }, (*table).asides)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return n, nil
}

func decodeTable(r *flat.Reader, called bool) *table {
	n, top := r.Uint(), r.Uint()
	t := &table{first: flat.Read[uint64](r), blocks: flat.Read[block](r), words: flat.Read[uint64](r)}
	r.Check(top < 1<<32 && n <= uint64(len(t.blocks))*blockSize, "shape of numbers")
	if r.Err() != nil {
		return t
	}
	t.n, t.top, t.docBits = int(n), Doc(top), uint8(bits.Len64(top))
	if r.Check(t.fits(), "numbers"); r.Err() != nil {
		return t
	}
	t.climb()
	if !called {
		return t
	}
	seed := flat.Read[uint64](r)
	t.callers = &callers{lines: flat.Read[line](r), shared: flat.Read[uint32](r)}
	r.Check(len(seed) == 2 && len(t.callers.lines) > 0, "no callers")
	if r.Err() != nil {
		return t
	}
	t.callers.seed = callerSeed(seed)
	for i := range t.callers.lines {
		l := &t.callers.lines[i]
		for j := range l.keys {
			if l.flags>>j&1 != 0 {
				r.Check(t.callers.shares(l.docs[j], t.n), "who shares a number")
			}
		}
	}
	return t
}

// shares reports whether there is a list at an index of shared, of a table of
// size postings.
func (c *callers) shares(at Doc, size int) bool {
	left := uint64(len(c.shared))
	if uint64(at)+2 > left {
		return false
	}
	n, first := uint64(c.shared[at]), uint64(c.shared[at+1])
	return uint64(at)+2+n <= left && first+n <= uint64(size)
}

// fits reports whether all postings lie in words, in order.
func (t *table) fits() bool {
	if len(t.first) != len(t.blocks) || len(t.blocks) != (t.n+blockSize-1)/blockSize {
		return false
	}
	for i, b := range t.blocks {
		if b.shift > 63 || b.keyBits > 64-b.shift || uint64(b.from)+uint64(b.keyBits)+uint64(t.docBits)+2 > uint64(len(t.words)) || t.key(i*blockSize) != t.first[i] {
			return false
		}
	}
	before := pair{}
	for i := range t.n {
		p := t.pair(i)
		if p.doc > t.top || i > 0 && comparePairs(before, p) >= 0 {
			return false
		}
		before = p
	}
	return true
}

// Encode writes e, with the key of its hashes; see DecodeExact.
func (e *Exact) Encode(w *flat.Writer) {
	key := e.hashKey()
	w.Uint(markExact)
	flat.Write(w, key[:])
	encodeLayers(w, e.p.layers, func(w *flat.Writer, h *hashes) {
		w.Uint(uint64(h.width))
		w.Uint(uint64(h.low))
		w.Uint(uint64(h.top))
		flat.Write(w, h.words)
		flat.Write(w, h.starts)
	})
}

// DecodeExact reads what Exact.Encode wrote. Hashes for it are those of its own
// HashOf. It returns an error, flat.ErrDamaged wrapped or one of reading, if
// that is not what is there.
func DecodeExact(r *flat.Reader) (*Exact, error) {
	mark, key := r.Uint(), flat.Read[uint64](r)
	r.Check(mark == markExact && len(key) == 2, "nothing exact")
	e := new(Exact)
	if r.Err() == nil {
		e.key = hashKey(key)
	}
	e.p.layers = decodeLayers(r, decodeHashes, func(*hashes) int { return 0 })
	if err := r.Err(); err != nil {
		return nil, err
	}
	return e, nil
}

func decodeHashes(r *flat.Reader) *hashes {
	width, low, top := r.Uint(), r.Uint(), r.Uint()
	r.Check(width <= 32 && top < 1<<32 && low == uint64(bits.Len64(top)) && low <= 64-hashBits+width, "shape of hashes")
	h := &hashes{width: uint8(width), low: uint8(low), top: Doc(top), words: flat.Read[uint64](r), starts: flat.Read[uint32](r)}
	if r.Err() != nil {
		return h
	}
	r.Check(len(h.starts) == 1<<h.width+1 && h.starts[0] == 0 && areEnds(h.starts, len(h.starts), len(h.words)), "places of hashes")
	return h
}
