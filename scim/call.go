package scim

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// maxBodyBytes bounds a body, and maxBulkBytes that of a Bulk request; the
// listener's own limits may be lower.
const (
	maxBodyBytes = 1 << 20
	maxBulkBytes = 4 << 20
)

// A call is what a client asks, apart from how it was carried: a request of its
// own, or one operation of a Bulk request.
type call struct {
	method      string            // "PATCH"
	segments    []string          // of the path below the base, decoded: "Users", an id
	query       map[string]string // by name in lower case
	text        []byte            // the body as it came; valid while the request is
	data        resource.Value    // the body, if somebody has read it already
	maxBytes    int               // of the body
	maxDepth    int               // of the body; 0: as package resource has it
	ifMatch     string
	ifNoneMatch string
	newID       contact.ID // of what a POST makes; empty: a new one
	brief       bool       // the reply needs no body
}

// callOf takes an HTTP request over.
func callOf(c *fasthttp.RequestCtx, segments []string) (call, error) {
	query, err := queryOf(c.QueryArgs())
	if err != nil {
		return call{}, err
	}
	return call{
		method: string(c.Method()), segments: segments, query: query, text: c.PostBody(), maxBytes: maxBodyBytes,
		ifMatch:     string(c.Request.Header.Peek(fasthttp.HeaderIfMatch)),
		ifNoneMatch: string(c.Request.Header.Peek(fasthttp.HeaderIfNoneMatch)),
	}, nil
}

// queryOf takes query parameters over, by their names in lower case.
func queryOf(args *fasthttp.Args) (map[string]string, error) {
	query := map[string]string{}
	for name, value := range args.All() {
		if !utf8.Valid(value) {
			return nil, invalidValue(resource.SafeName(string(name)), "is not valid UTF-8")
		}
		query[strings.ToLower(string(name))] = string(value)
	}
	return query, nil
}

// body reads the call's JSON object.
func (c *call) body() (resource.Value, error) {
	v := c.data
	if v.IsNull() {
		if len(bytes.TrimSpace(c.text)) == 0 {
			return resource.Value{}, newError(http.StatusBadRequest, string(schema.InvalidSyntax), "The body is empty; it must be a JSON object.")
		}
		var err error
		if v, err = resource.Parse(c.text, resource.Limits{MaxBytes: c.maxBytes, MaxDepth: c.maxDepth}); err != nil {
			return resource.Value{}, err
		}
	}
	if v.Kind() != resource.Object {
		return resource.Value{}, newError(http.StatusBadRequest, string(schema.InvalidSyntax), "The body must be a JSON object.")
	}
	return v, nil
}

// reads tells whether the call asks for something and changes nothing. HEAD is
// answered like GET; the server leaves the body out.
func (c *call) reads() bool { return c.method == http.MethodGet || c.method == http.MethodHead }

// A reply is what a call comes to, if not to an error.
type reply struct {
	status   int
	location string         // of what was made
	tag      string         // entity tag
	body     resource.Value // null: none, unless there is a flow
	flow     *flow          // nil: none
}

// write sends the reply. A flow is read, and closed, when the handler has
// returned.
func (p *reply) write(c *fasthttp.RequestCtx) {
	c.SetStatusCode(p.status)
	if p.location != "" {
		c.Response.Header.Set(fasthttp.HeaderLocation, p.location)
	}
	if p.tag != "" {
		c.Response.Header.Set(fasthttp.HeaderETag, p.tag)
	}
	switch {
	case p.flow != nil && c.IsHead():
		_ = p.flow.Close() // it was only read
		c.SetContentType(contentType)
		c.Response.Header.SetContentLength(-1) // as long as GET's, which nobody knows
	case p.flow != nil:
		c.SetContentType(contentType)
		c.Response.SetBodyStream(p.flow, -1)
	case !p.body.IsNull():
		c.SetContentType(contentType)
		c.Response.SwapBody(p.body.Append(c.Response.SwapBody(nil)[:0])) // into the buffer that it keeps
	}
}
