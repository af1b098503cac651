// Package directory owns who may do what in Ringdex: tenants, their external
// directories with policies and extension schemas, every key and token, and the
// OAuth clients that get tokens for themselves.
//
// A Registry keeps all of it in memory, rebuilt from the log at Open and kept
// current by following it, so that authenticating a request takes no lock and
// touches no disk. Changes are transactions of the log; a method that changes
// something returns when the registry itself shows the change. The package
// speaks no HTTP. Run owns two goroutines: one follows the log, one deletes
// what removed directories and tenants left behind.
package directory

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// The errors of the registry. Compare with errors.Is.
var (
	// ErrNotFound: no such tenant, directory, client, key or token in this
	// tenant.
	ErrNotFound = errors.New("not found")
	// ErrUnauthenticated: the key is unknown, wrong, revoked or expired.
	ErrUnauthenticated = errors.New("unknown or revoked key")
	// ErrForbidden: the key exists but may not do this.
	ErrForbidden = errors.New("not allowed with this key")
	// ErrConflict: the record changed at the same time; ask again.
	ErrConflict = errors.New("changed at the same time")
)

// A FieldError says which field of a request was refused and why. Both are
// safe to show.
type FieldError struct {
	Field  string // "defaultRegion"
	Reason string // "is not an ISO 3166 region such as GB"
}

// Error returns "field reason".
func (e *FieldError) Error() string { return e.Field + " " + e.Reason }

// DefaultTenant is the tenant that a fresh installation has.
const DefaultTenant = "default"

// A Tenant owns directories and keys; nothing crosses from one to another.
type Tenant struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

// A Type is the product at the other end, as chosen when a directory is made.
// It picks the directory's first policies: see Profile.
type Type string

// The types of directories. Strict is for what holds to the RFCs.
const (
	Entra  Type = "entra"
	Okta   Type = "okta"
	Other  Type = "other"
	Strict Type = "strict"
)

// Types lists every type of directory.
func Types() []Type { return []Type{Entra, Okta, Other, Strict} }

// A Directory is one external directory that provisions people over SCIM.
type Directory struct {
	ID            string    `json:"id"` // a-z and 2-9, no underscore: it stands in the SCIM address
	Name          string    `json:"name"`
	Type          Type      `json:"type"`
	DefaultRegion string    `json:"defaultRegion,omitempty"` // how national numbers are read: "GB"
	Policies      Policies  `json:"policies"`
	CreatedAt     time.Time `json:"createdAt,omitzero"`

	// Aliases are misspelled names of a user's core attributes and what they
	// mean: "phoneNumberss": "phoneNumbers". The map is shared and read-only.
	Aliases map[string]string `json:"aliases,omitempty"`
}

// equal reports whether two states of a directory are the same.
func (d Directory) equal(o Directory) bool {
	return d.Name == o.Name && d.DefaultRegion == o.DefaultRegion && d.Policies == o.Policies && maps.Equal(d.Aliases, o.Aliases)
}

// record is the stored form: what the index reads lies at the top.
type record struct {
	Directory
	InactiveSearchable bool `json:"inactiveSearchable,omitempty"`
}

const (
	maxNameRunes  = 200
	maxLabelRunes = 200
)

// A Draft is what a client says of a directory to make or change. In a change,
// nil leaves a field as it is.
type Draft struct {
	Name          *string
	Type          *Type
	DefaultRegion *string
	Policies      map[string]string // only those to set; PolicyDefault goes back to the profile's value
	Aliases       map[string]string // only those to set; an empty name takes one out
}

// apply puts the draft's fields into d and checks each.
func (dr Draft) apply(d *Directory, validRegion func(string) bool) error {
	if dr.Name != nil {
		name := strings.TrimSpace(*dr.Name)
		if err := checkText("name", name, maxNameRunes); err != nil {
			return err
		}
		d.Name = name
	}
	if dr.DefaultRegion != nil {
		region := strings.ToUpper(strings.TrimSpace(*dr.DefaultRegion))
		if region != "" && !validRegion(region) {
			return &FieldError{"defaultRegion", "is not an ISO 3166 region with a numbering plan, such as GB"}
		}
		d.DefaultRegion = region
	}
	profile := Profile(d.Type)
	for name, value := range dr.Policies {
		if chosen := profile.Get(name); value == PolicyDefault && chosen != "" {
			value = chosen
		}
		if err := d.Policies.Set(name, value); err != nil {
			return err
		}
	}
	return dr.applyAliases(d)
}

// maxAliases bounds the aliases of a directory.
const maxAliases = 50

// applyAliases puts the draft's aliases into a new map of d and checks each.
func (dr Draft) applyAliases(d *Directory) error {
	if len(dr.Aliases) == 0 {
		return nil
	}
	changed := maps.Clone(d.Aliases)
	if changed == nil {
		changed = map[string]string{}
	}
	for name, meant := range dr.Aliases {
		maps.DeleteFunc(changed, func(old, _ string) bool { return resource.EqualName(old, name) })
		if meant == "" {
			continue
		}
		core, err := schema.AliasOf(name, meant)
		if err != nil {
			return &FieldError{"aliases." + resource.SafeName(name), err.Error()}
		}
		changed[name] = core
	}
	if len(changed) > maxAliases {
		return &FieldError{"aliases", fmt.Sprintf("are more than %d", maxAliases)}
	}
	d.Aliases = changed
	return nil
}

// newDirectory makes a directory from a draft. Its id is new.
func newDirectory(id string, dr Draft, validRegion func(string) bool) (Directory, error) {
	d := Directory{ID: id, Type: Other}
	if dr.Name == nil {
		return Directory{}, &FieldError{"name", "is required"}
	}
	if dr.Type != nil {
		if !slices.Contains(Types(), *dr.Type) {
			return Directory{}, &FieldError{"type", `must be "entra", "okta", "other" or "strict"`}
		}
		d.Type = *dr.Type
	}
	d.Policies = Profile(d.Type)
	if err := dr.apply(&d, validRegion); err != nil {
		return Directory{}, err
	}
	return d, nil
}

// checkText refuses what no person could read in a list.
func checkText(field, s string, maxRunes int) error {
	switch {
	case s == "":
		return &FieldError{field, "must not be empty"}
	case !utf8.ValidString(s):
		return &FieldError{field, "is not valid UTF-8"}
	case utf8.RuneCountInString(s) > maxRunes:
		return &FieldError{field, fmt.Sprintf("is longer than %d characters", maxRunes)}
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return &FieldError{field, "contains a control character"}
	}
	return nil
}

// newRecord returns what is stored of d.
func newRecord(d Directory) record {
	return record{Directory: d, InactiveSearchable: d.Policies.InactiveSearchable == PolicyYes}
}

// keysOf lists what the keys of one directory begin with, apart from its own
// record and its credentials.
func keysOf(dir string) []string {
	kinds := []contact.Kind{
		contact.KindUser, contact.KindGroup, contact.KindMember, contact.KindMemberOf, contact.KindMembers,
		contact.KindUserName, contact.KindGroupName, contact.KindExternalID, contact.KindExact, contact.KindUnique,
		contact.KindSchema, contact.KindClient, contact.KindAssertion, contact.KindPresence,
	}
	prefixes := make([]string, len(kinds))
	for i, k := range kinds {
		prefixes[i] = k.Prefix() + dir + "/"
	}
	return prefixes
}
