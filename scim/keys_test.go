package scim

import (
	"errors"
	"strings"
	"testing"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// checkKeys holds what must be true of the log's keys after any requests: each
// name is claimed once and by who has it, each externalId and exact key leads
// to who has it, every membership stands both ways and in a group that exists,
// and nothing else is left. Every test ends with it.
func (w *world) checkKeys(t testing.TB) {
	t.Helper()
	view, err := w.log.View()
	if errors.Is(err, stream.ErrClosed) {
		return // the test closed it
	}
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for _, d := range w.registry.Directories(directory.DefaultTenant) {
		c := keyCheck{t: t, view: view, dir: d.ID, want: map[string]string{}}
		c.objects(w.service.kindsOf(d.ID).users)
		c.objects(w.service.kindsOf(d.ID).groups)
		c.memberships()
		c.rest()
	}
}

// A keyCheck gathers the keys that ought to be beside those of the objects.
type keyCheck struct {
	t    testing.TB
	view stream.View
	dir  string
	want map[string]string // key → value, "*" for any
}

func (c *keyCheck) scan(kind contact.Kind, each func(key string, value []byte)) {
	c.t.Helper()
	for e, err := range c.view.Scan(directory.DefaultTenant, kind.Prefix()+c.dir+"/", "") {
		if err != nil {
			c.t.Fatal(err)
		}
		each(e.Key, e.Value)
	}
}

func (c *keyCheck) expect(key, value string) {
	c.t.Helper()
	if _, twice := c.want[key]; twice {
		c.t.Errorf("two objects want the key %q", key)
	}
	c.want[key] = value
}

func (c *keyCheck) objects(k *kind) {
	c.t.Helper()
	c.scan(k.stored, func(key string, value []byte) {
		id := key[strings.LastIndexByte(key, '/')+1:]
		if contact.Departed(key, value) {
			c.departed(value, id)
			return
		}
		tree, _, err := k.decode(value)
		if err != nil {
			c.t.Fatal(err)
		}
		c.expect(k.claimOf(c.dir, tree), id)
		if external := tree.Get("externalId").Text(); external != "" {
			c.expect(contact.ExternalIDKey(c.dir, k.stored, external, contact.ID(id)), "*")
		}
		for _, a := range k.exact {
			for _, value := range a.values(a.of(tree)) {
				c.expect(contact.ExactKey(c.dir, a.letter, value, contact.ID(id)), "")
			}
		}
		for _, u := range k.unique {
			for _, value := range u.values(tree) {
				c.expect(u.claim(c.dir, k, value), id)
			}
		}
		if k.stored == contact.KindUser {
			c.header(value, id, tree)
		}
	})
}

// departed expects of a user who was deleted but stays in lookups that the claim
// on the name leads to what is left.
func (c *keyCheck) departed(value []byte, id string) {
	c.t.Helper()
	u, err := contact.DecodeUser(value)
	if err != nil || string(u.ID) != id || u.Active {
		c.t.Errorf("user %s departed as %+v, %v", id, u.Contact, err)
	}
	c.expect(contact.UserNameKey(c.dir, schema.PrepareUserName(u.UserName)), id)
}

// header compares what the index reads of a user with the resource behind it.
func (c *keyCheck) header(value []byte, id string, tree resource.Value) {
	c.t.Helper()
	u, err := contact.DecodeUser(value)
	if err != nil {
		c.t.Fatal(err)
	}
	if string(u.ID) != id || u.DirectoryID != c.dir || u.UserName != tree.Get("userName").Text() || u.ExternalID != tree.Get("externalId").Text() {
		c.t.Errorf("the header of user %s is of another: %+v", id, u.Contact)
	}
}

func (c *keyCheck) memberships() {
	c.t.Helper()
	groups := map[contact.ID]bool{}
	c.scan(contact.KindGroup, func(key string, _ []byte) {
		k, _ := contact.ParseKey(key)
		groups[k.ID] = true
	})
	touched := map[string]bool{}
	c.scan(contact.KindMembers, func(key string, _ []byte) {
		k, _ := contact.ParseKey(key)
		touched[key] = true
		if !groups[k.ID] {
			c.t.Errorf("the member list of a group that is gone is left")
		}
	})
	c.scan(contact.KindMember, func(key string, _ []byte) {
		k, ok := contact.ParseKey(key)
		if !ok || !groups[k.ID] {
			c.t.Errorf("a membership in a group that is gone is left")
		}
		if !touched[contact.MembersKey(c.dir, k.ID)] {
			c.t.Errorf("a group has members and no member list")
		}
		c.expect(contact.MemberOfKey(c.dir, k.Member, k.ID), "*")
	})
}

// rest compares claims, externalIds and reverse memberships with those wanted.
func (c *keyCheck) rest() {
	c.t.Helper()
	for _, kind := range []contact.Kind{contact.KindUserName, contact.KindGroupName, contact.KindExternalID, contact.KindExact, contact.KindUnique, contact.KindMemberOf} {
		c.scan(kind, func(key string, value []byte) {
			switch want, ok := c.want[key]; {
			case !ok:
				c.t.Errorf("nobody wants the key %q", key)
			case want != "*" && want != string(value):
				c.t.Errorf("the key %q is %q's, want %q's", key, value, want)
			}
			delete(c.want, key)
		})
	}
	for key := range c.want {
		c.t.Errorf("the key %q is missing", key)
	}
}
