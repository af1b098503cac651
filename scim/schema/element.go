package schema

import (
	"slices"

	"github.com/ringdex/ringdex/scim/resource"
)

// Merge returns the elements of list and after them those of more that are new.
// An element of the same type and value as an earlier one does not come twice:
// what else it says is added to the earlier one (RFC 7643 section 2.4 wants no
// such pair twice). Elements without a value are the same if they are Equal.
// All elements are in the shape that a Conformer returns. list is not changed.
func Merge(a *Attribute, list, more []resource.Value) []resource.Value {
	merged := append(make([]resource.Value, 0, len(list)+len(more)), list...)
	seen := make(map[string]int, len(merged))
	for i, e := range merged {
		seen[identity(a, e)] = i
	}
	for _, e := range more {
		id := identity(a, e)
		if i, ok := seen[id]; ok {
			merged[i] = overlay(merged[i], e)
			continue
		}
		seen[id] = len(merged)
		merged = append(merged, e)
	}
	return merged
}

// Collapse returns v, a tree in the shape that Conform returns, with elements
// that have become the same merged into one.
func (t *Type) Collapse(v resource.Value) resource.Value {
	v = collapse(t.Core, v)
	for _, e := range t.Extensions {
		if held, ok := v.Lookup(e.Schema.ID); ok {
			if unique := collapse(e.Schema, held); !unique.Equal(held) {
				v = v.Set(e.Schema.ID, unique)
			}
		}
	}
	return v
}

func collapse(s *Schema, v resource.Value) resource.Value {
	for _, a := range s.Attributes {
		elems := v.Get(a.Name)
		if !a.MultiValued || a.Detached || elems.Len() < 2 {
			continue
		}
		if unique := Merge(a, nil, slices.Collect(elems.Elems())); len(unique) < elems.Len() {
			v = v.Set(a.Name, resource.OfArray(unique...))
		}
	}
	return v
}

// Same reports whether Merge holds two elements for the same.
func Same(a *Attribute, x, y resource.Value) bool { return identity(a, x) == identity(a, y) }

// overlay returns old with the members of e set.
func overlay(old, e resource.Value) resource.Value {
	for name, m := range e.All() {
		if !old.Get(name).Equal(m) {
			old = old.Set(name, m)
		}
	}
	return old
}

// identity returns a text that is the same for elements that are the same.
func identity(a *Attribute, e resource.Value) string {
	value, ok := e.Lookup("value")
	if !ok || a.SubAttribute("type") == nil {
		return string(e.Sorted().Append(nil))
	}
	return "=" + FoldName(e.Get("type").Text()) + "\x00" + value.Text()
}
