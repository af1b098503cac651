package scim

import (
	"strings"
	"time"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// groupKind is the kind of groups.
func groupKind(t *schema.Type) *kind {
	return &kind{
		typ: t, stored: contact.KindGroup, endpoint: "Groups", name: "displayName", edges: "members",
		key:    contact.GroupKey,
		claim:  func(dir, name string) string { return contact.GroupNameKey(dir, schema.FoldName(name)) },
		encode: encodeGroup,
		split:  splitGroup,
		gather: (*request).membersOf,
		ends: func(dir, member string) (string, func(string) contact.ID) {
			return contact.MemberOfPrefix(dir, member), groupOf
		},
	}
}

func encodeGroup(dir string, o *object) []byte {
	return contact.AppendGroup(nil, &contact.Group{
		ID: o.id, DirectoryID: dir, ExternalID: o.tree.Get("externalId").Text(), DisplayName: o.tree.Get("displayName").Text(),
		Created: o.created, Body: o.tree.Append(nil),
	})
}

func splitGroup(value []byte) (time.Time, []byte, error) {
	g, err := contact.DecodeGroup(value)
	return g.Created, g.Body, err
}

// membersOf lists a group's members as they were sent, each with its location.
func (r *request) membersOf(view stream.View, group contact.ID, equal string) (resource.Value, error) {
	only := ""
	if equal != "" {
		only = contact.MemberKey(r.dir.ID, group, equal)
	}
	var list []resource.Value
	for e, err := range r.edgesAt(view, contact.MemberPrefix(r.dir.ID, group), only) {
		if err != nil {
			return resource.Value{}, err
		}
		m, err := r.member(e)
		if err != nil {
			return resource.Value{}, err
		}
		list = append(list, m)
	}
	return resource.OfArray(list...), nil
}

// member decodes one membership.
func (r *request) member(e stream.Entry) (resource.Value, error) {
	said, err := storedMember(e)
	if err != nil {
		return resource.Value{}, err
	}
	at := r.kinds.users
	if strings.EqualFold(said.Get("type").Text(), "Group") {
		at = r.kinds.groups
	}
	key, _ := contact.ParseKey(e.Key)
	fields := []resource.Field{
		{Name: "value", Value: resource.OfString(key.Member)},
		{Name: "$ref", Value: resource.OfString(r.location(at, contact.ID(key.Member)))},
	}
	for name, v := range said.All() {
		fields = append(fields, resource.Field{Name: name, Value: v})
	}
	return resource.OfObject(fields...), nil
}
