package people

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
)

// A Company is a source of people. The zero value is ready to use.
type Company struct {
	// Seed decides everything about everybody.
	Seed uint64
	// Home is the region, "GB", in which most people work; those elsewhere
	// write their numbers with the country code, as a directory with one
	// default region needs it. Empty spreads people over all countries, each
	// writing as at home.
	Home string
	// Spread draws numbers from whole national plans, so that no two of some
	// ten million people share a direct line. Such numbers may belong to
	// somebody: they are for benchmarks, which never show or dial them.
	Spread bool
}

// Generate yields the first n people of the company with that seed.
func Generate(seed uint64, n int) iter.Seq[Person] { return Company{Seed: seed}.People(n) }

// People yields the people of ordinals 0 to n-1. Nothing is held; each person
// is made when asked for.
func (c Company) People(n int) iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for i := range n {
			if !yield(c.Person(i)) {
				return
			}
		}
	}
}

// SiteSize is how many people, by their ordinals, share a company name, a
// country and a switchboard: 0 to SiteSize-1, SiteSize to 2·SiteSize-1, ….
const SiteSize = 40

// span is how many people report to one manager.
const span = 8

// Person returns the person of that ordinal, which is 0 or more. It reads no
// other person.
func (c Company) Person(ordinal int) Person {
	s := c.site(ordinal / SiteSize)
	rng := rand.New(rand.NewPCG(c.Seed, mix(uint64(ordinal))))
	n := s.language(rng).name(rng)
	department := rng.IntN(len(departments))
	p := Person{
		Ordinal:     ordinal,
		ID:          c.objectID(ordinal),
		GivenName:   n.given,
		FamilyName:  n.family,
		DisplayName: n.display(s.commas),
		JobTitle:    job(rng, department),
		Department:  departments[department],
		CompanyName: s.name,
		EmployeeID:  fmt.Sprintf("E%06d", ordinal),
		Active:      rng.IntN(50) != 0,
		Country:     s.country.region,
		Script:      n.language.script,
	}
	if ordinal > 0 {
		p.Manager = c.objectID((ordinal - 1) / span)
	}
	p.UserPrincipalName = userName(rng, n, ordinal) + "@" + s.domain
	p.Mail = p.UserPrincipalName
	switch rng.IntN(20) {
	case 0:
		p.Mail = ""
	case 1:
		p.Mail = letters(n.romanFamily) + strconv.Itoa(ordinal) + "@mail." + s.domain
	}
	p.Phones = c.phones(rng, ordinal, s)
	return p
}

// userName ends in the ordinal, whose digits are the only ones in it: so no
// two people of a company have the same.
func userName(rng *rand.Rand, n name, ordinal int) string {
	given, family := letters(n.romanGiven), letters(n.romanFamily)
	number := strconv.Itoa(ordinal)
	switch rng.IntN(4) {
	case 0:
		return given[:1] + family + number
	case 1:
		return family + "." + given + number
	}
	return given + "." + family + number
}

// A site is a part of the company in one place.
type site struct {
	number  int
	country *country
	name    string
	domain  string
	commas  bool // display names are "Müller, Zoë"
	home    bool // numbers may be written as at home
}

func (c Company) site(number int) site {
	rng := rand.New(rand.NewPCG(c.Seed^0x5173, mix(uint64(number))))
	s := site{number: number, country: regionOf(c.Home), home: true}
	if s.country == nil || rng.IntN(10) >= 7 {
		s.country = anyCountry(rng)
		s.home = c.Home == "" || s.country.region == c.Home
	}
	s.name = pick(rng, plain) + " " + pick(rng, lines) + companySuffix(s.country.region)
	s.domain = pick(rng, mails)
	s.commas = rng.IntN(4) == 0
	return s
}

// language draws a person's language: mostly one of the country's.
func (s site) language(rng *rand.Rand) *language {
	if rng.IntN(8) == 0 {
		return anyLanguage(rng)
	}
	return languageOf(pick(rng, s.country.languages))
}

func anyCountry(rng *rand.Rand) *country {
	total := 0
	for i := range countries {
		total += countries[i].share
	}
	at := rng.IntN(total)
	for i := range countries {
		if at -= countries[i].share; at < 0 {
			return &countries[i]
		}
	}
	return &countries[0]
}

// Regions returns the regions of the sample numbers, sorted. The caller owns
// the slice.
func Regions() []string {
	regions := make([]string, len(countries))
	for i := range countries {
		regions[i] = countries[i].region
	}
	return regions
}

// objectID returns the GUID of an ordinal, of version 4.
func (c Company) objectID(ordinal int) string {
	high := mix(c.Seed ^ mix(uint64(ordinal)))
	low := mix(high ^ uint64(ordinal))
	high = high&^0xf000 | 0x4000
	low = low&^(0b11<<62) | 0b10<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&0xffffffffffff)
}

// mix spreads the bits of x (SplitMix64): neighbours get unrelated values, and
// no two the same.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
