package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// A Set is the resource types that a directory knows. It is read-only; With
// makes a larger one.
type Set struct {
	types []*Type
}

// Default returns the set of User, with the enterprise and the contact centre
// extension, and Group.
func Default() *Set {
	return &Set{types: []*Type{
		NewType(Type{
			Name: "User", Endpoint: "/Users", Description: "User Account", Core: userSchema,
			Extensions: []Extension{{Schema: enterpriseSchema}, {Schema: genesysSchema}},
		}),
		NewType(Type{Name: "Group", Endpoint: "/Groups", Description: "Group", Core: groupSchema}),
	}}
}

// Type returns the type of that name ("User") in any case, or nil.
func (s *Set) Type(name string) *Type {
	for _, t := range s.types {
		if resource.EqualName(t.Name, name) {
			return t
		}
	}
	return nil
}

// Types returns all types. The slice is the caller's.
func (s *Set) Types() []*Type { return slices.Clone(s.types) }

// Schemas returns the core schemas and extensions of all types, each once, in
// the order in which /Schemas lists them. The slice is the caller's.
func (s *Set) Schemas() []*Schema {
	var all []*Schema
	for _, t := range s.types {
		all = append(all, t.Core)
	}
	for _, t := range s.types {
		for _, e := range t.Extensions {
			if !slices.Contains(all, e.Schema) {
				all = append(all, e.Schema)
			}
		}
	}
	return all
}

// Schema returns the schema with that URN in any case, or nil: one of Schemas,
// or one that describes the discovery documents.
func (s *Set) Schema(id string) *Schema {
	for _, c := range append(s.Schemas(), serviceSchemas...) {
		if resource.EqualName(c.ID, id) {
			return c
		}
	}
	return nil
}

// With returns a set like s in which the named type has one extension more, in
// place of one with the same id. It returns an error if there is no such type
// or if the schema cannot be told from another by its id.
func (s *Set) With(typeName string, e Extension) (*Set, error) {
	t := s.Type(typeName)
	switch {
	case t == nil:
		return nil, fmt.Errorf("there is no resource type %s", resource.SafeName(typeName))
	case !strings.HasPrefix(resource.LowerName(e.Schema.ID), "urn:"):
		return nil, fmt.Errorf("schema id %s is not a URN", resource.SafeName(e.Schema.ID))
	case t.Extension(e.Schema.ID) == nil && s.Schema(e.Schema.ID) != nil:
		return nil, fmt.Errorf("schema id %s is taken", resource.SafeName(e.Schema.ID))
	}
	grown := *t
	grown.Extensions = slices.DeleteFunc(slices.Clone(t.Extensions), func(old Extension) bool {
		return resource.EqualName(old.Schema.ID, e.Schema.ID)
	})
	grown.Extensions = append(grown.Extensions, e)
	return s.replace(t, NewType(grown)), nil
}

// WithAliases returns a set like s in which the named type also understands
// each key of aliases, in any case, as the core attribute that is its value.
func (s *Set) WithAliases(typeName string, aliases map[string]string) (*Set, error) {
	t := s.Type(typeName)
	if t == nil {
		return nil, fmt.Errorf("there is no resource type %s", resource.SafeName(typeName))
	}
	renamed := *t
	renamed.Aliases = make(map[string]string, len(aliases))
	for from, to := range aliases {
		a := t.Core.Attribute(to)
		if a == nil {
			return nil, fmt.Errorf("alias of %s, which is no attribute of %s", resource.SafeName(to), t.Name)
		}
		renamed.Aliases[resource.LowerName(from)] = a.Name
	}
	return s.replace(t, NewType(renamed)), nil
}

func (s *Set) replace(old, t *Type) *Set {
	types := slices.Clone(s.types)
	types[slices.Index(types, old)] = t
	return &Set{types: types}
}

// AliasOf returns the core attribute of users, as it is spelled, for which name
// may stand by WithAliases. It returns an error that says why if name is no
// attribute name, or one that users have, or meant is no core attribute of them.
func AliasOf(name, meant string) (string, error) {
	switch a := userSchema.Attribute(meant); {
	case !isAttributeName(name) || len(name) > maxNameBytes:
		return "", errors.New("is not a name that an attribute can have")
	case userSchema.Attribute(name) != nil || common().Attribute(name) != nil:
		return "", errors.New("is an attribute already")
	case a == nil:
		return "", fmt.Errorf("cannot stand for %s, which is no attribute of User", resource.SafeName(meant))
	default:
		return a.Name, nil
	}
}
