package trie

// A Kind says what a field holds. It decides how much a hit in it weighs and
// which tiers the hit can reach.
type Kind uint8

// The kinds of fields. The words of Display, Given and Family are a person's
// name. Everything down to UserName identifies a person: a query word that is
// exactly a word of such a field is an exact hit. Title, Department and Company
// describe: a hit there is a prefix hit at best.
const (
	Display    Kind = iota // the name shown, "Ana Sample"; the one that breaks ties
	Given                  // "Ana"
	Family                 // "Sample"
	Phonetic               // the name as it is pronounced, "さんぷる あな"
	Nick                   // "Annie"
	Email                  // the local part alone, "ana.sample"
	UserName               // "asample"
	Title                  // "Vice President"
	Department             // "Sales"
	Company                // "Example Ltd"

	kinds // how many there are
)

// Kinds is a set of kinds. The empty set stands for all of them.
type Kinds uint16

// KindsOf returns the set of the given kinds.
func KindsOf(list ...Kind) Kinds {
	var set Kinds
	for _, k := range list {
		set |= 1 << k
	}
	return set
}

// Has reports whether k is in the set.
func (s Kinds) Has(k Kind) bool { return s == 0 || s>>k&1 != 0 }

// A Field is one text of a document, as the directory holds it. Folding and
// splitting into words is Names' business.
type Field struct {
	Kind Kind
	Text string
}

// An Entry is a document with all its fields. A kind may stand several times,
// say for two e-mail addresses, and may be absent. Of several Display fields
// the first breaks ties.
type Entry struct {
	Doc    Doc
	Fields []Field
}
