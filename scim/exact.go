package scim

import (
	"slices"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// An exactAttribute is one whose values lead to the objects that have them. The
// keys hold values without case whatever the attribute's caseExact says: who is
// found is asked of the filter again.
type exactAttribute struct {
	name   string // as schema.Ref prints it
	letter byte   // in the key; never given to another attribute
	urn    string // of the extension, "" for the core
	attr   string
	sub    string // "" if the attribute is its own value
}

// exactOfUsers are the attributes of users by which clients look for them,
// beside userName and externalId, which have keys of their own.
func exactOfUsers(t *schema.Type) []exactAttribute {
	var list []exactAttribute
	for _, a := range []struct {
		name   string
		letter byte
	}{
		{"displayName", 'd'},
		{"emails.value", 'e'},
		{"phoneNumbers.value", 'p'},
		{schema.EnterpriseURN + ":manager.value", 'm'},
		{schema.EnterpriseURN + ":employeeNumber", 'n'},
		{schema.GenesysURN + ":externalIds.value", 'x'},
	} {
		ref, err := t.Resolve(a.name)
		if err != nil {
			continue // the directory defines that extension otherwise
		}
		e := exactAttribute{name: ref.String(), letter: a.letter, attr: ref.Attr.Name}
		if ref.InExtension() {
			e.urn = ref.Schema.ID
		}
		if ref.Sub != nil {
			e.sub = ref.Sub.Name
		}
		list = append(list, e)
	}
	return list
}

// of returns the attribute of a tree.
func (a exactAttribute) of(tree resource.Value) resource.Value {
	if a.urn != "" {
		tree = tree.Get(a.urn)
	}
	return tree.Get(a.attr)
}

// values returns the texts in an attribute by which its object is found,
// ascending, each once.
func (a exactAttribute) values(v resource.Value) []string { return a.texts(v, schema.FoldName) }

// texts returns the texts in an attribute after fold, ascending, each once.
func (a exactAttribute) texts(v resource.Value, fold func(string) string) []string {
	var list []string
	add := func(v resource.Value) {
		if a.sub != "" && v.Kind() == resource.Object {
			v = v.Get(a.sub)
		}
		if text := v.Text(); text != "" {
			list = append(list, fold(text))
		}
	}
	if v.Kind() == resource.Array {
		for e := range v.Elems() {
			add(e)
		}
	} else {
		add(v)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// prefix returns what the keys of all objects begin with that have a value.
func (a exactAttribute) prefix(dir, value string) string {
	return contact.ExactPrefix(dir, a.letter, schema.FoldName(value))
}

// moveExact adds to tx what changes of the exact keys when the tree of an object
// does. Either tree is null for an object that is not there.
func (r *request) moveExact(k *kind, id contact.ID, old, tree resource.Value, tx *stream.Tx) {
	for _, a := range k.exact {
		before, now := a.of(old), a.of(tree)
		if before.Equal(now) {
			continue
		}
		was, is := a.values(before), a.values(now)
		for _, value := range was {
			if _, stays := slices.BinarySearch(is, value); !stays {
				tx.Deletes = append(tx.Deletes, contact.ExactKey(r.dir.ID, a.letter, value, id))
			}
		}
		for _, value := range is {
			if _, stays := slices.BinarySearch(was, value); !stays {
				tx.Puts = append(tx.Puts, stream.Put{Key: contact.ExactKey(r.dir.ID, a.letter, value, id)})
			}
		}
	}
}
