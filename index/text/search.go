package text

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
)

// Search returns the best hits of q among tenant's documents, best first:
// fewer typing errors, then more whole words, then weightier fields, then by ID.
// A tenant that never put anything, and a question without a single letter or
// digit (one that names only a directory included), has no hits. It returns ErrTooLong, ErrUnknownField or ErrClosed, and
// ctx's error if ctx ends first.
func (x *Index) Search(ctx context.Context, tenant string, q Query) (hits []Hit, err error) {
	asks, err := q.asks()
	if err != nil {
		return nil, err
	}
	view, err := x.view()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	t, ok := x.tag(tenant)
	if !ok || len(asks) == 0 {
		return nil, nil
	}
	s := search{view: view, tag: t, asks: asks, directory: q.Directory, limit: min(cmp.Or(max(q.Limit, 0), DefaultLimit), MaxLimit)}
	best, err := s.run(ctx, false)
	if err == nil && len(best) < s.limit && forgiving(asks) {
		best, err = s.run(ctx, true)
	}
	if err != nil {
		return nil, fmt.Errorf("search text: %w", err)
	}
	hits = make([]Hit, len(best))
	for i, c := range best {
		hits[i] = Hit{ID: c.id, Score: float64(c.score()), Field: c.field, Typos: c.typos, Prefix: c.prefix}
	}
	return hits, nil
}

// A search is one question on one view of the index.
type search struct {
	view      *scorch.IndexSnapshot
	tag       tag
	asks      []ask
	directory string
	limit     int
}

// run returns the best candidates, best first.
func (s *search) run(ctx context.Context, typos bool) (best []candidate, err error) {
	p := planner{view: s.view, tag: s.tag, typos: typos}
	defer func() { err = errors.Join(err, p.close()) }()
	root, err := p.question(ctx, s.asks, s.directory)
	if err != nil || root == nil {
		return nil, err
	}
	return s.collect(ctx, root)
}

// checkEvery is how many documents are looked at between two looks at ctx.
const checkEvery = 1 << 10

// collect walks all documents of root and keeps the best.
func (s *search) collect(ctx context.Context, root node) ([]candidate, error) {
	best := ranking{limit: s.limit}
	for n := 0; root.at() != end; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if m := root.mark(); best.mayWant(m) {
			id, err := s.id(root.at())
			if err != nil {
				return nil, err
			}
			best.offer(candidate{mark: m, id: id})
		}
		if err := root.seek(root.at() + 1); err != nil {
			return nil, err
		}
	}
	return best.list(), nil
}

// errForeign would be a document of another tenant behind a term of this one.
var errForeign = errors.New("document is another tenant's")

// id returns the contact's id of a document.
func (s *search) id(doc uint64) (string, error) {
	full, err := s.view.ExternalID(bleve.NewIndexInternalID(nil, doc))
	if err != nil {
		return "", err
	}
	id, ok := strings.CutPrefix(full, string(s.tag))
	if !ok {
		return "", errForeign
	}
	return id, nil
}

// A candidate is a document that answers.
type candidate struct {
	mark
	id string
}

// before tells whether c comes before o in the answer.
func (c *candidate) before(o *candidate) bool { return c.compare(o) < 0 }

func (c *candidate) compare(o *candidate) int {
	return cmp.Or(cmp.Compare(o.score(), c.score()), strings.Compare(c.id, o.id))
}

// A ranking keeps the best of many candidates.
type ranking struct {
	limit int
	kept  []candidate // the best so far, and others that came since they were sorted
	floor *candidate  // the last of the best when they were sorted; nil before
}

// mayWant tells whether a candidate of that mark may be among the best,
// whatever its id.
func (r *ranking) mayWant(m mark) bool { return r.floor == nil || m.score() >= r.floor.score() }

func (r *ranking) offer(c candidate) {
	if r.floor != nil && !c.before(r.floor) {
		return
	}
	r.kept = append(r.kept, c)
	if len(r.kept) >= 2*r.limit+64 {
		r.list()
	}
}

// list sorts the best to the front, forgets the others and returns them.
func (r *ranking) list() []candidate {
	slices.SortFunc(r.kept, func(a, b candidate) int { return a.compare(&b) })
	if len(r.kept) >= r.limit {
		r.kept = r.kept[:r.limit]
		floor := r.kept[r.limit-1]
		r.floor = &floor
	}
	return r.kept
}
