package index

import "github.com/ringdex/ringdex/index/trie"

// chunkLen is how many slots are copied when one of them changes.
const chunkLen = 256

// A table maps documents to values. It is a value that never changes: with
// returns a new one that shares all chunks but the changed ones.
type table[T any] struct {
	chunks [][]*T // each chunkLen long; nil slots are free
}

// at returns the value of a document, or nil.
func (t table[T]) at(doc trie.Doc) *T {
	c := int(doc) / chunkLen
	if c >= len(t.chunks) {
		return nil
	}
	return t.chunks[c][int(doc)%chunkLen]
}

// with returns the table after the changes; a nil value frees a slot.
func (t table[T]) with(changes map[trie.Doc]*T) table[T] {
	if len(changes) == 0 {
		return t
	}
	chunks := append([][]*T(nil), t.chunks...)
	fresh := make(map[int]bool, 1)
	for doc, v := range changes {
		c := int(doc) / chunkLen
		for c >= len(chunks) {
			fresh[len(chunks)] = true
			chunks = append(chunks, make([]*T, chunkLen))
		}
		if !fresh[c] {
			chunks[c] = append(make([]*T, 0, chunkLen), chunks[c]...)
			fresh[c] = true
		}
		chunks[c][int(doc)%chunkLen] = v
	}
	return table[T]{chunks}
}

// all calls yield with each value until it returns false.
func (t table[T]) all(yield func(trie.Doc, *T) bool) {
	for c, chunk := range t.chunks {
		for i, v := range chunk {
			if v != nil && !yield(trie.Doc(c*chunkLen+i), v) {
				return
			}
		}
	}
}
