package journal

import (
	"errors"
	"slices"
	"strings"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/patch"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// Resend returns how many attributes of a resource that was posted or put a
// provider would send again, because it compares what it has with what it reads
// back, verbatim: those that were passed over, and those that read back
// otherwise. body is what the client sent, stored the tree that came of it, in
// the shape that Type.Conform returns. A well-behaved provider gets 0.
//
// What is only spelled otherwise does not count: "True" for true, a string for an
// object with that value, one value for a list of one, empty for absent, names in
// another case. Nor does what no provider reads back: passwords, ids, meta,
// schemas, groups and, since they are not part of the tree, members.
func Resend(t *schema.Type, body, stored resource.Value) int {
	c := comparer{t: t, stored: stored}
	for name, v := range body.All() {
		was, ok := stored.Lookup(name)
		if ok && was.Equal(v) || !ok && (name == "schemas" || name == "meta" || v.IsUnassigned() && isPlain(name)) {
			continue // most often, and so without a look at the schema
		}
		c.sent(name, v)
	}
	return c.count
}

// isPlain tells whether a name has neither URN nor part.
func isPlain(name string) bool {
	return strings.IndexByte(name, ':') < 0 && strings.IndexByte(name, '.') < 0
}

// ResendPatch returns the same of the operations of a PATCH. What a later
// operation overwrites does not count.
func ResendPatch(t *schema.Type, ops []patch.Operation, stored resource.Value) int {
	c := comparer{t: t, stored: stored}
	for _, op := range slices.Backward(ops) {
		if !filter.IsBlank(op.Path) {
			c.operation(op.Op, op.Path, op.Value)
		} else {
			for name, v := range op.Value.All() {
				c.operation(op.Op, name, v)
			}
		}
	}
	return c.count
}

// A comparer counts attributes whose sent values are not those stored.
type comparer struct {
	t      *schema.Type
	stored resource.Value
	later  []string // paths, in lower case, that operations behind the one at work wrote
	count  int
}

// maxLater bounds the paths that are remembered. Nobody sends more in one
// request but members, which are not counted.
const maxLater = 200

// operation compares what one operation wrote.
func (c *comparer) operation(op patch.Op, name string, v resource.Value) {
	path, err := filter.ParsePath(name, c.t, filter.Options{})
	if err != nil {
		c.unknown(err, v)
		return
	}
	if path.Attr != nil && path.Attr.Detached || c.overwritten(resource.LowerName(strings.TrimSpace(name))) {
		return
	}
	switch {
	case op == patch.Add && v.IsUnassigned():
	case path.Attr == nil && op != patch.Remove && v.Kind() == resource.Object:
		c.extension(path.Ref, v)
	case path.Attr == nil || !readBack(path.Ref):
	case op == patch.Remove:
		c.removed(path, v)
	case path.Elements != nil:
		c.selected(path, v)
	default:
		c.attribute(path.Ref, v)
	}
}

// overwritten reports whether an operation behind wrote the path, or what it is
// a part of, and remembers it else.
func (c *comparer) overwritten(path string) bool {
	for _, l := range c.later {
		if strings.HasPrefix(path, l) && (len(path) == len(l) || strings.IndexByte(".[:", path[len(l)]) >= 0) {
			return true
		}
	}
	if len(c.later) < maxLater {
		c.later = append(c.later, path)
	}
	return false
}

// unknown counts an attribute that nobody knows, if it was to have a value.
func (c *comparer) unknown(err error, v resource.Value) {
	if errors.Is(err, schema.ErrUnknownAttribute) && !schema.IsBlank(v) {
		c.count++
	}
}

// sent compares a member of a resource.
func (c *comparer) sent(name string, v resource.Value) {
	ref, err := c.t.Resolve(name)
	switch {
	case err != nil:
		c.unknown(err, v)
	case ref.Attr == nil:
		c.extension(ref, v)
	default:
		c.attribute(ref, v)
	}
}

// extension compares the object under a schema's URN.
func (c *comparer) extension(ref schema.Ref, v resource.Value) {
	for name, m := range v.All() {
		inner, err := c.t.Within(ref, name)
		if err != nil {
			c.unknown(err, m)
			continue
		}
		c.attribute(inner, m)
	}
}

// readBack reports whether a provider reads what it writes there.
func readBack(r schema.Ref) bool {
	return schema.Writable(r.Attr) && schema.Writable(r.Leaf())
}

// get returns what is stored of an attribute.
func (c *comparer) get(r schema.Ref) resource.Value {
	if r.InExtension() {
		return c.stored.Get(r.Schema.ID).Get(r.Attr.Name)
	}
	return c.stored.Get(r.Attr.Name)
}

// attribute compares an attribute, or the part of one that r names.
func (c *comparer) attribute(r schema.Ref, v resource.Value) {
	if !readBack(r) || r.Attr.Detached {
		return
	}
	stored := c.get(r)
	switch {
	case r.Sub == nil && r.Attr.MultiValued:
		c.list(r.Attr, v, stored)
	case r.Sub == nil:
		c.single(r.Attr, v, stored)
	case !r.Attr.MultiValued:
		c.single(r.Sub, v, stored.Get(r.Sub.Name))
	case !someElement(stored, func(e resource.Value) bool { return readsBack(r.Sub, v, e.Get(r.Sub.Name)) }) && !schema.IsBlank(v):
		c.count++
	}
}

// single compares one value: each part of a complex one.
func (c *comparer) single(a *schema.Attribute, v, stored resource.Value) {
	if v.Kind() == resource.Array && v.Len() == 1 {
		v = v.At(0)
	}
	if a.Type != schema.Complex || v.Kind() != resource.Object {
		if !readsBack(a, v, stored) {
			c.count++
		}
		return
	}
	for name, m := range v.All() {
		switch s := a.SubAttribute(name); {
		case s == nil:
			if !schema.IsBlank(m) {
				c.count++
			}
		case schema.Writable(s) && !isEcho(s) && !readsBack(s, m, stored.Get(s.Name)):
			c.count++
		}
	}
}

// isEcho tells whether a part is only said along with a reference: providers
// send it and do not compare it.
func isEcho(s *schema.Attribute) bool { return s.Name == "$ref" || s.Name == "display" }

// list compares the elements that were sent with those stored.
func (c *comparer) list(a *schema.Attribute, v, stored resource.Value) {
	if v.IsUnassigned() {
		if !stored.IsUnassigned() {
			c.count++
		}
		return
	}
	for i := range length(v) {
		e := element(v, i)
		if !blankElement(a, e) && !someElement(stored, func(s resource.Value) bool { return elementReadsBack(a, e, s) }) {
			c.count++
		}
	}
}

// blankElement tells whether an element says nothing that could be kept.
func blankElement(a *schema.Attribute, e resource.Value) bool {
	if e.Kind() != resource.Object {
		return schema.IsBlank(e)
	}
	if value, ok := e.Lookup("value"); ok && a.Value() != nil {
		return schema.IsBlank(value)
	}
	for _, m := range e.All() {
		if !schema.IsBlank(m) {
			return false
		}
	}
	return true
}

// elementReadsBack tells whether s is e as it was sent.
func elementReadsBack(a *schema.Attribute, e, s resource.Value) bool {
	if e.Kind() != resource.Object || a.Type != schema.Complex {
		return readsBack(a, e, s)
	}
	for name, m := range e.All() {
		sub := a.SubAttribute(name)
		if sub == nil {
			if !schema.IsBlank(m) {
				return false
			}
			continue
		}
		if schema.Writable(sub) && !isEcho(sub) && !readsBack(sub, m, s.Get(sub.Name)) {
			return false
		}
	}
	return true
}

// selected compares what was written to the elements that a filter means. If it
// means none any more, because its own terms were overwritten, any will do.
func (c *comparer) selected(path filter.Path, v resource.Value) {
	stored := c.get(path.Ref)
	if v.Kind() == resource.Array && v.Len() == 1 {
		v = v.At(0)
	}
	same := func(e resource.Value) bool {
		if path.Sub != nil {
			return readsBack(path.Sub, v, e.Get(path.Sub.Name))
		}
		return elementReadsBack(path.Attr, v, e)
	}
	switch {
	case schema.IsBlank(v):
		c.removed(path, v)
	case someElement(stored, path.Elements.Match):
		if !someElement(stored, func(e resource.Value) bool { return path.Elements.Match(e) && same(e) }) {
			c.count++
		}
	case !someElement(stored, same):
		c.count++
	}
}

// removed compares what was to be taken away.
func (c *comparer) removed(path filter.Path, v resource.Value) {
	stored := c.get(path.Ref)
	left := false
	switch {
	case path.Elements != nil:
		left = someElement(stored, func(e resource.Value) bool {
			return path.Elements.Match(e) && (path.Sub == nil || !e.Get(path.Sub.Name).IsUnassigned())
		})
	case path.Attr.MultiValued && v.Kind() != resource.Null && path.Sub == nil:
		for i := range length(v) {
			e := element(v, i)
			left = left || !schema.IsBlank(e) && someElement(stored, func(s resource.Value) bool { return elementReadsBack(path.Attr, e, s) })
		}
	case path.Sub != nil:
		left = someElement(stored, func(e resource.Value) bool { return !e.Get(path.Sub.Name).IsUnassigned() })
	default:
		left = !stored.IsUnassigned()
	}
	if left {
		c.count++
	}
}

// someElement tells whether is holds for an element of a list, or for a value
// that is no list.
func someElement(list resource.Value, is func(resource.Value) bool) bool {
	if list.IsNull() {
		return false
	}
	for i := range length(list) {
		if is(element(list, i)) {
			return true
		}
	}
	return false
}

// readsBack tells whether a value that was sent is what is stored, but for
// spellings that mean the same.
func readsBack(a *schema.Attribute, sent, stored resource.Value) bool {
	switch {
	case sent.Equal(stored):
		return true
	case schema.IsBlank(sent):
		return schema.IsBlank(stored)
	case sent.Kind() == resource.Array && sent.Len() == 1 && stored.Kind() != resource.Array:
		return readsBack(a, sent.At(0), stored)
	case sent.Kind() == resource.String && stored.Kind() == resource.Boolean:
		return resource.EqualName(sent.Text(), "true") == stored.Bool()
	case a.Type == schema.Complex && sent.Kind() == resource.String && stored.Kind() == resource.Object:
		return a.Value() != nil && stored.Get("value").Equal(sent)
	}
	return false
}
