// Package fold turns names into the words they are searched by: without case,
// accents and letter forms that people do not type, in every script.
//
// It goes beyond Unicode decomposition, which leaves ł, ø, đ, ß, æ, œ, þ and ı
// as they are; it knows that German writes ä also as ae; it splits words at
// hyphens and apostrophes and joins them again; and it keeps, for every word,
// where it stood in the original text, so that a hit can be shown there.
//
// The package is pure: no state, no goroutines, no errors. Any input is valid;
// bytes that are not UTF-8 separate words. Its callers are package trie and
// whoever compares names.
package fold

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Limits that keep the work on hostile input small. What lies beyond them in a
// text is not searched; no name reaches them.
const (
	maxWords = 64 // words of a text
	maxRunes = 64 // letters of a word or of words joined
	maxCJK   = 32 // characters of a CJK word, which has a token for each; the next begins a new word
)

// A Word is a longest stretch of letters and digits of a text.
type Word struct {
	Text   string // folded: "muller" for "Müller"
	Second string // the other spelling, "mueller"; empty if there is none
	Start  int    // code points before the word in the original text
	End    int    // code points before the end of the word
	Glued  bool   // read as one with the word before: after a hyphen or apostrophe, or CJK after a blank
	CJK    bool   // Chinese, Japanese or Korean: written without spaces
}

// A Folder is the memory that folding works in. Whoever folds many texts keeps
// one; the functions of the same names make one for each call. The zero value
// is ready to use. A Folder is for one goroutine at a time.
type Folder struct {
	plain  []byte // the texts of the words, one after the other
	second []byte // the second spellings, likewise; the only ones where there is no second
	spans  []span // the words
	open   bool   // the last word may still grow
	glue   bool   // a hyphen or apostrophe follows the word that was closed last
	blank  bool   // nothing but blanks follows it
	runes  int    // letters of the open word
	words  []Word // for String
}

// Words appends the words of text to dst and returns the extended slice. It
// stops after 64 words. The words share one new string and keep nothing of text.
//
//	Words(nil, "O'Shea, Jürgen") = o, shea (glued), jurgen (second juergen)
func Words(dst []Word, text string) []Word {
	var f Folder
	return f.Words(dst, text)
}

// String returns the words of text separated by single spaces: a form in which
// names can be compared and sorted. String("  O'Shea, JÜRGEN") = "o shea jurgen".
func String(text string) string {
	var f Folder
	return f.String(text)
}

// Plain is Words for a text of nothing but small ASCII letters, digits and
// blanks, as most that are typed, and returns false for any other. The words
// are parts of text, and it allocates only if dst is too small.
func Plain(dst []Word, text string) ([]Word, bool) {
	from, start := len(dst), 0
	for i := range len(text) + 1 {
		switch {
		case i < len(text) && ('a' <= text[i] && text[i] <= 'z' || '0' <= text[i] && text[i] <= '9'):
			continue
		case i < len(text) && text[i] != ' ', i-start > maxRunes:
			return dst[:from], false
		case i > start && len(dst)-from < maxWords:
			dst = append(dst, Word{Text: text[start:i], Start: start, End: i})
		}
		start = i + 1
	}
	return dst, true
}

// Words is the function Words.
func (f *Folder) Words(dst []Word, text string) []Word {
	f.plain, f.second, f.spans = f.plain[:0], f.second[:0], f.spans[:0]
	f.open, f.glue, f.blank = false, false, false
	s := scan(text, 0)
	for {
		if run := s.ascii(); run != "" && !f.addASCII(run, s.at) {
			break
		}
		if l, ok := s.next(); !ok || !f.add(l) {
			break
		}
	}
	return f.appendWords(dst)
}

// String is the function String.
func (f *Folder) String(text string) string {
	f.words = f.Words(f.words[:0], text)
	var s strings.Builder
	for i, w := range f.words {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(w.Text)
	}
	return s.String()
}

// A span is a Word whose texts end at two offsets of a Folder's bytes, and
// begin where those of the span before end.
type span struct {
	plain, second int
	start, end    int
	glued, cjk    bool
}

// add takes the next letter of a text, or returns false if there are enough.
func (f *Folder) add(l letter) bool {
	switch l.class {
	case classGlue:
		f.glue, f.blank, f.open = f.open, false, false
		return true
	case classBlank:
		f.glue, f.blank, f.open = false, f.blank || f.open, false
		return true
	case classBreak:
		f.glue, f.blank, f.open = false, false, false
		return true
	case classMark:
		if !f.open || f.last().cjk {
			return true
		}
	default:
		if !f.continues(l) && !f.begin(l) {
			return false
		}
	}
	w := f.last()
	w.end = l.end
	if f.runes++; f.runes > maxRunes {
		return true
	}
	f.plain = append(f.plain, l.plain...)
	f.second = append(f.second, l.second...)
	w.plain, w.second = len(f.plain), len(f.second)
	return true
}

// addASCII is add for a run of ASCII letters and digits that ends before the
// code point end.
func (f *Folder) addASCII(run string, end int) bool {
	l := letter{class: classLetter, start: end - len(run), end: end}
	if !f.continues(l) && !f.begin(l) {
		return false
	}
	w := f.last()
	w.end = end
	run = run[:min(len(run), max(0, maxRunes-f.runes))]
	f.runes += len(run)
	for i := range len(run) {
		f.plain = append(f.plain, lower(run[i]))
	}
	f.second = append(f.second, f.plain[len(f.plain)-len(run):]...)
	w.plain, w.second = len(f.plain), len(f.second)
	return true
}

func (f *Folder) last() *span { return &f.spans[len(f.spans)-1] }

// continues reports whether l belongs to the open word.
func (f *Folder) continues(l letter) bool {
	if !f.open {
		return false
	}
	cjk := l.class == classCJK
	return f.last().cjk == cjk && (!cjk || f.runes < maxCJK)
}

// begin opens a word, or returns false if there are enough.
func (f *Folder) begin(l letter) bool {
	if len(f.spans) == maxWords {
		return false
	}
	cjk := l.class == classCJK
	f.spans = append(f.spans, span{
		plain: len(f.plain), second: len(f.second), start: l.start, end: l.end, cjk: cjk,
		glued: f.glue || f.blank && cjk && f.last().cjk,
	})
	f.open, f.glue, f.blank, f.runes = true, false, false, 0
	return true
}

// appendWords appends the words to dst, on one string for all their texts.
func (f *Folder) appendWords(dst []Word) []Word {
	plain := string(f.plain)
	second := plain
	if !bytes.Equal(f.plain, f.second) {
		second = string(f.second)
	}
	p, s := 0, 0
	for _, w := range f.spans {
		word := Word{Text: plain[p:w.plain], Start: w.start, End: w.end, Glued: w.glued, CJK: w.cjk}
		if other := second[s:w.second]; other != word.Text {
			word.Second = other
		}
		dst = append(dst, word)
		p, s = w.plain, w.second
	}
	return dst
}

// runeLen is the number of code points of s, each broken byte counting as one.
func runeLen(s string) int { return utf8.RuneCountInString(s) }
