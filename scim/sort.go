package scim

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ringdex/ringdex/scim/filter"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// An order is how a list is sorted (RFC 7644 section 3.4.2.3).
type order struct {
	by         []schema.Ref // of each kind; Attr is nil where there is none of that name
	descending bool
	name       string // that the references have in common, for the scope of cursors
}

// orderOf reads sortBy and sortOrder. It returns nil for the order of creation.
// An attribute that a kind does not have is one without data, like one that a
// resource does not have, and so its resources stay in the order of creation.
func orderOf(kinds []*kind, by, direction string) (*order, error) {
	by = strings.TrimSpace(by)
	if by == "" {
		return nil, nil //nolint:nilnil // no order is an answer here
	}
	o := &order{name: resource.LowerName(by)}
	switch direction = strings.TrimSpace(direction); {
	case direction == "", strings.EqualFold(direction, "ascending"):
	case strings.EqualFold(direction, "descending"):
		o.descending = true
	default:
		return nil, invalidValue("sortOrder", "must be ascending or descending")
	}
	for _, k := range kinds {
		ref, err := k.typ.Resolve(by)
		if err != nil || ref.Attr == nil || ref.Attr.Name == k.edges {
			ref = schema.Ref{}
		}
		o.by = append(o.by, ref)
	}
	return o, nil
}

// maxSortBytes bounds what is kept of a value while a list is sorted. Longer
// values that begin alike stay in the order of creation.
const maxSortBytes = 256

// absent sorts behind every value.
const absent = "\xff"

// sortKey returns a text that sorts as an object's value does.
func (r *request) sortKey(k *kind, o *object, ref schema.Ref) string {
	switch {
	case ref.Attr == nil:
		return absent
	case ref.Attr.Name == "meta" && ref.Sub != nil && ref.Sub.Type == schema.DateTime: // more exactly than it is shown
		at := o.at.Time
		if ref.Sub.Name == "created" {
			at = o.created
		}
		return "t" + ordered(timeBits(at))
	}
	v, leaf := r.sorted(k, o, ref)
	switch v.Kind() {
	case resource.Boolean:
		if v.Bool() {
			return "b1"
		}
		return "b0"
	case resource.Number:
		n, _ := strconv.ParseFloat(v.Text(), 64) // beyond its range an infinity
		return "n" + ordered(floatBits(n))
	case resource.String:
		if t, ok := schema.ParseDateTime(v.Text()); ok && leaf.Type == schema.DateTime {
			return "t" + ordered(timeBits(t))
		}
		text := filter.Fold(leaf, v.Text())
		return "s" + text[:min(len(text), maxSortBytes)]
	}
	return absent
}

// sorted returns the value by which an object is sorted, and its definition.
func (r *request) sorted(k *kind, o *object, ref schema.Ref) (resource.Value, *schema.Attribute) {
	v, leaf := r.attribute(k, o, ref), ref.Attr
	if v.Kind() == resource.Array {
		v = primary(v)
	}
	if ref.Sub != nil {
		v, leaf = v.Get(ref.Sub.Name), ref.Sub
	} else if v.Kind() == resource.Object {
		v, leaf = standIn(v, leaf)
	}
	if v.Kind() == resource.Array {
		v = v.At(0)
	}
	return v, leaf
}

// primary returns the element of an array that is marked as primary, or the
// first.
func primary(v resource.Value) resource.Value {
	for e := range v.Elems() {
		if e.Get("primary").Bool() {
			return e
		}
	}
	return v.At(0)
}

// standIn returns the part by which a complex attribute is sorted that was named
// without one: its value, or of a name what a telephone book goes by.
func standIn(v resource.Value, a *schema.Attribute) (resource.Value, *schema.Attribute) {
	if part := a.Value(); part != nil {
		return v.Get(part.Name), part
	}
	var names []string
	for _, name := range []string{"familyName", "givenName"} {
		if text := v.Get(name).Text(); text != "" {
			names = append(names, text)
		}
	}
	if len(names) > 0 {
		return resource.OfString(strings.Join(names, " ")), a
	}
	return v.Get("formatted"), a
}

// attribute returns an attribute of an object, also one that is not stored in
// its tree.
func (r *request) attribute(k *kind, o *object, ref schema.Ref) resource.Value {
	switch {
	case ref.InExtension():
		return o.tree.Get(ref.Schema.ID).Get(ref.Attr.Name)
	case ref.Attr.Name == "schemas":
		return k.typ.Schemas(o.tree)
	}
	if v, ok := o.tree.Lookup(ref.Attr.Name); ok {
		return v
	}
	return r.outside(k, o, ref.Attr)
}

// outside returns what an object's tree does not hold but for its edges: id and
// meta.
func (r *request) outside(k *kind, o *object, a *schema.Attribute) resource.Value {
	switch a.Name {
	case "id":
		return resource.OfString(string(o.id))
	case "meta":
		return r.meta(k, o)
	}
	return resource.Value{}
}

// timeBits returns bits that are ordered as instants are, to the microsecond.
func timeBits(t time.Time) uint64 { return uint64(t.UnixMicro()) ^ 1<<63 }

// floatBits returns bits that are ordered as numbers are.
func floatBits(f float64) uint64 {
	if f == 0 {
		f = 0 // of the two zeros the one without a sign
	}
	bits := math.Float64bits(f)
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// ordered returns a text that sorts as n does.
func ordered(n uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return string(b[:])
}
