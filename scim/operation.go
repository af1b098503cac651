package scim

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
)

// An operation is one of a Bulk request. Whoever runs it owns it from the time
// it is started until it is done.
type operation struct {
	place    int            // in the request
	method   string         // in upper case
	bulkID   resource.Value // as sent
	location string         // of what it is about; empty for a POST, and if its path cannot be read
	kind     *kind          // of what it is about; nil: it is about no resource
	id       contact.ID     // of what it is about or makes
	call     call
	refs     []*operation // POSTs whose outcome it needs; itself, if it refers to itself

	naming naming // what it may do to the names of its kind
	claim  string // of a naming that is claimsName

	err       error // known before it is run, or what came of it
	fault     *Error
	reply     reply
	attempted bool
}

// readOperation reads one element of a Bulk request's Operations.
func readOperation(r *request, v resource.Value, place int) *operation {
	op := &operation{place: place, bulkID: v.Get("bulkId"), method: strings.ToUpper(strings.TrimSpace(v.Get("method").Text()))}
	op.err = op.read(r, v)
	return op
}

func (op *operation) read(r *request, v resource.Value) error {
	switch op.method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return invalidValue("method", "must be POST, PUT, PATCH or DELETE")
	}
	op.call = call{method: op.method, brief: true}
	if err := op.readPath(r, v.Get("path")); err != nil {
		return err
	}
	if err := op.readBulkID(); err != nil {
		return err
	}
	version := v.Get("version")
	switch {
	case version.Kind() != resource.String && !version.IsNull():
		return invalidValue("version", "must be a string")
	case op.method != http.MethodPost:
		op.call.ifMatch = version.Text()
	}
	if op.method == http.MethodDelete {
		return nil
	}
	op.call.data = v.Get("data")
	switch op.call.data.Kind() {
	case resource.Object:
		return nil
	case resource.Null:
		return invalidValue("data", "is required of POST, PUT and PATCH")
	}
	return &schema.Error{ScimType: schema.InvalidSyntax, Path: "data", Detail: "must be a JSON object"}
}

// readBulkID chooses the id of what a POST makes, so that others can refer to
// it before it is there.
func (op *operation) readBulkID() error {
	if op.method != http.MethodPost {
		return nil
	}
	if op.bulkID.Text() == "" {
		return invalidValue("bulkId", "is required of a POST")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	op.id = contact.ID(id.String())
	op.call.newID = op.id
	return nil
}

func (op *operation) readPath(r *request, v resource.Value) (err error) {
	if v.Kind() != resource.String || v.Text() == "" {
		return invalidValue("path", "is required and must be a string, such as /Users")
	}
	path, query, _ := strings.Cut(v.Text(), "?")
	segments, err := r.bulkPath(path)
	if err != nil {
		return err
	}
	var args fasthttp.Args
	args.Parse(query)
	if op.call.query, err = queryOf(&args); err != nil {
		return err
	}
	if len(segments) == 0 {
		return errNoEndpoint()
	}
	op.call.segments = segments
	op.kind = r.kinds.at(segments[0])
	if op.method != http.MethodPost {
		op.locate(r)
	}
	return op.placed()
}

// placed refuses the endpoints that are none of resources.
func (op *operation) placed() error {
	segments := op.call.segments
	search := strings.EqualFold(segments[len(segments)-1], searchSegment)
	if search || isDiscovery(segments[0]) || strings.EqualFold(segments[0], "Bulk") {
		return invalidValue("path", "must be of resources, such as /Users, or of one of them")
	}
	if op.kind != nil && len(segments) == 2 && op.method != http.MethodPost {
		op.id = contact.ID(segments[1])
	}
	return nil
}

// locate sets the location of what the path names.
func (op *operation) locate(r *request) {
	parts := make([]string, len(op.call.segments))
	for i, s := range op.call.segments {
		parts[i] = strings.ReplaceAll(url.PathEscape(s), "%3A", ":")
	}
	if op.kind != nil {
		parts[0] = op.kind.endpoint
	}
	op.location = r.base + "/" + strings.Join(parts, "/")
}

// at returns the kind that is served at an endpoint, or nil.
func (k *kinds) at(endpoint string) *kind {
	for _, kind := range []*kind{k.users, k.groups} {
		if strings.EqualFold(endpoint, kind.endpoint) {
			return kind
		}
	}
	return nil
}

// result is what the response says of the operation. The resource itself is
// left out, as RFC 7644 section 3.7 allows: a thousand of them may be large.
func (op *operation) result() resource.Value {
	var fields []resource.Field
	add := func(name, text string) {
		if text != "" {
			fields = append(fields, resource.Field{Name: name, Value: resource.OfString(text)})
		}
	}
	location, status := op.location, op.reply.status
	if op.reply.location != "" {
		location = op.reply.location
	}
	if op.fault != nil {
		status = op.fault.Status
	}
	add("location", location)
	add("method", op.method)
	if op.bulkID.Text() != "" {
		fields = append(fields, resource.Field{Name: "bulkId", Value: op.bulkID})
	}
	add("version", op.reply.tag)
	add("status", strconv.Itoa(status))
	if op.fault != nil {
		fields = append(fields, resource.Field{Name: "response", Value: op.fault.body()})
	}
	return resource.OfObject(fields...)
}
