package trie

import "math/bits"

// lists has for each term of a book its postings, sorted. Most terms have one,
// and most postings are of the few terms that have many: these are in blocks,
// each its first posting and how much each of the others is more than the one
// before it, in no more bits than the largest of these gaps needs.
type lists struct {
	ends   []uint32    // for each term how many postings it and those before have
	few    []posting   // of the terms that have few, one behind the other
	groups []termGroup // of so many terms each
	blocks []gapBlock  // of the terms that have many
	words  []uint64    // the gaps, and two more so that two can be read anywhere
}

const (
	// manyPostings is from how many on a term's postings are in blocks.
	manyPostings = 64
	// groupTerms is how many terms a group has, a bit for each.
	groupTerms = 64
)

// A termGroup says how to find the postings of its terms.
type termGroup struct {
	many    uint64 // the terms whose postings are in blocks
	blocked uint32 // postings of terms before the group that are in blocks
	block   uint32 // the first block of the group
}

// A gapBlock is up to blockSize postings.
type gapBlock struct {
	first posting
	from  uint32 // the first word of its gaps
	width uint32 // bits of a gap
}

// total returns how many postings there are.
func (l *lists) total() int {
	if len(l.ends) == 0 {
		return 0
	}
	return int(l.ends[len(l.ends)-1])
}

// count returns how many postings the terms of s have.
func (l *lists) count(s span) int {
	if s.lo >= s.hi {
		return 0
	}
	return int(l.ends[s.hi-1] - start(l.ends, s.lo))
}

func (l *lists) countOf(term uint32) int { return l.count(span{term, term + 1}) }

// add appends the postings of the next term. seal must be called behind the
// last one.
func (l *lists) add(list []posting) {
	l.ends = append(l.ends, uint32(l.total()+len(list)))
	if len(list) < manyPostings {
		l.few = append(l.few, list...)
		return
	}
	for len(list) > 0 {
		n := min(len(list), blockSize)
		l.addBlock(list[:n])
		list = list[n:]
	}
}

func (l *lists) addBlock(list []posting) {
	var gaps [blockSize]uint64
	largest := uint64(0)
	for i := 1; i < len(list); i++ {
		gaps[i-1] = uint64(list[i] - list[i-1])
		largest = max(largest, gaps[i-1])
	}
	width := bits.Len64(largest)
	l.blocks = append(l.blocks, gapBlock{first: list[0], from: uint32(len(l.words)), width: uint32(width)})
	end := len(l.words) + ((len(list)-1)*width+63)/64
	l.words = appendPacked(l.words, &gaps, 0, uint8(width))[:end]
}

// seal completes lists.
func (l *lists) seal() {
	l.words = append(l.words, 0, 0)
	l.group()
}

// group fills groups.
func (l *lists) group() {
	l.groups = make([]termGroup, 0, (len(l.ends)+groupTerms-1)/groupTerms)
	var at termGroup
	for term := range uint32(len(l.ends)) {
		if term%groupTerms == 0 {
			at.many = 0
			l.groups = append(l.groups, at)
		}
		if n := uint32(l.countOf(term)); n >= manyPostings {
			l.groups[len(l.groups)-1].many |= 1 << (term % groupTerms)
			at.blocked += n
			at.block += blocksFor(n)
		}
	}
}

// blocksFor returns how many blocks n postings take.
func blocksFor(n uint32) uint32 { return (n + blockSize - 1) / blockSize }

// place returns where the postings of a term begin: in few, or, if they are in
// blocks, which is the first.
func (l *lists) place(term uint32) (few, block uint32) {
	g := &l.groups[term/groupTerms]
	blocked, block := g.blocked, g.block
	for before := g.many & (1<<(term%groupTerms) - 1); before != 0; before &= before - 1 {
		n := uint32(l.countOf(term/groupTerms*groupTerms + uint32(bits.TrailingZeros64(before))))
		blocked += n
		block += blocksFor(n)
	}
	return start(l.ends, term) - blocked, block
}

// isMany reports whether the postings of a term are in blocks.
func (l *lists) isMany(term uint32) bool {
	return l.groups[term/groupTerms].many>>(term%groupTerms)&1 != 0
}

// nextMany returns the first term of a range, which is not empty, whose
// postings are in blocks, or its end.
func (l *lists) nextMany(s span) uint32 {
	for term := s.lo; term < s.hi; term = (term/groupTerms + 1) * groupTerms {
		if left := l.groups[term/groupTerms].many >> (term % groupTerms); left != 0 {
			return min(term+uint32(bits.TrailingZeros64(left)), s.hi)
		}
	}
	return s.hi
}

// fewTerms returns the end of the terms of s, which is not empty, from the first
// one on that have few postings, and how many postings before them are in
// blocks; see fewOf.
func (l *lists) fewTerms(s span) (blocked, end uint32) {
	if end = l.nextMany(s); end == s.lo {
		return 0, end
	}
	few, _ := l.place(s.lo)
	return start(l.ends, s.lo) - few, end
}

// fewOf returns the postings of one of the terms that fewTerms found.
func (l *lists) fewOf(term, blocked uint32) []posting {
	return l.few[start(l.ends, term)-blocked : l.ends[term]-blocked]
}

// A gapRoom is where the postings of a block are unpacked.
type gapRoom [blockSize]posting

// A postingCursor walks over the postings of terms, in the order of terms.
type postingCursor struct {
	lists *lists
	room  *gapRoom
	span         // the terms that are left
	block uint32 // the next of the term at hand
	left  int    // its postings that are left
}

// open returns a cursor over the postings of the terms of s, which unpacks in
// room.
func (l *lists) open(s span, room *gapRoom) postingCursor {
	return postingCursor{lists: l, room: room, span: s}
}

func (l *lists) openOne(term uint32, room *gapRoom) postingCursor {
	return l.open(span{term, term + 1}, room)
}

// next returns the next postings, valid until the next call; none at the end.
func (c *postingCursor) next() []posting {
	if c.left == 0 {
		if c.lo >= c.hi {
			return nil
		}
		few, block := c.lists.place(c.lo)
		if !c.lists.isMany(c.lo) {
			end := c.lists.nextMany(c.span)
			n := uint32(c.lists.count(span{c.lo, end}))
			c.lo = end
			return c.lists.few[few : few+n]
		}
		c.block, c.left = block, c.lists.countOf(c.lo)
		c.lo++
	}
	n := min(c.left, blockSize)
	c.lists.unpack(c.block, c.room[:n])
	c.block++
	c.left -= n
	return c.room[:n]
}

// unpack fills dst with the postings of a block.
func (l *lists) unpack(block uint32, dst []posting) {
	b := l.blocks[block]
	words, width, mask := l.words[b.from:], uint(b.width), uint64(1)<<b.width-1
	p, bit := b.first, uint(0)
	dst[0] = p
	for i := 1; i < len(dst); i++ {
		p += posting(packedAt(words, bit) & mask)
		dst[i] = p
		bit += width
	}
}

// fit reports whether what was read are postings of documents below n.
func (l *lists) fit(docs int) bool {
	few, blocks := uint64(0), uint64(0)
	for term := range uint32(len(l.ends)) {
		if n := uint32(l.countOf(term)); n < manyPostings {
			few += uint64(n)
		} else {
			blocks += uint64(blocksFor(n))
		}
	}
	if few != uint64(len(l.few)) || blocks != uint64(len(l.blocks)) || !allBelow(l.few, docs, maxLocals-1) {
		return false
	}
	var room gapRoom
	block := 0
	for term := range uint32(len(l.ends)) {
		for left := l.countOf(term); left >= manyPostings || left > 0 && l.countOf(term) >= manyPostings; left -= blockSize {
			b := l.blocks[block]
			n := min(left, blockSize)
			if b.width > 32 || uint64(b.from)+uint64((uint32(n-1)*b.width+63)/64)+2 > uint64(len(l.words)) {
				return false
			}
			if l.unpack(uint32(block), room[:n]); !allBelow(room[:n], docs, maxLocals-1) {
				return false
			}
			block++
		}
	}
	return true
}
