package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is indexed of a document.
const (
	maxTerm       = 2       // runes of the longest beginning of a word that is a term of its own
	maxPrefix     = 16      // runes of the longest beginning that may hold an error, and that leads to no part of an address
	maxWord       = 64      // runes of a word; a longer one is cut, in questions as well
	maxFieldBytes = 4 << 10 // bytes of one value; the rest is not searchable
	maxEmails     = 32      // addresses of one document; likewise
)

// A chunk is what stands between two spaces: "o'shea", "jean-luc",
// "a.sample@example.com", "sales". It is folded.
type chunk struct {
	words  []string // the words in it: {"o", "shea"}
	local  int      // how many of them stand before an @, all if there is none
	joined string   // the words written together, if there are two or more: "oshea"
}

// chunks yields the chunks of a folded text that hold a letter or digit.
func chunks(folded string) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		for field := range strings.FieldsSeq(folded) {
			local, domain, _ := strings.Cut(field, "@")
			c := chunk{words: splitWords(local)}
			c.local = len(c.words)
			c.words = append(c.words, splitWords(domain)...)
			if len(c.words) == 0 {
				continue
			}
			if len(c.words) > 1 {
				c.joined = cut(strings.Join(c.words, ""), maxWord)
			}
			if !yield(c) {
				return
			}
		}
	}
}

// splitWords returns the runs of letters and digits in s, cut to maxWord. A run
// ends, too, where writing changes between one with spaces and one without.
func splitWords(s string) []string {
	var words []string
	start, unspaced := -1, false // of the run that is open
	end := func(at int) {
		if start >= 0 {
			words = append(words, cut(s[start:at], maxWord))
		}
		start = -1
	}
	for i, r := range s {
		switch {
		case unicode.IsMark(r):
			// Belongs to the letter before; alone it is nothing.
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end(i)
		case start < 0 || isUnspaced(r) != unspaced:
			end(i)
			start, unspaced = i, isUnspaced(r)
		}
	}
	end(len(s))
	return words
}

// isUnspaced tells whether r is of a script that puts no spaces between the
// words of a name, so that a word may begin at any letter.
func isUnspaced(r rune) bool {
	if r < 0x1100 {
		return false
	}
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// tails yields the shorter endings of a word written without spaces: 田太郎,
// 太郎 and 郎 of 山田太郎. Other words have none.
func tails(word string) iter.Seq[string] {
	return func(yield func(string) bool) {
		first, size := utf8.DecodeRuneInString(word)
		if !isUnspaced(first) {
			return
		}
		for rest := word[size:]; rest != ""; {
			r, size := utf8.DecodeRuneInString(rest)
			if !unicode.IsMark(r) && !yield(rest) {
				return
			}
			rest = rest[size:]
		}
	}
}

// beginnings yields the first lo, lo+1, … hi runes of word, as lengths in bytes.
// A whole word is a beginning of itself.
func beginnings(word string, lo, hi int) iter.Seq[int] {
	return func(yield func(int) bool) {
		runes := 0
		for i := range word {
			if runes > hi || runes >= lo && !yield(i) {
				return
			}
			runes++
		}
		if runes >= lo && runes <= hi {
			yield(len(word))
		}
	}
}

// typosAllowed returns how many typing errors a word of a question may have. A
// word that begins with a digit is a number or a code; one written without
// spaces is too short for a letter of it to be a slip.
func typosAllowed(word string) int {
	first, _ := utf8.DecodeRuneInString(word)
	if unicode.IsDigit(first) || isUnspaced(first) {
		return 0
	}
	switch n := utf8.RuneCountInString(word); {
	case n >= 8:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

// cut returns the first n runes of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// cutBytes returns the first n bytes of s, without a rune that n would split.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
