// Package people makes up people for tests, benchmarks and demonstrations:
// names in six scripts, posts, and telephone numbers of two dozen countries
// written in the many ways that real directories hold them.
//
// It owns the sample data and nothing else. A person is a function of a seed
// and an ordinal, so that the same seed always gives the same people, any one
// of them can be made without the others, and a million need no memory. Given
// and family names are drawn apart from each other; whoever bears such a name
// is a coincidence. Mail addresses end in example.com, .net or .org, and
// numbers come from ranges that regulators keep for fiction or, where a country
// keeps none, follow the ascending digits of libphonenumber's examples.
//
// Each number carries what is true about it beside what the directory shows,
// so that a test can ask whether a lookup finds it. The package refuses to be
// a phone parser: it knows what it wrote and reads nothing.
//
// The identity-provider simulator, the benchmarks and the demonstration call
// it. It starts no goroutine and everything in it is safe for concurrent use.
package people

import (
	"slices"
	"strings"
)

// A Person is one employee as an identity provider knows them. The attribute
// names are those of Microsoft Graph where it has one. A Person owns its
// Phones; copy a person with Clone before changing them.
type Person struct {
	Ordinal           int    // place in the company, from 0
	ID                string // object id, a GUID in lower case; see OktaID for Okta's form
	UserPrincipalName string // "zoe.muller42@example.com"; unique within a company
	GivenName         string // "Zoë"; in the person's own script
	FamilyName        string // "Müller"
	DisplayName       string // "Zoë Müller", "田中 花子", "Müller, Zoë"
	Mail              string // empty for a few
	JobTitle          string
	Department        string
	CompanyName       string
	EmployeeID        string // "E000042"
	Manager           string // the manager's ID; empty for the head of the company
	Phones            []Phone
	Active            bool

	Country string // region of the place of work, ISO 3166: "GB"
	Script  Script // script of the names
}

// A Phone is one number of a person: what the directory holds, and the truth.
type Phone struct {
	// Type is SCIM's word: "work", "mobile", "home", "work2", "fax". No type
	// occurs twice in a person.
	Type string
	// Value is the number as somebody typed it: "+44 (0)20 7946 0018",
	// "020 7946 0018 ext. 12", "4711", "tel:+1-201-555-0123", "n/a".
	Value string
	// E164 is the public number that Value means: "+442079460018". It is empty
	// for internal extensions and for text that is no number.
	E164 string
	// Ext is the extension, "12"; empty if there is none.
	Ext string
	// Region is the region in which Value must be read, "GB". It is empty if
	// Value says its country itself, or has no E164.
	Region string
}

// A Script names a writing system by its ISO 15924 code.
type Script string

// The scripts of the sample names.
const (
	Latin    Script = "Latn"
	Greek    Script = "Grek"
	Cyrillic Script = "Cyrl"
	Chinese  Script = "Hani"
	Japanese Script = "Jpan"
	Arabic   Script = "Arab"
)

// Scripts returns all scripts, in a fixed order. The caller owns the slice.
func Scripts() []Script {
	return []Script{Latin, Greek, Cyrillic, Chinese, Japanese, Arabic}
}

// Clone returns a copy of p that shares nothing with it.
func (p Person) Clone() Person {
	p.Phones = slices.Clone(p.Phones)
	return p
}

// Expected returns the numbers under which a directory whose default region is
// region ("GB"; empty for none) has to find p, in E.164, without repetition
// and in the order of p.Phones. The caller owns the slice.
func (p Person) Expected(region string) []string {
	var numbers []string
	for _, ph := range p.Phones {
		if ph.E164 == "" || (ph.Region != "" && ph.Region != region) {
			continue
		}
		if !slices.Contains(numbers, ph.E164) {
			numbers = append(numbers, ph.E164)
		}
	}
	return numbers
}

// Phone returns the number of the given type, and whether p has one.
func (p Person) Phone(typ string) (Phone, bool) {
	i := slices.IndexFunc(p.Phones, func(ph Phone) bool { return ph.Type == typ })
	if i < 0 {
		return Phone{}, false
	}
	return p.Phones[i], true
}

// SetPhone puts ph in place of the number of the same type, or behind the
// others. Setting a Phone whose Value is empty removes the type. The slice that
// p held before is left as it was.
func (p *Person) SetPhone(ph Phone) {
	kept := make([]Phone, 0, len(p.Phones)+1)
	placed := ph.Value == ""
	for _, old := range p.Phones {
		switch {
		case old.Type != ph.Type:
			kept = append(kept, old)
		case !placed:
			kept, placed = append(kept, ph), true
		}
	}
	if !placed {
		kept = append(kept, ph)
	}
	p.Phones = kept
}

// OktaID returns the id that Okta would give the person of a GUID: "00u" and
// 17 letters and digits. Distinct GUIDs made by this package give distinct ids.
// It is "" for text that is not a GUID.
//
//	OktaID("0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef") = "00u…"
func OktaID(guid string) string {
	hex := strings.ReplaceAll(guid, "-", "")
	if len(hex) != 32 {
		return ""
	}
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var high, low uint64
	for i, c := range []byte(hex) {
		d, ok := hexDigit(c)
		if !ok {
			return ""
		}
		if i < 16 {
			high = high<<4 | d
		} else {
			low = low<<4 | d
		}
	}
	id := []byte("00u00000000000000000")
	for i := len(id) - 1; i >= 12; i-- { // 8 digits of base 62 hold 47 bits of each half
		id[i] = alphabet[low%62]
		low /= 62
	}
	for i := 11; i >= 3; i-- {
		id[i] = alphabet[high%62]
		high /= 62
	}
	return string(id)
}

func hexDigit(c byte) (uint64, bool) {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0'), true
	case c >= 'a' && c <= 'f':
		return uint64(c-'a') + 10, true
	}
	return 0, false
}
