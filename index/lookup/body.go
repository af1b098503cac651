package lookup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// errTrailing: something stands behind the JSON value.
var errTrailing = errors.New("trailing data")

// decodeObject reads one JSON object into v, whose fields are all that it may
// have. Its errors are *FieldError and quote nothing but the names of fields.
func decodeObject(text []byte, v any) error {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return &FieldError{Reason: "is empty; it must be a JSON object"}
	case text[0] != '{':
		return &FieldError{Reason: "must be a JSON object"}
	case !utf8.Valid(text):
		return &FieldError{Reason: "is not valid UTF-8"}
	}
	return bodyError(decodeStrict(text, v))
}

// decodeStrict reads text, which must be one JSON value and nothing else.
func decodeStrict(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// bodyError turns what encoding/json found into words that quote no value.
func bodyError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
		kind, _, _ := strings.Cut(e.Value, " ") // "number 12" quotes the value
		return &FieldError{e.Field, "has the wrong type: JSON " + kind}
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &FieldError{Reason: fmt.Sprintf("is malformed JSON at byte %d", e.Offset)}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok && len(name) < 64 {
		return &FieldError{strings.Trim(name, `"`), "is not a field of this request"}
	}
	if errors.Is(err, errTrailing) {
		return &FieldError{Reason: "has something behind the JSON value"}
	}
	return &FieldError{Reason: "is malformed JSON or cut short"}
}
