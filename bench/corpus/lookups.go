package corpus

import (
	"math/rand/v2"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// A Lookup is a caller's number and who calls.
type Lookup struct {
	// Number is what the trunk shows: "+442079460018", or the way in which
	// the directory writes it.
	Number string
	// Region is the region in which to read Number; empty if it has its
	// country code.
	Region string
	// E164 is the number that is meant.
	E164 string
	// Want are the active contacts that have the number, in the order of their
	// ids: those who have it without an extension, or, if there is nobody, those
	// who have it with one. It is empty for numbers that nobody has.
	Want []contact.ID
}

// missShare is how many of a hundred lookups are of numbers that nobody has.
const missShare = 20

// Lookups returns n lookups: the same for the same corpus and n or less. The
// corpus has at least one contact.
func (c Corpus) Lookups(n int) []Lookup {
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	list := make([]Lookup, 0, n)
	for len(list) < n {
		miss := rng.IntN(100) < missShare
		ordinal := rng.IntN(c.Size)
		if miss {
			ordinal += c.Size
		}
		p := c.company().Person(ordinal)
		if len(p.Phones) == 0 {
			continue
		}
		ph := p.Phones[rng.IntN(len(p.Phones))]
		if ph.E164 == "" || !p.Active {
			continue
		}
		l := Lookup{Number: ph.E164, E164: ph.E164, Want: c.holders(ordinal, ph.E164)}
		if miss != (len(l.Want) == 0) {
			continue // somebody's colleague behind the last ordinal has it
		}
		if ph.Ext == "" && rng.IntN(3) == 0 {
			l.Number, l.Region = ph.Value, ph.Region
		}
		list = append(list, l)
	}
	return list
}

// holders returns who has a number of the person of an ordinal. Only people of
// one site share a number.
func (c Corpus) holders(ordinal int, e164 string) []contact.ID {
	var plain, extended []contact.ID
	first := ordinal - ordinal%people.SiteSize
	for i := first; i < min(first+people.SiteSize, c.Size); i++ {
		p := c.company().Person(i)
		if !p.Active {
			continue
		}
		switch withExt, without := holds(p, e164); {
		case without:
			plain = append(plain, ID(i))
		case withExt:
			extended = append(extended, ID(i))
		}
	}
	if plain != nil {
		return plain
	}
	return extended
}

func holds(p people.Person, e164 string) (withExt, without bool) {
	for _, ph := range p.Phones {
		if ph.E164 == e164 {
			withExt = withExt || ph.Ext != ""
			without = without || ph.Ext == ""
		}
	}
	return withExt, without
}
