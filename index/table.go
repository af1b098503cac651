package index

import "github.com/ringdex/ringdex/index/trie"

// chunkLen is how many slots are copied when one of them changes.
const chunkLen = 256

// A table maps documents to records. It is a value that never changes: with
// returns a new one that shares all chunks but the changed ones.
type table struct {
	chunks []*chunk
	shown  *shown // of the tenant; nil in a test
}

// A chunk is a part of a table; the slots of free documents are empty.
type chunk [chunkLen]record

// at returns the record of a document, or "".
func (t *table) at(doc trie.Doc) record {
	c := int(doc) / chunkLen
	if c >= len(t.chunks) {
		return ""
	}
	return t.chunks[c][int(doc)%chunkLen]
}

// len returns how many documents have had a slot.
func (t *table) len() trie.Doc { return trie.Doc(len(t.chunks) * chunkLen) }

// with returns the table after the changes; "" frees a slot.
func (t table) with(changes map[trie.Doc]record) table {
	if len(changes) == 0 {
		return t
	}
	chunks := append([]*chunk(nil), t.chunks...)
	fresh := make(map[int]bool, 1)
	for doc, r := range changes {
		c := int(doc) / chunkLen
		for c >= len(chunks) {
			fresh[len(chunks)] = true
			chunks = append(chunks, new(chunk))
		}
		if !fresh[c] {
			next := *chunks[c]
			chunks[c], fresh[c] = &next, true
		}
		chunks[c][int(doc)%chunkLen] = r
	}
	return table{chunks, t.shown}
}

// all calls yield with each record until it returns false.
func (t *table) all(yield func(trie.Doc, record) bool) {
	for c, chunk := range t.chunks {
		for i, r := range chunk {
			if r != "" && !yield(trie.Doc(c*chunkLen+i), r) {
				return
			}
		}
	}
}

// entry returns the entry of a document, or nil.
func (t *table) entry(doc trie.Doc) *Entry { return t.entryOf(t.at(doc)) }

// entryOf returns the entry of a record; nil for "".
func (t *table) entryOf(r record) *Entry {
	if r == "" {
		return nil
	}
	e := newEntry()
	e.shown = t.shown
	r.decode(e)
	return e
}

// read reads the entry of a document into e and returns false if there is none.
func (t *table) read(doc trie.Doc, e *Entry) bool {
	r := t.at(doc)
	if r == "" {
		return false
	}
	e.shown = t.shown
	r.decode(e)
	return true
}
