package text

import (
	"unicode/utf8"
)

// maxTypos is the most typing errors a word may have.
const maxTypos = 2

// An automaton reads terms byte by byte and accepts those that are a fixed
// beginning followed by a word with at most so many typing errors. Bleve drives
// it through the dictionaries; it therefore speaks in numbered states.
// errorsIn is for one that is not open.
//
// A state is the set of places in the word at which a reader may stand after
// some errors, one bit a place, so that a step is a few shifts whatever the
// word. Bleve's own automaton tabulates every state beforehand, which for one
// word costs more than the walk through the dictionaries.
//
// It belongs to one search.
type automaton struct {
	fixed   string // what terms must begin with, byte for byte
	open    bool   // accepts what goes on behind the word, too
	typos   int
	length  int             // runes of the word; at most maxTypoLength
	places  map[rune]uint64 // bit i: the rune stands at place i of the word
	reached []reading       // states by number, from len(fixed) on
}

// A reading is a state behind the fixed beginning. In each set bit i stands for
// "i runes of the word are read".
type reading struct {
	after   [maxTypos + 1]uint64 // places after that many errors
	swapped [maxTypos + 1]uint64 // places two runes on, if the next rune completes a swap
	partial [utf8.UTFMax]byte    // bytes of a rune that is not complete
	n       int                  // number of them
}

// deadState is the state from which nothing is accepted. The states from 1 to
// len(fixed) are those inside the fixed beginning.
const deadState = 0

func newAutomaton(fixed, word string, typos int) *automaton {
	a := &automaton{fixed: fixed, typos: typos, places: make(map[rune]uint64)}
	for _, r := range word {
		a.places[r] |= 1 << a.length
		a.length++
	}
	first := reading{after: [maxTypos + 1]uint64{1}}
	for k := 1; k <= typos; k++ {
		first.after[k] = first.after[k-1]<<1 | first.after[k-1]
	}
	a.reached = append(a.reached, first)
	return a
}

// Start returns the state before the first byte. It forgets all other states:
// an automaton drives through one dictionary at a time.
func (a *automaton) Start() int {
	a.reached = a.reached[:1]
	return 1
}

// CanMatch tells whether something may still be accepted.
func (a *automaton) CanMatch(state int) bool { return state != deadState }

// WillAlwaysMatch tells whether everything will be accepted, which never is so.
func (a *automaton) WillAlwaysMatch(int) bool { return false }

// IsMatch tells whether what was read is accepted.
func (a *automaton) IsMatch(state int) bool { return a.distance(state) <= a.typos }

// Accept returns the state after one more byte.
func (a *automaton) Accept(state int, b byte) int {
	if state == deadState {
		return deadState
	}
	if state <= len(a.fixed) {
		if a.fixed[state-1] != b {
			return deadState
		}
		return state + 1
	}
	if a.open && a.IsMatch(state) {
		return state
	}
	from := a.reached[state-len(a.fixed)-1]
	from.partial[from.n] = b
	from.n++
	if !utf8.FullRune(from.partial[:from.n]) {
		return a.number(from)
	}
	r, _ := utf8.DecodeRune(from.partial[:from.n])
	next := a.step(&from, r)
	if next.after[a.typos]|next.swapped[a.typos] == 0 {
		return deadState
	}
	return a.number(next)
}

// number returns a new state.
func (a *automaton) number(r reading) int {
	a.reached = append(a.reached, r)
	return len(a.fixed) + len(a.reached)
}

// step returns the reading after one more rune. What is reached with fewer
// errors is reached with more as well, so that the last set holds all places.
func (a *automaton) step(from *reading, r rune) reading {
	at := a.places[r] // places whose rune is r
	inside := uint64(1)<<(a.length+1) - 1
	var next reading
	next.after[0] = (from.after[0] & at) << 1
	for k := 1; k <= a.typos; k++ {
		fewer := from.after[k-1]
		next.after[k] = (from.after[k]&at)<<1 | // the rune that is due
			fewer | // one too many
			fewer<<1 | // another
			next.after[k-1] | next.after[k-1]<<1 | // one or none left out before it
			from.swapped[k]&(at<<2) // the first of two swapped, behind the second
		next.swapped[k] = fewer << 2 & (at << 1) // the second of two, read first
		next.after[k] &= inside
		next.swapped[k] &= inside
	}
	return next
}

// distance returns the number of errors in what was read, or maxTypos+1 if it is
// not the word.
func (a *automaton) distance(state int) int {
	if state <= len(a.fixed) {
		return maxTypos + 1
	}
	r := &a.reached[state-len(a.fixed)-1]
	if r.n != 0 && !utf8.FullRune(r.partial[:r.n]) {
		return maxTypos + 1
	}
	for k := range a.typos + 1 {
		if r.after[k]>>a.length&1 == 1 {
			return k
		}
	}
	return maxTypos + 1
}

// errorsIn returns the number of errors in a term, or maxTypos+1.
func (a *automaton) errorsIn(term string) int {
	state := a.Start()
	for i := range len(term) {
		state = a.Accept(state, term[i])
	}
	return a.distance(state)
}
