package scim

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// A kind is what differs between users and groups.
type kind struct {
	typ      *schema.Type
	stored   contact.Kind
	endpoint string // "Users"
	name     string // the attribute that is unique: "userName", "displayName"
	edges    string // the attribute that is made of memberships: "groups" of a user, "members" of a group

	// key returns where an object is stored.
	key func(dir string, id contact.ID) string
	// claim returns the key that makes a name unique.
	claim func(dir, name string) string

	encode func(dir string, o *object) []byte
	// split takes a stored value apart: when the object was created, zero for
	// when the value was written, and its JSON, which aliases the value.
	split func(value []byte) (created time.Time, body []byte, err error)

	// gather returns the elements of edges, if equal is not empty only the one
	// of that value, and null if there are none.
	gather func(r *request, view stream.View, id contact.ID, equal string) (resource.Value, error)
	// ends returns what the keys begin with that lead from the other end of an
	// edge to the objects of this kind, and how to read such an object's id.
	ends func(dir, other string) (prefix string, idOf func(key string) contact.ID)
	// exact are the attributes that lead to objects by exact keys.
	exact []exactAttribute
	// unique are the attributes of registered extensions that claim their values.
	unique []uniqueAttribute
}

// decode returns the tree of a stored object.
func (k *kind) decode(value []byte) (tree resource.Value, created time.Time, err error) {
	created, body, err := k.split(value)
	if err != nil {
		return resource.Value{}, time.Time{}, err
	}
	tree, err = resource.Parse(body, resource.Limits{})
	return tree, created, err
}

// kinds are the resource types of a directory. They are made by newKinds and
// read-only.
type kinds struct {
	types         *schema.Set
	users, groups *kind
}

func newKinds(types *schema.Set) *kinds {
	k := &kinds{types: types, users: userKind(types.Type("User")), groups: groupKind(types.Type("Group"))}
	k.users.unique, k.groups.unique = uniqueOf(k.users.typ), uniqueOf(k.groups.typ)
	return k
}

// kindsOf returns the resource types of a directory. They are made once and
// again when the directory's schemas change.
func (s *Service) kindsOf(directoryID string) *kinds {
	types := s.cfg.Registry.Types(directoryID)
	if known, ok := s.kinds.Load(directoryID); ok {
		if k := known.(*kinds); k.types == types { //nolint:forcetypeassert // only these are stored
			return k
		}
	}
	k := newKinds(types)
	s.kinds.Store(directoryID, k)
	return k
}

// claimOf returns the key that makes the name of a resource unique.
func (k *kind) claimOf(dir string, tree resource.Value) string {
	return k.claim(dir, tree.Get(k.name).Text())
}

// duplicate is what a name that is taken is answered with.
func (k *kind) duplicate() error {
	return newError(http.StatusConflict, "uniqueness",
		fmt.Sprintf("%s: another %s of this directory has it.", k.name, strings.ToLower(k.typ.Name)))
}
