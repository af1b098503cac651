package trie

import (
	"slices"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index/trie/alias"
	"github.com/ringdex/ringdex/index/trie/fold"
)

// maxQueryWords is how many words a query may have. One with more matches
// nothing: no name is that long, and pasted text is not a name.
const maxQueryWords = 16

// The lengths, in letters, from which a query word may have typos or be a
// spelling in Latin letters, and within which it may be initials.
const (
	oneTypoFrom  = 4
	twoTyposFrom = 8
	minInitials  = 2
	minRoman     = 2
	maxInitials  = 5
)

// A word is one word of a query.
type word struct {
	spell    [2]string // folded; the second spelling may be ""
	initials bool      // it may be the initials of a name
	roman    bool      // it may be a name in Latin letters
	typos    int       // how many it may have
}

// A reading is a query as a list of words. A query with a hyphen or apostrophe
// has two: O'Shea as o and shea, and as oshea. A document matches a reading if
// it matches all of the words, and it has the better score of the readings.
type reading []word

// readings takes a query apart, into dst, whose memory it uses. It returns none
// for a query without words, and for one with too many.
func readings(dst []reading, words []fold.Word) []reading {
	if len(words) == 0 || len(words) > maxQueryWords {
		return dst
	}
	dst, split := another(dst)
	for _, w := range words {
		*split = append(*split, makeWord(w.Text, w.Second, w.CJK))
	}
	if !slices.ContainsFunc(words, func(w fold.Word) bool { return w.Glued }) {
		return dst
	}
	dst, joined := another(dst)
	for i := 0; i < len(words); {
		j := fold.Joined{Words: 1, Text: words[i].Text, Second: words[i].Second}
		if !words[i].Glued { // otherwise there was too much to join
			j = fold.Join(words[i:])
		}
		cjk := slices.ContainsFunc(words[i:i+j.Words], func(w fold.Word) bool { return w.CJK })
		*joined = append(*joined, makeWord(j.Text, j.Second, cjk))
		i += j.Words
	}
	if len(*joined) == len(words) {
		return dst[:1]
	}
	return dst
}

// another returns list with one more reading, which is empty.
func another(list []reading) ([]reading, *reading) {
	if n := len(list); n < cap(list) {
		list = list[:n+1]
		list[n] = list[n][:0]
	} else {
		list = append(list, nil)
	}
	return list, &list[len(list)-1]
}

func makeWord(text, second string, cjk bool) word {
	w := word{spell: [2]string{text, second}}
	if cjk || hasDigit(text) {
		return w
	}
	n := utf8.RuneCountInString(text)
	w.initials = minInitials <= n && n <= maxInitials
	w.roman = n >= minRoman && n == len(text)
	switch {
	case n >= twoTyposFrom:
		w.typos = 2
	case n >= oneTypoFrom:
		w.typos = 1
	}
	return w
}

// heard reports whether the word may stand for what sounds like it.
func (w word) heard() bool { return w.typos > 0 }

// codes appends the codes of its spellings.
func (w word) codes(dst []alias.Code) []alias.Code {
	for _, s := range w.spell {
		dst = alias.Codes(dst, s)
	}
	return dst
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(rune(s[i])) {
			return true
		}
	}
	return false
}

// isDigit reports whether a folded letter is a digit.
func isDigit(r rune) bool { return '0' <= r && r <= '9' }
