package text

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A model answers questions by looking at every word of every document, as
// Query says.
type model map[string]Document // one tenant's, by ID

func (m model) search(q Query) ([]Hit, error) {
	asks, err := q.asks()
	if err != nil || len(asks) == 0 {
		return nil, err
	}
	limit := cmp.Or(q.Limit, DefaultLimit)
	hits := m.answer(asks, q.Directory, limit, false)
	if len(hits) < limit {
		hits = m.answer(asks, q.Directory, limit, true)
	}
	return hits, nil
}

func (m model) answer(asks []ask, directory string, limit int, typos bool) []Hit {
	var hits []Hit
	for id, doc := range m {
		if directory != "" && directory != doc.Directory {
			continue
		}
		if got, ok := modelDocument(&doc, asks, typos); ok {
			hits = append(hits, Hit{ID: id, Score: float64(got.score()), Typos: got.typos})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	})
	return hits[:min(limit, len(hits))]
}

// modelDocument adds up the best marks of all asks.
func modelDocument(doc *Document, asks []ask, typos bool) (total mark, ok bool) {
	for _, a := range asks {
		var best mark
		found := false
		consider := func(m mark, ok bool) {
			if ok && (!found || m.better(best)) {
				best, found = m, true
			}
		}
		for _, c := range a.spellings {
			consider(modelWords(doc, a, c, typos))
			if c.joined != "" {
				consider(modelWord(doc, a.field, wanted{text: c.joined, parts: len(c.words), growing: a.last}, typos))
			}
		}
		if !found {
			return mark{}, false
		}
		total = total.with(best)
	}
	return total, true
}

func modelWords(doc *Document, a ask, c chunk, typos bool) (total mark, ok bool) {
	for i, w := range c.words {
		m, ok := modelWord(doc, a.field, wanted{text: w, parts: 1, growing: a.last && i == len(c.words)-1}, typos)
		if !ok {
			return mark{}, false
		}
		total = total.with(m)
	}
	return total, true
}

// modelWord returns the best mark of one word in one field or all.
func modelWord(doc *Document, asked Field, w wanted, typos bool) (best mark, found bool) {
	for f := Name; int(f) < len(fields); f++ {
		if asked != AnyField && asked != f {
			continue
		}
		for _, v := range modelFieldWords(doc, f) {
			for _, m := range modelMatches(f, v, w, typos) {
				if !found || m.better(best) {
					best, found = m, true
				}
			}
		}
	}
	return best, found
}

// A modelled is a word of a document.
type modelled struct {
	text  string
	whole bool // cannot be found by its beginning
}

func modelFieldWords(doc *Document, f Field) []modelled {
	var all []modelled
	for _, value := range doc.values(f) {
		for _, s := range spellings(value) {
			for c := range chunks(s) {
				for i, w := range c.words {
					domain := fields[f].address && i >= c.local
					all = append(all, modelled{w, domain})
					for tail := range tails(w) {
						if !domain {
							all = append(all, modelled{tail, false})
						}
					}
				}
				if c.joined != "" {
					all = append(all, modelled{c.joined, fields[f].address})
				}
			}
		}
	}
	return all
}

func modelMatches(f Field, v modelled, w wanted, typos bool) []mark {
	weight, length := fields[f].weight, utf8.RuneCountInString(w.text)
	var all []mark
	if v.text == w.text {
		m := mark{rank: w.parts * (wholeRank + weight)}
		if w.parts > 1 {
			m.rank += w.parts * joinedRank
		}
		all = append(all, m)
	}
	if strings.HasPrefix(v.text, w.text) && length >= fields[f].minPrefix && (!v.whole || length > maxPrefix) {
		all = append(all, mark{rank: w.parts * weight})
	}
	allowed := typosAllowed(w.text)
	if !typos || allowed == 0 || []rune(v.text)[0] != []rune(w.text)[0] {
		return all
	}
	runes := []rune(v.text)
	if d := distance(v.text, w.text); d > 0 && d <= allowed {
		all = append(all, mark{typos: d, rank: w.parts * (wholeRank + weight)})
	}
	if w.growing && length >= minGrowing && !v.whole {
		for n := max(fields[f].minPrefix, length-1); n <= min(len(runes), maxPrefix, length+1); n++ {
			if distance(string(runes[:n]), w.text) == 1 {
				all = append(all, mark{typos: 1, rank: w.parts * weight})
			}
		}
	}
	return all
}

// distance is the number of letters added, left out, replaced or swapped with
// their neighbour that make b of a, no letter being touched twice.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if apart := max(len(x)-len(y), len(y)-len(x)); apart > maxTypos {
		return apart // at least; nobody asks for more
	}
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			wrong := 1
			if x[i-1] == y[j-1] {
				wrong = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+wrong)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}
