package corpus

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// A Kind is a kind of search. Its text is the name of the result.
type Kind string

// The kinds.
const (
	Prefix1    Kind = "prefix_1"    // the first letter of a name
	Prefix2    Kind = "prefix_2"    // two letters
	Prefix3    Kind = "prefix_3"    // three letters
	Prefix5    Kind = "prefix_5"    // five letters
	PrefixPair Kind = "prefix_pair" // two letters of the given and two of the family name: "jo sm"
	Typo1      Kind = "typo_1"      // a family name with one letter changed
	Typo2      Kind = "typo_2"      // a family name with two letters changed
)

// Kinds returns all kinds. The caller owns the slice.
func Kinds() []Kind {
	return []Kind{Prefix1, Prefix2, Prefix3, Prefix5, PrefixPair, Typo1, Typo2}
}

// A Search is a query of the typeahead and one active contact that it matches,
// among others.
type Search struct {
	Kind   Kind
	Text   string // in lower case, with the diacritics of the name
	Target contact.ID
}

// Searches returns n queries of a kind: the same for the same corpus, kind and
// n or less. It returns nil for an unknown kind. The corpus has a thousand
// contacts or more, so that names of every length occur.
func (c Corpus) Searches(kind Kind, n int) []Search {
	number := slices.Index(Kinds(), kind)
	if number < 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(c.Seed, 2+uint64(number)))
	list := make([]Search, 0, n)
	for len(list) < n {
		ordinal := rng.IntN(c.Size)
		p := c.company().Person(ordinal)
		if text := query(rng, kind, p); text != "" && p.Active {
			list = append(list, Search{Kind: kind, Text: text, Target: ID(ordinal)})
		}
	}
	return list
}

// query makes a query that finds p, or "" if p's names are too short for it.
func query(rng *rand.Rand, kind Kind, p people.Person) string {
	given, family := word(p.GivenName), word(p.FamilyName)
	name := family
	if rng.IntN(2) == 0 {
		name = given
	}
	switch kind {
	case Prefix1:
		return head(name, 1)
	case Prefix2:
		return head(name, 2)
	case Prefix3:
		return head(name, 3)
	case Prefix5:
		return head(name, 5)
	case PrefixPair:
		g, f := head(given, 2), head(family, 2)
		if g == "" || f == "" {
			return ""
		}
		return g + " " + f
	case Typo1:
		return misspell(rng, family, 5, 1)
	case Typo2:
		return misspell(rng, family, 9, 2)
	}
	return ""
}

// word returns the first run of letters of a name, in lower case.
func word(name string) []rune {
	runes := []rune(strings.ToLower(name))
	for i, r := range runes {
		if !unicode.IsLetter(r) {
			return runes[:i]
		}
	}
	return runes
}

func head(name []rune, n int) string {
	if len(name) < n {
		return ""
	}
	return string(name[:n])
}

// misspell replaces letters that are not the first, no two of them neighbours,
// in a name of ASCII letters with at least the given length.
func misspell(rng *rand.Rand, name []rune, least, typos int) string {
	for _, r := range name {
		if r >= 0x80 {
			return ""
		}
	}
	if len(name) < least {
		return ""
	}
	wrong := slices.Clone(name)
	at := 1 + rng.IntN(2)
	for range typos {
		wrong[at] = 'a' + (wrong[at]-'a'+1+rune(rng.IntN(24)))%26
		at += 2 + rng.IntN(2)
	}
	return string(wrong)
}
