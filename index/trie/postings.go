package trie

import "slices"

// settlePostings is how many postings a change merges itself.
const settlePostings = 1 << 13

// A postingRun is a run of postings under 64-bit keys.
type postingRun[R any] interface {
	run
	find(p pair) int // the index of a posting, or -1
	findAgain(old R, i uint32) (uint32, bool)
}

// postings is what Numbers and Exact have in common.
type postings[R postingRun[R]] struct {
	layers []layer[R]
}

func (p *postings[R]) len() int {
	n := 0
	for i := range p.layers {
		n += p.layers[i].live()
	}
	return n
}

// apply returns p with the sorted lists removed and then added, in a run that
// fresh makes.
func (p *postings[R]) apply(remove, add []pair, fresh func([]pair) R, merge merger[R]) postings[R] {
	dead := make([][]uint32, len(p.layers))
	for _, r := range remove {
		if i, at := p.find(r); at >= 0 {
			dead[i] = append(dead[i], uint32(at))
		}
	}
	next := postings[R]{layers: bury(p.layers, dead)}
	if len(next.layers) > 0 {
		add = slices.DeleteFunc(add, func(a pair) bool {
			_, at := next.find(a)
			return at >= 0
		})
	}
	if len(add) > 0 {
		next.layers = append(next.layers, layer[R]{run: fresh(add)})
	}
	next.layers = settle(next.layers, settlePostings, merge)
	return next
}

// find returns the layer and the index of a living posting; the index is -1 if
// there is none.
func (p *postings[R]) find(x pair) (layer, at int) {
	for i := range p.layers {
		l := &p.layers[i]
		if at := l.run.find(x); at >= 0 && !l.dead.has(uint32(at)) {
			return i, at
		}
	}
	return 0, -1
}

// hold begins a merge; see Merge. m is nil if none is due.
func (p *postings[R]) hold(merge merger[R]) (next postings[R], m *merging[R]) {
	next.layers, m = hold(p.layers, merge, R.findAgain)
	return next, m
}

// finish returns p with the merging's layers.
func (p *postings[R]) finish(m *merging[R]) postings[R] { return postings[R]{m.finish(p.layers)} }
