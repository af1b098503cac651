package roster

import (
	"bytes"
	"slices"
)

// id is a UUID in binary: a quarter of its text's memory, and the same order.
type id [16]byte

// blockMax bounds the work of one insertion; a full block is halved.
const blockMax = 1024

// A list holds ids in order, in blocks, so that adding, removing and counting
// off from the front stay cheap at a million entries.
type list struct {
	blocks [][]id // none empty; ids ascend through all of them
	count  int
}

// find returns the block that holds v or would take it, and its place there.
func (l *list) find(v id) (block, at int, found bool) {
	block, _ = slices.BinarySearchFunc(l.blocks, v, func(b []id, v id) int {
		return bytes.Compare(b[len(b)-1][:], v[:])
	})
	if block == len(l.blocks) {
		return block, 0, false
	}
	at, found = slices.BinarySearchFunc(l.blocks[block], v, compare)
	return block, at, found
}

func compare(a, b id) int { return bytes.Compare(a[:], b[:]) }

// add reports whether v was not there.
func (l *list) add(v id) bool {
	block, at, found := l.find(v)
	if found {
		return false
	}
	l.count++
	if block == len(l.blocks) {
		if block == 0 || len(l.blocks[block-1]) == blockMax {
			l.blocks = append(l.blocks, append(make([]id, 0, blockMax), v))
			return true
		}
		block--
		at = len(l.blocks[block])
	}
	b := slices.Insert(l.blocks[block], at, v)
	l.blocks[block] = b
	if len(b) > blockMax {
		half := len(b) / 2
		tail := append(make([]id, 0, blockMax), b[half:]...)
		l.blocks[block] = b[:half]
		l.blocks = slices.Insert(l.blocks, block+1, tail)
	}
	return true
}

// remove reports whether v was there.
func (l *list) remove(v id) bool {
	block, at, found := l.find(v)
	if !found {
		return false
	}
	l.count--
	b := slices.Delete(l.blocks[block], at, at+1)
	l.blocks[block] = b
	if len(b) == 0 {
		l.blocks = slices.Delete(l.blocks, block, block+1)
	}
	return true
}

// rank returns how many ids are smaller than v, and whether v is there.
func (l *list) rank(v id) (smaller int, found bool) {
	block, at, found := l.find(v)
	for _, b := range l.blocks[:block] {
		smaller += len(b)
	}
	return smaller + at, found
}

// slice copies at most n ids from the one at rank start (0 is the first).
func (l *list) slice(start, n int) []id {
	if start < 0 || start >= l.count || n <= 0 {
		return nil
	}
	out := make([]id, 0, min(n, l.count-start))
	for _, b := range l.blocks {
		if start >= len(b) {
			start -= len(b)
			continue
		}
		take := min(len(b)-start, n-len(out))
		out = append(out, b[start:start+take]...)
		if len(out) == n {
			break
		}
		start = 0
	}
	return out
}
