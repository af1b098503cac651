package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"
)

// readBody decodes a request's JSON object into v, which holds nothing that
// aliases the body afterwards. Its errors are problems that name the field.
func readBody(r *fasthttp.RequestCtx, v any) error {
	if !isJSON(r) {
		return newProblem(http.StatusUnsupportedMediaType, "content-type", "Send the body as application/json.")
	}
	body := bytes.TrimSpace(r.PostBody())
	if len(body) == 0 {
		return newProblem(http.StatusBadRequest, "malformed-json", "The body is empty; it must be a JSON object.")
	}
	if body[0] != '{' {
		return newProblem(http.StatusBadRequest, "malformed-json", "The body must be a JSON object.")
	}
	if !utf8.Valid(body) {
		return newProblem(http.StatusBadRequest, "malformed-json", "The body is not valid UTF-8.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return jsonProblem(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return newProblem(http.StatusBadRequest, "malformed-json", "There is something after the JSON object.")
	}
	return nil
}

// maxFieldBytes is the longest name of a field that an answer repeats.
const maxFieldBytes = 64

// jsonProblem says in plain words what encoding/json found.
func jsonProblem(err error) *problem {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := e.Field
		if field == "" {
			field = "body"
		}
		value, _, _ := strings.Cut(e.Value, " ") // "number 1e999" quotes the value
		return fieldProblem(field, fmt.Sprintf("is a JSON %s; it must be %s", value, article(e.Type.Kind().String())))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return newProblem(http.StatusBadRequest, "malformed-json", fmt.Sprintf("The JSON is malformed at byte %d.", e.Offset))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok && len(name) <= maxFieldBytes {
		return fieldProblem(strings.Trim(name, `"`), "is not a field of this request")
	}
	return newProblem(http.StatusBadRequest, "malformed-json", "The JSON is malformed or cut short.")
}

// article returns what a person calls a Go kind.
func article(kind string) string {
	switch kind {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	case "slice", "array":
		return "an array"
	case "map", "struct":
		return "an object"
	}
	return "a whole number"
}

// marshal encodes v; it exists because json.Marshal escapes what HTML minds.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(buf.Bytes()), err
}

// writeSecret answers 201 with something that is shown once and must not lie
// in a cache.
func writeSecret(r *fasthttp.RequestCtx, v any) error {
	r.Response.Header.Set("Cache-Control", "no-store")
	return writeJSON(r, http.StatusCreated, v)
}

// isError tells whether err is, or wraps, an error of a type.
func isError[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// isTimeout tells whether err comes of a deadline of the network.
func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
