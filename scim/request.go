package scim

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/ringdex/ringdex/index/contact"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// A request is one SCIM request while it is answered. It belongs to one
// goroutine.
type request struct {
	ctx      context.Context //nolint:containedctx // it lives as long as the request does
	service  *Service
	tenant   string
	keyID    string // of the token; "" without one
	dir      directory.Directory
	dirCheck stream.Check // holds while the directory is as dir says
	kinds    *kinds       // the resource types of the directory
	base     string       // of all locations, "https://ringdex.example.com/scim/d1/v2"
	call     call
	shown    schema.Projection // what of a resource is answered; set by project
	manages  bool              // the directory's administrator asks, and not its identity provider
	wrote    bool              // a transaction was committed
	caller   caller
	trace    trace
	reply    reply

	// born are the resources that the request's transaction makes beside its
	// own: they can be members although no view shows them. Read-only.
	born map[contact.ID]*kind
}

// loadDirectory reads the directory as it is now.
func (r *request) loadDirectory(id string) error {
	d, version, err := r.service.cfg.Registry.DirectoryVersion(r.tenant, id)
	if err != nil {
		return err
	}
	r.dir, r.kinds = d, r.service.kindsOf(id)
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

// number reads a query parameter that is a whole number.
func (r *request) number(name string, otherwise int) (int, error) {
	text, ok := r.call.query[strings.ToLower(name)]
	if !ok || strings.TrimSpace(text) == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil && !errors.Is(err, strconv.ErrRange) { // beyond the range it is the nearest number within
		return 0, invalidValue(name, "must be a whole number")
	}
	return n, nil
}

// send answers with a resource or message.
func (r *request) send(status int, v resource.Value) { r.reply.status, r.reply.body = status, v }

// methods answers 405 for a method that an endpoint does not have.
func (r *request) methods(allowed ...string) error {
	list := strings.Join(allowed, ", ")
	e := newError(http.StatusMethodNotAllowed, "", "This endpoint answers "+list+".")
	e.allow = list
	return e
}

// project reads attributes= and excludedAttributes=. Handlers call it before
// they change anything.
func (r *request) project(k *kind) (err error) {
	r.shown, err = k.typ.Project(r.call.query["attributes"], r.call.query["excludedattributes"])
	return err
}

// precondition compares If-Match with an object's version (RFC 7644 section
// 3.14) and returns the checks by which the log holds the object to it. Tags
// are compared weakly, because clients drop the W/.
func (r *request) precondition(k *kind, o *object) ([]stream.Check, error) {
	checks := []stream.Check{{Key: k.key(r.dir.ID, o.id), Version: o.version}}
	match := r.call.ifMatch
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
	none := r.call.ifNoneMatch
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
