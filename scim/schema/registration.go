package schema

import (
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// A Registration is an extension that a directory has beside the built-in ones.
type Registration struct {
	ResourceType string // "User" or "Group": whose resources may have it
	Extension
}

// ParseRegistration reads a Schema document as ParseSchema does, and of its
// members resourceType and required to what the extension belongs and whether
// every resource of that type must have it. Without resourceType an id that ends
// in "Group" is for groups, and every other one for users. The errors are those
// of ParseSchema.
func ParseRegistration(doc resource.Value) (Registration, error) {
	s, err := ParseSchema(doc)
	if err != nil {
		return Registration{}, err
	}
	p := &definition{}
	r := Registration{Extension: Extension{Schema: s, Required: p.flag(doc, "", "required", false)}}
	said := p.text(doc, "", "resourceType", maxNameBytes)
	if said == "" {
		said = "User"
		if strings.HasSuffix(resource.LowerName(s.ID), "group") {
			said = "Group"
		}
	}
	switch {
	case resource.EqualName(said, "User"):
		r.ResourceType = "User"
	case resource.EqualName(said, "Group"):
		r.ResourceType = "Group"
	default:
		p.refuse("resourceType", `must be "User" or "Group"`)
	}
	return r, p.err
}

// Register returns a set like s that has the registrations as well, in their
// order. It returns an *Error with ScimType InvalidValue and Path "id" if one
// could not be told from a schema that s has, or from another of them, in a path
// such as URN:attribute: if their ids, or other spellings in use for them, are
// the same or one begins with the other.
func (s *Set) Register(all ...Registration) (*Set, error) {
	grown := s
	for _, r := range all {
		if other := grown.confusable(r.Schema.ID); other != "" {
			return nil, &Error{ScimType: InvalidValue, Path: "id", Detail: "is too much like " + other + ", which is a schema already"}
		}
		next, err := grown.With(r.ResourceType, r.Extension)
		if err != nil {
			return nil, &Error{ScimType: InvalidValue, Path: "id", Detail: err.Error()}
		}
		grown = next
	}
	return grown, nil
}

// confusable returns the URN of s that id cannot be told from, or "".
func (s *Set) confusable(id string) string {
	for _, known := range append(s.Schemas(), serviceSchemas...) {
		for _, urn := range append([]string{known.ID}, known.Aliases...) {
			if beginsWith(id, urn) || beginsWith(urn, id) {
				return urn
			}
		}
	}
	return ""
}

// beginsWith reports whether name is urn, or an attribute's name behind it.
func beginsWith(name, urn string) bool {
	n := len(urn)
	return len(name) >= n && resource.EqualName(name[:n], urn) && (len(name) == n || name[n] == ':' || name[n] == '.')
}
