package idpsim

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// A Profile is a vendor's way to speak SCIM.
type Profile string

// The profiles.
const (
	// EntraLegacy is Entra ID as every custom application gets it: "Replace",
	// "Add" and "Remove", booleans as strings, one operation an attribute.
	EntraLegacy Profile = "entra"
	// EntraOptSCIM is Entra ID with the aadOptscim062020 flag on the tenant
	// URL: lower-case operations, true booleans, one path-less operation for
	// several attributes, members removed by filter.
	EntraOptSCIM Profile = "entra-optscim"
	// Okta is Okta with a "SCIM 2.0 Test App (Header Auth)" application: GET
	// then PUT, PATCH for deactivation and group push, no DELETE of users.
	Okta Profile = "okta"
)

// optSCIMFlag is what an administrator appends to the tenant URL.
const optSCIMFlag = "aadOptscim062020"

// Config describes one provisioning job. BaseURL, Token and Profile are
// required.
type Config struct {
	// BaseURL is the tenant URL: "https://host/scim/d1", with or without "/v2"
	// and a slash at the end. New adds the aadOptscim062020 flag if the profile
	// asks for it and the URL has none.
	BaseURL string
	// Token is the secret token without a scheme.
	Token   string
	Profile Profile
	// Client sends the requests. nil means a client of the Provider's own,
	// whose connections Close ends.
	Client *http.Client
	// Concurrency is how many objects are worked on at once; 0 means 1. With 1
	// the same people in the same order give the same requests.
	Concurrency int
	// MembersPerPatch bounds the members named in one request; 0 means 100.
	MembersPerPatch int
	// Logger gets a line for each cycle and each refused object, without names
	// and numbers. nil discards them.
	Logger *slog.Logger
}

func (c *Config) setDefaults() {
	if c.Concurrency <= 0 {
		c.Concurrency = 1
	}
	if c.MembersPerPatch <= 0 {
		c.MembersPerPatch = 100
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// base returns the tenant URL without a slash at the end, and the query that
// every request carries.
func (c *Config) base() (base, query string, err error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", "", errors.New("tenant URL is not an http or https URL")
	}
	query = u.RawQuery
	switch c.Profile {
	case EntraLegacy, Okta:
	case EntraOptSCIM:
		if !strings.Contains(query, optSCIMFlag) {
			query = strings.TrimPrefix(query+"&"+optSCIMFlag, "&")
		}
	default:
		return "", "", fmt.Errorf("unknown profile %q", string(c.Profile))
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimRight(u.String(), "/"), query, nil
}

// ownClient makes a client that keeps a connection for each object worked on.
func ownClient(concurrency int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConns:        concurrency,
		MaxIdleConnsPerHost: concurrency,
	}}
}

// The schema URNs of RFC 7643 and 7644, and the one that Entra adds to groups.
const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	listSchema       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	errorSchema      = "urn:ietf:params:scim:api:messages:2.0:Error"
	adGroupSchema    = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
)
