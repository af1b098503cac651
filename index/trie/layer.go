package trie

import (
	"slices"
)

// growth is by how much a layer must be larger than all that are newer
// together. It bounds how many layers a reader probes and how often an element
// is copied, both by the logarithm of the whole.
const growth = 2

// A run is the unchanging part of a layer.
type run interface {
	comparable
	size() int // elements, dead ones included
	// places returns where elements with the given indices stand in a second
	// order that the run has, sorted; nothing if it has none.
	places(list []uint32) []uint32
}

// A layer is a run and what was removed from it since it was made. The layers
// of a structure stand from the oldest and largest to the newest and smallest.
// An element is alive in one layer at most.
type layer[R run] struct {
	run   R
	dead  set
	aside set  // the places of dead elements
	held  bool // a merge is at work on it, which will replace it
}

// live returns how many elements of the layer are alive.
func (l *layer[R]) live() int { return l.run.size() - l.dead.n }

// bury returns the layers with more elements dead: of each layer those in
// lists, which it sorts.
func bury[R run](layers []layer[R], lists [][]uint32) []layer[R] {
	out := slices.Clone(layers)
	for i, list := range lists {
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		l := &out[i]
		l.dead, l.aside = l.dead.with(list), l.aside.with(l.run.places(list))
	}
	return out
}

// free returns the index of the first layer that is newer than all held ones.
func free[R run](layers []layer[R]) int {
	i := len(layers)
	for i > 0 && !layers[i-1].held {
		i--
	}
	return i
}

// due returns the index of the first of the free layers that should be merged
// with all newer ones, which is when one is not larger than the newer ones
// together or not mostly alive. Only layers count that come to limit elements
// with the newer ones. It returns len(layers) if nothing is due.
func due[R run](layers []layer[R], limit int) int {
	from, first, newer := len(layers), free(layers), 0
	for i := len(layers) - 1; i >= first; i-- {
		l := &layers[i]
		if newer+l.live() > limit {
			break
		}
		if l.live() <= growth*newer || l.live() < l.dead.n {
			from = i
		}
		newer += l.live()
	}
	return from
}

// A merger makes one run of the living elements of an older and a newer layer,
// whose run may be the zero one, or returns false if that would be too large
// a run. It may give up, with a run of no use, once stop returns true.
type merger[R run] func(older, newer layer[R], stop func() bool) (R, bool)

// settle drops layers without living elements and merges what is due among
// the small ones. Larger merges are left to a merging. settle may change
// layers.
func settle[R run](layers []layer[R], limit int, merge merger[R]) []layer[R] {
	layers = slices.DeleteFunc(layers, func(l layer[R]) bool { return l.live() == 0 && !l.held })
	from := due(layers, limit)
	if from == len(layers) {
		return layers
	}
	return append(layers[:from:from], mergeAll(layers[from:], merge, func() bool { return false })...)
}

// mergeAll merges layers, newest first: each merge then copies little compared
// with the next. What it returns is of no use if it was stopped.
func mergeAll[R run](layers []layer[R], merge merger[R], stop func() bool) []layer[R] {
	top := layers[len(layers)-1]
	kept := []layer[R]{}
	for _, l := range slices.Backward(layers[:len(layers)-1]) {
		if stop() {
			return nil
		}
		if both, ok := merge(l, top, stop); ok {
			top = layer[R]{run: both}
			continue
		}
		kept = append(kept, top)
		top = l
	}
	if len(layers) == 1 && top.dead.n > 0 {
		var none R
		if alone, ok := merge(top, layer[R]{run: none}, stop); ok {
			top = layer[R]{run: alone}
		}
	}
	kept = append(kept, top)
	slices.Reverse(kept)
	return kept
}
