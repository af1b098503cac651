package text

// Limits of a question. Search answers ErrTooLong beyond the first two.
const (
	MaxTextBytes = 2 << 10 // bytes of all texts of a Query together
	MaxWords     = 16      // words of all texts of a Query together
	MaxLimit     = 1000    // hits of one answer
	DefaultLimit = 10      // hits of one answer when Limit is 0
)

// A Query is a question to one tenant's documents. Every word of Text and of
// every clause must be found in a document; in which order does not matter.
//
// A word is found where a word of the document is the same or begins with it
// (from one letter in a name, two in an address, three elsewhere). Only if fewer
// than Limit documents are found so, words may differ by one typing error from
// four letters and two from eight. A letter too many, missing, wrong or swapped
// with the next is one error. The first letter is never wrong, nor is anything
// in a word that begins with a digit or is written without spaces (山田太郎).
// The last word of Text, or of the last clause if there is no Text, may have one
// error while it is being typed, from five letters.
type Query struct {
	Text      string   // words in any field: "jonh sales"
	Clauses   []Clause // words in one field
	Directory string   // id of the only directory to look in; empty for all
	Limit     int      // hits wanted; 0 is DefaultLimit, more than MaxLimit is MaxLimit
}

// A Clause asks for words in one field: {Department, "field sales"}.
type Clause struct {
	Field Field
	Text  string
}

// A Hit is one document found.
type Hit struct {
	ID     string  // the Document's
	Score  float64 // higher is better; comparable within one answer only
	Field  Field   // the weightiest field in which a word was found
	Typos  int     // typing errors assumed in all words together
	Prefix bool    // some word was found as the beginning of a longer one only
}
