package oauth

import (
	"encoding/base64"
	"mime"
	"net/url"
	"strings"
)

const (
	grantType     = "client_credentials"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

	maxRequestBytes = 32 << 10
	maxValueBytes   = 512 // of all values but an assertion
)

// A Request asks for an access token. Either Secret or Assertion is set.
type Request struct {
	ClientID  string // "" only with an assertion
	Secret    string
	Assertion string
	Scope     string // as sent; "" for none
}

// ParseRequest reads a token request: the header fields Content-Type and
// Authorization, and the body. Everything else of an HTTP request, such as the
// query, has no say. It returns an *Error; the Request holds copies.
func ParseRequest(contentType, authorization string, body []byte) (Request, error) {
	form, err := parseForm(contentType, body)
	if err != nil {
		return Request{}, err
	}
	switch form["grant_type"] {
	case grantType:
	case "":
		return Request{}, badRequest("The parameter grant_type is missing; it must be client_credentials.")
	default:
		return Request{}, &Error{Code: UnsupportedGrantType, Description: "The only grant_type here is client_credentials."}
	}
	req := Request{ClientID: form["client_id"], Secret: form["client_secret"], Assertion: form["client_assertion"], Scope: form["scope"]}
	if err := req.readHeader(authorization, form["client_assertion_type"]); err != nil {
		return Request{}, err
	}
	return req, req.check(form["client_assertion_type"])
}

// readHeader adds what the Authorization header says. kind is the
// client_assertion_type, which like a secret in the body excludes a header.
func (r *Request) readHeader(authorization, kind string) error {
	if strings.TrimSpace(authorization) == "" {
		return nil
	}
	id, secret, ok := basic(authorization)
	switch {
	case !ok:
		return &Error{Code: InvalidClient, Description: "Clients sign in with HTTP Basic, with client_id and client_secret in the body, or with a client_assertion."}
	case r.Secret != "" || r.Assertion != "" || kind != "":
		return badRequest("Sign in in one way only: in the header or in the body.")
	case r.ClientID != "" && r.ClientID != id:
		return &Error{Code: InvalidClient, Description: "The header and client_id name different clients."}
	}
	r.ClientID, r.Secret = id, secret
	return nil
}

// check tells whether the request signs in, in one way.
func (r *Request) check(kind string) error {
	switch {
	case r.Secret != "" && (r.Assertion != "" || kind != ""):
		return badRequest("Sign in in one way only: with a secret or with an assertion.")
	case r.Secret != "" && r.ClientID == "":
		return badRequest("The parameter client_id is missing.")
	case r.Secret != "":
		return nil
	case r.Assertion == "" && kind != "":
		return badRequest("The parameter client_assertion is missing.")
	case r.Assertion == "":
		return &Error{Code: InvalidClient, Description: "There is no client_secret and no client_assertion, in the body or in an Authorization header."}
	case kind == "":
		return badRequest("The parameter client_assertion_type is missing.")
	case kind != assertionType:
		return &Error{Code: InvalidClient, Description: "The only client_assertion_type here is " + assertionType + "."}
	}
	return nil
}

// CheckScope refuses a scope that is not there. Entra is documented to ask for
// scim and for scim.readwrite.
func (r *Request) CheckScope() error {
	for word := range strings.FieldsSeq(r.Scope) {
		if word != Scope && word != Scope+".readwrite" {
			return &Error{Code: InvalidScope, Description: "The only scope here is scim; it may be left out."}
		}
	}
	return nil
}

// parseForm decodes a body. A parameter without a value counts as absent, and
// none may stand twice (RFC 6749 section 3.2).
func parseForm(contentType string, body []byte) (map[string]string, error) {
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/x-www-form-urlencoded" {
		return nil, badRequest("Send the parameters as application/x-www-form-urlencoded in the body.")
	}
	if len(body) > maxRequestBytes {
		return nil, badRequest("The body is longer than 32 KiB.")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, badRequest("The body is not encoded as application/x-www-form-urlencoded.")
	}
	form := make(map[string]string, len(values))
	for name, list := range values {
		if len(list) > 1 {
			return nil, badRequest("A parameter stands there twice.")
		}
		form[name] = list[0]
	}
	for _, name := range []string{"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "scope"} {
		if !printable(form[name]) || len(form[name]) > maxValueBytes && name != "client_assertion" {
			return nil, badRequest("The parameter " + name + " is too long, or has characters that it may not have.")
		}
	}
	return form, nil
}

// basic returns the credentials of an Authorization header of the scheme Basic.
// Both are form-encoded before they are put together (RFC 6749 section 2.3.1),
// which clients forget; ours consist of characters that look the same.
func basic(authorization string) (id, secret string, ok bool) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(authorization), " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return "", "", false
	}
	plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(rest), "="))
	if err != nil || len(plain) > 2*maxValueBytes || !printable(string(plain)) {
		return "", "", false
	}
	id, secret, ok = strings.Cut(string(plain), ":")
	if id, err = url.QueryUnescape(id); err != nil {
		return "", "", false
	}
	if secret, err = url.QueryUnescape(secret); err != nil {
		return "", "", false
	}
	return id, secret, ok && id != "" && secret != ""
}

// printable tells whether text consists of what RFC 6749 calls VSCHAR, and
// blanks.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}
