package idpsim

import (
	"errors"
	"fmt"
)

// The errors of this package. Compare with errors.Is.
var (
	// ErrUnauthorized: the server refused the token. Entra would quarantine
	// the job at once.
	ErrUnauthorized = errors.New("token was refused")
	// ErrNotSCIM: what answers at the tenant URL is no SCIM service.
	ErrNotSCIM = errors.New("no SCIM service answers at the tenant URL")
	// ErrBadAnswer: the answer lacks what RFC 7644 or the vendor demands.
	ErrBadAnswer = errors.New("answer has the wrong shape")
	// ErrRefused: the server answered with an error; see ResponseError.
	ErrRefused = errors.New("request was refused")
	// ErrUnreachable: one request after another got no answer.
	ErrUnreachable = errors.New("server cannot be reached")
	// ErrQuarantined: so much fails that the vendor would stop the job: more
	// than 40 % of the operations after at least 5,000 failures.
	ErrQuarantined = errors.New("too many operations fail")
)

// A ResponseError is an answer with an error status. It is ErrUnauthorized if
// the status is 401, and else ErrRefused. Its text leaves out Detail, in which
// a server may repeat what it was sent.
type ResponseError struct {
	Operation string // "create user"
	Status    int
	ScimType  string // as sent: "uniqueness"
	Detail    string
}

// Error names the operation, the status and the scimType.
func (e *ResponseError) Error() string {
	if e.ScimType != "" {
		return fmt.Sprintf("%s: %v with status %d (%s)", e.Operation, e.Unwrap(), e.Status, e.ScimType)
	}
	return fmt.Sprintf("%s: %v with status %d", e.Operation, e.Unwrap(), e.Status)
}

// Unwrap returns ErrUnauthorized or ErrRefused.
func (e *ResponseError) Unwrap() error {
	if e.Status == 401 {
		return ErrUnauthorized
	}
	return ErrRefused
}

// gone tells whether err says that the object does not exist.
func gone(err error) bool {
	var refused *ResponseError
	return errors.As(err, &refused) && refused.Status == 404
}

// A transportError is a request without an answer.
type transportError struct {
	operation string
	err       error
}

func (e *transportError) Error() string { return e.operation + ": " + e.err.Error() }
func (e *transportError) Unwrap() error { return e.err }
