package scim

import (
	"net/http"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
)

// A naming is what an operation may do to the names of its kind.
type naming uint8

const (
	keepsNames naming = iota
	claimsName        // takes one, known beforehand
	freesNames        // gives one back
	movesNames        // takes any and gives any back
)

// setNaming finds out what the operation may do to names. It is called when
// everything before it that changes the same resource is done.
func (op *operation) setNaming(r *request) {
	op.naming = keepsNames
	if op.err != nil || op.kind == nil {
		return
	}
	name := op.call.data.Get(op.kind.name)
	switch op.method {
	case http.MethodDelete:
		op.naming = freesNames
	case http.MethodPatch:
		if mentions(op.call.data, op.kind.name) {
			op.naming = movesNames
		}
	case http.MethodPost:
		op.naming, op.claim = claimsName, op.kind.claim(r.dir.ID, name.Text())
		if name.Kind() != resource.String {
			op.naming = movesNames // it may be spelled in another way
		}
	case http.MethodPut:
		if name.Kind() != resource.String || !r.holds(op.kind, op.id, name.Text()) {
			op.naming = movesNames
		}
	}
}

// holds tells whether a resource has a name.
func (r *request) holds(k *kind, id contact.ID, name string) bool {
	view, err := r.service.cfg.Log.View()
	if err != nil {
		return false
	}
	defer view.Close() //nolint:errcheck // a view that was only read
	e, err := view.Get(r.tenant, k.claim(r.dir.ID, name))
	return err == nil && string(e.Value) == string(id)
}

// mentions tells whether a PATCH may change an attribute: whether a name or a
// path in it contains the attribute's.
func mentions(v resource.Value, attribute string) bool {
	has := func(text string) bool {
		return strings.Contains(resource.LowerName(text), resource.LowerName(attribute))
	}
	for e := range v.Elems() {
		if mentions(e, attribute) {
			return true
		}
	}
	for name, m := range v.All() {
		if has(name) || resource.EqualName(name, "path") && has(m.Text()) || mentions(m, attribute) {
			return true
		}
	}
	return false
}
