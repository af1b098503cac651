package scim

import (
	"errors"
	"fmt"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/stream"
)

// maxMemberBytes bounds the id of a member.
const maxMemberBytes = 512

// A roll is a group's member list while operations change it. It reads only
// the memberships that the operations speak of, unless they speak of all.
type roll struct {
	r     *request
	view  stream.View
	group contact.ID

	now     map[string]*resource.Value // what members become; nil: none
	order   []string                   // ids in now, in the order they came
	cleared bool                       // whoever is not in now is no member
	scanned bool                       // the outcome depends on the whole list
	known   []stream.Check             // members who must exist when this happens
	came    int                        // members more than in the view
	went    int                        // members less
}

// replaceMembers returns the operations by which a whole resource sets the
// members of a group: those it lists, and no others.
func replaceMembers(k *kind, listed []patch.Member) []patch.MemberOp {
	if k.stored != contact.KindGroup {
		return nil
	}
	return []patch.MemberOp{{Kind: patch.ReplaceMembers, Members: listed}}
}

// planMembers adds to tx what operations do to the member list of a group.
func (r *request) planMembers(view stream.View, o *object, ops []patch.MemberOp, tx *stream.Tx) error {
	if len(ops) == 0 {
		return nil
	}
	l := &roll{r: r, view: view, group: o.id, now: map[string]*resource.Value{}}
	for _, op := range ops {
		if err := l.apply(op); err != nil {
			return err
		}
	}
	return l.plan(tx)
}

func (l *roll) apply(op patch.MemberOp) error {
	switch op.Kind {
	case patch.AddMembers:
		return l.addAll(op.Members)
	case patch.RemoveMembers:
		for _, m := range op.Members {
			l.set(m.Value, nil)
		}
	case patch.RemoveAllMembers:
		l.clear()
	case patch.RemoveMatching:
		return l.removeWhere(op)
	case patch.ReplaceMembers:
		l.clear()
		return l.addAll(op.Members)
	}
	return nil
}

func (l *roll) clear() {
	l.now, l.order = map[string]*resource.Value{}, nil
	l.cleared, l.scanned = true, true
}

func (l *roll) set(id string, v *resource.Value) {
	if _, ok := l.now[id]; !ok {
		l.order = append(l.order, id)
	}
	l.now[id] = v
}

// addAll adds members; one who is a member already stays as is.
func (l *roll) addAll(members []patch.Member) error {
	for _, m := range members {
		if len(m.Value) > maxMemberBytes {
			return invalidValue("members.value", fmt.Sprintf("is longer than %d bytes", maxMemberBytes))
		}
		there, err := l.has(m.Value)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		said, welcome, err := l.welcome(m)
		if err != nil {
			return err
		}
		if welcome {
			l.set(m.Value, &said)
		}
	}
	return nil
}

// has tells whether somebody is a member at this point of the operations.
func (l *roll) has(id string) (bool, error) {
	if v, ok := l.now[id]; ok || l.cleared {
		return v != nil, nil
	}
	version, err := l.version(contact.MemberKey(l.r.dir.ID, l.group, id))
	return version > 0, err
}

// version returns the version of a key, 0 if it does not exist or is what a
// deleted user left behind.
func (l *roll) version(key string) (stream.Seq, error) {
	e, err := l.view.Get(l.r.tenant, key)
	if errors.Is(err, stream.ErrNotFound) || err == nil && contact.Departed(key, e.Value) {
		return 0, nil
	}
	return e.Seq, err
}

// welcome returns what is kept of a member beside its id, and applies the
// policy for members that do not exist: by default they are kept. A group is
// marked as one, because its location depends on it.
func (l *roll) welcome(m patch.Member) (said resource.Value, welcome bool, err error) {
	if said = m.Rest.Delete("$ref"); said.Len() == 0 { // the location is computed
		said = resource.Value{}
	}
	if k := l.r.born[contact.ID(m.Value)]; k != nil {
		return typed(said, k), true, nil
	}
	group := contact.GroupKey(l.r.dir.ID, contact.ID(m.Value))
	version, err := l.version(group)
	if err != nil {
		return said, false, err
	}
	if version > 0 {
		said = typed(said, l.r.kinds.groups)
	}
	policy := l.r.dir.Policies.UnknownMembers
	if policy == directory.PolicyKeep {
		return said, true, nil
	}
	known := stream.Check{Key: group, Version: version}
	if version == 0 {
		known.Key = contact.UserKey(l.r.dir.ID, contact.ID(m.Value))
		if known.Version, err = l.version(known.Key); err != nil {
			return said, false, err
		}
	}
	if known.Version > 0 {
		l.known = append(l.known, known)
		return said, true, nil
	}
	if policy == directory.PolicyReject {
		return said, false, invalidValue("members.value", "names somebody who does not exist in this directory")
	}
	return said, false, nil
}

// typed marks a member of a kind, if it is a group and is not marked yet.
func typed(said resource.Value, k *kind) resource.Value {
	if k.stored == contact.KindGroup && said.Get("type").IsNull() {
		return said.Set("type", resource.OfString("Group"))
	}
	return said
}

// removeWhere removes the members that a filter means.
func (l *roll) removeWhere(op patch.MemberOp) error {
	l.scanned = true
	for _, id := range l.order {
		if v := l.now[id]; v != nil && op.Where.Match(patch.Member{Value: id, Rest: *v}.Element()) {
			l.now[id] = nil
		}
	}
	if l.cleared {
		return nil
	}
	return l.each(func(id string, e stream.Entry) error {
		if _, ok := l.now[id]; ok {
			return nil
		}
		rest, err := storedMember(e)
		if err != nil {
			return err
		}
		if op.Where.Match(patch.Member{Value: id, Rest: rest}.Element()) {
			l.set(id, nil)
		}
		return nil
	})
}

// each calls f with every membership in the view.
func (l *roll) each(f func(id string, e stream.Entry) error) error {
	for e, err := range l.view.Scan(l.r.tenant, contact.MemberPrefix(l.r.dir.ID, l.group), "") {
		if err != nil {
			return err
		}
		key, _ := contact.ParseKey(e.Key)
		if err := f(key.Member, e); err != nil {
			return err
		}
	}
	return nil
}

// plan adds the difference between the view and the outcome to tx.
func (l *roll) plan(tx *stream.Tx) error {
	before := len(tx.Puts) + len(tx.Deletes)
	if l.cleared {
		err := l.each(func(id string, _ stream.Entry) error {
			if _, ok := l.now[id]; !ok {
				l.strike(id, tx)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, id := range l.order {
		if err := l.settle(id, tx); err != nil {
			return err
		}
	}
	list := contact.MembersKey(l.r.dir.ID, l.group)
	if l.scanned {
		version, err := l.version(list)
		if err != nil {
			return err
		}
		tx.Checks = append(tx.Checks, stream.Check{Key: list, Version: version})
	}
	l.r.trace.came, l.r.trace.went = l.came, l.went
	if len(tx.Puts)+len(tx.Deletes) > before {
		tx.Checks = append(tx.Checks, l.known...)
		tx.Puts = append(tx.Puts, stream.Put{Key: list})
	}
	return nil
}

// settle adds to tx what makes one id a member, or none, unless the view has it
// so already.
func (l *roll) settle(id string, tx *stream.Tx) error {
	key := contact.MemberKey(l.r.dir.ID, l.group, id)
	e, err := l.view.Get(l.r.tenant, key)
	there := err == nil
	if !there && !errors.Is(err, stream.ErrNotFound) {
		return err
	}
	said := l.now[id]
	if said == nil {
		if there {
			l.strike(id, tx)
		}
		return nil
	}
	if !there {
		l.came++
		tx.Puts = append(tx.Puts, stream.Put{Key: contact.MemberOfKey(l.r.dir.ID, id, l.group)})
	} else if old, err := storedMember(e); err != nil || old.Equal(*said) {
		return err
	}
	var value []byte
	if said.Len() > 0 {
		value = said.Append(nil)
	}
	tx.Puts = append(tx.Puts, stream.Put{Key: key, Value: value})
	return nil
}

func (l *roll) strike(id string, tx *stream.Tx) {
	l.went++
	tx.Deletes = append(tx.Deletes, contact.MemberKey(l.r.dir.ID, l.group, id), contact.MemberOfKey(l.r.dir.ID, id, l.group))
}

// storedMember decodes what is stored beside a member's id.
func storedMember(e stream.Entry) (resource.Value, error) {
	if len(e.Value) == 0 {
		return resource.Value{}, nil
	}
	v, err := resource.Parse(e.Value, resource.Limits{})
	if err != nil {
		return resource.Value{}, fmt.Errorf("%w: %w", stream.ErrCorrupt, err)
	}
	return v, nil
}
