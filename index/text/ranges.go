package text

import (
	"context"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// A span is a range of terms, without its end.
type span struct{ from, to string }

// beginningWith returns the terms that begin with s, which must not be empty.
func beginningWith(s string) span { return span{s, behind(s)} }

// longerThan returns the terms that begin with s and go on.
func longerThan(s string) span { return span{s + "\x00", behind(s)} }

// behind returns the first text behind all that begin with s. No UTF-8 text has
// the byte 0xff.
func behind(s string) string {
	b := []byte(s)
	b[len(b)-1]++
	return string(b)
}

// ranges returns a node for the documents of all terms of a field in some
// spans; none if there are no documents. Each term has a document at least, so
// that to read the terms takes no more steps than to walk the documents.
func (p *planner) ranges(ctx context.Context, f Field, worth mark, spans ...span) ([]node, error) {
	all := &docSet{worth: worth}
	err := p.eachDictionary(f, func(d dictionary) error {
		r := rangeReader{dictionary: d, into: all}
		for _, s := range spans {
			if err := r.read(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if all.first(); all.doc == end {
		return nil, nil
	}
	return []node{all}, nil
}

// A rangeReader adds documents of one dictionary to a set.
type rangeReader struct {
	dictionary
	into *docSet

	list     segment.PostingsList // reused
	postings segment.PostingsIterator
}

// read adds the documents of all terms in a span.
func (r *rangeReader) read(ctx context.Context, s span) error {
	it := termsOf(r.dictionary, nil, s)
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		entry, err := it.Next()
		if err != nil || entry == nil {
			return err
		}
		if err := r.term(entry.Term); err != nil {
			return err
		}
	}
}

func (r *rangeReader) term(text string) (err error) {
	if r.list, err = r.PostingsList([]byte(text), r.segment.Deleted(), r.list); err != nil {
		return err
	}
	r.postings = r.list.Iterator(false, false, false, r.postings)
	for {
		doc, err := r.postings.Next()
		if err != nil || doc == nil {
			return err
		}
		r.into.add(r.base + doc.Number())
	}
}
