// Package corpus is the body of contacts that the benchmarks ask about, with
// questions and their right answers.
//
// It owns the choice of the seed, of the sizes and of what is asked, so that
// figures of different days and of different systems are about the same data.
// It refuses to hold anything: contacts and questions are made when they are
// asked for, from package people, with numbers spread over whole national
// plans, which therefore must be neither shown as samples nor dialled.
//
// Benchmarks and load generators call it. It starts no goroutine and
// everything in it is safe for concurrent use.
package corpus

import (
	"fmt"
	"iter"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/idpsim/people"
)

// The sizes for which results are reported.
const (
	Small  = 100_000
	Medium = 1_000_000
	Large  = 10_000_000
)

// Region is the default region of the corpus's directory: most people work
// there, and every number written without a country code is of it.
const Region = "GB"

// DirectoryID is the directory of all contacts.
const DirectoryID = "corpus"

const fixedSeed = 20_260_101

// A Corpus is Size contacts of one directory. It is a function of its fields.
type Corpus struct {
	Size int
	Seed uint64 // added to the fixed seed of the benchmarks; 0 for theirs
}

func (c Corpus) company() people.Company {
	return people.Company{Seed: fixedSeed + c.Seed, Home: Region, Spread: true}
}

// Contacts yields all contacts in the order of their ids. The caller owns them.
func (c Corpus) Contacts() iter.Seq[contact.Contact] {
	return func(yield func(contact.Contact) bool) {
		for i := range c.Size {
			if !yield(c.Contact(i)) {
				return
			}
		}
	}
}

// Contact returns the contact of an ordinal, 0 to Size-1. The caller owns it.
func (c Corpus) Contact(ordinal int) contact.Contact {
	p := c.company().Person(ordinal)
	out := contact.Contact{
		ID:          ID(ordinal),
		DirectoryID: DirectoryID,
		ExternalID:  p.ID,
		UserName:    p.UserPrincipalName,
		DisplayName: p.DisplayName,
		GivenName:   p.GivenName,
		FamilyName:  p.FamilyName,
		Title:       p.JobTitle,
		Department:  p.Department,
		Company:     p.CompanyName,
		Active:      p.Active,
	}
	if p.Mail != "" {
		out.Emails = []contact.Email{{Type: "work", Value: p.Mail, Primary: true}}
	}
	for _, ph := range p.Phones {
		out.Numbers = append(out.Numbers, contact.Number{Type: ph.Type, Raw: ph.Value})
	}
	return out
}

// ID returns the id of the contact of an ordinal, which is below 2³²: a UUID
// of version 7 whose time is the ordinal, so that ids sort as ordinals do.
func ID(ordinal int) contact.ID {
	const epoch = 1_767_225_600_000 // 2026, in milliseconds
	t := uint64(epoch + ordinal)
	spread := uint64(ordinal) * 0x9e3779b97f4a7c15
	return contact.ID(fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", t>>16, t&0xffff, spread>>52, spread>>40&0xfff, spread&0xffffffffffff))
}
