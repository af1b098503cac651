package text

import (
	"context"
	"slices"
	"unicode/utf8"
)

// similarBeginnings finds words of which a beginning differs from w by one
// error: who types a longer word may have made one already.
func (p *planner) similarBeginnings(ctx context.Context, f Field, w wanted) ([]node, error) {
	g := newGrowth(p.class(classWord), f, w.text)
	var all []string
	err := p.eachDictionary(f, func(d dictionary) (err error) {
		all, err = g.beginnings(all, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(all)
	all = slices.Compact(all)
	worth := mark{field: f, typos: 1, rank: w.parts * fields[f].weight, prefix: true}
	var spans []span
	for _, b := range all[:min(len(all), maxVariants)] {
		spans = append(spans, beginningWith(b))
	}
	return p.ranges(ctx, f, worth, spans...)
}

// A growth looks for the beginnings of words that differ from an unfinished
// word by one error. It belongs to one search.
type growth struct {
	word   *automaton // accepts the beginnings
	open   *automaton // accepts every term with such a beginning
	first  string     // the first letter is never wrong: what all terms begin with
	lo, hi int        // runes of a beginning, apart from the class
}

func newGrowth(fixed string, f Field, word string) *growth {
	_, size := utf8.DecodeRuneInString(word)
	length := utf8.RuneCountInString(word)
	g := &growth{
		word: newAutomaton(fixed, word, 1), open: newAutomaton(fixed, word, 1), first: fixed + word[:size],
		lo: max(fields[f].minPrefix, length-1), hi: min(length+1, maxPrefix),
	}
	g.open.open = true
	return g
}

// beginnings appends the beginnings in one dictionary, of those that are
// beginnings of each other the shortest. It does not read on through the words
// that have one, but looks for the first behind them.
func (g *growth) beginnings(all []string, d dictionary) ([]string, error) {
	left := beginningWith(g.first)
	for {
		it := termsOf(d, g.open, left)
		for {
			entry, err := it.Next()
			if err != nil || entry == nil {
				return all, err
			}
			if b := g.beginning(entry.Term); b != "" {
				all, left.from = append(all, b), behind(b)
				break
			}
		}
	}
}

// beginning returns the shortest beginning of a term with one error; empty if
// it has none.
func (g *growth) beginning(term string) string {
	skip := len(g.word.fixed)
	for n := range beginnings(term[skip:], g.lo, g.hi) {
		if b := term[:skip+n]; g.word.errorsIn(b) == 1 {
			return b
		}
	}
	return ""
}
