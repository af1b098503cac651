// Package alias knows the other ways in which a name is written: in Latin
// letters if it is Chinese, Japanese or Korean (Roman), by how it sounds
// (Codes), and by what its bearer is called for short (Nicks).
//
// All of it works on words as package fold leaves them, and on nothing else.
// The package is pure: no state, no goroutines, no errors; its functions are
// safe for concurrent use. Its caller is package trie.
package alias

// isLatin reports whether a folded word consists of the letters a to z.
func isLatin(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return word != ""
}
