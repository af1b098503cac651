// Package oauth speaks the part of OAuth 2.0 by which a program gets an access
// token for itself: the token endpoint's request and its errors (RFC 6749
// sections 4.4 and 5.2), client assertions (RFC 7523), the keys of those who
// sign them (RFC 7517), and the endpoint's description (RFC 8414).
//
// It decides whether a request is well-formed and whether an assertion is
// genuine. Who the clients are, and what a token is, package directory knows:
// it calls this one. Text from outside is refused with an *Error that may be
// sent as it is. The package keeps the key sets that it fetched and nothing
// else, and starts no goroutine.
package oauth

import (
	"errors"
	"net/http"
)

// A Code is the value of "error" in an answer (RFC 6749 section 5.2).
type Code string

// The codes that the token endpoint answers. An assertion that is not valid is
// InvalidClient and not invalid_grant, because it stands for the client (RFC
// 7523 section 3.2).
const (
	InvalidRequest       Code = "invalid_request"
	InvalidClient        Code = "invalid_client"
	InvalidScope         Code = "invalid_scope"
	UnsupportedGrantType Code = "unsupported_grant_type"
)

// An Error refuses a request at the token endpoint.
type Error struct {
	Code Code
	// Description is for the developer at the other end. It has no quotation
	// mark and no backslash, quotes nothing that was sent, and, as long as the
	// client is not known to be who it says, does not tell what is wrong.
	Description string
	// Reason is for the administrator of the directory alone: what Description
	// conceals. It quotes nothing either.
	Reason string
}

// Error returns the code with the description.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Description }

// Status returns the HTTP status of an answer with e.
func (e *Error) Status() int {
	if e.Code == InvalidClient {
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

// ErrUnavailable says that the keys of an issuer cannot be had at the moment.
// It is nobody's fault who asks: the same request may succeed later.
var ErrUnavailable = errors.New("the issuer's keys cannot be fetched at the moment")

// Unknown refuses a client of which nothing is known for certain, with the
// reason that its administrator may see.
func Unknown(reason string) *Error {
	return &Error{Code: InvalidClient, Description: "The client is unknown, or what it shows is not valid.", Reason: reason}
}

// refuseClient refuses a client that has proved who it is.
func refuseClient(reason string) *Error {
	return &Error{Code: InvalidClient, Description: reason, Reason: reason}
}

func badRequest(description string) *Error {
	return &Error{Code: InvalidRequest, Description: description}
}

// Scope is the one scope that there is: provisioning the client's directory.
const Scope = "scim"

// Metadata describes the authorization server (RFC 8414).
type Metadata struct {
	Issuer                string   `json:"issuer"`
	TokenEndpoint         string   `json:"token_endpoint"`
	ResponseTypes         []string `json:"response_types_supported"` // none: there is no authorization endpoint
	GrantTypes            []string `json:"grant_types_supported"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	AuthSigningAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Scopes                []string `json:"scopes_supported"`
}

// TokenPath is the path of the token endpoint below the public URL.
const TokenPath = "/oauth2/token"

// Describe returns the metadata of the server at a public URL without a slash
// at its end.
func Describe(publicURL string) Metadata {
	m := Metadata{
		Issuer: publicURL, TokenEndpoint: publicURL + TokenPath,
		ResponseTypes: []string{}, GrantTypes: []string{grantType},
		AuthMethods: []string{"client_secret_basic", "client_secret_post", "private_key_jwt"},
		Scopes:      []string{Scope},
	}
	for _, a := range algorithms() {
		m.AuthSigningAlgorithms = append(m.AuthSigningAlgorithms, string(a))
	}
	return m
}
