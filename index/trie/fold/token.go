package fold

import "unicode/utf8"

// A Token is a string under which a text is found: a word, its second spelling,
// words joined over hyphens and apostrophes, or the rest of a CJK word from
// any of its characters on.
type Token struct {
	Text  string
	Pos   int  // words before it in the text; each CJK character counts as one
	Span  int  // words it covers, from 1
	Start int  // code points before its first word in the original text
	Skip  int  // bytes of its first word, folded, that stand before it
	Alt   bool // Text is a second spelling
}

// Tokens appends the tokens of text to dst and returns the extended slice.
//
//	Tokens(nil, "O'Shea") = oshea, o, shea
//	Tokens(nil, "王小明") = 王小明, 小明, 明
func Tokens(dst []Token, text string) []Token { return Expand(dst, Words(nil, text)) }

// Expand appends the tokens of a text with the given words to dst and returns
// the extended slice. The last token, if any, covers the last word, so that its
// Pos and Span add up to the number of words.
func Expand(dst []Token, words []Word) []Token {
	pos := 0
	for i, w := range words {
		if !w.Glued {
			dst = appendJoined(dst, words[i:], pos)
		}
		span := w.span()
		dst = appendWord(dst, w, pos, span)
		pos += span
	}
	return dst
}

// appendWord appends the tokens of one word.
func appendWord(dst []Token, w Word, pos, span int) []Token {
	if w.Second != "" {
		dst = append(dst, Token{Text: w.Second, Pos: pos, Span: span, Start: w.Start, Alt: true})
	}
	dst = append(dst, Token{Text: w.Text, Pos: pos, Span: span, Start: w.Start})
	if !w.CJK {
		return dst
	}
	skip := 0
	for n := 1; n < span; n++ {
		_, size := utf8.DecodeRuneInString(w.Text[skip:])
		skip += size
		dst = append(dst, Token{Text: w.Text[skip:], Pos: pos + n, Span: span - n, Start: w.Start, Skip: skip})
	}
	return dst
}

// appendJoined appends the first word with all that are glued to it as one.
func appendJoined(dst []Token, words []Word, pos int) []Token {
	j := Join(words)
	if j.Words < 2 {
		return dst
	}
	if j.Second != "" {
		dst = append(dst, Token{Text: j.Second, Pos: pos, Span: j.Span, Start: words[0].Start, Alt: true})
	}
	return append(dst, Token{Text: j.Text, Pos: pos, Span: j.Span, Start: words[0].Start})
}

// A Joined is a word read as one with those glued to it.
type Joined struct {
	Words  int    // how many words it takes up
	Text   string // "jeanluc"
	Second string // as in Word
	Span   int    // as in Token
}

// Join reads the first of words and those glued to it as one: Jean-Luc as
// jeanluc. Words is 1 if there is nothing to join, or too much of it.
func Join(words []Word) Joined {
	n, runes, second := 1, runeLen(words[0].Text), words[0].Second != ""
	for n < len(words) && words[n].Glued {
		runes += runeLen(words[n].Text)
		second = second || words[n].Second != ""
		n++
	}
	if n == 1 || runes > maxRunes {
		return Joined{Words: 1, Text: words[0].Text, Second: words[0].Second, Span: words[0].span()}
	}
	j := Joined{Words: n}
	for _, w := range words[:n] {
		j.Text += w.Text
		if second {
			j.Second += w.other()
		}
		j.Span += w.span()
	}
	return j
}

// span is how many words w counts as.
func (w Word) span() int {
	if w.CJK {
		return runeLen(w.Text)
	}
	return 1
}

// other is the second spelling, or the only one.
func (w Word) other() string {
	if w.Second != "" {
		return w.Second
	}
	return w.Text
}

// Extent returns the code points [start, end) of text that the first n bytes of
// t came from. t must be a token of text and n at most the length of its
// Text. A letter that folds to several, such as ß, is covered as a whole, and
// so are its accents.
func (t Token) Extent(text string, n int) (start, end int) {
	e := extent{from: t.Skip, to: t.Skip + n, alt: t.Alt, start: t.Start, end: t.Start}
	s := scan(text, t.Start)
	for {
		if l, ok := s.next(); !ok || !e.add(l) {
			return e.start, e.end
		}
	}
}

// An extent counts the bytes that letters fold to, as Folder does, and keeps
// where those from and to came from.
type extent struct {
	from, to   int
	alt        bool
	seen       int
	last       class
	start, end int
}

func (e *extent) add(l letter) bool {
	if l.class == classMark && e.last != classLetter {
		return true
	}
	if l.class != classMark {
		e.last = l.class
	}
	s := l.plain
	if e.alt {
		s = l.second
	}
	if s == "" {
		return true
	}
	if e.seen <= e.from {
		e.start = l.start
	}
	e.seen += len(s)
	e.end = l.end
	return e.seen < e.to
}
