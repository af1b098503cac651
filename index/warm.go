package index

import (
	"github.com/ringdex/ringdex/index/phone"
	"github.com/ringdex/ringdex/index/trie"
)

// WarmLen is how many numbers are worth warming up for at once: about as many
// reads as a processor has under way, and few enough to stay in its cache.
const WarmLen = 32

// A warming is what Warm works in.
type warming struct {
	records [WarmLen]record
	sum     int // of what was read, so that the reads are not left out
}

// cacheLine is how many bytes a processor reads at once.
const cacheLine = 64

// Warm reads what the answers to numbers will need, of WarmLen at most, before
// they are asked for one by one. The way from a number to a contact's name is a
// chain of reads each of which must wait for memory; of many numbers the same
// link is read at once, so that they wait together. It changes no answer, and
// looks only at numbers that are a plus and digits.
func (m *Matcher) Warm(numbers []string) {
	w, s := &m.warming, m.snapshot
	n := 0
	var docs [WarmLen]trie.Doc
	for _, number := range numbers[:min(len(numbers), WarmLen)] {
		if !phone.IsPlain(number) {
			continue
		}
		var room [2]trie.Doc
		if found := s.Find(phone.Key{Space: phone.SpaceE164, Text: number}, room[:0]); len(found) > 0 {
			docs[n] = found[0]
			n++
		}
	}
	for i, doc := range docs[:n] {
		w.records[i] = s.entries.at(doc)
	}
	for _, r := range w.records[:n] {
		for at := 0; at < len(r); at += cacheLine {
			w.sum += int(r[at])
		}
	}
}
