package trie

import "slices"

// Numbers finds documents by phone number. Several documents may share a
// number, and a document may have many. The zero value is empty and ready to
// use. A Numbers never changes; its methods are safe for concurrent use.
type Numbers struct {
	p postings
}

// Apply returns n with b applied. n itself stays as it is.
func (n *Numbers) Apply(b Batch[Key]) *Numbers {
	return &Numbers{n.p.apply(pairsOf(b.Remove), pairsOf(b.Add), false)}
}

// Merge returns n and a merge that is due, or nil if there is none. Several may
// go on at once. See Merge.
func (n *Numbers) Merge() (*Numbers, *Merge[*Numbers]) {
	p, m := n.p.hold()
	if m == nil {
		return n, nil
	}
	return &Numbers{p}, &Merge[*Numbers]{m.run, func(n *Numbers) *Numbers { return &Numbers{n.p.finish(m)} }}
}

// Len returns the number of postings.
func (n *Numbers) Len() int { return n.p.len() }

// Exact appends to dst the documents with the number k, smallest Doc first,
// and returns the extended slice. It allocates only if dst is too small.
func (n *Numbers) Exact(k Key, dst []Doc) []Doc { return n.p.exact(uint64(k), dst) }

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
		at, end := l.run.lower(uint64(k)), l.run.lower(uint64(k.end()))
		total += end - at - l.dead.count(at, end)
		c := cursor{l, at, end}
		if c.settle() {
			cursors = append(cursors, c)
		}
	}
	from := len(dst)
	for limit = min(limit, MaxLimit); limit > len(dst)-from && len(cursors) > 0; {
		first := 0
		for i := 1; i < len(cursors); i++ {
			if comparePairs(cursors[i].pair(), cursors[first].pair()) < 0 {
				first = i
			}
		}
		c := &cursors[first]
		if doc := c.pair().doc; !slices.Contains(dst[from:], doc) {
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
		before := Key(l.run.keys[at-1])
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

// A cursor walks over the living postings of a layer in [at, end).
type cursor struct {
	layer *layer[*table]
	at    int
	end   int
}

// settle moves to the next living posting, or returns false at the end.
func (c *cursor) settle() bool {
	for c.at < c.end && c.layer.dead.has(uint32(c.at)) {
		c.at++
	}
	return c.at < c.end
}

func (c *cursor) pair() pair { return c.layer.run.pair(c.at) }
