package text

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Bounds of what one word of a question may stand for in one field.
const (
	maxVariants   = 48   // misspelt words looked up: the nearest, then in alphabetical order
	maxScanned    = 2048 // terms read in one dictionary in search of them
	minGrowing    = 5    // letters from which an unfinished word may hold an error
	maxTypoLength = 32   // letters up to which a word may hold errors
)

// A planner turns questions into nodes over one view of the index. It belongs to
// one search.
type planner struct {
	view   *scorch.IndexSnapshot
	tag    tag
	typos  bool    // look for misspelt words, too
	opened []*term // to be closed at the end
}

// A wanted is one word to look for.
type wanted struct {
	text string
	// parts is the number of words it was joined from, which it counts for; 1
	// for a word that was written so.
	parts   int
	growing bool // the last of the question; it may be unfinished
}

// question returns a node for the documents that answer all asks, or nil if
// there are none.
func (p *planner) question(ctx context.Context, asks []ask, directory string) (node, error) {
	var all []node
	if directory != "" {
		t, err := p.open(ctx, directoryField, string(p.tag)+directory, mark{})
		if err != nil || t == nil {
			return nil, err
		}
		all = append(all, t)
	}
	for _, a := range asks {
		var ways []node
		for _, c := range a.spellings {
			n, err := p.chunk(ctx, a, c)
			if err != nil {
				return nil, err
			}
			ways = append(ways, n...)
		}
		if len(ways) == 0 {
			return nil, nil
		}
		all = append(all, newAnyOf(ways))
	}
	return newAllOf(all)
}

// chunk returns the ways to find a chunk: its words one by one, and joined.
func (p *planner) chunk(ctx context.Context, a ask, c chunk) ([]node, error) {
	var ways, words []node
	for i, w := range c.words {
		n, err := p.word(ctx, a.field, wanted{text: w, parts: 1, growing: a.last && i == len(c.words)-1})
		if err != nil {
			return nil, err
		}
		if n == nil {
			break
		}
		words = append(words, n)
	}
	if len(words) == len(c.words) {
		n, err := newAllOf(words)
		if err != nil {
			return nil, err
		}
		ways = append(ways, n)
	}
	if c.joined != "" {
		n, err := p.word(ctx, a.field, wanted{text: c.joined, parts: len(c.words), growing: a.last})
		if err != nil {
			return nil, err
		}
		if n != nil {
			ways = append(ways, n)
		}
	}
	return ways, nil
}

// word returns a node for the documents that hold w in field f, or nil if there
// are none.
func (p *planner) word(ctx context.Context, f Field, w wanted) (node, error) {
	first, last := f, f
	if f == AnyField {
		first, last = Name, Field(len(fields)-1)
	}
	var found []node
	for f := first; f <= last; f++ {
		for _, find := range [...]func(context.Context, Field, wanted) ([]node, error){p.whole, p.beginning, p.misspelt} {
			n, err := find(ctx, f, w)
			if err != nil {
				return nil, err
			}
			found = append(found, n...)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	return newAnyOf(found), nil
}

// whole finds w in full.
func (p *planner) whole(ctx context.Context, f Field, w wanted) ([]node, error) {
	worth := mark{field: f, rank: w.parts * (wholeRank + fields[f].weight)}
	if w.parts > 1 {
		worth.rank += w.parts * joinedRank
	}
	return p.terms(ctx, f, worth, p.class(classWord)+w.text, p.class(classPart)+w.text)
}

// beginning finds longer words that begin with w.
func (p *planner) beginning(ctx context.Context, f Field, w wanted) ([]node, error) {
	worth := mark{field: f, rank: w.parts * fields[f].weight, prefix: true}
	switch n := utf8.RuneCountInString(w.text); {
	case n < fields[f].minPrefix:
		return nil, nil
	case n <= fields[f].maxTerm:
		return p.terms(ctx, f, worth, p.class(classBeginning)+w.text)
	case n <= maxPrefix:
		return p.ranges(ctx, f, worth, longerThan(p.class(classWord)+w.text))
	}
	return p.ranges(ctx, f, worth, longerThan(p.class(classWord)+w.text), longerThan(p.class(classPart)+w.text))
}

// misspelt finds words that differ from w by typing errors.
func (p *planner) misspelt(ctx context.Context, f Field, w wanted) ([]node, error) {
	typos, length := typosAllowed(w.text), utf8.RuneCountInString(w.text)
	if !p.typos || typos == 0 || length > maxTypoLength {
		return nil, nil
	}
	found, err := p.similar(ctx, f, w, typos)
	if err != nil || !w.growing || length < minGrowing {
		return found, err
	}
	more, err := p.similarBeginnings(ctx, f, w)
	return append(found, more...), err
}

// similar finds words with one to typos errors.
func (p *planner) similar(ctx context.Context, f Field, w wanted, typos int) ([]node, error) {
	_, size := utf8.DecodeRuneInString(w.text)
	var variants [maxTypos + 1][]string // by errors
	for _, class := range [...]string{classWord, classPart} {
		a := newAutomaton(p.class(class), w.text, typos)
		candidates, err := p.scan(f, a, p.class(class)+w.text[:size])
		if err != nil {
			return nil, err
		}
		for _, s := range candidates {
			if n := a.errorsIn(s); n <= typos {
				variants[n] = append(variants[n], s)
			}
		}
	}
	var found []node
	left := maxVariants
	for n := 1; n <= typos; n++ {
		nearest := variants[n][:min(len(variants[n]), left)]
		left -= len(nearest)
		worth := mark{field: f, typos: n, rank: w.parts * (wholeRank + fields[f].weight)}
		nodes, err := p.terms(ctx, f, worth, nearest...)
		if err != nil {
			return nil, err
		}
		found = append(found, nodes...)
	}
	return found, nil
}

// class returns what the terms of a class begin with.
func (p *planner) class(class string) string { return string(p.tag) + class }

// scan returns the terms of a field that begin so and that a accepts, in
// alphabetical order.
func (p *planner) scan(f Field, a segment.Automaton, beginning string) ([]string, error) {
	var found []string
	err := p.eachDictionary(f, func(d dictionary) error {
		it := termsOf(d, a, beginningWith(beginning))
		for range maxScanned {
			entry, err := it.Next()
			if err != nil {
				return err
			}
			if entry == nil {
				break
			}
			found = append(found, entry.Term)
		}
		return nil
	})
	slices.Sort(found)
	return slices.Compact(found), err
}

// A dictionary has the terms of one of Bleve's fields in one segment.
type dictionary struct {
	segment.TermDictionary
	segment *scorch.SegmentSnapshot
	base    uint64 // Bleve's number of the segment's first document
}

// eachDictionary calls visit for each dictionary of a field until it returns an
// error.
func (p *planner) eachDictionary(f Field, visit func(d dictionary) error) error {
	for _, name := range f.dictionaries() {
		var base uint64
		for _, s := range p.view.Segments() {
			dict, err := s.Segment().Dictionary(name)
			if err == nil {
				err = visit(dictionary{dict, s, base})
			}
			if err != nil {
				return err
			}
			base += s.Segment().Count()
		}
	}
	return nil
}

// termsOf returns the terms in a span that a accepts (all, if it is nil),
// without reading how many documents each has, if the dictionary can do that.
func termsOf(d dictionary, a segment.Automaton, s span) segment.DictionaryIterator {
	from, to := []byte(s.from), []byte(s.to)
	type uncounted interface {
		AutomatonIteratorOmitCount(a segment.Automaton, from, to []byte) segment.DictionaryIterator
	}
	if u, ok := d.TermDictionary.(uncounted); ok {
		return u.AutomatonIteratorOmitCount(a, from, to)
	}
	return d.AutomatonIterator(a, from, to)
}

// terms returns a node for each of the terms that has documents.
func (p *planner) terms(ctx context.Context, f Field, worth mark, texts ...string) ([]node, error) {
	var found []node
	for _, name := range f.dictionaries() {
		for _, s := range texts {
			t, err := p.open(ctx, name, s, worth)
			if err != nil {
				return nil, err
			}
			if t != nil {
				found = append(found, t)
			}
		}
	}
	return found, nil
}

func (p *planner) open(ctx context.Context, field, text string, worth mark) (*term, error) {
	t, err := openTerm(ctx, p.view, field, text, worth)
	if t != nil {
		p.opened = append(p.opened, t)
	}
	return t, err
}

// close gives back what the planner opened.
func (p *planner) close() error {
	var errs []error
	for _, t := range p.opened {
		errs = append(errs, t.postings.Close())
	}
	return errors.Join(errs...)
}
