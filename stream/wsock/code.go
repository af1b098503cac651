package wsock

import (
	"encoding/json"
	"net/http"

	"github.com/valyala/fasthttp"
)

// A Code is a WebSocket close code (RFC 6455, section 7.4). Those from 4400 on
// are the protocol's own and follow HTTP's statuses.
type Code uint16

// The close codes, and what a client does after each.
const (
	CodeNormal          Code = 1000 // done: stop
	CodeGoingAway       Code = 1001 // the node goes away: reconnect
	CodeProtocol        Code = 1002 // not WebSocket: stop
	CodeUnsupported     Code = 1003 // a binary message: stop
	CodeAbnormal        Code = 1006 // the connection broke; never sent
	CodeInvalid         Code = 1007 // not UTF-8, or no JSON object: stop
	CodeTooBig          Code = 1009 // a message too long: stop
	CodeRestart         Code = 1012 // the node restarts: reconnect when told to
	CodeOverloaded      Code = 1013 // answers were not read: back off
	CodeMisuse          Code = 4400 // messages in the wrong order: stop
	CodeUnauthenticated Code = 4401 // no, unknown or revoked token: get a new one
	CodeForbidden       Code = 4403 // the token may not: stop
	CodeSubprotocol     Code = 4406 // the subprotocol was not offered: stop
	CodeTimeout         Code = 4408 // no connect, no sign of life, or reading too slowly: reconnect
	CodeTooMany         Code = 4429 // too many commands or connections: back off
	CodeInternal        Code = 4500 // our fault: reconnect
)

// problemPrefix begins the type of every problem.
const problemPrefix = "urn:ringdex:problem:"

// A problem is an error as clients see it, in the form of RFC 9457.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"`
}

func newProblem(status int, kind, field, detail string) *problem {
	if field != "" {
		detail = field + " " + detail
	}
	return &problem{
		Type:   problemPrefix + kind,
		Title:  http.StatusText(status),
		Status: status,
		Detail: detail,
		Field:  field,
	}
}

// refuse is the default of Config.Refuse.
func refuse(ctx *fasthttp.RequestCtx, status int, kind, detail string) {
	body, err := json.Marshal(newProblem(status, kind, "", detail))
	if err != nil {
		body = nil
	}
	ctx.ResetBody()
	ctx.SetStatusCode(status)
	ctx.SetContentType("application/problem+json")
	if status == http.StatusUnauthorized {
		ctx.Response.Header.Set("WWW-Authenticate", `Bearer realm="ringdex"`)
	}
	ctx.SetBody(body)
}
