package trie

import "slices"

// Numbers finds documents by phone number. Several documents may share a
// number, and a document may have many. The zero value is empty and ready to
// use. A Numbers never changes; its methods are safe for concurrent use.
type Numbers struct {
	p      postings[*table]
	called bool // all tables have callers
}

// NewCallers returns an empty Numbers for who is calling: Exact and ExactBatch
// take as little time as one read of memory does, and a number about 15 bytes
// more than in another Numbers.
func NewCallers() *Numbers { return &Numbers{called: true} }

// Apply returns n with b applied. n itself stays as it is.
func (n *Numbers) Apply(b Batch[Key]) *Numbers {
	fresh := func(add []pair) *table { return makeTable(add, n.called) }
	return n.with(n.p.apply(pairsOf(b.Remove, allDigits), pairsOf(b.Add, allDigits), fresh, mergeTables))
}

func (n *Numbers) with(p postings[*table]) *Numbers { return &Numbers{p, n.called} }

// Merge returns n and a merge that is due, or nil if there is none. Several may
// go on at once. See Merge.
func (n *Numbers) Merge() (*Numbers, *Merge[*Numbers]) {
	p, m := n.p.hold(mergeTables)
	if m == nil {
		return n, nil
	}
	return n.with(p), &Merge[*Numbers]{m.run, func(n *Numbers) *Numbers { return n.with(n.p.finish(m)) }}
}

// Len returns the number of postings.
func (n *Numbers) Len() int { return n.p.len() }

// Exact appends to dst the documents with the number k, smallest Doc first,
// and returns the extended slice. It allocates only if dst is too small.
func (n *Numbers) Exact(k Key, dst []Doc) []Doc { return n.exactFrom(0, k, len(dst), dst) }

// exactFrom is Exact in the layers from one on. What dst has behind from is of
// the layers before.
func (n *Numbers) exactFrom(layer int, k Key, from int, dst []Doc) []Doc {
	sources := len(dst) - from
	for i := layer; i < len(n.p.layers); i++ {
		l := &n.p.layers[i]
		before := len(dst)
		if n.called {
			dst = called(l, uint64(k), l.run.callers.spotOne(uint64(k)), dst)
		} else {
			dst = l.run.living(l.run.lower(uint64(k)), uint64(k), &l.dead, dst)
		}
		if len(dst) > before {
			sources++
		}
	}
	if sources > 1 {
		slices.Sort(dst[from:])
	}
	return dst
}

// Prefix appends to dst up to limit documents, MaxLimit at most, with a number
// that begins with k, in the order of their numbers and then of their Docs,
// each once. It also returns how many such postings there are; a document with
// two such numbers counts twice there. It allocates only if dst is too small.
func (n *Numbers) Prefix(k Key, limit int, dst []Doc) (docs []Doc, total int) {
	if k.Len() == 0 {
		return dst, 0
	}
	var room [24]cursor // more layers than any sizes within a uint32 lead to
	cursors := room[:0]
	for i := range n.p.layers {
		l := &n.p.layers[i]
		at := l.run.lower(uint64(k))
		end := l.run.behind(at, uint64(k.end()))
		total += end - at - l.dead.count(at, end)
		c := cursor{layer: l, at: at, end: end}
		if c.settle() {
			cursors = append(cursors, c)
		}
	}
	from := len(dst)
	for limit = min(limit, MaxLimit); limit > len(dst)-from && len(cursors) > 0; {
		first := 0
		for i := 1; i < len(cursors); i++ {
			if cursors[i].before(&cursors[first]) {
				first = i
			}
		}
		c := &cursors[first]
		if doc := c.doc(); !slices.Contains(dst[from:], doc) {
			dst = append(dst, doc)
		}
		if c.at++; !c.settle() {
			cursors = slices.Delete(cursors, first, first+1)
		}
	}
	return dst, total
}

// Longest returns the longest stored number that k begins with, k itself
// included; false if there is none. It finds the declared range, country or
// area that a number belongs to.
func (n *Numbers) Longest(k Key) (Key, bool) {
	var best Key
	for i := range n.p.layers {
		if found := longest(&n.p.layers[i], k); found.Len() > best.Len() {
			best = found
		}
	}
	return best, best != 0
}

// longest returns the longest living key of l that k begins with, or 0. What
// k has in common with the greatest key up to it is all that a prefix of k in
// l can be, so each step shortens k to that.
func longest(l *layer[*table], k Key) Key {
	for k.Len() > 0 {
		at := l.run.lower(uint64(k) + 1)
		if at == 0 {
			return 0
		}
		before := Key(l.run.key(at - 1))
		n := k.common(before)
		if n == before.Len() {
			if hasKey(l, uint64(before)) {
				return before
			}
			n--
		}
		if n == 0 {
			return 0
		}
		k = k.cut(n)
	}
	return 0
}

// hasKey reports whether anything in l is alive under key.
func hasKey(l *layer[*table], key uint64) bool {
	for at := l.run.lower(key); at < l.run.n && l.run.key(at) == key; at++ {
		if !l.dead.has(uint32(at)) {
			return true
		}
	}
	return false
}

// A cursor walks over the living postings of a layer in [at, end).
type cursor struct {
	layer *layer[*table]
	at    int
	end   int
	known int    // one more than the index of the posting that key is of
	key   uint64 // only known where layers are compared
}

// settle moves to the next living posting, or returns false at the end.
func (c *cursor) settle() bool {
	for c.at < c.end && c.layer.dead.has(uint32(c.at)) {
		c.at++
	}
	return c.at < c.end
}

func (c *cursor) doc() Doc { return c.layer.run.doc(c.at) }

// before reports whether the posting of c comes before that of other.
func (c *cursor) before(other *cursor) bool {
	if k, o := c.number(), other.number(); k != o {
		return k < o
	}
	return c.doc() < other.doc()
}

func (c *cursor) number() uint64 {
	if c.known != c.at+1 {
		c.known, c.key = c.at+1, c.layer.run.key(c.at)
	}
	return c.key
}
