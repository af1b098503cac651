package text

import "strings"

// A Field is a part of a Document that can be searched.
type Field uint8

// The fields in the order of their weight: of two otherwise equal hits, the one
// found in the earlier field comes first. AnyField stands for all of them.
const (
	AnyField Field = iota
	Name
	Email
	UserName
	Company
	Department
	Title
)

// String returns the field's name as it is written in front of a colon:
// "department". AnyField is empty.
func (f Field) String() string {
	if int(f) >= len(fields) {
		return "unknown"
	}
	return fields[f].name
}

// ParseField returns the field of that name in any case: one of String's, or
// the short forms "dept", "mail", "user" and "org". It returns false for
// anything else.
func ParseField(name string) (Field, bool) {
	for f := Name; int(f) < len(fields); f++ {
		spec := &fields[f]
		if strings.EqualFold(name, spec.name) || spec.short != "" && strings.EqualFold(name, spec.short) {
			return f, true
		}
	}
	return AnyField, false
}

// A fieldSpec is how a field is called, indexed and weighed.
type fieldSpec struct {
	name      string
	short     string // another name for it; may be empty
	weight    int    // greater is better; see mark
	minPrefix int    // shortest beginning by which a word is found, in runes
	// maxTerm is how many runes a beginning has at most that is a term of its
	// own. Longer ones are read from the dictionary, as are all where few words
	// are in use: a term more in a document costs more than a few words to read.
	maxTerm int
	address bool // holds addresses: domains and whole addresses are found in full only
}

// fields is indexed by Field. The fewer letters, the more people: one letter
// finds names only, and in what many people share it takes three.
//
//nolint:gochecknoglobals // read-only table
var fields = [...]fieldSpec{
	AnyField:   {},
	Name:       {name: "name", weight: 6, minPrefix: 1, maxTerm: maxTerm},
	Email:      {name: "email", short: "mail", weight: 5, minPrefix: 2, maxTerm: maxTerm, address: true},
	UserName:   {name: "username", short: "user", weight: 4, minPrefix: 2, maxTerm: maxTerm, address: true},
	Company:    {name: "company", short: "org", weight: 3, minPrefix: 3},
	Department: {name: "department", short: "dept", weight: 2, minPrefix: 3},
	Title:      {name: "title", weight: 1, minPrefix: 3},
}

// addressField is Bleve's field for an address that is both a userName and an
// e-mail address, as most are.
const addressField = "address"

// dictionaries returns Bleve's fields that hold the words of f.
func (f Field) dictionaries() []string {
	switch f {
	case Email, UserName:
		return []string{fields[f].name, addressField}
	}
	return []string{fields[f].name}
}

// values returns the texts of d's field f.
func (d *Document) values(f Field) []string {
	switch f {
	case Name:
		return []string{d.Name}
	case Email:
		return d.Emails[:min(len(d.Emails), maxEmails)]
	case UserName:
		return []string{d.UserName}
	case Company:
		return []string{d.Company}
	case Department:
		return []string{d.Department}
	case Title:
		return []string{d.Title}
	}
	return nil
}
