package scim

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/resource"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// contentType is what every answer with a body has: no parameters, because
// clients compare it.
const contentType = "application/scim+json"

const errorURN = "urn:ietf:params:scim:api:messages:2.0:Error"

// An Error is an answer of RFC 7644 section 3.12.
type Error struct {
	Status   int
	ScimType string // empty if there is none for it
	Detail   string // holds no value that a client sent

	retryAfter int    // seconds; 0: none
	allow      string // methods that there are, of a 405
}

// Error returns the detail.
func (e *Error) Error() string { return e.Detail }

func newError(status int, scimType, detail string) *Error {
	return &Error{Status: status, ScimType: scimType, Detail: detail}
}

func errNoEndpoint() *Error {
	return newError(http.StatusNotFound, "", "There is no such endpoint; there are /Users, /Groups, /Bulk, /.search, /Schemas, /ResourceTypes and /ServiceProviderConfig.")
}

// errBusy says that waiting a second helps.
func errBusy(detail string) *Error {
	return &Error{Status: http.StatusServiceUnavailable, Detail: detail, retryAfter: 1}
}

// errNoResource: nothing has this id, in this directory.
var errNoResource = errors.New("no resource of this id")

func invalidValue(path, detail string) error {
	return &schema.Error{ScimType: schema.InvalidValue, Path: path, Detail: detail}
}

// errorOf is the one table from error to answer. What it does not know is our
// own fault: it answers 500 without a word of the inside, and logs it.
func errorOf(err error, log *slog.Logger) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*schema.Error](err); ok {
		return newError(http.StatusBadRequest, string(e.ScimType), e.Error())
	}
	if e, ok := errors.AsType[*resource.SyntaxError](err); ok {
		if errors.Is(err, resource.ErrTooLarge) {
			return newError(http.StatusRequestEntityTooLarge, "", e.Error())
		}
		return newError(http.StatusBadRequest, string(schema.InvalidSyntax), e.Error())
	}
	if e, ok := errors.AsType[*directory.ThrottledError](err); ok {
		return &Error{Status: http.StatusTooManyRequests, Detail: e.Error(), retryAfter: e.RetryAfter}
	}
	switch {
	case errors.Is(err, errDirectoryChanged):
		return errCrowd()
	case errors.Is(err, errNoResource):
		return newError(http.StatusNotFound, "", "There is no resource of this id.")
	case errors.Is(err, directory.ErrUnauthenticated), errors.Is(err, directory.ErrNotFound):
		return newError(http.StatusUnauthorized, "", "The token is missing, unknown, expired or of another directory. Send it as: Authorization: Bearer TOKEN")
	case errors.Is(err, stream.ErrTooLarge):
		return newError(http.StatusRequestEntityTooLarge, "", "The change is too large for one request; send it in several.")
	case errors.Is(err, stream.ErrFull):
		return &Error{Status: http.StatusInsufficientStorage, Detail: "The disk is nearly full; writes resume when there is room.", retryAfter: 30}
	case errors.Is(err, stream.ErrClosed), errors.Is(err, context.Canceled):
		return &Error{Status: http.StatusServiceUnavailable, Detail: "The server is stopping.", retryAfter: 5}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Status: http.StatusServiceUnavailable, Detail: "The change was not decided in time; it may still be applied.", retryAfter: 1}
	}
	log.Error("SCIM request failed", "error", err)
	return newError(http.StatusInternalServerError, "", "This is our fault; the server's log says more.")
}

// body returns the message of RFC 7644 section 3.12.
func (e *Error) body() resource.Value {
	fields := []resource.Field{
		{Name: "schemas", Value: resource.OfArray(resource.OfString(errorURN))},
		{Name: "status", Value: resource.OfString(strconv.Itoa(e.Status))},
	}
	if e.ScimType != "" {
		fields = append(fields, resource.Field{Name: "scimType", Value: resource.OfString(e.ScimType)})
	}
	return resource.OfObject(append(fields, resource.Field{Name: "detail", Value: resource.OfString(e.Detail)})...)
}

// Write sends e as the answer, in place of whatever was prepared.
func (e *Error) Write(ctx *fasthttp.RequestCtx) {
	ctx.ResetBody()
	ctx.SetStatusCode(e.Status)
	ctx.SetContentType(contentType)
	if e.Status == http.StatusUnauthorized {
		ctx.Response.Header.Set("WWW-Authenticate", `Bearer realm="scim"`)
	}
	if e.allow != "" {
		ctx.Response.Header.Set(fasthttp.HeaderAllow, e.allow)
	}
	if e.retryAfter > 0 {
		ctx.Response.Header.Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	ctx.SetBody(e.body().Append(nil))
}
