package peers

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/ringdex/ringdex/bench/corpus"
	"github.com/ringdex/ringdex/index/phone"
)

// A Person is what every peer holds of a contact.
type Person struct {
	ID      string
	Name    string   // to show
	Given   string   // in lower case
	Family  string   // in lower case
	Words   []string // of the names, in lower case, none twice
	Numbers []string // "+442079460018", none twice

	behind []string // numbers that they have behind an extension only, and others without
}

// People returns the active contacts of a corpus in the order of their ids.
// Whoever has a number with an extension only, while others have it without,
// does not have it here: the number leads to the others.
func People(c corpus.Corpus) []Person {
	plain := map[string]bool{}
	for contact := range c.Contacts() {
		if !contact.Active {
			continue
		}
		for _, n := range contact.Numbers {
			if p := phone.Parse(n.Raw, corpus.Region); p.E164 != "" && p.Ext == "" {
				plain[p.E164] = true
			}
		}
	}
	people := make([]Person, 0, c.Size)
	for contact := range c.Contacts() {
		if !contact.Active {
			continue
		}
		p := Person{ID: string(contact.ID), Name: contact.Name(), Given: strings.ToLower(contact.GivenName), Family: strings.ToLower(contact.FamilyName)}
		for _, w := range slices.Concat(words(contact.GivenName), words(contact.FamilyName), words(contact.DisplayName)) {
			if !slices.Contains(p.Words, w) {
				p.Words = append(p.Words, w)
			}
		}
		for _, n := range contact.Numbers {
			parsed := phone.Parse(n.Raw, corpus.Region)
			switch {
			case parsed.E164 == "" || slices.Contains(p.Numbers, parsed.E164):
			case parsed.Ext != "" && plain[parsed.E164]:
				p.behind = append(p.behind, parsed.E164)
			default:
				p.Numbers = append(p.Numbers, parsed.E164)
			}
		}
		people = append(people, p)
	}
	return people
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

// A Kind is a kind of question. Its text is its name in the table.
type Kind string

// The kinds.
const (
	Exact        Kind = "exact"         // everybody who has a number
	ExactMany    Kind = "exact_many"    // Exact for a hundred numbers at once, a number's share
	PrefixNumber Kind = "prefix_number" // people with a number that begins with these digits
	Prefix3      Kind = "prefix_3"      // people with a name that begins with these three letters
	PrefixPair   Kind = "prefix_pair"   // people whose names begin with each of two
	Typo1        Kind = "typo_1"        // people whose name is this one but for a letter
)

// Kinds returns all kinds. The caller owns the slice.
func Kinds() []Kind { return []Kind{Exact, ExactMany, PrefixNumber, Prefix3, PrefixPair, Typo1} }

// Limit is how many people are found, except by Exact.
const Limit = 10

// A Question is one question.
type Question struct {
	Kind Kind
	Text string // "+442079460018", "44207946", "smi", "jo smi", "smoth"
	// Want are the ids of everybody who is right, in order: for Exact and
	// PrefixNumber. Of a prefix that more than Limit people have it is cut there.
	Want []string
}

// A QuestionSet is the questions of each kind.
type QuestionSet map[Kind][]Question

// Questions returns n questions about numbers and n/10 about names, drawn from
// a corpus. No prefix leads to numbers behind an extension, which not every
// system holds.
func Questions(c corpus.Corpus, people []Person, n int) QuestionSet {
	set := QuestionSet{}
	numbers := numberBook(people, func(p *Person) []string { return p.Numbers })
	behind := numberBook(people, func(p *Person) []string { return p.behind })
	for i, l := range c.Lookups(n) {
		var want []string
		for _, id := range l.Want {
			want = append(want, string(id))
		}
		set[Exact] = append(set[Exact], Question{Kind: Exact, Text: l.E164, Want: want})
		prefix := l.E164[1 : len(l.E164)-i%6]
		if behind.holders(prefix) == nil {
			set[PrefixNumber] = append(set[PrefixNumber], Question{Kind: PrefixNumber, Text: prefix, Want: numbers.holders(prefix)})
		}
	}
	for kind, of := range map[Kind]corpus.Kind{Prefix3: corpus.Prefix3, PrefixPair: corpus.PrefixPair, Typo1: corpus.Typo1} {
		for _, s := range c.Searches(of, max(n/10, 1)) {
			set[kind] = append(set[kind], Question{Kind: kind, Text: s.Text})
		}
	}
	return set
}

// A listing is a number and who has it.
type listing struct{ digits, id string }

// A book is all listings in order of their digits and then of their ids.
type book []listing

func numberBook(people []Person, of func(*Person) []string) book {
	var b book
	for i := range people {
		for _, n := range of(&people[i]) {
			b = append(b, listing{n[1:], people[i].ID})
		}
	}
	slices.SortFunc(b, func(x, y listing) int {
		return cmp.Or(strings.Compare(x.digits, y.digits), strings.Compare(x.id, y.id))
	})
	return b
}

// holders returns the first Limit people with a number that begins with prefix,
// sorted by id.
func (b book) holders(prefix string) []string {
	var ids []string
	at := sort.Search(len(b), func(i int) bool { return b[i].digits >= prefix })
	for ; at < len(b) && strings.HasPrefix(b[at].digits, prefix) && len(ids) < Limit; at++ {
		if !slices.Contains(ids, b[at].id) {
			ids = append(ids, b[at].id)
		}
	}
	slices.Sort(ids)
	return ids
}
