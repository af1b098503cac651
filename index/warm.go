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
	keys [WarmLen]trie.Key
	docs []trie.Doc
	ends []int
	recs [WarmLen]record
	sum  int // of what was read, so that the reads are not left out
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
	for _, number := range numbers[:min(len(numbers), WarmLen)] {
		if phone.IsPlain(number) {
			w.keys[n], _ = trie.Pack(number[1:])
			n++
		}
	}
	w.docs, w.ends = s.whole.ExactBatch(w.keys[:n], w.docs[:0], w.ends[:0])
	found, from := w.recs[:0], 0
	for _, end := range w.ends {
		if end > from {
			found = append(found, s.entries.at(w.docs[from])) // of many who share a number, the first
		}
		from = end
	}
	for at := 0; at < warmBytes; at += cacheLine {
		for _, r := range found {
			if at < len(r) {
				w.sum += int(r[at])
			}
		}
	}
}

// warmBytes is how much of a record is read: what a question needs, and the name.
const warmBytes = 4 * cacheLine
