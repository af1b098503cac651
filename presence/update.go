package presence

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of an update's values, in bytes, and of how long one can last.
const (
	MaxWordBytes    = 64
	MaxMessageBytes = 1024
	MaxExpiresIn    = 30 * 24 * time.Hour
)

// A FieldError says which field of an update is wrong, and how. It names no
// value, and reads on after the field's name: "availability", "is required".
// Field is empty if the update is no JSON object at all.
type FieldError struct {
	Field  string
	Reason string
}

// Error describes the mistake.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return "presence update " + e.Reason
	}
	return fmt.Sprintf("presence update: %s %s", e.Field, e.Reason)
}

// An Update is what one source says about one contact.
type Update struct {
	Availability   Availability  // required
	Activity       Activity      // empty: the same word as the availability
	StatusMessage  *string       // nil: the source does not say
	OutOfOffice    *bool         // nil: the source does not say
	WorkLocation   *string       // nil: the source does not say
	Source         Source        // empty: SourceAPI
	SequenceNumber string        // the source's own version; empty: none. Numbers compare as numbers, others as text
	AsOf           time.Time     // zero, or in the future: now
	ExpiresIn      time.Duration // after this the source is taken to know nothing; 0: by the source's rule
}

// ParseUpdate reads the JSON form of an update,
//
//	{"availability":"Busy","activity":"InACall","statusMessage":"back at 3","expiresIn":3600}
//
// with expiresIn in seconds. A field that is null counts as absent; one that
// is not known is an error, so that a misspelt one is not lost. Every error is
// a *FieldError. data is not retained.
func ParseUpdate(data []byte) (Update, error) {
	if !utf8.Valid(data) {
		return Update{}, &FieldError{Reason: "is not valid UTF-8"}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields == nil {
		if _, ok := errors.AsType[*json.SyntaxError](err); ok {
			return Update{}, &FieldError{Reason: "is not valid JSON"}
		}
		return Update{}, &FieldError{Reason: "is not a JSON object"}
	}
	return updateFrom(fields)
}

func updateFrom(fields map[string]json.RawMessage) (Update, error) {
	var u Update
	var expiresIn *float64
	into := []struct {
		name string
		to   any
		want string
	}{
		{"availability", &u.Availability, "a text"},
		{"activity", &u.Activity, "a text"},
		{"statusMessage", &u.StatusMessage, "a text"},
		{"outOfOffice", &u.OutOfOffice, "true or false"},
		{"workLocation", &u.WorkLocation, "a text"},
		{"source", &u.Source, "a text"},
		{"sequenceNumber", &u.SequenceNumber, "a text"},
		{"asOf", &u.AsOf, "an RFC 3339 time"},
		{"expiresIn", &expiresIn, "a number of seconds"},
	}
	known := 0
	for _, f := range into {
		raw, ok := fields[f.name]
		if !ok {
			continue
		}
		known++
		if err := json.Unmarshal(raw, f.to); err != nil {
			return Update{}, &FieldError{f.name, "must be " + f.want}
		}
	}
	if known < len(fields) {
		for _, f := range into {
			delete(fields, f.name)
		}
		return Update{}, unknownField(fields)
	}
	if expiresIn != nil {
		if *expiresIn < 1 || *expiresIn > MaxExpiresIn.Seconds() || *expiresIn != math.Trunc(*expiresIn) {
			return Update{}, &FieldError{"expiresIn", "must be a whole number of seconds from 1 to 2592000"}
		}
		u.ExpiresIn = time.Duration(*expiresIn) * time.Second
	}
	return u, u.Validate()
}

// unknownField names the first field that is left, unless its name is odd
// enough to be something else.
func unknownField(fields map[string]json.RawMessage) error {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	if !isWord(names[0]) {
		return &FieldError{Reason: "has a field that is not known"}
	}
	return &FieldError{names[0], "is not a known field"}
}

// Validate returns a *FieldError for the first field that is wrong.
func (u *Update) Validate() error {
	for _, w := range []struct {
		field, value string
	}{
		{"availability", string(u.Availability)},
		{"activity", string(u.Activity)},
		{"source", string(u.Source)},
		{"sequenceNumber", u.SequenceNumber},
		{"workLocation", deref(u.WorkLocation)},
	} {
		if w.value != "" && !isWord(w.value) {
			return &FieldError{w.field, "must be at most 64 letters, digits and signs without spaces"}
		}
	}
	switch {
	case u.Availability == "":
		return &FieldError{"availability", "is required"}
	case u.Source.Derived():
		return &FieldError{"source", "must not be " + string(u.Source) + ", which Ringdex itself makes"}
	case len(deref(u.StatusMessage)) > MaxMessageBytes:
		return &FieldError{"statusMessage", "must be at most 1024 bytes"}
	case !utf8.ValidString(deref(u.StatusMessage)) || strings.ContainsFunc(deref(u.StatusMessage), isControl):
		return &FieldError{"statusMessage", "must not hold control characters"}
	case u.ExpiresIn < 0 || u.ExpiresIn > MaxExpiresIn:
		return &FieldError{"expiresIn", "must be a whole number of seconds from 1 to 2592000"}
	case u.AsOf.Year() > 9999 || !u.AsOf.IsZero() && u.AsOf.Year() < 1970:
		return &FieldError{"asOf", "must be a time since 1970"}
	}
	return nil
}

func isWord(s string) bool {
	return len(s) <= MaxWordBytes && !strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsGraphic(r)
	})
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
