package people

import (
	"math/rand/v2"
	"strings"
)

// A language holds the names of one language. A name is "native|roman", or the
// native form alone where roman finds the ASCII letters itself.
type language struct {
	code          string
	script        Script
	women, men    []string
	family        []string
	familyOfWomen []string // nil where family names do not change; else beside family
	stems         []string // with endings, the parts of rarer family names
	endings       []string
	familyFirst   bool // "田中 花子"
	joined        bool // "王小明": no blank between family and given name
}

// A name is a person's name in their own script and in ASCII letters.
type name struct {
	given, family           string
	romanGiven, romanFamily string
	language                *language
}

// The shares of names that are built and not listed, of a hundred.
const (
	compoundShare = 30 // stem and ending
	rareShare     = 12 // syllables and ending: most of a big company's distinct names
)

func (l *language) name(rng *rand.Rand) name {
	n := name{language: l}
	given, family := l.men, l.family
	if rng.IntN(2) == 0 {
		given = l.women
		if l.familyOfWomen != nil {
			family = l.familyOfWomen
		}
	}
	n.given, n.romanGiven = split(common(rng, given))
	n.family, n.romanFamily = split(l.familyName(rng, family))
	if l.script == Japanese && rng.IntN(5) == 0 {
		n.given = n.romanGiven
	}
	return n
}

func (l *language) familyName(rng *rand.Rand, family []string) string {
	if l.stems == nil {
		return common(rng, family)
	}
	switch dice := rng.IntN(100); {
	case dice < rareShare:
		return rare(rng) + pick(rng, l.endings)
	case dice < rareShare+compoundShare:
		return pick(rng, l.stems) + pick(rng, l.endings)
	}
	return common(rng, family)
}

// rare makes two syllables that no list would hold.
func rare(rng *rand.Rand) string {
	var b strings.Builder
	b.WriteString(pick(rng, onsets))
	b.WriteString(pick(rng, vowels))
	b.WriteString(pick(rng, codas))
	b.WriteString(pick(rng, vowels))
	b.WriteString(pick(rng, codas))
	return b.String()
}

//nolint:gochecknoglobals // read-only tables
var (
	onsets = []string{"B", "Br", "D", "Dr", "F", "G", "Gr", "H", "J", "K", "Kr", "L", "M", "N", "P", "R", "S", "Sch", "St", "T", "Tr", "V", "W", "Z"}
	vowels = []string{"a", "e", "i", "o", "u", "ei", "au", "ä", "ó", "ü"}
	codas  = []string{"b", "ck", "d", "g", "l", "ll", "m", "n", "nd", "p", "r", "rt", "s", "ss", "t", "x"}
)

// common draws from list so that the front is drawn more often than the end.
func common(rng *rand.Rand, list []string) string {
	return list[min(rng.IntN(len(list)), rng.IntN(len(list)))]
}

func pick(rng *rand.Rand, list []string) string { return list[rng.IntN(len(list))] }

func split(entry string) (native, roman string) {
	native, roman, found := strings.Cut(entry, "|")
	if !found {
		roman = romanise(native)
	}
	return native, roman
}

// display writes the name as directories do. commas asks for "Müller, Zoë".
func (n name) display(commas bool) string {
	switch {
	case n.language.joined:
		return n.family + n.given
	case n.language.familyFirst:
		return n.family + " " + n.given
	case commas:
		return n.family + ", " + n.given
	}
	return n.given + " " + n.family
}

// languageOf returns the language of that code. The code stands in this
// package's tables.
func languageOf(code string) *language {
	for i := range latin {
		if latin[i].code == code {
			return &latin[i]
		}
	}
	for i := range otherScripts {
		if otherScripts[i].code == code {
			return &otherScripts[i]
		}
	}
	return &latin[0]
}

// anyLanguage draws from all scripts, half of the time beyond Latin.
func anyLanguage(rng *rand.Rand) *language {
	if rng.IntN(2) == 0 {
		return &otherScripts[rng.IntN(len(otherScripts))]
	}
	return &latin[rng.IntN(len(latin))]
}
