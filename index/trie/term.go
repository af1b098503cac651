package trie

import (
	"unicode/utf8"

	"github.com/ringdex/ringdex/index/trie/fold"
)

// fullName is the kind under which the initials of given and family name
// together stand. It is no kind of field.
const fullName = kinds

// initialsMark begins the terms that are initials. No folded word contains it,
// and it sorts before all of them.
const initialsMark = "\x01"

// Limits of one document. What lies beyond them is not searched.
const (
	maxFields = 64
	maxTerms  = 1024
)

// A place is where a term stands in a document.
type place struct {
	kind  Kind
	field uint8 // index of the field; no matter for fullName
	pos   uint8 // words before it in the field, at most MaxPosition
	span  uint8 // words it covers, 1 to MaxPosition
	words uint8 // words of the field, at most MaxPosition+1
}

// A term is a folded string under which a document is found.
type term struct {
	text    string
	place   place
	token   fold.Token // not of initials
	letters []initial  // of initials only
}

// An initial is the first letter of a word of a name.
type initial struct {
	text  string // the letter, folded
	field uint8
	start int // code points before it in the field's text
}

// An analyser takes documents apart into terms. It is for one goroutine.
type analyser struct {
	folder fold.Folder
	words  []fold.Word
	tokens []fold.Token
	terms  []term
}

// analyse returns the terms of a document. They are valid until the next call.
func (a *analyser) analyse(fields []Field) []term {
	a.terms = a.terms[:0]
	var given, family []initial
	for i, f := range fields[:min(len(fields), maxFields)] {
		if f.Kind >= kinds {
			continue
		}
		a.words = a.folder.Words(a.words[:0], f.Text)
		a.addField(f.Kind, uint8(i))
		switch f.Kind {
		case Display:
			a.addInitials(firstLetters(nil, a.words, uint8(i)), place{kind: Display, field: uint8(i), span: 1, words: 1})
		case Given:
			given = firstLetters(given, a.words, uint8(i))
		case Family:
			family = firstLetters(family, a.words, uint8(i))
		}
	}
	if len(given) > 0 && len(family) > 0 {
		a.addInitials(append(given, family...), place{kind: fullName, field: maxFields, span: 1, words: 1})
	}
	return a.terms
}

// addField adds the tokens of a field whose words are at hand.
func (a *analyser) addField(k Kind, field uint8) {
	a.tokens = fold.Expand(a.tokens[:0], a.words)
	if len(a.tokens) == 0 {
		return
	}
	last := a.tokens[len(a.tokens)-1]
	words := uint8(min(last.Pos+last.Span, MaxPosition+1))
	for _, t := range a.tokens {
		if len(a.terms) == maxTerms {
			return
		}
		a.terms = append(a.terms, term{
			text:  t.Text,
			token: t,
			place: place{
				kind: k, field: field, words: words,
				pos: uint8(min(t.Pos, MaxPosition)), span: uint8(min(t.Span, MaxPosition)),
			},
		})
	}
}

// addInitials adds the initials of a name: of its first words, and of the first
// and the last where there are more than two.
func (a *analyser) addInitials(letters []initial, at place) {
	if len(letters) < minInitials || len(a.terms)+2 > maxTerms {
		return
	}
	a.terms = append(a.terms, makeInitials(letters[:min(len(letters), maxInitials)], at))
	if len(letters) > 2 {
		ends := []initial{letters[0], letters[len(letters)-1]}
		a.terms = append(a.terms, makeInitials(ends, at))
	}
}

func makeInitials(letters []initial, at place) term {
	text := []byte(initialsMark)
	for _, l := range letters {
		text = append(text, l.text...)
	}
	return term{text: string(text), place: at, letters: letters}
}

// firstLetters appends the first letter of each word that has initials.
func firstLetters(dst []initial, words []fold.Word, field uint8) []initial {
	for _, w := range words {
		if w.CJK || hasDigit(w.Text[:1]) {
			continue
		}
		_, n := utf8.DecodeRuneInString(w.Text)
		dst = append(dst, initial{w.Text[:n], field, w.Start})
	}
	return dst
}
