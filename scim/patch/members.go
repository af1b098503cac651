package patch

import (
	"fmt"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A MemberKind is what a MemberOp does to the members of a group.
type MemberKind uint8

// The kinds of MemberOp.
const (
	AddMembers       MemberKind = iota // add those listed; one that is there already stays
	RemoveMembers                      // remove those listed; one that is not there is no error
	RemoveMatching                     // remove those that Where means
	RemoveAllMembers                   // remove all
	ReplaceMembers                     // have those listed and no others
)

// A MemberOp is a change of a group's members.
type MemberOp struct {
	Kind    MemberKind
	Members []Member         // of AddMembers, RemoveMembers and ReplaceMembers; no value twice
	Where   *filter.Elements // of RemoveMatching: matches an element as Member.Element returns it
}

// A Member is one member of a group as a client names it.
type Member struct {
	Value string         // the member's id; never empty
	Rest  resource.Value // an object of what else the client said: type, display, $ref; or null
}

// Element returns the member as an element of members.
//
//	{"value":"2819c223","display":"Ana Sample"}
func (m Member) Element() resource.Value {
	fields := []resource.Field{{Name: "value", Value: resource.OfString(m.Value)}}
	for name, v := range m.Rest.All() {
		fields = append(fields, resource.Field{Name: name, Value: v})
	}
	return resource.OfObject(fields...)
}

// TakeMembers takes the members out of v, a group in the shape that Type.Conform
// returns, since they are not stored in the tree. It returns a *schema.Error
// with ScimType InvalidValue for a member without a value.
func TakeMembers(v resource.Value) (rest resource.Value, members []Member, err error) {
	const name = "members"
	members, err = membersOf(name, v.Get(name))
	if err != nil {
		return resource.Value{}, nil, err
	}
	return v.Delete(name), members, nil
}

// membersOf reads a conformed array of members. One named twice counts once.
func membersOf(path string, list resource.Value) ([]Member, error) {
	members := make([]Member, 0, list.Len())
	seen := make(map[string]bool, list.Len())
	for e := range list.Elems() {
		m := Member{Value: e.Get("value").Text()}
		if m.Value == "" {
			return nil, &schema.Error{ScimType: schema.InvalidValue, Path: path + ".value", Detail: "is required"}
		}
		if rest := e.Delete("value"); rest.Len() > 0 {
			m.Rest = rest
		}
		if !seen[m.Value] {
			seen[m.Value] = true
			members = append(members, m)
		}
	}
	return members, nil
}

// member hands back the operation on a group's members.
func (a *applier) member(path filter.Path, v resource.Value) error {
	switch {
	case path.Sub != nil && path.Sub != path.Attr.Value():
		a.note(path.String(), "is a part of members, which are added and removed as a whole; it was ignored")
		return nil
	case path.Elements != nil:
		return a.memberSelected(path, v)
	case a.op == Remove && v.IsNull(), a.op == Replace && schema.IsBlank(v):
		a.memberOp(MemberOp{Kind: RemoveAllMembers})
		return nil
	case schema.IsBlank(v):
		return nil
	}
	list, err := a.conform.Value(path.Attr, path.Attr.Name, v)
	if err != nil {
		return err
	}
	members, err := membersOf(path.Attr.Name, list)
	if err != nil {
		return err
	}
	kinds := map[Op]MemberKind{Add: AddMembers, Remove: RemoveMembers, Replace: ReplaceMembers}
	a.memberOp(MemberOp{Kind: kinds[a.op], Members: members})
	return nil
}

// memberSelected hands back the operation on the members that a filter means.
func (a *applier) memberSelected(path filter.Path, v resource.Value) error {
	values, named := path.Elements.Values()
	removes := a.op == Remove || a.op == Replace && schema.IsBlank(v)
	switch {
	case removes && named:
		a.memberOp(MemberOp{Kind: RemoveMembers, Members: byValue(values)})
	case removes:
		a.memberOp(MemberOp{Kind: RemoveMatching, Where: path.Elements})
	case schema.IsBlank(v):
	case named && len(values) == 1:
		return a.memberDescribed(path, v)
	default:
		return &schema.Error{ScimType: schema.NoTarget, Path: path.String(), Detail: "the filter does not name a member by its value"}
	}
	return nil
}

// memberDescribed adds the one member that a filter names, with what else the
// value says of it.
func (a *applier) memberDescribed(path filter.Path, v resource.Value) error {
	model, _ := path.Elements.Model()
	e, err := a.element(path, v)
	if err != nil {
		return err
	}
	if said, ok := e.Lookup("value"); ok && !said.Equal(model.Get("value")) {
		return &schema.Error{ScimType: schema.NotMutable, Path: path.Attr.Name + ".value", Detail: "cannot be changed; remove the member and add another"}
	}
	members, err := membersOf(path.Attr.Name, resource.OfArray(overlay(path.Attr, model, e)))
	if err != nil {
		return err
	}
	a.memberOp(MemberOp{Kind: AddMembers, Members: members})
	return nil
}

func byValue(values []string) []Member {
	members := make([]Member, len(values))
	for i, v := range values {
		members[i] = Member{Value: v}
	}
	return members
}

// memberOp hands op back unless it is of nobody.
func (a *applier) memberOp(op MemberOp) {
	listed := op.Kind == AddMembers || op.Kind == RemoveMembers
	if listed && len(op.Members) == 0 {
		return
	}
	a.members = append(a.members, op)
}

// String names the kind for notes and tests.
func (k MemberKind) String() string {
	switch k {
	case AddMembers:
		return "add"
	case RemoveMembers:
		return "remove"
	case RemoveMatching:
		return "remove matching"
	case RemoveAllMembers:
		return "remove all"
	case ReplaceMembers:
		return "replace"
	default:
		return fmt.Sprintf("MemberKind(%d)", uint8(k))
	}
}
