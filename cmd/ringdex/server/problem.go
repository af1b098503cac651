package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/ringdex/ringdex/index"
	"github.com/ringdex/ringdex/index/circle"
	"github.com/ringdex/ringdex/index/dialplan"
	"github.com/ringdex/ringdex/index/lookup"
	"github.com/ringdex/ringdex/presence"
	"github.com/ringdex/ringdex/scim"
	"github.com/ringdex/ringdex/scim/directory"
	"github.com/ringdex/ringdex/scim/schema"
	"github.com/ringdex/ringdex/stream"
)

// A problem is an error as a client sees it: application/problem+json of RFC
// 9457, with the field at fault as an extension member.
type problem struct {
	Type   string `json:"type"` // urn:ringdex:problem:KIND, stable
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"`

	retryAfter int // seconds; 0: none
}

// ourFault is all that a client learns of a fault of ours.
const ourFault = "This is our fault; the server's log says more."

// Error makes a problem an error, so that a handler can return one.
func (p *problem) Error() string { return p.Title }

func newProblem(status int, kind, detail string) *problem {
	return &problem{Type: "urn:ringdex:problem:" + kind, Title: http.StatusText(status), Status: status, Detail: detail}
}

// fieldProblem refuses a field; without one, the body as a whole.
func fieldProblem(field, reason string) *problem {
	if field == "" {
		return newProblem(http.StatusBadRequest, "malformed-json", "The body "+reason+".")
	}
	p := newProblem(http.StatusBadRequest, "invalid-field", field+" "+reason)
	p.Field = field
	return p
}

// problemOf is the table from error to answer. What it does not know is our
// own fault: it answers 500 without a word of the inside, and logs it.
func problemOf(err error, log *slog.Logger) *problem {
	if p := ownProblem(err); p != nil {
		return p
	}
	switch {
	case errors.Is(err, directory.ErrUnauthenticated):
		return newProblem(http.StatusUnauthorized, "unauthenticated", "The key is missing, unknown, expired or revoked. Send it as: Authorization: Bearer KEY")
	case errors.Is(err, directory.ErrForbidden):
		return newProblem(http.StatusForbidden, "forbidden", "This key may not do that.")
	case errors.Is(err, directory.ErrNotFound), errors.Is(err, index.ErrNotFound), errors.Is(err, dialplan.ErrNotFound), errors.Is(err, presence.ErrUnknownContact):
		return newProblem(http.StatusNotFound, "not-found", "There is nothing of this id here.")
	case errors.Is(err, directory.ErrConflict), errors.Is(err, dialplan.ErrConflict):
		return newProblem(http.StatusConflict, "conflict", "It was changed at the same time. Read it again and repeat the change.")
	case errors.Is(err, presence.ErrTooManySources):
		return fieldProblem("source", "is one too many: clear what another source said of this contact first")
	case errors.Is(err, presence.ErrTooManySessions):
		return fieldProblem("session", "is one too many: end another session of this contact first")
	case errors.Is(err, lookup.ErrMediaType):
		return newProblem(http.StatusUnsupportedMediaType, "content-type", "Send the body as application/json or application/x-ndjson.")
	case errors.Is(err, lookup.ErrAnswerTooLarge):
		return newProblem(http.StatusRequestEntityTooLarge, "answer-too-large", "The answer would be too large; send fewer numbers at once.")
	case errors.Is(err, stream.ErrTooLarge):
		return newProblem(http.StatusRequestEntityTooLarge, "change-too-large", "The change is too large for one request.")
	case errors.Is(err, stream.ErrFull):
		return laterProblem(http.StatusInsufficientStorage, "disk-full", "The disk is nearly full; reads go on, writes resume when there is room.", 30)
	case errors.Is(err, stream.ErrClosed), errors.Is(err, context.Canceled):
		return laterProblem(http.StatusServiceUnavailable, "stopping", "The server is stopping.", 5)
	case errors.Is(err, context.DeadlineExceeded):
		return laterProblem(http.StatusServiceUnavailable, "overloaded", "The answer was not ready in time.", 1)
	}
	log.Error("request failed", "error", err)
	return newProblem(http.StatusInternalServerError, "internal", ourFault)
}

// ownProblem returns the problem of an error that carries its own words, or
// nil.
func ownProblem(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*directory.FieldError](err); ok {
		return fieldProblem(e.Field, e.Reason)
	}
	if e, ok := errors.AsType[*circle.FieldError](err); ok {
		return fieldProblem(e.Field, e.Reason)
	}
	if e, ok := errors.AsType[*dialplan.FieldError](err); ok {
		return fieldProblem(e.Field, e.Reason)
	}
	if e, ok := errors.AsType[*dialplan.TakenError](err); ok {
		p := newProblem(http.StatusConflict, "taken", e.Error())
		p.Field = e.Field
		return p
	}
	if e, ok := errors.AsType[*scim.Error](err); ok {
		return newProblem(e.Status, scimKind(e), e.Detail)
	}
	if e, ok := errors.AsType[*schema.Error](err); ok {
		return fieldProblem(e.Path, e.Detail)
	}
	if e, ok := errors.AsType[*lookup.FieldError](err); ok {
		return fieldProblem(e.Field, e.Reason)
	}
	if e, ok := errors.AsType[*presence.FieldError](err); ok {
		return fieldProblem(e.Field, e.Reason)
	}
	if e, ok := errors.AsType[*directory.ThrottledError](err); ok {
		return laterProblem(http.StatusTooManyRequests, "too-many-requests", e.Error(), e.RetryAfter)
	}
	return nil
}

// scimKind returns what an error of SCIM is called outside of it.
func scimKind(e *scim.Error) string {
	switch {
	case e.ScimType == "uniqueness":
		return "taken"
	case e.Status == http.StatusNotFound:
		return "not-found"
	case e.Status == http.StatusConflict:
		return "conflict"
	}
	return "refused"
}

// laterProblem asks the client to come back after so many seconds.
func laterProblem(status int, kind, detail string, seconds int) *problem {
	p := newProblem(status, kind, detail)
	p.retryAfter = seconds
	return p
}

// write sends p as the answer.
func (p *problem) write(r *fasthttp.RequestCtx) {
	body, err := json.Marshal(p)
	if err != nil { // texts and a number always marshal
		body = nil
	}
	r.ResetBody()
	r.SetStatusCode(p.Status)
	r.SetContentType("application/problem+json")
	switch {
	case p.Status == http.StatusUnauthorized:
		r.Response.Header.Set("WWW-Authenticate", `Bearer realm="ringdex"`)
	case p.retryAfter > 0:
		r.Response.Header.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	r.SetBody(body)
}

// writeJSON sends v with a status.
func writeJSON(r *fasthttp.RequestCtx, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	r.SetStatusCode(status)
	r.SetContentType("application/json")
	r.SetBody(append(body, '\n'))
	return nil
}
