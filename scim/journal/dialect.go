package journal

import (
	"slices"
	"strings"

	"github.com/ringdex/ringdex/scim/resource"
)

// A Dialect is a way of speaking SCIM that identity providers have.
type Dialect uint8

// The dialects. Unknown is that of a request which says nothing about it, such
// as most GETs; Generic that of a write without any vendor's traits.
const (
	Unknown      Dialect = iota
	Generic              // what RFC 7644 shows
	Entra                // Entra ID as custom applications get it: "Replace", "True", members removed by value
	EntraOptSCIM         // Entra ID with aadOptscim062020: lower case, one operation without a path
	Okta                 // PUT of what was read, operations without a path, application/json
	OneLogin             // SCIM 1 URNs, an object where a list belongs
	dialectCount
)

//nolint:gochecknoglobals // read-only table
var dialectNames = [dialectCount]string{"", "generic", "entra", "entra-optscim", "okta", "onelogin"}

// String returns the dialect's name, "entra-optscim", or "" for Unknown.
func (d Dialect) String() string {
	if d < dialectCount {
		return dialectNames[d]
	}
	return ""
}

// Dialects lists the names of all dialects but Unknown.
func Dialects() []string { return slices.Clone(dialectNames[Generic:]) }

// ParseDialect returns the dialect of that name and whether there is one.
func ParseDialect(name string) (Dialect, bool) {
	for d, n := range dialectNames {
		if n == name && n != "" {
			return Dialect(d), true
		}
	}
	return Unknown, false
}

// Traits are peculiarities of a request, as a set of bits.
type Traits uint32

// The traits.
const (
	CapitalOperations Traits = 1 << iota
	StringBooleans
	MembersByValue
	NullReferences
	WithoutPath
	DottedNames
	IDInValue
	FilterPaths
	EmptyToClear
	PutEcho
	SCIM1Schemas
	ObjectForList
	MicrosoftSchema
	MetaInCreate
	Password
	NullAttributes
	JSONInValue
	OptSCIMFlag
	PlainJSON
	traitEnd
)

//nolint:gochecknoglobals // read-only table
var traitNames = [...]string{
	"capital operations",
	"string booleans",
	"members removed by value",
	"null references",
	"operations without path",
	"dotted names",
	"id in value",
	"filter paths",
	"empty string to clear",
	"put of what was read",
	"SCIM 1 schemas",
	"object for a list",
	"Microsoft group schema",
	"meta in create",
	"password",
	"null attributes",
	"JSON in a value",
	"aadOptscim062020",
	"application/json",
}

// Strings returns the names of the traits, nil for none.
func (t Traits) Strings() []string {
	var names []string
	for i, name := range traitNames {
		if t&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// has tells whether t has some of those traits.
func (t Traits) has(some Traits) bool { return t&some != 0 }

// A Request is what Recognize looks at.
type Request struct {
	Method      string
	UserAgent   string
	ContentType string
	OptSCIM     bool           // the query has aadOptscim062020, which an administrator puts into the tenant URL
	Body        resource.Value // as the client sent it; null if there is none
}

// Recognize returns the dialect of a request and the traits that show it. It
// looks at structure and at the spelling of keywords and booleans, at no other
// value; at the first hundred operations and at the first element of a list.
func Recognize(r Request) (Dialect, Traits) {
	var t Traits
	if r.OptSCIM {
		t |= OptSCIMFlag
	}
	if r.Body.Kind() == resource.Object {
		if len(r.ContentType) >= len(plainJSON) && strings.EqualFold(r.ContentType[:len(plainJSON)], plainJSON) {
			t |= PlainJSON
		}
		if ops, ok := r.Body.Lookup("Operations"); ok {
			t |= traitsOfPatch(ops)
		} else {
			t |= traitsOfResource(r.Method, r.Body)
		}
	}
	return dialectOf(r, t), t
}

const plainJSON = "application/json"

// dialectOf decides. A client that says who it is, is believed; after that
// counts what only one of them does.
func dialectOf(r Request, t Traits) Dialect {
	switch {
	case containsFold(r.UserAgent, "okta"):
		return Okta
	case containsFold(r.UserAgent, "onelogin"):
		return OneLogin
	case t.has(OptSCIMFlag):
		return EntraOptSCIM
	case t.has(SCIM1Schemas | ObjectForList):
		return OneLogin
	case t.has(CapitalOperations | NullReferences | MicrosoftSchema):
		return Entra
	case t.has(DottedNames):
		return EntraOptSCIM
	case t.has(PutEcho | IDInValue), t.has(Password) && t.has(PlainJSON), t.has(WithoutPath) && t.has(PlainJSON):
		return Okta
	case t.has(MetaInCreate | MembersByValue):
		return Entra
	case r.Body.IsNull():
		return Unknown
	}
	return Generic
}

// containsFold tells whether s has part, which is in lower case, in any case.
func containsFold(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if resource.EqualName(s[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// traitsOfPatch looks at the operations of a PATCH.
func traitsOfPatch(ops resource.Value) Traits {
	const most = 100
	if ops.Kind() == resource.Object {
		ops = resource.OfArray(ops)
	}
	var t Traits
	for i := range min(ops.Len(), most) {
		t |= traitsOfOperation(ops.At(i))
	}
	return t
}

func traitsOfOperation(op resource.Value) Traits {
	var t Traits
	verb, path, value := op.Get("op").Text(), op.Get("path").Text(), op.Get("value")
	if verb != "" && verb[0] >= 'A' && verb[0] <= 'Z' {
		t |= CapitalOperations
	}
	switch {
	case path == "" && value.Kind() == resource.Object:
		t |= WithoutPath | traitsOfValues(value)
	case strings.IndexByte(path, '[') >= 0:
		t |= FilterPaths
	}
	if resource.EqualName(path, "members") && value.Kind() == resource.Array && value.Len() > 0 {
		if resource.EqualName(verb, "remove") {
			t |= MembersByValue
		}
		if ref, ok := value.At(0).Lookup("$ref"); ok && ref.IsNull() {
			t |= NullReferences
		}
	}
	if value.Kind() == resource.String {
		t |= traitsOfText(path, value.Text())
	}
	return t
}

// traitsOfText looks at a string that is the value of an attribute.
func traitsOfText(name, text string) Traits {
	switch {
	case text == "":
		return EmptyToClear
	case isBoolean(name) && (resource.EqualName(text, "true") || resource.EqualName(text, "false")):
		return StringBooleans
	}
	return 0
}

// isBoolean tells whether a path ends with the name of a boolean.
func isBoolean(path string) bool {
	name := path[strings.LastIndexAny(path, ".:")+1:]
	return resource.EqualName(name, "active") || resource.EqualName(name, "primary")
}

// traitsOfValues looks at the attributes in the value of an operation without
// path.
func traitsOfValues(value resource.Value) Traits {
	var t Traits
	for name, v := range value.All() {
		qualified := strings.IndexByte(name, ':') >= 0
		switch {
		case resource.EqualName(name, "id"):
			t |= IDInValue
		case !qualified && strings.IndexByte(name, '.') >= 0, qualified && v.Kind() != resource.Object:
			t |= DottedNames
		}
		if v.Kind() == resource.String {
			t |= traitsOfText(name, v.Text())
		}
	}
	return t
}

// traitsOfResource looks at a resource that was posted or put.
func traitsOfResource(method string, body resource.Value) Traits {
	t := traitsOfSchemas(body.Get("schemas"))
	for name, v := range body.All() {
		switch {
		case v.IsNull():
			t |= NullAttributes
		case v.Kind() == resource.Array:
			t |= traitsOfElement(v.At(0))
		case v.Kind() == resource.String:
			t |= traitsOfText(name, v.Text()) &^ EmptyToClear
			if resource.EqualName(name, "password") {
				t |= Password
			}
		case v.Kind() == resource.Object && isList(name):
			t |= ObjectForList
		case method == "POST" && resource.EqualName(name, "meta"):
			t |= MetaInCreate
		}
	}
	if _, has := body.Lookup("id"); has && method == "PUT" && body.Get("meta").Kind() == resource.Object {
		t |= PutEcho
	}
	return t
}

// isList tells whether an attribute that clients send as an object is a list.
func isList(name string) bool {
	return resource.EqualName(name, "emails") || resource.EqualName(name, "phoneNumbers") || resource.EqualName(name, "addresses")
}

// traitsOfElement looks at an element of a list.
func traitsOfElement(e resource.Value) Traits {
	var t Traits
	if p := e.Get("primary"); p.Kind() == resource.String {
		t |= traitsOfText("primary", p.Text()) &^ EmptyToClear
	}
	if text := e.Get("value").Text(); strings.HasPrefix(text, `{"`) {
		t |= JSONInValue
	}
	return t
}

func traitsOfSchemas(schemas resource.Value) Traits {
	const (
		scim1     = "urn:scim:schemas:"
		microsoft = "http://schemas.microsoft.com/"
		most      = 10
	)
	var t Traits
	for i := range min(schemas.Len(), most) {
		urn := schemas.At(i).Text()
		if len(urn) >= len(scim1) && resource.EqualName(urn[:len(scim1)], scim1) {
			t |= SCIM1Schemas
		}
		if strings.HasPrefix(urn, microsoft) {
			t |= MicrosoftSchema
		}
	}
	return t
}
