package idpsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// decode reads one JSON object and nothing behind it.
func decode(raw []byte) (resource, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var r resource
	if err := d.Decode(&r); err != nil || r == nil {
		return nil, ErrBadAnswer
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, ErrBadAnswer
	}
	return r, nil
}

// read takes a successful answer apart.
func (s *session) read(operation string, status int, header http.Header, raw []byte) (answer, error) {
	a := answer{status: status, location: header.Get("Location")}
	if status == http.StatusNoContent {
		return a, nil
	}
	switch {
	case len(raw) > maxAnswerBytes:
		return answer{}, fmt.Errorf("%s: %w: longer than %d bytes", operation, ErrBadAnswer, maxAnswerBytes)
	case len(raw) == 0:
		return answer{}, fmt.Errorf("%s: %w: status %d without a body", operation, ErrBadAnswer, status)
	}
	switch media := mediaType(header); media {
	case "application/scim+json":
	case "application/json":
		s.tally.violate(operation, "Content-Type is application/json, not application/scim+json")
	default:
		return answer{}, fmt.Errorf("%s: %w: the answer is %q", operation, ErrNotSCIM, media)
	}
	var err error
	if a.body, err = decode(raw); err != nil {
		return answer{}, fmt.Errorf("%s: %w: the body is not one JSON object", operation, err)
	}
	return a, nil
}

func mediaType(header http.Header) string {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// refusal turns an answer with an error status into an error, and notes where
// its body is not the Error of RFC 7644 section 3.12.
func (s *session) refusal(operation string, status int, header http.Header, raw []byte) error {
	e := &ResponseError{Operation: operation, Status: status}
	body, err := decode(raw)
	switch {
	case mediaType(header) != "application/scim+json" || err != nil:
		s.tally.violate(operation, fmt.Sprintf("status %d has no SCIM Error body", status))
	case !body.has("schemas", errorSchema):
		s.tally.violate(operation, fmt.Sprintf("the Error of status %d lacks its schema", status))
	case body["status"] != strconv.Itoa(status):
		s.tally.violate(operation, fmt.Sprintf("the Error of status %d does not repeat the status as a string", status))
	}
	e.ScimType, e.Detail = body.text("scimType"), body.text("detail")
	return e
}

// A list is a ListResponse whose shape was checked.
type list struct {
	total, start, perPage int
	resources             []resource
}

// readList checks that an answer is a ListResponse as RFC 7644 section 3.4.2
// and the vendors want it: numbers that are numbers, each resource with an id.
func readList(operation string, a answer) (list, error) {
	bad := func(problem string) (list, error) {
		return list{}, fmt.Errorf("%s: %w: %s", operation, ErrBadAnswer, problem)
	}
	if a.status != http.StatusOK || a.body == nil {
		return bad("a query is answered with 200 and a body")
	}
	if !a.body.has("schemas", listSchema) {
		return bad("schemas lacks ListResponse")
	}
	l := list{}
	var ok bool
	if l.total, ok = integer(a.body["totalResults"]); !ok {
		return bad("totalResults is not a number")
	}
	if l.start, ok = integer(a.body["startIndex"]); !ok {
		return bad("startIndex is not a number")
	}
	if l.perPage, ok = integer(a.body["itemsPerPage"]); !ok {
		return bad("itemsPerPage is not a number")
	}
	raw, ok := a.body["Resources"].([]any)
	if !ok && (a.body["Resources"] != nil || l.total > 0) {
		return bad("Resources is not a list")
	}
	l.resources = a.body.elements("Resources")
	if len(l.resources) != len(raw) || len(raw) > l.total {
		return bad("Resources does not fit totalResults")
	}
	for _, r := range l.resources {
		if r.text("id") == "" {
			return bad("a resource has no id")
		}
	}
	return l, nil
}

func integer(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(n.String())
	return i, err == nil
}

// readCreated checks the answer to a POST and returns the new id. want are the
// attributes that have to come back as they were sent.
func (s *session) readCreated(operation string, a answer, want []attribute) (id string, err error) {
	id = a.body.text("id")
	if id == "" {
		return "", fmt.Errorf("%s: %w: the new resource has no id", operation, ErrBadAnswer)
	}
	if a.status != http.StatusCreated {
		s.tally.violate(operation, fmt.Sprintf("status is %d, not 201", a.status))
	}
	location := a.body.object("meta").text("location")
	if location == "" || a.location != location {
		s.tally.violate(operation, "Location is not meta.location")
	}
	s.checkEcho(operation, a.body, want)
	return id, nil
}

// checkEcho notes every attribute that did not come back as it was sent.
func (s *session) checkEcho(operation string, body resource, want []attribute) {
	have := held(body)
	for _, w := range want {
		switch got, ok := have[w.path]; {
		case !ok:
			s.tally.violate(operation, w.path+" does not come back")
		case got != w.value:
			s.tally.violate(operation, w.path+" differs from what was sent")
		}
	}
}
