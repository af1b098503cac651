package trie

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index/trie/alias"
	"github.com/ringdex/ringdex/index/trie/fold"
)

// This file ranks documents by the words of Tier and Score alone, one by one
// and without regard to speed. Search is held against it.

// A refToken is a token of a document as the reference keeps it.
type refToken struct {
	fold.Token
	kind  Kind
	field int
	words int // of the field
}

// A refDoc is a document with its tokens.
type refDoc struct {
	doc      Doc
	name     string
	tokens   []refToken
	initials map[Kind][]string // under Display and fullName
}

func newRefDoc(e Entry) *refDoc {
	d := &refDoc{doc: e.Doc, initials: map[Kind][]string{}}
	var full [3]string // of given and family name, then together
	named := false
	for i, f := range e.Fields {
		if f.Kind == Display && !named {
			d.name, named = fold.String(f.Text), true
		}
		tokens := fold.Tokens(nil, f.Text)
		for _, t := range tokens {
			last := tokens[len(tokens)-1]
			d.tokens = append(d.tokens, refToken{t, f.Kind, i, last.Pos + last.Span})
		}
		letters := ""
		for _, w := range fold.Words(nil, f.Text) {
			if first := []rune(w.Text)[0]; !w.CJK && !isDigit(first) {
				letters += string(first)
			}
		}
		switch f.Kind {
		case Display:
			d.initials[Display] = append(d.initials[Display], refInitials(letters)...)
		case Given:
			full[0] += letters
		case Family:
			full[1] += letters
		}
	}
	if full[0] != "" && full[1] != "" {
		d.initials[fullName] = refInitials(full[0] + full[1])
	}
	return d
}

func refInitials(letters string) []string {
	r := []rune(letters)
	if len(r) < 2 {
		return nil
	}
	return []string{string(r[:min(len(r), 5)]), string([]rune{r[0], r[len(r)-1]})}
}

// A refQuery is a query in its readings.
type refQuery [][]*refWord

// A refWord is a word of a query in its spellings.
type refWord struct {
	spell []string
	name  bool                 // it consists of letters of an alphabet
	typos int                  // how many it may have
	known []map[string]int     // results of refTypos, for each spelling
	alias []map[string][8]bool // results of otherwise, for each need
}

func newRefQuery(text string) refQuery {
	words := fold.Words(nil, text)
	if len(words) == 0 || len(words) > 16 {
		return nil
	}
	var split, joined [][2]string
	for i, w := range words {
		second := cmp.Or(w.Second, w.Text)
		split = append(split, [2]string{w.Text, second})
		last := len(joined) - 1
		if i > 0 && w.Glued {
			joined[last] = [2]string{joined[last][0] + w.Text, joined[last][1] + second}
		} else {
			joined = append(joined, [2]string{w.Text, second})
		}
	}
	return refQuery{newRefWords(split), newRefWords(joined)}
}

func newRefWords(list [][2]string) []*refWord {
	var words []*refWord
	for _, spell := range list {
		w := &refWord{spell: spell[:], name: refIsName(spell[0]), known: []map[string]int{{}, {}}, alias: []map[string][8]bool{{}, {}}}
		w.typos = refTyposAllowed(w)
		words = append(words, w)
	}
	return words
}

// otherwise reports whether the i-th spelling is another way to write text.
func (w *refWord) otherwise(i int, text string, need int) bool {
	hits, known := w.alias[i][text]
	if !known {
		s := w.spell[i]
		hits[3] = i == 0 && w.name && len(s) > 1 && len(s) == utf8.RuneCountInString(s) &&
			slices.ContainsFunc(alias.Roman(nil, text), func(r string) bool { return strings.HasPrefix(r, s) })
		hits[4] = slices.Contains(alias.Nicks(s), text)
		hits[6] = w.typos > 0 && alias.Alike(s, text)
		w.alias[i][text] = hits
	}
	return hits[need]
}

// distance is refTypos of the i-th spelling.
func (w *refWord) distance(i int, text string) int {
	n, known := w.known[i][text]
	if !known {
		n = refTypos(w.spell[i], text, w.typos)
		w.known[i][text] = n
	}
	return n
}

// score is the best score of the readings, if one matches.
func (d *refDoc) score(q refQuery, only Kinds) (Score, bool) {
	best, found := Score{}, false
	for _, reading := range q {
		if s, ok := d.scoreReading(reading, only); ok && (!found || s.Compare(best) < 0) {
			best, found = s, true
		}
	}
	return best, found
}

// scoreReading tries what a word may need, from the best on.
func (d *refDoc) scoreReading(words []*refWord, only Kinds) (Score, bool) {
	exact := true
	for _, w := range words {
		exact = exact && len(d.hits(w, 0, only)) > 0
	}
	s := Score{Position: 15}
	worst, prefix := 0, 1
	if exact {
		prefix = 0
	}
	for _, w := range words {
		need := prefix
		for need <= 7 && len(d.hits(w, need, only)) == 0 {
			need++
		}
		if need > 7 {
			return Score{}, false
		}
		worst = max(worst, need)
		s.Typos += map[int]uint8{5: 1, 7: 2}[need]
		field, pos := Weight(255), 255
		for _, t := range d.hits(w, need, only) {
			f, p := t.kind.weight(), min(t.Pos, 15)
			if f < field || f == field && p < pos {
				field, pos = f, p
			}
		}
		s.Field, s.Position = max(s.Field, field), min(s.Position, uint8(pos))
	}
	s.Typos = min(s.Typos, 15)
	switch {
	case s.Typos > 1:
		s.Tier = TierTypos
	case worst == 6:
		s.Tier = TierSound
	case s.Typos == 1:
		s.Tier = TierTypo
	case worst >= 2:
		s.Tier = map[int]Tier{2: TierInitials, 3: TierRoman, 4: TierNick}[worst]
	case exact && d.whole(words, only):
		s.Tier = TierWhole
	case exact:
		s.Tier = TierExact
	case d.inOrder(words, only):
		s.Tier = TierInOrder
	default:
		s.Tier = TierPrefix
	}
	return s, true
}

// hits returns where a word is found at a need: 0 a whole word that
// identifies, 1 the beginning of a word, 2 initials, 3 Latin letters for
// others, 4 another name, 5 one typo, 6 what sounds alike, 7 two typos.
func (d *refDoc) hits(w *refWord, need int, only Kinds) []refToken {
	var out []refToken
	if need == 2 {
		for kind, list := range d.initials {
			if (only.Has(kind) || kind == fullName && only.Has(Given) && only.Has(Family)) && d.isInitials(w, list) {
				out = append(out, refToken{kind: Display})
			}
		}
		return out
	}
	for _, t := range d.tokens {
		hit := false
		for i, s := range w.spell {
			switch need {
			case 0:
				hit = hit || t.Text == s && t.kind <= UserName
			case 1:
				hit = hit || strings.HasPrefix(t.Text, s)
			case 5, 7:
				hit = hit || w.typos > 0 && w.distance(i, t.Text) == 1+need/7
			default:
				hit = hit || t.kind.named() && w.otherwise(i, t.Text, need)
			}
		}
		if hit && only.Has(t.kind) {
			out = append(out, t)
		}
	}
	return out
}

func (d *refDoc) isInitials(w *refWord, list []string) bool {
	n := utf8.RuneCountInString(w.spell[0])
	if n < 2 || n > 5 || !w.name {
		return false
	}
	return slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, w.spell[0]) })
}

// refIsName reports whether a query word consists of letters of an alphabet.
func refIsName(s string) bool {
	words := fold.Words(nil, s)
	return len(words) == 1 && !words[0].CJK && !strings.ContainsAny(s, "0123456789")
}

// refTyposAllowed returns how many typos a word may have as it was typed.
func refTyposAllowed(w *refWord) int {
	n := utf8.RuneCountInString(w.spell[0])
	switch {
	case !w.name || n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// refTypos returns how many typos of s lead to a beginning of text, or 9 if
// more than the limit.
func refTypos(s, text string, limit int) int {
	word := []rune(s)
	best := 9
	var begin []rune
	for _, r := range text {
		if isDigit(r) {
			break
		}
		begin = append(begin, r)
		if begin[0] == word[0] && abs(len(begin)-len(word)) <= limit {
			best = min(best, refDistance(word, begin))
		}
	}
	if best > limit {
		return 9
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// refDistance is the restricted distance of Damerau between two words.
func refDistance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			if i == 0 || j == 0 {
				d[i][j] = i + j
				continue
			}
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// whole reports whether the words are all of a field, one behind the other.
func (d *refDoc) whole(words []*refWord, only Kinds) bool {
	for field := range 256 {
		at, length := 0, -1
		for _, w := range words {
			for _, t := range d.tokens {
				if t.field == field && slices.Contains([]Kind{Display, Email, UserName}, t.kind) && only.Has(t.kind) &&
					t.Pos == at && slices.Contains(w.spell, t.Text) {
					at += t.Span
					length = t.words
					break
				}
			}
		}
		if at == length && length <= 15 && len(words) <= length && d.stepped(words, field) {
			return true
		}
	}
	return false
}

// stepped reports whether every word, not only some, moves on in the field.
func (d *refDoc) stepped(words []*refWord, field int) bool {
	at := 0
	for _, w := range words {
		i := slices.IndexFunc(d.tokens, func(t refToken) bool {
			return t.field == field && t.Pos == at && slices.Contains(w.spell, t.Text)
		})
		if i < 0 {
			return false
		}
		at += d.tokens[i].Span
	}
	return true
}

// inOrder reports whether the words begin words of a name from left to right.
func (d *refDoc) inOrder(words []*refWord, only Kinds) bool {
	display := func(t refToken) int { return map[bool]int{t.kind == Display: 1 + min(t.Pos, 15)}[true] }
	full := func(t refToken) int {
		return map[Kind]int{Given: 1 + min(t.Pos, 15), Family: 100 + min(t.Pos, 15)}[t.kind]
	}
	for _, order := range []func(refToken) int{display, full} {
		last := 0
		for _, w := range words {
			var next []int
			for _, t := range d.hits(w, 1, only) {
				if o := order(t); o > last {
					next = append(next, o)
				}
			}
			if len(next) == 0 {
				last = -1
				break
			}
			last = slices.Min(next)
		}
		if last > 0 {
			return true
		}
	}
	return false
}

// refSearch is Search over a list of documents.
func refSearch(docs []*refDoc, q Query) (hits []Hit, more bool) {
	parsed := newRefQuery(q.Text)
	type ranked struct {
		Hit
		boost int
		name  string
	}
	var list []ranked
	for _, d := range docs {
		if q.Accept != nil && !q.Accept(d.doc) {
			continue
		}
		if s, ok := d.score(parsed, q.Fields); ok {
			list = append(list, ranked{Hit{d.doc, s}, q.Boost[d.doc], d.name})
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(a.Score.Compare(b.Score), cmp.Compare(b.boost, a.boost),
			cmp.Compare(utf8.RuneCountInString(a.name), utf8.RuneCountInString(b.name)),
			cmp.Compare(a.name, b.name), cmp.Compare(a.Doc, b.Doc))
	})
	count := func(worst Tier) int {
		n := 0
		for _, r := range list {
			if r.Score.Tier <= worst {
				n++
			}
		}
		return n
	}
	found := 0
	for _, worst := range []Tier{TierNick, TierTypo, TierSound, TierTypos} {
		if found = count(worst); found >= q.Limit {
			break
		}
	}
	for _, r := range list[:min(found, q.Limit)] {
		hits = append(hits, r.Hit)
	}
	return hits, found > q.Limit
}
