package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

var (
	// ErrServerURL says that the server's address is not usable.
	ErrServerURL = errors.New("the server's URL is not valid")
	// ErrID says that an id is empty or consists of dots.
	ErrID = errors.New("that is not an id")
	// ErrAnswerTooLarge says that the server sent more than a client accepts.
	ErrAnswerTooLarge = errors.New("the server's answer is too large")
)

// A Problem is a refusal by the server, as RFC 9457 has it. Field is
// Ringdex's own member: the part of the request that was refused, such as
// "defaultRegion". A server or proxy that refuses without saying why gives a
// Problem with the status and its text alone.
type Problem struct {
	Type       string `json:"type"`
	Title      string `json:"title"`
	Status     int    `json:"status"`
	Detail     string `json:"detail"`
	Field      string `json:"field"`
	RetryAfter string `json:"-"` // the header, as sent; empty if there was none
}

// Error says what was refused, in the server's words.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if text == "" {
		text = http.StatusText(p.Status)
	}
	if p.Field == "" || strings.Contains(text, p.Field) {
		return text
	}
	return fmt.Sprintf("%s (field %s)", text, p.Field)
}

// An UnreachableError says that no answer came from a server.
type UnreachableError struct {
	Server string // its base URL
	Err    error  // why, without the URL that was asked
}

// Error names the server and the reason.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no answer from %s: %v", e.Server, e.Err)
}

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

// A NotRingdexError says that something answered which is not Ringdex: an
// answer that is not JSON, or not the JSON that was asked for.
type NotRingdexError struct {
	Server string // its base URL
}

// Error names the server.
func (e *NotRingdexError) Error() string {
	return fmt.Sprintf("what answers at %s does not look like Ringdex", e.Server)
}
