package people

import (
	"math/rand/v2"
	"strconv"
)

// phones makes up the numbers of a person: of a hundred people, some seventy
// have a direct line, twenty sit behind the switchboard, five have no more than
// an extension, and the rest have nothing or something that is no number.
func (c Company) phones(rng *rand.Rand, ordinal int, s site) []Phone {
	phones := make([]Phone, 0, 3)
	switch dice := rng.IntN(100); {
	case dice < 6:
		return nil
	case dice < 8:
		return append(phones, Phone{Type: "work", Value: pick(rng, noCall)})
	case dice < 13:
		phones = append(phones, internal("work", extension(ordinal)))
	case dice < 19:
		phones = append(phones, public(rng, "work", s.country.switchboard(s.number, c.Spread), "", s.home))
	case dice < 33:
		phones = append(phones, public(rng, "work", s.country.switchboard(s.number, c.Spread), extension(ordinal), s.home))
	default:
		phones = append(phones, public(rng, "work", s.country.directLine(2*ordinal, c.Spread), "", s.home))
	}
	if rng.IntN(100) < 45 {
		phones = append(phones, public(rng, "mobile", s.country.mobileNumber(ordinal, c.Spread), "", s.home))
	}
	switch rng.IntN(20) {
	case 0:
		phones = append(phones, public(rng, "work2", s.country.directLine(2*ordinal+1, c.Spread), "", s.home))
	case 1:
		phones = append(phones, public(rng, "home", s.country.directLine(2*ordinal+1, c.Spread), "", s.home))
	case 2:
		phones = append(phones, public(rng, "fax", s.country.directLine(2*ordinal+1, c.Spread), "", s.home))
	case 3:
		phones = append(phones, internal("work2", extension(ordinal)))
	}
	return phones
}

func public(rng *rand.Rand, typ string, n number, ext string, home bool) Phone {
	value, region := write(rng, n, ext, home)
	return Phone{Type: typ, Value: value, E164: n.e164(), Ext: ext, Region: region}
}

func internal(typ, ext string) Phone { return Phone{Type: typ, Value: ext, Ext: ext} }

// extension is the person's extension, of four digits; no two people of a site
// have the same.
func extension(ordinal int) string { return strconv.Itoa(4000 + ordinal%4000) }
