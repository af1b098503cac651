package text

import "math/bits"

// A docSet walks documents that were added to it in any order, all of the same
// mark. It takes memory where there are documents only. Add comes first, then
// first, then the methods of a node.
type docSet struct {
	blocks []*docBlock // by document number / docBlockBits; nil: none
	doc    uint64
	worth  mark
}

// A docBlock is a bit for each of docBlockBits documents.
type docBlock [docBlockBits / 64]uint64

const docBlockBits = 4096

func (s *docSet) add(doc uint64) {
	n := int(doc / docBlockBits)
	for n >= len(s.blocks) {
		s.blocks = append(s.blocks, nil)
	}
	if s.blocks[n] == nil {
		s.blocks[n] = new(docBlock)
	}
	s.blocks[n][doc%docBlockBits/64] |= 1 << (doc % 64)
}

// first moves to the first document.
func (s *docSet) first() { s.doc = s.from(0) }

// from returns the first document that is target or later.
func (s *docSet) from(target uint64) uint64 {
	if target/docBlockBits >= uint64(len(s.blocks)) {
		return end
	}
	word := target % docBlockBits / 64
	keep := ^uint64(0) << (target % 64) // what is not before target
	for n := int(target / docBlockBits); n < len(s.blocks); n++ {
		if b := s.blocks[n]; b != nil {
			for ; word < uint64(len(b)); word++ {
				if rest := b[word] & keep; rest != 0 {
					return uint64(n)*docBlockBits + word*64 + uint64(bits.TrailingZeros64(rest))
				}
				keep = ^uint64(0)
			}
		}
		word, keep = 0, ^uint64(0)
	}
	return end
}

func (s *docSet) at() uint64 { return s.doc }
func (s *docSet) mark() mark { return s.worth }

func (s *docSet) seek(target uint64) error {
	if s.doc < target {
		s.doc = s.from(target)
	}
	return nil
}
