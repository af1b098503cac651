package text

import (
	"context"
	"errors"
	"math"

	bleve "github.com/blevesearch/bleve_index_api"
)

// A mark is how well a document answers a question, or a part of one.
type mark struct {
	typos  int
	rank   int // sum over the words; greater is better
	field  Field
	prefix bool
}

// A whole word outweighs every difference of fields, a typing error everything.
const (
	wholeRank  = 1 << 8  // rank of a word found in full, beside its field's weight
	joinedRank = 1 << 3  // more for each word of a chunk that was found as it was written
	typoScore  = 1 << 16 // taken from the score for each error; more than any rank
)

// better tells whether m is the better answer.
func (m mark) better(o mark) bool {
	return m.score() > o.score()
}

func (m mark) score() int { return m.rank - m.typos*typoScore }

// with returns the mark of a document that has both m and o.
func (m mark) with(o mark) mark {
	field := m.field
	if fields[o.field].weight > fields[field].weight {
		field = o.field
	}
	return mark{typos: m.typos + o.typos, rank: m.rank + o.rank, field: field, prefix: m.prefix || o.prefix}
}

// end is the document number behind the last.
const end = math.MaxUint64

// A node is a part of a question: it walks the documents that answer it, in
// Bleve's order. Nodes belong to one search and one goroutine.
type node interface {
	// at returns the document the node stands on, or end.
	at() uint64
	// seek moves to the first document that is target or later.
	seek(target uint64) error
	// mark returns how well the document it stands on answers.
	mark() mark
}

// A term walks the documents of one term.
type term struct {
	postings bleve.TermFieldReader
	buf      bleve.TermFieldDoc
	target   bleve.IndexInternalID // reused by seek
	doc      uint64
	worth    mark
}

// openTerm returns the term standing on its first document, or nil if it has
// none.
func openTerm(ctx context.Context, r bleve.IndexReader, field, text string, worth mark) (*term, error) {
	postings, err := r.TermFieldReader(ctx, []byte(text), field, false, false, false)
	if err != nil {
		return nil, err
	}
	t := &term{postings: postings, worth: worth}
	first, err := postings.Next(&t.buf)
	if err != nil || first == nil {
		return nil, errors.Join(err, postings.Close())
	}
	t.doc = first.ID.Value()
	return t, nil
}

func (t *term) at() uint64 { return t.doc }
func (t *term) mark() mark { return t.worth }

func (t *term) seek(target uint64) error {
	if t.doc >= target {
		return nil
	}
	var next *bleve.TermFieldDoc
	var err error
	if target == t.doc+1 {
		next, err = t.postings.Next(&t.buf)
	} else if target != end {
		t.target = bleve.NewIndexInternalID(t.target, target)
		next, err = t.postings.Advance(t.target, &t.buf)
	}
	if err != nil {
		return err
	}
	t.doc = end
	if next != nil {
		t.doc = next.ID.Value()
	}
	return nil
}

// An allOf walks the documents that are in every child.
type allOf struct {
	children []node
	doc      uint64
}

// newAllOf returns a node standing on its first document. children is kept.
func newAllOf(children []node) (node, error) {
	if len(children) == 1 {
		return children[0], nil
	}
	a := &allOf{children: children}
	return a, a.settle(0)
}

func (a *allOf) at() uint64 { return a.doc }

func (a *allOf) mark() mark {
	m := a.children[0].mark()
	for _, c := range a.children[1:] {
		m = m.with(c.mark())
	}
	return m
}

func (a *allOf) seek(target uint64) error {
	if a.doc >= target {
		return nil
	}
	return a.settle(target)
}

// settle moves the children on until all stand on one document.
func (a *allOf) settle(target uint64) error {
	for agreed := 0; agreed < len(a.children); {
		agreed = 0
		for _, c := range a.children {
			if err := c.seek(target); err != nil {
				return err
			}
			if c.at() == target {
				agreed++
			}
			target = c.at()
		}
	}
	a.doc = target
	return nil
}

// An anyOf walks the documents that are in at least one child. Children are a
// heap, the one with the least document on top.
type anyOf struct {
	children []node
}

// newAnyOf returns a node standing on its first document. children is kept.
func newAnyOf(children []node) node {
	if len(children) == 1 {
		return children[0]
	}
	a := &anyOf{children: children}
	for i := len(children)/2 - 1; i >= 0; i-- {
		a.sink(i)
	}
	return a
}

func (a *anyOf) at() uint64 { return a.children[0].at() }

func (a *anyOf) seek(target uint64) error {
	for a.children[0].at() < target {
		if err := a.children[0].seek(target); err != nil {
			return err
		}
		a.sink(0)
	}
	return nil
}

// mark returns the best mark of the children that stand on the document.
func (a *anyOf) mark() mark {
	return a.best(0, a.children[0].mark())
}

// best returns the best of m and the marks from the i-th child of the heap
// down; what lies below a child on a later document is later as well.
func (a *anyOf) best(i int, m mark) mark {
	if i >= len(a.children) || a.children[i].at() != a.at() {
		return m
	}
	if o := a.children[i].mark(); o.better(m) {
		m = o
	}
	return a.best(2*i+2, a.best(2*i+1, m))
}

// sink moves the i-th child down to its place.
func (a *anyOf) sink(i int) {
	for {
		least := i
		for _, j := range [2]int{2*i + 1, 2*i + 2} {
			if j < len(a.children) && a.children[j].at() < a.children[least].at() {
				least = j
			}
		}
		if least == i {
			return
		}
		a.children[i], a.children[least] = a.children[least], a.children[i]
		i = least
	}
}
