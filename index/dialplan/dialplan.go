// Package dialplan owns what a tenant declares about numbers: its sites, which
// say how the people and PBXs of one place dial (Site), and blocks of numbers
// that belong to an organisation rather than to a person (Range).
//
// It checks what administrators send and refuses what would be ambiguous later:
// a DID belongs to one site, and a prefix to one range. A Store writes the
// records to the log; the index follows the log, as it does for contacts, and
// reads them with DecodeSite and DecodeRange. The package speaks no HTTP and
// starts no goroutine.
package dialplan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ringdex/ringdex/stream"
)

// The errors of the package, beside *FieldError and *TakenError. Compare with
// errors.Is.
var (
	// ErrNotFound: the tenant has no site or range of this id.
	ErrNotFound = errors.New("no such site or range")
	// ErrConflict: the record changed at the same time; ask again.
	ErrConflict = errors.New("changed at the same time")
)

// A FieldError says which field of a site or range was refused and why. Both
// are safe to show.
type FieldError struct {
	Field  string // "dids[2]"
	Reason string // "must be …"
}

// Error returns "field reason".
func (e *FieldError) Error() string { return e.Field + " " + e.Reason }

// A TakenError refuses digits that another site or range of the tenant has.
type TakenError struct {
	Field string // "dids[2]"
	Owner string // id of the other site or range
}

// Error returns a sentence without the digits.
func (e *TakenError) Error() string { return e.Field + " belongs to " + e.Owner + " already" }

const (
	maxIDBytes    = 64
	maxLabelRunes = 200
)

// checkID refuses ids that could not stand in a path as they are.
func checkID(id string) error {
	ok := id != "" && len(id) <= maxIDBytes && strings.Trim(id, ".") != ""
	for i := range len(id) {
		ok = ok && isIDByte(id[i])
	}
	if !ok {
		return &FieldError{"id", "must have 1 to 64 letters, digits, '-', '_' and '.'"}
	}
	return nil
}

func isIDByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || isDigit(b) || b == '-' || b == '_' || b == '.'
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// isDigits tells whether s is ASCII digits and at least one.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// checkLabel refuses what no person could read in a list. Empty is fine.
func checkLabel(field, s string) error {
	switch {
	case !utf8.ValidString(s):
		return &FieldError{field, "is not valid UTF-8"}
	case utf8.RuneCountInString(s) > maxLabelRunes:
		return &FieldError{field, fmt.Sprintf("is longer than %d characters", maxLabelRunes)}
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return &FieldError{field, "contains a control character"}
	}
	return nil
}

// decode reads a stored record. What it returns wraps stream.ErrCorrupt.
func decode(value []byte, v any) error {
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("%w: dial plan record: %w", stream.ErrCorrupt, err)
	}
	return nil
}
