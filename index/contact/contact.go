// Package contact is the model that the SCIM side writes and the index reads:
// people, groups, memberships and directories, the keys under which the log
// holds them, and their compact encoding.
//
// It holds values as the identity provider sent them. What can be derived from
// them (E.164, folded names) is the index's business and never stored, so that
// new number metadata means a rebuild and not a migration. The package does no
// I/O, starts no goroutine and depends on nothing but the standard library.
package contact

import "time"

// An ID is a SCIM resource id: a UUID of version 7 in its lower-case text
// form. Ids of one process sort by the time they were made.
type ID string

// A Contact is one person of one directory, as far as lookups and search are
// concerned. Strings are verbatim. Values are shared between goroutines and
// not changed after they were decoded.
type Contact struct {
	ID          ID
	DirectoryID string
	ExternalID  string
	UserName    string
	DisplayName string
	Formatted   string // name.formatted
	GivenName   string
	MiddleName  string
	FamilyName  string
	NickName    string
	Title       string
	Department  string
	Company     string // enterprise organization
	Manager     string // manager's id as sent
	Emails      []Email
	Numbers     []Number
	Active      bool
}

// An Email is one element of emails.
type Email struct {
	Type    string // "work"; may be empty
	Value   string
	Primary bool
}

// A Number is one element of phoneNumbers.
type Number struct {
	Type    string // "work", "mobile", "work2", …; may be empty
	Raw     string // as sent: "+44 20 7946 0018", "tel:+44…", "4711"
	Primary bool
}

// Name returns the text to show for c: the display name, else the formatted
// name, else given and family name, else the user name.
func (c *Contact) Name() string {
	switch {
	case c.DisplayName != "":
		return c.DisplayName
	case c.Formatted != "":
		return c.Formatted
	case c.GivenName != "" && c.FamilyName != "":
		return c.GivenName + " " + c.FamilyName
	case c.GivenName != "":
		return c.GivenName
	case c.FamilyName != "":
		return c.FamilyName
	}
	return c.UserName
}

// A User is the stored form of a SCIM User: the contact that the index reads
// and, behind it, the whole resource as the SCIM side prints it.
type User struct {
	Contact
	Created time.Time // zero in a resource's first version: then the log's time of that version
	Body    []byte    // the resource as JSON, without id, meta and groups
}

// A Group is the stored form of a SCIM Group without its members, which are
// keys of their own.
type Group struct {
	ID          ID
	DirectoryID string
	ExternalID  string
	DisplayName string
	Created     time.Time // as in User
	Body        []byte    // the resource as JSON, without id, meta and members
}

// A Directory is what the index needs of a directory's record. The record has
// more, which scim/directory owns.
type Directory struct {
	ID                 string `json:"id"`
	Name               string `json:"name"`
	DefaultRegion      string `json:"defaultRegion"`      // "GB"; may be empty
	InactiveSearchable bool   `json:"inactiveSearchable"` // deactivated people stay in lookups
}
