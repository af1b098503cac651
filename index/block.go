package index

import (
	"math/bits"
	"math/rand/v2"

	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/index/trie"
)

// blocks finds the declared range of a number. It is a value that never
// changes: with and without return a new one.
//
// Most ranges lie in base, by their prefixes; what changed since base was made
// lies in recent, a digit trie of which a change copies one path only. Once
// recent has grown, pack makes base anew.
type blocks struct {
	base    *packed
	recent  *fresh
	changes int // in recent
}

// minRecent is how many changes are never worth packing everything for.
const minRecent = 256

// longest returns the range with the longest prefix that holds the number, or
// nil. digits are its digits, without a plus; what is no digit belongs to no
// range.
func (b *blocks) longest(digits string) *dialplan.Range {
	k, ok := trie.Pack(digits)
	if !ok {
		return nil
	}
	if b.recent == nil {
		return b.base.longest(k, ^uint16(0))
	}
	var changed [trie.MaxDigits + 1]*freshDigit // by the length of the prefix
	unchanged := ^uint16(0)
	for at, n := b.recent, 1; at != nil && n <= len(digits); n++ {
		change := &at[digits[n-1]-'0']
		if change.changed {
			changed[n], unchanged = change, unchanged&^(1<<n)
		}
		at = change.next
	}
	best := b.base.longest(k, unchanged)
	for n := len(digits); n > 0 && (best == nil || n >= len(best.Prefix)); n-- {
		if c := changed[n]; c != nil && c.found != nil && c.found.Holds(len(digits)) {
			return c.found
		}
	}
	return best
}

// with returns b with r in place of whatever range had its prefix.
func (b blocks) with(r *dialplan.Range) blocks {
	b.recent = b.recent.with(r.Prefix[1:], r)
	b.changes++
	return b
}

// without returns b without the range of a prefix: "+493012345".
func (b blocks) without(prefix string) blocks {
	b.recent = b.recent.with(prefix[1:], nil)
	b.changes++
	return b
}

// packAfter tells whether there are so many changes that all ranges, of which
// there are n, should be packed.
func (b blocks) packAfter(n int) bool { return b.changes > max(minRecent, n/8) }

// A packed is a hash of ranges by their prefixes. A number is looked for with
// its beginnings of those lengths that prefixes like it have, the longest first:
// these are reads that need not wait for one another, as going down a trie
// digit by digit would have to.
type packed struct {
	slots   []blockSlot
	shift   uint8  // bits of a hash that are not the place of a slot
	seed    uint64 // odd
	lengths [1000]uint16
	// lengths has, for each three first digits, a bit for each length that
	// prefixes with them have; none is shorter.
}

// A blockSlot is a range with what must be known of it before it is read.
type blockSlot struct {
	prefix   trie.Key // 0 is none
	min, max uint8    // how many digits follow the prefix
	found    *dialplan.Range
}

// pack makes a packed of ranges with different prefixes.
func pack(all map[string]*dialplan.Range) *packed {
	width := max(1, bits.Len(uint(len(all)))+1) // at most half of the slots are taken
	p := &packed{slots: make([]blockSlot, 1<<width), shift: uint8(64 - width), seed: rand.Uint64() | 1}
	for _, r := range all {
		k, ok := trie.Pack(r.Prefix[1:])
		if !ok || k.Len() < 3 {
			continue // no declared range is like that
		}
		at := p.home(k)
		for p.slots[at].prefix != 0 {
			at = p.next(at)
		}
		p.slots[at] = blockSlot{prefix: k, min: uint8(r.MinExtra), max: uint8(r.MaxExtra), found: r}
		p.lengths[area(k)] |= 1 << k.Len()
	}
	return p
}

// area returns the first three digits of a key as a number.
func area(k trie.Key) int { return int(k>>60)*100 + int(k>>56&15)*10 + int(k>>52&15) }

// home returns the place of the first slot that may have a prefix.
func (p *packed) home(k trie.Key) int {
	hi, lo := bits.Mul64(uint64(k), p.seed)
	return int((hi ^ lo) >> p.shift)
}

func (p *packed) next(at int) int { return (at + 1) & (len(p.slots) - 1) }

// longest is blocks.longest for prefixes of the lengths whose bits are set.
func (p *packed) longest(k trie.Key, lengths uint16) *dialplan.Range {
	if p == nil || k.Len() < 3 {
		return nil
	}
	left := p.lengths[area(k)] & lengths & (1<<(k.Len()+1) - 1)
	for left != 0 {
		n := bits.Len16(left) - 1
		left &^= 1 << n
		prefix, extra := k.First(n), k.Len()-n
		for at := p.home(prefix); p.slots[at].prefix != 0; at = p.next(at) {
			if s := &p.slots[at]; s.prefix == prefix {
				if extra >= int(s.min) && extra <= int(s.max) {
					return s.found
				}
				break
			}
		}
	}
	return nil
}

// A fresh is a digit trie of changes. It never changes either. nil is empty.
type fresh [10]freshDigit

type freshDigit struct {
	next    *fresh
	found   *dialplan.Range // the range that ends here; nil if there is none any more
	changed bool            // found says what is true, and not the base
}

// with returns f with r, or nothing, under digits.
func (f *fresh) with(digits string, r *dialplan.Range) *fresh {
	next := new(fresh)
	if f != nil {
		*next = *f
	}
	e := &next[digits[0]-'0']
	if len(digits) == 1 {
		e.found, e.changed = r, true
	} else {
		e.next = e.next.with(digits[1:], r)
	}
	return next
}
