package streamclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// A CloseError says that the server closed the stream, with one of the codes
// of RFC 6455 or of contacts.v1 (4401: the key is not valid any more).
type CloseError struct {
	Code   int
	Reason string
}

// Error names the code and the server's reason.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("the server closed the stream with code %d", e.Code)
	}
	return fmt.Sprintf("the server closed the stream: %s (code %d)", e.Reason, e.Code)
}

// The close codes after which the client does not simply connect again.
const (
	codeNormal       = 1000
	codeProtocol     = 1002
	codeUnsupported  = 1003
	codeInvalidData  = 1007
	codeTooBig       = 1009
	codeMisuse       = 4400
	codeUnauthorized = 4401
	codeForbidden    = 4403
	codeSubprotocol  = 4406
	codeReplaced     = 4409
	codeTooMany      = 4429
)

// final tells whether the code means that connecting again cannot help.
func (e *CloseError) final() bool {
	switch e.Code {
	case codeNormal, codeProtocol, codeUnsupported, codeInvalidData, codeTooBig,
		codeMisuse, codeUnauthorized, codeForbidden, codeSubprotocol, codeReplaced:
		return true
	}
	return false
}

// A HandshakeError says that the server refused the upgrade. Title and Detail
// are the server's words, if it gave any.
type HandshakeError struct {
	Status     int // HTTP status
	Title      string
	Detail     string
	retryAfter time.Duration
}

// Error says what was refused.
func (e *HandshakeError) Error() string {
	switch {
	case e.Detail != "":
		return e.Detail
	case e.Title != "":
		return e.Title
	}
	return fmt.Sprintf("the server refused the stream with status %d", e.Status)
}

// final tells whether asking again would be refused again.
func (e *HandshakeError) final() bool {
	return e.Status < 500 && e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout
}

// A DialError says that no connection could be made.
type DialError struct{ Err error }

// Error gives the reason, without the URL.
func (e *DialError) Error() string { return "cannot connect: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *DialError) Unwrap() error { return e.Err }

func isDialError(err error) bool {
	_, ok := errors.AsType[*DialError](err)
	return ok
}

// A reconnectError is the end of a connection whose server said when to come
// back.
type reconnectError struct {
	error
	after time.Duration
}

func (e *reconnectError) Unwrap() error { return e.error }

// final tells whether an error means that connecting again cannot help.
func final(err error) bool {
	if _, ok := errors.AsType[*reconnectError](err); ok {
		return false
	}
	if closed, ok := errors.AsType[*CloseError](err); ok {
		return closed.final()
	}
	if refused, ok := errors.AsType[*HandshakeError](err); ok {
		return refused.final()
	}
	return false
}

// handshakeError describes an upgrade that failed: refused by a server that
// answered, or no connection at all. The error never holds the URL.
func handshakeError(resp *http.Response, err error) error {
	if resp == nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err // without the address
		}
		return &DialError{err}
	}
	e := &HandshakeError{Status: resp.StatusCode}
	if resp.Body != nil {
		var p Problem
		text, _ := io.ReadAll(resp.Body) // the library keeps 1 KiB of it
		if json.Unmarshal(text, &p) == nil {
			e.Title, e.Detail = p.Title, p.Detail
		}
		_ = resp.Body.Close()
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.retryAfter = time.Duration(min(seconds, 3600)) * time.Second
	}
	return e
}

// unauthorized tells whether the server knew no such token or ticket, or does
// not any more.
func unauthorized(err error) bool {
	if e, ok := errors.AsType[*HandshakeError](err); ok {
		return e.Status == http.StatusUnauthorized
	}
	e, ok := errors.AsType[*CloseError](err)
	return ok && e.Code == codeUnauthorized
}
