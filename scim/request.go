package scim

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// maxBodyBytes bounds a body; the listener's own limit may be lower.
const maxBodyBytes = 1 << 20

// A request is one SCIM request while it is answered. It belongs to one
// goroutine.
type request struct {
	http     *fasthttp.RequestCtx
	ctx      context.Context //nolint:containedctx // it lives as long as the request does
	service  *Service
	tenant   string
	dir      directory.Directory
	dirCheck stream.Check      // holds while the directory is as dir says
	base     string            // of all locations, "https://ringdex.example.com/scim/d1/v2"
	query    map[string]string // by name in lower case
	shown    schema.Projection // what of a resource is answered; set by project
}

// loadDirectory reads the directory as it is now.
func (r *request) loadDirectory(id string) error {
	d, version, err := r.service.cfg.Registry.DirectoryVersion(r.tenant, id)
	if err != nil {
		return err
	}
	r.dir = d
	r.dirCheck = stream.Check{Key: contact.DirectoryKey(id), Version: version}
	return nil
}

// policy returns how bodies are read in this directory.
func (r *request) policy() schema.Policy {
	p := r.dir.Policies
	return schema.Policy{
		RejectUnknown:        p.UnknownCoreAttributes == directory.PolicyReject,
		RejectStringBooleans: p.StringBooleans == directory.PolicyReject,
	}
}

// readQuery copies the query parameters, by name in lower case: clients write
// startindex as well as startIndex. Those nobody knows are ignored.
func (r *request) readQuery() error {
	r.query = map[string]string{}
	for name, value := range r.http.QueryArgs().All() {
		if !utf8.Valid(value) {
			return invalidValue(resource.SafeName(string(name)), "is not valid UTF-8")
		}
		r.query[strings.ToLower(string(name))] = string(value)
	}
	return nil
}

// number reads a query parameter that is a whole number.
func (r *request) number(name string, otherwise int) (int, error) {
	text, ok := r.query[strings.ToLower(name)]
	if !ok || strings.TrimSpace(text) == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil && !errors.Is(err, strconv.ErrRange) { // beyond the range it is the nearest number within
		return 0, invalidValue(name, "must be a whole number")
	}
	return n, nil
}

// body reads the request's JSON object.
func (r *request) body() (resource.Value, error) {
	data := r.http.PostBody()
	if len(bytes.TrimSpace(data)) == 0 {
		return resource.Value{}, newError(http.StatusBadRequest, string(schema.InvalidSyntax), "The body is empty; it must be a JSON object.")
	}
	v, err := resource.Parse(data, resource.Limits{MaxBytes: maxBodyBytes})
	if err != nil {
		return resource.Value{}, err
	}
	if v.Kind() != resource.Object {
		return resource.Value{}, newError(http.StatusBadRequest, string(schema.InvalidSyntax), "The body must be a JSON object.")
	}
	return v, nil
}

// send answers with a resource or message.
func (r *request) send(status int, v resource.Value) {
	r.http.SetStatusCode(status)
	r.http.SetContentType(contentType)
	r.http.Response.SetBodyRaw(v.Append(nil))
}

// methods answers 405 for a method that an endpoint does not have.
func (r *request) methods(allowed ...string) error {
	r.http.Response.Header.Set("Allow", strings.Join(allowed, ", "))
	return newError(http.StatusMethodNotAllowed, "", "This endpoint answers "+strings.Join(allowed, ", ")+".")
}

// project reads attributes= and excludedAttributes=. Handlers call it before
// they change anything.
func (r *request) project(k *kind) (err error) {
	r.shown, err = k.typ.Project(r.query["attributes"], r.query["excludedattributes"])
	return err
}

// precondition compares If-Match with an object's version (RFC 7644 section
// 3.14) and returns the checks by which the log holds the object to it. Tags
// are compared weakly, because clients drop the W/.
func (r *request) precondition(k *kind, o *object) ([]stream.Check, error) {
	checks := []stream.Check{{Key: k.key(r.dir.ID, o.id), Version: o.version}}
	match := string(r.http.Request.Header.Peek(fasthttp.HeaderIfMatch))
	if match == "" {
		return checks, nil
	}
	if !tagListed(match, o.tag()) {
		return nil, newError(http.StatusPreconditionFailed, "", "The resource is at another version than If-Match says.")
	}
	if k.stored == contact.KindGroup { // whose version is also that of its member list
		checks = append(checks, stream.Check{Key: contact.MembersKey(r.dir.ID, o.id), Version: o.members})
	}
	return checks, nil
}

// unchanged compares If-None-Match with a resource's version.
func (r *request) unchanged(version string) bool {
	none := string(r.http.Request.Header.Peek(fasthttp.HeaderIfNoneMatch))
	return none != "" && tagListed(none, version)
}

// tagListed tells whether a list of entity tags has version.
func tagListed(list, version string) bool {
	bare := strings.TrimPrefix(version, "W/")
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == bare {
			return true
		}
	}
	return false
}

// entityTag returns the tag of a resource last changed by a transaction.
func entityTag(seq stream.Seq) string {
	return `W/"` + strconv.FormatUint(uint64(seq), 10) + `"`
}
