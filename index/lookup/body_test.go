package lookup

import (
	"errors"
	"strings"
	"testing"
)

func TestMistakesInABodyAreNamedWithoutItsValues(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "is empty; it must be a JSON object",
		" \n ":                                  "is empty; it must be a JSON object",
		"[]":                                    "must be a JSON object",
		"{\"numbers\":[\"\xff\"]}":              "is not valid UTF-8",
		`{"numbers":["1"]`:                      "is malformed JSON or cut short",
		`{"numbers":["1",]}`:                    "is malformed JSON at byte 17",
		`{"numbers":["1"]} {}`:                  "has something behind the JSON value",
		`{"numbers":["1"]}}`:                    "has something behind the JSON value",
		`{"numbers":[12345678901]}`:             "numbers has the wrong type: JSON number",
		`{"region":{"secret":1}}`:               "region has the wrong type: JSON object",
		`{"colour":"secret"}`:                   "colour is not a field of this request",
		`{"` + strings.Repeat("x", 99) + `":1}`: "is malformed JSON or cut short",
	} {
		var body batchBody
		err := decodeObject([]byte(text), &body)
		if _, ok := errors.AsType[*FieldError](err); !ok || err.Error() != want {
			t.Errorf("%.40q = %v, want %q", text, err, want)
		}
	}
	var body batchBody
	if err := decodeObject([]byte(` {"numbers":["1"],"region":"GB"} `), &body); err != nil || len(body.Numbers) != 1 || body.Region != "GB" {
		t.Errorf("a good body = %+v, %v", body, err)
	}
}

func TestUnencodedPlusIsUnderstood(t *testing.T) {
	for arg, want := range map[string]string{
		" 442079460018": "+442079460018", "+442079460018": "+442079460018", "020 7946": "020 7946", " ": " ", "": "", "  44": "  44", " x": " x",
	} {
		if got := number([]byte(arg)); got != want {
			t.Errorf("number(%q) = %q, want %q", arg, got, want)
		}
	}
}
