package trie

import (
	"cmp"
	"slices"

	"github.com/ringdex/ringdex/index/trie/alias"
)

// aliases lead to the words of names from other ways of writing them. They are
// kept for terms that stood in a name when the book was built or in one of
// those that it was merged from; whether one stands in a name of a document,
// scoring decides.
type aliases struct {
	// sounds has the codes of terms, each above a term, sorted.
	sounds []uint64
	// roman has the Latin spellings of terms of other scripts, sorted, and
	// terms what each stands for.
	roman texts
	terms []uint32
}

// A spelling is one of roman with its term.
type spelling struct {
	text string
	term uint32
}

func compareSpellings(a, b spelling) int {
	return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.term, b.term))
}

func makeSound(c alias.Code, term uint32) uint64 { return uint64(c)<<32 | uint64(term) }

func (a *aliases) add(s spelling) {
	a.roman.add(s.text)
	a.terms = append(a.terms, s.term)
}

// at returns the i-th spelling.
func (a *aliases) at(i int) spelling { return spelling{string(a.roman.at(uint32(i))), a.terms[i]} }

// buildAliases fills aliases from fields and terms.
func (b *book) buildAliases() {
	named := make([]bool, b.terms.len())
	var entries []entry
	for local := range uint32(len(b.docs)) {
		var field place
		entries = b.fields.entries(local, entries)
		for _, e := range entries {
			if isHeader(e) {
				field = openField(e, 0)
			} else if field.kind.named() {
				named[termOf(e)] = true
			}
		}
	}
	var codes []alias.Code
	var spellings []spelling
	var room []string
	for term, ok := range named {
		text := b.terms.at(uint32(term))
		if !ok || text[0] == initialsMark[0] {
			continue
		}
		if text[0] < 0x80 {
			codes = alias.Codes(codes[:0], string(text))
			for _, c := range codes {
				b.aliases.sounds = append(b.aliases.sounds, makeSound(c, uint32(term)))
			}
			continue
		}
		room = alias.Roman(room[:0], string(text))
		for _, s := range room {
			spellings = append(spellings, spelling{s, uint32(term)})
		}
	}
	slices.Sort(b.aliases.sounds)
	slices.SortFunc(spellings, compareSpellings)
	for _, s := range spellings {
		b.aliases.add(s)
	}
}

// mergeAliases fills aliases. New terms are in the order of the old ones, so
// that each side's aliases stay sorted.
func mergeAliases(out *book, x, y *side) {
	out.aliases.sounds = make([]uint64, 0, len(x.run.aliases.sounds)+len(y.run.aliases.sounds))
	mergeSorted(x.sounds, y.sounds, cmp.Compare[uint64], func(s uint64) { out.aliases.sounds = append(out.aliases.sounds, s) })
	mergeSorted(x.spellings, y.spellings, compareSpellings, out.aliases.add)
}

// sounds calls yield with each sound of a living term, renumbered.
func (s *side) sounds(yield func(uint64) bool) {
	for _, sound := range s.run.aliases.sounds {
		if term := s.terms[uint32(sound)]; term != gone && !yield(sound>>32<<32|uint64(term)) {
			return
		}
	}
}

// spellings calls yield with each spelling of a living term, renumbered.
func (s *side) spellings(yield func(spelling) bool) {
	a := &s.run.aliases
	for i := range a.terms {
		if term := s.terms[a.terms[i]]; term != gone && !yield(spelling{a.at(i).text, term}) {
			return
		}
	}
}

// planRoman finds the terms of other scripts that the words of a reading spell.
func (b *book) planRoman(p plan, r reading) {
	a := &b.aliases
	for n, w := range r {
		p[n].roman = p[n].roman[:0]
		if !w.roman || len(a.terms) == 0 {
			continue
		}
		found := a.roman.prefix(w.spell[0])
		p[n].roman = appendTerms(p[n].roman, a.terms[found.lo:found.hi])
	}
}

// planNicks finds the other names of those that the words of a reading are.
func (b *book) planNicks(p plan, r reading) {
	for n, w := range r {
		p[n].nicks = p[n].nicks[:0]
		for _, s := range w.spell {
			for _, name := range alias.Nicks(s) {
				if terms, own, _ := b.prefix(name); own {
					p[n].nicks = append(p[n].nicks, terms.lo)
				}
			}
		}
		p[n].nicks = distinctTerms(p[n].nicks)
	}
}

// planSounds finds the terms that sound like the words of a reading.
func (b *book) planSounds(p plan, r reading) {
	var room [16]alias.Code
	sounds := b.aliases.sounds
	for n, w := range r {
		p[n].sounds = p[n].sounds[:0]
		if !w.heard() {
			continue
		}
		for _, c := range w.codes(room[:0]) {
			from, _ := slices.BinarySearch(sounds, makeSound(c, 0))
			for ; from < len(sounds) && alias.Code(sounds[from]>>32) == c; from++ {
				p[n].sounds = append(p[n].sounds, uint32(sounds[from]))
			}
		}
		p[n].sounds = distinctTerms(p[n].sounds)
	}
}

// appendTerms appends terms, sorted and each once, to dst, which is empty.
func appendTerms(dst, terms []uint32) []uint32 { return distinctTerms(append(dst, terms...)) }

func distinctTerms(terms []uint32) []uint32 {
	slices.Sort(terms)
	return slices.Compact(terms)
}

// hasTerm reports whether a sorted list has a term.
func hasTerm(terms []uint32, term uint32) bool {
	if len(terms) == 0 {
		return false
	}
	_, ok := slices.BinarySearch(terms, term)
	return ok
}
