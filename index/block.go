package index

import (
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/index/dialplan"
)

// blocks finds the declared range of a number. It is a value that never
// changes: with and without return a new one.
//
// Most ranges lie in base, a digit trie packed so tightly that fifty thousand
// of them stay in the cache; what changed since base was made lies in recent,
// of which a change copies one path only. Once recent has grown, freeze packs
// everything anew.
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
	if b.recent == nil {
		return b.base.longest(digits)
	}
	var best *dialplan.Range
	at, alive := uint32(0), b.base != nil
	recent := b.recent
	for i := 0; i < len(digits) && (alive || recent != nil); i++ {
		d := digits[i] - '0'
		if d > 9 {
			return nil
		}
		extra := len(digits) - i - 1
		var change *freshDigit
		if recent != nil {
			change = &recent[d]
			recent = change.next
		}
		if alive {
			n := &b.base.nodes[at]
			if e, ok := n.end(d); ok && (change == nil || !change.changed) && b.base.ends[e].holds(extra) {
				best = b.base.ranges[e]
			}
			at, alive = n.child(d)
		}
		if change != nil && change.found != nil && change.found.Holds(len(digits)) {
			best = change.found
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

// A packed is a digit trie of ranges in three arrays. An element of nodes is a
// string of digits that more digits follow; the children of a node, and the
// ranges that end one digit behind it, lie side by side.
type packed struct {
	nodes  []packedNode
	ends   []room
	ranges []*dialplan.Range // parallel to ends
	starts [1000]start       // by the first three digits; no prefix is shorter
}

// A start is where three digits lead: to a node, to the end of a range, or to
// both. Each is its place plus one; 0 is none.
type start struct{ node, end uint32 }

type packedNode struct {
	children, finished   uint16 // bit d: the digit d follows; a range ends with it
	firstChild, firstEnd uint32
}

// A room is how many digits follow the prefix of a range.
type room struct{ min, max uint8 }

func (r room) holds(extra int) bool { return extra >= int(r.min) && extra <= int(r.max) }

// end returns the place of the range that ends with digit d behind n.
func (n *packedNode) end(d byte) (at uint32, ok bool) {
	bit := uint16(1) << d
	return n.firstEnd + uint32(bits.OnesCount16(n.finished&(bit-1))), n.finished&bit != 0
}

// child returns the place of the node that digit d leads to.
func (n *packedNode) child(d byte) (at uint32, ok bool) {
	bit := uint16(1) << d
	return n.firstChild + uint32(bits.OnesCount16(n.children&(bit-1))), n.children&bit != 0
}

// pack makes a trie of ranges with different prefixes.
func pack(all map[string]*dialplan.Range) *packed {
	sorted := slices.SortedFunc(maps.Values(all), func(a, b *dialplan.Range) int { return strings.Compare(a.Prefix, b.Prefix) })
	p := &packed{}
	type part struct{ from, to, depth int } // of sorted, with the same first depth characters
	parts := []part{{0, len(sorted), 1}}    // behind the plus
	for i := 0; i < len(parts); i++ {
		at := parts[i]
		n := packedNode{firstChild: uint32(len(parts)), firstEnd: uint32(len(p.ends))}
		for from := at.from; from < at.to; {
			digit := sorted[from].Prefix[at.depth]
			to := from
			for to < at.to && sorted[to].Prefix[at.depth] == digit {
				to++
			}
			if r := sorted[from]; len(r.Prefix) == at.depth+1 {
				n.finished |= 1 << (digit - '0')
				p.ends, p.ranges = append(p.ends, room{uint8(r.MinExtra), uint8(r.MaxExtra)}), append(p.ranges, r)
				from++
			}
			if from < to {
				n.children |= 1 << (digit - '0')
				parts = append(parts, part{from, to, at.depth + 1})
			}
			from = to
		}
		p.nodes = append(p.nodes, n)
	}
	for i := range p.starts {
		p.starts[i] = p.start([3]byte{byte(i / 100), byte(i / 10 % 10), byte(i % 10)})
	}
	return p
}

// start walks along three digits.
func (p *packed) start(digits [3]byte) start {
	n := &p.nodes[0]
	for _, d := range digits[:2] {
		at, ok := n.child(d)
		if !ok {
			return start{}
		}
		n = &p.nodes[at]
	}
	var s start
	if at, ok := n.end(digits[2]); ok {
		s.end = at + 1
	}
	if at, ok := n.child(digits[2]); ok {
		s.node = at + 1
	}
	return s
}

// longest is blocks.longest for what is packed.
func (p *packed) longest(digits string) *dialplan.Range {
	if p == nil || len(digits) < 3 || notDigits(digits[:3]) {
		return nil
	}
	s := p.starts[int(digits[0]-'0')*100+int(digits[1]-'0')*10+int(digits[2]-'0')]
	best := uint32(0) // its place plus one
	if s.end > 0 && p.ends[s.end-1].holds(len(digits)-3) {
		best = s.end
	}
	at, alive := s.node-1, s.node > 0
	for i := 3; alive && i < len(digits); i++ {
		d := digits[i] - '0'
		if d > 9 {
			return nil
		}
		n := &p.nodes[at]
		if e, ok := n.end(d); ok && p.ends[e].holds(len(digits)-i-1) {
			best = e + 1
		}
		at, alive = n.child(d)
	}
	if best == 0 {
		return nil
	}
	return p.ranges[best-1]
}

// notDigits tells whether three characters are not all digits.
func notDigits(s string) bool { return s[0]-'0' > 9 || s[1]-'0' > 9 || s[2]-'0' > 9 }

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
