package schema

import "errors"

// A ScimType is the detail keyword of an error with status 400 or 409 (RFC 7644
// table 9).
type ScimType string

// The detail keywords that this package and its neighbours return.
const (
	InvalidFilter ScimType = "invalidFilter" // a filter's syntax, or an operator that its attribute has not
	InvalidPath   ScimType = "invalidPath"   // a PATCH path
	InvalidSyntax ScimType = "invalidSyntax" // the structure of a body
	InvalidValue  ScimType = "invalidValue"  // a value that is missing or does not fit its attribute
	NoTarget      ScimType = "noTarget"      // a PATCH path that leads to nothing
	TooMany       ScimType = "tooMany"       // more operations or values than allowed
	NotMutable    ScimType = "mutability"    // a change of what cannot be changed
)

// An Error is a refusal as SCIM reports it, always with status 400. It holds
// no value that the client sent, so that it may be logged.
type Error struct {
	ScimType ScimType
	Path     string // of the attribute, as schemas spell it: "name.givenName"; may be empty
	Detail   string // for people: "must be a string"
	Err      error  // a sentinel such as ErrUnknownAttribute; may be nil
}

// ErrUnknownAttribute is wrapped by an *Error about a name that no schema of
// the resource type has. A lenient caller goes on without it.
var ErrUnknownAttribute = errors.New("unknown attribute")

// Error returns the path and the detail.
//
//	"emails.value: must be a string"
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Detail
	}
	return e.Path + ": " + e.Detail
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// A Hint tells an administrator about something that was accepted and yet will
// not do what was meant. Like an Error it holds no value of the client.
type Hint struct {
	Path   string // as in Error
	Detail string // "ignored: is not an attribute of User; did you mean phoneNumbers?"
}
