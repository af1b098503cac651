package patch

import (
	"fmt"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// MaxOperations is the number of operations that a request may have.
const MaxOperations = 1000

// URN is the schema of a PATCH body.
const URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// An Op is what an operation does.
type Op string

// The operations, as they are spelled in notes.
const (
	Add     Op = "add"
	Remove  Op = "remove"
	Replace Op = "replace"
)

// An Operation is one element of a PATCH body's Operations.
type Operation struct {
	Op    Op
	Path  string         // as sent; empty if the value names the attributes
	Value resource.Value // null if absent
}

// ParseRequest reads the body of a PATCH request:
//
//	{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//	 "Operations":[{"op":"Replace","path":"active","value":"False"}]}
//
// Names and the values of op are read in any case, and schemas is not looked at,
// since some clients leave it out. It returns a *schema.Error with ScimType
// InvalidSyntax for any other structure, InvalidPath for a path that is no
// string, and TooMany beyond MaxOperations.
func ParseRequest(body resource.Value) ([]Operation, error) {
	list := body.Get("Operations")
	if list.Kind() == resource.Object {
		list = resource.OfArray(list)
	}
	switch {
	case body.Kind() != resource.Object:
		return nil, &schema.Error{ScimType: schema.InvalidSyntax, Detail: "the body must be a JSON object"}
	case list.Kind() != resource.Array || list.Len() == 0:
		return nil, &schema.Error{ScimType: schema.InvalidSyntax, Path: "Operations", Detail: "must be an array of at least one operation"}
	case list.Len() > MaxOperations:
		return nil, &schema.Error{ScimType: schema.TooMany, Path: "Operations", Detail: fmt.Sprintf("more than %d operations", MaxOperations)}
	}
	ops := make([]Operation, 0, list.Len())
	for v := range list.Elems() {
		op, err := parseOperation(v)
		if err != nil {
			return nil, located(len(ops), err)
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func parseOperation(v resource.Value) (Operation, error) {
	if v.Kind() != resource.Object {
		return Operation{}, &schema.Error{ScimType: schema.InvalidSyntax, Detail: "must be an object"}
	}
	op := Operation{
		Op:    Op(resource.LowerName(strings.TrimSpace(v.Get("op").Text()))),
		Path:  v.Get("path").Text(),
		Value: v.Get("value"),
	}
	switch op.Op {
	case Add, Remove, Replace:
	default:
		return Operation{}, &schema.Error{ScimType: schema.InvalidSyntax, Detail: "op must be add, remove or replace"}
	}
	if p := v.Get("path"); p.Kind() != resource.String && !p.IsNull() {
		return Operation{}, &schema.Error{ScimType: schema.InvalidPath, Detail: "path must be a string"}
	}
	return op, nil
}
