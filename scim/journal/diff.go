package journal

import (
	"math"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A ChangeKind says what happened to an attribute.
type ChangeKind uint8

// The kinds of change.
const (
	Added ChangeKind = iota
	Changed
	Removed
)

// String returns "added", "changed" or "removed".
func (k ChangeKind) String() string {
	switch k {
	case Added:
		return "added"
	case Changed:
		return "changed"
	default:
		return "removed"
	}
}

// A Change is an attribute that a request changed, never its value.
type Change struct {
	Kind  ChangeKind
	Count int32  // of members that came or went; 0 for everything else
	Path  string // `name.givenName`, `phoneNumbers[type eq "work"].value`
}

// Diff returns the attributes in which two resources differ, the first fifty of
// them. before and after are trees in the shape that Type.Conform returns; null stands
// for a resource that does not exist.
//
//	userName  name.givenName  emails[type eq "work"].value  URN:department
//
// A whole attribute or element that came or went is named as such, and not each
// part of it. Elements are told apart by their type, which is shown if it is one
// that the schema suggests; others look alike. Names that clients made up are
// shown only if they have the shape of a name. What the trees share is not
// looked at.
func Diff(t *schema.Type, before, after resource.Value) []Change {
	var d differ
	if before.IsNull() {
		const more = 4 // elements and attributes of extensions
		d.changes = make([]Change, 0, min(after.Len()+more, maxChanges))
	}
	for name, v := range after.All() {
		d.member(t, name, before.Get(name), v)
	}
	for name, v := range before.All() {
		if _, kept := after.Lookup(name); !kept {
			d.member(t, name, v, resource.Value{})
		}
	}
	return d.changes
}

// Members returns what is to be said of a group whose member list grew and
// shrank by so many.
func Members(added, removed int) []Change {
	var list []Change
	if added > 0 {
		list = append(list, Change{Kind: Added, Path: "members", Count: count(added)})
	}
	if removed > 0 {
		list = append(list, Change{Kind: Removed, Path: "members", Count: count(removed)})
	}
	return list
}

func count(n int) int32 { return int32(min(n, math.MaxInt32)) }

// A differ gathers changes.
type differ struct{ changes []Change }

func (d *differ) add(kind ChangeKind, path string) {
	const some = 8
	if d.changes == nil {
		d.changes = make([]Change, 0, some)
	}
	if n := len(d.changes); n < maxChanges && (n == 0 || d.changes[n-1].Path != path || d.changes[n-1].Kind != kind) {
		d.changes = append(d.changes, Change{Kind: kind, Path: path})
	}
}

// member compares a member of the tree: a core attribute, or an extension.
func (d *differ) member(t *schema.Type, name string, before, after resource.Value) {
	if before.Equal(after) {
		return
	}
	if strings.IndexByte(name, ':') < 0 {
		d.attribute(t.Core, resource.SafeName(name), before, after)
		return
	}
	s := t.Extension(name)
	if s == nil {
		s = &schema.Schema{ID: resource.SafeName(name)}
	}
	for inner, v := range after.All() {
		if was := before.Get(inner); !was.Equal(v) {
			d.attribute(s, s.ID+":"+resource.SafeName(inner), was, v)
		}
	}
	for inner, v := range before.All() {
		if _, kept := after.Lookup(inner); !kept {
			d.attribute(s, s.ID+":"+resource.SafeName(inner), v, resource.Value{})
		}
	}
}

// attribute compares two values of an attribute of s that differ.
func (d *differ) attribute(s *schema.Schema, path string, before, after resource.Value) {
	switch {
	case before.Kind() == resource.Array || after.Kind() == resource.Array:
		d.elements(s.Attribute(path[strings.LastIndexByte(path, ':')+1:]), path, before, after)
	case before.IsNull():
		d.add(Added, path)
	case after.IsNull():
		d.add(Removed, path)
	case before.Kind() == resource.Object && after.Kind() == resource.Object:
		d.parts(path, before, after)
	default:
		d.add(Changed, path)
	}
}

// parts compares the parts of a complex value.
func (d *differ) parts(path string, before, after resource.Value) {
	for name, v := range after.All() {
		was, had := before.Lookup(name)
		switch {
		case !had:
			d.add(Added, path+"."+resource.SafeName(name))
		case !was.Equal(v):
			d.add(Changed, path+"."+resource.SafeName(name))
		}
	}
	for name := range before.All() {
		if _, kept := after.Lookup(name); !kept {
			d.add(Removed, path+"."+resource.SafeName(name))
		}
	}
}

// A kin is the elements of one type, before and after.
type kin struct {
	typ           string
	before, after []resource.Value
}

// maxKins bounds the types that are told apart in one list.
const maxKins = 16

// elements compares lists: elements of one type with each other.
func (d *differ) elements(a *schema.Attribute, path string, before, after resource.Value) {
	switch {
	case before.IsNull():
		for i := range length(after) {
			d.add(Added, typed(path, typeOf(a, element(after, i))))
		}
		return
	case after.IsNull():
		for i := range length(before) {
			d.add(Removed, typed(path, typeOf(a, element(before, i))))
		}
		return
	case before.Kind() != after.Kind():
		d.add(Changed, path)
		return
	}
	kins := make([]kin, 0, maxKins)
	for i := range length(after) {
		e := element(after, i)
		k := kinOf(&kins, typeOf(a, e))
		k.after = append(k.after, e)
	}
	for i := range length(before) {
		e := element(before, i)
		k := kinOf(&kins, typeOf(a, e))
		k.before = append(k.before, e)
	}
	for i := range kins {
		d.kin(path, &kins[i])
	}
}

// length is the number of elements of a value, which is one of its own unless
// it is a list.
func length(v resource.Value) int {
	if v.Kind() == resource.Array {
		return v.Len()
	}
	return 1
}

func element(v resource.Value, i int) resource.Value {
	if v.Kind() == resource.Array {
		return v.At(i)
	}
	return v
}

// kinOf returns the kin of a type. If there are too many, those without a type
// take in the rest.
func kinOf(kins *[]kin, typ string) *kin {
	if len(*kins) >= maxKins-1 && typ != "" && !hasKin(*kins, typ) {
		typ = ""
	}
	for i := range *kins {
		if (*kins)[i].typ == typ {
			return &(*kins)[i]
		}
	}
	*kins = append(*kins, kin{typ: typ})
	return &(*kins)[len(*kins)-1]
}

func hasKin(kins []kin, typ string) bool {
	for i := range kins {
		if kins[i].typ == typ {
			return true
		}
	}
	return false
}

func (d *differ) kin(path string, k *kin) {
	switch {
	case len(k.before) == 0:
		d.add(Added, typed(path, k.typ))
	case len(k.after) == 0:
		d.add(Removed, typed(path, k.typ))
	case len(k.before) == 1 && len(k.after) == 1:
		before, after := k.before[0], k.after[0]
		switch {
		case before.Equal(after):
		case before.Kind() == resource.Object && after.Kind() == resource.Object:
			d.parts(typed(path, k.typ), before, after)
		default:
			d.add(Changed, typed(path, k.typ))
		}
	case !slices.EqualFunc(k.before, k.after, resource.Value.Equal):
		d.add(Changed, typed(path, k.typ))
	}
}

// hiddenType stands for a type that no schema suggests.
const hiddenType = "…"

// typed returns path with the type of an element.
func typed(path, typ string) string {
	if typ == "" {
		return path
	}
	return path + `[type eq "` + typ + `"]`
}

// typeOf returns the type of an element as far as it can be shown: a canonical
// value of the schema, also with a number behind it; hiddenType for another, ""
// for none.
func typeOf(a *schema.Attribute, e resource.Value) string {
	if a == nil {
		return ""
	}
	s := a.SubAttribute("type")
	if s == nil {
		return ""
	}
	typ := e.Get(s.Name).Text()
	if typ == "" || isCanonical(s, typ) {
		return typ
	}
	return hiddenType
}

// isCanonical tells whether text is one of the values that an attribute
// suggests, in any case, with at most two digits behind it.
func isCanonical(a *schema.Attribute, text string) bool {
	const digits, longest = "0123456789", 2
	bare := strings.TrimRight(text, digits)
	if len(text)-len(bare) > longest {
		return false
	}
	for _, c := range a.CanonicalValues {
		if resource.EqualName(c, text) || resource.EqualName(c, bare) {
			return true
		}
	}
	return false
}
