package scim

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// userKind is the kind of users.
func userKind(t *schema.Type) *kind {
	return &kind{
		typ: t, stored: contact.KindUser, endpoint: "Users", name: "userName", edges: "groups",
		key:    contact.UserKey,
		claim:  func(dir, name string) string { return contact.UserNameKey(dir, schema.PrepareUserName(name)) },
		encode: encodeUser,
		split:  contact.SplitUser,
		gather: (*request).groupsOf,
		ends: func(dir, group string) (string, func(string) contact.ID) {
			return contact.MemberPrefix(dir, contact.ID(group)), memberOf
		},
		exact: exactOfUsers(t),
	}
}

func encodeUser(dir string, o *object) []byte {
	const usual = 1 << 10 // bytes of a person; more are made room for
	u := contact.User{Contact: contactOf(o.tree), Created: o.created, Body: o.tree.Append(make([]byte, 0, usual))}
	u.ID, u.DirectoryID = o.id, dir
	return contact.AppendUser(make([]byte, 0, len(u.Body)+usual/2), &u)
}

// contactOf returns what the index reads of a user. A user without active is
// active.
func contactOf(tree resource.Value) contact.Contact {
	name := tree.Get("name")
	enterprise := tree.Get(schema.EnterpriseURN)
	active, said := tree.Lookup("active")
	c := contact.Contact{
		ExternalID: tree.Get("externalId").Text(), UserName: tree.Get("userName").Text(), DisplayName: tree.Get("displayName").Text(),
		Formatted: name.Get("formatted").Text(), GivenName: name.Get("givenName").Text(), MiddleName: name.Get("middleName").Text(),
		FamilyName: name.Get("familyName").Text(), NickName: tree.Get("nickName").Text(), Title: tree.Get("title").Text(),
		Department: enterprise.Get("department").Text(), Company: enterprise.Get("organization").Text(),
		Manager: enterprise.Get("manager").Get("value").Text(), Active: !said || active.Bool(),
	}
	for e := range tree.Get("emails").Elems() {
		c.Emails = append(c.Emails, contact.Email{Type: e.Get("type").Text(), Value: e.Get("value").Text(), Primary: e.Get("primary").Bool()})
	}
	for e := range tree.Get("phoneNumbers").Elems() {
		if raw := e.Get("value").Text(); strings.TrimSpace(raw) != "" {
			c.Numbers = append(c.Numbers, contact.Number{Type: e.Get("type").Text(), Raw: raw, Primary: e.Get("primary").Bool()})
		}
	}
	return c
}

// groupsOf lists the groups that a user is a member of. A membership may
// outlive its group for a moment; it is shown no more.
func (r *request) groupsOf(view stream.View, user contact.ID, equal string) (resource.Value, error) {
	only := ""
	if equal != "" {
		only = contact.MemberOfKey(r.dir.ID, string(user), contact.ID(equal))
	}
	var list []resource.Value
	for e, err := range r.edgesAt(view, contact.MemberOfPrefix(r.dir.ID, string(user)), only) {
		if err != nil {
			return resource.Value{}, err
		}
		key, _ := contact.ParseKey(e.Key)
		stored, err := view.Get(r.tenant, contact.GroupKey(r.dir.ID, key.ID))
		if errors.Is(err, stream.ErrNotFound) {
			continue
		}
		if err != nil {
			return resource.Value{}, err
		}
		g, err := contact.DecodeGroup(stored.Value)
		if err != nil {
			return resource.Value{}, fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
		}
		list = append(list, resource.OfObject(
			resource.Field{Name: "value", Value: resource.OfString(string(key.ID))},
			resource.Field{Name: "$ref", Value: resource.OfString(r.location(r.kinds.groups, key.ID))},
			resource.Field{Name: "display", Value: resource.OfString(g.DisplayName)},
			resource.Field{Name: "type", Value: resource.OfString("direct")},
		))
	}
	return resource.OfArray(list...), nil
}
