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
	size() int // elements, dead ones included
}

// A layer is a run and what was removed from it since it was made. The layers
// of a structure stand from the oldest and largest to the newest and smallest.
// An element is alive in one layer at most.
type layer[R run] struct {
	run  R
	dead set
}

// live returns how many elements of the layer are alive.
func (l *layer[R]) live() int { return l.run.size() - l.dead.n }

// bury returns the layers with more elements dead: of each layer those in
// lists, which it sorts.
func bury[R run](layers []layer[R], lists [][]uint32) []layer[R] {
	out := slices.Clone(layers)
	for i, list := range lists {
		slices.Sort(list)
		out[i].dead = out[i].dead.with(list)
	}
	return out
}

// settle drops layers without living elements and merges layers until each is
// larger than the newer ones together and mostly alive. merge makes one run of
// the living elements of an older and a newer layer, or returns false if that
// would be too large a run. settle may change layers.
func settle[R run](layers []layer[R], merge func(older, newer layer[R]) (R, bool)) []layer[R] {
	layers = slices.DeleteFunc(layers, func(l layer[R]) bool { return l.live() == 0 })
	from, newer := len(layers), 0
	for i := len(layers) - 1; i >= 0; i-- {
		l := &layers[i]
		if l.live() <= growth*newer || l.live() < l.dead.n {
			from = i
		}
		newer += l.live()
	}
	if from == len(layers) {
		return layers
	}
	// Newest first: each merge then copies little compared with the next.
	top := layers[len(layers)-1]
	kept := []layer[R]{}
	for i := len(layers) - 2; i >= from; i-- {
		if both, ok := merge(layers[i], top); ok {
			top = layer[R]{run: both}
			continue
		}
		kept = append(kept, top)
		top = layers[i]
	}
	if len(layers)-1 == from && top.dead.n > 0 {
		var none R
		if alone, ok := merge(top, layer[R]{run: none}); ok {
			top = layer[R]{run: alone}
		}
	}
	kept = append(kept, top)
	slices.Reverse(kept)
	return append(layers[:from:from], kept...)
}
