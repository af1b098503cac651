package trie

import (
	"context"
	"math"
	"slices"
)

// A Merge joins older parts of a structure of type S (*Names, *Numbers or
// *Exact) into larger ones, which keeps the structure fast to read and small.
// It takes long and nobody waits for it: the structure is read and changed
// meanwhile.
//
//	n, m := n.Merge()     // n is the same to its readers; from here on apply changes to it
//	err := m.Run(ctx)     // on a goroutine of its own
//	n = m.Finish(n)       // on the goroutine that applies changes
//
// A Merge that is given up, because ctx ended, leaves the parts that it was at
// work on as they are for good.
type Merge[S any] struct {
	run    func(ctx context.Context) error
	finish func(S) S
}

// Run does the work. It reads the structure as it was at the call of Merge
// and changes nothing. It returns ctx's error if ctx ends first.
func (m *Merge[S]) Run(ctx context.Context) error { return m.run(ctx) }

// Finish returns s with the parts replaced by what Run made of them, less what
// was removed since. s descends, by any number of changes and other merges,
// from the structure that Merge returned; Run has returned nil.
func (m *Merge[S]) Finish(s S) S { return m.finish(s) }

// A merging is a Merge of layers.
type merging[R run] struct {
	layers []layer[R] // as they were at the beginning
	merged []layer[R]
	merge  merger[R]
	// find returns where in a run of merged the i-th element of an old run
	// is, or false if it is not in there.
	find func(in, old R, i uint32) (uint32, bool)
}

// hold returns the layers with those held that are due to be merged, and the
// merging; nil if there is none.
func hold[R run](layers []layer[R], merge merger[R], find func(in, old R, i uint32) (uint32, bool)) ([]layer[R], *merging[R]) {
	from := due(layers, math.MaxInt)
	if from == len(layers) {
		return layers, nil
	}
	m := &merging[R]{layers: layers[from:], merge: merge, find: find}
	layers = slices.Clone(layers)
	for i := from; i < len(layers); i++ {
		layers[i].held = true
	}
	return layers, m
}

func (m *merging[R]) run(ctx context.Context) error {
	merged := mergeAll(m.layers, m.merge, func() bool { return ctx.Err() != nil })
	if err := ctx.Err(); err != nil {
		return err
	}
	m.merged = merged
	return nil
}

// finish returns layers with the merged ones in place of the held ones.
func (m *merging[R]) finish(layers []layer[R]) []layer[R] {
	from := slices.IndexFunc(layers, func(l layer[R]) bool { return l.run == m.layers[0].run })
	dead := make([][]uint32, len(m.merged))
	for i, then := range m.layers {
		now := &layers[from+i]
		now.dead.since(&then.dead, func(gone uint32) {
			for j := range m.merged {
				if at, ok := m.find(m.merged[j].run, now.run, gone); ok {
					dead[j] = append(dead[j], at)
				}
			}
		})
	}
	return slices.Concat(layers[:from], bury(m.merged, dead), layers[from+len(m.layers):])
}
