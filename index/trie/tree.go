package trie

import "math/bits"

// leafTerms is how many terms a node of a tree has at most to be a leaf.
const leafTerms = 8

// A tree leads from the letters of a prefix to the range of the terms that
// begin with it. It stands beside the sorted terms, branches as far as ranges
// are long, on ASCII letters and digits alone, and leaves the rest to a search
// in the terms. The first node is the root. A tree never changes.
type tree struct {
	nodes []treeNode
}

// A treeNode is a prefix. Its children stand together, in the order of their
// letters; each one's terms end where those of the next begin.
type treeNode struct {
	// follows has a bit for the empty ending, for each letter that follows,
	// and one for all that are not ASCII; none in a leaf. Above these bits is
	// the index of the prefix in the nodes of tops, plus one, or 0.
	follows uint64
	lo      uint32 // the first term
	child   uint32 // the first child
}

// The bits of follows.
const (
	bitOwn    = 0 // the prefix is itself a term
	bitDigits = 1
	bitLower  = bitDigits + 10
	bitOther  = bitLower + 26 // the child has this node's prefix, and terms that go on otherwise
	topShift  = bitOther + 1

	followsMask uint64 = 1<<topShift - 1
)

// letterBit returns the bit of a byte that follows a prefix, or false if it
// has none, which no folded text leads to.
func letterBit(c byte) (int, bool) {
	switch {
	case 'a' <= c && c <= 'z':
		return bitLower + int(c-'a'), true
	case '0' <= c && c <= '9':
		return bitDigits + int(c-'0'), true
	}
	return bitOther, c >= 0x80
}

// A spot is a place in a tree: the terms that begin with a prefix of size
// bytes, and the node of the prefix.
type spot struct {
	span
	node uint32
	size int
}

// has reports whether the bit is set.
func (n *treeNode) has(bit int) bool { return n.follows>>bit&1 != 0 }

func (n *treeNode) leaf() bool { return n.follows&followsMask == 0 }

// down returns the child of a spot for a bit that its node has.
func (t *tree) down(at spot, bit int) spot {
	n := &t.nodes[at.node]
	node := n.child + uint32(bits.OnesCount64(n.follows&(1<<bit-1)))
	next := spot{span{t.nodes[node].lo, at.hi}, node, at.size + 1}
	if n.follows&followsMask>>bit > 1 {
		next.hi = t.nodes[node+1].lo
	}
	if bit == bitOther {
		next.size--
	}
	return next
}

// root returns the spot of all words: terms but initials.
func (b *book) root() spot {
	if len(b.tree.nodes) == 0 {
		return spot{}
	}
	return spot{span: span{b.tree.nodes[0].lo, uint32(b.terms.len())}}
}

// look returns the spot of the longest beginning of s that the tree has; its
// range is empty if no term begins with s.
func (b *book) look(s string) spot {
	at := b.root()
	for at.lo < at.hi && at.size < len(s) {
		n := &b.tree.nodes[at.node]
		if n.leaf() {
			break
		}
		bit, ok := letterBit(s[at.size])
		if !ok || !n.has(bit) {
			return spot{}
		}
		at = b.tree.down(at, bit)
	}
	return at
}

// prefix returns the words that begin with s, whether s is itself the first of
// them, and the index of its node in tops, plus one, or 0.
func (b *book) prefix(s string) (terms span, own bool, top uint32) {
	at := b.look(s)
	if at.lo == at.hi {
		return span{}, false, 0
	}
	if at.size == len(s) {
		return at.span, len(b.terms.at(at.lo)) == len(s), uint32(b.tree.nodes[at.node].follows >> topShift)
	}
	lo := b.terms.lower(at.lo, at.hi, s)
	terms = span{lo, b.terms.behind(lo, at.hi, s)}
	if terms.lo == terms.hi {
		return span{}, false, 0
	}
	if i, ok := b.tops.find(terms); ok {
		top = uint32(i) + 1
	}
	return terms, len(b.terms.at(lo)) == len(s), top
}

// buildTree fills tree, whose terms and tops are there.
func (b *book) buildTree() {
	words := b.words()
	all := span{words, uint32(b.terms.len())}
	b.tree.nodes = append(b.tree.nodes, treeNode{lo: words})
	for queue := []spot{{span: all}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if i, ok := b.tops.find(at.span); ok && at.size > 0 {
			b.tree.nodes[at.node].follows = uint64(i+1) << topShift
		}
		if at.hi-at.lo > leafTerms {
			queue = b.branch(at, queue)
		}
	}
	b.tree.nodes = append([]treeNode(nil), b.tree.nodes...)
}

// branch gives a node its children and appends those that may have some to the
// queue. It leaves the node a leaf if a letter follows that has no bit.
func (b *book) branch(at spot, queue []spot) []spot {
	first := len(b.tree.nodes)
	follows, lo, from := uint64(0), at.lo, len(queue)
	for lo < at.hi {
		next := spot{span{lo, lo + 1}, uint32(len(b.tree.nodes)), at.size + 1}
		bit := bitOwn
		if text := b.terms.at(lo); len(text) > at.size {
			var ok bool
			if bit, ok = letterBit(text[at.size]); !ok {
				b.tree.nodes = b.tree.nodes[:first]
				return queue[:from]
			}
			next.hi = at.hi
			if bit != bitOther {
				next.hi = b.terms.behind(lo, at.hi, string(text[:at.size+1]))
				queue = append(queue, next)
			}
		}
		follows |= 1 << bit
		b.tree.nodes = append(b.tree.nodes, treeNode{lo: lo})
		lo = next.hi
	}
	n := &b.tree.nodes[at.node]
	n.follows |= follows
	n.child = uint32(first)
	return queue
}
