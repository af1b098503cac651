package alias

import "slices"

// A Code is how a word sounds to one of three algorithms. Two words sound alike
// if they have a code in common.
type Code uint32

// codeLen is how many sounds of a word its code holds; a code has four bits
// for each, below the number of its algorithm.
const codeLen = 7

// The algorithms.
const (
	metaphoneCode Code = iota
	cologneCode
	slavicCode
)

// minSounds is how many consonants tell a word from enough others; one more
// for the Daitch-Mokotoff Soundex, to which ch, j, s and z are alike.
const minSounds = 2

// minLetters is how many letters a word must have to be heard at all.
const minLetters = 3

// Codes appends the codes of a folded word, each once and sorted, and returns
// the extended slice. A word that is short, or of anything but the letters a
// to z, has none. The codes are those of
//
//   - Double Metaphone (Lawrence Philips, 2000), for names as English hears them,
//   - the Cologne procedure (Hans Joachim Postel, 1969), for German ones,
//   - the Daitch-Mokotoff Soundex (1985), for Slavic and Jewish ones.
func Codes(dst []Code, word string) []Code {
	if len(word) < minLetters || !isLatin(word) {
		return dst
	}
	from := len(dst)
	first, second := metaphone(word)
	dst = appendCode(dst, metaphoneCode, first)
	dst = appendCode(dst, metaphoneCode, second)
	dst = appendCode(dst, cologneCode, cologne(word))
	for _, sounds := range slavic(word) {
		dst = appendCode(dst, slavicCode, sounds)
	}
	slices.Sort(dst[from:])
	return dst[:from+len(slices.Compact(dst[from:]))]
}

// Alike reports whether two folded words sound alike.
func Alike(a, b string) bool {
	var room, other [8]Code
	codes := Codes(room[:0], a)
	return slices.ContainsFunc(Codes(other[:0], b), func(c Code) bool { return slices.Contains(codes, c) })
}

// appendCode appends the code of sounds, each an ASCII digit or one of
// metaphoneLetters, unless they are too few.
func appendCode(dst []Code, algorithm Code, sounds []byte) []Code {
	heard := len(sounds)
	if heard > 0 && (sounds[0] == 'A' || sounds[0] == '0' && algorithm != metaphoneCode) {
		heard-- // a vowel
	}
	if heard < minSounds || algorithm == slavicCode && heard == minSounds {
		return dst
	}
	c := algorithm
	for i := range codeLen {
		c <<= 4
		if i < len(sounds) {
			c |= nibble(sounds[i])
		}
	}
	return append(dst, c)
}

// metaphoneLetters are the sounds of Double Metaphone but for 0, which is th.
const metaphoneLetters = "AFHJKLMNPRSTX"

// nibble returns the number of a sound, from 1; of digits and letters, which no
// algorithm mixes but Double Metaphone.
func nibble(sound byte) Code {
	if '0' <= sound && sound <= '9' {
		return Code(sound-'0') + 1
	}
	for i := range len(metaphoneLetters) {
		if metaphoneLetters[i] == sound {
			return Code(i) + 2
		}
	}
	return 0
}
