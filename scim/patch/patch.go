// Package patch is SCIM's language for changing a resource: the operations of
// RFC 7644 section 3.5.2, in the dialects that identity providers speak.
//
// It owns reading a PATCH body into operations and applying them to a resource
// tree as one pure function: either all operations or none. It refuses, with a
// *schema.Error that names operation and attribute, what is against the schema;
// what a dialect merely spells its own way it understands. Members of groups are
// not in the tree and may be many: operations on them are handed back as they
// are, for the caller to apply to its edges.
//
// Package scim calls it for every PATCH. It does no I/O and starts no goroutine.
package patch

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// A Policy decides what identity providers disagree about. The zero Policy is
// the tolerant one.
type Policy struct {
	schema.Policy

	// StrictTargets refuses, with noTarget, to replace or remove elements if a
	// path's filter means none. Else replacing creates the element that the
	// filter describes, and removing changes nothing.
	StrictTargets bool
	// StrictPaths reads paths by RFC 7644's grammar only, which has no
	// typographic quotes and no strings without quotes.
	StrictPaths bool
}

// A Note explains to an administrator what an operation did beyond, or short of,
// what it says. It holds no value that the client sent.
type Note struct {
	Operation int    // index of the operation, counting from 0
	Path      string // of the attribute; may be empty
	Detail    string // "created the element that the filter describes"
}

// maxNotes bounds the notes about one request.
const maxNotes = 100

// A Result is what operations come to.
type Result struct {
	Resource resource.Value // the tree as it is to be stored
	Changed  bool           // whether Resource differs from what was given
	Members  []MemberOp     // what to do to a group's members, in this order
	Notes    []Note         // the first hundred
}

// Apply applies ops in their order to res, a tree in the shape that Type.Conform
// returns, and returns the outcome. Nothing of a refused request is applied. The
// errors are *schema.Error:
//
//   - InvalidPath: a path that is none, or under RejectUnknown leads nowhere
//   - InvalidValue: a value that does not fit, or that empties a required attribute
//   - NotMutable: a path to a read-only attribute, or the removal of a required one
//   - NoTarget: a removal without path, or a filter that means no element
//   - TooMany: more elements than an attribute may have
//
// res is not changed; Resource shares with it what stayed the same.
func Apply(t *schema.Type, res resource.Value, ops []Operation, p Policy) (Result, error) {
	if res.Kind() != resource.Object {
		res = resource.OfObject()
	}
	a := applier{t: t, policy: p, conform: schema.Conformer{Policy: p.Policy}, doc: res}
	for i, op := range ops {
		a.index, a.op = i, op.Op
		if err := a.apply(op); err != nil {
			return Result{}, located(i, err)
		}
	}
	a.doc = t.Collapse(a.doc)
	if err := check(t, res, a.doc); err != nil {
		return Result{}, err
	}
	if err := t.CheckImmutable(res, a.doc); err != nil {
		return Result{}, err
	}
	return Result{Resource: a.doc, Changed: !a.doc.Equal(res), Members: a.members, Notes: a.notes}, nil
}

// check checks the outcome of operations. What an extension asks for that it did
// not ask for when the resource was written is no obstacle: a resource that
// lacked it before may go on without, or nobody could deactivate its user.
func check(t *schema.Type, before, after resource.Value) error {
	err := t.Check(after)
	now, ok := errors.AsType[*schema.Error](err)
	if !ok || t.Extension(now.Path) == nil && t.Extension(extensionOf(now.Path)) == nil {
		return err
	}
	if was, ok := errors.AsType[*schema.Error](t.Check(before)); ok && *was == *now {
		return nil
	}
	return err
}

// extensionOf returns the URN that the path of an extension's attribute begins
// with, or "".
func extensionOf(path string) string {
	return path[:max(0, strings.LastIndexByte(path, ':'))]
}

// located says in err which operation it is about.
func located(index int, err error) error {
	e, ok := errors.AsType[*schema.Error](err)
	if !ok {
		return err
	}
	return &schema.Error{
		ScimType: e.ScimType, Path: e.Path, Err: e.Err,
		Detail: fmt.Sprintf("%s (Operations[%d])", e.Detail, index),
	}
}
