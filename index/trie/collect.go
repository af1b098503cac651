package trie

import (
	"cmp"
	"slices"
)

// A candidate is a document with its score so far, in a form that compares fast.
type candidate struct {
	rank  rank
	boost int
	book  *book
	local uint32
}

// compareCandidates is the order of hits.
func compareCandidates(a, b candidate) int {
	if a.rank != b.rank {
		return cmp.Compare(a.rank, b.rank)
	}
	if a.boost != b.boost {
		return cmp.Compare(b.boost, a.boost)
	}
	return compareNames(a.book, a.local, b.book, b.local)
}

// A collector keeps the best candidates, sorted, each document once.
type collector struct {
	limit int
	list  []candidate
}

// full reports whether nothing of the rank, whatever its boost, or of a worse
// one can enter any more.
func (c *collector) full(from rank) bool {
	return len(c.list) == c.limit && c.list[c.limit-1].rank < from
}

// admits reports whether the candidate is good enough to enter.
func (c *collector) admits(x candidate) bool {
	if len(c.list) < c.limit {
		return true
	}
	worst := &c.list[c.limit-1]
	if x.rank != worst.rank {
		return x.rank < worst.rank
	}
	return compareCandidates(x, *worst) < 0
}

// has reports whether a document is in the list.
func (c *collector) has(b *book, local uint32) bool {
	for i := range c.list {
		if c.list[i].local == local && c.list[i].book == b {
			return true
		}
	}
	return false
}

// add enters a candidate that is good enough and of a new document.
func (c *collector) add(x candidate) {
	if len(c.list) == c.limit {
		c.list = c.list[:c.limit-1]
	}
	n := len(c.list)
	for n > 0 && compareCandidates(x, c.list[n-1]) < 0 {
		n--
	}
	c.list = slices.Insert(c.list, n, x)
}

// offer enters the candidate, unless it is not good enough or the document is
// there with a score as good.
func (c *collector) offer(x candidate) {
	if !c.admits(x) {
		return
	}
	for i := range c.list {
		if y := &c.list[i]; y.local == x.local && y.book == x.book {
			if compareCandidates(x, *y) >= 0 {
				return
			}
			c.list = slices.Delete(c.list, i, i+1)
			break
		}
	}
	if len(c.list) == c.limit {
		c.list = c.list[:c.limit-1]
	}
	i, _ := slices.BinarySearchFunc(c.list, x, compareCandidates)
	c.list = slices.Insert(c.list, i, x)
}
