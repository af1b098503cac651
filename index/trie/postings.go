package trie

import "slices"

// settleTables is how many postings a change merges itself.
const settleTables = 1 << 13

// postings is what Numbers and Exact have in common: postings under 64-bit keys.
type postings struct {
	layers []layer[*table]
}

func (p *postings) len() int {
	n := 0
	for i := range p.layers {
		n += p.layers[i].live()
	}
	return n
}

// apply returns p with the sorted lists removed and then added. hashed says
// whether the keys are hashes.
func (p *postings) apply(remove, add []pair, hashed bool) postings {
	dead := make([][]uint32, len(p.layers))
	for _, r := range remove {
		if i, at := p.find(r); at >= 0 {
			dead[i] = append(dead[i], uint32(at))
		}
	}
	next := postings{layers: bury(p.layers, dead)}
	if len(next.layers) > 0 {
		add = slices.DeleteFunc(add, func(a pair) bool {
			_, at := next.find(a)
			return at >= 0
		})
	}
	if len(add) > 0 {
		next.layers = append(next.layers, layer[*table]{run: makeTable(add, hashed)})
	}
	next.layers = settle(next.layers, settleTables, mergeTables)
	return next
}

// find returns the layer and the index of a living posting; the index is -1 if
// there is none.
func (p *postings) find(x pair) (layer, at int) {
	for i := range p.layers {
		l := &p.layers[i]
		if at := l.run.find(x.key, x.doc); at >= 0 && !l.dead.has(uint32(at)) {
			return i, at
		}
	}
	return 0, -1
}

// exact appends the documents under key, sorted.
func (p *postings) exact(key uint64, dst []Doc) []Doc {
	from, sources := len(dst), 0
	for i := range p.layers {
		l := &p.layers[i]
		before := len(dst)
		for at := l.run.lower(key); at < len(l.run.keys) && l.run.keys[at] == key; at++ {
			if !l.dead.has(uint32(at)) {
				dst = append(dst, l.run.docs[at])
			}
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

// hasKey reports whether anything in l is alive under key.
func hasKey(l *layer[*table], key uint64) bool {
	for at := l.run.lower(key); at < len(l.run.keys) && l.run.keys[at] == key; at++ {
		if !l.dead.has(uint32(at)) {
			return true
		}
	}
	return false
}

// hold begins a merge; see Merge. finish is nil if none is due.
func (p *postings) hold() (next postings, m *merging[*table]) {
	next.layers, m = hold(p.layers, mergeTables, (*table).findAgain)
	return next, m
}

// finish returns p with the merging's layers.
func (p *postings) finish(m *merging[*table]) postings { return postings{m.finish(p.layers)} }
