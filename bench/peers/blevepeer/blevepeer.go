// Package blevepeer asks Bleve alone, in process: a scorch index on disk with
// the mapping that its documentation begins with, but for keywords where there
// is one word.
package blevepeer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/simple"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/ringdex/ringdex/bench/peers"
)

// fillLen is how many people are written at once: more take gigabytes.
const fillLen = 10_000

// Side opens an index in a folder of its own.
func Side(version, against string) (peers.Side, error) {
	dir, err := os.MkdirTemp("", "ringdex-peer-")
	if err != nil {
		return peers.Side{}, err
	}
	p := &peer{dir: dir}
	if p.index, err = bleve.New(filepath.Join(dir, "people"), newMapping()); err != nil {
		return peers.Side{}, errors.Join(err, p.Close())
	}
	kinds := []peers.Kind{peers.Exact, peers.PrefixNumber, peers.Prefix3, peers.PrefixPair, peers.Typo1}
	return peers.Side{Name: "bleve, in process", Version: version, Kinds: kinds, Against: against, Peer: p}, nil
}

// A peer is an index.
type peer struct {
	dir   string
	index bleve.Index // nil if it could not be made
}

// A document is what is indexed of a person.
type document struct {
	Numbers []string `json:"numbers"`
	Words   string   `json:"words"`
}

func newMapping() mapping.IndexMapping {
	field := func(analyzer string) *mapping.FieldMapping {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = analyzer, false, false, false, false
		return f
	}
	people := bleve.NewDocumentStaticMapping()
	people.AddFieldMappingsAt("numbers", field(keyword.Name))
	people.AddFieldMappingsAt("words", field(simple.Name))
	m := bleve.NewIndexMapping()
	m.DefaultMapping = people
	return m
}

// Close implements peers.Peer.
func (p *peer) Close() error {
	var err error
	if p.index != nil {
		err = p.index.Close()
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// Fill implements peers.Peer.
func (p *peer) Fill(ctx context.Context, people []peers.Person) error {
	for len(people) > 0 && ctx.Err() == nil {
		batch := p.index.NewBatch()
		for i := range people[:min(fillLen, len(people))] {
			d := document{Words: strings.Join(people[i].Words, " ")}
			for _, n := range people[i].Numbers {
				d.Numbers = append(d.Numbers, n[1:])
			}
			if err := batch.Index(people[i].ID, d); err != nil {
				return err
			}
		}
		if err := p.index.Batch(batch); err != nil {
			return err
		}
		people = people[min(fillLen, len(people)):]
	}
	return ctx.Err()
}

// Ask implements peers.Peer.
func (p *peer) Ask(ctx context.Context, q peers.Question) ([]string, error) {
	switch q.Kind {
	case peers.Exact:
		return p.search(ctx, term(bleve.NewTermQuery(q.Text[1:]), "numbers"), 100)
	case peers.PrefixNumber:
		return p.search(ctx, term(bleve.NewPrefixQuery(q.Text), "numbers"), peers.Limit)
	case peers.Prefix3:
		return p.search(ctx, term(bleve.NewPrefixQuery(q.Text), "words"), peers.Limit)
	case peers.PrefixPair:
		first, second, _ := strings.Cut(q.Text, " ")
		both := bleve.NewConjunctionQuery(term(bleve.NewPrefixQuery(first), "words"), term(bleve.NewPrefixQuery(second), "words"))
		return p.search(ctx, both, peers.Limit)
	case peers.Typo1:
		fuzzy := bleve.NewFuzzyQuery(q.Text)
		fuzzy.SetFuzziness(1)
		fuzzy.SetPrefix(1)
		return p.search(ctx, term(fuzzy, "words"), peers.Limit)
	}
	return nil, errors.ErrUnsupported
}

// term names the field of a query.
func term(q query.FieldableQuery, field string) query.Query {
	q.SetField(field)
	return q
}

func (p *peer) search(ctx context.Context, q query.Query, limit int) ([]string, error) {
	r := bleve.NewSearchRequestOptions(q, limit, 0, false)
	r.Score = "none"
	found, err := p.index.SearchInContext(ctx, r)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found.Hits))
	for i, hit := range found.Hits {
		ids[i] = hit.ID
	}
	return ids, nil
}
