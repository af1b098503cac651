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
	entries [WarmLen]*Entry
	sum     int // of what was read, so that the reads are not left out
}

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
		if found := s.keys.Find(keyHash(phone.Key{Space: phone.SpaceE164, Text: number}), room[:0]); len(found) > 0 {
			docs[n] = found[0]
			n++
		}
	}
	entries := w.entries[:0]
	for _, doc := range docs[:n] {
		if e := s.entries.at(doc); e != nil && len(e.Parsed) > 0 {
			entries = append(entries, e)
		}
	}
	for _, e := range entries {
		w.sum += len(e.ID) + len(e.Numbers) // the contact
	}
	for _, e := range entries {
		w.sum += len(e.Parsed[0].E164) + len(e.Numbers[0].Type)
	}
	for _, e := range entries {
		w.sum += firstByte(e.Parsed[0].E164) + firstByte(e.Numbers[0].Type) + firstByte(string(e.ID)) + firstByte(e.Name())
	}
}

func firstByte(s string) int {
	if s == "" {
		return 0
	}
	return int(s[0])
}
